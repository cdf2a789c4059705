# ruff: noqa: E501  cases read better with each in one line
"""The recursion: who improves whom, on what they are judged, and what a run leaves in its folder."""

import json

import pytest
from models_for_tests import ScriptedModel, fenced
from small_tasks import NEAR, PROGRAM, RIGHT

import selftaught
from selftaught import Options, RunLimits, api
from selftaught.budget import Budget
from selftaught.errors import InputError, LimitReached
from selftaught.meta import MetaTask
from selftaught.program import Program
from selftaught.scoring import Result
from selftaught.stop import ADOPT, stop, summary
from selftaught.task import Evaluation

BUDGET = Budget(calls=1, samples=2)


def improver(name, returns):
    """An improver that returns ``returns`` for the task, and for an improver what the model answers."""
    return Program(f'''"""{name}"""
from helpers import extract_code

def improve_algorithm(initial_solution, utility, language_model):
    if "def improve_algorithm" not in initial_solution:
        return {returns!r}
    return extract_code(language_model.prompt("", initial_solution)[0])
''')


POOR, FAIR, GOOD = improver("poor", PROGRAM), improver("fair", NEAR), improver("good", RIGHT)
LOST = Program(
    '"""lost"""\ndef improve_algorithm(initial_solution, utility, language_model):\n    raise ValueError("lost")\n'
)


@pytest.fixture
def recursion(new_run, runner, double):
    """Runs STOP with a model that proposes these programs in turn: the iterations, the run."""

    def recursion(start, proposals, *, adopt="not-worse", repeats=2, **options):
        model = ScriptedModel([fenced(program.text) for program in proposals])
        run = new_run(model, budget=BUDGET, **options)

        async def work():
            meta = MetaTask((await run.prepare(double),), repeats, start, BUDGET)
            return [each async for each in stop(run, meta, len(proposals), adopt)]

        return runner(work()), run

    return recursion


def test_algorithm_1_each_improver_is_improved_by_the_one_before_it(recursion):
    iterations, run = recursion(POOR, [FAIR, GOOD])
    assert [each.t for each in iterations] == [0, 1, 2]
    assert [each.improver for each in iterations] == [POOR, FAIR, GOOD]
    asked = [query.messages[1].content for query in run.models[0].model.queries]
    assert [Program(text) for text in asked] == [POOR, FAIR], "I_t = I_{t-1}(u, I_{t-1}, L)"
    assert [each.search.mean.mean for each in iterations] == [0.5, 0.75, 1.0]
    assert [each.validation.mean.mean for each in iterations] == [0.5, 0.75, 1.0]
    assert [each.test.mean.mean for each in iterations] == [0.5, 0.75, 1.0]
    assert [each.adopted for each in iterations] == [False, True, True]
    improvements = [row for row in run.ledger.rows("improvements") if row[2] == "improving"]
    assert [(row[1], row[3], row[4]) for row in improvements] == [
        (POOR.fingerprint, POOR.fingerprint, FAIR.fingerprint),
        (FAIR.fingerprint, FAIR.fingerprint, GOOD.fingerprint),
    ]


def test_the_incumbent_is_met_again_on_fresh_validation_instances(recursion):
    iterations, run = recursion(GOOD, [POOR, POOR])
    rows = [row[0] for row in run.ledger.rows("scores") if row[1] == "improving" and "/validation/" in row[0]]
    assert sorted(address.split("/")[0] for address in rows) == ["t0", "t1", "t1", "t2", "t2"]
    assert {address.split("/")[-1] for address in rows if address.startswith("t1")} == {
        GOOD.fingerprint,
        POOR.fingerprint,
    }
    assert [each.improver for each in iterations] == [GOOD] * 3


def test_a_worse_proposal_is_not_adopted_and_is_told(recursion):
    (_, second), _ = recursion(FAIR, [POOR])
    assert (second.adopted, second.improver, second.proposed) == (False, FAIR, POOR)
    assert second.why == "worse (-0.2500)"
    assert second.proposed_validation.mean.mean == 0.5
    assert second.validation.mean.mean == 0.75


def test_always_adopts_what_is_worse(recursion):
    (_, second), _ = recursion(FAIR, [POOR], adopt="always")
    assert (second.adopted, second.improver, second.why) == (True, POOR, "always adopted (-0.2500)")
    assert second.validation.mean.mean == second.proposed_validation.mean.mean == 0.5


def test_better_adopts_only_what_is_shown_to_be(recursion):
    (_, few), _ = recursion(POOR, [GOOD], adopt="better")
    assert not few.adopted
    assert few.why.startswith("too few to tell at 5%: 2 of 2 pairs differ (+0.5000)")
    (_, enough), _ = recursion(POOR, [GOOD], adopt="better", repeats=8)
    assert enough.adopted
    assert enough.why.startswith("better (+0.5000, p = ")


@pytest.mark.parametrize(
    ("rule", "new", "old", "adopted", "why"),
    [
        ("always", [0.0], [1.0], True, "always adopted (-1.0000)"),
        ("not-worse", [0.5, 0.5], [0.5, 0.5], True, "not worse (+0.0000)"),
        ("not-worse", [0.5, 0.4], [0.5, 0.5], False, "worse (-0.0500)"),
        ("better", [0.9] * 10, [0.1] * 10, True, "better (+0.8000, p = 0.00"),
        ("better", [0.1] * 10, [0.9] * 10, False, "not shown to be better (-0.8000, p = "),
        ("better", [0.9, 0.1] * 5, [0.1, 0.9] * 5, False, "not shown to be better (+0.0000, p = "),
        ("better", [0.9] * 3, [0.1] * 3, False, "too few to tell at 5%: 3 of 3 pairs differ (+0.8000)"),
        ("better", [0.5] * 10, [0.5] * 10, False, ""),
    ],
)
def test_the_rules_of_adoption(rule, new, old, adopted, why):
    decided, words = ADOPT[rule](came_to(new), came_to(old))
    assert decided is adopted
    assert words.startswith(why)


def test_what_failed_in_every_use_is_not_adopted_though_the_incumbent_scored_as_little():
    failed = Result(POOR, (Evaluation(0.0, "error", "TypeError: no"),) * 2)
    unlucky = came_to([0.0, 0.0])
    assert ADOPT["not-worse"](failed, unlucky) == (
        False,
        "failed in every use: error: TypeError: no (2 of 2 instances)",
    )
    assert ADOPT["not-worse"](unlucky, unlucky)[0], "twin: what works is adopted on the same scores"


def came_to(values):
    return Result(POOR, tuple(Evaluation(value) for value in values))


def test_a_proposal_that_is_the_incumbent_changes_nothing(recursion):
    (first, second), run = recursion(FAIR, [FAIR])
    assert second.why == "the improver returned the program that it was given"
    assert (second.adopted, second.improver, second.proposed_validation) == (False, FAIR, None)
    assert second.validation is first.validation
    assert not [row for row in run.ledger.rows("scores") if row[0].startswith("t1/validation")]


def test_an_incumbent_that_fails_on_itself_goes_on_and_says_why(recursion):
    (_, second, third), _ = recursion(LOST, [GOOD, GOOD])
    for each in (second, third):
        assert (each.improver, each.proposed, each.adopted) == (LOST, None, False)
        assert each.why == "the improver returned nothing: error: ValueError: lost (line 3)"


def test_an_improver_that_begins_to_fail_is_judged_by_it(recursion):
    (_, second, third), _ = recursion(FAIR, [LOST, GOOD])
    assert (second.adopted, second.proposed_validation.mean.mean) == (False, 0.0)
    assert "lost" in second.proposed_validation.cause
    assert (third.adopted, third.improver) == (True, GOOD)


def test_an_answer_without_code_is_nothing_returned(recursion, new_run):
    (_, second), _ = recursion(FAIR, [Program("```")])
    assert not second.adopted


def test_the_summary_of_an_iteration_is_as_designed(recursion):
    (first, second), _ = recursion(POOR, [FAIR])
    keys = [
        "t",
        "improver",
        "proposed",
        "search",
        "validation",
        "test",
        "proposed_validation",
        "adopted",
        "why",
    ]
    told = [summary(each) for each in (first, second)]
    assert [list(each) for each in told] == [keys, keys]
    assert told[0]["proposed"] is told[0]["proposed_validation"] is None
    assert told[0]["search"] == {"mean": 0.5, "se": 0.0, "n": 2}
    assert told[1]["improver"] == told[1]["proposed"] == FAIR.fingerprint
    assert told[1]["proposed_validation"] == told[1]["validation"] == {"mean": 0.75, "se": 0.0, "n": 2}
    json.dumps(told)


def test_a_limit_that_is_met_ends_the_recursion(recursion):
    with pytest.raises(LimitReached, match="the limit of 1 model calls is reached"):
        recursion(improver("asks", PROGRAM), [FAIR, GOOD, FAIR], limits=RunLimits(calls=1))


# --- from Python, with the model that needs no key --------------------------------------------------------------------


@pytest.fixture
def options(tmp_path, strongest):
    return Options(
        budget=Budget(calls=1, samples=2), seed=7, jobs=1, isolation=strongest, runs=tmp_path / "runs"
    )


def test_a_runs_folder(double, options):
    stopped = selftaught.stop([double], iterations=1, repeats=1, options=options)
    told = json.loads((stopped.folder / "summary.json").read_text())
    assert told == stopped.summary
    assert list(told) == [
        "format", "status", "run", "seed", "model", "tasks", "isolation", "iterations", "spent", "best", "audit",
    ]  # fmt: skip
    assert (told["format"], told["status"], told["seed"], told["model"]) == (1, "done", 7, "offline")
    assert (told["run"], told["tasks"], told["isolation"]) == (
        stopped.folder.name,
        ["double"],
        options.isolation,
    )
    assert list(told["spent"]) == ["calls", "samples", "requests", "tokens_in", "tokens_out", "cost"]
    assert told["spent"]["cost"] == 0, "the offline model is free"
    assert told["spent"]["calls"] >= 4
    assert [each["t"] for each in told["iterations"]] == [0, 1]
    assert told["best"] == "improvers/I1.py"
    files = {"ledger.sqlite", "audit.jsonl", "improvers", "summary.json"}
    assert {path.name for path in stopped.folder.iterdir()} == files
    for each in told["iterations"]:
        program = Program.read(stopped.folder / "improvers" / f"I{each['t']}.py")
        assert program.fingerprint == each["improver"]
    assert Program.read(stopped.folder / told["best"]) == stopped.best
    best = api.find_improver(f"{stopped.folder}:best")
    assert best == stopped.best
    improved = selftaught.improve(double, best, options)
    assert improved.best.mean.mean >= improved.start.mean.mean
    assert Program.read(improved.folder / "best.py") == improved.program
    assert list(improved.to_json()) == [
        "task",
        "improver",
        "start",
        "best",
        "path",
        "program",
        "spent",
        "why",
        "audit",
    ]


@pytest.mark.parametrize(
    ("source", "why", "better"),
    [
        (GOOD.text, "better on validation by 0.5000", True),
        (POOR.text, "no improvement: the improver returned the start program", False),
        (
            improver("bad", "def f(x): return 0").text,
            "no improvement: what the improver returned is -0.5000",
            False,
        ),
        (
            improver("broken", "def f(x): return 1 / 0").text,
            "(error: ZeroDivisionError: division by zero",
            False,
        ),
        (LOST.text, "no improvement: the improver returned nothing: error: ValueError: lost (line 3)", False),
    ],
)
def test_improve_never_hands_back_what_is_worse(source, why, better, double, options):
    improved = selftaught.improve(double, Program(source), options)
    assert why in improved.why
    assert improved.best.mean.mean == (1.0 if better else 0.5)
    assert (improved.folder / "best.py").read_text() == (RIGHT if better else PROGRAM)


def test_a_limit_leaves_what_there_is(double, options):
    import dataclasses

    limited = dataclasses.replace(options, limits=RunLimits(calls=2))
    stopped = selftaught.stop([double], iterations=3, repeats=1, improver=POOR, options=limited)
    assert stopped.summary["status"] == "limit"
    assert stopped.summary["spent"]["calls"] <= 2
    assert stopped.summary["iterations"]


def test_a_limit_before_any_result_is_told(double, options):
    import dataclasses

    limited = dataclasses.replace(options, limits=RunLimits(calls=1))
    with pytest.raises(LimitReached, match="before the seed improver was measured"):
        selftaught.stop([double], iterations=1, repeats=1, options=limited)


def test_iterations_must_be(double, options):
    with pytest.raises(InputError, match="iterations must be at least 1 but got 0"):
        selftaught.stop([double], iterations=0, options=options)
