"""AnthropicModel: what it sends to ``/v1/messages``, and what it makes of its answers."""

import dataclasses

import pytest
from models.asking import QUERY, ask
from servers import ChatServer, document, error

from selftaught.errors import ModelError
from selftaught.models import Message, Query


def message(*content, stop="end_turn", usage=None, **more):
    usage = usage or {"input_tokens": 7, "output_tokens": 5}
    content = [{"type": "text", "text": part} if isinstance(part, str) else part for part in content]
    return document({"type": "message", "content": content, "stop_reason": stop, "usage": usage} | more)


def asked(reply="ok", *queries, **options):
    with ChatServer(reply) as server:
        answers, _, _ = ask("anthropic", server.root, *queries, together=False, **options)
    return answers, server.requests


def test_a_query_in_its_own_form():
    dialogue = (
        Message("system", "Be brief."),
        Message("user", "naïve?"),
        Message("assistant", "Yes."),
        Message("user", "Why?"),
    )
    _, (request,) = asked("ok", Query(dialogue, 0.7, 100, 9))
    assert request.path == "/v1/messages"
    assert request.body == {
        "model": "m-1",
        "max_tokens": 100,
        "system": "Be brief.",
        "messages": [
            {"role": "user", "content": "naïve?"},
            {"role": "assistant", "content": "Yes."},
            {"role": "user", "content": "Why?"},
        ],
        "temperature": 0.7,
    }


def test_what_is_empty_or_not_given_is_replaced_by_what_the_interface_demands():
    bare = Query((Message("system", " "), Message("user", "hi")), 0.0, None, 1)
    _, (request,) = asked("ok", bare)
    assert "system" not in request.body
    assert request.body["max_tokens"] == 16_384


def test_a_temperature_beyond_its_scale_is_lowered_and_said():
    (answer,), (request,) = asked("ok", dataclasses.replace(QUERY, temperature=1.4))
    assert request.body["temperature"] == 1
    assert (answer.outcome, answer.cause) == (
        "ok",
        "asked at temperature 1, the highest that the server takes",
    )


def test_the_limit_of_a_model_is_learnt_from_its_refusal():
    def reply(request, _n):
        if request["max_tokens"] > 4096:
            return error(
                400,
                f"max_tokens: {request['max_tokens']} > 4096, which is the maximum allowed number of output "
                "tokens for m-1",
                code="invalid_request_error",
            )
        return "ok"

    long = dataclasses.replace(QUERY, answer_tokens=None)
    answers, requests = asked(reply, long, long, QUERY)
    assert [answer.outcome for answer in answers] == ["ok"] * 3
    assert [request.body["max_tokens"] for request in requests] == [16_384, 4096, 4096, 100]


@pytest.mark.parametrize(
    ("reply", "text", "outcome", "cause"),
    [
        (message("one ", {"type": "thinking", "thinking": "hm"}, "two"), "one two", "ok", ""),
        (message("cut o", stop="max_tokens"), "cut o", "truncated", "limit of tokens"),
        (message(stop="max_tokens"), "", "truncated", "before any text"),
        (message("cut", stop="model_context_window_exceeded"), "cut", "truncated", "context"),
        (message("I can't", stop="refusal"), "", "refused", "declined"),
        (message("x", stop="refusal", stop_details={"explanation": "weapons"}), "", "refused", "weapons"),
        (message(), "", "empty", "no text came (stop reason: end_turn)"),
        (message(" \n", {"type": "text", "text": 7}, 5), "", "empty", "no text"),
        (message("\ud800é"), "?é", "ok", ""),
        (error(400, "prompt is too long: 210000 tokens > 200000 maximum"), "", "refused", "too long"),
        (error(400, "temperature: range: 0..1", code="invalid_request_error"), "", "refused", "range"),
        (document({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
         "", "failed", "Overloaded"),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_plain_text_says_what_it_is(reply, text, outcome, cause):
    (answer,), _ = asked(reply, tries=1)
    assert (answer.text, answer.outcome) == (text, outcome)
    assert cause in answer.cause
    assert bool(answer.cause) == (outcome != "ok")


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"input_tokens": 7, "output_tokens": 5}, (7, 5)),
        ({"input_tokens": 7, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20,
          "output_tokens": 5}, (127, 5)),
        ({"input_tokens": 7, "cache_read_input_tokens": None, "output_tokens": 5}, (7, 5)),
        ({"input_tokens": 7, "cache_read_input_tokens": "100", "output_tokens": 5}, (None, 5)),
        ({"input_tokens": True, "output_tokens": -1}, (None, None)),
    ],
)  # fmt: skip
def test_tokens_from_a_cache_were_read_too(usage, tokens):
    (answer,), _ = asked(message("yes", usage=usage))
    assert (answer.tokens_in, answer.tokens_out) == tokens


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (error(404, "model: claude-x", code="not_found_error"), "has no model 'm-1': name one that it has (404)"),
        (error(400, "Your credit balance is too low to access the API."), "has no credit left"),
        (error(401, "API key is invalid", code="authentication_error"), "set THE_KEY to a valid one"),
        (error(403, "no", code="permission_error"), "may use"),
    ],
)  # fmt: skip
def test_what_no_query_can_mend_stops_at_once(told, says):
    with pytest.raises(ModelError) as caught:
        asked(told)
    assert says in str(caught.value)


def test_no_other_credential_of_the_environment_is_sent(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "token-secret")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "other-secret")
    _, (request,) = asked()
    assert "secret" not in str(request.headers).replace("sk-very-secret", "")
