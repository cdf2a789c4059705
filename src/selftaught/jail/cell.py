"""One jail, seen from outside.

    with Zygote(isolation="strong") as zygote:
        cell = Cell(zygote, Limits(cpu_s=1), Program("def double(x): return 2 * x"), seed)
        outcome = cell.call("double", [21])

A :class:`Zygote` is the warm process; a :class:`Cell` one jail forked from it, for one program, which may be called
several times before it is closed. What the program does wrong comes back as an :class:`Outcome`; an exception means
that something of ours broke. A cell keeps its deadline from outside and ends by the kernel's hand: hanging up on its
status line has the zygote kill the process, whatever the process is doing.

The conversation itself (:class:`_Conversation`) neither waits nor blocks; :meth:`Cell.call` drives it with ``poll``
in a scoring worker, :meth:`Cell.converse` with asyncio where hundreds of jails wait for models at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from selftaught.budget import Limits
from selftaught.errors import EngineError, IsolationError, TaskError
from selftaught.jail import wire
from selftaught.jail.layers import TIERS
from selftaught.jail.zygote import BORN, ENDED, NO_ROOM, NOT_SEALED, PASSED, SPAWN
from selftaught.program import Program

Status = Literal["ok", "error", "timeout", "memory", "refused", "killed"]
_STATUSES = ("error", "memory", "refused")  # what the inside may claim of a failure

MOST_THREADS = 512
"""How many a jail may have. The kernel counts them for each user, and root's not at all: they are counted outside."""
_TOO_MANY_THREADS = f"more than {MOST_THREADS} threads"
_OUTPUT_BYTES = 65536
_MAX_CAUSE = 500
_MAX_OPEN_ASKS = 1024
_LOOK_S = 0.02  # how often a jail that computes is looked at
_GLANCE_S = 1.0  # how often a jail's clock is read while it waits for us
_READ_S = 1.0  # what reading a jail's frames may cost us, or its own limit of CPU time if that is more
_BIRTH_S = 0.01  # how long a call is waited for before its jail's clocks are read for the first time
_CROWD_GRACE_S = 60.0  # how long a fork may take when hundreds are asked for at once
_GRACE_S = 5.0  # how long the zygote may take to fork or to say how a jail ended


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call: ``value`` where ``status`` is "ok", else ``error``, its cause in one line.

    ``traceback`` and ``output`` (at most 64 KiB, standard output and error together) are the program's own words.
    ``cpu_s`` and ``wall_s`` are measured outside, over all calls of the jail so far.
    """

    status: Status
    value: Any = None
    error: str = ""
    traceback: str = ""
    output: str = ""
    cpu_s: float = 0.0
    wall_s: float = 0.0


class Exposed(Protocol):
    """A trusted object that may be an argument: inside it is a proxy.

    ``methods`` ("__call__" among them where it can be called) and ``properties`` are asked for outside each time,
    ``constants`` are copied in.
    """

    methods: tuple[str, ...]
    properties: tuple[str, ...]

    def constants(self) -> dict[str, Any]:
        """Attributes that never change."""
        ...

    async def asked(self, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Answer one call; what it raises as :class:`Told` is raised inside."""
        ...


class Told(Exception):
    """An answer that is an exception inside: ``kind`` is "BudgetExhausted", "TypeError" or "ValueError"."""

    def __init__(self, kind: str, words: str) -> None:
        super().__init__(words)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class _Ask:
    number: int
    target: Exposed
    name: str
    args: list[Any]
    kwargs: dict[str, Any]
    size: int  # of its frame


class ZygoteLost(EngineError):
    """The warm process is gone or damaged; its owner starts another."""


class Zygote:
    """The warm process, owned by this one. ``imports`` are what programs may import besides NumPy.

    ``beside`` is a module or a package of this package that is imported in it, whose files jails cannot read.
    ``without`` takes layers away, for those who ask what each of them is good for.
    """

    def __init__(
        self,
        isolation: str,
        imports: Sequence[str] = (),
        *,
        beside: str = "",
        without: Collection[str] = (),
    ) -> None:
        self.isolation = isolation
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        boot = (
            f"import sys; sys.path += {_package_path(imports)!r}\n"
            f"from selftaught.jail.zygote import main; main({theirs.fileno()})"
        )
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-S", "-P", "-B", "-c", boot],
                env=_ENVIRONMENT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        order = {"path": _package_path(imports), "imports": list(imports), "beside": beside}
        order["made_of"] = sorted(TIERS[isolation] - set(without))
        try:
            self._control.send(wire.pack(order)[4:])
            self._control.settimeout(120)
            answer = wire.unpack(self._control.recv(1 << 20))
        except (OSError, wire.Refused):
            self._process.kill()
            self._process.wait()
            self._control.close()
            raise EngineError("the warm process of the jails did not start") from None
        self._control.settimeout(_GRACE_S)
        if "error" in answer:
            self.close()
            if answer["import"]:
                raise TaskError(
                    f"imports: {answer['error']}: install it, or take it out of the task's imports"
                )
            raise IsolationError(f"{isolation}: {answer['error']}")

    def spawn(self, wire_end: int, output_end: int, status_end: int, limits: Limits) -> None:
        """Have a jail forked that holds these descriptors."""
        order = SPAWN.pack(limits.cpu_s, limits.memory_mb * 2**20)
        try:
            passed = PASSED.pack(output_end, output_end, wire_end, status_end)
            self._control.sendmsg([order], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, passed)])
        except OSError:
            raise ZygoteLost("the warm process of the jails has ended") from None

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process, and every jail with it."""
        self._control.close()
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "LC_ALL": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "LD_BIND_NOW": "1",  # once in the warm process, not a symbol at a time in every jail
    "MALLOC_ARENA_MAX": "1",  # each further one takes 64 MiB of address space, which is what a jail's memory is
}


def _package_path(imports: Iterable[str]) -> list[str]:
    """Where the warm process finds this package, NumPy, MessagePack and the task's imports."""
    import importlib.util

    folders: dict[str, None] = {}
    for name in ("selftaught", "numpy", "msgpack", *imports):
        try:
            spec = importlib.util.find_spec(name.partition(".")[0])
        except (ImportError, ValueError):
            spec = None
        if spec is None or spec.origin is None:
            continue  # importing it in the warm process says what is missing
        home = Path(spec.origin).parent
        folders[str(home.parent if spec.submodule_search_locations else home)] = None
    return [folder for folder in folders if folder not in _interpreter_path()]


def _interpreter_path() -> set[str]:
    import sysconfig

    standard = sysconfig.get_path("stdlib")
    return {standard, f"{standard}/lib-dynload"}


class _Conversation:
    """The state of one jail's wire and clocks, apart from any waiting."""

    def __init__(self, zygote: Zygote, limits: Limits) -> None:
        self.limits = limits
        self.line, theirs = socket.socketpair()
        self.status, their_status = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._output, their_output = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            zygote.spawn(theirs.fileno(), their_output, their_status.fileno(), limits)
        except ZygoteLost:
            self.close()
            raise
        finally:
            theirs.close()
            their_status.close()
            os.close(their_output)
        self.line.setblocking(False)
        self.pid = 0
        self._ended: int | None = None
        self._frames = wire.Frames()
        self._unsent = bytearray()
        self._exposed: list[Exposed] = []
        self.calls = 0
        self.open_asks = 0
        self._open_bytes = 0
        self._wall_s = 0.0
        self._running_since: float | None = None
        self._cpu_s = 0.0
        self._read_s = 0.0
        self._over = ""

    # what goes in

    def load(self, program: Program, seed: bytes) -> None:
        self._queue(["load", program.text, seed])

    def begin(self, name: str, args: Sequence[Any]) -> None:
        self.calls += 1
        self._queue(["call", self.calls, name, [self._carried(value) for value in args]])
        self._run_clock()

    def reply(self, ask: _Ask, fine: bool, value: Any) -> None:
        """Answer an ask; what cannot cross is told inside as an error."""
        self.open_asks -= 1
        self._open_bytes -= ask.size
        try:
            self._queue(["reply", ask.number, fine, value])
        except wire.Refused as problem:
            self._queue(["reply", ask.number, False, ["ValueError", f"the answer {problem}"]])
        if not self.open_asks:
            self._run_clock()

    def _carried(self, value: Any) -> Any:
        if not hasattr(value, "asked"):
            return value
        self._exposed.append(value)
        number = len(self._exposed) - 1
        return wire.Proxied(number, value.methods, value.properties, value.constants())

    def _queue(self, message: Any) -> None:
        self._unsent += wire.pack(message)
        self.flush()

    def flush(self) -> bool:
        """Send what the jail takes now; whether anything is left."""
        if not self._unsent:
            return False
        with contextlib.suppress(OSError):  # full: later; gone: its end is seen when reading
            while self._unsent:
                del self._unsent[: self.line.send(self._unsent)]
        return bool(self._unsent)

    # what comes out

    def hear(self) -> list[_Ask | Outcome]:
        """Read what has arrived: asks, and at most one outcome, which ends the call."""
        try:
            data = self.line.recv(wire.READ_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            return [self._silence()]
        events: list[_Ask | Outcome] = []
        began = time.thread_time()
        try:
            for body in self._frames.feed(data):
                events.append(self._event(wire.unpack(body), len(body)))
                if isinstance(events[-1], Outcome):
                    return events
            self._read_s += time.thread_time() - began
            if self._read_s > max(_READ_S, self.limits.cpu_s):
                raise wire.Refused(f"reading what it sent took us more than {self._read_s:.1f} s of CPU time")
        except wire.Refused as problem:
            events.append(self.end("refused", f"{problem}"))
        return events

    def _event(self, message: Any, size: int) -> _Ask | Outcome:
        wire.check(message)
        match message:
            # the types are asked for first, since a forged array compares with nothing
            case [str("ask"), int(number), int(target), str(name), list(args), dict(kwargs)] if (
                0 <= target < len(self._exposed)
                and (name in self._exposed[target].methods or name in self._exposed[target].properties)
            ):
                self.open_asks += 1
                self._open_bytes += size
                self._stop_clock()
                if self.open_asks > _MAX_OPEN_ASKS:
                    raise wire.Refused(f"more than {_MAX_OPEN_ASKS} calls at once")
                if len(self._unsent) > wire.MAX_FRAME_BYTES:
                    raise wire.Refused("calls without end whose answers are not read")
                # all are held until answered
                if self.open_asks > 1 and self._open_bytes > wire.MAX_FRAME_BYTES:
                    raise wire.Refused(f"calls at once of more than {wire.MAX_FRAME_BYTES:,} bytes")
                return _Ask(number, self._exposed[target], name, args, kwargs, size)
            case [str("result"), int(self.calls), True, value]:
                self._stop_clock()
                self._cpu_s = self.cpu_clock()
                return self._outcome("ok", value=value)
            case [str("result"), int(self.calls), False, [str(status), str(error), str(story)]] if (
                status in _STATUSES
            ):
                words = " ".join(error[:_MAX_CAUSE].split()) or "no cause"  # one line, whatever is claimed
                return self.end(status, words, story[:4000])  # type: ignore[arg-type]
        raise wire.Refused("malformed frame: not a message of this conversation")

    def _silence(self) -> Outcome:
        """The wire was closed from inside before there was a result: the process has ended, or soon will have."""
        how = self.bury(0.2)
        if os.WIFSIGNALED(how) and not self._over:
            number = os.WTERMSIG(how)
            if number == signal.SIGXCPU or self._cpu_s >= self.limits.cpu_s:
                return self.end("timeout", self._cpu_words())
            return self.end("killed", f"ended by {_signal_name(number)}")
        if os.WIFEXITED(how):
            return self.end("error", f"the process exited with {os.WEXITSTATUS(how)} before it returned")
        return self.end("killed", "closed its line to the outside")

    # clocks and the end

    def patience(self) -> float:
        """Seconds until a limit can be met at the earliest; 0 or less once one is met."""
        self._await_birth()
        if self._running_since is None:  # the wall clock stands still, the processor's does not
            if self.cpu_clock() > self.limits.cpu_s:
                self._over = self._cpu_words()
                return 0.0
            if self._threads() > MOST_THREADS:
                self._over = _TOO_MANY_THREADS
                return 0.0
            return _GLANCE_S
        wall_left = self.limits.wall_s - self._wall_s - (time.monotonic() - self._running_since)
        cpu_left = self.limits.cpu_s - self.cpu_clock()
        if cpu_left <= 0:
            self._over = self._cpu_words()
        elif wall_left <= 0:
            self._over = f"wall time: more than {self.limits.wall_s:g} s"
        elif self._threads() > MOST_THREADS:
            self._over = _TOO_MANY_THREADS
            return 0.0
        return min(wall_left, max(cpu_left / _CORES, 0.002) if cpu_left > 0 else 0.0, _LOOK_S)

    def _threads(self) -> int:
        """How many there are: the links of a folder that has one for each, and two of its own (proc(5))."""
        try:
            return os.stat(f"/proc/{self.pid}/task").st_nlink - 2  # noqa: PTH116  asked often, and a Path costs more
        except OSError:  # it has ended, or there is no such folder here
            return 0

    def overrun(self) -> Outcome | None:
        """The outcome of having met a limit, if one is met."""
        if self.patience() > 0:
            return None
        return self.end("killed" if self._over is _TOO_MANY_THREADS else "timeout", self._over)

    def cpu_clock(self) -> float:
        """CPU seconds of the whole process so far, read from outside (clock_getcpuclockid(3))."""
        self._await_birth()
        if self._ended is None:
            with contextlib.suppress(OSError):
                self._cpu_s = time.clock_gettime((~self.pid << 3) | 2)
        return self._cpu_s

    def _cpu_words(self) -> str:
        return f"CPU time: more than {self.limits.cpu_s:g} s"

    def _run_clock(self) -> None:
        if self._running_since is None:
            self._running_since = time.monotonic()

    def _stop_clock(self) -> None:
        if self._running_since is not None:
            self._wall_s += time.monotonic() - self._running_since
            self._running_since = None

    def end(self, status: Status, error: str, story: str = "") -> Outcome:
        """Kill the jail; the outcome that this makes."""
        self._stop_clock()
        self.cpu_clock()
        self.bury(0.0)
        return self._outcome(status, error=error, traceback=story)

    def _outcome(self, status: Status, **rest: Any) -> Outcome:
        return Outcome(status, output=self._printed(), cpu_s=self._cpu_s, wall_s=self._wall_s, **rest)

    def _printed(self) -> str:
        try:
            return os.read(self._output, _OUTPUT_BYTES).decode(errors="replace")
        except OSError:
            return ""

    def born(self, message: bytes) -> None:
        """Take the first word on the status line; raise :class:`ZygoteLost` where there is none."""
        match message[:1]:
            case b"B" if len(message) == BORN.size and 0 < BORN.unpack(message)[1] <= _MAX_PID:
                _, self.pid, born_at = BORN.unpack(message)
            case code if code == NOT_SEALED:
                raise IsolationError(f"not sealed: {message[1:].decode(errors='replace')}")
            case code if code == NO_ROOM:
                raise ZygoteLost("the machine has no room for another process")
            case _:
                raise ZygoteLost("the warm process of the jails has ended")
        if self._running_since is not None:
            self._running_since = max(self._running_since, min(born_at, time.monotonic()))

    def _await_birth(self) -> None:
        """Learn the jail's pid. Most calls have come back before it is needed, and by then it has been told."""
        if self.pid or self._ended is not None:
            return
        self.status.settimeout(_GRACE_S)
        try:
            self.born(self.status.recv(256))
        except TimeoutError:
            raise ZygoteLost("the warm process of the jails does not answer") from None

    def bury(self, patience_s: float) -> int:
        """How the process ended: its wait status; it is killed after ``patience_s``."""
        if self._ended is not None:
            return self._ended
        deadline = time.monotonic() + patience_s
        killed = patience_s == 0
        if killed:
            self.status.shutdown(socket.SHUT_WR)
        while True:
            self.status.settimeout(_GRACE_S if killed else max(deadline - time.monotonic(), 0.001))
            try:
                message = self.status.recv(256)
            except TimeoutError:
                if killed:
                    raise ZygoteLost("the warm process of the jails does not answer") from None
                killed = True
                self._over = "closed its line to the outside"
                self.status.shutdown(socket.SHUT_WR)
                continue
            if message[:1] == b"E" and len(message) == ENDED.size:
                _, how, user_s, system_s, _ = ENDED.unpack(message)
                self._cpu_s = max(self._cpu_s, user_s + system_s)
                self._ended = how
                return self._ended
            self.born(message)

    def close(self) -> None:
        """Hang up, which ends the process if it still runs."""
        self.status.close()  # first, so that the process is killed where it waits, which costs least
        self.line.close()
        if self._output >= 0:
            os.close(self._output)
            self._output = -1


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have no names
        return f"signal {number}"


_CORES = os.cpu_count() or 1
_MAX_PID = 2**22  # proc_sys_kernel(5)


class Slot:
    """A share of the machine's cores, out of ``shares``: held, at most once, while a jail computes."""

    def __init__(self, shares: asyncio.Semaphore) -> None:
        self._shares = shares
        self._held = False

    async def acquire(self) -> None:
        """Wait for a share, unless one is held."""
        if not self._held:
            await self._shares.acquire()
            if self._held:
                self._shares.release()
            self._held = True

    def release(self) -> None:
        """Give the share back, if it is held."""
        if self._held:
            self._held = False
            self._shares.release()


class Cell:
    """One jail: one program, called as often as its limits allow."""

    def __init__(self, zygote: Zygote, limits: Limits, program: Program, seed: bytes) -> None:
        self._talk = _Conversation(zygote, limits)
        self._failed: Outcome | None = None
        try:
            self._talk.load(program, seed)
        except wire.Refused as problem:
            self._failed = Outcome("refused", error=f"the program {problem}")

    def call(self, name: str, args: Sequence[Any]) -> Outcome:
        """``program.name(*args)``, waiting for it here. Arguments are plain values, not trusted objects.

        Once a call has failed the jail has ended: later calls give the same outcome.
        """
        if self._failed:
            return self._failed
        talk = self._talk
        talk.begin(name, args)
        poll = select.poll()
        line = talk.line.fileno()
        patience = talk.patience() if talk.pid else _BIRTH_S
        while True:
            unsent = talk.flush()
            poll.register(line, select.POLLIN | select.POLLOUT if unsent else select.POLLIN)
            if patience > 0 and poll.poll(patience * 1000 + 1):
                for event in talk.hear():
                    if isinstance(event, Outcome):
                        return self._keep(event)
            elif over := talk.overrun():
                return self._keep(over)
            patience = talk.patience()

    @property
    def pid(self) -> int:
        """The jail's process, 0 before its first call."""
        return self._talk.pid

    async def converse(self, name: str, args: Sequence[Any], slot: Slot) -> Outcome:
        """``program.name(*args)``, where arguments may be :class:`Exposed`; its calls are answered side by side.

        ``slot`` is held while the jail computes, and not while it waits for the trusted side.
        """
        if self._failed:
            return self._failed
        await slot.acquire()
        try:
            return self._keep(await self._converse(name, args, slot))
        finally:
            slot.release()

    async def _converse(self, name: str, args: Sequence[Any], slot: Slot) -> Outcome:
        loop = asyncio.get_running_loop()
        talk = self._talk
        talk.begin(name, args)
        if not talk.pid:
            talk.status.setblocking(False)
            try:
                talk.born(await asyncio.wait_for(loop.sock_recv(talk.status, 256), _CROWD_GRACE_S))
            except TimeoutError:
                raise ZygoteLost("the warm process of the jails does not answer") from None
        news = asyncio.Event()
        answering: set[asyncio.Task[None]] = set()
        loop.add_reader(talk.line.fileno(), news.set)
        try:
            while True:
                if talk.flush():
                    loop.add_writer(talk.line.fileno(), news.set)
                else:
                    loop.remove_writer(talk.line.fileno())
                if over := talk.overrun():
                    return over
                alarm = loop.call_later(talk.patience(), news.set)
                await news.wait()
                alarm.cancel()
                news.clear()
                for event in talk.hear():
                    if isinstance(event, Outcome):
                        return event
                    slot.release()
                    answering.add(asyncio.ensure_future(self._answer(event, slot, news)))
                for task in [task for task in answering if task.done()]:
                    answering.discard(task)
                    task.result()  # a failure of ours ends the conversation
        finally:
            loop.remove_reader(talk.line.fileno())
            loop.remove_writer(talk.line.fileno())
            for task in answering:
                task.cancel()
            await asyncio.gather(*answering, return_exceptions=True)

    async def _answer(self, ask: _Ask, slot: Slot, news: asyncio.Event) -> None:
        fine, value = True, None
        try:
            value = await ask.target.asked(ask.name, ask.args, ask.kwargs)
        except Told as told:
            fine, value = False, [told.kind, str(told)]
        finally:
            news.set()
        if self._talk.open_asks == 1:
            await slot.acquire()
        self._talk.reply(ask, fine, value)
        if self._talk.open_asks:  # another thread asked meanwhile: the jail waits again
            slot.release()
        news.set()

    def _keep(self, outcome: Outcome) -> Outcome:
        if outcome.status != "ok":
            self._failed = outcome
        return outcome

    def close(self) -> None:
        """End the jail."""
        self._talk.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
