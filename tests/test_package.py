"""What the package offers, and what importing it costs."""

import subprocess
import sys

import pytest

import selftaught

PUBLIC = [
    "Budget",
    "Improved",
    "Limits",
    "ModelOptions",
    "Options",
    "Program",
    "ProgramFailed",
    "RunLimits",
    "Scale",
    "Score",
    "SelftaughtError",
    "Stopped",
    "Task",
    "improve",
    "score",
    "stop",
]


def test_the_public_names_are_these_and_no_others():
    assert selftaught.__all__ == PUBLIC
    assert dir(selftaught) == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_each_public_name_is_there_and_explains_itself(name):
    assert getattr(selftaught, name).__doc__


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'stpo'"):
        _ = selftaught.stpo


def test_stop_is_the_function_even_after_its_module_was_imported():
    source = "import selftaught; selftaught.improve; import selftaught.stop; print(callable(selftaught.stop))"
    assert subprocess.run([sys.executable, "-c", source], capture_output=True, text=True).stdout == "True\n"


def test_importing_the_package_loads_nothing_heavy():
    source = "import sys, selftaught; print([n for n in ('numpy', 'openai', 'asyncio', 'rich') if n in sys.modules])"
    assert subprocess.run([sys.executable, "-c", source], capture_output=True, text=True).stdout == "[]\n"
