"""A report as files: tables as text, CSV and JSON, figures as SVG and PNG."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

from selftaught.errors import LedgerError
from selftaught.statistics import upwards
from selftaught.studies.study import Figure, Report, Table

# Okabe and Ito's colours, which the colour-blind tell apart; markers and dashes tell them apart in print.
_COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_MARKERS = "osD^vPX"
_DASHES = ("-", "--", "-.", ":")


def write(report: Report, folder: Path, plan: Mapping[str, Any]) -> list[Path]:
    """Write ``report.txt``, ``report.json``, a CSV for each table and two files for each figure; what was written.

    Text and JSON say by which plan and from which seed.
    """
    last = f"\nSeed {plan['seed']}; plan {plan['hash']}, fixed before the first result.\n"
    made = {"seed": plan["seed"], "plan": plan["hash"]}
    written = [
        _text(folder / "report.txt", as_text(report) + last),
        _text(folder / "report.json", json.dumps(as_json(report) | made, indent=1) + "\n"),
    ]
    for number, table in enumerate(report.tables, 1):
        written.append(_text(folder / f"table{number}.csv", as_csv(table)))
    written += [_text(folder / name, text) for name, text in report.files]
    if can_draw():
        for figure in report.figures:
            written += _draw(figure, folder)
    return written


def can_draw() -> bool:
    """Whether matplotlib, which draws the figures, is installed."""
    from importlib.util import find_spec

    return find_spec("matplotlib") is not None


def as_text(report: Report) -> str:
    """Tables under their titles, remarks, and what is said in words."""
    parts = []
    for table in report.tables:
        cells = [list(table.columns), *(texts(table.columns, row) for row in table.rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(table.columns))]
        lines = [
            "  ".join(
                cell.rjust(width) if _is_number(table, column) else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in cells
        ]
        lines.insert(1, "  ".join("-" * width for width in widths))
        parts.append("\n".join([table.title, "", *lines, *([table.remark] if table.remark else [])]))
    parts += report.words
    return "\n\n".join(parts) + "\n"


def as_json(report: Report) -> dict[str, Any]:
    """Tables with their numbers as they are."""
    tables = [
        {"title": table.title, "columns": table.columns, "rows": table.rows, "remark": table.remark}
        for table in report.tables
    ]
    return {"tables": tables, "words": report.words}


def texts(columns: Sequence[str], row: Sequence[Any]) -> list[str]:
    """A row's cells for a person."""
    return [shown(cell, column) for column, cell in zip(columns, row, strict=True)]


def shown(cell: Any, column: str = "") -> str:
    """A cell for a person: four digits after the point, a dash for what is not known; a p is rounded up."""
    if cell is None:
        return "-"
    if (column == "p" or column.startswith("p (")) and isinstance(cell, float):
        return upwards(cell)
    return f"{cell:.4f}" if isinstance(cell, float) else str(cell)


def _is_number(table: Table, column: int) -> bool:
    return all(row[column] is None or isinstance(row[column], (int, float)) for row in table.rows)


def as_csv(table: Table) -> str:
    """A table with its numbers as they are."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.rows)
    return file.getvalue()


def _text(path: Path, text: str) -> Path:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise LedgerError(f"{path}: cannot be written: {problem}") from None
    return path


def _draw(figure: Figure, folder: Path) -> list[Path]:
    from matplotlib import rc_context
    from matplotlib.figure import Figure as Canvas

    with rc_context({"svg.hashsalt": "selftaught", "svg.fonttype": "none", "font.size": 9}):
        canvas = Canvas(figsize=(5.2, 3.4), layout="constrained")
        axes = canvas.add_subplot()
        styles = cycle(zip(_COLOURS, _MARKERS, strict=True))
        loud = [line for line in figure.lines if not line.faint]
        for line in (line for line in figure.lines if line.faint):
            axes.plot(line.xs, line.ys, color="#999999", linewidth=0.7, zorder=1)
        for number, line in enumerate(loud):
            colour, marker = next(styles)
            apart = (
                0.12 if figure.kind == "points" else 0.04 * _gap(figure)
            )  # so that no interval hides another
            shift = (number - (len(loud) - 1) / 2) * apart
            xs = [x + shift for x in line.xs]
            dash = _DASHES[number % len(_DASHES)] if figure.kind == "lines" else ""
            axes.errorbar(
                xs, line.ys, yerr=_errors(line.ys, line.intervals), label=line.label, color=colour, marker=marker,
                markersize=4.5, linestyle=dash or "none", capsize=2.5, linewidth=1.4, elinewidth=1.0, zorder=2,
            )  # fmt: skip
        if figure.ticks:
            axes.set_xticks(range(len(figure.ticks)), figure.ticks, rotation=20, ha="right")
        elif all(x == int(x) for line in figure.lines for x in line.xs):
            axes.set_xticks(sorted({int(x) for line in figure.lines for x in line.xs}))
        axes.set(xlabel=figure.x, ylabel=figure.y, title=figure.title)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color="#dddddd", linewidth=0.6)
        # below, where it hides nothing; matplotlib's own choice of a place warns on a machine that is slow
        if loud:
            columns = max(1, min(3, 90 // (max(len(line.label) for line in loud) + 8)))
            canvas.legend(loc="outside lower center", ncols=columns, frameon=False, fontsize=8)
        paths = [folder / f"{figure.name}.svg", folder / f"{figure.name}.png"]
        canvas.savefig(paths[0], metadata={"Date": None})
        canvas.savefig(paths[1], dpi=160)
    return paths


def _gap(figure: Figure) -> float:
    """The least distance of two points on the x axis; 0 where no interval is drawn."""
    xs = sorted({x for line in figure.lines for x in line.xs if any(line.intervals)})
    return min((b - a for a, b in pairwise(xs)), default=0.0)


def _errors(ys: Sequence[float], intervals: Sequence[tuple[float, float] | None]) -> Any:
    """How far each interval reaches down and up."""
    if not any(interval is not None for interval in intervals):
        return None
    ends = [interval or (y, y) for y, interval in zip(ys, intervals, strict=True)]
    return [
        [max(0.0, y - low) for y, (low, _) in zip(ys, ends, strict=True)],
        [max(0.0, high - y) for y, (_, high) in zip(ys, ends, strict=True)],
    ]
