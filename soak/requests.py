"""Ten thousand requests to a server of which 30% fail in every way: is anything lost, and how much time?

    python -m soak.requests --kind chat --seed 1
    python -m soak.requests --kind google --requests 500

The server is the tests' ``fault_server.py``, in a process of its own. Every 14th fault is a silence, every 14th a
429 that says for how many seconds, and so on; what happens to a query when it is asked for the k-th time depends on
the seed, the query and k alone. That is the *trace*. Queries are asked all at once, as many as the trace needs to
come to so many requests.

The scale is 1:5. Answers and faults take up to 0.8 s for 4 s, a silence is cut off after 12 s for 60 s, the first
back-off lasts up to 0.4 s for 2 s, the longest up to 12 s for 60 s. Retry-After has no fractions, so it is 1 s, as a
date 1 to 2 s, for 5 and 10.

**The ideal client** has the same trace, the same places (requests in flight at once, 32), the same number of tries
for a query, and the same time-out. It is simulated, and needs no time of its own.

- It knows the whole trace beforehand. So it starts with the queries that will take longest, and it knows that every
  fault will have passed when it asks again: where the server names no time it does not back off at all. It need not
  ask less because of a 429 either, since this trace's 429 do not come of asking too much.
- What it must wait for: each fault takes as long as the trace says before the next request for that query, a silence
  as long as the time-out, in a place that nothing else can use. Where there is a Retry-After, the query waits exactly
  as long, outside a place.

No real client can know that. Ours is held to 0.8 of its answers a second, twice: as measured, where the machine's
other work counts against ours, and *in virtual time*, where our loop, back-off and pace meet the same trace on a
clock that stands still while anything is done. The latter is the same whenever and wherever it is made.

With ``--per-s`` the server takes no more requests a second than that, and turns down the rest. The ideal client keeps
to it and is never turned down.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import heapq
import itertools
import json
import math
import os
import random
import selectors
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

import httpx2
from fault_server import KINDS as FAULTS
from fault_server import Allowance, Fate, fate
from models.asking import KINDS, model_of
from servers import answer_in

from selftaught.models import Answer, Message, Query, retrying
from selftaught.models.chat import ChatModel
from selftaught.models.retrying import Passing
from soak import ROOT, say

LEAST = 0.8
"""Of the ideal client's answers a second."""
ENOUGH = 5_000
"""Requests from which on that holds: of fewer, most is the end, where some silence is waited for and nothing else."""
SCALE = 0.2
SHARE = 0.3  # of requests that fail
LATENCY_S = 4.0 * SCALE  # the most that an answer takes
SILENCE_S = 60.0 * SCALE
PATIENCE_S = 300.0 * SCALE
PLACES = 32
TRIES = 6


# --- the trace, and the ideal client -------------------------------------------------------------------------------


def queries(seed: int, requests: int) -> dict[str, list[Fate]]:
    """As many queries as it takes to come to so many requests, and what happens to each in turn."""
    trace: dict[str, list[Fate]] = {}
    while sum(map(len, trace.values())) < requests:
        name = f"query-{len(trace)}"
        trace[name] = _fates(seed, name)
    return trace


def _fates(seed: int, name: str) -> list[Fate]:
    """What happens to one query until it is answered or has had its tries; throttled ones are none."""
    fates, left = [], TRIES
    for nth in itertools.count(1):
        fates.append(fate(seed, name, nth, SHARE, LATENCY_S))
        left -= not fates[-1].kind.startswith(("429", "529"))
        if not fates[-1].kind or not left:
            break
    return fates


@dataclass(order=True)
class _Asking:
    """A query that the ideal client asks: the one that will take longest comes first."""

    first: float
    number: int
    steps: list[tuple[float, str]]  # how long each request holds a place, and how it ends
    next: int = 0


def ideal_s(trace: Mapping[str, list[Fate]], per_s: float = math.inf) -> float:
    """How many seconds the ideal client needs for all queries of a trace: the module says what it knows."""
    waits = {"429 seconds": 1.0, "429 date": 1.5}  # the mean; which it is depends on the moment
    ready: list[_Asking] = []
    for number, fates in enumerate(trace.values()):
        steps = [(SILENCE_S if told.kind == "silence" else told.delay_s, told.kind) for told in fates]
        whole = sum(held_s + waits.get(kind, 0.0) for held_s, kind in steps)
        ready.append(_Asking(-whole, number, steps))
    heapq.heapify(ready)
    allowance = Allowance(per_s) if per_s < math.inf else None
    clock, free = 0.0, PLACES
    events: list[tuple[float, int, str, _Asking | None]] = []  # when, the order of those at once, and what
    order = itertools.count()
    while ready or events:
        while ready and free:
            if allowance is not None:
                if missing_s := allowance.missing_s(clock):
                    heapq.heappush(events, (clock + missing_s, next(order), "allowed", None))
                    break
                allowance.take()
            asking = heapq.heappop(ready)
            free -= 1
            heapq.heappush(events, (clock + asking.steps[asking.next][0], next(order), "ended", asking))
        clock, _, what, asked = heapq.heappop(events)
        if asked is None:
            continue
        if what == "waited":
            heapq.heappush(ready, asked)
            continue
        free += 1
        held_s, kind = asked.steps[asked.next]
        asked.next += 1
        asked.first += held_s + waits.get(kind, 0.0)
        if asked.next < len(asked.steps):
            until = clock + 1.0 if kind == "429 seconds" else clock
            until = float(math.ceil(clock + 1.0)) if kind == "429 date" else until
            heapq.heappush(events, (until, next(order), "waited", asked))
    return clock


# --- ours ----------------------------------------------------------------------------------------------------------


def ask(
    kind: str, root: str, names: list[str], told: Callable[[int], None] = lambda done: None
) -> tuple[dict[str, Answer], dict[str, float]]:
    """Ask one kind of client for all of them at once: the answers, and how many seconds of what it took."""
    came: dict[str, Answer] = {}
    took = {"stalled": 0.0}

    async def watch() -> None:
        while True:
            due = time.monotonic() + 0.1
            await asyncio.sleep(0.1)
            took["stalled"] = max(took["stalled"], time.monotonic() - due)

    async def one(model: Any, name: str) -> None:
        came[name] = await model.answer(Query((Message("user", f"Please answer {name} now."),), 0.7, 100, 1))
        told(len(came))

    async def everything() -> None:
        model = model_of(
            kind, root, concurrency=PLACES, tries=TRIES, patience_s=PATIENCE_S, request_s=SILENCE_S,
            sleep=asyncio.sleep,
        )  # fmt: skip
        model._open = model._start()  # what is imported only now is no part of the time
        watching = asyncio.create_task(watch())
        began, cpu = time.monotonic(), time.process_time()
        try:
            await asyncio.gather(*(one(model, name) for name in names))
            took["wall"], took["cpu"] = time.monotonic() - began, time.process_time() - cpu
        finally:
            watching.cancel()
            await model.close()

    with _scaled():
        asyncio.run(everything())
    return came, took


class _Virtual(asyncio.SelectorEventLoop):
    """A loop whose clock stands still while anything is done, and jumps where it would wait."""

    def __init__(self) -> None:
        self.now = 0.0

        class Jumping(selectors.DefaultSelector):
            def select(selector, timeout: float | None = None) -> Any:
                assert timeout is not None, "nothing will ever happen"
                self.now += max(0.0, timeout)
                return super().select(0.0)

        super().__init__(Jumping())

    def time(self) -> float:
        return self.now


class _Traced(ChatModel):
    """The client, but for its connections: what would come over them comes from the trace, on the loop's clock."""

    seed, asked = 0, Counter[str]()

    async def _send(self, client: Any, document: dict[str, Any], content: bytes) -> Any:
        name = document["messages"][0]["content"]
        self.asked[name] += 1
        told = fate(self.seed, name, self.asked[name], SHARE, LATENCY_S)
        if told.kind == "silence":
            await asyncio.sleep(SILENCE_S)
            return Passing("silence", lost_s=SILENCE_S)
        await asyncio.sleep(told.delay_s)
        if told.kind.startswith("reset"):
            return Passing(told.kind)
        now, headers = asyncio.get_running_loop().time(), {}
        if told.kind == "429 seconds":
            headers = {"retry-after": "1"}
        elif told.kind == "429 date":
            headers = {
                "retry-after": formatdate(math.ceil(now + 1.0), usegmt=True),
                "date": formatdate(now, usegmt=True),
            }
        status = int(told.kind[:3]) if told.kind[:3].isdigit() else 200
        whole = answer_in("chat", "the answer", 1, 1).body
        return httpx2.Response(status, headers=headers, content=b"" if told.kind else whole)


def simulated(seed: int, requests: int) -> float:
    """The share of the ideal client's throughput that ours has in virtual time."""
    trace = queries(seed, requests)
    model = _Traced(
        "traced", url="http://localhost", model="m", key="", concurrency=PLACES, tries=TRIES,
        patience_s=PATIENCE_S, request_s=SILENCE_S,
    )  # fmt: skip
    model.seed, model.asked = seed, Counter()

    async def everything() -> tuple[int, float]:
        answers = await asyncio.gather(
            *(model.answer(Query((Message("user", name),), 0.7, 100, 1)) for name in trace)
        )
        seconds = asyncio.get_running_loop().time()
        await model.close()
        return sum(answer.outcome == "ok" for answer in answers), seconds

    random.seed(seed)  # of the back-off
    with _scaled(), asyncio.Runner(loop_factory=_Virtual) as runner:
        whole, seconds = runner.run(everything())
    return whole / seconds / (_whole(trace) / ideal_s(trace))


def _whole(trace: Mapping[str, list[Fate]]) -> int:
    return sum(not fates[-1].kind for fates in trace.values())


@contextlib.contextmanager
def _scaled() -> Iterator[None]:
    base, cap = retrying.BASE_S, retrying.CAP_S
    retrying.BASE_S, retrying.CAP_S = base * SCALE, cap * SCALE
    try:
        yield
    finally:
        retrying.BASE_S, retrying.CAP_S = base, cap


def wrong(answers: Mapping[str, Answer], books: Mapping[str, Any]) -> list[str]:
    """Say what of the answers is not what the server's books say."""
    pairs = {
        "an answer that came whole is lost, or is not what came": (
            {name: [answer.text] for name, answer in answers.items() if answer.outcome == "ok"},
            books["whole"],
        ),
        "requests": ({name: answer.requests for name, answer in answers.items()}, books["asked"]),
        "possibly billed": (
            _counted({name: answer.possibly_billed for name, answer in answers.items()}),
            _counted(books["possibly_billed"]),
        ),
        "tokens in": (
            _counted({name: answer.tokens_in for name, answer in answers.items()}),
            books["tokens_in"],
        ),
        "tokens out": (
            _counted({name: answer.tokens_out for name, answer in answers.items()}),
            books["tokens_out"],
        ),
    }
    found = []
    for what, (ours, theirs) in pairs.items():
        names = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
        found += [f"{what}: {name}: {ours.get(name)!r}, not {theirs.get(name)!r}" for name in names]
    found += [f"asked for again, though answered whole: {name}" for name in books["again"]]
    found += [f"asked for before the time that was named: {name}" for name in books["early"]]
    if books["max_in_flight"] > PLACES:
        found.append(f"{books['max_in_flight']} requests in flight, not {PLACES}")
    for name, answer in answers.items():
        if answer.outcome != "ok" and (answer.outcome != "failed" or "given up after" not in answer.cause):
            found.append(f"{name}: {answer.outcome}: {answer.cause}")
    return found


def _counted(numbers: Mapping[str, int | None]) -> dict[str, int | None]:
    return {name: number for name, number in numbers.items() if number != 0}


def run(
    kind: str,
    seed: int,
    requests: int,
    per_s: float = math.inf,
    told: Callable[[int], None] = lambda done: None,
) -> dict[str, Any]:
    """Everything, and what it came to."""
    trace = queries(seed, requests)
    argv = [
        sys.executable, str(ROOT / "tests" / "fault_server.py"),
        "--seed", str(seed), "--share", str(SHARE), "--latency-s", str(LATENCY_S), "--per-s", str(per_s),
    ]  # fmt: skip
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            root = server.stdout.readline().strip()
            answers, took = ask(kind, root, list(trace), told)
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"{root}/report") as response:
                books = json.load(response)
        finally:
            server.terminate()
    found = wrong(answers, books)
    stalled_s = max(took["stalled"], books["stalled_s"])
    if stalled_s > SILENCE_S / 6:
        found.append(f"no measurement: this machine stood still for {stalled_s:.1f} s")
    whole = sum(answer.outcome == "ok" for answer in answers.values())
    of_ideal = _whole(trace)
    best_s = ideal_s(trace, per_s)
    asked = sum(books["asked"].values())
    return {
        "kind": kind,
        "seed": seed,
        "told": requests,
        "per s": per_s if per_s < math.inf else None,
        "queries": len(trace),
        "requests": asked,
        "faults": {name: books["faults"].get(name, 0) for name in FAULTS},
        "turned down": sum(books["turned_down"].values()),
        "answers": whole,
        "given up": len(trace) - whole,
        "given up by the ideal": len(trace) - of_ideal,
        "possibly billed": sum(books["possibly_billed"].values()),
        "asked again": len(books["again"]),
        "seconds": round(took["wall"], 2),
        "ideal seconds": round(best_s, 2),
        "throughput": round(whole / took["wall"] / (of_ideal / best_s), 3),
        "in virtual time": None if per_s < math.inf else round(simulated(seed, requests), 3),
        "stalled seconds": round(stalled_s, 2),
        "cpu ms a request": round(1000 * took["cpu"] / asked, 2),
        "wrong": found,
    }


def main() -> None:
    """Run as a process of its own."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        os.environ.pop(name, None)
        os.environ.pop(name.lower(), None)
    parser = argparse.ArgumentParser(description="Requests to a server that fails.")
    parser.add_argument("--kind", choices=KINDS, default=KINDS[0])
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--per-s", type=float, default=math.inf, help="requests a second that the server takes"
    )
    arguments = parser.parse_args()

    def told(done: int) -> None:
        if done % 100 == 0:
            say({"done": done})

    say({"result": run(arguments.kind, arguments.seed, arguments.requests, arguments.per_s, told)})


if __name__ == "__main__":
    main()
