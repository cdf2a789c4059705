"""The built-in tasks as their authors see them: a folder, its ``score.py`` and its ``program.py``."""

import runpy
import tomllib
from pathlib import Path
from types import SimpleNamespace

import selftaught

TASKS = Path(selftaught.__file__).parent / "tasks"


def load(name):
    folder = TASKS / name
    toml = tomllib.loads((folder / "task.toml").read_text())
    start = runpy.run_path(str(folder / "program.py"))[toml["entry"]]
    score = SimpleNamespace(**runpy.run_path(str(folder / "score.py")))
    return SimpleNamespace(folder=folder, toml=toml, start=start, score=score)


def strong(name):
    """The text of the strong solution of a task, which is also that of its harder variant."""
    return (Path(__file__).parent / "strong" / f"{name.removesuffix('_hard')}.py").read_text(encoding="utf-8")
