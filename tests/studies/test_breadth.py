"""The study `breadth`: arms of equal cost on the same test; its report against cases worked out by hand."""

import json
from dataclasses import replace

import pytest
from tripling import tripling

from selftaught import Options, RunLimits
from selftaught.api import find_improver
from selftaught.budget import Budget
from selftaught.errors import InputError
from selftaught.ledger import Ledger
from selftaught.studies import find_study
from selftaught.studies.rendering import as_json
from selftaught.studies.running import run_study, settings_of
from selftaught.studies.study import GAINS, SCORES, Settings, interval_of

STUDY = find_study("breadth")


def about(values, ends):
    """The mean of these values and the interval that the statistics give it (checked where they are)."""
    return tuple(map(pytest.approx, (sum(values) / len(values), *interval_of(values, ends))))


def settings(*tasks, replicates=1, iterations=4, repeats=2):
    return Settings(tasks, replicates, iterations, repeats, "not-worse", find_improver("seed"))


# --- the arms -------------------------------------------------------------------------------------------------------


def test_one_task_has_an_arm_for_each_divisor_of_the_iterations():
    assert STUDY.parts(settings(tripling(), replicates=3)) == 3 * (1 + 3)
    uses = STUDY.uses(settings(tripling()), Budget(calls=1, samples=2))
    # 4 x 2, 2 x 4, 1 x 8: 4 + 2 + 1 uses on improvers; 8 of each of 3 scores and 3 more measures, thrice; the seed
    # on 2 + 4 + 8 search instances and as many of validation; 4 tests of 8
    assert (uses.meta, uses.tasks) == (7, 3 * 8 * 6 + 2 * 14 + 4 * 8)


def test_several_tasks_have_one_more():
    uses = STUDY.uses(settings(tripling(), tripling("other"), iterations=1), Budget(calls=1, samples=2))
    # 1 x 2 on 2 tasks, 1 x 4 on one: 4 of each of 6 measures, twice; the seed's 2 * (4 + 4); 3 tests of 4
    assert (uses.meta, uses.tasks) == (2, 2 * 4 * 6 + 16 + 12)


def test_nothing_to_compare_is_an_error():
    with pytest.raises(InputError, match="at least 2 iterations"):
        STUDY.parts(settings(tripling(), iterations=1))


# --- the report -----------------------------------------------------------------------------------------------------

NAMES = ["seed improver", "2 x 1, 2 tasks", "1 x 2, 2 tasks", "2 x 2, a alone"]


def rows_of(tests, calls=(0, 30, 20, 10)):
    """``tests``: for each arm, the values of task a in each run, and those of task b."""
    return [
        {
            "run": run, "arm": arm, "improver": "0", "new": arm != NAMES[0], "task": task, "test": value, "raw": None,
            "failed": 0, "calls": spent, "allowed": 0 if arm == NAMES[0] else 40,
        }
        for run in range(len(tests[0][0]))
        for arm, (a, b), spent in zip(NAMES, tests, calls, strict=True)
        for task, value in (("a", a[run]), ("b", b[run]))
    ]  # fmt: skip


def test_the_report_of_a_case_worked_out_by_hand():
    rows = rows_of(
        [
            ([0.1] * 7, [0.3] * 7),
            ([0.2] * 7, [0.4] * 7),
            ([0.6] * 7, [0.6] * 7),  # 0.6 against 0.3 in all seven
            ([0.6, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2], [0.4] * 7),  # 0.5 against 0.3 in one
        ]
    )
    report = STUDY.report(settings(tripling("a"), tripling("b"), replicates=7, iterations=2, repeats=1), rows)
    means, differences, by_task = report.tables
    assert [line[0] for line in means.rows] == NAMES
    assert [line[1] for line in means.rows] == pytest.approx([0.2, 0.3, 0.6, 0.3 + 0.2 / 7])
    # of seven equal values v: (low / v)^7 = 0.025, and from 1 likewise
    root = 0.025 ** (1 / 7)
    assert means.rows[2][2:4] == pytest.approx((0.6 * root, 1 - 0.4 * root))
    assert differences.rows[0][2:4] == pytest.approx((1.3 * root - 1, 1 - 0.7 * root))
    assert [line[4:] for line in means.rows] == [(7, 0, 0, 0), (7, 7, 30, 40), (7, 7, 20, 40), (7, 7, 10, 40)]
    wide, alone = differences.rows
    assert differences.title == "against 2 x 1, 2 tasks, paired by run"
    # two-sided 2 * 2^-7, of two comparisons
    assert wide == (NAMES[2], *about([0.3] * 7, GAINS), 7, 2 / 128, 4 / 128, "not alike, higher")
    # one of seven: mean 0.2 / 7; both signs reach it: 1
    assert alone[1:4] == about([0.2] + [0.0] * 6, GAINS)
    assert alone[4:] == (7, 1, 1, "too few differ")
    lines = {line[:2]: line[2:] for line in by_task.rows}
    assert lines["a", NAMES[2]] == (*about([0.6] * 7, SCORES), None, *about([0.4] * 7, GAINS))
    assert lines["b", NAMES[2]][4] == pytest.approx(0.2)
    assert lines["b", NAMES[1]] == (*about([0.4] * 7, SCORES), None, None, None, None)
    (words,) = report.words
    assert words.startswith("Against 2 x 1, 2 tasks, at equal cost: 1 x 2, 2 tasks +0.3000, 95% interval ")
    assert words.endswith(", p = 1 by Holm: too few differ.")


def test_one_task_has_no_table_of_tasks():
    rows = [row for row in rows_of([([0.1], [0])] * 4) if row["task"] == "a"]
    assert len(STUDY.report(settings(tripling("a")), rows).tables) == 2


# --- the whole of it, with the model that needs no key ------------------------------------------------------


@pytest.fixture
def options(tmp_path, strongest):
    budget = Budget(calls=1, samples=2)
    return Options(budget=budget, seed=3, jobs=2, isolation=strongest, runs=tmp_path / "runs")


def test_a_small_study_is_within_its_dry_run_and_resumed_comes_to_the_same(options):
    small = settings(tripling("a"), tripling("b"), replicates=2, iterations=2, repeats=1)
    whole = run_study(STUDY, small, options)
    assert whole.status == "done"
    rows = json.loads((whole.folder / "rows.json").read_text())
    assert [(row["run"], row["arm"], row["task"]) for row in rows] == [
        (run, arm, task) for run in range(2) for arm in NAMES for task in "ab"
    ]
    # 4 uses on tasks of each of 3 scores and 3 more measures, and one use on an improver an iteration, of a call each
    assert {row["arm"]: row["allowed"] for row in rows} == dict(zip(NAMES, [0, 26, 25, 26], strict=True))
    assert all(row["calls"] <= row["allowed"] for row in rows)
    uses = STUDY.uses(small, options.budget)
    assert 0 < whole.spent["calls"] <= (uses.meta + uses.tasks) * options.budget.calls
    ledger = Ledger(whole.folder, new=False)
    tests = [row[0] for row in ledger.rows("scores") if row[1] == "improving" and "/test/" in row[0]]
    ledger.close()
    assert len(tests) == len({(row["run"], row["improver"]) for row in rows}), (
        "each improver has one test a run"
    )

    cut = run_study(STUDY, small, replace(options, limits=RunLimits(calls=whole.spent["calls"] // 2)))
    assert (cut.report, cut.status) == (None, "limit")
    resumed = run_study(STUDY, small, options, None, cut.folder)
    assert as_json(resumed.report) == as_json(whole.report)


def test_unless_told_otherwise():
    plain = settings_of(STUDY)
    assert [task.name for task in plain.tasks] == ["lpn", "bin_packing"]
    assert (plain.replicates, plain.iterations, plain.repeats, plain.adopt) == (10, 4, 2, "not-worse")
    assert STUDY.parts(plain) == 10 * 5
    assert STUDY.tested(plain) == {"comparisons": 3, "pairs": 10, "smallest_n": 7}
