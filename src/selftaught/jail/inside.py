"""What a jailed program lives in: the only part of this package that runs beside what a model wrote.

A program may import :class:`BudgetExhausted` from here. The rest is the jail's own side of the wire: it loads the
program, calls what it is told to call, and carries the program's own calls out. Nothing here is trusted by the other
side; a program that rewrites this module only changes what it claims.
"""

from __future__ import annotations

import io
import itertools
import linecache
import os
import random
import socket
import sys
import threading
import traceback
import types
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from typing import Any

import numpy as np

from selftaught.jail import wire

__all__ = ["BudgetExhausted"]

WIRE, OUTPUT = 3, 1
"""The descriptors of a jail: 0 reads nothing, 1 and 2 are kept as output, 3 is the wire."""
_MAX_CAUSE, _MAX_TRACEBACK = 400, 4000
# Of a thread: its address space counts as memory, and the system's 8 MiB would allow few.
_STACK_BYTES = 2**21


class BudgetExhausted(Exception):
    """The call would have gone beyond a budget. Nothing was spent."""


class Proxy:
    """A trusted object, seen from inside: what is asked of it is answered outside."""

    def __init__(self, described: wire.Proxied, ask: Callable[..., Any]) -> None:
        self.__dict__.update(described.constants)
        self.__dict__.update(_ask=ask, _identity=described.identity)
        self.__dict__.update(_methods=described.methods, _properties=described.properties)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(self._identity, "__call__", args, kwargs)

    def __getattr__(self, name: str) -> Any:
        described = self.__dict__
        if name in described.get("_properties", ()):
            return described["_ask"](described["_identity"], name, (), {})
        if name in described.get("_methods", ()):
            return lambda *args, **kwargs: described["_ask"](described["_identity"], name, args, kwargs)
        raise AttributeError(f"no attribute {name!r} here")


class _Line:
    """The wire, shared by the program's threads: whoever waits first reads for all."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._frames = wire.Frames()
        self._sending = threading.Lock()
        self._state = threading.Lock()
        self._news = threading.Condition(self._state)
        self._reading = False
        self._arrived: dict[Any, Any] = {}
        self._numbers = itertools.count()

    def ask(self, identity: int, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        number = next(self._numbers)
        try:
            frame = wire.pack(["ask", number, identity, name, list(args), kwargs])
        except wire.Refused as problem:
            raise TypeError(f"an argument: {problem}") from None
        self.send(frame)
        fine, value = self.wait(number)
        if fine:
            return value
        kind, text = value
        raise {"BudgetExhausted": BudgetExhausted, "TypeError": TypeError, "ValueError": ValueError}.get(
            kind, RuntimeError
        )(text)

    def send(self, frame: bytes) -> None:
        with self._sending:
            sent = os.write(self._descriptor, frame)
            while sent < len(frame):
                sent += os.write(self._descriptor, memoryview(frame)[sent:])

    def wait(self, key: Any) -> Any:
        """What arrives for ``key``: a reply's number, or "orders" for what the jail is told to do."""
        arrived, state = self._arrived, self._state
        while True:
            with state:
                if messages := arrived.get(key):
                    first = messages.pop(0)
                    if not messages:
                        del arrived[key]
                    return first
                if self._reading:
                    self._news.wait()
                    continue
                self._reading = True
            try:
                data = os.read(self._descriptor, wire.READ_BYTES)
                if not data:
                    os._exit(0)
                heard = [wire.unpack(body, proxy=self._proxy) for body in self._frames.feed(data)]
            except BaseException:
                heard = []
                raise
            finally:
                with state:
                    self._reading = False
                    for message in heard:
                        self._sort(message)
                    self._news.notify_all()

    def _proxy(self, described: wire.Proxied) -> Proxy:
        return Proxy(described, self.ask)

    def _sort(self, message: Any) -> None:
        key, rest = (message[1], message[2:]) if message[0] == "reply" else ("orders", message)
        self._arrived.setdefault(key, []).append(rest)


class _Sink(io.RawIOBase):
    """Standard output: what no longer fits is dropped, so that a program that prints a lot is not held up."""

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return OUTPUT

    def write(self, data: Any) -> int:
        with suppress(OSError):
            os.write(OUTPUT, data)
        return len(data)


_FIRST_BLOCK = bytes(8)
_seed_random = super(random.Random, random._inst).seed


class _Entropy:
    """Bytes that depend on the jail's seed alone, in place of the kernel's."""

    def __init__(self) -> None:
        self._seed = b""
        self._drawn = 0

    def reseed(self, seed: bytes) -> None:
        self._seed, self._drawn = seed, 0
        _seed_random(int.from_bytes(self(16), "little"))  # as random.seed does of an integer, by fewer steps
        random._inst.gauss_next = None  # type: ignore[attr-defined]
        np.random.seed(int.from_bytes(self(4), "little"))

    def __call__(self, size: int) -> bytes:
        self._drawn += 1
        stem = self._seed + self._drawn.to_bytes(8, "little")
        if size <= 64:
            return blake2b(stem + _FIRST_BLOCK).digest()[:size]
        blocks = range(-(-size // 64))
        return b"".join(blake2b(stem + block.to_bytes(8, "little")).digest() for block in blocks)[:size]


_entropy = _Entropy()


def prepare() -> None:
    """What every jail needs and none changes, done once in the process that jails are forked from."""
    sink: Any = _Sink()  # unbuffered: what was printed before a kill is kept
    output: Any = io.TextIOWrapper(sink, encoding="utf-8", errors="backslashreplace", write_through=True)
    for name in ("stdout", "stderr", "__stdout__", "__stderr__"):
        setattr(sys, name, output)
    threading.stack_size(_STACK_BYTES)
    os.urandom = _entropy
    random._urandom = _entropy  # type: ignore[attr-defined]
    seed = random.Random.seed

    def seed_from_entropy(self: random.Random, a: Any = None, version: int = 2) -> None:
        seed(self, int.from_bytes(_entropy(16), "little") if a is None else a, version)

    random.Random.seed = seed_from_entropy  # type: ignore[method-assign]
    random.seed = random._inst.seed  # bound when the module was made


def rehearse() -> None:
    """Go through the motions of jails before there are any.

    The interpreter rewrites code that has run a few times into faster code; what it has rewritten before the fork,
    no jail needs a copy of its own to rewrite.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs:
        host = _Host(_Line(theirs.fileno()))
        for _ in range(40):
            ours.send(wire.pack(["load", "def nothing(x):\n    return x\n", b""]))
            ours.send(wire.pack(["call", 0, "nothing", [np.zeros(2)]]))
            host.obey()
            host.obey()
            ours.recv(wire.READ_BYTES)
    del sys.modules["program"], linecache.cache["program.py"]


def live() -> None:
    """Do what the other side says until it hangs up. Never returns."""
    while True:
        _host.obey()


class _Host:
    """Where the program is loaded and called."""

    def __init__(self, line: _Line) -> None:
        self._line = line
        self._program: types.ModuleType | None = None
        self._failure: Any = None

    def obey(self) -> None:
        """Wait for an order and do it."""
        order = self._line.wait("orders")
        if order[0] == "load":
            _, text, seed = order
            _entropy.reseed(seed)
            self._program, self._failure = _load(text)
        else:
            _, number, name, args = order
            self._line.send(_frame(number, self._failure or _call(self._program, name, args)))


_host = _Host(_Line(WIRE))


def _load(text: str) -> tuple[types.ModuleType, Any]:
    program = types.ModuleType("program")
    program.__file__ = "program.py"
    sys.modules["program"] = program
    linecache.cache["program.py"] = (len(text), None, text.splitlines(keepends=True), "program.py")
    try:
        exec(compile(text, "program.py", "exec", dont_inherit=True), program.__dict__)
    except BaseException as problem:  # noqa: BLE001  whatever the program does is an outcome
        return program, _failure(problem)
    return program, None


def _call(program: types.ModuleType | None, name: str, args: list[Any]) -> Any:
    try:
        function = getattr(program, name, None)
        if not callable(function):
            what = "has no function" if function is None else "defines, but not as a function,"
            return [False, ["error", f"the program {what} {name!r}", ""]]
        return [True, function(*args)]
    except BaseException as problem:  # noqa: BLE001  whatever the program does is an outcome
        return _failure(problem)


def _failure(problem: BaseException) -> Any:
    """[False, [status, cause in one line, traceback]] of an exception, whatever its own methods do."""
    if isinstance(problem, MemoryError):
        return [False, ["memory", "MemoryError", ""]]
    try:
        if isinstance(problem, SystemExit):
            return [False, ["error", f"SystemExit: the program exited ({problem.code!s:.80})", ""]]
        own = [
            frame for frame in traceback.extract_tb(problem.__traceback__) if frame.filename == "program.py"
        ]
        line = own[-1].lineno if own else getattr(problem, "lineno", None)
        words = " ".join(str(problem).split())
        where = f" (line {line})" if line and "line" not in words[-12:] else ""
        cause = f"{type(problem).__name__}: {words[:_MAX_CAUSE]}{where}"
        story = "".join(traceback.format_list(own[-8:]))[-_MAX_TRACEBACK:]
        return [False, ["error", str.__str__(cause), str.__str__(story)]]
    except MemoryError:
        return [False, ["memory", "MemoryError", ""]]
    except BaseException:  # noqa: BLE001  an exception may lie about itself in any way
        return [False, ["error", "an exception that cannot be described", ""]]


def _frame(number: int, result: Any) -> bytes:
    """The frame of a result; one that cannot cross becomes a refusal with its cause."""
    try:
        return wire.pack(["result", number, *result], finite=True)
    except wire.Refused as problem:
        return wire.pack(["result", number, False, ["refused", f"the result: {problem}", ""]])
    except MemoryError:
        return wire.pack(["result", number, False, ["memory", "MemoryError", ""]])
    except BaseException as problem:  # noqa: BLE001  its own conversions may raise, recurse or exit
        kind = type(problem).__name__[:80]
        return wire.pack(["result", number, False, ["refused", f"the result cannot be read: {kind}", ""]])
