"""What once went wrong in a whole run, and must not again."""

import pytest
from models_for_tests import ScriptedModel, fenced
from small_tasks import PROGRAM, RIGHT

from selftaught.address import Address
from selftaught.api import stop
from selftaught.budget import Amount, Meter, RunLimits
from selftaught.errors import InputError, LimitReached, ModelLost, TaskError
from selftaught.improving import Model, Utility
from selftaught.jail.cell import Told
from selftaught.models import Answer
from selftaught.task import Task


def test_a_token_limit_holds_although_one_answer_did_not_say_what_it_cost():
    meter, most = Meter(RunLimits(total_tokens=100)), Amount(1, 1, 60, 0.0)
    assert meter.has_room(most)
    meter.reserve(most)
    meter.settle(most, 60, 0.0)  # not told, and so counted at the most that it can have been
    with pytest.raises(LimitReached, match="100 tokens"):
        meter.has_room(most)


def test_a_task_made_in_python_may_give_some_sizes_only():
    task = Task("t", PROGRAM, "f", instance=lambda rng: ((), 0), score=lambda *_: 0.0, sizes={"search": 3})
    assert (len(task.draw("search", b"")), len(task.draw("validation", b""))) == (3, 50)


def test_a_wrong_rule_of_adoption_is_told_before_anything_is_spent():
    with pytest.raises(InputError, match="adopt must be one of always, not-worse, better but got 'never'"):
        stop(["lpn"], adopt="never")


def test_odd_queries_are_refused_and_do_not_end_a_run_but_silence_does(new_run, runner):
    replies = iter([Answer("yes"), *[Answer("", "refused", "413")] * 50, *[Answer("", "failed", "503")] * 50])
    run = new_run(ScriptedModel(lambda query: next(replies)))
    model = Model(run, run.models, Address(("here",)))

    async def ask(times):
        for _ in range(times):
            model.spent.calls = 0
            await model.asked("prompt", ["", "x"], {})

    runner(ask(51))
    with pytest.raises(ModelLost, match="24 times in a row, last: 503"):
        runner(ask(50))


def test_an_endless_list_is_refused_before_it_is_gone_through(new_run, runner, double):
    run = new_run()
    utility = Utility(run, double, double.draw("search", b""), Address(("here",)))
    with pytest.raises(Told, match="at most 1000 solutions"):
        runner(utility.asked("many", [[None] * 1001], {}))
    assert not run.ledger.rows("events")


def test_what_is_asked_beyond_a_budget_is_recorded_up_to_a_number(new_run, runner, double):
    run = new_run()
    utility = Utility(run, double, double.draw("search", b""), Address(("here",)))
    runner(utility.asked("many", [[None] * 1000], {}))
    events = run.ledger.rows("events")
    assert len(events) == 100
    assert sum("further ones are not recorded" in row[2] for row in events) == 1


def test_an_answer_paid_for_is_found_again_by_an_improver_that_is_started_anew(new_run, runner):
    scripted = ScriptedModel([fenced(PROGRAM), fenced(RIGHT)])
    run, place = new_run(scripted), Address(("here",))
    first = runner(Model(run, run.models, place).asked("prompt", ["", "x"], {}))
    again = runner(Model(run, run.models, place).asked("prompt", ["", "x"], {}))
    assert first == again
    assert len(scripted.queries) == 1


def test_a_model_is_never_asked_about_a_task_that_it_cannot_be_told():
    shared = {}
    exec(
        "def instance(rng):\n    return (), 0\ndef score(*_):\n    return 0.0", shared
    )  # as typed at a prompt
    task = Task("t", PROGRAM, "f", instance=shared["instance"], score=shared["score"])
    with pytest.raises(TaskError, match="give the task a description"):
        task.described()
