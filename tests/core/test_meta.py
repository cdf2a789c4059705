"""The task of improving: what an improver is told while it works, and what it is judged by."""

import dataclasses
import json
import math

import pytest
from models_for_tests import ScriptedModel, fenced
from small_tasks import NEAR, PROGRAM, RIGHT

from selftaught.address import Address
from selftaught.budget import Budget
from selftaught.meta import MetaTask
from selftaught.program import Program
from selftaught.scoring import score
from selftaught.task import SPLITS

SEED = b"m" * 16
BUDGET = Budget(calls=2, samples=2)


def improver(*lines):
    return Program(
        "\n    ".join(["def improve_algorithm(initial_solution, utility, language_model):", *lines]) + "\n"
    )


GIVES_BACK = improver("return initial_solution")
GIVES_RIGHT = improver(f"return {RIGHT!r}")
FAILS = improver("raise ValueError('no idea')")


@pytest.fixture
def judged(new_run, runner, double):
    """Scores an improver on a split of the meta-task: the result, the run."""

    def judged(program, *, tasks=None, repeats=3, split="search", model=None):
        run = new_run(model, budget=BUDGET)

        async def work():
            prepared = tuple([await run.prepare(task) for task in tasks or [double]])
            meta = MetaTask(prepared, repeats, GIVES_BACK, BUDGET)
            return await score(run, meta, program, meta.draw(split, SEED), Address(("here",)))

        return runner(work()), run

    return judged


def test_an_improver_is_worth_what_it_makes_of_the_task(judged):
    assert judged(GIVES_BACK)[0].values == [0.5] * 3
    assert judged(GIVES_RIGHT)[0].values == [1.0] * 3


def test_what_a_model_answers_is_what_the_seed_makes_of_it(judged):
    from selftaught.api import find_improver

    result, run = judged(find_improver("seed"), model=ScriptedModel([fenced(NEAR), fenced(PROGRAM)]))
    assert set(result.values) <= {0.5, 0.75}
    assert len(run.ledger.rows("calls")) == 3


def test_n_counts_meta_instances_and_se_is_theirs(judged, double, made):
    worthless = made(
        name="worthless", instance=lambda rng: ((1,), None), score=lambda output, inputs, hidden: 0.0
    )
    result, _ = judged(GIVES_RIGHT, tasks=[double, worthless], repeats=2)
    assert result.values == [1.0, 0.0, 1.0, 0.0], "the tasks take turns"
    assert (result.mean.mean, result.mean.n) == (0.5, 4)
    deviation = math.sqrt(sum((value - 0.5) ** 2 for value in result.values) / 3)
    assert result.mean.se == pytest.approx(deviation / 2)


def test_an_improver_that_fails_is_worth_nothing_with_its_cause(judged):
    result, run = judged(FAILS)
    assert result.values == [0.0] * 3
    assert result.outcomes == {"error": 3}
    assert result.cause == "error: ValueError: no idea (line 2) (3 of 3 instances)"
    assert run.ledger.rows("scores")[0][2] == FAILS.fingerprint


@pytest.mark.parametrize("returned", ["None", "5", "[initial_solution]"])
def test_an_improver_that_returns_no_program_is_worth_nothing(returned, judged):
    result, _ = judged(improver(f"return {returned}"))
    assert result.values == [0.0] * 3
    assert "not a program's text" in result.cause


def test_a_returned_program_that_fails_is_worth_nothing_and_says_so(judged):
    result, _ = judged(improver("return 'def f(x): return 1 / 0'"))
    assert result.values == [0.0] * 3
    assert "what it returned: error: ZeroDivisionError" in result.cause


def test_what_it_sees_and_what_it_is_judged_on_never_meet(judged, made):
    """An improver that learns the instances by heart, told in the feedback, gains nothing by it."""

    def instance(rng):
        return (int(rng.integers(2**40)),), None

    def judge(output, inputs, hidden):
        from selftaught import Score

        known = isinstance(output, list) and inputs[0] in output
        return Score(float(known), feedback=f"seen:{inputs[0]}")

    task = made(instance=instance, score=judge, program="def f(x): return []")
    by_heart = improver(
        "import re",
        "utility(initial_solution)",
        "seen = [int(x) for x in re.findall(r'seen:(\\d+)', utility.why(initial_solution))]",
        "again = f'def f(x): return {seen}'",
        "assert seen and utility(again) > 0, 'this test shows nothing'",
        "return again",
    )
    result, _ = judged(by_heart, tasks=[task], repeats=4)
    assert result.outcomes == {"ok": 4}, result.cause
    assert result.values == [0.0] * 4


def test_no_two_instances_of_any_split_share_a_downstream_instance(double):
    meta = MetaTask((double,), 4, GIVES_BACK, BUDGET)
    seeds = set()
    for split in SPLITS:
        for instance in meta.draw(split, SEED):
            for downstream in ("search", "validation"):
                drawn = [each.own_seed() for each in double.draw(downstream, instance.own_seed())]
                assert len(set(drawn)) == len(drawn)
                assert not seeds & set(drawn)
                seeds |= set(drawn)
    assert len(seeds) == 3 * 4 * (3 + 4)


def test_a_draw_follows_from_its_seed(double):
    meta = MetaTask((double,), 4, GIVES_BACK, BUDGET)
    assert meta.draw("search", SEED) == meta.draw("search", SEED)
    assert meta.draw("search", SEED, 2) == meta.draw("search", SEED)[:2]
    assert not set(meta.draw("validation", SEED)) & set(meta.draw("validation", b"n" * 16))


def test_two_improvers_are_compared_on_the_same_instances(judged, double, made):
    def judge(output, inputs, hidden):
        from selftaught import Score

        return Score(inputs[0] / 2**40)

    task = made(instance=lambda rng: ((int(rng.integers(2**40)),), None), score=judge)
    first, _ = judged(GIVES_BACK, tasks=[task])
    second, _ = judged(GIVES_RIGHT, tasks=[task])
    assert first.values == second.values
    assert len(set(first.values)) == 3


def test_the_description_tells_the_budgets_and_not_the_tasks(double):
    meta = MetaTask(
        (dataclasses.replace(double, name="secret-task"),), 4, GIVES_BACK, Budget(calls=7, samples=3)
    )
    told = meta.described()
    assert "improve_algorithm(initial_solution, utility, language_model) -> str" in told
    assert "may be made (7)" in told
    assert "may ask for (3)" in told
    assert "may be asked for (22)" in told
    assert "secret-task" not in told
    assert double.start.text not in told
    json.dumps(told)


@pytest.mark.parametrize(
    ("tasks", "repeats", "words"), [((), 1, "tasks cannot be empty"), ((1,), 0, "repeats must be at least 1")]
)
def test_a_meta_task_of_nothing_is_told(tasks, repeats, words):
    with pytest.raises(ValueError, match=words):
        MetaTask(tasks, repeats, GIVES_BACK, BUDGET)
