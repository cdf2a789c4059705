"""A hostile peer in the place of a zygote and its jail, and what the trusted side may make of it."""

import itertools
import math
import os
import random
import socket
import struct
import time
from contextlib import suppress
from typing import Any

import numpy as np

from selftaught.budget import Limits
from selftaught.errors import IsolationError
from selftaught.jail.attacks import harm
from selftaught.jail.cell import Outcome, Told, ZygoteLost, _Ask
from selftaught.jail.zygote import BORN, ENDED, NOT_SEALED
from selftaught.program import Program

PROGRAM = Program("def f(*args): pass")
AMPLE = Limits(cpu_s=86_400, wall_s=86_400)
NO_CPU = Limits(cpu_s=1e-9, wall_s=86_400)
NO_WALL = Limits(cpu_s=86_400, wall_s=1e-9)
STATUSES = {"ok", "error", "timeout", "memory", "refused", "killed"}


class Peer:
    """Holds what a jail would have been given: the other ends of the wire, the output and the status line."""

    def spawn(self, wire_end: int, output_end: int, status_end: int, limits: Limits) -> None:
        """What a zygote does, without the jail."""
        self.wire = socket.socket(fileno=os.dup(wire_end))
        self.wire.setblocking(False)
        self.status = socket.socket(fileno=os.dup(status_end))
        self.output = os.dup(output_end)

    def write(self, data: bytes) -> None:
        """Put ``data`` on the wire, as far as there is room."""
        with suppress(OSError):
            self.wire.send(data)

    def tell(self, datagram: bytes) -> None:
        """Put a datagram on the status line."""
        with suppress(OSError):
            self.status.send(datagram)

    def read(self) -> bytes:
        """Take from the wire what has been sent."""
        with suppress(OSError):
            return self.wire.recv(2**20)
        return b""

    def print(self, data: bytes) -> None:
        """Put ``data`` in the output, as far as there is room."""
        with suppress(OSError):
            os.write(self.output, data)

    def hang_up(self) -> None:
        """Close the wire and the output: the jail has ended."""
        self.wire.close()
        if self.output >= 0:
            os.close(self.output)
            self.output = -1

    def close(self) -> None:
        """Close everything: the zygote has ended as well."""
        self.hang_up()
        self.status.close()


class Asked:
    """A trusted object that answers in every way that there is."""

    methods = ("__call__", "many")
    properties = ("uses",)

    def constants(self) -> dict[str, Any]:
        """What is copied in."""
        return {"budget": 5, "str": "what"}

    async def asked(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """By how many arguments there are: a value, an exception for the inside, what may not cross."""
        if len(args) == 1:
            raise Told("BudgetExhausted", "all is spent")
        if len(args) == 2:
            return object()
        return [name, args, kwargs]


def birth(pid: int | None = None) -> bytes:
    """What a zygote says first; the jail's process is this one unless told otherwise."""
    return BORN.pack(b"B", os.getpid() if pid is None else pid, time.monotonic())


def death(how: int = 0) -> bytes:
    """What a zygote says last."""
    return ENDED.pack(b"E", how, 0.25, 0.125, 1000)


def fault(event: Any) -> str:
    """What is wrong with something that the trusted side was told, "" if nothing is."""
    if isinstance(event, Outcome):
        return _fault_of_outcome(event)
    if not isinstance(event, _Ask):
        return f"neither an ask nor an outcome: {event!r:.200}"
    known = isinstance(event.target, Asked) and event.name in (*Asked.methods, *Asked.properties)
    if not known or type(event.args) is not list or type(event.kwargs) is not dict:
        return f"an ask that may not be: {event!r:.200}"
    return harm.fault_of([event.number, event.args, event.kwargs])


def _fault_of_outcome(outcome: Outcome) -> str:
    told = f"{outcome!r:.300}"
    if outcome.status not in STATUSES:
        return f"a status that there is not: {told}"
    if wrong := harm.fault_of_outcome(outcome):
        return f"{wrong}: {told}"
    if outcome.status == "ok":
        return f"an error of what went well: {told}" if outcome.error else ""
    if outcome.value is not None:
        return f"a value of what failed: {told}"
    return "" if outcome.error else f"a failure without a cause: {told}"


LOST = (ZygoteLost, IsolationError)
"""What the status line may say instead of an outcome: that the zygote is lost, that a layer could not be applied."""


def said_so(problem: Exception, status: list[bytes]) -> bool:
    """Whether the status line, which said this and then was closed, gives cause for ``problem``."""
    if isinstance(problem, IsolationError) and not isinstance(problem, ZygoteLost):
        return any(datagram.startswith(NOT_SEALED) for datagram in status)
    sizes = [len(datagram) for datagram in status]
    sound = sizes == [BORN.size, ENDED.size] and BORN.unpack(status[0])[:2] == (b"B", os.getpid())
    return not sound or status[1][:1] != b"E"


# --- forging -------------------------------------------------------------------------------------------------------

TEXTS = (
    b"ask",
    b"result",
    b"reply",
    b"call",
    b"many",
    b"__call__",
    b"uses",
    b"error",
    b"memory",
    b"ok",
    b"a\nb",
)
_SCALARS = (
    b"\xc0", b"\xc2", b"\xc3", b"\x00", b"\x01", b"\x02", b"\x7f", b"\xff", b"\xe0",
    b"\xcc\xff", b"\xcd\x01\x00", b"\xcf" + b"\xff" * 8, b"\xcf\x7f" + b"\xff" * 7, b"\xd3\x80" + bytes(7),
    b"\xca" + bytes(4), *(b"\xcb" + struct.pack(">d", number) for number in (0.5, -math.inf, math.nan)),
    b"\xa0", b"\xa2\xc3\xa4", b"\xa3\xed\xa0\x80", b"\xa4\xf0\x9f\x98\x80", b"\xa2\xff\xfe",
    b"\xd9\x00", b"\xda\x00\x01x", b"\xdb\0\0\0\1y", b"\xc4\x02ab", b"\xc5\0\0", b"\xc6\0\0\0\1z",
    b"\xc1", b"\xd4\x01\x00", b"\xd6\xff\0\0\0\1", b"\xc7\x00\x03", b"\xd8\x09" + bytes(16),
    b"\x90", b"\x80", b"\xdc\0\0", b"\xdd\0\0\0\0", b"\xde\0\0", b"\xdf\0\0\0\0", b"\xdc\xff\xff",
    *(bytes([first]) + b"\xff" * 4 for first in (0xC6, 0xDB, 0xDD, 0xDF)), b"\xc9\xff\xff\xff\xff\x01",
)  # fmt: skip


def forged(rng: random.Random, depth: int = 0) -> bytes:
    """A MessagePack value of any kind, most of them well formed, few of them permitted."""
    kind = rng.random()
    if kind < 0.4 or depth > 4:
        if rng.random() < 0.4:
            text = rng.choice(TEXTS)
            return bytes([0xA0 + len(text)]) + text
        return rng.choice(_SCALARS)
    if kind < 0.5:
        return forged_array(rng)
    size = rng.choice((0, 1, 1, 2, 3, 5))
    inner = [forged(rng, depth + 1) for _ in range(size)]
    if kind < 0.75:
        mark = b"\xc7\x00\x03" if rng.random() < 0.3 else b""
        announced = size + bool(mark) + (rng.random() < 0.02)
        return bytes([0x90 + announced]) + mark + b"".join(inner)
    if kind < 0.95:
        keys = [
            forged(rng, 5) if rng.random() < 0.1 else bytes([0xA1, 97 + number]) for number in range(size)
        ]
        return bytes([0x80 + size]) + b"".join(itertools.chain.from_iterable(zip(keys, inner, strict=True)))
    content = b"".join(inner)[:255]
    return bytes([0xC7, len(content), rng.choice((1, 1, 2, 3, 3, 4, 255))]) + content


def forged_array(rng: random.Random) -> bytes:
    """An array in its raw form, mostly one whose shape fits."""
    number = rng.randrange(15) if rng.random() < 0.2 else rng.randrange(14)
    shape = [rng.choice((0, 1, 1, 2, 3)) for _ in range(rng.choice((0, 1, 1, 2, 4)))]
    size = (1, 1, 1, 2, 4, 8, 2, 4, 8, 2, 4, 8, 8, 16, 3)[number]
    content = bytes(rng.choice((0, 1)) for _ in range(min(200, int(np.prod(shape)) * size)))
    twist = rng.random()
    if twist < 0.05:
        content += b"x"
    elif twist < 0.1:
        content = b"\xff" * len(content)
    elif twist < 0.15 and shape:
        shape[0] = rng.choice((2**16, 2**32, 2**63, 2**64 - 1))
    body = bytes((number, len(shape))) + struct.pack(f"<{len(shape)}Q", *shape) + content
    return bytes([0xC7, len(body), 1]) + body if len(body) < 256 else b"\xc0"


def message(rng: random.Random) -> bytes:
    """A frame's body that resembles what a jail says: a result, an ask, or one of these with a part forged."""
    value, number = forged(rng), bytes([rng.choice((0, 1, 1, 1, 2))])
    if rng.random() < 0.02:
        value = rng.choice((b"\x91", b"\x92\xc7\x00\x03", b"\x81\xa0")) * rng.randrange(55, 75) + value
    kind = rng.randrange(6)
    if kind == 0:
        return b"\x94\xa6result" + number + b"\xc3" + value
    if kind == 1:
        status = rng.choice((b"\xa5error", b"\xa6memory", b"\xa7refused", b"\xa2ok", b"\xa7timeout", value))
        words = rng.choice((b"\xa0", b"\xa5words", b"\xa3a\nb", b"\xd9\xff" + b"w" * 255, value))
        return b"\x94\xa6result" + number + b"\xc2\x93" + status + words + rng.choice((b"\xa0", value))
    if kind in (2, 3):
        target = bytes([rng.choice((0, 0, 1, 2, 0xFF))])
        name = rng.choice((b"\xa8__call__", b"\xa4many", b"\xa4uses", b"\xa4nope", value))
        args = rng.choice((b"\x90", b"\x91" + value, b"\x92" + value * 2, b"\x93" + value * 3, value))
        kwargs = rng.choice((b"\x80", b"\x80", b"\x81\xa1k" + value, value))
        return b"\x96\xa3ask" + number + target + name + args + kwargs
    if kind == 4:
        parts = [forged(rng) for _ in range(rng.randrange(7))]
        return bytes([0x90 + len(parts)]) + b"".join(parts)
    return value


def frame(body: bytes) -> bytes:
    """A frame of ``body``."""
    return struct.pack("<I", len(body)) + body
