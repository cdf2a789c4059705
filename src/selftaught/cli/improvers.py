"""``selftaught improvers``: the improvers that come with the package."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from selftaught.cli.options import command
from selftaught.cli.output import console, emit, table

if TYPE_CHECKING:
    from pathlib import Path


@command("improvers", "the built-in improvers")
def improvers(as_json: bool) -> None:
    """List the built-in improvers.

    An improver is a file that defines improve_algorithm(initial_solution, utility, language_model), which returns
    a better solution.

    For example:
      selftaught improve bin_packing --improver seed
    """
    from selftaught.api import IMPROVERS, improver_names

    found = [(name, IMPROVERS / f"{name}.py") for name in improver_names()]
    if as_json:
        emit([{"name": name, "summary": _summary(path), "path": str(path)} for name, path in found])
    else:
        console().print(table(["improver", "what it does"], [[name, _summary(path)] for name, path in found]))


def _summary(path: Path) -> str:
    """The first line of a file's docstring; the file is read, never run."""
    try:
        words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    except (OSError, SyntaxError, ValueError):
        return ""
    return words.partition("\n")[0]
