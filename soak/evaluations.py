"""Evaluations without number, of programs good and bad, and a census now and then of what they have left behind.

    python -m soak.evaluations --isolation strong --evaluations 1000 --seed 1
    python -m soak.evaluations --isolation strong --seed 1 --only 417        # one of them again

What is drawn depends on the seed, the tier and the evaluation's number alone.
"""

import argparse
import asyncio
import ctypes
import gc
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from misbehaving import CASES, LITTLE_TIME, LITTLE_WALL, PLENTY, Case
from processes import children, descriptors, eventually, in_session
from test_misbehaving import assert_as_expected
from test_wire import same

from selftaught.budget import Limits
from selftaught.jail.cell import Cell, Outcome, Slot, Told, Zygote, ZygoteLost
from selftaught.program import Program
from soak import say

CROWD = 8
"""How many jails stand side by side in a crowd."""
TOLERANCE_KIB = {"ours": 96 * 1024, "the zygote's": 1024}
"""How much memory (RssAnon) may have grown between the first census and the last of one zygote. Of ours much: frames
of a million values leave the interpreter's own allocator with holes, until no more come to be. What is in use is
counted in blocks."""
TOLERANCE_BLOCKS = {True: 5000, False: 25_000}
"""How many of the interpreter's blocks more may be in use, alone (of some 300,000) and beside others: caches fill."""
_COSTLY = 0.25  # how often, compared with others, a program is drawn that uses up a limit
# Of all evaluations: a zygote is killed only in the last tenth, so that one zygote serves the rest.
_KILLS_FROM = 0.9
_KILLS = 50  # about so many
_CENSUSES = 20
_SHARED = {tempfile.gettempdir(), "/tmp", "/dev/shm", "/dev/mqueue"}  # folders that anybody may write to
_AIM_S = 0.01  # how long a jail runs before its zygote is killed


# --- good programs -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Good:
    """A program whose ``f(*args)`` gives what ``expected(*args)`` does; ``draw`` makes arguments of many sizes."""

    name: str
    source: str
    draw: Callable[[random.Random], list[Any]]
    expected: Callable[..., Any]


def _size(rng: random.Random, most: int) -> int:
    """A size between 0 and ``most``, small ones as likely as large ones."""
    return int(2 ** rng.uniform(0, most.bit_length())) - 1


def _floats(rng: random.Random, most: int = 2**14) -> list[float]:
    return np.random.default_rng(rng.getrandbits(32)).normal(size=_size(rng, most)).tolist()


def _array(rng: random.Random) -> np.ndarray[Any, Any]:
    most = 2**20 if rng.random() < 0.02 else 2**12
    shape = [_size(rng, most)] if rng.random() < 0.5 else [_size(rng, 32), _size(rng, 32)]
    kind = rng.choice(["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"])
    return np.random.default_rng(rng.getrandbits(32)).integers(0, 2, shape).astype(kind)


def _text(rng: random.Random) -> str:
    return "".join(rng.choices(["a", " ", "\n", "é", "☃", "😀", "\ud800"], k=_size(rng, 2**12)))


def _value(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.randrange(9 if depth < 4 else 6)
    match kind:
        case 0:
            return rng.choice([None, True, False, 0, -1, 2**63 - 1, -(2**63) + 1, 1e-300, "", b"", ()])
        case 1:
            return _floats(rng)
        case 2 | 3:
            return _array(rng)
        case 4:
            return _text(rng)
        case 5:
            return rng.randbytes(_size(rng, 2**16))
    inner = [_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return inner if kind == 6 else tuple(inner) if kind == 7 else {str(i): v for i, v in enumerate(inner)}


def _words(rng: random.Random) -> list[Any]:
    return [" ".join(rng.choices(["improve", "the", "program", "that", "improves"], k=_size(rng, 2000)))]


GOOD = [
    Good("gives back what it was given", "def f(x): return x", lambda rng: [_value(rng)], lambda x: x),
    Good("sorts", "def f(x): return sorted(x)", lambda rng: [_floats(rng)], sorted),
    Good(
        "adds up",
        "import numpy as np\ndef f(x): return int(np.asarray(x).sum())",
        lambda rng: [[rng.randrange(-999, 999) for _ in range(_size(rng, 2**13))]],
        sum,
    ),
    Good(
        "counts words",
        "import collections\ndef f(text): return collections.Counter(text.split())",
        _words,
        lambda text: dict(Counter(text.split())),
    ),
    Good(
        "multiplies matrices",
        "def f(a, b): return a @ b",
        lambda rng: [np.arange(n * n).reshape(n, n) % 7 for n in [_size(rng, 64)] for _ in range(2)],
        lambda a, b: a @ b,
    ),
    Good(
        "builds a table",
        "def f(n): return [{'i': i, 'square': i * i, 'name': str(i)} for i in range(n)]",
        lambda rng: [_size(rng, 2000)],
        lambda n: [{"i": i, "square": i * i, "name": str(i)} for i in range(n)],
    ),
    Good("returns nothing", "def f(): pass", lambda rng: [], lambda: None),
    Good("prints much", "def f(n): print('x' * n)", lambda rng: [_size(rng, 10**6)], lambda n: None),
]
COUNTING = Program("n = 0\ndef f(x):\n    global n\n    n += 1\n    return [n, x]")
CHANCE = Program(
    "import os, random\nimport numpy as np\n"
    "def f(): return [random.random(), np.random.rand(2), np.random.default_rng().random(), os.urandom(4)]"
)
ASKING = Program(
    "from selftaught.jail.inside import BudgetExhausted\n"
    "def f(double, n):\n"
    "    answers = [double(i) for i in range(n)]\n"
    "    try: double.many([1] * 5)\n"
    "    except BudgetExhausted: return answers + [double.budget]"
)
SLEEPING = Program("import time\ndef f():\n    time.sleep(100)")


class _Double:
    """What the asking program asks."""

    methods = ("__call__", "many")
    properties = ()

    def constants(self) -> dict[str, Any]:
        return {"budget": 7}

    async def asked(self, name: str, args: Any, kwargs: dict[str, Any]) -> Any:
        if name == "many":
            raise Told("BudgetExhausted", "all is spent")
        await asyncio.sleep(0)
        return 2 * args[0]


# --- evaluations ---------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What became of evaluations: how many of which outcome, what was not right, what was lost on purpose."""

    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[dict[str, Any]] = field(default_factory=list)
    lost: int = 0

    @property
    def done(self) -> int:
        """All evaluations that there were."""
        return sum(self.outcomes.values())


_WEIGHTS = [1.0 if case.limits not in (LITTLE_TIME, LITTLE_WALL) else _COSTLY for case in CASES]
_SLOW = ("returns a list without end", "recurses with the limit lifted", "closes the wire and stays")
_WEIGHTS = [
    _COSTLY * weight if case.name in _SLOW else weight for case, weight in zip(CASES, _WEIGHTS, strict=True)
]


def one(zygote: Zygote, seed: int, number: int, tally: Tally) -> None:
    """Evaluation ``number``: a program is drawn and called, and its outcome compared with what has to come of it."""
    rng = random.Random(f"{seed}/{zygote.isolation}/{number}")
    kind = rng.random()
    name = "?"
    try:
        if kind < 0.55:
            name = "a program that misbehaves"
            case = rng.choices(CASES, _WEIGHTS)[0]
            name = case.name
            with Cell(zygote, case.limits, Program(case.source), rng.randbytes(16)) as cell:
                _right(case, cell.call("f", case.args), tally)
        elif kind < 0.93:
            good = rng.choice(GOOD)
            name = good.name
            args = good.draw(rng)
            with Cell(zygote, PLENTY, Program(good.source), rng.randbytes(16)) as cell:
                outcome = cell.call("f", args)
            tally.outcomes[f"good: {outcome.status}"] += 1
            assert outcome.status == "ok", outcome
            assert same(outcome.value, good.expected(*args)), outcome
        elif kind < 0.96:
            name = "counts its calls"
            _counts(zygote, rng, tally)
        elif kind < 0.99:
            name = "chance that follows from the seed"
            _draws(zygote, rng, tally)
        else:
            name = "a crowd"
            asyncio.run(_crowd(zygote, rng, tally))
    except Exception as problem:  # noqa: BLE001  whatever it is, the report says with which evaluation it came
        tally.wrong.append(
            {"number": number, "program": name, "what": f"{type(problem).__name__}: {problem}"[:2000]}
        )


def _right(case: Case, outcome: Outcome, tally: Tally) -> None:
    tally.outcomes[f"bad: {outcome.status}"] += 1
    assert_as_expected(case, outcome)


def _counts(zygote: Zygote, rng: random.Random, tally: Tally) -> None:
    with Cell(zygote, PLENTY, COUNTING, rng.randbytes(16)) as cell:
        for call in range(1, 6):
            value = _value(rng)
            outcome = cell.call("f", [value])
            assert outcome.status == "ok", outcome
            assert same(outcome.value, [call, value]), outcome
    tally.outcomes["good: ok"] += 1


_drawn: dict[bytes, Any] = {}


def _draws(zygote: Zygote, rng: random.Random, tally: Tally) -> None:
    seed = bytes([rng.randrange(16)]) * 16
    with Cell(zygote, PLENTY, CHANCE, seed) as cell:
        outcome = cell.call("f", [])
    tally.outcomes[f"good: {outcome.status}"] += 1
    assert outcome.status == "ok", outcome
    assert same(outcome.value, _drawn.setdefault(seed, outcome.value)), outcome


async def _crowd(zygote: Zygote, rng: random.Random, tally: Tally) -> None:
    """Jails side by side, some of which ask, some of which misbehave."""
    shares = asyncio.Semaphore(4)

    async def asks(count: int) -> None:
        with Cell(zygote, PLENTY, ASKING, bytes(16)) as cell:
            outcome = await cell.converse("f", [_Double(), count], Slot(shares))
        tally.outcomes[f"good: {outcome.status}"] += 1
        assert outcome.value == [2 * number for number in range(count)] + [7], outcome

    async def misbehaves(case: Case) -> None:
        with Cell(zygote, case.limits, Program(case.source), bytes(16)) as cell:
            _right(case, await cell.converse("f", case.args, Slot(shares)), tally)

    cases = rng.choices(CASES, _WEIGHTS, k=CROWD // 2)
    await asyncio.gather(*(asks(rng.randrange(20)) for _ in cases), *(misbehaves(case) for case in cases))


def kill(zygote: Zygote, seed: int, number: int, tally: Tally) -> None:
    """End the zygote as no one should: the jobs at hand are lost, and said to be; nothing of them is left."""
    rng = random.Random(f"{seed}/{zygote.isolation}/{number}/kill")
    jobs = rng.randrange(1, 4)
    cells = [Cell(zygote, Limits(cpu_s=5, wall_s=20), SLEEPING, bytes(16)) for _ in range(jobs)]
    timer = threading.Timer(rng.choice((0.0, _AIM_S)), os.kill, (zygote.pid, signal.SIGKILL))
    timer.start()
    try:
        for cell in cells:
            with cell:
                try:
                    outcome = cell.call("f", [])
                    tally.wrong.append({"number": number, "program": "a killed zygote", "what": f"{outcome}"})
                except ZygoteLost:
                    tally.lost += 1
    finally:
        timer.join()
        session = zygote.pid
        zygote.close()
    if not eventually(lambda: not in_session(session)):
        left = f"processes left: {in_session(session)}"
        tally.wrong.append({"number": number, "program": "a killed zygote", "what": left})


# --- the census ----------------------------------------------------------------------------------------------------


def census(zygote: Zygote) -> dict[str, Any]:
    """What there is of everything that could leak: numbers, or lists of names."""
    settled = eventually(lambda: in_session(zygote.pid) == {zygote.pid})
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what is free is not in use, whether or not it was given back
    return {
        "our descriptors": len(descriptors()),
        "the zygote's descriptors": len(descriptors(zygote.pid)),
        "our children": len(children(os.getpid())),
        "jails left": 0 if settled else len(in_session(zygote.pid)) - 1,
        "threads": threading.active_count(),
        "our blocks": sys.getallocatedblocks(),
        "our memory, KiB": _anonymous(os.getpid()),
        "the zygote's memory, KiB": _anonymous(zygote.pid),
        "mounts": len(Path("/proc/self/mountinfo").read_text().splitlines()),
        "files": sorted({file for folder in _SHARED for file in _entries(folder)}),
        "System V IPC": sorted(_system_v()),
        "zygote": zygote.pid,
    }


def _anonymous(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return 0


def _entries(folder: str) -> list[str]:
    """What lies in a folder and belongs to us."""
    found = []
    try:
        for entry in os.scandir(folder):
            if entry.stat(follow_symlinks=False).st_uid == os.getuid():
                found.append(entry.path)
    except OSError:
        return found
    return found


def _system_v() -> list[str]:
    found = []
    for kind in ("shm", "sem", "msg"):
        path = Path("/proc/sysvipc", kind)
        lines = path.read_text().splitlines()[1:] if path.exists() else []
        found += [f"{kind} {line.split()[1]}" for line in lines]
    return found


def leaks(first: dict[str, Any], last: dict[str, Any], *, alone: bool) -> list[str]:
    """What there is more of in ``last`` than in ``first``; what others may have made counts only if ``alone``."""
    same_zygote = first["zygote"] == last["zygote"]
    allowed = {
        "our descriptors": 0,
        "our children": 0,
        "jails left": 0,
        "threads": 0,
        "our blocks": TOLERANCE_BLOCKS[alone],
        "our memory, KiB": TOLERANCE_KIB["ours"],
        "the zygote's descriptors": 0,
        "the zygote's memory, KiB": TOLERANCE_KIB["the zygote's"] if same_zygote else float("inf"),
        "mounts": 0 if alone else float("inf"),
    }
    found = [
        f"{name}: {first[name]}, then {last[name]}"
        for name, more in allowed.items()
        if last[name] > first[name] + more
    ]
    if alone:
        for name in ("files", "System V IPC"):
            found += [f"left behind: {new}" for new in sorted({*last[name]} - {*first[name]})]
    return found


# --- all of it -----------------------------------------------------------------------------------------------------


def soak(
    isolation: str,
    evaluations: int,
    seed: int,
    *,
    deadline: float = float("inf"),
    alone: bool = True,
    told: Callable[[int], None] = lambda done: None,
) -> dict[str, Any]:
    """So many evaluations in one tier, or as many as there are until ``deadline`` (by the monotonic clock)."""
    began, tally, number, kills = time.monotonic(), Tally(), 0, 0
    zygote = Zygote(isolation)
    censuses: list[dict[str, Any]] = []
    found: list[str] = []
    every = max(1, evaluations // _CENSUSES)
    kill_every = max(5, round((1 - _KILLS_FROM) * evaluations / _KILLS))
    next_census = min(every, 200)  # the first few pay for what is only done once
    try:
        while tally.done < evaluations and time.monotonic() < deadline:
            one(zygote, seed, number, tally)
            number += 1
            if tally.done >= next_census:
                next_census += every
                censuses.append({"after": tally.done, **census(zygote)})
                told(tally.done)
            if tally.done >= _KILLS_FROM * evaluations and number % kill_every == 0:
                found += leaks(censuses[0], census(zygote), alone=False) if censuses else []
                kill(zygote, seed, number, tally)
                kills += 1
                zygote = Zygote(isolation)
        censuses.append({"after": tally.done, **census(zygote)})
        found += leaks(censuses[0], censuses[-1], alone=alone)
    finally:
        zygote.close()
    if not eventually(lambda: not in_session(zygote.pid)):
        found.append(f"processes that outlive their zygote: {in_session(zygote.pid)}")
    return {
        "isolation": isolation,
        "seed": seed,
        "evaluations": tally.done,
        "outcomes": dict(sorted(tally.outcomes.items())),
        "zygotes killed": kills,
        "jobs lost with them": tally.lost,
        "wrong": tally.wrong,
        "leaks": sorted(set(found)),
        "censuses": censuses,
        "seconds": round(time.monotonic() - began, 1),
    }


def main() -> None:
    """One tier, as a process of its own: progress and the result on standard output, a line of JSON each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--isolation", required=True)
    parser.add_argument("--evaluations", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--only", type=int, help="the number of one evaluation")
    arguments = parser.parse_args()
    if arguments.only is not None:
        tally = Tally()
        with Zygote(arguments.isolation) as zygote:
            one(zygote, arguments.seed, arguments.only, tally)
        print(json.dumps([dict(tally.outcomes), tally.wrong], indent=1))
        sys.exit(bool(tally.wrong))
    result = soak(
        arguments.isolation,
        arguments.evaluations,
        arguments.seed,
        deadline=time.monotonic() + arguments.seconds,
        told=lambda done: say({"done": done}),
    )
    say({"result": result})


if __name__ == "__main__":
    main()
