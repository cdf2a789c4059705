"""What holds for all three clients alike: one loop asks again, counts, keeps to its limits and to its key."""

import asyncio
import dataclasses
import gzip
import json
import logging

import pytest
import servers
from models.asking import KEY, KINDS, QUERY, ask, model_of, replies
from servers import ChatServer, Fault, answer_in, completion, error

from selftaught.errors import ModelError
from selftaught.models import Message

pytestmark = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_one_query_is_one_request_for_one_answer(kind):
    with ChatServer("Yes.") as server:
        (answer,), _, _ = ask(kind, server.root)
    assert server.count == 1
    assert (answer.text, answer.outcome, answer.cause, answer.requests) == ("Yes.", "ok", "", 1)
    assert (answer.tokens_in, answer.tokens_out, answer.possibly_billed) == (3, 1, 0)
    (request,) = server.requests
    assert sum(KEY in value for value in request.headers.values()) == 1
    assert KEY not in json.dumps(request.body) + request.path


# What may pass: with it, whether the server may have worked, and charge for it
PASSING = {
    "429": (error(429, "slow down"), False),
    "503": (error(503, "loading"), False),
    "529": (error(529, "Overloaded", code="overloaded_error"), False),
    "500": (error(500), True),
    "502": (servers.BAD_GATEWAY, True),
    "504": (error(504), True),
    "reset": (servers.RESET, True),
    "reset within": (servers.RESET_WITHIN, True),
    "half": (servers.TRUNCATED_JSON, True),
    "page": (servers.HTML, True),
    "empty": (Fault(), True),
    "list": (servers.document([]), True),
    "null": (servers.document({"choices": None, "content": None, "candidates": None}), True),
    "brackets": (Fault(body=b"[" * 100_000), True),
    "not text": (Fault(body=b"\xff\xfe", content_type="application/json; charset=utf-8"), True),
    "not gzip": (Fault(body=b"not gzip", headers={"Content-Encoding": "gzip"}), True),
    "error list": (Fault(503, b'[{"error": 7}, 8]'), False),
    "error brackets": (Fault(500, b"[" * 100_000), True),
    "error not text": (Fault(500, b"\xff\xfe"), True),
}


@pytest.mark.parametrize("fault", PASSING)
def test_what_may_pass_is_tried_again_and_what_it_may_have_cost_is_counted(kind, fault):
    told, billed = PASSING[fault]
    with ChatServer(replies(told, told, "at last")) as server:
        (answer,), _, waits = ask(kind, server.root)
    assert (answer.text, answer.outcome, answer.requests) == ("at last", "ok", 3)
    assert server.count == 3  # the vendor's client tried nothing of its own
    assert answer.possibly_billed == (2 if billed else 0)
    assert [0 <= wait <= limit for wait, limit in zip(waits, [2, 4], strict=True)] == [True, True]


def test_what_does_not_pass_is_given_up_and_only_this_query_fails(kind):
    with ChatServer(error(500, "broken")) as server:
        (answer,), _, _ = ask(kind, server.root, tries=4)
    assert (answer.text, answer.outcome, answer.requests, answer.possibly_billed) == ("", "failed", 4, 4)
    assert "broken; given up after 4 requests" in answer.cause
    assert server.count == 4


def test_tokens_of_answers_that_were_of_no_use_count_as_spent(kind):
    empty = answer_in(kind, None, 30, 4)
    with ChatServer(replies(empty, empty, "yes")) as server:
        (answer,), _, _ = ask(kind, server.root)
    assert (answer.tokens_in, answer.tokens_out) == (2 * 30 + 3, 2 * 4 + 1)
    assert (answer.requests, answer.possibly_billed) == (3, 0)  # known, and so in the sum
    with ChatServer(empty) as server:
        (answer,), _, _ = ask(kind, server.root, tries=2)
    assert (answer.outcome, answer.tokens_in, answer.tokens_out) == ("failed", 60, 8)


USAGE = {
    "chat": ("usage", "prompt_tokens", "completion_tokens"),
    "anthropic": ("usage", "input_tokens", "output_tokens"),
    "google": ("usageMetadata", "promptTokenCount", "candidatesTokenCount"),
}


@pytest.mark.parametrize(
    "odd", ["3", -3, 3.0, float("nan"), True, [3], {"total": 3}, 2**53, 10**400], ids=lambda odd: str(odd)[:9]
)
def test_a_count_of_tokens_that_is_none_is_unknown_and_the_answer_good(kind, odd):
    usage, *names = USAGE[kind]
    body = json.loads(answer_in(kind, "Yes.", 3, 1).body)
    told = [servers.document(body | {usage: body[usage] | {name: odd}}) for name in names]
    told += [servers.document(body | {usage: odd})]
    with ChatServer(replies(*told)) as server:
        answers, _, waits = ask(kind, server.root, QUERY, QUERY, QUERY, together=False)
    assert [(answer.text, answer.outcome, answer.requests) for answer in answers] == [("Yes.", "ok", 1)] * 3
    other = (
        None if kind == "google" else 1
    )  # a 0 that is left out there can't be told from one that is missing
    known = [(answer.tokens_in, answer.tokens_out) for answer in answers]
    assert known == [(None, other), (3, None), (None, None)]
    assert (waits, server.count) == ([], 3)


def test_more_answers_than_asked_are_one_answer(kind):
    """As servers send that read n, or a number of candidates, from elsewhere; all of them were counted."""
    more = {
        "chat": completion("Yes.", "No.", "Perhaps.", usage={"prompt_tokens": 3, "completion_tokens": 9}),
        "anthropic": answer_in("anthropic", "Yes.", 3, 9),  # has no such thing
        "google": servers.document(
            {
                "candidates": [
                    {"content": {"parts": [{"text": text}]}} for text in ("Yes.", "No.", "Perhaps.")
                ],
                "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 9},
            }
        ),
    }
    with ChatServer(more[kind]) as server:
        (answer,), _, _ = ask(kind, server.root)
    assert (answer.text, answer.outcome, answer.requests, server.count) == ("Yes.", "ok", 1, 1)
    assert (answer.tokens_in, answer.tokens_out, answer.possibly_billed) == (3, 9, 0)


def test_a_request_that_was_turned_down_cost_no_tokens(kind):
    with ChatServer(error(413, "prompt is too long")) as server:
        (answer,), _, _ = ask(kind, server.root)
    assert (answer.outcome, answer.requests, server.count) == ("refused", 1, 1)
    assert "prompt is too long" in answer.cause
    assert (answer.tokens_in, answer.tokens_out, answer.possibly_billed) == (0, 0, 0)


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        ({"retry_after": "7"}, 7),
        ({"retry_after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30),
    ],
)
def test_the_server_is_left_alone_as_long_as_it_asks(kind, headers, least):
    with ChatServer(replies(error(429, **headers), "yes")) as server:
        (answer,), _, (wait,) = ask(kind, server.root)
    assert least <= wait <= least + 1
    assert (answer.outcome, answer.requests) == ("ok", 2)


def test_silence_is_cut_off(kind):
    with ChatServer(replies(Fault(cut="silent"), "yes")) as server:
        (answer,), _, _ = ask(kind, server.root, request_s=2.0)
    assert (answer.text, answer.requests, answer.possibly_billed) == ("yes", 2, 1)


def test_blanks_sent_while_busy_do_not_make_a_request_endless(kind):
    with ChatServer(servers.BUSY) as server:
        (answer,), _, _ = ask(kind, server.root, request_s=0.3, tries=1)
    assert (answer.outcome, answer.requests, answer.possibly_billed) == ("failed", 1, 1)
    assert "no answer within 0.3 s" in answer.cause


def test_a_response_without_end_is_not_read_to_its_end(kind):
    large = answer_in(kind, "x" * 200_000, 1, 1)
    bomb = Fault(body=gzip.compress(large.body), headers={"Content-Encoding": "gzip"})
    twice = Fault(body=gzip.compress(bomb.body), headers={"Content-Encoding": "gzip, gzip"})
    for told, says in (
        (large, "more than 0.125 MiB"),
        (bomb, "more than 0.125 MiB"),
        (twice, "several times"),
    ):
        with ChatServer(told) as server:
            (answer,), _, _ = ask(kind, server.root, most_bytes=2**17)
        assert (answer.text, answer.outcome, answer.requests, server.count) == ("", "failed", 1, 1)
        assert says in answer.cause
        assert answer.possibly_billed == 1
    with ChatServer(bomb) as server:  # the twin: within its limit it is read
        (answer,), _, _ = ask(kind, server.root)
    assert len(answer.text) == 200_000


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (error(401, f"invalid x-api-key {KEY}", code="authentication_error"), "refuses the key (401): set "),
        (error(403, f"{KEY} may not"), "denies access (403) ([key] may not)"),
        (error(402, "Insufficient Balance"), "no credit left (Insufficient Balance)"),
        (error(404, "The model `m-1` does not exist", code="model_not_found"), "has no model 'm-1' (404)"),
        (Fault(404, b"<html>", "text/html"), "isn't there (404)"),
        (Fault(308, headers={"Location": "https://example.org/v1"}), "redirects to https://example.org/v1"),
    ],
)
def test_what_no_query_can_mend_stops_at_once_in_one_line_without_the_key(kind, told, says):
    with ChatServer(told) as server, pytest.raises(ModelError) as caught:
        ask(kind, server.root)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)
    assert (caught.value.__cause__, server.count) == (None, 1)


def test_where_no_server_is_the_error_says_so(kind):
    with ChatServer() as server:
        root = server.root
    with pytest.raises(ModelError, match=r"no server answers at http://127.*is it running\?$"):
        ask(kind, root)


def test_a_temperature_that_is_not_taken_is_left_out_from_then_on_and_said(kind):
    def reply(request, _n):
        if "temperature" in (request.get("generationConfig") or request):
            return error(400, "`temperature` is deprecated for this model.")
        return "yes"

    with ChatServer(reply) as server:
        answers, model, waits = ask(kind, server.root, QUERY, QUERY, together=False)
    assert [answer.requests for answer in answers] == [2, 1]
    assert {answer.cause for answer in answers} == {"the server takes no temperature"}
    assert {answer.outcome for answer in answers} == {"ok"}
    assert (model.dropped, waits) == ({"temperature"}, [])
    assert [answer.possibly_billed for answer in answers] == [0, 0]


@pytest.mark.parametrize(
    "change", [{"messages": (Message("user", "\ud800"),)}, {"temperature": float("nan")}]
)
def test_what_json_cannot_hold_is_never_sent(kind, change):
    with ChatServer() as server:
        (answer,), _, _ = ask(kind, server.root, dataclasses.replace(QUERY, **change))
    assert (answer.outcome, answer.requests, server.count) == ("refused", 0, 0)


def test_the_key_is_in_no_text_that_a_person_sees(kind):
    with ChatServer(error(422, f"bad header Bearer {KEY}")) as server:
        (answer,), model, _ = ask(kind, server.root)
    assert "bad header Bearer [key]" in answer.cause
    assert KEY not in repr(model) + str(model) + repr(answer)


def test_a_key_that_comes_back_in_an_answer_goes_no_further(kind):
    with ChatServer(f"You said Bearer {KEY}!") as server:
        (answer,), _, _ = ask(kind, server.root)
        (other,), _, _ = ask(kind, server.root, key="said")
    assert answer.text == "You said Bearer [key]!"
    assert other.text == f"You said Bearer {KEY}!"  # a word is not taken for a key


@pytest.mark.parametrize("key", ["sk-ünsafe", "sk-two words", "sk-line\nbreak"])
def test_a_key_that_no_header_can_carry_is_refused_unseen(kind, key):
    with pytest.raises(ModelError, match="set it again") as caught:
        model_of(kind, "http://127.0.0.1:9", key=key)
    assert "sk-" not in str(caught.value)


def test_a_server_that_is_asked_too_much_is_asked_less_and_then_more_again(kind):
    seen = []  # requests in flight, from the first that is not throttled on

    class Narrow(ChatServer):
        def respond(self, request, n):
            if n < 100:
                return error(429, "too many at once")
            seen.append(self.in_flight)
            return super().respond(request, n)

    async def soon(_seconds):
        await asyncio.sleep(0.001)

    queries = [dataclasses.replace(QUERY, seed=i) for i in range(250)]
    with Narrow("yes", latency_s=0.03) as server:
        answers, _, _ = ask(
            kind, server.root, *queries, tries=1000, patience_s=1e6, sleep=soon, concurrency=24
        )
    assert {answer.text for answer in answers} == {"yes"}
    assert sum(answer.requests for answer in answers) == server.count == 350
    assert max(seen[:20]) <= 9
    assert max(seen) >= 11
    assert server.max_in_flight <= 24


def test_a_closed_model_can_be_asked_again_in_another_loop(kind):
    async def asked(model):
        answer = await model.answer(QUERY)
        await model.close()
        await model.close()
        return answer.text

    with ChatServer() as server:
        model = model_of(kind, server.root)
        assert [asyncio.run(asked(model)) for _ in range(2)] == ["ok", "ok"]


def test_the_key_is_in_no_log_even_of_everything(kind, caplog):
    told = replies(error(500, f"Bearer {KEY}"), error(422, f"Bearer {KEY}"))
    with caplog.at_level(logging.DEBUG), ChatServer(told) as server:
        (answer,), _, _ = ask(kind, server.root)
    assert answer.outcome == "refused"
    assert "HTTP" in caplog.text  # that something is logged at all
    assert KEY not in caplog.text
