"""The warm process that jails are forked from.

It has imported NumPy and the task's imports, holds no secret, and does three things: fork a jail when told to, kill
one whose owner has hung up, and say how each ended. It is started with a scrubbed environment, in a session of its
own, and ends with its owner: the control socket's end of file is its order to go, and its jails die with it.

The control socket carries one datagram a jail: the limits, and with them three descriptors, the jail's wire, its
output and its *status* line. On the status line the zygote writes the jail's pid and, at its end, how it ended; the
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
import sysconfig
import traceback
import types
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from selftaught.jail import inside, layers, wire

SPAWN = struct.Struct("<dQ")
"""A jail's order: CPU seconds, memory in bytes beyond what the warm process already maps."""
BORN = struct.Struct("<i")
"""Its pid."""
ENDED = struct.Struct("<iddq")
"""Its wait status, CPU seconds in user and system mode, peak resident memory in KiB."""

_LOADED_LATE = (
    "secrets",
    "numpy.fft",
    "numpy.linalg",
    "numpy.random",
)  # what programs use and NumPy puts off
_FIRST_FREE = 16  # descriptors below are a jail's own or short-lived


def main(control_fd: int) -> None:
    """Serve the owner at the other end of ``control_fd`` until it hangs up."""
    control = socket.socket(fileno=_move_up(control_fd))
    order = wire.unpack(control.recv(1 << 20))
    try:
        zygote = _Zygote(control, **order)
    except (layers.LayerMissing, ImportError) as problem:
        control.send(wire.pack({"error": f"{problem}", "import": isinstance(problem, ImportError)})[4:])
        return
    control.send(wire.pack({"pid": os.getpid()})[4:])
    try:
        zygote.serve()
    except Exception:  # noqa: BLE001  sys.stderr is the jails' output by now: tell it where it can be read
        os.write(2, traceback.format_exc().encode())
        os._exit(1)


class _Zygote:
    def __init__(self, control: socket.socket, path: list[str], imports: list[str], isolation: str) -> None:
        self._control = control
        readable = _warm(path, imports)
        self._pid_namespaces = isolation == "strong"
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        self._mapped = pages * os.sysconf("SC_PAGESIZE")
        if isolation == "strong":
            layers.enter_namespaces()
            layers.enter_root(_mounted(readable), [*_package_folders(path), *_own_packages()])
        self._seal = layers.Seal(None, None)
        if isolation != "weak":
            self._seal = layers.Seal(
                landlock=_move_up(layers.landlock_ruleset(readable)), seccomp=layers.seccomp_program()
            )
        layers.drop_bounding_set()
        self._itself = _move_up(os.pidfd_open(os.getpid()))
        self._poll = select.epoll()
        self._poll.register(control.fileno(), select.EPOLLIN)
        self._jails: dict[int, tuple[int, int, int]] = {}  # by either descriptor: pid, pidfd, status
        gc.collect()
        gc.freeze()
        gc.disable()

    def serve(self) -> None:
        while True:
            # A jail that is born while these are gone through may be given a descriptor that another has just
            # left, so an event counts only for the jail that it was about.
            ready = [(descriptor, self._jails.get(descriptor)) for descriptor, _ in self._poll.poll()]
            for descriptor, jail in ready:
                if descriptor == self._control.fileno():
                    self._spawn()
                elif jail is not None and self._jails.get(descriptor) is jail:
                    pid, pidfd, status = jail
                    if descriptor == pidfd:
                        self._bury(pid, pidfd, status)
                    else:
                        self._poll.unregister(status)
                        with suppress(ProcessLookupError):
                            signal.pidfd_send_signal(pidfd, signal.SIGKILL)

    def _spawn(self) -> None:
        order, descriptors, _, _ = socket.recv_fds(self._control, SPAWN.size, 3)
        if not order:
            os._exit(0)  # every jail is killed with its parent
        wire_fd, output, status = descriptors
        cpu_s, memory = SPAWN.unpack(order)
        pid = layers.fork(pid_namespace=self._pid_namespaces)
        if pid == 0:
            self._become_jail(wire_fd, output, status, cpu_s, self._mapped + memory)
        os.close(wire_fd)
        os.close(output)
        pidfd = os.pidfd_open(pid)
        self._jails[pidfd] = self._jails[status] = (pid, pidfd, status)
        self._poll.register(pidfd, select.EPOLLIN)
        self._poll.register(status, select.EPOLLRDHUP)
        with suppress(OSError):
            os.write(status, BORN.pack(pid))

    def _bury(self, pid: int, pidfd: int, status: int) -> None:
        # Closing alone would not do: a child forked a moment ago may still hold copies, and epoll would go on
        # reporting the old files under numbers that by then are another jail's.
        self._poll.unregister(pidfd)
        with suppress(FileNotFoundError):  # already taken out when its owner hung up
            self._poll.unregister(status)
        _, how, used = os.wait4(pid, 0)
        with suppress(OSError):
            os.write(status, ENDED.pack(how, used.ru_utime, used.ru_stime, used.ru_maxrss))
        del self._jails[pidfd], self._jails[status]
        os.close(pidfd)
        os.close(status)

    def _become_jail(self, wire_fd: int, output: int, status: int, cpu_s: float, memory_bytes: int) -> None:
        try:
            try:
                layers.die_with_parent()
                if select.select([self._itself], [], [], 0)[0]:
                    os._exit(0)  # the parent had ended before that was asked for: nobody would end this jail
                os.dup2(wire_fd, inside.WIRE)
                os.dup2(output, 1)
                os.dup2(output, 2)
                os.dup2(status, inside.WIRE + 1)
                status = inside.WIRE + 1
                ruleset = status if self._seal.landlock is None else self._seal.landlock
                os.closerange(status + 1, ruleset)
                os.closerange(ruleset + 1, 1 << 20)
                layers.limit(cpu_s, memory_bytes)
                layers.seal(self._seal)
            except (layers.LayerMissing, OSError, ValueError) as problem:
                os.write(status, f"not sealed: {problem}".encode())
            else:
                os.close(status)
                if self._seal.landlock is not None:
                    os.close(self._seal.landlock)
                gc.enable()
                inside.live()
        finally:  # whatever happens, a jail never returns into the zygote's loop
            os._exit(0)


def _move_up(descriptor: int) -> int:
    """The same open file under a number that no jail uses."""
    import fcntl

    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
    os.close(descriptor)
    return moved


def _warm(path: list[str], imports: list[str]) -> list[str]:
    """Import what jails will use; give the files and folders that they may read."""
    import importlib

    from selftaught.program import extract_code

    folders = _package_folders(path)
    sys.path[:] = [entry for entry in sys.path if entry not in path] + folders
    for name in (*_LOADED_LATE, *imports):
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
    readable = [*_standard_library(), *_packages(["numpy", *imports], folders), *_shared_objects()]
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
    return readable


def _package_folders(path: list[str]) -> list[str]:
    """Of ``path``, the folders that hold installed packages, not this package's own sources."""
    return [entry for entry in path if Path(entry).name in ("site-packages", "dist-packages")]


def _own_packages() -> list[str]:
    """The folder of packages within the standard library's, which a virtual environment does not use."""
    root = Path(sysconfig.get_path("stdlib"))
    return [str(folder) for folder in (root / "site-packages", root / "dist-packages") if folder.is_dir()]


def _standard_library() -> Iterator[str]:
    root = Path(sysconfig.get_path("stdlib"))
    for entry in root.iterdir():
        if entry.name not in ("site-packages", "dist-packages"):
            yield str(entry)


def _packages(imports: list[str], folders: list[str]) -> Iterator[str]:
    """The files of the distributions that provide ``imports``, and of all that those require."""
    tops = {"numpy", "numpy.libs"}
    if set(imports) != {"numpy"}:
        tops |= set(imports) | _required(imports)
    for folder in folders:
        for entry in Path(folder).iterdir():
            if entry.name.removesuffix(".py") in tops or entry.name.split(".cpython")[0] in tops:
                yield str(entry)


def _required(imports: list[str]) -> set[str]:
    import re
    from importlib import metadata

    owners = metadata.packages_distributions()
    names = [owner for name in imports for owner in owners.get(name.partition(".")[0], [])]
    tops: set[str] = set()
    seen: set[str] = set()
    while names:
        name = names.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # a requirement of another platform
        tops |= {
            file.parts[0].removesuffix(".py") for file in distribution.files or () if file.parts[0] != ".."
        }
        for requirement in distribution.requires or ():
            if "extra ==" not in requirement:
                names += re.findall(r"^[\w.-]+", requirement)
    return {top for top in tops if not top.endswith((".dist-info", ".pth"))}


def _shared_objects() -> Iterator[str]:
    """The system's shared libraries, for extension modules that are loaded later."""
    yield "/etc/ld.so.cache"
    for folder in _library_folders():
        for entry in Path(folder).glob("*.so*"):
            yield str(entry)


def _library_folders() -> list[str]:
    """The folders of the system that hold a shared object which this process has mapped."""
    mapped = {
        line.split(maxsplit=5)[5].strip()
        for line in Path("/proc/self/maps").read_text().splitlines()
        if ".so" in line and "/" in line
    }
    prefixes = tuple({sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib")})
    return sorted(
        {
            str(Path(name).parent)
            for name in mapped
            if name.startswith(("/lib", "/usr/lib"))
            and "-packages/" not in name
            and not (name.startswith(prefixes) and "/python" in name)
        }
    )


def _mounted(readable: list[str]) -> list[str]:
    """Of what is readable, the mounts that a small root needs: whole folders where their parts are many."""
    standard = str(Path(sysconfig.get_path("stdlib")))
    libraries = _library_folders()
    mounts: dict[str, Any] = dict.fromkeys([standard, *libraries])
    for path in readable:
        parent = str(Path(path).parent)
        if parent != standard and parent not in libraries:
            mounts[path] = None
    return [path for path in mounts if Path(path).exists()]
