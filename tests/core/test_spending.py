"""Budgets on calls, tokens, money and time: reserved before a call, settled after it, never overshot."""

import asyncio
import json

import pytest
from models_for_tests import ScriptedModel, fenced
from servers import ChatServer, error
from small_tasks import RIGHT

import selftaught
from selftaught import Budget, Options, RunLimits
from selftaught.address import Address
from selftaught.budget import Amount, Meter, reserve
from selftaught.errors import InputError, LimitReached
from selftaught.improving import improve
from selftaught.ledger import Ledger
from selftaught.models import Answer, Query
from selftaught.models.chat import ChatModel
from selftaught.models.prices import FREE, StatedPrice
from selftaught.program import Program
from selftaught.roster import ModelOptions, find_models
from selftaught.run import RunModel

HERE = Address(("here",))
DEAR = StatedPrice(1.0, 1_000_000.0)  # a dollar for each token of an answer


def use(runner, run, task, source, budget_of=None):
    """One use of an improver, given as the body of its function."""
    lines = "\n".join(f"    {line}" for line in source.strip("\n").splitlines())
    improver = Program(f"def improve_algorithm(initial_solution, utility, language_model):\n{lines}")

    async def work():
        prepared = await run.prepare(task)
        return await improve(run, improver, prepared, prepared.start, prepared.draw("search", b"s"), HERE)

    return runner(work())


# --- the meter ---------------------------------------------------------------------------------------------------


def test_what_is_in_flight_counts_at_the_most_that_it_can_come_to():
    async def work():
        meter, call = Meter(RunLimits(cost=1.0)), Amount(1, 1, 0, 0.4)
        await reserve([meter], call)
        await reserve([meter], call)
        third = asyncio.ensure_future(reserve([meter], call))
        await asyncio.sleep(0.01)
        assert not third.done(), "0.8 of 1.0 are reserved: the third waits"
        meter.settle(call, 0, 0.1)
        await third
        assert meter.spent.calls == 3
        meter.settle(call, 0, 0.1)
        meter.settle(call, 0, 0.1)
        assert meter.counted_cost == pytest.approx(0.3)

    asyncio.run(work())


def test_whoever_waits_for_room_and_is_cancelled_has_taken_nothing():
    async def work():
        meter, call = Meter(RunLimits(total_tokens=100)), Amount(1, 1, 60, 0.0)
        await reserve([meter], call)
        waiting = asyncio.ensure_future(reserve([meter], call))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        meter.settle(call, 10, 0.0)
        assert (meter.spent.calls, meter.counted_tokens) == (1, 10)
        await reserve([meter], call)

    asyncio.run(work())


def test_all_meters_have_room_or_nothing_is_taken():
    async def work():
        roomy, full = Meter(), Meter(RunLimits(calls=1))
        await reserve([roomy, full], Amount(1, 1, 0, 0.0))
        with pytest.raises(LimitReached, match="limit of 1 model calls is reached"):
            await reserve([roomy, full], Amount(1, 1, 0, 0.0))
        assert (roomy.spent.calls, full.spent.calls) == (1, 1)

    asyncio.run(work())


@pytest.mark.parametrize("seed", range(20))
def test_no_order_of_calls_spends_more_than_the_limit(seed):
    """Random calls of random sizes that come to random parts of what was reserved, many at once."""
    import random

    rng = random.Random(seed)
    most_cost, most_tokens = rng.uniform(1, 5), rng.randrange(500, 5000)
    meter = Meter(RunLimits(cost=most_cost, total_tokens=most_tokens))

    async def one():
        amount = Amount(1, rng.randrange(1, 7), rng.randrange(1, 400), rng.uniform(0, 0.5))
        try:
            await reserve([meter], amount)
        except LimitReached:
            return
        await asyncio.sleep(rng.random() * 0.01)
        meter.settle(amount, rng.randrange(amount.tokens + 1), rng.uniform(0, amount.cost))

    async def work():
        await asyncio.gather(*(one() for _ in range(200)))

    asyncio.run(asyncio.wait_for(work(), 30))
    assert meter.counted_cost <= most_cost + 1e-6
    assert meter.counted_tokens <= most_tokens
    assert meter.reached, "200 such calls are more than either limit allows"
    assert (meter._reserved_tokens, meter._in_flight) == (0, 0)


# --- a use of an improver ----------------------------------------------------------------------------------------

SIXTY_FOUR = """
import json, threading
said = []
def one(number):
    try:
        said.append(len(language_model.prompt("", f"question {number}")))
    except Exception as problem:
        said.append(type(problem).__name__)
threads = [threading.Thread(target=one, args=(number,)) for number in range(64)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
return json.dumps(said)
"""


def test_64_threads_against_a_limit_on_money_never_spend_more(runner, new_run, double):
    """Each answer costs 5 dollars of the 10 that it may: 22 dollars are enough for 3 or 4 and no more."""
    run = new_run(ScriptedModel(["x"]), budget=Budget(64, 1, 0, 10), limits=RunLimits(cost=22.0))
    run.models = (RunModel(run.models[0].model, price=DEAR),)
    use(runner, run, double, SIXTY_FOUR)
    spent = run.ledger.spent()
    assert spent.cost == pytest.approx(5 * spent.samples, rel=1e-3)
    assert 3 <= spent.samples <= 4
    assert run.meter.reached.startswith(
        "the limit of $22.00 (what is left of it is less than 1 answer may take"
    )


@pytest.mark.parametrize("budget", [{"tokens": 800}, {"cost": 45.0}])
def test_a_use_has_budgets_of_its_own_and_may_know_what_is_left(runner, new_run, double, budget):
    run = new_run(ScriptedModel(["x"]), budget=Budget(calls=50, samples=1, answer_tokens=10, **budget))
    run.models = (RunModel(run.models[0].model, price=DEAR),)
    source = """
import json
lefts = [language_model.left]
try:
    while True:
        language_model.prompt("", "question " + "x" * 300)
        lefts.append(language_model.left)
except Exception as problem:
    return json.dumps([type(problem).__name__, str(problem), lefts])
"""
    kind, words, lefts = json.loads(use(runner, run, double, source).program.text)
    assert kind == "BudgetExhausted"
    assert "on one use of an improver" in words
    name = next(iter(budget))
    assert [left[name] for left in lefts] == sorted((left[name] for left in lefts), reverse=True)
    assert lefts[0][name] == budget[name]
    assert lefts[-1][name] >= 0
    assert {left["seconds"] for left in lefts} == {None}
    assert not run.meter.reached
    assert len(lefts) > 2
    assert [row[2] for row in run.ledger.rows("events")] == ["the language model was asked beyond its budget"]


def test_the_time_of_a_use_ends_its_calls_and_its_scores(runner, new_run, double):
    run = new_run(ScriptedModel(["x"]), budget=Budget(50, 1, 50, time_s=0.3))
    source = """
import json, time
first = utility(initial_solution)
time.sleep(0.5)
words = []
for ask in (lambda: utility(initial_solution), lambda: language_model.prompt("", "x")):
    try:
        ask()
    except Exception as problem:
        words.append(f"{type(problem).__name__}: {problem}")
return json.dumps([first, words])
"""
    _, words = json.loads(use(runner, run, double, source).program.text)
    assert words == ["BudgetExhausted: the limit of 0.3 s on one use of an improver is reached"] * 2


def test_what_was_paid_for_is_scored_although_the_runs_limit_is_reached(runner, new_run, double):
    run = new_run(ScriptedModel([fenced(RIGHT)]), budget=Budget(5, 1), limits=RunLimits(calls=1))
    source = """
import json
from helpers import extract_code
answer = language_model.prompt("", "x")[0]
try:
    language_model.prompt("", "y")
except Exception:
    pass
return json.dumps([utility(extract_code(answer)), utility(initial_solution)])
"""
    after, before = json.loads(use(runner, run, double, source).program.text)
    assert after == 1.0 > before


# --- what is not known, and what may be charged for --------------------------------------------------------------


def test_tokens_that_are_not_told_count_at_the_most_that_they_can_be(runner, new_run, double):
    silent = ScriptedModel([Answer("x", requests=1)])
    run = new_run(silent, budget=Budget(64, 1, 0, 100), limits=RunLimits(total_tokens=1000))
    use(runner, run, double, SIXTY_FOUR)
    assert (run.ledger.spent().tokens_in, run.ledger.spent().cost) == (None, None)
    most = Query((), 0.7, 100, 1).most_tokens_in + 100
    assert 1 <= len(silent.queries) <= 1000 // most
    assert run.meter.counted_tokens <= 1000


def test_a_request_that_may_be_charged_for_counts_and_is_not_made_without_room(runner, new_run, double):
    """The server fails each request with a 500. A bound of 1,000 tokens leaves room for two or three of them."""
    with ChatServer(reply=error(500, "broken")) as server:
        waits = []

        async def sleep(seconds):
            waits.append(seconds)

        model = ChatModel(f"{server.url}#stub", url=server.url, model="stub", key="", sleep=sleep)
        run = new_run(model, budget=Budget(1, 1, 0, 400), limits=RunLimits(total_tokens=1000))
        use(runner, run, double, "return str(language_model.prompt('', 'x'))")
        runner(model.close())
        spent = run.ledger.spent()
        assert server.count == spent.requests == 2
        assert run.ledger.possibly_billed() == 2
        assert "the budget has no room to ask again" in run.ledger.rows("answers")[0][5]
        assert 800 < run.meter.counted_tokens <= 1000
        assert (spent.tokens_in, spent.tokens_out) == (0, 0), "what is known is known"


def test_without_a_limit_it_is_asked_as_often_as_the_loop_does(runner, new_run, double):
    """The twin."""
    with ChatServer(reply=error(500, "broken")) as server:

        async def sleep(seconds):
            pass

        model = ChatModel(f"{server.url}#stub", url=server.url, model="stub", key="", sleep=sleep)
        run = new_run(model, budget=Budget(1, 1, 0, 400))
        use(runner, run, double, "return str(language_model.prompt('', 'x'))")
        runner(model.close())
        assert server.count == run.ledger.spent().requests == run.ledger.possibly_billed() == 6


def test_an_unknown_price_is_unknown_and_never_nothing(runner, new_run, double):
    run = new_run(ScriptedModel(["x"]), budget=Budget(1, 1))
    use(runner, run, double, "return language_model.prompt('', 'x')[0]")
    assert run.ledger.spent().cost is None
    free = new_run(ScriptedModel(["x"]), budget=Budget(1, 1))
    free.models = (RunModel(free.models[0].model, price=FREE),)
    use(runner, free, double, "return language_model.prompt('', 'x')[0]")
    assert free.ledger.spent().cost == 0.0


def test_money_cannot_be_limited_where_a_price_is_not_known(double, tmp_path):
    options = Options("http://localhost:1/v1#x", limits=RunLimits(cost=1.0), runs=tmp_path / "runs")
    with pytest.raises(InputError, match=r"no price is known for http://localhost:1/v1#x, so .* --price"):
        selftaught.stop([double], options=options)
    assert not (tmp_path / "runs").exists(), "nothing was begun"


# --- over a run that is cut off ----------------------------------------------------------------------------------


def test_what_counts_is_counted_again_when_a_run_goes_on(tmp_path):
    ledger, call = Ledger(tmp_path / "run"), HERE / "k"
    ledger.sit_down(1, {})
    ledger.add_call(call, "m", "prompt", 4, 0.7, 100, 150, 2.0)
    query = Query((), 0.7, 100, 1)
    told = Answer("a", "ok", "", 5, 6, 1, cost=0.5)
    untold = Answer("b", "ok", "", None, 6, 3, 2)
    ledger.add_answer(call / "q" / 0, call, query, told, 0.1)
    ledger.add_answer(call / "q" / 1, call, query, untold, 0.1)
    ledger.close()
    ledger = Ledger(tmp_path / "run", resume=True)
    spent, tokens, cost = ledger.before()["m"]
    assert (spent.calls, spent.samples, spent.requests) == (1, 4, 4)
    assert (spent.tokens_in, spent.tokens_out, spent.cost) == (None, 12, None)
    in_flight, not_told, possibly_billed = 2, 1, 2
    assert tokens == 11 + (in_flight + not_told + possibly_billed) * 150
    assert cost == pytest.approx(0.5 + (in_flight + not_told + possibly_billed) * 2.0)
    assert ledger.counted_below(HERE)[0] == 11 + (not_told + possibly_billed) * 150
    ledger.close()


# --- several models ----------------------------------------------------------------------------------------------


def named(name, answers):
    model = ScriptedModel(answers)
    model.name = name
    return model


def test_an_improver_asks_which_models_there_are_and_chooses(runner, new_run, double):
    run = new_run(models=[named("small", ["from small"]), named("large", ["from large"])])
    source = """
import json
words = [language_model.models]
words += language_model.prompt("", "x")
words += language_model.prompt("", "x", model="large")
words += language_model.batch_prompt("", ["x"], model=language_model.models[0])
for wrong in ("other", 3):
    try:
        language_model.prompt("", "x", model=wrong)
    except Exception as problem:
        words.append(f"{type(problem).__name__}: {problem}")
return json.dumps([words, language_model.remaining])
"""
    words, remaining = json.loads(use(runner, run, double, source).program.text)
    wrong = "ValueError: model must be one of small, large; nothing was spent"
    assert words == [["small", "large"], "from small", "from large", "from small", wrong, wrong]
    assert remaining == 0
    assert sorted(row[1] for row in run.ledger.rows("calls")) == ["large", "small", "small"]


def test_a_models_own_limit_ends_the_run(runner, new_run, double):
    run = new_run(models=[named("small", ["x"]), named("large", ["y"])], budget=Budget(5, 1))
    run.models[1].meter = Meter(RunLimits(calls=1), " on the model large")
    source = """
language_model.prompt("", "1", model="large")
language_model.prompt("", "2", model="small")
try:
    language_model.prompt("", "3", model="large")
except Exception as problem:
    return str(problem)
"""
    words = use(runner, run, double, source).program.text
    assert words == "the limit of 1 model calls on the model large is reached"
    assert run.meter.reached == "the limit of 1 model calls on the model large"


def test_improvers_of_improvers_ask_the_meta_model(double, tmp_path):
    from selftaught.models.offline import rewrite

    asked = {"meta": [], "task": []}

    def answering(kind):
        def answer(request, n):
            text = request["messages"][-1]["content"]
            asked[kind].append(text)
            return rewrite(text, 0.7, len(asked[kind]))

        return answer

    with ChatServer(answering("meta")) as meta, ChatServer(answering("task")) as downstream:
        names = f"{downstream.url}#cheap", f"{meta.url}#strong"
        stopped = selftaught.stop(
            [double],
            iterations=1,
            repeats=1,
            options=Options(names[0], Budget(1, 2), seed=1, runs=tmp_path / "runs", meta_model=names[1]),
        )
        assert len(asked["meta"]) == 2
        assert all(
            "Here is a Python program" in text and "improve_algorithm" in text for text in asked["meta"]
        )
        assert asked["task"]
        assert not any("def improve_algorithm" in text for text in asked["task"])
        ledger = Ledger(stopped.folder, new=False)
        assert ledger.spent().requests == meta.count + downstream.count
        by_model = {row[1] for row in ledger.rows("calls") if "/improving" in row[0]}
        ledger.close()
    assert not by_model
    assert (stopped.summary["model"], stopped.summary["meta_model"]) == names
    replayed = selftaught.stop(
        [double],
        iterations=1,
        repeats=1,
        options=Options(f"recording:{stopped.folder}", Budget(1, 2), runs=tmp_path / "runs"),
    )
    assert replayed.summary["iterations"] == stopped.summary["iterations"]


@pytest.mark.parametrize(
    ("names", "meta", "said", "words"),
    [
        (["offline", "offline"], [], {}, "--model offline is given twice"),
        (["offline"], ["offline", "offline"], {}, "--meta-model offline is given twice"),
        ([], [], {}, "a run needs a model"),
        (["offline"], [], {"ofline": ModelOptions()}, "not asked: did you mean offline"),
        (["recording:x", "offline"], [], {}, "recording:x has the answers of all of its run's models: give it alone"),
        (["offline"], ["recording:x"], {}, "recording:x has the answers of all"),
    ],
)  # fmt: skip
def test_wrong_models_are_told(names, meta, said, words):
    with pytest.raises(InputError, match=words):
        find_models(names, meta, said)


def test_answers_get_an_end_where_money_is_limited_and_the_model_has_none():
    roster = find_models(["http://localhost:1/v1#x"], options={})
    budget = Budget()
    assert roster.bounded(budget, RunLimits(calls=5)) is budget
    assert roster.bounded(budget, RunLimits(total_tokens=5)).answer_tokens == 8192
    assert roster.bounded(Budget(answer_tokens=9), RunLimits(total_tokens=5)).answer_tokens == 9
    assert find_models(["offline"]).bounded(budget, RunLimits(cost=5.0)) is budget, "its answers have an end"


def test_a_small_task_under_a_limit_of_tokens_stays_below_it(double, tmp_path):
    options = Options("offline", Budget(2, 2), RunLimits(total_tokens=25_000), seed=3, runs=tmp_path / "runs")
    stopped = selftaught.stop([double], iterations=2, repeats=2, options=options)
    spent = stopped.summary["spent"]
    assert spent["tokens_in"] + spent["tokens_out"] <= 25_000
    assert stopped.summary["status"] == "limit"
    assert stopped.limit.startswith("the limit of 25000 tokens (what is left of it is less than")
    assert stopped.iterations_left >= 1
    assert stopped.left.calls > 0
