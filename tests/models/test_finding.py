"""From ``--model`` to a model: what is named how, and what is said where a part is missing."""

import asyncio
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from servers import ChatServer

from selftaught.errors import InputError, ModelError
from selftaught.models import Message, Query
from selftaught.models.finding import find_model, known_models

KEY = "sk-very-secret-0123456789"
QUERY = Query((Message("user", "hello"),), 0.7, 100, 1)


@pytest.fixture(autouse=True)
def no_keys(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "SELFTAUGHT_API_KEY", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


def ask(model):
    async def asked():
        answer = await model.answer(QUERY)
        await model.close()
        return answer

    return asyncio.run(asked())


def test_any_server_is_asked_by_its_address_with_its_own_key_only(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with ChatServer("yes") as server:
        model = find_model(f"{server.url}/#org/model:7b")
        assert ask(model).text == "yes"
        monkeypatch.setenv("SELFTAUGHT_API_KEY", "own-key\n")
        ask(find_model(f"{server.url}#m"))
    assert model.name == f"{server.url}/#org/model:7b"
    assert [request.headers["authorization"] for request in server.requests] == [
        "Bearer none",
        "Bearer own-key",
    ]
    assert server.requests[0].body["model"] == "org/model:7b"
    assert server.requests[0].body["max_tokens"] == 100


def test_openai_goes_where_its_base_url_says_with_its_key(monkeypatch):
    with ChatServer("yes") as server:
        monkeypatch.setenv("OPENAI_API_KEY", f" {KEY}\n")
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        model = find_model("openai:gpt-x")
        assert ask(model).text == "yes"
    assert model.name == "openai:gpt-x"
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert server.requests[0].body["model"] == "gpt-x"
    assert "max_completion_tokens" in server.requests[0].body


def test_ollama_is_a_server_of_this_machine():
    model = find_model("ollama:qwen:7b")
    assert model.name == "ollama:qwen:7b"
    assert model.concurrency == 32


def test_offline_needs_nothing():
    pytest.importorskip("selftaught.models.offline", reason="not built yet").OfflineModel  # noqa: B018
    assert find_model("offline").name == "offline"


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("openai:gpt-x", "openai:gpt-x needs a key: set OPENAI_API_KEY (or use --model offline)"),
        ("openai:", "add its name, openai:NAME"),
        ("ollama: ", "add its name, ollama:NAME"),
        ("http://localhost:1/v1", "add #NAME, as in http://localhost:1/v1#NAME"),
        ("http://localhost:1/v1#", "add #NAME"),
        ("http://#m", "write it as http://HOST:PORT/v1"),
        ("http:m", "write it as http://HOST:PORT/v1"),
        ("http://host:99999/v1#m", "write it as http://HOST:PORT/v1"),
        ("http://host:port/v1#m", "write it as http://HOST:PORT/v1"),
        ("http://[::1/v1#m", "write it as http://HOST:PORT/v1"),
        ("http://a b/v1#m", "write it as http://HOST:PORT/v1"),
        ("http://host/v1?x=1#m", "has a part after ?"),
        ("anthropic:claude", "not built in yet: use https://api.anthropic.com/v1#NAME"),
        ("google:gemini", "not built in yet: use https://generativelanguage"),
        ("recording:7", "recording:7: there is no such run, folder or exported file"),
        ("recording:", "add its ID, its folder or an exported file, recording:RUN"),
        ("opnai:gpt-x", "did you mean openai:gpt-x?"),
        ("olama:q", "did you mean ollama:q?"),
        ("ofline", "did you mean offline?"),
        ("openai", "did you mean openai:NAME?"),
        ("gpt-4o", "did you mean openai:gpt-4o?"),
        ("", "one of offline, openai:NAME"),
        ("zzz", "one of offline, openai:NAME"),
    ],
)
def test_a_model_that_cannot_be_found_is_said_in_one_line_with_the_mend(spec, says):
    with pytest.raises(ModelError) as caught:
        find_model(spec)
    assert isinstance(caught.value, InputError)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "spec", [f"http://me:{KEY}@host/v1#m", f"http://me:{KEY}@ho st:x/v1#m", f"http://h/v1?k={KEY}#m"]
)
def test_a_password_in_an_address_is_refused_unseen(spec):
    with pytest.raises(ModelError) as caught:
        find_model(spec)
    assert KEY not in str(caught.value)


def test_a_base_url_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "api.openai.com")
    with pytest.raises(ModelError, match="OPENAI_BASE_URL is no address"):
        find_model("openai:gpt-x")


def test_every_kind_of_model_is_known_with_what_it_lacks(monkeypatch):
    before = {kind.spec: kind.ready for kind in known_models()}
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    after = {kind.spec: kind.ready for kind in known_models()}
    assert before["offline"] == "yes"
    assert (before["openai:NAME"], after["openai:NAME"]) == ("set OPENAI_API_KEY", "yes")
    assert before["anthropic:NAME"] == "not built in yet"
    assert {"http://HOST/v1#NAME", "ollama:NAME", "google:NAME", "recording:RUN"} < before.keys()
