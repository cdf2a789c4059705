"""A hostile peer against the trusted side's conversation, its script written by a coverage-guided fuzzer.

    python -m soak.fuzzing conversation -runs=100000 -seed=1

The sockets are real; what is missing is the jail. An input's first byte says how the trusted side is driven, then
come what the status line says and what happens on the wire, one step after another.
"""

import asyncio
import random
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

from selftaught.jail.cell import Cell, Outcome, Slot, _Ask, _Conversation
from selftaught.jail.zygote import NOT_SEALED
from soak import hostile
from soak.hostile import AMPLE, LOST, NO_CPU, NO_WALL, PROGRAM, Asked, Peer

STEPS, CALL, CONVERSE = 0, 6, 7  # the first of eight; most of them go step by step, which is fastest
_FRAME, _RAW, _HEAR, _REPLY, _AGAIN, _PRINT, _HANG_UP, _CLOCK, _READ, _END = range(10)
_ANSWERS = (None, 0.5, "text", object(), float("nan"), ["a"] * 50, "\ud800", b"x" * 300_000)
_LIMITS = {254: NO_CPU, 255: NO_WALL}
_EVERY = 2048  # inputs after which the open descriptors are counted

_loop = asyncio.new_event_loop()
_done = 0
_open: int | None = None


def one(data: bytes) -> None:
    """One input: whatever the peer does, the trusted side is told asks and outcomes, and closes what it opened."""
    script = _Script(data)
    way = script.byte() % 8
    status = _status(script)
    limits = _LIMITS.get(script.byte(), AMPLE)
    peer = Peer()
    try:
        if way in (CALL, CONVERSE):
            _whole(script, peer, status, converse=way == CONVERSE, limits=limits)
        else:
            _stepwise(script, peer, status, limits)
    except LOST as problem:
        if not hostile.said_so(problem, status):
            raise AssertionError(f"{problem!r}, of the status line {status!r}") from problem
    finally:
        peer.close()
    _count_descriptors()


def forged(rng: random.Random) -> bytes:
    """A script that gets further than chance would."""
    head = bytes(
        [
            rng.choice((STEPS, STEPS, STEPS, STEPS, CALL, CONVERSE)),
            rng.choice((0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7)),
            rng.randrange(256),
        ]
    )
    steps = [head, bytes([rng.choice((0, 0, 0, 0, 0, 254, 255))])]
    for _ in range(rng.choice((1, 1, 2, 3, 5, 8))):
        step = rng.choice((_FRAME,) * 6 + (_HEAR,) * 4 + tuple(range(10)))
        steps.append(bytes([step]))
        if step in (_FRAME, _RAW):
            body = hostile.message(rng)[:2000]
            if step == _RAW:
                body = hostile.frame(body)[: rng.randrange(len(body) + 5)]
            steps.append(struct.pack("<H", len(body)) + body)
        elif step in (_REPLY, _PRINT, _CLOCK):
            steps.append(bytes([rng.choice((rng.randrange(256), 254, 255))]))
    return b"".join(steps)


class _Script:
    """An input, read from its start; past its end are zeros."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1] if self._at <= len(self._data) else 0

    def bytes(self) -> bytes:
        size = self.byte() + 256 * self.byte()
        self._at += size
        return self._data[self._at - size : self._at]

    def __bool__(self) -> bool:
        return self._at < len(self._data)


def _status(script: _Script) -> list[bytes]:
    """What the status line says before it is closed."""
    kind, detail = script.byte() % 8, script.byte()
    born, died = hostile.birth(), hostile.death(detail % 65 if detail < 128 else (detail & 127) << 8)
    damaged = b"%b%b" % ((b"", b"B", b"E")[detail % 3], bytes([detail]) * (detail % 40))
    return {
        0: [born, died],
        1: [born, hostile.death(detail % 65)],
        2: [born],
        3: [],
        4: [NOT_SEALED + b"seccomp: refused" + bytes([detail])],
        5: [born, damaged, died],
        6: [damaged, died],
        7: [hostile.birth(int.from_bytes(bytes([detail]) * 4, "little", signed=True)), died],
    }[kind]


def _stepwise(script: _Script, peer: Peer, status: list[bytes], limits: hostile.Limits) -> None:
    talk = _Conversation(peer, limits)  # type: ignore[arg-type]
    with closing(talk):
        for datagram in status:
            peer.tell(datagram)
        peer.status.close()
        talk.load(PROGRAM, b"")
        talk.begin("f", [1, Asked()])
        talk.born(talk.status.recv(256))
        asks: list[_Ask] = []
        while script:
            outcome = _step(script, peer, talk, asks)
            if outcome and outcome.status != "ok":
                return
            if outcome:
                talk.begin("f", [2])
        peer.hang_up()
        while not _heard(talk, asks):
            pass


def _step(script: _Script, peer: Peer, talk: _Conversation, asks: list[_Ask]) -> Outcome | None:
    match script.byte() % 10:
        case 0:
            peer.write(hostile.frame(script.bytes()))
            return _heard(talk, asks)
        case 1:
            peer.write(script.bytes())
        case 2:
            return _heard(talk, asks)
        case 3:
            answer = script.byte()
            if asks:
                talk.reply(asks.pop(0), answer >= 128, _ANSWERS[answer % len(_ANSWERS)])
        case 4:
            talk.begin("f", [Asked()])
        case 5:
            peer.print(bytes([script.byte()]) * 5000)
        case 6:
            peer.hang_up()
        case 7:
            talk.limits = _LIMITS.get(script.byte(), talk.limits)
            return _judged(talk.overrun())
        case 8:
            peer.read()
            talk.flush()
        case 9:
            return _judged(talk.end("error", "by our own hand"))
    return None


def _heard(talk: _Conversation, asks: list[_Ask]) -> Outcome | None:
    events = talk.hear()
    for event in events[:-1]:
        assert not isinstance(event, Outcome), f"something after an outcome: {events!r}"
    for event in events:
        if isinstance(_judged(event), Outcome):
            return event
        asks.append(event)
    return None


def _judged(event: Any) -> Any:
    if event is not None:
        wrong = hostile.fault(event)
        assert not wrong, wrong
    return event


def _whole(
    script: _Script, peer: Peer, status: list[bytes], *, converse: bool, limits: hostile.Limits
) -> None:
    """A call as the trusted side makes it, everything that the peer will ever say being there from the start."""
    with Cell(peer, limits, PROGRAM, b"") as cell:  # type: ignore[arg-type]
        for datagram in status:
            peer.tell(datagram)
        peer.status.close()
        while script:
            match script.byte() % 10:
                case 0:
                    peer.write(hostile.frame(script.bytes()))
                case 1:
                    peer.write(script.bytes())
                case 5:
                    peer.print(bytes([script.byte()]) * 5000)
        peer.hang_up()
        if converse:
            shares = asyncio.Semaphore(1)
            outcome = _loop.run_until_complete(cell.converse("f", [1, Asked()], Slot(shares)))
            assert not shares.locked(), "a share of the cores that is never given back"
        else:
            outcome = cell.call("f", [1])
        _judged(outcome)
        if outcome.status != "ok":
            assert cell.call("f", [2]) is outcome


def _count_descriptors() -> None:
    global _done, _open
    _done += 1
    if _done % _EVERY == 1:
        now = len(list(Path("/proc/self/fd").iterdir()))
        assert _open is None or now <= _open, f"{now} open descriptors, there were {_open}"
        _open = now if _done > 1 else None
