"""Modules that a jail never has: those that the program has written, and clients of services and models elsewhere.

The clients' names can be imported on one decoy only; what is called of them is told, and everything that they give is
an object of which everything can be asked.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Iterator
from typing import Any

from selftaught.safety.stage.files import files
from selftaught.safety.stage.telling import say, short

CLIENTS = frozenset((
    "requests", "httpx", "aiohttp", "urllib3", "websockets", "paramiko", "grpc", "zmq", "openai", "anthropic",
    "ollama", "litellm", "cohere", "mistralai", "groq", "together", "replicate", "huggingface_hub", "transformers",
    "vllm", "llama_cpp", "langchain", "langchain_openai", "llama_index", "dspy", "genai", "gpt4all",
))  # fmt: skip


class _Finder:
    """The last of ``sys.meta_path``."""

    elsewhere = True

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> Any:
        last = name.rpartition(".")[2]
        for folder in [*(path or sys.path), "/"]:
            for at in (f"{folder}/{last}.py", f"{folder}/{last}/__init__.py"):
                if files.has(at):
                    return importlib.util.spec_from_file_location(name, files.path(at))
        if cls.elsewhere and name.partition(".")[0] in CLIENTS:
            return importlib.machinery.ModuleSpec(name, cls, is_package=True)  # type: ignore[arg-type]
        return None

    @staticmethod
    def create_module(spec: Any) -> Any:
        return _Client(spec.name)

    @staticmethod
    def exec_module(module: Any) -> None:
        """It has no code."""


class _Client(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        return _part(self.__name__, name)


class _Anything:
    """What a client of something elsewhere gives."""

    def __init__(self, path: str) -> None:
        self.__dict__["_path"] = path

    def __getattr__(self, name: str) -> Any:
        return _part(self._path, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        words = " ".join(short(one) for one in (*args, *kwargs.values()))
        say("elsewhere", f"{self._path} {words}")
        return _Anything(self._path)

    def __iter__(self) -> Iterator[Any]:
        return iter([_Anything(self._path)])

    def __getitem__(self, key: Any) -> Any:
        return _Anything(self._path)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    def __str__(self) -> str:
        return ""


def _part(path: str, name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    if name.endswith(("Error", "Exception", "Timeout")):
        return type(name, (Exception,), {})
    return _Anything(f"{path}.{name}")


def set_in_jail(elsewhere: bool) -> None:
    """What is imported; with clients of services, where ``elsewhere``."""
    _Finder.elsewhere = elsewhere
    sys.meta_path.append(_Finder)
