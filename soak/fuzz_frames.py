"""Any bytes at all as a frame's body, or as a stream of frames, under a coverage-guided fuzzer.

python -m soak.fuzzing frames -runs=100000 -seed=1
"""

import random
from contextlib import suppress

from selftaught.jail import wire
from selftaught.jail.wire import Frames, Proxied, Refused
from soak import hostile

STREAM, WITH_PROXIES = 1, 2  # bits of an input's first byte


def one(data: bytes) -> None:
    """One input: it is refused in words, or means the same however often it is read and written."""
    if not data:
        return
    kind, rest = data[0] & 3, data[1:]
    if kind == STREAM:
        _stream(rest)
    elif kind == WITH_PROXIES:
        with suppress(Refused):
            wire.unpack(rest, proxy=_described)
    else:
        _body(rest)


def forged(rng: random.Random) -> bytes:
    """An input that gets further than chance would."""
    kind = rng.choice((0, 0, 0, STREAM, WITH_PROXIES))
    if kind != STREAM:
        return bytes([kind]) + hostile.message(rng)
    frames = b"".join(hostile.frame(hostile.message(rng)) for _ in range(rng.randrange(4)))
    return bytes([kind, rng.randrange(256)]) + frames[: rng.randrange(len(frames) + 1) or None]


def _body(data: bytes) -> None:
    refusal = None
    try:
        value = wire.unpack(data)
        wire.check(value)
    except Refused as problem:
        refusal = str(problem)
    if refusal is not None:
        assert refusal, "a refusal without words"
        assert "\n" not in refusal, refusal
        return
    again = wire.pack(value)[4:]
    second = wire.unpack(again)
    wire.check(second)
    assert wire.pack(second)[4:] == again, "a value that changes as it is sent on"


def _described(proxied: Proxied) -> str:
    return f"{proxied.identity!r}{proxied.methods!r}{proxied.properties!r}"


def _stream(data: bytes) -> None:
    """In pieces or at once, the same frames come of it."""
    size, stream = 1 + (data[0] if data else 0), data[1:]
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert _fed([stream]) == _fed(pieces)


def _fed(pieces: list[bytes]) -> list[bytes | str]:
    frames, bodies = Frames(), []
    try:
        for piece in pieces:
            bodies += frames.feed(piece)
    except Refused as problem:
        return [str(problem)]
    for body in bodies:
        _body(body)
    return bodies
