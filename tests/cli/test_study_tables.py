"""Studies' tables in a terminal that is too narrow for them."""

import io

import pytest
from rich.console import Console

from selftaught.cli.study import _show_table
from selftaught.studies.study import Table

TABLE = Table(
    "compared",
    ("task", "improver", "gain", "verdict"),
    (
        ("lpn", "first", 0.25, "higher"),
        ("lpn", "second", -0.5, "lower"),
        ("parity", "first", 0.0, "too few differ"),
    ),
    "",
)


def shown(width, table=TABLE):
    file = io.StringIO()
    _show_table(Console(file=file, width=width, markup=False, highlight=False), table)
    return [line.rstrip() for line in file.getvalue().splitlines() if line.strip()]


def test_a_table_that_fits_is_shown_whole():
    head, _, *rows = shown(80)
    assert head.split() == ["task", "improver", "gain", "verdict"]
    assert [row.split()[0] for row in rows] == ["lpn", "lpn", "parity"]


def test_one_that_does_not_is_shown_in_parts_each_under_its_value_and_no_cell_is_broken():
    wide = shown(80)
    narrow = max(map(len, wide)) - 1
    lines = shown(narrow)
    assert [line for line in lines if line.startswith("task: ")] == ["task: lpn", "task: parity"]
    assert max(map(len, lines)) <= narrow
    assert [line.split() for line in lines if "first" in line] == [
        ["first", "0.2500", "higher"], ["first", "0.0000", "too", "few", "differ"]
    ]  # fmt: skip


@pytest.mark.parametrize("width", [80, 20])
def test_one_whose_first_column_tells_every_row_apart_stays_one_table(width):
    table = Table("", ("task", "gain"), (("lpn", 0.25), ("parity", 0.5)), "")
    assert not [line for line in shown(width, table) if line.startswith("task: ")]
