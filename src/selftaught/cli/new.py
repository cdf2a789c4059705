"""``selftaught new``: a task folder that works at once, to be made one's own."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click

from selftaught.cli.options import NoChoice, command
from selftaught.cli.output import console, emit, styled

TEMPLATE = Path(__file__).parent / "new_task"
FILES = ("task.toml", "program.py", "score.py", "description.md")


@command("new", "make a task's folder to start from")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def new(folder: Path, as_json: bool) -> None:
    """Make a folder with a complete task that scores at once: change its files to make it yours.

    It holds task.toml (name, entry, limits), program.py (where the search starts), score.py (instances and their
    scores) and description.md (what a model is told). A folder that already holds something is left alone.

    For example:
      selftaught new my_task
      selftaught score my_task my_task/program.py
    """
    name = identifier(folder)
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise NoChoice(f"{folder} is there already and is not an empty folder: give another name")
        folder.mkdir(parents=True, exist_ok=True)
        for file in FILES:
            text = (TEMPLATE / file).read_text(encoding="utf-8")
            (folder / file).write_text(text.replace('"my_task"', f'"{name}"'), encoding="utf-8")
    except OSError as problem:
        raise NoChoice(f"{folder} cannot be made ({problem.strerror}): give another name") from None
    if as_json:
        emit({"task": name, "folder": str(folder), "files": list(FILES)})
    else:
        _show(folder)


def identifier(folder: Path) -> str:
    """The folder's name as a task's name: letters, digits and underscores, a digit never first."""
    name = re.sub(r"\W+", "_", folder.resolve().name).strip("_")
    return name if name.isidentifier() else f"task_{name}".rstrip("_")


def _show(folder: Path) -> None:
    out = console()
    out.print(styled(f"{folder} is a task: {', '.join(FILES)}", "bold"))
    out.print("Try it, then change its files to your own problem:")
    where = shlex.quote(str(folder))
    program = shlex.quote(str(folder / "program.py"))
    for line in (
        f"selftaught score {where} {program}",
        f"selftaught improve {where}",
        f"selftaught run --task {where}",
    ):
        out.print(f"  {line}", soft_wrap=True)
