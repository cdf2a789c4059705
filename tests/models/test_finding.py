"""From ``--model`` to a model: what is named how, and what is said where a part is missing."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from servers import ChatServer

from selftaught.errors import InputError, ModelError
from selftaught.models import Message, Query
from selftaught.models.finding import find_model, known_models

KEY = "sk-very-secret-0123456789"
BASES = ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL")
QUERY = Query((Message("user", "hello"),), 0.7, 100, 1)


@pytest.fixture(autouse=True)
def no_keys(monkeypatch):
    vendors = ("OPENAI", "ANTHROPIC", "GOOGLE", "GEMINI", "SELFTAUGHT")
    for name in (*(f"{vendor}_API_KEY" for vendor in vendors), *BASES, "HTTP_PROXY", "http_proxy"):
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
        ("anthropic:claude", "anthropic:claude needs a key: set ANTHROPIC_API_KEY (or use --model offline)"),
        ("google:gemini", "google:gemini needs a key: set GOOGLE_API_KEY or GEMINI_API_KEY"),
        ("anthropic:", "add its name, anthropic:NAME"),
        ("antropic:claude", "did you mean anthropic:claude?"),
        ("claude-x", "did you mean anthropic:claude-x?"),
        ("gemini-x", "did you mean google:gemini-x?"),
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
    assert before["anthropic:NAME"] == "set ANTHROPIC_API_KEY"
    assert before["google:NAME"] == "set GOOGLE_API_KEY or GEMINI_API_KEY"
    assert before["recording:RUN"] == "yes"
    assert {"http://HOST/v1#NAME", "ollama:NAME"} < before.keys()


@pytest.mark.parametrize(
    ("spec", "key", "base"),
    [
        ("anthropic:claude-x", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
        ("google:gemini-x", "GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL"),
        ("google:gemini-x", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL"),
    ],
)
def test_a_vendor_is_asked_where_its_base_url_says_with_its_key(monkeypatch, spec, key, base):
    with ChatServer("yes") as server:
        monkeypatch.setenv(key, f" {KEY}\n")
        monkeypatch.setenv(base, f"{server.root}/")
        model = find_model(spec)
        assert ask(model).text == "yes"
    (request,) = server.requests
    assert model.name == spec
    assert any(KEY in value for value in request.headers.values())
    assert spec.partition(":")[2] in json.dumps(request.body) + request.path


@pytest.mark.parametrize("name", ["../x", "a?key=b", "a#b", "a b", "/x", "a/../b", "é"])
def test_a_name_that_would_leave_its_place_in_the_address_is_refused(monkeypatch, name):
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    with pytest.raises(ModelError, match="names no model"):
        find_model(f"google:{name}")


def test_a_client_that_is_missing_is_asked_for_by_name_in_one_line():
    """In a process of its own, in which the clients cannot be found; offline and openai are as ever."""
    code = f"""
import os, sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("anthropic", "google"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Hidden())
from selftaught.models.finding import find_model, known_models
os.environ |= dict.fromkeys(["ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OPENAI_API_KEY"], {KEY!r})
for spec in ("anthropic:a", "google:g", "openai:o"):
    try:
        print(find_model(spec).name)
    except Exception as error:
        print(type(error).__name__, error)
print([kind.ready for kind in known_models()])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        'ModelError anthropic:a needs a client that is not installed: pip install "selftaught[anthropic]"',
        'ModelError google:g needs a client that is not installed: pip install "selftaught[google]"',
        "openai:o",
        str(
            ["yes", "yes"]
            + [f'pip install "selftaught[{extra}]"' for extra in ("anthropic", "google")]
            + ["if it runs; key: SELFTAUGHT_API_KEY", "if it runs", "yes"]
        ),
    ]


def test_finding_a_model_imports_no_client():
    code = f"""
import os, sys
os.environ |= dict.fromkeys(["ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OPENAI_API_KEY"], {KEY!r})
from selftaught.models.finding import find_model, known_models
known_models()
for spec in ("anthropic:a", "google:g", "openai:o"):
    find_model(spec)
clients = "anthropic", "google.genai", "openai", "httpx2", "asyncio", "pydantic"
print([name for name in clients if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
