"""The study of what self-improvement costs: its report by hand, and a tiny run of it that is cut off and goes on."""

import json
import re
import sqlite3
from dataclasses import replace

import pytest
from doubling import doubling

from selftaught.api import Options
from selftaught.budget import Budget, RunLimits
from selftaught.planning import most
from selftaught.roster import find_models
from selftaught.studies import find_study
from selftaught.studies.budget import _paid
from selftaught.studies.running import run_study, settings_of
from selftaught.studies.study import GAINS, SCORES, interval_of

STUDY = find_study("budget")


def around(values, ends):
    """Mean and interval of these."""
    return pytest.approx(sum(values) / len(values)), *map(pytest.approx, interval_of(values, ends))


NAMES = ("seed improver", "improved improver", "seed improver, equal calls")


def of_run(run, scores, calls, shared, *, cost=10, task="a"):
    """A run's rows: scores and calls of the uses of each improver, and what the shares of its calls gave."""
    about = {"task": task, "run": run}
    rows = [{**about, "what": "run", "calls": cost, "adopted": int(scores[0] != scores[1])}]
    for by, values, made in zip(NAMES, scores, calls, strict=True):
        rows += [
            {**about, "what": "use", "by": by, "instance": index, "score": value, "calls": made}
            for index, value in enumerate(values)
        ]
    return rows + [
        {**about, "what": "shared", "later": later, "score": score, "calls": n, "improved": scores[1][0]}
        for later, (score, n) in shared.items()
    ]


@pytest.fixture(scope="module")
def report():
    rows = [
        *of_run(0, ([0.2, 0.4], [0.6, 0.8], [0.5, 0.5]), (1, 4, 4),
                {1: (0.7, 14), 2: (0.5, 9), None: (0.3, 4)}, cost=10),
        *of_run(1, ([0.3, 0.3], [0.6, 0.4], [0.4, 0.4]), (1, 2, 3), {1: (0.7, 22), None: (0.3, 2)}, cost=20),
        *of_run(2, ([0.3, 0.3], [0.6, 0.6], [0.3, 0.3]), (1, 3, 3),
                {1: (0.7, 33), 2: (0.5, 18), None: (0.3, 3)}, cost=30),
    ]  # fmt: skip
    return STUDY.report(settings_of(STUDY, tasks=[doubling("a")]), rows)


def test_the_cost_of_a_run(report):
    assert report.tables[0].columns[1:4] == ("calls", "least", "most")
    assert report.tables[0].rows == (("a", 20.0, 10, 30, 3, 3),)


def test_scores_and_calls_of_one_later_use(report):
    seed, improved, again = report.tables[1].rows
    assert seed == ("a", NAMES[0], *around([0.3, 0.3, 0.3], SCORES), 3, 1.0)
    assert improved == ("a", NAMES[1], *around([0.7, 0.5, 0.6], SCORES), 3, 3.0)
    assert again[2:] == (*around([0.5, 0.4, 0.3], SCORES), 3, pytest.approx(10 / 3))
    # Below three equal values v, p of a mean m is (m / v)³: the interval begins at v times the root of 0.025.
    assert seed[3:5] == pytest.approx((0.3 * 0.025 ** (1 / 3), 1 - 0.7 * 0.025 ** (1 / 3)))


def test_the_gain_and_its_two_parts(report):
    whole, samples, beyond = report.tables[2].rows
    few = (2 / 8, 4 / 8, "too few differ")  # two-sided, of two comparisons
    assert whole == ("a", "whole gain", *around([0.4, 0.2, 0.3], GAINS), 3, *few)
    assert samples == ("a", "only more samples", *around([0.2, 0.1, 0.0], GAINS), 3, None, None, "")
    assert beyond[2:] == (*around([0.2, 0.1, 0.3], GAINS), 3, *few)
    told = re.sub(r" \([-+.0-9]+ to [-+.0-9]+\)", "", report.words[0])
    assert told == "a: of a gain of +0.3000 a use, +0.1000 is what more samples alone bring, +0.2000 is not"


def test_the_calls_of_a_run_shared_out_over_later_problems(report):
    one, two, no_end = report.tables[3].rows
    assert one[:3] == ("1", 23.0, pytest.approx(0.7))
    assert one[5:] == (*around([-0.1, -0.1, -0.1], GAINS), 3)
    assert one[6:8] == pytest.approx((0.9 * 0.025 ** (1 / 3) - 1, 1 - 1.1 * 0.025 ** (1 / 3)))
    # the second run had nothing left to share between two: what it makes of one use's calls stands in
    assert two[:3] == ("2", pytest.approx(29 / 3), pytest.approx(1.3 / 3))
    assert two[5:] == (*around([0.1, 0.3, 0.1], GAINS), 3)
    assert no_end[0] == "no end"
    assert no_end[5:8] == around([0.3, 0.3, 0.3], GAINS)
    assert report.words[1] == (
        "a: a run of 20 calls pays for itself, by the mean, after 2 later problems (95%: 1 to never; of the "
        "numbers in the table)"
    )


def test_seven_runs_are_enough_to_find_a_gain_and_the_comparisons_of_all_tasks_are_corrected_together():
    def rows(task, last):
        uses = ([0.3], last, [0.3])
        return [
            row
            for n in range(7)
            for row in of_run(n, uses, (1, 1, 1), {1: (0.3, 2), None: (0.3, 1)}, task=task)
        ]

    def told(rows):
        lines = STUDY.report(settings_of(STUDY), rows).tables[2].rows
        return [line[6:] for line in lines if line[6] is not None]

    assert told(rows("a", [0.4])) == [(2 / 128, 4 / 128, "not alike, higher")] * 2
    assert told(rows("a", [0.2])) == [(2 / 128, 4 / 128, "not alike, lower")] * 2
    assert told(rows("a", [0.4]) + rows("b", [0.3])) == [
        *[(2 / 128, 8 / 128, "too few differ")] * 2,
        *[(1.0, 1.0, "too few differ")] * 2,
    ]
    assert STUDY.tested(settings_of(STUDY)) == {"comparisons": 2, "pairs": 10, "smallest_n": 7}


@pytest.mark.parametrize(
    ("gains", "told"),
    [
        ([(0.1, 0.05, 0.15), (0.1, 0.05, 0.15), (0.1, 0.05, 0.15)], "by the mean, after 1 later problem (95%: 1;"),
        ([(-0.1, -0.2, 0.1), (0.1, -0.1, 0.2), (0.2, 0.1, 0.3)], "after 5 later problems (95%: 1 to more than 5;"),
        ([(0.1, -0.2, 0.3), (-0.1, -0.2, 0.1), (0.1, -0.2, 0.3)], "more than 5 later problems (95%: 1 to never;"),
        ([(-0.1, -0.2, -0.05), (0.0, -0.1, 0.1), (0.0, -0.1, 0.1)], "never pays for itself at this gain"),
        ([(0.0, -0.1, 0.1)] * 3, "(95%: 1 to never;"),
        ([(-0.1, -0.2, 0.0)] * 3, "(95%: never;"),
        ([(0.1, None, None)] * 3, "(one run: no interval)"),
    ],
)  # fmt: skip
def test_a_run_has_paid_from_where_the_gain_stays_above_0(gains, told):
    assert told in _paid([1, 5, None], [(*gain, 3) for gain in gains])


# --- a run --------------------------------------------------------------------------------------------------

BUDGET = Budget(2, 1)


def options(folder, isolation, **more):
    return Options("offline", BUDGET, seed=3, isolation=isolation, runs=folder, **more)


@pytest.fixture(scope="module")
def settings():
    return settings_of(STUDY, tasks=[doubling()], replicates=2, iterations=1, repeats=2)


@pytest.fixture(scope="module")
def studied(tmp_path_factory, strongest, settings):
    return run_study(STUDY, settings, options(tmp_path_factory.mktemp("budget"), strongest))


def rows_of(studied):
    return json.loads((studied.folder / "rows.json").read_text())


def test_every_call_is_one_of_the_recursion_or_of_what_it_is_compared_with(studied):
    rows = rows_of(studied)
    with sqlite3.connect(studied.folder / "ledger.sqlite") as ledger:
        (tests,) = ledger.execute(
            "SELECT count(*) FROM calls WHERE address LIKE '%/stop/t_/test/%'"
        ).fetchone()
    runs = sum(row["calls"] for row in rows if row["what"] == "run")
    # on the first problem of a run the uses with equal calls are the first of those with all the run's calls
    again = sum(row["calls"] for row in rows if row.get("by") == NAMES[2] and row["instance"] > 0)
    direct = sum(row["calls"] for row in rows if row.get("later") == 1)
    assert runs + tests + again + direct == studied.spent["calls"]
    assert tests >= 4


def test_the_calls_that_are_compared_are_equal(studied):
    rows = rows_of(studied)
    made = {(row["run"], row["instance"], row["by"]): row["calls"] for row in rows if row["what"] == "use"}
    assert len(made) == 12
    for (run, instance, by), calls in made.items():
        if by == NAMES[2]:  # the seed improver makes one call a use, so nothing is over
            assert calls == made[run, instance, NAMES[1]]
    cost = {row["run"]: row["calls"] for row in rows if row["what"] == "run"}
    for row in rows:
        if row["what"] == "shared":
            share = cost[row["run"]] // row["later"] if row["later"] else 0
            assert row["calls"] == made[row["run"], 0, NAMES[1]] + share


def test_it_takes_no_more_than_planned(studied, settings):
    uses = STUDY.uses(settings, BUDGET)
    planned = most(uses, BUDGET, RunLimits(), find_models(["offline"]))
    assert planned.calls == 2 * uses.meta + uses.task_calls < 2 * (uses.meta + uses.tasks)
    assert 0 < studied.spent["calls"] <= planned.calls
    assert studied.spent["samples"] <= planned.answers


def test_cut_off_and_with_one_job_it_comes_to_the_same(studied, settings, tmp_path, strongest):
    most_calls = studied.spent["calls"]
    first = options(tmp_path, strongest, limits=RunLimits(calls=2 * most_calls // 3), jobs=1)
    cut = run_study(STUDY, settings, first)
    assert (cut.status, cut.report) == ("limit", None)
    resumed = run_study(
        STUDY, settings, replace(first, limits=RunLimits(calls=most_calls)), resumed=cut.folder
    )
    assert resumed.status == "done"
    assert resumed.report == studied.report
    assert rows_of(resumed) == rows_of(studied)
