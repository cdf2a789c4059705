"""The warm process that jails are forked from.

It has imported NumPy and the task's imports, holds no secret, and does three things: fork a jail when told to, kill
one whose owner has hung up, and say how each ended. It is started with a scrubbed environment, in a session of its
own, and ends with its owner: the control socket's end of file is its order to go, and its jails die with it.

The control socket carries one datagram a jail: the limits, and with them four descriptors: the jail's output, twice,
its wire and its *status* line. On the status line the zygote writes the jail's pid and, at its end, how it ended; the
owner's hanging up there is the order to kill.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import struct
import sys
import time
import traceback
import types
from contextlib import suppress
from pathlib import Path

from selftaught.jail import inside, layers, readable, wire

SPAWN = struct.Struct("<dQ")
"""A jail's order: CPU seconds, memory in bytes beyond what the warm process already maps."""
BORN = struct.Struct("<cid")
"""b"B", a jail's pid, and when it was forked by the monotonic clock."""
ENDED = struct.Struct("<ciddq")
"""b"E", its wait status, CPU seconds in user and system mode, peak resident memory in KiB."""
NOT_SEALED = b"N"
"""Followed by the layer that the kernel refused, and why: there is no jail."""
NO_ROOM = b"F"
"""The fork failed: there is no jail, and may be one later."""

_STATUS = inside.WIRE + 1
_ARRIVE_AT = (inside.OUTPUT, inside.OUTPUT + 1, inside.WIRE, _STATUS)
# An order's descriptors are given the lowest free numbers; so they arrive where a jail looks for them, and no jail
# has to move them there.
PASSED = struct.Struct(f"{len(_ARRIVE_AT)}i")
_PASSED_BYTES = socket.CMSG_SPACE(PASSED.size)
_KEPT_STEPS = 64  # of so many different limits
# What programs use and NumPy puts off, until the first of them does.
_LOADED_LATE = ("secrets", "numpy.fft", "numpy.linalg", "numpy.random")


def main(control_fd: int) -> None:
    """Serve the owner at the other end of ``control_fd`` until it hangs up."""
    control = socket.socket(fileno=layers.move_up(control_fd))
    own_errors = layers.copy_up(2)
    for kept_free in _ARRIVE_AT:
        os.dup2(0, kept_free)
    order = wire.unpack(control.recv(1 << 20))
    try:
        zygote = _Zygote(control, **order)
    except (layers.LayerMissing, ImportError) as problem:
        control.send(wire.pack({"error": f"{problem}", "import": isinstance(problem, ImportError)})[4:])
        return
    control.send(wire.pack({"pid": os.getpid()})[4:])
    os.closerange(1, _STATUS + 1)
    try:
        zygote.serve()
    except Exception:  # noqa: BLE001  sys.stderr is the jails' output by now: tell it where it can be read
        os.write(own_errors, traceback.format_exc().encode())
        os._exit(1)


class _Jail:
    """A jail that has not been buried: its descriptors, whether it was told to end, whether anybody listens."""

    __slots__ = ("heard", "killed", "pid", "pidfd", "status")

    def __init__(self, pid: int, pidfd: int, status: int) -> None:
        self.pid, self.pidfd, self.status = pid, pidfd, status
        self.killed, self.heard = False, True


class _Zygote:
    def __init__(
        self, control: socket.socket, path: list[str], imports: list[str], beside: str, made_of: list[str]
    ) -> None:
        self._control = control
        may_read = _warm(path, imports, beside)
        self._layers = frozenset(made_of)
        self._pid_namespaces = "pid namespace" in self._layers
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        self._mapped = pages * os.sysconf("SC_PAGESIZE")
        if self._layers & {"namespaces", "root", "pid namespace"}:
            layers.enter_namespaces(mounts_only="namespaces" not in self._layers)
        if "root" in self._layers:
            layers.enter_root(readable.mounts(may_read), readable.hidden(path))
            # There is nothing else there; and the fewer rules, the faster each jail applies them.
            may_read = ["/"]
        self._seal = layers.Seal(self._layers, may_read)
        self._poll = select.epoll()
        self._poll.register(control.fileno(), select.EPOLLIN)
        self._jails: dict[int, _Jail] = {}  # by either descriptor
        self._steps: dict[bytes, layers.Steps] = {}  # by order: most jails have the limits of the one before
        gc.collect()
        gc.freeze()
        gc.disable()

    def serve(self) -> None:
        control, poll, jails = self._control.fileno(), self._poll.poll, self._jails
        while True:
            # One event at a time: a second could be about a descriptor that dealing with the first has given away.
            ((descriptor, event),) = poll(-1, 1)
            if descriptor == control:
                self._spawn()
            else:
                jail = jails[descriptor]
                if descriptor == jail.pidfd:
                    self._bury(jail)
                else:
                    self._kill(jail, event)

    def _spawn(self) -> None:
        # What is done before the fork costs little; after it, each page that either side writes to is copied.
        order, passed, _, _ = self._control.recvmsg(SPAWN.size, _PASSED_BYTES)
        if not order:
            os._exit(0)  # every jail is killed with its parent
        if PASSED.unpack(passed[0][2]) != _ARRIVE_AT:
            raise RuntimeError("descriptors did not arrive where jails look for them")
        steps = self._steps.get(order) or self._new_steps(order)
        status = layers.copy_up(_STATUS)
        try:
            pid = layers.fork(pid_namespace=self._pid_namespaces)
        except layers.LayerMissing:
            os.write(_STATUS, NO_ROOM)
            os.closerange(1, _STATUS + 1)
            os.close(status)
            return
        if pid == 0:
            self._become_jail(steps)
        pidfd = os.pidfd_open(pid)  # before those numbers are free again
        os.closerange(1, _STATUS + 1)
        self._jails[pidfd] = self._jails[status] = _Jail(pid, pidfd, status)
        self._poll.register(pidfd, select.EPOLLIN)
        self._poll.register(status, select.EPOLLRDHUP)
        try:
            os.write(status, BORN.pack(b"B", pid, time.monotonic()))
        except OSError:
            return  # nobody waits for it any more

    def _new_steps(self, order: bytes) -> layers.Steps:
        cpu_s, memory = SPAWN.unpack(order)
        if len(self._steps) == _KEPT_STEPS:
            self._steps.clear()
        steps = self._steps[order] = self._seal.steps(cpu_s, self._mapped + memory)
        return steps

    def _kill(self, jail: _Jail, event: int) -> None:
        self._poll.unregister(jail.status)
        jail.killed = True
        jail.heard = not event & select.EPOLLHUP
        try:
            signal.pidfd_send_signal(jail.pidfd, signal.SIGKILL)
        except ProcessLookupError:
            return

    def _bury(self, jail: _Jail) -> None:
        # Closing alone would not do: a child forked a moment ago may still hold copies, and epoll would go on
        # reporting the old files under numbers that by then are another jail's.
        self._poll.unregister(jail.pidfd)
        if not jail.killed:
            self._poll.unregister(jail.status)
        _, how, used = os.wait4(jail.pid, 0)
        if jail.heard:
            with suppress(OSError):
                os.write(jail.status, ENDED.pack(b"E", how, used.ru_utime, used.ru_stime, used.ru_maxrss))
        del self._jails[jail.pidfd], self._jails[jail.status]
        os.close(jail.pidfd)
        os.close(jail.status)

    def _become_jail(self, steps: layers.Steps) -> None:
        try:
            try:
                for layer, function, arguments in steps:
                    if function(*arguments):  # each gives 0, None or an empty list if all is well
                        if layer == layers.ORPHANED:
                            os._exit(0)
                        raise layers.LayerMissing.here(layer)
            except (layers.LayerMissing, OSError, ValueError) as problem:
                os.write(_STATUS, NOT_SEALED + f"{problem}".encode())
            else:
                os.close(_STATUS)
                gc.enable()
                inside.live()
        finally:  # whatever happens, a jail never returns into the zygote's loop
            os._exit(0)


def _warm(path: list[str], imports: list[str], beside: str = "") -> list[str]:
    """Import what jails will use; give the files and folders that they may read."""
    import importlib

    from selftaught.program import extract_code

    folders = readable.package_folders(path)
    sys.path[:] = [entry for entry in sys.path if entry not in path] + folders
    for name in (*_LOADED_LATE, *imports, *filter(None, [beside])):
        try:
            importlib.import_module(name)
        except ImportError:
            raise
        except Exception as problem:  # noqa: BLE001  another's module: whatever it raises is told to the task's author
            raise ImportError(f"{name} cannot be imported: {type(problem).__name__}: {problem}") from None
    helpers = types.ModuleType("helpers", "What published improvers import from here.")
    helpers.extract_code = extract_code  # type: ignore[attr-defined]
    sys.modules["helpers"] = helpers
    inside.prepare()
    inside.rehearse()
    extract_code("```python\npass\n```")  # imports what it needs
    may_read = readable.files(path, imports)
    for kept_from_jails in [name for name in sys.modules if name.startswith(("selftaught.", "msgpack"))]:
        if kept_from_jails != "selftaught.jail.inside":
            # held by this module's own names; a program that imports them anew finds no file
            sys.modules.pop(kept_from_jails)
    sys.modules["selftaught"] = types.ModuleType("selftaught")
    sys.modules["selftaught.jail"] = types.ModuleType("selftaught.jail")
    sys.modules["selftaught"].jail = sys.modules["selftaught.jail"]  # type: ignore[attr-defined]
    sys.modules["selftaught.jail"].inside = inside  # type: ignore[attr-defined]
    importlib.invalidate_caches()
    with suppress(ImportError):
        importlib.import_module("a_name_that_is_not_there")  # fills the finders' caches of folders
    return may_read
