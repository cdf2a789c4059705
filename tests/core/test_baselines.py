"""The baselines among the built-in improvers: what each asks, what it spends, and what it hands back."""

import pytest
from models_for_tests import ScriptedModel, fenced
from small_tasks import NEAR, PROGRAM, RIGHT

from selftaught.address import Address
from selftaught.api import find_improver, improver_names
from selftaught.budget import Budget
from selftaught.improving import improve
from selftaught.program import Program

WRONG = "def f(x):\n    return -x\n"
FAILING = "def f(x):\n    return x / 0\n"
NO_CODE = "I would rather not."


@pytest.fixture
def used(double, new_run, runner):
    """Uses a built-in improver on "double": what it handed back, what it spent, and the messages that it sent."""

    def used(name, answers, **budget):
        model = ScriptedModel(answers)
        run = new_run(model, budget=Budget(**{"calls": 3, "samples": 4, **budget}))

        async def work():
            task = await run.prepare(double)
            instances = task.draw("search", b"s" * 16)
            return await improve(run, find_improver(name), task, task.start, instances, Address(("here",)))

        improvement = runner(work())
        assert improvement.outcome.status == "ok", improvement.outcome
        spent = improvement.spent.calls, improvement.spent.samples, improvement.scores
        return improvement.program, spent, [query.messages[1].content for query in model.queries]

    return used


def test_the_baselines_are_built_in():
    assert {"best_of_n", "chain_of_thought", "greedy", "seed"} <= set(improver_names())


@pytest.mark.parametrize("name", ["best_of_n", "chain_of_thought", "greedy"])
def test_each_shows_the_solution_first_and_how_it_is_scored(used, name):
    _, _, messages = used(name, [NO_CODE])
    for message in messages:
        before, shown, *_ = message.split("```")
        assert before.count("\n") == 2
        assert shown == "python\n" + PROGRAM.strip() + "\n"
        assert "A program defines `f" in message


# --- chain_of_thought


@pytest.mark.parametrize("program", [RIGHT, WRONG, FAILING])
def test_a_chain_of_thought_is_one_answer_taken_as_it_is(used, program):
    found, spent, _ = used("chain_of_thought", [fenced(program), fenced(NEAR)])
    assert found == Program(program.strip())
    assert spent == (1, 1, 0)


def test_a_chain_of_thought_without_a_program_leaves_the_start(used):
    found, spent, _ = used("chain_of_thought", [NO_CODE])
    assert found == Program(PROGRAM)
    assert spent == (1, 1, 0)


# --- best_of_n


def test_best_of_n_asks_all_at_once_and_takes_the_best(used):
    answers = [fenced(p) for p in (WRONG, NEAR, FAILING)] + [NO_CODE, fenced(RIGHT), fenced(NEAR)]
    found, spent, messages = used("best_of_n", answers)
    assert found == Program(RIGHT.strip())
    # WRONG, NEAR, FAILING, RIGHT, each once however often it came; and the start
    assert spent == (3, 12, 5)
    assert len(set(messages)) == 1


def test_best_of_n_keeps_the_start_where_nothing_is_better(used):
    found, _, _ = used("best_of_n", [fenced(WRONG), fenced(FAILING), NO_CODE])
    assert found == Program(PROGRAM)


@pytest.mark.parametrize(
    ("budget", "spent"),
    [
        ({"calls": 1, "samples": 1}, (1, 1)),
        ({"calls": 3, "samples": 4, "scores": 7}, (2, 6)),
        ({"calls": 3, "samples": 4, "scores": 2}, (1, 1)),
        ({"calls": 3, "samples": 4, "scores": 1}, (0, 0)),
        ({"calls": 2, "samples": 4, "scores": 50}, (2, 8)),
    ],
)
def test_best_of_n_asks_for_no_more_than_it_may_score(used, budget, spent):
    numbers = iter(range(100))
    found, (calls, samples, scores), _ = used(
        "best_of_n", lambda query: fenced(f"def f(x):\n    return x * 1.{next(numbers):02}"), **budget
    )
    assert (calls, samples) == spent
    assert scores == samples + 1
    # each answer is better than the one before; the first is as good as the start, which then stays
    assert found == Program(f"def f(x):\n    return x * 1.{samples - 1:02}" if samples > 1 else PROGRAM)


# --- greedy


def test_greedy_goes_on_from_the_best_so_far_and_says_what_was_seen(used):
    found, spent, messages = used(
        "greedy", [fenced(WRONG), fenced(NEAR), NO_CODE, fenced(RIGHT)], calls=2, samples=2
    )
    assert found == Program(RIGHT.strip())
    assert spent == (2, 4, 4)
    first, second = messages[0], messages[2]
    assert PROGRAM.strip() in first
    assert "The program above scores 0.5000.\n" in first
    assert NEAR.strip() in second
    assert PROGRAM.strip() not in second
    assert "The program above scores 0.7500. It is the best so far; the 2 attempts" in second
    assert "scored 0.0000, 0.7500.\n" in second


def test_greedy_keeps_the_start_where_nothing_is_better(used):
    found, spent, messages = used("greedy", [fenced(WRONG), fenced(FAILING), NO_CODE])
    assert found == Program(PROGRAM)
    assert spent[0] == 3
    assert PROGRAM.strip() in messages[-1]


def test_greedy_stops_when_its_scores_are_spent(used):
    _, spent, _ = used("greedy", [fenced(WRONG)], calls=3, samples=4, scores=6)
    assert spent == (2, 5, 6)
