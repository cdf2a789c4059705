"""The study of frozen improvers on other tasks: its report by hand, and a small run that is cut off and goes on."""

import dataclasses
import json

import pytest

from selftaught.api import Options, find_improver
from selftaught.budget import Budget, RunLimits
from selftaught.errors import InputError
from selftaught.ledger import Ledger
from selftaught.planning import most
from selftaught.program import Program
from selftaught.roster import find_models
from selftaught.studies import find_study
from selftaught.studies.given import UNKNOWN, Given, find_given, named
from selftaught.studies.running import begun, run_study, settings_of
from selftaught.task import Task

STUDY = find_study("transfer")
START, SEED, X, AGAIN = "start program", "seed improver", "x.py", "seed, calls of x.py"


def settings(n, made_on=("elsewhere",)):
    return settings_of(
        STUDY, tasks=[Task.find("lpn")], replicates=n, improvers=[Given(X, Program("x"), made_on)]
    )


def rows(scores, raws=None, **more):
    """Rows of scores by (task, by); ``raws`` has for some of these what each seed's instances have."""
    return [
        {
            "task": task, "by": by, "seed": n, "score": score, "n": 2,
            "raws": (raws or {}).get((task, by), {n: None})[n], "published": None,
            "calls": 3, "samples": 12, "status": "ok", "cause": "", **more,
        }
        for (task, by), values in scores.items()
        for n, score in enumerate(values)
    ]  # fmt: skip


def two(a, b):
    """Mean and interval of two scores a and b: below them, p of a mean m is m² / ab, and above likewise."""
    return (
        pytest.approx((a + b) / 2),
        pytest.approx((0.025 * a * b) ** 0.5),
        pytest.approx(1 - (0.025 * (1 - a) * (1 - b)) ** 0.5),
    )


def two_gains(a, b):
    """The same of gains, which begin at -1."""
    return (
        pytest.approx((a + b) / 2),
        pytest.approx(-1 + (0.025 * (1 + a) * (1 + b)) ** 0.5),
        pytest.approx(1 - (0.025 * (1 - a) * (1 - b)) ** 0.5),
    )


def test_means_and_gains_with_intervals_worked_out_by_hand():
    scores = {
        ("a", START): [0.1, 0.3],
        ("a", SEED): [0.2, 0.3],
        ("a", X): [0.6, 0.5],
        ("a", AGAIN): [0.3, 0.5],
    }
    means, differences = STUDY.report(settings(2), rows(scores)).tables
    assert means.rows == (
        ("a", START, *two(0.1, 0.3), 2, 3.0, 12.0, ""),
        ("a", SEED, *two(0.2, 0.3), 2, 3.0, 12.0, ""),
        ("a", X, *two(0.6, 0.5), 2, 3.0, 12.0, "elsewhere"),
        ("a", AGAIN, *two(0.3, 0.5), 2, 3.0, 12.0, ""),
    )
    once, equal = differences.rows
    assert once == ("a", X, SEED, *two_gains(0.4, 0.2), 2, 0.5, 1.0, "too few differ", "yes")
    assert equal[:6] == ("a", X, "equal calls", *two_gains(0.3, 0.0))
    assert equal[-2:] == ("too few differ", "yes")


@pytest.mark.parametrize(
    ("gains", "p", "verdict"),
    [  # of two comparisons, so that a mean of ten gains of 0.5 might be 0: p of it is 4 x (1 / 1.5)^10
        ([0.8] * 10, 2 / 2**10, "higher"),
        ([-0.8] * 10, 2 / 2**10, "lower"),
        ([0.5] * 10, 2 / 2**10, "not alike, higher"),
        ([-0.5] * 10, 2 / 2**10, "not alike, lower"),
        ([0.1, -0.1] * 5, 1.0, "no difference shown"),
        ([0.5] * 5 + [0.0] * 5, 2 / 2**5, "too few differ"),
    ],
)
def test_verdicts(gains, p, verdict):
    seed = [0.9 if min(gains) < -0.1 else 0.1] * 10
    last = [one + gain for one, gain in zip(seed, gains, strict=True)]
    found = rows({("a", START): seed, ("a", SEED): seed, ("a", X): last, ("a", AGAIN): seed})
    *_, differences = STUDY.report(settings(10), found).tables
    for line in differences.rows:
        assert line[7:10] == (pytest.approx(p), pytest.approx(min(1, 2 * p)), verdict), "of two comparisons"


def test_all_tasks_and_those_that_were_never_seen_are_one_value_a_seed_in_one_family():
    scores = {}
    for task, gain in (("a", 0.1), ("b", 0.3), ("c", 0.4)):
        for by in (START, SEED, X, AGAIN):
            scores[task, by] = [0.2 + gain * (by == X)] * 10
    report = STUDY.report(settings(10, ("a",)), rows(scores))
    differences = report.tables[-1].rows
    assert [(line[0], line[2], pytest.approx(line[3]), line[-1]) for line in differences] == [
        (task, other, gain, unseen)
        for other in (SEED, "equal calls")
        for task, gain, unseen in (
            ("a", 0.1, "no"), ("b", 0.3, "yes"), ("c", 0.4, "yes"), ("all tasks", 0.8 / 3, ""),
            ("all that it never saw", 0.35, "yes"),
        )
    ]  # fmt: skip
    assert [line[8] for line in differences] == [pytest.approx(10 * 2 / 2**10)] * 10, (
        "ten comparisons, all alike"
    )
    (said,) = report.words
    assert said.startswith("x.py, over 2 tasks that it never saw: +0.3500 (")
    assert said.endswith("It was made on a: what it gains there says nothing of other tasks")


@pytest.mark.parametrize(
    ("made_on", "unseen", "words"),
    [
        ((), "yes", "x.py, over a that it never saw: "),
        ((UNKNOWN,), "?", "that it never saw these tasks is not claimed"),
        (("a",), "no", "It was made on a: "),
        (("a", UNKNOWN), "no", "Whether it never saw the others is not known"),
        (("b", UNKNOWN), "?", "is not claimed"),
    ],
)
def test_that_it_never_saw_a_task_is_claimed_where_it_is_known(made_on, unseen, words):
    found = rows({("a", by): [0.5] * 3 for by in (START, SEED, X, AGAIN)})
    report = STUDY.report(settings(3, made_on), found)
    assert {line[-1] for line in report.tables[-1].rows} == {unseen}
    assert words in report.words[0]
    assert ("that it never saw:" in report.words[0]) == (unseen == "yes")


def test_raw_measures_are_paired_by_instance_where_both_have_one():
    scores = {("a", by): [0.5] * 2 for by in (START, SEED, X, AGAIN)} | {("b", SEED): [0.5] * 2}
    scores |= {("b", by): [0.5] * 2 for by in (START, X, AGAIN)}
    raws = {
        ("a", START): [[4.0, 4.0], [None, 2.0]], ("a", SEED): [[4.0, 2.0], [None, 6.0]],
        ("a", X): [[5.0, None], [9.0, 10.0]], ("a", AGAIN): [[1.0, 1.0], None],
    }  # fmt: skip
    _, units, _ = STUDY.report(settings(2), rows(scores, raws)).tables
    assert units.rows == (
        ("a", START, pytest.approx(10 / 3), "3 of 4", None, "", None, "", None),
        ("a", SEED, 4.0, "3 of 4", None, "", None, "", None),
        ("a", X, 8.0, "3 of 4", 2.5, "2 of 4", 4.0, "1 of 4", None),  # +1 and +4; +4
        ("a", AGAIN, 1.0, "2 of 4", -2.0, "2 of 4", None, "", None),  # -3 and -1
    )
    ruled = STUDY.report(settings(2), rows(scores, published=0.01)).tables[1]
    assert {(line[2], line[-1]) for line in ruled.rows} == {(None, 0.01)}
    assert len(ruled.rows) == 8


def test_without_an_improver_there_is_nothing_to_compare():
    scores = {("a", START): [0.1] * 3, ("a", SEED): [0.2] * 3}
    alone = dataclasses.replace(settings(3), improvers=(), names=(), made_on=())
    report = STUDY.report(alone, rows(scores))
    assert len(report.tables) == 1
    assert report.words == ()


# --- names ----------------------------------------------------------------------------------------------------------


def a_run(folder, first, best):
    """A run of STOP on two tasks as its folder has it."""
    ledger = Ledger(folder)
    ledger.begin({"kind": "stop", "tasks": ["lpn", "mine"], "improver": {"program": first.fingerprint}})
    ledger.close()
    (folder / "summary.json").write_text(json.dumps({"best": "I1.py"}))
    (folder / "I1.py").write_text(best.text)


def test_improvers_keep_their_names_and_what_they_were_made_on(tmp_path, monkeypatch):
    seed, made = find_improver("seed"), Program("def improve_algorithm(s, u, m): return s\n")
    a_run(tmp_path / "runs" / "r1", seed, made)
    a_run(tmp_path / "runs" / "r2", made, made)
    a_run(tmp_path / "runs" / "r3", seed, seed)
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.py").write_text(made.text)
    monkeypatch.chdir(tmp_path)

    def told(path):
        found = find_given(path, tmp_path / "runs")
        return found.name, found.made_on

    assert told("greedy") == ("greedy", ())
    assert told("one/mine.py") == ("mine.py", (UNKNOWN,))
    assert told("r1:best") == told("runs/r1:best") == ("r1:best", ("lpn", "mine"))
    assert told("r2:best") == ("r2:best", ("lpn", "mine", UNKNOWN)), (
        "it began with one that came from elsewhere"
    )
    assert told("r3:best") == ("r3:best", ()), "nothing was adopted: it is the seed improver"
    alike = [find_given(path, tmp_path) for path in ("one/mine.py", "two/mine.py", "greedy")]
    assert [each.name for each in named(alike)] == ["one/mine.py", "two/mine.py", "greedy"]
    assert [each.name for each in named([made, made])] == ["improver 1", "improver 2"]
    with pytest.raises(InputError, match="greedy is given twice"):
        named([alike[2], alike[2]])


# --- a run ----------------------------------------------------------------------------------------------------------

BUDGET = Budget(2, 1)
TWICE = Program("""
from helpers import extract_code

def improve_algorithm(initial_solution, utility, language_model):
    for _ in range(2):
        answer, = language_model.prompt("", "```python\\n" + initial_solution + "```\\n" + utility.str)
    return extract_code(answer) or initial_solution
""")
FAILS = Program("def improve_algorithm(*given): raise ValueError")


def options(folder, isolation, **more):
    return Options("offline", BUDGET, seed=3, isolation=isolation, runs=folder, **more)


@pytest.fixture(scope="module")
def small():
    sizes = {"search": 2, "validation": 3, "test": 3}
    task = dataclasses.replace(Task.find("quadratic_assignment"), sizes=sizes)
    given = [Given("twice", TWICE), Given("fails", FAILS, ())]
    return settings_of(STUDY, tasks=[task], replicates=2, improvers=given)


@pytest.fixture(scope="module")
def studied(tmp_path_factory, strongest, small):
    return run_study(STUDY, small, options(tmp_path_factory.mktemp("transfer"), strongest))


def rows_of(studied):
    return json.loads((studied.folder / "rows.json").read_text())


def test_calls_and_samples_are_what_the_ledger_counts_and_equal_where_they_should_be(studied):
    found = rows_of(studied)
    spent = {(row["by"], row["seed"]): (row["calls"], row["samples"]) for row in found}
    for seed in range(2):
        assert spent["twice", seed] == spent["seed, calls of twice", seed] == (2, 2)
        assert spent["fails", seed] == spent["seed, calls of fails", seed] == (0, 0)
    assert sum(row["calls"] for row in found) == studied.spent["calls"]
    assert sum(row["samples"] for row in found) == studied.spent["samples"]


def test_each_row_has_raw_measures_and_the_published_rule(studied):
    for row in rows_of(studied):
        assert row["n"] == 3
        if row["by"] == "fails":
            assert (row["score"], row["raws"], row["published"], row["status"]) == (0.0, None, 0.01, "error")
        elif row["by"] == START:
            assert 0 < row["published"] - sum(row["raws"]) / 3 < 0.5 / 225, "and the seconds taken"
    starts = {(row["by"], row["seed"]): row for row in rows_of(studied)}
    for seed in range(2):  # no call buys the start program
        start, bought = starts[START, seed], starts["seed, calls of fails", seed]
        assert (start["score"], start["raws"]) == (bought["score"], bought["raws"])


def test_the_plan_has_names_and_what_was_made_on_what(studied):
    assert studied.plan["settings"]["names"] == ["twice", "fails"]
    assert studied.plan["settings"]["made_on"] == [[UNKNOWN], []]


def test_it_takes_no_more_than_planned(studied, small):
    planned = most(STUDY.uses(small, BUDGET), BUDGET, RunLimits(), find_models(["offline"]))
    assert 0 < studied.spent["calls"] <= planned.calls
    assert studied.spent["samples"] <= planned.answers


def test_resumed_when_done_it_has_the_very_same_rows(studied, small, strongest):
    before = rows_of(studied)
    again = run_study(STUDY, small, options(studied.folder.parent, strongest), resumed=studied.folder)
    assert rows_of(again) == before, "CPU times too, which the published rule takes"
    assert again.report == studied.report
    kept = begun(str(studied.folder), studied.folder.parent).settings
    assert (kept.names, kept.made_on, kept.improvers) == (small.names, small.made_on, small.improvers)


def test_cut_off_and_with_one_job_it_comes_to_the_same_but_for_times(studied, small, tmp_path, strongest):
    calls = studied.spent["calls"]
    first = options(tmp_path, strongest, limits=RunLimits(calls=2 * calls // 3), jobs=1)
    cut = run_study(STUDY, small, first)
    assert (cut.status, cut.report) == ("limit", None)
    raised = dataclasses.replace(first, limits=RunLimits(calls=calls))
    resumed = run_study(STUDY, small, raised, resumed=cut.folder)
    assert resumed.status == "done"

    def timeless(studied):
        return [{**row, "published": None} for row in rows_of(studied)]

    assert timeless(resumed) == timeless(studied)
    assert resumed.spent["calls"] == calls


def test_how_many_comparisons_there_are():
    assert STUDY.tested(settings(10)) == {"comparisons": 2, "pairs": 10, "smallest_n": 7}, "of one task"
