"""The report of `fixed-task`, against cases worked out by hand."""

import math

import pytest

from selftaught.api import find_improver
from selftaught.studies import find_study
from selftaught.studies.study import Settings
from selftaught.task import Task

STUDY = find_study("fixed-task")


def settings(runs, iterations=1):
    return Settings((Task.find("lpn"),), runs, iterations, 2, "not-worse", find_improver("seed"))


def row(run, t, test, task="a", *, adopted=False, raw=None, raws=None):
    return {
        "task": task, "run": run, "t": t, "improver": "f", "adopted": adopted, "why": "", "test": test,
        "validation": 0.0, "search": 0.0, "raw": raw, "raws": (2 if raw else 0) if raws is None else raws, "uses": 2,
        "spelled": [10 + t, 128], "failed": 0,
    }  # fmt: skip


def test_means_gains_and_intervals():
    rows = [row(0, 0, 0.1), row(0, 1, 0.3), row(1, 1, 0.5), row(1, 0, 0.2)]
    table, _ = STUDY.report(settings(2), rows).tables
    (i0, mean0, _, _, n0, *none), (i1, mean1, low, high, n1, gain, gain_low, gain_high, _) = table.rows
    assert (i0, i1, n0, n1, none) == ("I0", "I1", 2, 2, [None, None, None, 0])
    assert (mean0, mean1, gain) == pytest.approx((0.15, 0.4, 0.25))
    # Below two values a and b, p of a mean m is (m - 0)² / ab: the interval begins at √(0.025 ab), and ends likewise.
    assert (low, high) == pytest.approx(((0.025 * 0.3 * 0.5) ** 0.5, 1 - (0.025 * 0.7 * 0.5) ** 0.5))
    # Gains begin at -1.
    assert (gain_low, gain_high) == pytest.approx(
        (-1 + (0.025 * 1.2 * 1.3) ** 0.5, 1 - (0.025 * 0.8 * 0.7) ** 0.5)
    )


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("runs", [5, 6])
def test_six_runs_that_all_gain_or_lose_are_just_enough_and_five_are_not(runs, sign):
    rows = [row(run, t, 0.5 + sign * 0.1 * t + run / 100) for run in range(runs) for t in range(2)]
    report = STUDY.report(settings(runs), rows)
    assert report.tables[1].title == "I1 against I0, paired by run"
    (line,) = report.tables[1].rows
    found = f"not alike, {'higher' if sign > 0 else 'lower'}" if runs == 6 else "too few differ"
    assert (line[0], line[4], line[5], line[6], line[7]) == ("a", runs, 2 / 2**runs, 2 / 2**runs, found)
    # of n gains that are all 0.1, the lower end m of the interval has ((1 + m) / 1.1)ⁿ = 0.025
    ends = (1.1 * 0.025 ** (1 / runs) - 1, 1 - 0.9 * 0.025 ** (1 / runs))
    assert line[2:4] == pytest.approx(ends if sign > 0 else (-ends[1], -ends[0]))
    assert report.words[0].startswith(f"a: I1 against I0, paired by run: {sign * 0.1:+.4f}, 95% interval ")
    assert report.words[0].endswith(f"by Holm: {found}")


def test_the_tasks_are_tested_together():
    rows = [row(run, t, 0.5 + 0.1 * t, task) for task in "ab" for run in range(6) for t in range(2)]
    verdicts = [line[6:] for line in STUDY.report(settings(6), rows).tables[2].rows]
    assert verdicts == [(4 / 64, "too few differ")] * 2, "2 / 64 each, of two"
    assert STUDY.tested(settings(6)) == {"comparisons": 1, "pairs": 6, "smallest_n": 6}
    assert (STUDY.defaults.replicates, STUDY.defaults.iterations) == (10, 4)


def test_what_was_adopted_and_the_tasks_own_unit():
    rows = [
        row(0, 0, 0.1, raw=7.0), row(0, 1, 0.2, adopted=True, raw=5.0), row(0, 2, 0.2, raw=5.0),
        row(1, 0, 0.1, raw=9.0), row(1, 1, 0.1, raw=9.0), row(1, 2, 0.0, adopted=True, raw=None),
    ]  # fmt: skip
    table = STUDY.report(settings(2, 2), rows).tables[0]
    assert table.columns[8:] == ("adopted", "raw", "raw gain", "with raw")
    # the second run has no raw measure at the end, so the mean is the first's
    assert [line[8:] for line in table.rows] == [(0, 8.0, None, 4), (1, 7.0, -1.0, 4), (2, 5.0, -2.0, 2)]
    assert "of 4 uses, those that have one" in table.remark
    whole = STUDY.report(settings(1), [row(0, 0, 0.1, raw=7.0), row(0, 1, 0.1, raw=6.0)]).tables[0]
    assert whole.columns[8:] == ("adopted", "raw", "raw gain")
    assert "raw" not in STUDY.report(settings(1), [row(0, 0, 0.1), row(0, 1, 0.1)]).tables[0].columns


def test_the_papers_bound_is_told():
    report = STUDY.report(settings(1), [row(0, 0, 0.1), row(0, 1, 0.2)])
    # improvers of 11 characters of 128, 2 repeats
    bound = math.sqrt((11 * math.log(128) + math.log(20)) / 2)
    assert (
        f"n = 2 uses, delta = 0.05): the meta-utility by which one is chosen is within {bound:.3g} of"
        in (report.words[1])
    )
    assert report.words[1].endswith("which says nothing, for scores lie in [0, 1] anyway.")


def test_a_run_has_no_interval():
    table, _ = STUDY.report(settings(1), [row(0, 0, 0.1), row(0, 1, 0.2)]).tables
    assert [line[2:4] for line in table.rows] == [(None, None), (None, None)]


def test_each_task_stands_alone():
    report = STUDY.report(settings(1), [row(0, t, 0.5, task) for task in ("a", "b") for t in range(2)])
    assert [table.title for table in report.tables] == ["a", "b", "I1 against I0, paired by run"]
    assert [figure.name for figure in report.figures] == ["fixed-task-a", "fixed-task-b"]
