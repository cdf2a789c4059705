"""``selftaught export``: one file that holds a run."""

from __future__ import annotations

import shlex
from contextlib import closing
from pathlib import Path

import click

from selftaught.cli import options
from selftaught.cli.improve import check_output
from selftaught.cli.options import command, option
from selftaught.cli.output import console, emit, show_facts


@command("export", "one portable file that holds a run")
@click.argument("name", metavar="RUN")
@option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    group="Output",
    help="The file to write. Default: the run's ID with .sqlite, in this folder.",
)
@options.force
@options.runs
def export(name: str, output: Path | None, force: bool, runs: Path, as_json: bool) -> None:
    """Write one file that holds a run: every prompt, answer, program and score, and the tasks' files.

    It is replayed with `--model recording:FILE`, here or elsewhere, and any SQLite tool reads it. There is no key in
    it, and no path of this machine but what stands in the texts themselves. A run that is under way is exported as
    it is at this moment.

    For example:
      selftaught export 20261121-085759-a9ec
      selftaught export runs/20261121-085759-a9ec -o experiment.sqlite
    """
    from selftaught import api
    from selftaught.ledger import Ledger
    from selftaught.models.recording import command_of

    folder = api.find_run(name, runs)
    path = output or Path(f"{folder.resolve().name}.sqlite")
    check_output(path, force)
    written = api.export(folder, path)
    if as_json:
        emit(written)
    else:
        size = f"{written['bytes'] / 1e6:.1f} MB"
        console().print(f"{path}: {written['answers']:,} answers of {written['run']}, {size}", soft_wrap=True)
        with closing(Ledger(path, new=False)) as ledger:
            command = command_of(ledger)
        if command and written["answers"]:
            replay = f"selftaught {command} --model {shlex.quote(f'recording:{path}')}"
            show_facts(console(), {"replay it": replay})
