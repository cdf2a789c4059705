"""The report of `strategies`, against cases worked out by hand, and the study itself with the model without a key."""

import json
from dataclasses import replace

import pytest
from tripling import tripling

from selftaught import Options, RunLimits
from selftaught.address import Address
from selftaught.api import find_improver
from selftaught.budget import Budget
from selftaught.demonstration import DEMONSTRATION
from selftaught.ledger import Ledger
from selftaught.studies import find_study
from selftaught.studies.rendering import as_json
from selftaught.studies.running import run_study, settings_of
from selftaught.studies.strategies import report_of, rows_of
from selftaught.studies.study import Settings

STUDY = find_study("strategies")


def row(
    run, t, uses, gain, *, adopted=False, survived=None, drafts=(), unexplained=(), proposed="p", task="a"
):
    return {
        "task": task, "run": run, "t": t, "proposed": proposed, "uses": uses, "gain": gain, "adopted": adopted,
        "survived": gain is not None and gain >= 0 if survived is None else survived, "drafts": list(drafts),
        "unexplained": list(unexplained), "judged": True, "whole": True,
    }  # fmt: skip


ROWS = [
    row(0, 1, ["hints"], 0.1, adopted=True, drafts=[["hints"], ["hints", "bandit"], []]),
    row(0, 2, ["hints", "bandit"], -0.3, drafts=[["bandit"]]),
    row(1, 1, [], 0.2, adopted=True),
    row(1, 2, [], None, proposed=None, drafts=[["hints"]]),
    row(2, 1, ["hints", "new"], -0.1, unexplained=[["an oddity", [3, 4]]]),
]


def test_counts_and_gains_by_strategy():
    table = report_of(ROWS).tables[0]
    lines = {line[0]: line[1:] for line in table.rows}
    assert list(lines) == ["all", "bandit", "hints", "new", "none of them"]
    counts = {name: (line[0], line[1], line[5], line[6], line[10]) for name, line in lines.items()}
    assert counts == {
        "all": (5, 4, 2, 2, 3),
        "bandit": (2, 1, 0, 0, 1),
        "hints": (3, 3, 1, 1, 2),
        "new": (0, 1, 0, 0, 1),
        "none of them": (1, 1, 1, 1, 1),
    }, "drafted, proposed, survived, adopted, runs with a gain"
    # of the three runs' proposals, all, none and all have hints; half of the first run's have a bandit
    assert [lines[name][2] for name in ("all", "hints", "bandit")] == pytest.approx([1.0, 2 / 3, 1 / 6])
    # one value a run: (0.1 - 0.3) / 2 and -0.1
    assert lines["hints"][7] == pytest.approx(-0.1)
    assert lines["all"][7] == pytest.approx((-0.1 + 0.2 - 0.1) / 3)
    low, high = lines["hints"][8:10]
    assert low < -0.1 < high
    assert lines["bandit"][8:10] == (None, None), "one run says nothing of how sure it is"


def test_counts_by_iteration():
    table = report_of(ROWS).tables[1]
    assert [line[:6] for line in table.rows] == [
        (1, "all", 3, 3, 2, 2), (1, "bandit", 1, 0, 0, 0), (1, "hints", 2, 2, 1, 1), (1, "new", 0, 1, 0, 0),
        (1, "none of them", 1, 1, 1, 1),
        (2, "all", 2, 1, 0, 0), (2, "bandit", 1, 1, 0, 0), (2, "hints", 1, 1, 0, 0),
    ]  # fmt: skip
    gains = {line[:2]: line[6] for line in table.rows}
    assert gains[1, "all"] == pytest.approx((0.1 + 0.2 - 0.1) / 3)
    assert gains[1, "bandit"] is None
    assert gains[2, "hints"] == -0.3


def test_what_no_rule_explains_is_said_with_its_lines():
    words = report_of(ROWS).words
    assert words[0].startswith("a: 4 proposals in 5 iterations of 3 runs; in 1 nothing new was returned.")
    assert words[1:] == ("a: no rule explains, in 1 of them: an oddity (p, line 3, 4).",)
    lost = {**ROWS[0], "whole": False}
    assert "1 proposals could not be read or followed to the end." in report_of([lost]).words[1]


def test_tasks_stand_apart_and_the_figure_has_the_commonest():
    report = report_of([*ROWS, row(0, 1, ["restarts"], 0.0, task="b")])
    assert [table.title for table in report.tables] == [
        "a: strategies", "a: by iteration", "b: strategies", "b: by iteration",
    ]  # fmt: skip
    first, second = report.figures
    assert [line.label for line in first.lines] == ["hints", "bandit", "new"]
    assert first.lines[0].xs == (1.0, 2.0)
    assert first.lines[0].ys == pytest.approx((2 / 3, 1.0))
    assert second.lines[0].ys == (1.0,)


def test_nothing_proposed_is_no_error():
    rows = [row(0, 1, [], None, proposed=None)]
    table = report_of(rows).tables[0]
    assert table.rows[0] == ("all", 0, 0, None, None, None, 0, 0, None, None, None, 0)


def test_a_recorded_run_gives_the_rows_too():
    ledger = Ledger(DEMONSTRATION, new=False)
    try:
        rows, iterations = rows_of(ledger), ledger.iterations()
    finally:
        ledger.close()
    assert [row["t"] for row in rows] == list(range(1, len(iterations)))
    assert [row["adopted"] for row in rows] == [each["adopted"] for each in iterations[1:]]
    for mine, each in zip(rows, iterations[1:], strict=True):
        if mine["proposed"]:
            assert mine["proposed"] == each["proposed"]
            assert mine["judged"]
            assert mine["whole"]
            assert mine["drafts"]
        if each["adopted"]:
            assert f"{mine['gain']:+.4f}" in each["why"]
            assert mine["survived"]
    assert report_of(rows).tables


# --- the whole of it, with the model that needs no key ------------------------------------------------------


def test_a_small_study_is_within_its_dry_run_and_resumed_comes_to_the_same(tmp_path, strongest):
    options = Options(
        budget=Budget(calls=1, samples=2), seed=3, jobs=2, isolation=strongest, runs=tmp_path / "runs"
    )
    small = Settings((tripling(),), 2, 2, 1, "always", find_improver("seed"))
    whole = run_study(STUDY, small, options)
    assert whole.status == "done"
    rows = json.loads((whole.folder / "rows.json").read_text())
    assert [(row["run"], row["t"]) for row in rows] == [(0, 1), (0, 2), (1, 1), (1, 2)]
    assert any(row["drafts"] for row in rows)
    uses = STUDY.uses(small, options.budget)
    assert 0 < whole.spent["calls"] <= (uses.meta + uses.tasks) * options.budget.calls
    ledger = Ledger(whole.folder, new=False)
    assert ledger.calls_below(Address(("strategies",))) == whole.spent["calls"]
    ledger.close()

    cut = run_study(STUDY, small, replace(options, limits=RunLimits(calls=whole.spent["calls"] // 2)))
    assert (cut.report, cut.status) == (None, "limit")
    resumed = run_study(STUDY, small, options, None, cut.folder)
    assert as_json(resumed.report) == as_json(whole.report)


def test_unless_told_otherwise():
    plain = settings_of(STUDY)
    assert (plain.replicates, plain.iterations, plain.repeats, plain.adopt) == (10, 4, 5, "not-worse")
    assert STUDY.tested(plain) == {}
