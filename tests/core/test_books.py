"""Budgets and the record against a real server's own count: the fixture ``books`` compares them in every test."""

import sqlite3

import pytest
from servers import RESET, ChatServer, error

from selftaught.address import Address
from selftaught.budget import Budget, RunLimits
from selftaught.improving import improve
from selftaught.models.chat import ChatModel
from selftaught.program import Program

THREADS = """
import json, threading
from selftaught.jail.inside import BudgetExhausted

def improve_algorithm(initial_solution, utility, language_model):
    answers, refused = [], []
    begin = threading.Barrier(64)
    def work(i):
        begin.wait()
        try:
            answers.extend(language_model.prompt("", f"{i}", SAMPLES))
        except BudgetExhausted:
            refused.append(i)
    threads = [threading.Thread(target=work, args=(i,)) for i in range(64)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return json.dumps([len(answers), len(refused)])
"""


def model_of(server, **options):
    async def at_once(_seconds):
        pass

    return ChatModel("stub", url=server.url, model="stub", key="", sleep=at_once, **options)


@pytest.fixture
def used(double, new_run, runner):
    """One use of an improver with a model behind a server; what it returned, and its run."""

    def used(source, server, *, budget, limits=None, **options):
        run = new_run(model_of(server, **options), budget=budget, limits=limits)

        async def work():
            try:
                task = await run.prepare(double)
                instances = task.draw("search", bytes(16))
                return await improve(run, Program(source), task, task.start, instances, Address(("here",)))
            finally:
                await run.models[0].model.close()

        improvement = runner(work())
        assert improvement.outcome.status == "ok", improvement.outcome
        return improvement.program.text, run

    return used


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize(
    ("calls", "limits"), [(10, None), (64, RunLimits(calls=10))], ids=["improver's budget", "run's limit"]
)
def test_64_threads_against_a_limit_of_10_calls_make_exactly_10(used, books, samples, calls, limits):
    # Nothing is answered before all that may be asked is in flight at once.
    with ChatServer(together=10 * samples) as server:
        text, run = used(
            THREADS.replace("SAMPLES", str(samples)), server, budget=Budget(calls, samples), limits=limits
        )
    assert text == f"[{10 * samples}, 54]"
    assert (server.count, server.max_in_flight) == (10 * samples, 10 * samples)
    assert run.meter.spent.to_json() == run.ledger.spent().to_json()
    assert (run.ledger.spent().calls, run.ledger.spent().requests) == (10, 10 * samples)
    assert books.ledgers == {run.ledger.path}, "or this compares nothing"


def test_without_a_limit_all_64_are_made(used):
    """The twin: what holds the threads back is the limit."""
    with ChatServer(together=32) as server:
        text, _ = used(THREADS.replace("SAMPLES", "1"), server, budget=Budget(64, 1))
    assert (text, server.count) == ("[64, 0]", 64)


def test_requests_that_failed_are_in_the_record_too(used):
    faults = [
        error(429, retry_after="1"),
        RESET,
        error(500),
        "an answer",
        error(400, "too long"),
        RESET,
        "last",
    ]
    with ChatServer(lambda request, n: faults[n]) as server:
        text, run = used(
            """
def improve_algorithm(initial_solution, utility, language_model):
    return repr([language_model.prompt("", f"{i}")[0] for i in range(3)])
""",
            server,
            budget=Budget(3, 1),
        )
    assert text == "['an answer', '', 'last']"
    assert server.count == run.ledger.spent().requests == len(faults)


@pytest.mark.parametrize("wrong", ["UPDATE answer_rows SET requests = 2", "DELETE FROM answer_rows"])
def test_books_that_differ_are_found(used, books, wrong):
    """The twin of the fixture itself."""
    with ChatServer() as server:
        _, run = used(THREADS.replace("SAMPLES", "1"), server, budget=Budget(3, 1))
    books.check()
    run.ledger.close()
    with sqlite3.connect(run.ledger.path) as file:
        file.execute(wrong)
    file.close()
    with pytest.raises(AssertionError, match="the servers had 3 requests, the ledgers have"):
        books.check()
    books.servers.clear()
