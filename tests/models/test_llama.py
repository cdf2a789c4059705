"""The clients against a server that nobody here wrote: llama.cpp's own, through both of its interfaces."""

import ast
import dataclasses

import pytest
from llama import HTTP_THREADS, NAME, Watch
from models.asking import ask as ask_server

from selftaught.errors import ModelError
from selftaught.models import Message, Query
from selftaught.program import extract_code

pytestmark = pytest.mark.parametrize("kind", ["chat", "anthropic"])

QUERY = Query((Message("system", "Be brief."), Message("user", "naïve?")), 0.7, None, 1)
TOO_LONG = dataclasses.replace(QUERY, messages=(Message("user", "word " * 6000),))


@pytest.fixture
def ask(llama, kind):
    """Ask the server, by turns; whatever is to be tried again fails the test."""

    def ask(*queries, **options):
        own = {"model": NAME, "key": llama.key, "together": False} | options
        answers, _, waits = ask_server(kind, own.pop("root", llama.root), *queries, **own)
        assert waits == []
        return answers

    return ask


def seeded(*seeds):
    return [dataclasses.replace(QUERY, seed=seed) for seed in seeds]


def test_an_answer_is_a_program_and_its_tokens_are_the_servers(ask, llama):
    read, written = llama.books()
    (answer,) = ask(QUERY)
    assert (answer.outcome, answer.cause, answer.requests, answer.possibly_billed) == ("ok", "", 1, 0)
    program = ast.parse(extract_code(answer.text))
    assert {"improve_algorithm", "priority"} == {
        node.name for node in program.body if isinstance(node, ast.FunctionDef)
    }
    assert llama.books() == (read + answer.tokens_in, written + answer.tokens_out)
    # A byte is a token, and the beginning is one.
    assert answer.tokens_in == 1 + len("system: Be brief.\nuser: naïve?\nassistant: ".encode())


def test_what_the_server_remembers_of_a_prompt_was_read_all_the_same(kind, ask, llama):
    with Watch(llama.root) as watch:
        first, second, third = ask(*seeded(1, 2, 3), root=watch.root)
    assert first.tokens_in == second.tokens_in == third.tokens_in
    usage = watch.served[-1].document[
        "usage"
    ]  # so it did remember, and the two interfaces tell it differently
    if kind == "chat":
        assert usage["prompt_tokens_details"]["cached_tokens"] > 0
        assert usage["prompt_tokens"] == third.tokens_in
    else:
        assert 0 < usage["input_tokens"] < third.tokens_in


def test_a_seed_fixes_an_answer_where_the_interface_has_one(kind, ask):
    texts = [answer.text for answer in ask(*seeded(*range(8)) * 2)]
    assert len(set(texts[:8])) > 1
    assert (texts[:8] == texts[8:]) == (kind == "chat")


def test_a_limit_of_tokens_is_kept_and_said(ask):
    (answer,) = ask(dataclasses.replace(QUERY, answer_tokens=3))
    assert (answer.text[:8], answer.outcome, answer.tokens_out) == ("An idea.", "truncated", 3)
    assert answer.cause == "cut off at the limit of tokens"


def test_a_prompt_that_is_too_long_is_this_querys_own_trouble(ask):
    first, second, third = ask(TOO_LONG, QUERY, TOO_LONG)
    for answer in (first, third):
        assert (answer.text, answer.outcome, answer.requests) == ("", "refused", 1)
        assert answer.cause.startswith("the server said 400: request (30")
        assert "exceeds the available context size" in answer.cause
        assert (answer.tokens_in, answer.tokens_out, answer.possibly_billed) == (0, 0, 0)
    assert second.outcome == "ok"


@pytest.mark.parametrize(
    ("below", "options", "says"),
    [
        ("", {"key": "sk-of-another-0123456789"}, r"refuses the key \(401\): set \w+ to a valid one"),
        ("", {"key": ""}, r"wants a key \(401\): set \w+ to a valid one"),
        ("/nowhere", {}, r"isn't there \(404\) \(File Not Found\): check the address"),
    ],
)
def test_what_no_query_can_mend_stops_at_once_in_one_line(ask, llama, below, options, says):
    with Watch(llama.root) as watch, pytest.raises(ModelError, match=says) as caught:
        ask(QUERY, root=watch.root + below, **options)
    assert "\n" not in str(caught.value)
    assert "sk-of" not in str(caught.value)
    assert len(watch.served) == 1


def test_as_many_at_once_as_it_has_threads_each_get_their_own(ask, llama):
    words = ["x" * length for length in range(1, 2 * HTTP_THREADS + 1)]
    queries = [dataclasses.replace(QUERY, messages=(Message("user", word),)) for word in words]
    with Watch(llama.root) as watch:
        answers = ask(*queries, root=watch.root, together=True, concurrency=HTTP_THREADS)
    assert [(answer.outcome, answer.requests) for answer in answers] == [("ok", 1)] * len(words)
    assert {answer.tokens_in - len(word) for answer, word in zip(answers, words, strict=True)} == {
        1 + len("user: \nassistant: ")
    }
    assert len(watch.served) == len(words)
    assert sum(answer.tokens_out for answer in answers) == sum(
        answer.document["usage"].get("completion_tokens", 0)
        + answer.document["usage"].get("output_tokens", 0)
        for answer in watch.served
    )
