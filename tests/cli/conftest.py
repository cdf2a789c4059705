"""The command in an empty folder, and a task beside it."""

import pytest
from command_line import Selftaught


@pytest.fixture
def selftaught(tmp_path):
    return Selftaught(tmp_path)


@pytest.fixture
def task(selftaught):
    """A task's folder as `new` makes it."""
    assert selftaught("new", "a_task").code == 0
    return selftaught.folder / "a_task"
