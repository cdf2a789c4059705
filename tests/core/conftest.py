"""Small tasks for the tests of the core."""

import textwrap

import pytest
from small_tasks import PROGRAM, SCORE, TOML

from selftaught import Limits, Task


@pytest.fixture
def write_task(tmp_path):
    """Writes a task's folder; None leaves a file out."""

    def write(*, toml=TOML, program=PROGRAM, score=SCORE, description=None, name="task"):
        folder = tmp_path / name
        folder.mkdir()
        files = {"task.toml": toml, "program.py": program, "score.py": score, "description.md": description}
        for file, text in files.items():
            if text is not None:
                (folder / file).write_text(textwrap.dedent(text))
        return folder

    return write


@pytest.fixture(scope="session")
def double(tmp_path_factory):
    """The task of doubling a number, from a folder."""
    folder = tmp_path_factory.mktemp("tasks") / "double"
    folder.mkdir()
    (folder / "task.toml").write_text(TOML)
    (folder / "program.py").write_text(PROGRAM)
    (folder / "score.py").write_text(SCORE)
    return Task.load(folder)


@pytest.fixture
def made():
    """Makes a task in Python around a scoring function, two instances a split."""

    def made(**parts):
        sizes = dict.fromkeys(("search", "validation", "test"), 2)
        defaults = {
            "name": "made",
            "entry": "f",
            "program": PROGRAM,
            "sizes": sizes,
            "limits": Limits(memory_mb=128),
        }
        return Task(**{**defaults, **parts})

    return made
