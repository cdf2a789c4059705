"""GoogleModel: what it sends to ``generateContent``, and what it makes of its answers."""

import dataclasses
import json

import pytest
from models.asking import QUERY, ask, replies
from servers import ChatServer, Fault, document

from selftaught.errors import ModelError
from selftaught.models import Message, Query


def candidate(*parts, reason="STOP", usage=None, **more):
    parts = [{"text": part} if isinstance(part, str) else part for part in parts]
    usage = usage or {"promptTokenCount": 7, "candidatesTokenCount": 5}
    first = {"content": {"parts": parts, "role": "model"}, "finishReason": reason} | more
    return document({"candidates": [first], "usageMetadata": usage})


def refusal(status, word, message, *details):
    said = {"error": {"code": status, "message": message, "status": word, "details": list(details)}}
    return Fault(status, json.dumps(said).encode())


def asked(reply="ok", *queries, **options):
    with ChatServer(reply) as server:
        answers, _, waits = ask("google", server.root, *queries, together=False, **options)
    return answers, server.requests, waits


def test_a_query_in_its_own_form():
    dialogue = (
        Message("system", "Be brief."),
        Message("user", "naïve?"),
        Message("assistant", "Yes."),
        Message("user", "Why?"),
    )
    _, (request,), _ = asked("ok", Query(dialogue, 0.7, 100, 9))
    assert request.path.endswith("/models/m-1:generateContent")
    assert request.body == {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "naïve?"}]},
            {"role": "model", "parts": [{"text": "Yes."}]},
            {"role": "user", "parts": [{"text": "Why?"}]},
        ],
        "generationConfig": {"temperature": 0.7, "maxOutputTokens": 100},
    }


def test_what_is_not_given_is_not_sent():
    _, (request,), _ = asked("ok", Query((Message("user", "hi"),), 0.0, None, 1))
    assert request.body.keys() == {"contents", "generationConfig"}
    assert request.body["generationConfig"] == {"temperature": 0.0}


def test_a_temperature_beyond_its_scale_is_lowered_and_said():
    (answer,), (request,), _ = asked("ok", dataclasses.replace(QUERY, temperature=2.5))
    assert request.body["generationConfig"]["temperature"] == 2
    assert (answer.outcome, answer.cause) == (
        "ok",
        "asked at temperature 2, the highest that the server takes",
    )


@pytest.mark.parametrize(
    ("reply", "text", "outcome", "cause"),
    [
        (candidate({"text": "hm", "thought": True}, "one ", "two"), "one two", "ok", ""),
        (candidate("cut o", reason="MAX_TOKENS"), "cut o", "truncated", "limit of tokens"),
        (candidate(reason="MAX_TOKENS"), "", "truncated", "before any text"),
        (candidate("bad", reason="SAFETY"), "", "refused", "stopped for SAFETY"),
        (candidate(reason="RECITATION", finishMessage="copied"), "", "refused", "copied"),
        (candidate(reason="PROHIBITED_CONTENT"), "", "refused", "PROHIBITED_CONTENT"),
        (document({"promptFeedback": {"blockReason": "SAFETY"}}), "", "refused", "the prompt was blocked (SAFETY)"),
        (candidate(), "", "empty", "no text came (finish reason: STOP)"),
        (candidate(" \n", {"text": 7}, 5), "", "empty", "no text"),
        (document({"candidates": [{"finishReason": "OTHER"}]}), "", "empty", "OTHER"),
        (candidate("\ud800é"), "?é", "ok", ""),
        (refusal(400, "INVALID_ARGUMENT", "The input token count exceeds the maximum"), "", "refused", "token count"),
        (document({"candidates": []}), "", "failed", "without a completion"),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_plain_text_says_what_it_is(reply, text, outcome, cause):
    (answer,), _, _ = asked(reply, tries=1)
    assert (answer.text, answer.outcome) == (text, outcome)
    assert cause in answer.cause
    assert bool(answer.cause) == (outcome != "ok")


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"promptTokenCount": 7, "candidatesTokenCount": 5, "thoughtsTokenCount": 90}, (7, 95)),
        ({"promptTokenCount": 7}, (7, 0)),
        ({"promptTokenCount": 7, "candidatesTokenCount": 5, "thoughtsTokenCount": "90"}, (7, None)),
        ({"promptTokenCount": "7"}, (None, None)),
    ],
)
def test_thoughts_are_counted_as_what_came_out(usage, tokens):
    (answer,), _, _ = asked(candidate("yes", usage=usage))
    assert (answer.tokens_in, answer.tokens_out) == tokens


def test_the_delay_that_an_error_asks_for_is_kept():
    delay = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}
    busy = refusal(429, "RESOURCE_EXHAUSTED", "quota", {"@type": "other", "violations": []}, delay)
    (answer,), _, (wait,) = asked(replies(busy, "yes"))
    assert answer.text == "yes"
    assert 34.5 <= wait <= 35.5


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (refusal(400, "INVALID_ARGUMENT", "API key not valid.", {"reason": "API_KEY_INVALID"}),
         "refuses the key (400): set THE_KEY"),
        (refusal(404, "NOT_FOUND", "models/m-1 is not found for API version v1"), "has no model 'm-1' (404)"),
        (refusal(400, "FAILED_PRECONDITION", "User location is not supported"), "User location is not supported"),
        (refusal(403, "PERMISSION_DENIED", "no"), "denies access (403)"),
    ],
)  # fmt: skip
def test_what_no_query_can_mend_stops_at_once(told, says):
    with pytest.raises(ModelError) as caught:
        asked(told)
    assert says in str(caught.value)


def test_the_environment_sends_it_nowhere_else_and_with_no_other_key(monkeypatch):
    monkeypatch.setenv("GOOGLE_API_KEY", "other-secret")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:9")
    _, (request,), _ = asked()
    assert "other-secret" not in str(request.headers)
