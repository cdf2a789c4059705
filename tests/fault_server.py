"""A server that fails in every way that servers do, as a seed says, and keeps books of what it answered whole.

In a process of its own::

    python tests/fault_server.py --seed 7 --share 0.3

It prints its address, and speaks chat completions, Anthropic's ``/v1/messages`` and Gemini's ``generateContent``.
A query holds one word ``query-…`` that names it. What happens to it depends on the seed, on its name and on how
often it was asked, and on nothing else: not on the order in which queries come. ``GET /report`` returns the books.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from email.utils import formatdate

from servers import (
    BAD_GATEWAY,
    HTML,
    RESET,
    ChatServer,
    Fault,
    Received,
    answer_in,
    dialect_of,
    document,
    error,
    words_of,
)

# Each kind of fault, with whether a server that shows it may have worked, and may send a bill.
KINDS = {
    "429": False,
    "429 seconds": False,
    "429 date": False,
    "503": False,
    "529": False,
    "500": True,
    "502": True,
    "reset": True,
    "reset within": True,
    "half": True,
    "page": True,
    "empty": False,  # it tells its tokens
    "empty, untold": True,
    "silence": True,
}


class FaultServer(ChatServer):
    """Fails a ``share`` of all requests, each of ``kinds`` as often; answers take up to ``latency_s``."""

    def __init__(
        self, seed: int, share: float, latency_s: float, kinds: Sequence[str] = tuple(KINDS), port: int = 0
    ) -> None:
        super().__init__(port=port, keep=False)
        self.seed, self.share, self.most_latency_s, self.kinds = seed, share, latency_s, kinds
        self.asked: Counter[str] = Counter()
        self.whole: dict[str, list[str]] = {}
        self.order: list[str] = []  # of whole answers
        self.again: list[str] = []  # asked though answered whole
        self.early: list[str] = []  # asked before the time that a Retry-After gave
        self.not_before: dict[str, float] = {}
        self.possibly_billed: Counter[str] = Counter()
        self.tokens_in: Counter[str] = Counter()
        self.tokens_out: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()

    def respond(self, request: Received, n: int) -> Fault:
        if request.path == "/report":
            return document(self.report())
        dialect = dialect_of(request.path)
        query = next(word for word in words_of(dialect, request.body) if word.startswith("query-"))
        if query in self.whole:
            self.again.append(query)
        if time.monotonic() < self.not_before.get(query, 0.0):
            self.early.append(query)
        self.asked[query] += 1
        chance = random.Random(f"{self.seed}/{query}/{self.asked[query]}")
        text = f"the answer to {query}, asked {self.asked[query]} times, {chance.random()}"
        whole = answer_in(dialect, text, chance.randrange(1, 500), chance.randrange(1, 500))
        if chance.random() < 0.2 and dialect == "chat":  # choices that nobody asked for
            body = json.loads(whole.body)
            body["choices"] *= 3
            whole = replace(whole, body=json.dumps(body).encode())
        if chance.random() < 0.1:
            whole = replace(whole, content_type="text/plain")
        delay_s = chance.uniform(0.0, self.most_latency_s)
        if chance.random() >= self.share:
            return replace(whole, delay_s=delay_s, query=query)
        kind = chance.choice(self.kinds)
        self.faults[kind] += 1
        self.possibly_billed[query] += KINDS[kind]
        return replace(self._fault(kind, dialect, query, whole), delay_s=delay_s)

    def _fault(self, kind: str, dialect: str, query: str, whole: Fault) -> Fault:
        half = whole.body[: len(whole.body) // 2]
        match kind:
            case "429 seconds":
                self.not_before[query] = time.monotonic() + 1
                return error(429, "too many requests", retry_after="1")
            case "429 date":
                now = time.time()
                until = math.ceil(now + 1)
                self.not_before[query] = time.monotonic() + until - now
                dates = {"retry_after": formatdate(until, usegmt=True), "date": formatdate(now, usegmt=True)}
                return error(429, "too many requests", **dates)
            case "502":
                return BAD_GATEWAY
            case "reset":
                return RESET
            case "reset within":
                return Fault(body=half, cut="within")
            case "half":
                return Fault(body=half)
            case "page":
                return HTML
            case "empty":
                told = {"in": 11, "out": 3}
                self.tokens_in[query] += told["in"]
                self.tokens_out[query] += told["out"]
                return answer_in(dialect, None, told["in"], told["out"])
            case "empty, untold":
                return document({"choices": [], "content": None, "candidates": []})
            case "silence":
                return Fault(cut="silent")
            case status:
                return error(int(status), "not now")

    def sent(self, answer: Fault) -> None:
        if not answer.query:
            return
        body = json.loads(answer.body)
        usage = next(filter(None, (body.get("usage"), body.get("usageMetadata"))))
        self.whole.setdefault(answer.query, []).append(_text_in(body))
        self.order.append(answer.query)
        asked, given = usage.values()
        self.tokens_in[answer.query] += asked
        self.tokens_out[answer.query] += given

    def report(self) -> dict[str, object]:
        """Return the books so far."""
        names = (
            "asked", "whole", "order", "again", "early", "possibly_billed", "tokens_in", "tokens_out",
            "faults", "max_in_flight",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}


def _text_in(body: dict) -> str:
    if "choices" in body:
        return body["choices"][0]["message"]["content"]
    if "content" in body:
        return body["content"][0]["text"]
    return body["candidates"][0]["content"]["parts"][0]["text"]


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A server that fails as a seed says.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one; the address is printed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=0.3, help="of requests that fail")
    parser.add_argument("--latency-s", type=float, default=0.03, help="the most that an answer takes")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=tuple(KINDS), help="of faults")
    told = parser.parse_args()
    server = FaultServer(told.seed, told.share, told.latency_s, told.kinds, told.port)
    print(server.root, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
