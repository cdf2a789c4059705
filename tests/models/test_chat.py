"""ChatModel against a real HTTP server: what it sends, what it makes of answers and faults, when it asks again."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import servers
from servers import ChatServer, Fault, completion, document, error

from selftaught.errors import ModelError
from selftaught.models import Message, Query
from selftaught.models.chat import ChatModel
from selftaught.models.retrying import Passing, Retries, asked_wait_s

KEY = "sk-very-secret-0123456789"
QUERY = Query((Message("system", "Be brief."), Message("user", "naïve?")), 0.7, 100, 2**63 + 5)
NOW = "Wed, 21 Oct 2026 07:28:00 GMT"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


class Asked:
    """The answers to ``queries`` (asked at once), or the error, and how long each back-off would have been."""

    def __init__(self, url, *queries, together=True, **options):
        self.waits = []

        async def sleep(seconds):
            self.waits.append(seconds)

        self.model = ChatModel(
            options.pop("name", "the-model"),
            url=url,
            model="m-1",
            key=options.pop("key", KEY),
            sleep=options.pop("sleep", sleep),
            **options,
        )

        async def ask():
            try:
                if together:
                    return await asyncio.gather(*(self.model.answer(query) for query in queries or [QUERY]))
                return [await self.model.answer(query) for query in queries]
            finally:
                await self.model.close()

        self.answers = asyncio.run(ask())
        self.answer = self.answers[0]


def replies(*told):
    """Reply with each in turn, and with the last from then on."""
    return lambda _request, n: told[min(n, len(told) - 1)]


def failing(reply, **options):
    with ChatServer(reply) as server, pytest.raises(ModelError) as caught:
        Asked(server.url, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert KEY not in message
    assert caught.value.__cause__ is None
    return message, len(server.requests)


# What is sent


def test_one_query_is_one_request_for_one_answer():
    with ChatServer("Yes.") as server:
        asked = Asked(server.url)
    (request,) = server.requests
    assert request.body == {
        "model": "m-1",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "naïve?"}],
        "temperature": 0.7,
        "max_tokens": 100,
        "seed": 5,
    }
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert asked.answer.text == "Yes."
    assert (asked.answer.outcome, asked.answer.cause, asked.answer.requests) == ("ok", "", 1)
    assert (asked.answer.tokens_in, asked.answer.tokens_out) == (3, 1)


def test_openai_gets_its_own_parameters_and_no_seed():
    with ChatServer() as server:
        Asked(server.url, dialect="openai")
    body = server.requests[0].body
    assert body["max_completion_tokens"] == 100
    assert not body.keys() & {"max_tokens", "seed", "n"}


def test_no_limit_is_sent_where_there_is_none():
    with ChatServer() as server:
        Asked(server.url, Query(QUERY.messages, 0.0, None, 1))
    assert not server.requests[0].body.keys() & {"max_tokens", "max_completion_tokens"}


def test_what_the_environment_holds_for_openai_goes_to_no_other_server(monkeypatch):
    headers = "AUTHORIZATION: Bearer header-secret\ncontent-Type: text/secret\nX-Extra: extra-secret"
    secrets = {
        "OPENAI_API_KEY": KEY,
        "OPENAI_ADMIN_KEY": "admin-secret",
        "OPENAI_ORG_ID": "org-secret",
        "OPENAI_PROJECT_ID": "project-secret",
        "OPENAI_CUSTOM_HEADERS": headers,
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    with ChatServer() as server:
        Asked(server.url, key="")
        Asked(server.url, key="own")
        Asked(server.url, key=KEY, dialect="openai")
    sent = [json.dumps(request.headers) for request in server.requests]
    assert "secret" not in sent[0] + sent[1]
    assert [request.headers["authorization"] for request in server.requests[:2]] == [
        "Bearer none",
        "Bearer own",
    ]
    assert {request.headers["content-type"] for request in server.requests[:2]} == {"application/json"}
    assert "org-secret" in sent[2]  # so the twin shows that they would have been sent


# What comes back


@pytest.mark.parametrize(
    ("reply", "text", "outcome", "cause"),
    [
        (completion("one", "two", "three"), "one", "ok", ""),
        (completion("cut o", finish_reason="length"), "cut o", "truncated", "limit of tokens"),
        (completion("", finish_reason="length"), "", "truncated", "before any text"),
        (completion("bad", finish_reason="content_filter"), "", "refused", "content filter"),
        (completion(None, refusal="I can't\nhelp."), "", "refused", "I can't help."),
        (completion(None), "", "empty", "no text"),
        (completion(" \n"), "", "empty", "no text"),
        (completion([{"type": "thinking", "text": "hm"}, {"type": "text", "text": "so"}]), "so", "ok", ""),
        (completion({"odd": 1}), "", "empty", "no text"),
        (completion("\ud800é"), "?é", "ok", ""),
        (
            error(400, "maximum context length is 10 max_tokens", code="context_length_exceeded"),
            "",
            "refused",
            "context",
        ),
        (
            error(400, "'max_tokens' is too large: 9. This model supports at most 5"),
            "",
            "refused",
            "at most 5",
        ),
        (error(400, "filtered", code="content_filter"), "", "refused", "filtered"),
        (error(403, "Your input was flagged by moderation"), "", "refused", "flagged"),
        (error(413, "too big"), "", "refused", "413: too big"),
        (error(422, "no\x1b[31mred"), "", "refused", "no [31mred"),
        (
            document({"detail": [{"loc": ["body", "messages"], "msg": "odd", "type": "x"}]}),
            "",
            "failed",
            "completion",
        ),
    ],
)
def test_an_answer_that_is_not_plain_text_says_what_it_is(reply, text, outcome, cause):
    with ChatServer(reply) as server:
        answer = Asked(server.url, tries=1).answer
    assert (answer.text, answer.outcome) == (text, outcome)
    assert cause in answer.cause
    assert bool(answer.cause) == (outcome != "ok")
    assert "\n" not in answer.cause
    assert answer.requests == len(server.requests) == 1


@pytest.mark.parametrize("usage", [None, {}, "many", {"prompt_tokens": -1, "completion_tokens": True}])
def test_tokens_are_unknown_where_the_server_does_not_count_them(usage):
    with ChatServer(completion("yes", usage=usage)) as server:
        answer = Asked(server.url).answer
    assert (answer.outcome, answer.tokens_in, answer.tokens_out) == ("ok", None, None)


@pytest.mark.parametrize("content_type", ["text/plain", "text/html"])
def test_a_wrong_content_type_does_not_matter(content_type):
    fault = Fault(body=completion("yes").body, content_type=content_type)
    with ChatServer(fault) as server:
        assert Asked(server.url).answer.text == "yes"


@pytest.mark.parametrize("query", [("\ud800", 0.5), ("plain", float("nan"))])
def test_what_json_cannot_hold_is_never_sent(query):
    with ChatServer() as server:
        answer = Asked(server.url, Query((Message("user", query[0]),), query[1], 5, 1)).answer
    assert (answer.outcome, answer.requests, server.requests) == ("refused", 0, [])


# What is tried again

PASSING = [
    error(408),
    error(409),
    error(429, "slow down", code="rate_limit_exceeded"),
    error(500),
    error(503, "loading"),
    error(529),
    servers.BAD_GATEWAY,
    servers.RESET,
    servers.RESET_WITHIN,
    servers.TRUNCATED_JSON,
    servers.HTML,
    document({"choices": []}),
    document({"error": {"message": "upstream", "code": 502}}),
    document([]),
    document("text"),
    Fault(body=b"[" * 100_000),
    Fault(body=b"\xff\xfe", content_type="application/json; charset=utf-8"),
    Fault(body=b"not gzip", headers={"Content-Encoding": "gzip"}),
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: f"{fault.status}-{fault.cut}-{fault.body[:24]}")
def test_what_may_pass_is_tried_again(fault):
    with ChatServer(replies(fault, fault, "at last")) as server:
        asked = Asked(server.url)
    assert (asked.answer.text, asked.answer.outcome, asked.answer.requests) == ("at last", "ok", 3)
    assert server.count == 3
    assert [0 <= wait <= limit for wait, limit in zip(asked.waits, [2, 4], strict=True)] == [True, True]


@pytest.mark.parametrize(
    "fault",
    [fault for fault in PASSING if fault.status not in (429, 529)],
    ids=lambda fault: f"{fault.status}-{fault.cut}-{fault.body[:24]}",
)
def test_what_does_not_pass_is_given_up_after_so_many_tries_and_only_this_query_fails(fault):
    with ChatServer(fault) as server:
        asked = Asked(server.url, tries=4)
    assert (asked.answer.text, asked.answer.outcome, asked.answer.requests) == ("", "failed", 4)
    assert "given up after 4 requests" in asked.answer.cause
    assert (server.count, len(asked.waits)) == (4, 3)


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        ({"retry_after": "7"}, 7),
        ({"retry_after": "0.25"}, 0.25),
        ({"retry_after_ms": "1500", "retry_after": "60"}, 1.5),
        ({"retry_after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": NOW}, 30),
        ({"retry_after": "Wed, 21 Oct 2026 07:27:00 GMT", "date": NOW}, 0),
    ],
)
def test_the_server_is_left_alone_as_long_as_it_asks(headers, least):
    with ChatServer(replies(error(429, **headers), "yes")) as server:
        asked = Asked(server.url)
    (wait,) = asked.waits
    assert least <= wait <= least + 1
    assert asked.answer.requests == 2


def test_a_date_without_a_date_of_its_own_is_taken_from_the_clock():
    wait = asked_wait_s({"retry-after": "Fri, 31 Dec 2100 23:59:59 GMT"})
    assert wait is not None
    assert wait > 1e6


@pytest.mark.parametrize(
    "asked", ["soon", "nan", "inf", "-inf", "", "1e300", "Wed, 99 Oct 2026 07:28:00 GMT"]
)
def test_nonsense_in_retry_after_is_no_request_to_wait(asked):
    assert asked_wait_s({"retry-after": asked}) is None


def test_a_wait_beyond_patience_is_not_begun():
    with ChatServer(error(429, "come back tomorrow", retry_after="86400")) as server:
        asked = Asked(server.url)
    assert (asked.waits, asked.answer.outcome, server.count) == ([], "failed", 1)
    assert "come back tomorrow" in asked.answer.cause


@pytest.mark.parametrize("status", [429, 529])
def test_throttled_requests_are_ended_by_patience_alone(status):
    with ChatServer(replies(*[error(status)] * 9, "yes")) as server:
        asked = Asked(server.url, tries=2, patience_s=1e6)
    assert (asked.answer.outcome, asked.answer.requests) == ("ok", 10)
    with ChatServer(error(status)) as server:
        asked = Asked(server.url, tries=2, patience_s=50)
    assert asked.answer.outcome == "failed"
    assert sum(asked.waits) <= 50
    with ChatServer(replies(*[error(status), error(500)] * 2, "yes")) as server:
        asked = Asked(server.url, tries=2, patience_s=1e6)
    assert (asked.answer.outcome, asked.answer.requests) == ("failed", 4)


def test_backing_off_grows_to_a_ceiling_and_ends():
    def waits():
        retries = Retries(tries=8, patience_s=1e9)
        return [retries.wait_s(Passing("x")) for _ in range(8)]

    many = [waits() for _ in range(400)]
    assert {row[7] for row in many} == {None}
    highest = [max(column) for column in list(zip(*many, strict=True))[:7]]
    for seen, ceiling in zip(highest, [2, 4, 8, 16, 32, 60, 60], strict=True):
        assert 0.9 * ceiling < seen <= ceiling
    assert min(row[6] for row in many) < 6  # full jitter, not a fixed wait


def test_a_request_that_takes_too_long_is_cut_off():
    with ChatServer("late", latency_s=30) as server:
        answer = Asked(server.url, request_s=0.05, tries=2).answer
        assert server.count == 2
    assert (answer.outcome, answer.requests) == ("failed", 2)
    assert "no answer within 0.05 s" in answer.cause


def test_blanks_sent_while_busy_do_not_make_a_request_endless():
    with ChatServer(servers.BUSY) as server:
        answer = Asked(server.url, request_s=0.2, tries=1).answer
    assert (answer.outcome, answer.requests) == ("failed", 1)
    assert "no answer within 0.2 s" in answer.cause


def test_time_lost_counts_as_patience():
    assert Retries(tries=6, patience_s=100).wait_s(Passing("slow", lost_s=98)) is not None
    assert Retries(tries=6, patience_s=100).wait_s(Passing("slow", lost_s=100)) is None


# What no query can mend


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (error(401, f"Incorrect API key provided: {KEY}"), "refuses the key (401): set SELFTAUGHT_API_KEY"),
        (error(403, f"{KEY} may not"), "denies access (403) ([key] may not)"),
        (error(404, "The model `m-1` does not exist", code="model_not_found"), "has no model 'm-1' (404)"),
        (error(400, "Invalid model name passed"), "has no model 'm-1' (400)"),
        (Fault(404, b"<html>", "text/html"), "isn't there (404): check the address, most end in /v1"),
        (error(405), "isn't there (405)"),
        (error(402, "Insufficient Balance"), "no credit left (Insufficient Balance)"),
        (error(429, "Quota", code="insufficient_quota"), "no credit left (Quota)"),
        (
            Fault(308, headers={"Location": "https://example.org/v1"}),
            "redirects to https://example.org/v1 (308)",
        ),
    ],
)
def test_what_no_query_can_mend_stops_at_once(fault, says):
    message, requests = failing(fault)
    assert says in message
    assert requests == 1


def test_a_server_that_wants_a_key_says_so():
    message, _ = failing(error(401), key="")
    assert "wants a key (401): set SELFTAUGHT_API_KEY" in message
    message, _ = failing(error(401), dialect="openai")
    assert "set OPENAI_API_KEY" in message


@pytest.mark.parametrize("fault", [error(403, "no"), error(404, "gone"), Fault(404, b"<html>", "text/html")])
def test_a_server_that_has_answered_before_fails_this_query_only(fault):
    with ChatServer(replies("first", fault)) as server:
        first, second = Asked(server.url, QUERY, QUERY, together=False).answers
    assert (first.outcome, second.outcome) == ("ok", "refused")


def test_where_no_server_is_the_error_says_so():
    with ChatServer() as server:
        url = server.url
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    with pytest.raises(ModelError, match=r"^the-model: no server answers at http://127.*is it running\?$"):
        Asked(url, sleep=sleep)
    assert len(waits) == 2  # it was tried again, in case it was just starting


def test_a_server_that_goes_away_later_fails_queries_but_not_the_run():
    with ChatServer("first") as server:

        async def sleep(_seconds):
            pass

        model = ChatModel("m", url=server.url, model="m", key="", sleep=sleep)

        async def ask():
            first = await model.answer(QUERY)
            await asyncio.to_thread(server.stop)
            second = await model.answer(QUERY)
            await model.close()
            return first, second

        first, second = asyncio.run(ask())
    assert (first.outcome, second.outcome, second.requests) == ("ok", "failed", 6)


# The key


def test_the_key_is_in_no_text_that_a_person_sees():
    with ChatServer(error(422, f"bad header Bearer {KEY}")) as server:
        asked = Asked(server.url)
    assert "bad header Bearer [key]" in asked.answer.cause
    assert KEY not in repr(asked.model) + str(asked.model) + repr(asked.answer)


@pytest.mark.parametrize("key", ["sk-ünsafe", "sk-two words", "sk-line\nbreak", "sk-\x00"])
def test_a_key_that_no_header_can_carry_is_refused_unseen(key):
    with pytest.raises(ModelError, match="set it again") as caught:
        ChatModel("m", url="http://127.0.0.1:9/v1", model="m", key=key)
    assert "sk-" not in str(caught.value)


# Parameters that a server doesn't support


def refusing(refused, complain):
    """A server that answers 400 to any of ``refused``, as ``complain(name)`` words it."""

    def reply(request, _n):
        names = sorted(request.keys() & refused)
        return complain(names[0]) if names else "yes"

    return reply


COMPLAINTS = {
    "openai": lambda name: error(
        400,
        f"Unsupported parameter: '{name}' is not supported with this model. Use 'max_completion_tokens' instead.",
        code="unsupported_parameter",
        param=name,
    ),
    "prose": lambda name: error(400, f"This model does not support {name}."),
    "fastapi": lambda name: Fault(
        422,
        json.dumps(
            {"detail": [{"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs"}]}
        ).encode(),
    ),
}


@pytest.mark.parametrize("complain", COMPLAINTS.values(), ids=COMPLAINTS)
@pytest.mark.parametrize(
    ("refused", "kept"),
    [
        ({"max_tokens"}, {"temperature", "seed", "max_completion_tokens"}),
        ({"temperature"}, {"seed", "max_tokens"}),
        ({"temperature", "seed", "max_tokens"}, {"max_completion_tokens"}),
        ({"temperature", "seed", "max_tokens", "max_completion_tokens"}, set()),
    ],
)
def test_what_a_server_does_not_support_is_dropped_or_swapped_and_remembered(refused, kept, complain):
    with ChatServer(refusing(refused, complain)) as server:
        asked = Asked(server.url, QUERY, QUERY, together=False)
    assert [answer.outcome for answer in asked.answers] == ["ok", "ok"]
    assert [answer.requests for answer in asked.answers] == [len(refused) + 1, 1]
    assert server.requests[-1].body.keys() - {"model", "messages"} == kept
    assert asked.model.dropped == refused
    assert asked.waits == []


def test_many_that_are_refused_at_once_all_get_their_answers():
    with ChatServer(
        refusing({"max_completion_tokens", "temperature"}, COMPLAINTS["prose"]), latency_s=0.01
    ) as server:
        asked = Asked(server.url, *[QUERY] * 40, dialect="openai")
    assert {answer.outcome for answer in asked.answers} == {"ok"}
    assert asked.model.dropped == {"max_completion_tokens", "temperature"}


def test_prose_cannot_take_away_what_the_server_took_before():
    quoting = error(400, "Cannot parse: 'the temperature is not supported'")
    with ChatServer(replies("yes", quoting)) as server:
        asked = Asked(server.url, QUERY, QUERY, together=False)
    assert asked.answers[1].outcome == "refused"
    assert asked.model.dropped == frozenset()


# Many at once


def test_hundreds_may_wait_and_only_so_many_are_in_flight():
    with ChatServer(lambda request, _n: request["messages"][0]["content"], latency_s=0.01) as server:
        queries = [Query((Message("user", f"word-{i}"),), 0.0, 5, i) for i in range(200)]
        asked = Asked(server.url, *queries, concurrency=16)
    assert [answer.text for answer in asked.answers] == [f"word-{i}" for i in range(200)]
    assert server.count == 200
    assert server.max_in_flight == 16
    assert server.connections <= 16  # they are used again


async def yielding(_seconds):
    """A back-off that is long enough for another query to slip in."""
    for _ in range(300):
        await asyncio.sleep(0)


def order_asked(*told):
    """Which of two queries was asked when, with one place between them."""
    queries = [Query((Message("user", word),), 0.0, 5, 1) for word in ("first", "second")]
    with ChatServer(replies(*told)) as server:
        Asked(server.url, *queries, concurrency=1, sleep=yielding)
    return [request.body["messages"][0]["content"] for request in server.requests]


def test_a_query_that_backs_off_lets_others_by_and_then_comes_first():
    assert order_asked(error(500), "yes") == ["first", "second", "first"]


def test_once_nothing_but_faults_comes_a_query_that_backs_off_keeps_its_place():
    asked = order_asked(*[error(500)] * 4, "yes")
    assert len(asked) == 6
    assert asked[:2] == ["first", "second"]  # the first faults may be theirs alone
    assert len(set(asked[2:5])) == 1


def test_a_closed_model_can_be_asked_again_in_another_loop():
    with ChatServer() as server:
        model = ChatModel("m", url=server.url, model="m", key="")

        async def ask():
            answer = await model.answer(QUERY)
            await model.close()
            await model.close()
            return answer.text

        assert [asyncio.run(ask()), asyncio.run(ask())] == ["ok", "ok"]


def test_cancelling_leaves_the_other_queries_alone():
    with ChatServer(lambda request, _n: "yes", latency_s=0.05) as server:
        model = ChatModel("m", url=server.url, model="m", key="", concurrency=1)

        async def ask():
            first, second = (asyncio.create_task(model.answer(QUERY)) for _ in range(2))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            first.cancel()
            answer = await second
            await model.close()
            return first.cancelled(), answer.outcome

        assert asyncio.run(ask()) == (True, "ok")


def test_importing_it_imports_no_client():
    code = (
        "import sys, selftaught.models.chat, selftaught.models.finding;"
        "clients = 'openai', 'httpx2', 'httpx', 'anyio', 'asyncio', 'pydantic';"
        "selftaught.models.finding.find_model('http://localhost:1/v1#m');"
        "print([name for name in clients if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
