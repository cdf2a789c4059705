"""From what a user writes after ``--model`` to a language model, without a byte sent anywhere.

Keys come from the environment. OPENAI_API_KEY goes to OpenAI, or to OPENAI_BASE_URL where that is set, and
nowhere else; ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL, GOOGLE_API_KEY (or GEMINI_API_KEY) and
GOOGLE_GEMINI_BASE_URL likewise; SELFTAUGHT_API_KEY goes to the server that an ``http://`` or ``https://``
address names.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from selftaught.errors import ModelError
from selftaught.models import LanguageModel

OPENAI_URL = "https://api.openai.com/v1"
ANTHROPIC_URL = "https://api.anthropic.com"
GOOGLE_URL = "https://generativelanguage.googleapis.com"
OLLAMA_URL = "http://localhost:11434/v1"


class ModelKind(NamedTuple):
    """One kind of model: how to name it, what it is, and "yes" or what is missing to use it here."""

    spec: str
    what: str
    ready: str


class _Service(NamedTuple):
    """A vendor's service: the variables of its keys and address, and the client that it needs."""

    who: str
    keys: tuple[str, ...]
    base_variable: str
    url: str
    package: str
    extra: str = ""  # what of this package installs it; "" if it is always installed


_SERVICES = {
    "openai": _Service("OpenAI", ("OPENAI_API_KEY",), "OPENAI_BASE_URL", OPENAI_URL, "openai"),
    "anthropic": _Service(
        "Anthropic", ("ANTHROPIC_API_KEY",), "ANTHROPIC_BASE_URL", ANTHROPIC_URL, "anthropic", "anthropic"
    ),
    "google": _Service(
        "Google's Gemini API",
        ("GOOGLE_API_KEY", "GEMINI_API_KEY"),  # the first that is set, as in Google's own client
        "GOOGLE_GEMINI_BASE_URL",
        GOOGLE_URL,
        "google.genai",
        "google",
    ),
}


def find_model(spec: str, runs: Path = Path("runs")) -> LanguageModel:
    """Return the model that ``spec`` names, ready to be asked.

    ``offline``; ``recording:RUN``, where RUN may be the ID of a run in ``runs``; ``openai:NAME``,
    ``anthropic:NAME``, ``google:NAME``; ``ollama:NAME``, the same as ``http://localhost:11434/v1#NAME``; and
    ``http://HOST/v1#NAME`` or ``https://…`` for any server that speaks chat completions.

    Raises
    ------
    ModelError
        if there is no such kind of model, a part of its name is missing or malformed, its key isn't set, or its
        client isn't installed
    """
    check_name(spec)
    kind, _, name = spec.partition(":")
    if kind == "offline":
        from selftaught.models.offline import OfflineModel

        return OfflineModel()
    if kind == "recording":
        from selftaught.models.recording import find_recording

        recording = find_recording(name, runs)
        return recording.model(recording.names[0])
    if kind in ("http", "https"):
        url, _, model = spec.partition("#")
        return _chat(spec, url, model)
    return _chat(spec, OLLAMA_URL, name) if kind == "ollama" else _hosted(spec, kind, name.strip())


def check_name(spec: str) -> None:
    """Raise :class:`ModelError` where ``spec`` has not the form of any model's name, whatever there is here."""
    kind, colon, name = spec.partition(":")
    if spec == "offline":
        return
    if not colon or kind not in (*_SERVICES, "ollama", "recording", "http", "https"):
        raise ModelError(_unknown(spec))
    if kind in ("http", "https"):
        url, _, model = spec.partition("#")
        _check_address(url, "the address")
        if not model.strip():
            raise ModelError(f"{spec} names a server but no model: add #NAME, as in {url.rstrip('/')}#NAME")
    elif kind == "recording" and not name.strip():
        raise ModelError(f"{spec} names no run: add its ID, its folder or an exported file, recording:RUN")
    elif not name.strip():
        raise ModelError(f"{spec} names no model: add its name, {kind}:NAME")
    elif kind == "google" and (not re.fullmatch(r"[\w-][\w./@-]*", name.strip(), re.ASCII) or ".." in name):
        # it becomes a part of an address
        raise ModelError(f"{spec} names no model: a name has letters, digits and - . _ / only")


def known_models() -> list[ModelKind]:
    """Return every kind of model, whether or not it can be used here."""
    hosted = [
        ModelKind(
            f"{kind}:NAME",
            f"{service.who}, or the server at {service.base_variable}",
            _lacks_client(service) or _lacks_key(service) or "yes",
        )
        for kind, service in _SERVICES.items()
    ]
    return [
        ModelKind(
            "offline",
            "rewrites the program it is shown, knowing nothing of any task; no network, no cost",
            "yes",
        ),
        *hosted,
        ModelKind(
            "http://HOST/v1#NAME",
            "any server that speaks chat completions",
            "if it runs; key: SELFTAUGHT_API_KEY",
        ),
        ModelKind("ollama:NAME", f"a local Ollama, {OLLAMA_URL}#NAME", "if it runs"),
        ModelKind(
            "recording:RUN", "the answers of an earlier run, by its ID, folder or exported file", "yes"
        ),
    ]


def _hosted(spec: str, kind: str, model: str) -> LanguageModel:
    service = _SERVICES[kind]
    url = os.environ.get(service.base_variable, "").strip() or service.url
    _check_address(url, f"{spec}: {service.base_variable}")
    if lack := _lacks_client(service):
        raise ModelError(f"{spec} needs a client that is not installed: {lack}")
    if lack := _lacks_key(service):
        raise ModelError(f"{spec} needs a key: {lack} (or use --model offline)")
    key_variable, key = next((name, key) for name in service.keys if (key := _key(name)))
    if kind == "openai":
        from selftaught.models.chat import ChatModel

        return ChatModel(spec, url=url, model=model, key=key, dialect="openai")
    if kind == "anthropic":
        from selftaught.models.anthropic import AnthropicModel

        return AnthropicModel(spec, url=url, model=model, key=key, key_variable=key_variable)
    from selftaught.models.google import GoogleModel

    return GoogleModel(spec, url=url, model=model, key=key, key_variable=key_variable)


def _key(variable: str) -> str:
    return os.environ.get(variable, "").strip()


def _lacks_key(service: _Service) -> str:
    return "" if any(map(_key, service.keys)) else f"set {' or '.join(service.keys)}"


def _lacks_client(service: _Service) -> str:
    """Say how to install a client that is missing; "" if it is there. Nothing is imported."""
    from importlib.util import find_spec

    try:
        found = find_spec(service.package) is not None
    except ModuleNotFoundError:  # not even the package that it lies in
        found = False
    return "" if found else f'pip install "selftaught[{service.extra or service.package}]"'


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
    kinds = ["offline", *_SERVICES, "ollama", "recording"]
    if kind in kinds:
        near = [f"{kind}:NAME" if kind != "offline" else kind]
    elif not colon and kind.startswith(("gpt-", "o1", "o3", "o4", "chatgpt-")):
        near = [f"openai:{spec}"]
    elif not colon and kind.startswith(("claude", "gemini")):
        near = [f"{'anthropic' if kind.startswith('claude') else 'google'}:{spec}"]
    else:
        near = [near + colon + name for near in get_close_matches(kind.lower(), kinds, n=2)]
    mend = " or ".join(near) if near else "one of " + ", ".join(known.spec for known in known_models())
    return f"there is no model {spec!r}: did you mean {mend}?"
