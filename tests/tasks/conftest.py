"""The built-in tasks, loaded as their authors wrote them."""

import pytest
from task_folders import load


@pytest.fixture(scope="session")
def lpn():
    return load("lpn")


@pytest.fixture(scope="session")
def bin_packing():
    return load("bin_packing")
