"""Programs that improve programs, and themselves: the Self-Taught Optimizer (STOP, arXiv 2310.02304).

``selftaught.Task`` makes a task in Python, ``selftaught.improve`` lets one improver work on one task,
``selftaught.stop`` lets an improver improve itself, ``selftaught.score`` scores a program. Importing the package
loads none of its parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from selftaught.api import Improved, Options, Stopped, improve, score, stop
    from selftaught.budget import Budget, Limits, RunLimits
    from selftaught.engines.worker import ProgramFailed
    from selftaught.errors import SelftaughtError
    from selftaught.program import Program
    from selftaught.roster import ModelOptions
    from selftaught.task import Scale, Score, Task

__version__ = "0.1.0"

_HOMES = {
    "Budget": "budget",
    "Improved": "api",
    "Limits": "budget",
    "ModelOptions": "roster",
    "Options": "api",
    "Program": "program",
    "ProgramFailed": "engines.worker",
    "RunLimits": "budget",
    "Scale": "task",
    "Score": "task",
    "SelftaughtError": "errors",
    "Stopped": "api",
    "Task": "task",
    "improve": "api",
    "score": "api",
    "stop": "api",
}

__all__ = [
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


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: importing the package alone costs next to nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'selftaught' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"selftaught.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
