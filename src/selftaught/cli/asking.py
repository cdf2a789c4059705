"""Finding what the arguments name, and saying once that a folder's ``score.py`` runs as the user's own code."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selftaught.program import Program
    from selftaught.task import Task


def find_task(name: str) -> tuple[Task, list[Notice]]:
    """The task, and what is to be said about it at its first use."""
    from selftaught.cli import config
    from selftaught.task import Task

    with config.named("task"):
        task = Task.find(name)
    return task, first_use(task)


def find_improver(name: str, runs: Path) -> Program:
    """The improver, where ``RUN:best`` may be a run of the folder ``runs``."""
    from selftaught import api
    from selftaught.cli import config

    with config.named("improver"):
        return api.find_improver(name, runs)


def first_use(task: Task) -> list[Notice]:
    """What is said at the first use of a folder that isn't built in."""
    from selftaught.task import BUILT_IN

    if task.folder is None or task.folder.is_relative_to(BUILT_IN):
        return []
    with suppress(OSError, UnicodeDecodeError):
        if str(task.folder) in _known_folders().read_text(encoding="utf-8").splitlines():
            return []
    scorer = task.folder / "score.py"
    return [
        Notice(f"{scorer} runs as your own code, outside the jails; only programs are jailed", task.folder)
    ]


@dataclass(frozen=True)
class Notice:
    """A line for standard error; ``folder`` is the task's folder that it is said of once."""

    words: str
    folder: Path | None = None

    def said(self) -> None:
        """Remember, in the user's state folder, that the line was said; where that cannot be, it is said again."""
        if self.folder is None:
            return
        known = _known_folders()
        with suppress(OSError):
            known.parent.mkdir(parents=True, exist_ok=True)
            with known.open("a", encoding="utf-8") as file:
                file.write(f"{self.folder}\n")


def _known_folders() -> Path:
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "selftaught" / "task-folders"
