"""``selftaught runs``: the runs in a folder, and what they came to."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from selftaught.cli import options
from selftaught.cli.options import NoChoice, command
from selftaught.cli.output import console, emit, show_mean, styled, table


@command("runs", "the runs so far")
@options.runs
def runs(runs: Path, as_json: bool) -> None:
    """List the runs in a folder, oldest first: what they were, how they ended, what the best improver has on test.

    For example:
      selftaught runs
      selftaught runs --runs /data/runs --json
    """
    if not runs.is_dir() and runs != Path("runs"):
        raise NoChoice(f"--runs {runs} is no folder: give the one that runs were made in")
    found = [_read(path.parent) for path in sorted(runs.glob("*/ledger.sqlite"))]
    if as_json:
        emit(found)
    elif not found:
        console().print(f"There are no runs in {runs}: `selftaught run` makes one.")
    else:
        _show(found)


def _read(folder: Path) -> dict[str, Any]:
    """A run from its ledger; what cannot be read is told as its status."""
    from selftaught.errors import LedgerError
    from selftaught.ledger import Ledger, being_written

    row: dict[str, Any] = {
        "run": folder.name, "kind": None, "status": None, "model": None, "tasks": [], "iterations": None,
        "test": None, "began": None, "folder": str(folder),
    }  # fmt: skip
    try:
        ledger = Ledger(folder, new=False)
    except LedgerError:
        return {**row, "status": "unreadable"}
    try:
        row |= {name: ledger.fact(name) for name in ("kind", "status", "model", "tasks")}
        iterations = ledger.iterations()
        if row["status"] == "running" and not being_written(folder):
            row["status"] = "interrupted"  # killed: nobody was left to say so
    finally:
        ledger.close()
    if row["kind"] == "stop":
        row["iterations"] = max(len(iterations) - 1, 0)
        row["test"] = iterations[-1]["test"] if iterations else None
    row["began"] = _began(folder.name)
    return row


def _began(name: str) -> str | None:
    """When a run began, which its name says."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.strptime(name[:15], "%Y%m%d-%H%M%S"))
    except ValueError:
        return None


def _show(found: list[dict[str, Any]]) -> None:
    rows = [
        [
            row["run"],
            row["kind"] or "-",
            styled(row["status"] or "?", "" if row["status"] == "done" else "yellow"),
            row["model"] or "-",
            ", ".join(row["tasks"] or []) or "-",
            "-" if row["iterations"] is None else row["iterations"],
            show_mean(row["test"]),
            row["began"] or "-",
        ]
        for row in found
    ]
    columns = ["run", "kind", "status", "model", "tasks", "iterations", "test", "began"]
    console().print(table(columns, rows, right="iterations test", whole="run began"))
