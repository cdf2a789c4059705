"""A real HTTP server for tests and benchmarks that answers or fails as told.

It speaks chat completions, Anthropic's ``/v1/messages`` and Gemini's ``generateContent``.

In a test::

    with ChatServer(reply=lambda request, n: f"answer {n}") as server:
        model = find_model(f"{server.url}#stub")

For a benchmark, in a process of its own, so that its CPU doesn't count::

    python tests/servers.py --port 8123 --latency-s 0.2 --reply answer.md
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self


@dataclass(frozen=True)
class Fault:
    """Anything but an ordinary answer: a status, headers, a body, or a connection that is cut.

    ``cut`` is "before" (reset, not a byte sent), "within" (reset after half of the body), "never" (after the
    body, blanks without end, as some servers send while they are busy), or "silent" (nothing, without end).
    ``delay_s`` is added to the server's latency. ``query`` names the query that a server's books put it down to.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: Literal["", "before", "within", "never", "silent"] = ""
    delay_s: float = 0.0
    query: str = ""


def error(
    status: int, message: str = "", *, code: str | None = None, param: str | None = None, **headers: str
) -> Fault:
    """OpenAI's form of an error; ``retry_after="7"`` gives a header Retry-After."""
    body = {"error": {"message": message, "type": code, "code": code, "param": param}}
    return Fault(
        status, json.dumps(body).encode(), headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def completion(
    *contents: object, finish_reason: str = "stop", refusal: str | None = None, usage: object = None
) -> Fault:
    """Return a completion with as many choices as ``contents``, whatever n was; usage only if given."""
    choices = [
        {
            "index": i,
            "message": {"role": "assistant", "content": content, "refusal": refusal},
            "finish_reason": finish_reason,
        }
        for i, content in enumerate(contents)
    ]
    return document(
        {"object": "chat.completion", "choices": choices} | ({} if usage is None else {"usage": usage})
    )


def document(value: object) -> Fault:
    """Any JSON with status 200."""
    return Fault(body=json.dumps(value).encode())


# What each interface calls things


def dialect_of(path: str) -> str:
    """Return which interface a path belongs to, "" if none."""
    if path == "/v1/chat/completions":
        return "chat"
    if path == "/v1/messages":
        return "anthropic"
    return "google" if re.fullmatch(r"/v1\w*/models/[^/:]+:generateContent", path) else ""


def words_of(dialect: str, body: dict[str, Any]) -> list[str]:
    """Return the words of all messages."""
    if dialect == "google":
        contents = [body.get("systemInstruction", {}), *body.get("contents", ())]
        texts = [part.get("text") for content in contents for part in content.get("parts", ())]
    else:
        texts = [body.get("system", ""), *(message.get("content") for message in body.get("messages", ()))]
    return [word for text in texts for word in str(text).split()]


def answer_in(dialect: str, text: str | None, tokens_in: int, tokens_out: int) -> Fault:
    """Return an answer with usage; None for one without any choice, candidate or content."""
    if dialect == "chat":
        usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out}
        return completion(*([] if text is None else [text]), usage=usage)
    if dialect == "anthropic":
        usage = {"input_tokens": tokens_in, "output_tokens": tokens_out}
        content = None if text is None else [{"type": "text", "text": text}]
        return document(
            {
                "type": "message",
                "role": "assistant",
                "content": content,
                "stop_reason": "end_turn",
                "usage": usage,
            }
        )
    parts = {"role": "model", "parts": [{"text": text}]}
    candidates = [] if text is None else [{"content": parts, "finishReason": "STOP"}]
    usage = {"promptTokenCount": tokens_in, "candidatesTokenCount": tokens_out}
    return document({"candidates": candidates, "usageMetadata": usage})


RESET = Fault(cut="before")
BUSY = Fault(cut="never")
RESET_WITHIN = Fault(body=b'{"choices": [{"message": {"content": "half of it', cut="within")
TRUNCATED_JSON = Fault(body=b'{"choices": [{"message": {"content": "half of it')
HTML = Fault(body=b"<!DOCTYPE html><title>Sign in</title>", content_type="text/html; charset=utf-8")
BAD_GATEWAY = Fault(502, b"<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")

Reply = Callable[[dict[str, Any], int], "str | Fault"]


@dataclass(frozen=True)
class Received:
    """One request as it came; names of headers are in lower case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class ChatServer:
    """Answers at ``url`` (Anthropic's and Google's paths: at ``root``) in a thread, as long as a ``with`` lasts.

    ``reply(request, n)`` is called in that thread with the n-th request's JSON, n from 0; text that it
    returns becomes a completion with usage, counted in words. ``requests`` and ``max_in_flight`` say what was
    seen; a request is in flight from its last byte until its answer is written, ``latency_s`` later, but not
    before ``together`` requests have been in flight at once.
    """

    def __init__(
        self,
        reply: Reply | str | Fault = "ok",
        latency_s: float = 0.0,
        *,
        port: int = 0,
        together: int = 0,
        keep: bool = True,
    ) -> None:
        self.reply: Reply = reply if callable(reply) else lambda _request, _n: reply
        self.latency_s = latency_s
        self.together = together
        self.keep = keep  # remember each request; a benchmark of many long ones need not
        self.requests: list[Received] = []
        self.count = 0
        self.connections = 0
        self.in_flight = 0
        self.max_in_flight = 0
        self._open: set[asyncio.Transport] = set()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._gathered = asyncio.Event()
        self._socket = socket.create_server(("127.0.0.1", port), backlog=1024)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        self.root = self.url.removesuffix("/v1")
        self._thread = threading.Thread(target=self._run, name="chat-server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Cut every connection and refuse new ones."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def respond(self, request: Received, n: int) -> Fault:
        """Return what the n-th request is answered with."""
        dialect = dialect_of(request.path)
        if not dialect:
            return error(404, f"nothing is served at {request.path}")
        answer = self.reply(request.body, n)
        if isinstance(answer, str):
            return answer_in(dialect, answer, len(words_of(dialect, request.body)), len(answer.split()))
        return answer

    def sent(self, answer: Fault) -> None:
        """Note that an answer was written to its last byte, to a connection that was open."""

    def serve_forever(self) -> None:
        """Serve in this thread until interrupted or told to end."""
        for ending in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(ending, self._stop.set)
        self._run()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        server = await self._loop.create_server(lambda: _Connection(self), sock=self._socket)
        try:
            await self._stop.wait()
        finally:
            server.close()
            for transport in list(self._open):
                transport.abort()
            await asyncio.sleep(0)  # let the transports close their sockets


class _Connection(asyncio.Protocol):
    """One keep-alive connection: reads requests, answers each in its turn."""

    def __init__(self, server: ChatServer) -> None:
        self.server = server
        self.received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.connections += 1
        self.server._open.add(transport)

    def connection_lost(self, _error: Exception | None) -> None:
        self.server._open.discard(self.transport)

    def data_received(self, data: bytes) -> None:
        self.received += data
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return
        first, *lines = self.received[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        until = end + 4 + int(headers.get("content-length", "0"))
        if len(self.received) < until:
            return
        body = json.loads(self.received[end + 4 : until] or b"{}")
        del self.received[:until]
        self._take(Received(first.split(" ")[1], headers, body))

    def _take(self, request: Received) -> None:
        server = self.server
        n = server.count
        server.count += 1
        if server.keep:
            server.requests.append(request)
        server.in_flight += 1
        if server.in_flight > server.max_in_flight:
            server.max_in_flight = server.in_flight
            if server.max_in_flight == server.together:
                server._gathered.set()
        answer = server.respond(request, n)
        if server.max_in_flight < server.together:
            waiting = server._loop.create_task(server._gathered.wait())
            waiting.add_done_callback(lambda _: self._send(answer))
        elif latency_s := server.latency_s + answer.delay_s:
            server._loop.call_later(latency_s, self._send, answer)
        else:
            server._loop.call_soon(self._send, answer)  # after whatever else has arrived was counted

    def _send(self, answer: Fault) -> None:
        self.server.in_flight -= 1
        if self.transport.is_closing():
            return
        if answer.cut == "silent":
            return
        if answer.cut != "before":
            head = [
                f"HTTP/1.1 {answer.status} Told",
                f"Content-Type: {answer.content_type}",
                f"Content-Length: {len(answer.body) + (1_000_000 if answer.cut else 0)}",
                *(f"{name}: {value}" for name, value in answer.headers.items()),
            ]
            self.transport.write("\r\n".join([*head, "", ""]).encode("latin-1") + answer.body)
        if not answer.cut:
            self.server.sent(answer)
        if answer.cut == "never":
            self._drip()
        elif answer.cut:
            sock = self.transport.get_extra_info("socket")
            sock.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )  # a reset, not an end
            self.transport.abort()

    def _drip(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(b" ")
            self.server._loop.call_later(0.01, self._drip)


def main() -> None:
    """Serve one text, or what ``reply(request, n)`` of a Python file returns, until interrupted."""
    parser = argparse.ArgumentParser(description="A chat-completions server for benchmarks.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one; the address is printed")
    parser.add_argument("--latency-s", type=float, default=0.0, help="seconds until an answer")
    parser.add_argument(
        "--reply", type=Path, help="a text that answers everything, or a .py with reply(request, n)"
    )
    arguments = parser.parse_args()
    reply: Reply | str = "ok"
    if arguments.reply is not None:
        reply = arguments.reply.read_text()
        if arguments.reply.suffix == ".py":
            names: dict[str, Any] = {"__name__": "reply", "__file__": str(arguments.reply)}
            exec(compile(str(reply), arguments.reply, "exec"), names)
            reply = names["reply"]
    server = ChatServer(reply, arguments.latency_s, port=arguments.port, keep=False)
    print(server.url, flush=True)
    server.serve_forever()
    print(f"{server.count} requests, at most {server.max_in_flight} in flight", flush=True)


if __name__ == "__main__":
    main()
