"""What commands print: one JSON document, or tables and lines for a person.

Much of what is shown was written by programs and models that nobody trusts: :func:`printable` takes out what a
terminal would obey.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

    from selftaught.statistics import Mean

_PIPE_WIDTH = 120  # columns, where standard output is no terminal


def printable(text: str) -> str:
    """``text`` with everything but printable characters, newlines and tabs as escapes."""
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def one_line(text: str, most: int = 2000) -> str:
    """``text`` in one printable line of at most so many characters."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= most else line[: most - 3] + "..."


def emit(document: Any) -> None:
    """Print the JSON document."""
    print(json.dumps(document, indent=1, allow_nan=False))


def note(words: str) -> None:
    """Say one line on standard error; nobody listening is no reason to stop."""
    with suppress(OSError):
        print(f"selftaught: {one_line(words)}", file=sys.stderr, flush=True)


def console(*, stderr: bool = False) -> Console:
    """A console that takes no word of ours or anyone's as markup."""
    import rich.console

    class Console(rich.console.Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # what it means for the exit code is said in one place, at the end

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream is not None and stream.isatty() else _PIPE_WIDTH
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, width=width, soft_wrap=False)


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: str | Collection[str] = "",
    whole: str = "",
) -> RenderableType:
    """A plain table; ``right`` and ``whole`` name the columns that are set to the right, and never broken."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    rights = right.split() if isinstance(right, str) else right
    for column in columns:
        numbers = column in rights
        unbroken = numbers or column in whole.split()
        made.add_column(
            Text(column), justify="right" if numbers else "left", no_wrap=unbroken, overflow="fold"
        )
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(one_line(str(cell), 300)) for cell in row))
    return made


def styled(words: str, style: str) -> Text:
    """Words in a style, printable."""
    from rich.text import Text

    return Text(printable(words), style=style)


def show_mean(mean: Mean | dict[str, Any] | None) -> str:
    """``0.4213 ± 0.0102``; a dash where nothing was measured, and no error where there is none."""
    if mean is None:
        return "-"
    middle, se = (mean["mean"], mean["se"]) if isinstance(mean, dict) else (mean.mean, mean.se)
    return f"{middle:.4f}" + (f" ± {se:.4f}" if se is not None else "")


def coloured_diff(text: str, most: int = 60) -> Text:
    """A unified diff in colours, cut after ``most`` lines."""
    from rich.text import Text

    lines = printable(text).splitlines()
    shown = Text()
    for line in lines[:most]:
        bold = line.startswith(("+++", "---"))
        style = "bold" if bold else {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
        shown.append(line + "\n", style)
    if len(lines) > most:
        shown.append(f"... and {len(lines) - most} lines more\n", "dim")
    shown.rstrip()
    return shown


def duration(seconds: float) -> str:
    """``42 s``, ``3 min 20 s``, ``2 h 5 min``."""
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def count(number: int | None) -> str:
    """A number that may be unknown, and large."""
    return "unknown" if number is None else f"{number:,}"


def plural(number: int, noun: str) -> str:
    """``1 call``, ``2 calls``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def spent_words(spent: dict[str, Any]) -> str:
    """The ``spent`` of a summary in words."""
    parts = [plural(spent["calls"], "call"), plural(spent["samples"], "sample")]
    parts += [f"{count(spent['tokens_in'])} tokens in", f"{count(spent['tokens_out'])} out"]
    return ", ".join([*parts, *([dollars(spent["cost"])] if spent["cost"] != 0 else [])])


def dollars(cost: float | None) -> str:
    """``$0.0042``, ``$12.30``, or that it is not known."""
    from selftaught.budget import money

    return "cost unknown" if cost is None else money(cost)


def isolation_words(tier: str) -> str:
    """The tier in words, loudly where it is weak."""
    return "WEAK: what a model wrote could read files and reach the network" if tier == "weak" else tier


def audit_words(anchor: dict[str, Any]) -> str:
    """The head of a run's log, to be noted elsewhere."""
    return f"{anchor['head']} (head of {plural(anchor['records'], 'record')} of the log)"


def show_facts(out: Console, facts: Mapping[str, object]) -> None:
    """Names and values, one a line and never broken, so that a path or a command can be copied."""
    for name, words in facts.items():
        out.print(styled(f"{name:<11}", "dim"), end="")
        out.print(
            styled(one_line(str(words)), "bold red" if str(words).startswith("WEAK") else ""), soft_wrap=True
        )
