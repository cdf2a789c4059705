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
from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Fate:
    """What happens to one request, as the seed says: ``kind`` is "" for a whole answer, else one of ``KINDS``."""

    kind: str
    delay_s: float
    text: str
    tokens_in: int
    tokens_out: int
    choices: int  # that a chat completion holds
    content_type: str


def fate(
    seed: int, query: str, nth: int, share: float, latency_s: float, kinds: Sequence[str] = tuple(KINDS)
) -> Fate:
    """Say what happens to a query when it is asked for the ``nth`` time, from 1."""
    chance = random.Random(f"{seed}/{query}/{nth}")
    text = f"the answer to {query}, asked {nth} times, {chance.random()}"
    tokens = chance.randrange(1, 500), chance.randrange(1, 500)
    choices = 3 if chance.random() < 0.2 else 1
    content_type = "text/plain" if chance.random() < 0.1 else "application/json"
    delay_s = chance.uniform(0.0, latency_s)
    kind = chance.choice(kinds) if chance.random() < share else ""
    return Fate(kind, delay_s, text, *tokens, choices, content_type)


class Allowance:
    """How many requests a second are taken, ``per_s`` on average and as many at once after a second of none."""

    def __init__(self, per_s: float) -> None:
        self.per_s = self.left = per_s
        self.at = 0.0

    def missing_s(self, now: float) -> float:
        """Return how many seconds it takes until one more is taken."""
        self.left = min(self.per_s, self.left + (now - self.at) * self.per_s)
        self.at = now
        return 0.0 if self.left > 1.0 - 1e-9 else (1.0 - self.left) / self.per_s

    def take(self) -> None:
        self.left -= 1.0


class FaultServer(ChatServer):
    """Fails a ``share`` of all requests, each of ``kinds`` as often; answers take up to ``latency_s``.

    Of more than ``per_s`` a second the rest is turned down, with 429 and Retry-After; such a request is none of
    those that the seed has something to say of.
    """

    def __init__(
        self,
        seed: int,
        share: float,
        latency_s: float,
        kinds: Sequence[str] = tuple(KINDS),
        port: int = 0,
        per_s: float = math.inf,
    ) -> None:
        super().__init__(port=port, keep=False)
        self.allowance = Allowance(per_s) if per_s < math.inf else None
        self.turned_down: Counter[str] = Counter()
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
        self.stalled_s = 0.0  # the longest that this process was kept from its work
        self._loop.call_soon(self._watch, math.inf)

    def _watch(self, due: float) -> None:
        now = time.monotonic()
        self.stalled_s = max(self.stalled_s, now - due)
        self._loop.call_later(0.1, self._watch, now + 0.1)

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
        if self.allowance is not None:
            if missing_s := self.allowance.missing_s(time.monotonic()):
                self.turned_down[query] += 1
                wait_s = math.ceil(missing_s)
                self.not_before[query] = time.monotonic() + wait_s
                return error(429, "too many requests", retry_after=str(wait_s))
            self.allowance.take()
        nth = self.asked[query] - self.turned_down[query]
        told = fate(self.seed, query, nth, self.share, self.most_latency_s, self.kinds)
        whole = answer_in(dialect, told.text, told.tokens_in, told.tokens_out)
        if told.choices > 1 and dialect == "chat":  # nobody asked for more than one
            body = json.loads(whole.body)
            body["choices"] *= told.choices
            whole = replace(whole, body=json.dumps(body).encode())
        whole = replace(whole, content_type=told.content_type, delay_s=told.delay_s)
        if not told.kind:
            return replace(whole, query=query)
        self.faults[told.kind] += 1
        self.possibly_billed[query] += KINDS[told.kind]
        return replace(self._fault(told, dialect, query, whole), delay_s=told.delay_s)

    def _fault(self, told: Fate, dialect: str, query: str, whole: Fault) -> Fault:
        half = whole.body[: len(whole.body) // 2]
        match told.kind:
            case "429 seconds":
                self.not_before[query] = time.monotonic() + told.delay_s + 1
                return error(429, "too many requests", retry_after="1")
            case "429 date":
                now = time.time() + told.delay_s  # when it is sent
                until = math.ceil(now + 1)
                self.not_before[query] = time.monotonic() + until - time.time()
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
            "faults", "turned_down", "max_in_flight", "stalled_s",
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
    parser.add_argument("--per-s", type=float, default=math.inf, help="requests a second that are taken")
    told = parser.parse_args()
    server = FaultServer(told.seed, told.share, told.latency_s, told.kinds, told.port, told.per_s)
    print(server.root, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
