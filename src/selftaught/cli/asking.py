"""Finding what the arguments name, and saying once that a folder's ``score.py`` runs as the user's own code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selftaught.task import Task


def find_task(name: str) -> tuple[Task, list[str]]:
    """The task, and what is to be said about it at its first use."""
    from selftaught.task import Task

    task = Task.find(name)
    return task, first_use(task)


def first_use(task: Task) -> list[str]:
    """A line at the first use of a folder that isn't built in; the folders are kept in the user's state folder."""
    from selftaught.task import BUILT_IN

    if task.folder is None or task.folder.parent == BUILT_IN:
        return []
    known = _known_folders()
    try:
        if str(task.folder) in known.read_text(encoding="utf-8").splitlines():
            return []
        seen = True
    except (OSError, UnicodeDecodeError):
        seen = False
    line = f"{task.folder / 'score.py'} runs as your own code, outside the jails; only programs are jailed"
    try:
        known.parent.mkdir(parents=True, exist_ok=True)
        with known.open("a", encoding="utf-8") as file:
            file.write(f"{task.folder}\n")
    except OSError:
        return [line]  # nowhere to remember it: said each time
    return [f"{line} (said once a folder)" if seen or known.exists() else line]


def _known_folders() -> Path:
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "selftaught" / "task-folders"
