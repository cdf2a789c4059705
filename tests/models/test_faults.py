"""Every mixture of faults from a seed: no answer received whole is lost, asked for again, or not paid for."""

import asyncio
import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from fault_server import KINDS as FAULTS
from models.asking import KINDS, model_of

from selftaught.models import Message, Query, retrying

SERVER = Path(__file__).parents[1] / "fault_server.py"
SEED, QUERIES, CONCURRENCY = 31, 160, 24  # a seed with every fault, and no query met with silence twice


def started(*arguments):
    """A fault server in a process of its own, and its address."""
    server = subprocess.Popen([sys.executable, SERVER, *arguments], stdout=subprocess.PIPE, text=True)
    return server, server.stdout.readline().strip()


def ended(server):
    server.terminate()
    server.wait()
    server.stdout.close()


def report(root):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{root}/report") as response:
        return json.load(response)


def query(name):
    return Query((Message("user", f"Please answer {name} now."),), 0.7, 100, 1)


@pytest.fixture(scope="module")
def asked():
    """Each client's answers by query, and the server's books, one server for each; all at the same time."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            patch.delenv(name, raising=False)
        patch.setattr(retrying, "BASE_S", 0.02)  # what a server asks for is waited in full all the same
        servers = {kind: started("--seed", str(SEED), "--share", "0.3") for kind in KINDS}
        names = [f"query-{i}" for i in range(QUERIES)]

        async def ask(kind):
            # Silence is cut off after request_s, which is far more than an answer takes on any machine.
            model = model_of(
                kind, servers[kind][1], concurrency=CONCURRENCY, request_s=8.0, sleep=asyncio.sleep
            )
            try:
                return await asyncio.gather(*(model.answer(query(name)) for name in names))
            finally:
                await model.close()

        async def main():
            return await asyncio.gather(*map(ask, KINDS))

        try:
            answers = dict(zip(KINDS, asyncio.run(main()), strict=True))
            books = {kind: report(root) for kind, (_, root) in servers.items()}
        finally:
            for server, _ in servers.values():
                ended(server)
    return {kind: (dict(zip(names, answers[kind], strict=True)), books[kind]) for kind in KINDS}


each = pytest.mark.parametrize("kind", KINDS)


@each
def test_the_mixture_holds_every_fault_and_answers_come_out_of_order(asked, kind):
    _, books = asked[kind]
    assert books["faults"].keys() == FAULTS.keys()
    assert books["order"] != sorted(books["order"], key=lambda name: int(name.removeprefix("query-")))


@each
def test_what_was_answered_whole_is_what_came_once(asked, kind):
    answers, books = asked[kind]
    came = {name: [answer.text] for name, answer in answers.items() if answer.outcome == "ok"}
    assert came == books["whole"]
    assert books["again"] == []
    assert {answer.outcome for answer in answers.values()} <= {"ok", "failed"}
    assert len(came) > 0.97 * QUERIES


@each
def test_every_request_is_counted_and_what_may_be_billed_is_said(asked, kind):
    answers, books = asked[kind]
    assert {name: answer.requests for name, answer in answers.items()} == books["asked"]
    billed = {name: answer.possibly_billed for name, answer in answers.items() if answer.possibly_billed}
    assert billed == {name: number for name, number in books["possibly_billed"].items() if number}


@each
def test_tokens_are_all_that_the_server_told_of(asked, kind):
    answers, books = asked[kind]
    for tokens in ("tokens_in", "tokens_out"):
        counted = {name: getattr(answer, tokens) for name, answer in answers.items()}
        assert {name: number for name, number in counted.items() if number} == books[tokens]


@each
def test_no_query_comes_back_before_it_may_and_no_more_are_in_flight_than_asked_for(asked, kind):
    _, books = asked[kind]
    assert books["early"] == []
    assert books["max_in_flight"] <= CONCURRENCY


def test_the_books_show_what_a_careless_client_does():
    """The twin: one that asks again at once, and asks twice what was answered."""
    server, root = started("--seed", "1", "--share", "0.5", "--kinds", "429 seconds")
    try:

        async def main():
            model = model_of("chat", root, patience_s=0.5, sleep=asyncio.sleep)
            for _ in range(3):
                for i in range(10):
                    await model.answer(query(f"query-{i}"))
            await model.close()

        asyncio.run(main())
        books = report(root)
    finally:
        ended(server)
    assert books["again"]
    assert books["early"]
    assert max(map(len, books["whole"].values())) > 1
