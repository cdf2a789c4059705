"""HTTP to nobody. What is asked for is told; then it fails, or on one decoy a server of models seems to answer."""

from __future__ import annotations

import http.client
import io
import json
import urllib.request
from collections.abc import Callable
from typing import Any, ClassVar

from selftaught.safety.stage.telling import say, short, words


class _Reply(io.BytesIO):
    status = code = 200
    headers: ClassVar[dict[str, str]] = {}


def _urlopen(reply: str | None) -> Callable[..., Any]:
    def urlopen(url: Any, data: Any = None, *args: Any, **kwargs: Any) -> Any:
        body = getattr(url, "data", None) or data
        say("network", f"{short(getattr(url, 'full_url', url))} {words(body)}")
        if reply is None:
            raise urllib.error.URLError("[Errno 111] Connection refused")
        shapes = {  # of the interfaces that improvers know
            "response": reply,
            "choices": [{"message": {"content": reply}}],
            "content": [{"text": reply}],
        }
        return _Reply(json.dumps(shapes).encode())

    return urlopen


class _Connection:
    """``http.client.HTTPConnection``."""

    def __init__(self, host: Any = "", *args: Any, **kwargs: Any) -> None:
        self._host = short(host)

    def request(self, *args: Any, **kwargs: Any) -> None:
        asked = " ".join(words(one) for one in (*args, *kwargs.values()))
        say("network", f"{self._host} {asked}")
        raise ConnectionRefusedError(111, "Connection refused")

    connect = putrequest = request

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


def set_once() -> None:
    """In the warm process: connections."""
    http.client.HTTPConnection = http.client.HTTPSConnection = _Connection  # type: ignore[assignment,misc]


def set_in_jail(reply: str | None) -> None:
    """Requests; ``reply`` is what a model answers there, None where nobody does."""
    urllib.request.urlopen = _urlopen(reply)
