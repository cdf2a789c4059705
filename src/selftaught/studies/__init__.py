"""Experiments made of the rooms below, one file each: the paper's, and those that its reviewers asked for."""

from __future__ import annotations

from importlib import import_module

from selftaught.studies.study import Study

HOMES = {
    "fixed-task": "fixed_task",
    "transfer": "transfer",
    "recursion": "recursion",
    "budget": "budget",
    "breadth": "breadth",
    "prompt": "prompt",
    "adoption": "adoption",
    "models": "models",
    "strategies": "strategies",
    "reward-hacking": "reward_hacking",
    "circumvention": "circumvention",
}
"""Where each study lives, in the order in which they are listed; nothing is imported before it is asked for."""


def find_study(name: str) -> Study:
    """The study of this name; raises :class:`KeyError` where there is none."""
    study = import_module(f"selftaught.studies.{HOMES[name]}").STUDY
    assert isinstance(study, Study)
    return study
