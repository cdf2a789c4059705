"""``selftaught audit``: whether a run's record is as it was written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from selftaught.cli import options
from selftaught.cli.options import command, option
from selftaught.cli.output import console, emit, one_line, plural, show_facts, styled

if TYPE_CHECKING:
    from selftaught.safety.audit import Audit

_SHOWN = 10


@command("audit", "is a run's record as it was written?")
@click.argument("name", metavar="RUN")
@option(
    "--head", metavar="HASH", group="What to compare",
    help="The head that was printed at the end of the run and noted elsewhere: with it a log that was cut or written "
    "anew is found even where all of it fits together.",
)  # fmt: skip
@options.runs
def audit(name: str, head: str | None, runs: Path, as_json: bool) -> None:
    """Check a run's log, audit.jsonl, and that the ledger is what it vouches for.

    Each record of the log is chained to those before it. What is found: a byte that was changed, a record that was
    dropped, doubled or moved, an end that was cut off, a row of the ledger that is not as it was written. The exit
    code is 0 where all is as it was written, and 1 where something is not.

    For example:
      selftaught audit 20261121-085759-a9ec
      selftaught audit runs/20261121-085759-a9ec --head 5f0c...
    """
    from selftaught import api
    from selftaught.safety.audit import audit as judge

    judged = judge(api.find_run(name, runs), head)
    if as_json:
        emit(judged.to_json())
    else:
        _show(judged)
    if not judged.whole:
        raise SystemExit(1)


def _show(judged: Audit) -> None:
    out = console()
    for each in judged.found[:_SHOWN]:
        out.print(styled(one_line(f"{judged.folder}: {each.where} {each.what}"), "bold red"), soft_wrap=True)
    if len(judged.found) > _SHOWN:
        out.print(f"... and {len(judged.found) - _SHOWN} findings more: see --json")
    if judged.whole:
        what = f"{plural(judged.records, 'record')}"
        what += (
            f", which vouch for {plural(judged.rows, 'row')} of the ledger" if judged.rows is not None else ""
        )
        out.print(styled(f"{judged.folder}: the log is whole: {what}", "bold green"), soft_wrap=True)
    show_facts(out, {"head": judged.head} | {f"note {n}": words for n, words in enumerate(judged.remarks, 1)})
