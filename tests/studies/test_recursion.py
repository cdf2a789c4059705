"""The study `recursion`: who improves whom, on equal terms; its report against cases worked out by hand."""

import json
from collections import Counter
from dataclasses import replace
from itertools import count

import pytest
from models_for_tests import ScriptedModel
from tripling import improver, tripling

from selftaught import Options, RunLimits
from selftaught.address import Address
from selftaught.api import find_improver
from selftaught.budget import Budget
from selftaught.ledger import Ledger
from selftaught.studies import find_study
from selftaught.studies.recursion import TO_BE_WRITTEN
from selftaught.studies.rendering import as_json, as_text
from selftaught.studies.running import run_study, settings_of
from selftaught.studies.study import GAINS, SCORES, Settings, compare, interval_of

STUDY = find_study("recursion")
ARMS = ["STOP", "seed on last", "last on seed", "maximizer", "no recursion"]
SEED = improver("seed", 1)


def about(values, ends):
    """The mean of these values and the interval that the statistics give it (checked where they are)."""
    return tuple(map(pytest.approx, (sum(values) / len(values), *interval_of(values, ends))))


def settings(tasks, *, replicates=1, iterations=2, repeats=1, adopt="always", seed=SEED):
    return Settings(tuple(tasks), replicates, iterations, repeats, adopt, seed)


@pytest.fixture
def work(new_run, runner):
    """Does the study's work with a model that proposes these improvers in turn: its rows, the run."""

    def work(propose, calls=2, **options):
        made = iter(propose)

        def answer(query):
            return next(made).text if query.messages[1].content != "on a task" else "no program"

        run = new_run(ScriptedModel(answer), budget=Budget(calls=calls, samples=1))

        async def all_of_it():
            task = await run.prepare(tripling())
            return await STUDY.work(run, settings([task], **options), lambda: None)

        return runner(all_of_it()), run

    return work


# --- the work -------------------------------------------------------------------------------------------------------


def test_who_improves_whom(work):
    a, b, c, d, e, f, g, h, i = (improver(name, 2) for name in "abcdefghi")
    # STOP: a from the seed, b from a; seed on last: c; last on seed: d; maximizer: e, f; no recursion: g, h, i
    rows, run = work([a, b, c, d, e, f, g, h, i])
    used = {
        (row[0].split("/")[3], row[1], row[3], row[4])
        for row in run.ledger.rows("improvements")
        if row[2] == "improving"
    }
    expected = {
        ("t1", SEED, SEED, a),  # of three arms, and the first try without recursion
        ("t2", a, a, b),
        ("t2", SEED, a, c),
        ("t2", a, SEED, d),
        ("t1", SEED, TO_BE_WRITTEN, e),
        ("t2", e, TO_BE_WRITTEN, f),
        ("t2", SEED, SEED, g),
        ("t3", SEED, SEED, h),
        ("t4", SEED, SEED, i),
    }
    assert used == {(t, *(each.fingerprint for each in programs)) for t, *programs in expected}
    ends = {row["arm"]: row["improver"] for row in rows}
    assert [ends[arm] for arm in ARMS] == [each.fingerprint for each in (b, c, d, f, a)]
    assert [row["arm"] for row in rows] == ["seed improver", *ARMS]
    assert [row["test"] for row in rows] == pytest.approx([1 / 3] + [2 / 3] * 5)
    assert [row["raw"] for row in rows] == pytest.approx([2 / 3] + [1 / 3] * 5)
    assert [row["new"] for row in rows] == [False] + [True] * 5


def test_the_maximizer_is_shown_no_improver(work):
    _, run = work([improver(str(number), 1) for number in range(20)])
    shown = [query.messages[1].content for query in run.models[0].model.queries]
    assert TO_BE_WRITTEN.text in shown
    assert "raise NotImplementedError" in TO_BE_WRITTEN.text


def test_calls_are_those_that_chose_and_the_best_of_n_has_as_many_as_stop(work):
    # Each improver spends 1 call on an improver, and on a task as many as its number.
    # STOP, adopting always, with 2 repeats: t1 seed (1) meets a (2): 2 + 4; t2 a (2) meets b (1): 4 + 2; a's and b's
    # scores were not asked for by those who made them: 4 + 2 on search. 1 + 6 + 4, 1 + 6 + 2: 20.
    a, b = improver("a", 2), improver("b", 1)
    proposals = [a, b, *(improver(str(number), 1) for number in range(20))]
    rows, run = work(proposals, calls=4, repeats=2)
    calls = {row["arm"]: row["calls"] for row in rows}
    assert calls["STOP"] == 20
    # Without recursion a use is its call and its proposal's score, 1 + 4 (a again) and then 1 + 2 each: after six
    # there are 5 + 5 * 3 = 20; then a, the best, meets the seed: 4 + 2.
    assert calls["no recursion"] == 26
    assert next(row for row in rows if row["arm"] == "no recursion")["improver"] == a.fingerprint
    # the most: 2 rounds of (1 use on an improver, and (4 + 1 scores and 3 more measures) of 2 uses), of 4 calls each
    assert {row["allowed"] for row in rows[1:]} == {2 * (1 + 8 * 2) * 4}
    every = [row[0] for row in run.ledger.rows("calls")]
    here, seed = "recursion/tripling/run0", SEED.fingerprint
    chose = [f"t1/search/{seed}", f"t2/search/{a.fingerprint}"]
    chose += [f"t1/validation/{each}" for each in (seed, a.fingerprint)]
    chose += [f"t2/validation/{each.fingerprint}" for each in (a, b)]
    assert calls["STOP"] == sum(address.startswith(f"{here}/{each}/") for address in every for each in chose)


def test_proposals_that_cost_nothing_do_not_go_on_for_ever(work):
    """Improvers that fail spend no calls on tasks; the seed's own do, in STOP's validation."""
    rows, run = work((improver(str(number), 0) for number in count()), repeats=2, adopt="not-worse")
    last = rows[-1]
    # STOP: 2 rounds of 1 call on an improver, and 2 uses of the seed on validation
    assert (last["arm"], last["new"], rows[1]["calls"]) == ("no recursion", False, 6)
    # as many calls on improvers as STOP may make, 2 rounds of 2, in uses of 1 call each; the seed on validation
    assert last["proposals"] == 4
    assert last["calls"] == 4 + 2
    meta = [
        row for row in run.ledger.rows("improvements") if row[2] == "improving" and row[1] == SEED.fingerprint
    ]
    assert {row[0].split("/")[3] for row in meta} == {"t1", "t2", "t3", "t4"}


def test_what_is_no_better_is_not_adopted_in_any_arm(work):
    rows, _ = work((improver(str(number), 0) for number in count()), adopt="better")
    assert {row["improver"] for row in rows} == {SEED.fingerprint}
    assert len({row["test"] for row in rows}) == 1, "the same improver has the same test, measured once"


# --- the report -----------------------------------------------------------------------------------------------------

BASE = [0.50, 0.52, 0.54, 0.56, 0.58, 0.60, 0.62, 0.64]
CHANGES = {
    "seed improver": [-0.2] * 8,
    "STOP": [0.0] * 8,
    "seed on last": [-0.1] * 8,
    "last on seed": [0.0] * 8,
    "maximizer": [0.1, -0.1] * 4,
    "no recursion": [0.2, 0.2, 0.2, 0, 0, 0, 0, 0],
}


def rows_of(changes=CHANGES, task="a"):
    return [
        {
            "task": task, "run": run, "arm": arm, "improver": "0", "new": arm != "seed improver",
            "test": BASE[run] + change, "raw": None, "proposals": 2,
            "calls": 0 if arm == "seed improver" else 10 + run, "allowed": 0 if arm == "seed improver" else 40,
            "failed": 0,
        }
        for arm, values in changes.items()
        for run, change in enumerate(values)
    ]  # fmt: skip


def test_the_report_of_a_case_worked_out_by_hand():
    report = STUDY.report(settings([tripling()], replicates=8), rows_of())
    means, differences = report.tables
    lines = {line[0]: line for line in means.rows}
    assert lines["STOP"][1:4] == about(BASE, SCORES)
    assert lines["STOP"][4] == 8
    assert lines["STOP"][5:] == (None, 8, 2, 13.5, 40)
    assert lines["seed improver"][6:] == (0, 2, 0, 0)
    found = {line[1]: line[2:] for line in differences.rows}
    assert list(found) == ["seed on last", "last on seed", "maximizer", "no recursion"]
    # all eight lower: one-sided 2^-8, two-sided 2^-7, the smallest of four: 4 * 2^-7
    assert found["seed on last"] == (*about([-0.1] * 8, GAINS), 8, 1 / 128, 4 / 128, "not alike, lower")
    # of eight equal differences d: ((1 + low) / (1 + d))^8 = 0.025, and the other end likewise
    root = 0.025 ** (1 / 8)
    assert found["seed on last"][1:3] == pytest.approx((0.9 * root - 1, 1 - 1.1 * root))
    assert found["last on seed"] == (*about([0.0] * 8, GAINS), 8, 1, 1, "too few differ")
    mean, low, high, n, p, corrected, verdict = found["maximizer"]
    assert mean == pytest.approx(0)
    assert low < 0 < high
    assert (n, p, corrected, verdict) == (8, 1, 1, "no difference shown")
    # three differ, all higher: 2 * 2^-3, which is the least that three can give; the second smallest of four
    mean, low, high, n, p, corrected, verdict = found["no recursion"]
    assert mean == pytest.approx(0.075)
    assert low < 0.075 < high
    assert (n, p, corrected, verdict) == (8, 0.25, 0.75, "too few differ")
    (words,) = report.words
    assert words.startswith("a, against STOP at equal calls: seed on last -0.1000, 95% interval ")
    assert "p = 0.032 by Holm: not alike, lower; last on seed +0.0000, 95% interval " in words
    assert "seed on last" in as_text(report)


def test_more_tasks_are_more_comparisons():
    rows = rows_of() + rows_of(task="b")
    report = STUDY.report(settings([tripling()], replicates=8), rows)
    assert [table.title.split(":")[0] for table in report.tables[:2]] == ["a", "b"]
    lines = [line for line in report.tables[2].rows if line[1] == "seed on last"]
    assert [line[7] for line in lines] == [8 / 128, 8 / 128], "of eight, and no less for the second"
    assert [line[8] for line in lines] == ["too few differ"] * 2
    assert len(report.figures) == len(report.words) == 2


def test_comparisons_have_two_sides():
    one, other = [0.5] * 10, [0.4] * 10
    found = compare({"up": (one, other), "down": (other, one), "same": (one, one)})
    assert [each.verdict for each in found.values()] == [
        "not alike, higher",
        "not alike, lower",
        "too few differ",
    ]
    assert found["up"].p == found["down"].p == 2 / 1024
    assert found["up"].corrected == 3 * 2 / 1024
    assert compare({"one": ([0.1], [0.2])})["one"].low is None


# --- the whole of it, with the model that needs no key ------------------------------------------------------


@pytest.fixture
def options(tmp_path, strongest):
    budget = Budget(calls=1, samples=2)
    return Options(budget=budget, seed=3, jobs=2, isolation=strongest, runs=tmp_path / "runs")


def test_a_small_study_is_within_its_dry_run_and_resumed_comes_to_the_same(options):
    small = settings([tripling()], replicates=2, seed=find_improver("seed"), adopt="not-worse")
    whole = run_study(STUDY, small, options)
    assert whole.status == "done"
    rows = json.loads((whole.folder / "rows.json").read_text())
    assert [(row["run"], row["arm"]) for row in rows] == [
        (run, arm) for run in range(2) for arm in ["seed improver", *ARMS]
    ]
    by_arm = Counter(row["arm"] for row in rows if row["calls"] <= row["allowed"])
    assert by_arm == dict.fromkeys(["seed improver", *ARMS], 2)
    uses = STUDY.uses(small, options.budget)
    assert 0 < whole.spent["calls"] <= (uses.meta + uses.tasks) * options.budget.calls
    ledger = Ledger(whole.folder, new=False)
    assert ledger.calls_below(Address(("recursion",))) == whole.spent["calls"], (
        "all are at the study's addresses"
    )
    ledger.close()

    limits = RunLimits(calls=whole.spent["calls"] // 2)
    cut = run_study(STUDY, small, replace(options, limits=limits))
    assert (cut.report, cut.status) == (None, "limit")
    resumed = run_study(STUDY, small, options, None, cut.folder)
    assert as_json(resumed.report) == as_json(whole.report)
    assert resumed.plan == whole.plan


def test_unless_told_otherwise(options):
    plain = settings_of(STUDY)
    assert [task.name for task in plain.tasks] == ["lpn"]
    assert (plain.replicates, plain.iterations, plain.repeats, plain.adopt) == (10, 4, 5, "not-worse")
    assert STUDY.tested(plain) == {"comparisons": 4, "pairs": 10, "smallest_n": 8}
    uses = STUDY.uses(plain, Budget())
    # a run: 4 forms of 4 rounds and 5 rounds without recursion; a round is 25 + 3 measures of 5 uses; and 2 + 6 more
    assert (uses.meta, uses.tasks) == (10 * 21, 10 * (21 * 28 * 5 + 8 * 5))
