"""From what a user writes after ``--model`` to a language model, without a byte sent anywhere.

Keys come from the environment: OPENAI_API_KEY goes to OpenAI, or to OPENAI_BASE_URL where that is set, and
nowhere else; SELFTAUGHT_API_KEY goes to the server that an ``http://`` or ``https://`` address names.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from selftaught.errors import ModelError
from selftaught.models import LanguageModel

OPENAI_URL = "https://api.openai.com/v1"
OLLAMA_URL = "http://localhost:11434/v1"


class ModelKind(NamedTuple):
    """One kind of model: how to name it, what it is, and "yes" or what is missing to use it here."""

    spec: str
    what: str
    ready: str


def find_model(spec: str, runs: Path = Path("runs")) -> LanguageModel:
    """Return the model that ``spec`` names, ready to be asked.

    ``offline``; ``recording:RUN``, where RUN may be the ID of a run in ``runs``; ``openai:NAME``; ``ollama:NAME``,
    the same as ``http://localhost:11434/v1#NAME``; and ``http://HOST/v1#NAME`` or ``https://…`` for any server
    that speaks chat completions.

    Raises
    ------
    ModelError
        if there is no such kind of model, a part of its name is missing or malformed, or its key isn't set
    """
    kind, colon, name = spec.partition(":")
    if kind in _NOT_YET and colon:
        raise ModelError(f"{spec}: {kind}: models are not built in yet: {_NOT_YET[kind]}")
    if spec == "offline":
        from selftaught.models.offline import OfflineModel

        return OfflineModel()
    if kind == "recording" and name.strip():
        from selftaught.models.recording import find_recording

        return find_recording(name, runs)
    if kind in ("http", "https") and colon:
        return _server(spec)
    if kind == "recording" and colon:
        raise ModelError(f"{spec} names no run: add its ID, its folder or an exported file, recording:RUN")
    if kind in ("openai", "ollama") and colon:
        if not name.strip():
            raise ModelError(f"{spec} names no model: add its name, {kind}:NAME")
        return _openai(spec, name) if kind == "openai" else _chat(spec, OLLAMA_URL, name)
    raise ModelError(_unknown(spec))


def known_models() -> list[ModelKind]:
    """Return every kind of model, whether or not it can be used here."""
    key = "yes" if os.environ.get("OPENAI_API_KEY", "").strip() else "set OPENAI_API_KEY"
    return [
        ModelKind(
            "offline",
            "rewrites the program it is shown, knowing nothing of any task; no network, no cost",
            "yes",
        ),
        ModelKind("openai:NAME", "OpenAI, or the server at OPENAI_BASE_URL", key),
        ModelKind(
            "http://HOST/v1#NAME",
            "any server that speaks chat completions",
            "if it runs; key: SELFTAUGHT_API_KEY",
        ),
        ModelKind("ollama:NAME", f"a local Ollama, {OLLAMA_URL}#NAME", "if it runs"),
        ModelKind(
            "recording:RUN", "the answers of an earlier run, by its ID, folder or exported file", "yes"
        ),
        *(ModelKind(_FORM[kind], _WHAT[kind], "not built in yet") for kind in _NOT_YET),
    ]


_FORM = {"anthropic": "anthropic:NAME", "google": "google:NAME"}
_WHAT = {
    "anthropic": "Anthropic's models",
    "google": "Google's models",
}
_NOT_YET = {
    "anthropic": "use https://api.anthropic.com/v1#NAME, key in SELFTAUGHT_API_KEY",
    "google": "use https://generativelanguage.googleapis.com/v1beta/openai#NAME, key in SELFTAUGHT_API_KEY",
}


def _openai(spec: str, model: str) -> LanguageModel:
    from selftaught.models.chat import ChatModel

    url = os.environ.get("OPENAI_BASE_URL", "").strip() or OPENAI_URL
    _check_address(url, f"{spec}: OPENAI_BASE_URL")
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if not key:
        raise ModelError(f"{spec} needs a key: set OPENAI_API_KEY (or use --model offline)")
    return ChatModel(spec, url=url, model=model.strip(), key=key, dialect="openai")


def _server(spec: str) -> LanguageModel:
    url, _, model = spec.partition("#")
    _check_address(url, "the address")
    if not model.strip():
        raise ModelError(f"{spec} names a server but no model: add #NAME, as in {url.rstrip('/')}#NAME")
    return _chat(spec, url, model)


def _chat(spec: str, url: str, model: str) -> LanguageModel:
    from selftaught.models.chat import ChatModel

    return ChatModel(spec, url=url, model=model.strip(), key=os.environ.get("SELFTAUGHT_API_KEY", ""))


def _check_address(url: str, what: str) -> None:
    """Raise unless ``url`` is an address below which chat completions may lie; show no password in it."""
    from urllib.parse import urlsplit

    if "@" in url:
        raise ModelError(
            f"{what} holds an @: a key or password belongs into the environment, see `selftaught models`"
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ModelError(f"{what} is no address: write it as http://HOST:PORT/v1") from None
    if (
        parts.scheme not in ("http", "https")
        or not host
        or port == 0
        or any(not "!" <= c <= "~" for c in url)
    ):
        raise ModelError(f"{what} is no address: {url!r}: write it as http://HOST:PORT/v1")
    if parts.query or parts.fragment:
        raise ModelError(f"{what} has a part after ? or #, which is not carried: leave it out")


def _unknown(spec: str) -> str:
    from difflib import get_close_matches

    kind, colon, name = spec.partition(":")
    kinds = ["offline", "openai", "ollama", "recording", *_NOT_YET]
    if kind in kinds:
        near = [f"{kind}:NAME" if kind != "offline" else kind]
    elif not colon and kind.startswith(("gpt-", "o1", "o3", "o4", "chatgpt-")):
        near = [f"openai:{spec}"]
    else:
        near = [near + colon + name for near in get_close_matches(kind.lower(), kinds, n=2)]
    mend = " or ".join(near) if near else "one of " + ", ".join(known.spec for known in known_models())
    return f"there is no model {spec!r}: did you mean {mend}?"
