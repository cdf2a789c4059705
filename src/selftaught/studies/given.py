"""The frozen improvers that a study is given: each with a name, and the tasks that it was made on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from selftaught.api import find_improver, find_run, improver_names
from selftaught.errors import InputError
from selftaught.ledger import Ledger
from selftaught.program import Program

UNKNOWN = "?"
"""Stands among the tasks that an improver was made on where there may be others."""


@dataclass(frozen=True)
class Given:
    """A frozen improver; ``path`` is what it was given by, ``made_on`` is empty for one that was written by hand."""

    name: str
    program: Program
    made_on: tuple[str, ...] = (UNKNOWN,)
    path: str = ""


def find_given(path: str, runs: Path) -> Given:
    """The improver of this name, file or ``RUN:best``; its name is the built-in's, the file's, or the run's."""
    program = find_improver(path, runs)
    if path in improver_names():
        return Given(path, program, (), path)
    if path.endswith(":best"):
        folder = find_run(path.removesuffix(":best"), runs)
        # the last part of a run's name is enough for a table; where it is not, `named` takes the path
        return Given(f"{folder.name.rpartition('-')[2]}:best", program, _made_on(program, folder), path)
    return Given(Path(path).name, program, _by_hand(program.fingerprint), path)


def named(improvers: Sequence[Program | Given]) -> list[Given]:
    """Each with a name of its own: a program alone is numbered, two files of one name are told apart by their paths.

    Raises :class:`InputError` where one was given twice.
    """
    given = [
        each if isinstance(each, Given) else Given(f"improver {number}", each)
        for number, each in enumerate(improvers, 1)
    ]
    times = Counter(each.name for each in given)
    given = [replace(each, name=each.path or each.name) if times[each.name] > 1 else each for each in given]
    for name, count in Counter(each.name for each in given).items():
        if count > 1:
            raise InputError(f"--improver {name} is given twice: leave one out")
    return given


def _made_on(best: Program, folder: Path) -> tuple[str, ...]:
    """The tasks of the run, and "?" if the improver that it began with may have been made on others."""
    if not _by_hand(best.fingerprint):
        return ()  # nothing was adopted
    ledger = Ledger(folder, new=False)
    try:
        tasks, first = ledger.fact("tasks"), ledger.fact("improver")["program"]
    finally:
        ledger.close()
    return (*tasks, *_by_hand(first))


def _by_hand(fingerprint: str) -> tuple[str, ...]:
    """Nothing for a built-in improver, which was made on no task; of any other it is not known."""
    built_in = {find_improver(name).fingerprint for name in improver_names()}
    return () if fingerprint in built_in else (UNKNOWN,)
