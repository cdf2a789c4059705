"""This process and its descendants, as /proc tells of them: shared by the benchmarks."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path


def family() -> set[int]:
    """The pids of this process and its descendants."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended
    ours: set[int] = set()
    newest = {os.getpid()}
    while newest:
        ours |= newest
        newest = {pid for pid, parent in parents.items() if parent in newest}
    return ours


def megabytes(pid: int, *what: str) -> float:
    """The sum of a process's figures in smaps_rollup, such as "Pss" or "Private_Dirty", and in status ("VmPTE").

    0 for a process that has ended.
    """
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text() + Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return (
        sum(int(kb) for name in what for kb in re.findall(rf"^{name}:\s+(\d+) kB", told, re.MULTILINE)) / 1024
    )


def memory_mb(counted: Callable[[str], bool] = lambda command: True) -> float:
    """Proportional set size of all of them, without those whose command is not ``counted``."""
    total = 0.0
    for pid in family():
        try:
            command = Path(f"/proc/{pid}/cmdline").read_text()
        except OSError:
            continue
        total += megabytes(pid, "Pss") if counted(command) else 0.0
    return total
