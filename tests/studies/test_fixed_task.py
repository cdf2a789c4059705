"""The report of `fixed-task`, against cases worked out by hand."""

import pytest

from selftaught.api import find_improver
from selftaught.studies import find_study
from selftaught.studies.study import Settings
from selftaught.task import Task

STUDY = find_study("fixed-task")


def settings(runs, iterations=1):
    return Settings((Task.find("lpn"),), runs, iterations, 2, "not-worse", find_improver("seed"))


def row(run, t, test, task="lpn"):
    return {
        "task": task, "run": run, "t": t, "improver": "f", "adopted": False, "why": "", "test": test,
        "validation": 0.0, "search": 0.0, "failed": 0,
    }  # fmt: skip


def test_means_gains_and_intervals():
    rows = [row(0, 0, 0.1), row(0, 1, 0.3), row(1, 1, 0.5), row(1, 0, 0.2)]
    (table,) = STUDY.report(settings(2), rows).tables
    (i0, mean0, _, _, n0, *none), (i1, mean1, low, high, n1, gain, gain_low, gain_high) = table.rows
    assert (i0, i1, n0, n1, none) == ("I0", "I1", 2, 2, [None, None, None])
    assert (mean0, mean1, gain) == pytest.approx((0.15, 0.4, 0.25))
    # Below two values a and b, p of a mean m is (m - 0)² / ab: the interval begins at √(0.025 ab), and ends likewise.
    assert (low, high) == pytest.approx(((0.025 * 0.3 * 0.5) ** 0.5, 1 - (0.025 * 0.7 * 0.5) ** 0.5))
    # Gains begin at -1.
    assert (gain_low, gain_high) == pytest.approx(
        (-1 + (0.025 * 1.2 * 1.3) ** 0.5, 1 - (0.025 * 0.8 * 0.7) ** 0.5)
    )


def test_five_runs_that_all_gain_are_just_enough_and_four_are_not():
    for runs, words in ((5, "better: mean difference +0.1 over 5 runs"), (4, "too few to tell")):
        rows = [row(run, t, 0.1 * t + run / 100) for run in range(runs) for t in range(2)]
        (said,) = STUDY.report(settings(runs), rows).words
        assert said.startswith(f"lpn: I1 against I0, paired by run: {words}")


def test_a_run_has_no_interval():
    (table,) = STUDY.report(settings(1), [row(0, 0, 0.1), row(0, 1, 0.2)]).tables
    assert [line[2:4] for line in table.rows] == [(None, None), (None, None)]


def test_each_task_stands_alone():
    report = STUDY.report(settings(1), [row(0, t, 0.5, task) for task in ("a", "b") for t in range(2)])
    assert [table.title for table in report.tables] == ["a", "b"]
    assert [figure.name for figure in report.figures] == ["fixed-task-a", "fixed-task-b"]
