"""A place to be thrown away: a function, run where what it breaks is nobody's loss.

    answer = throwaway.run(function, *args, user=throwaway.ROOT, deadline_s=60)

``function`` is a top-level one of some file, its arguments and its answer are JSON. It runs in a process of its own,
in PID, mount, IPC, network and UTS namespaces of its own: with the loopback up, an empty /tmp, /var/tmp and /dev/shm
of limited size, its own /proc, and nothing else that can be written. When it ends, when its parent ends, or after the
deadline, all that it started is killed with it. For a *harmless* user there is also a user namespace: root in it is a
plain user outside it, and read-only mounts are locked.

This file is also the program that does so (see ``_main``), for which it needs nothing but the standard library.
"""

from __future__ import annotations

import ctypes
import fcntl
import inspect
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

NOBODY = 65534
"""The number of the plain user that root becomes (and of the group)."""
_OTHERS = 1_000_000_000
"""The numbers that other users of a harmless root have outside begin here."""


@dataclass(frozen=True)
class User:
    """Whom a function runs as; one who is not root is called by the number that this process has, if it is not."""

    name: str
    root: bool = False
    harmless: bool = True
    refused: bool = False  # no user namespaces: the kernel's own limit is set to none
    filtered: str = ""  # a seccomp filter that is there already, in hexadecimal
    capabilities: Sequence[int] | None = None  # all that root has; None: all that there are


ROOT = User("root", root=True)
PLAIN = User("plain user")


class Unavailable(Exception):
    """This machine, or the user that the tests run as, has no such place; ``str()`` says why."""


def run(
    function: Callable[..., Any],
    *args: Any,
    user: User = ROOT,
    deadline_s: float = 60,
    owned: Iterable[Path | str] = (),
) -> Any:
    """What ``function(*args)`` returns there. What it prints is kept for the error if it fails.

    ``owned`` are folders of which a harmless user has a copy to write, at their place.
    """
    file = Path(inspect.getfile(function)).resolve()
    order = {
        "user": asdict(user),
        "needed": _needed([str(file)]),
        "owned": [str(Path(folder).resolve()) for folder in owned],
        "path": [str(Path(entry).resolve()) for entry in sys.path if entry],
        "file": str(file),
        "function": function.__name__,
        "args": args,
    }
    if user.root and not user.harmless and os.geteuid() != 0:
        raise Unavailable("the tests are run by a plain user, who cannot become root")
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-B", __file__],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            timeout=deadline_s,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired as problem:
        said = (problem.stderr or b"").decode(errors="replace")[-2000:]
        raise TimeoutError(f"{function.__name__} as {user.name}: more than {deadline_s} s\n{said}") from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        words = f"{function.__name__} as {user.name} ended with {done.returncode}\n{done.stderr[-4000:]}"
        raise RuntimeError(words) from None
    if "unavailable" in answer:
        raise Unavailable(answer["unavailable"])
    return answer["answer"]


def _needed(more: Iterable[str]) -> list[str]:
    """What the interpreter, its packages and this project are read from."""
    executable, hops = Path(sys.executable), []
    while executable.is_symlink():
        hops.append(executable.parent)
        executable = executable.parent / executable.readlink()
    paths = [sys.prefix, sys.base_prefix, *hops, executable.parent, *filter(None, sys.path), *more]
    both = {os.path.abspath(path) for path in paths} | {os.path.realpath(path) for path in paths}  # noqa: PTH100
    return sorted(path for path in both if os.path.exists(path))  # noqa: PTH110


# --- the program ----------------------------------------------------------------------------------------------------

_NEWNS, _NEWUTS, _NEWIPC = 0x0002_0000, 0x0400_0000, 0x0800_0000
_NEWUSER, _NEWPID, _NEWNET = 0x1000_0000, 0x2000_0000, 0x4000_0000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_MNT_DETACH = 2
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP = 1, 4, 22
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 24, 38
_SIOCSIFFLAGS, _IFF_UP, _IFF_RUNNING = 0x8914, 0x1, 0x40
_SCRATCH = {"/tmp": "mode=1777,size=256m", "/var/tmp": "mode=1777,size=64m", "/dev/shm": "mode=1777,size=64m"}
_MOUNT_SETATTR, _AT_RECURSIVE = 442, 0x8000  # the same on every machine
_libc = ctypes.CDLL(None, use_errno=True)


def _main() -> None:
    """Read an order from standard input and carry it out; never returns."""
    order = json.loads(sys.stdin.read())
    user = User(**order["user"])
    try:
        _die_with_parent()
        if _enter(user, order["needed"], order["owned"]):
            _be_first()
        _become(user)
        os.environ["HOME"] = "/tmp"
        boot = _BOOT.format(**{key: order[key] for key in ("path", "file", "function", "args")})
        os.execv(sys.executable, [sys.executable, "-B", "-c", boot])
    except OSError as problem:
        print(json.dumps({"unavailable": f"{user.name}: {problem}"}))
        sys.stdout.flush()
        os._exit(0)


_BOOT = """
import importlib.util, json, os, sys
answers = os.dup(1)
os.dup2(2, 1)
sys.path[:] = {path!r}
try:
    spec = importlib.util.spec_from_file_location("thrown_away", {file!r})
    module = importlib.util.module_from_spec(spec)
    sys.modules["thrown_away"] = module
    spec.loader.exec_module(module)
except (ImportError, PermissionError) as problem:
    answer = {{"unavailable": f"user {{os.geteuid()}} cannot import it: {{problem}}"}}
else:
    answer = {{"answer": module.{function}(*{args!r})}}
os.write(answers, json.dumps(answer).encode())
"""


def _enter(user: User, needed: list[str], owned: list[str]) -> bool:
    """Enter the namespaces that ``user`` is given; whether there are any. The next child is the first process."""
    was_root, number, group = os.geteuid() == 0, os.geteuid(), os.getegid()
    try:
        _unshare(_NEWNS if was_root else _NEWUSER | _NEWNS)
    except OSError as problem:
        if user.harmless:
            raise OSError(f"no throw-away namespace: {problem}") from None
        return False  # as it is in a container: the jails have to hold there without this safety
    if not was_root:
        _map(number, number, group)
    _mount(None, "/", None, _MS_REC | _MS_PRIVATE)
    writable = _cover(needed, closed=was_root)
    if user.harmless:
        writable += [_copy_over(folder) for folder in owned]
    _set_read_only("/", _AT_RECURSIVE)
    for path in (*writable, "/proc"):
        _set_read_only(path, 0, undo=True)
    namespaces = _NEWNS | _NEWPID | _NEWIPC | _NEWNET | _NEWUTS
    if not user.harmless:
        _unshare(namespaces)
        return True
    if not was_root:
        _unshare(namespaces | _NEWUSER)  # a second user namespace: in it what is read-only by now stays so
        _map(0 if user.root else number, number, group)
        return True
    others_map = _prepare_map(0 if user.root else NOBODY)
    _leave_root()
    _unshare(namespaces | _NEWUSER)
    others_map()
    return True


def _prepare_map(inside: int) -> Callable[[], None]:
    """Have root give this process's next user namespace its users: NOBODY as ``inside``, and others besides."""
    namespace, (made, making) = os.getpid(), os.pipe()
    helper = os.fork()
    if helper == 0:
        _die_with_parent()
        os.close(making)
        os.read(made, 1)
        lines = f"{inside} {NOBODY} 1\n{int(inside == 0)} {_OTHERS} {NOBODY}"
        try:
            for kind in ("uid_map", "gid_map"):
                Path(f"/proc/{namespace}/{kind}").write_text(lines)
        finally:
            os._exit(0)

    def mapped() -> None:
        os.close(making)
        os.waitpid(helper, 0)
        if not Path("/proc/self/uid_map").read_text():  # where this root has not that many users itself
            _map(inside, NOBODY, NOBODY)

    return mapped


def _be_first() -> None:
    """Become the first process of the namespaces, and return in its only child."""
    first = os.fork()
    if first:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]) & 255)
    _die_with_parent()
    _mount("proc", "/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    _raise_loopback()
    # A jail's own PID namespace has the numbers 1, 2, ...: a process to be attacked shall not have one of these.
    for _ in range(500):
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
    child = os.fork()
    while child:
        ended, how = os.wait()  # orphans come here too
        if ended == child:
            os._exit(os.waitstatus_to_exitcode(how) & 255)
    os.setsid()


def _become(user: User) -> None:
    """Take on what is left of being ``user``; capabilities go with the exec that follows."""
    if user.capabilities is not None:
        for capability in range(64):
            if capability not in user.capabilities:
                _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    if user.filtered:
        _filter(bytes.fromhex(user.filtered))
    if not user.root and os.geteuid() == 0:
        _leave_root()
    if user.refused:
        number, group = os.geteuid(), os.getegid()
        try:
            _unshare(_NEWUSER)
        except OSError:
            return  # they are refused here to begin with
        _map(number, number, group)
        Path("/proc/sys/user/max_user_namespaces").write_text("0")


def _cover(needed: list[str], *, closed: bool) -> list[str]:
    """Put empty folders over the scratch folders and, if ``closed``, over those that only their owner may enter.

    What is needed below them is put back at its place. Gives the scratch folders.
    """
    scratch = {str(Path(path).resolve()): how for path, how in _SCRATCH.items() if Path(path).is_dir()}
    covered, wanted = set(scratch), {path for path in needed if path not in scratch}
    for path in sorted(wanted):
        folders = [folder for folder in (path, *map(str, Path(path).parents)) if Path(folder).is_dir()]
        covered |= {folder for folder in folders if closed and _is_shut(folder)}
        if path in covered:
            wanted |= {str(entry) for entry in Path(path).iterdir() if not _is_shut(entry)}
    hidden: set[str] = set()
    for path in sorted(wanted - covered):  # what is bound brings all that lies in it, down to what is covered
        above = next((folder for folder in map(str, Path(path).parents) if folder in covered | hidden), "")
        if above in covered:
            hidden.add(path)
    links = {path: Path(path).readlink() for path in hidden if Path(path).is_symlink()}
    sources = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in hidden - set(links)}
    os.umask(0o022)
    for path in sorted(covered | hidden):  # a folder comes before what lies in it
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if path in covered:
            Path(path).mkdir(exist_ok=True)
            _mount("tmpfs", path, "tmpfs", _MS_NOSUID | _MS_NODEV, scratch.get(path, "mode=755,size=16m"))
        elif path in links:
            if not Path(path).is_symlink():
                Path(path).symlink_to(links[path])
        else:
            source = f"/proc/self/fd/{sources[path]}"
            if Path(source).is_dir():
                Path(path).mkdir(exist_ok=True)
            else:
                Path(path).touch()
            _mount(source, path, None, _MS_BIND | _MS_REC)
    for descriptor in sources.values():
        os.close(descriptor)
    return list(scratch)


def _is_shut(path: str | Path) -> bool:
    """Whether it is a folder that others may not enter."""
    path = Path(path)
    return path.is_dir() and not path.is_symlink() and not path.stat().st_mode & 0o001


def _copy_over(folder: str) -> str:
    """Lay a copy of ``folder`` over it that belongs to the harmless user, as do its files and their bytecode.

    See overlayfs in the kernel's documentation; what lies deeper is as it was.
    """
    place = next(
        path for path in _SCRATCH if Path(path).is_dir() and path not in map(str, Path(folder).parents)
    )
    lower = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    _mount("tmpfs", place, "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=755,size=64m")
    upper, work = Path(place, "upper"), Path(place, "work")
    upper.mkdir()
    work.mkdir()
    for within in (".", "__pycache__"):
        (upper / within).mkdir(exist_ok=True)
        for path in Path(f"/proc/self/fd/{lower}", within).glob("*"):
            if path.is_file():
                (upper / within / path.name).write_bytes(path.read_bytes())
    if os.geteuid() == 0:
        for path in (upper, *upper.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    options = f"lowerdir=/proc/self/fd/{lower},upperdir={upper},workdir={work},userxattr"
    _mount("overlay", folder, "overlay", _MS_NOSUID | _MS_NODEV, options)
    # the copy keeps what it needs of it
    _check(_libc.umount2(place.encode(), _MNT_DETACH), f"umount {place}")
    os.close(lower)
    return folder


def _leave_root() -> None:
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    _libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)  # so that this process's files in /proc are its own
    _die_with_parent()  # a change of user has taken that back


def _die_with_parent() -> None:
    parent = os.getppid()
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _raise_loopback() -> None:
    """Bring the loopback up (netdevice(7))."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        flags = struct.pack("16sh14x", b"lo", _IFF_UP | _IFF_RUNNING)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, flags)


def _unshare(flags: int) -> None:
    _check(_libc.unshare(flags), "unshare")


def _map(inside: int, outside: int, group: int) -> None:
    """Let one user and one group exist in this process's new user namespace (user_namespaces(7))."""
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inside} {outside} 1")
    Path("/proc/self/gid_map").write_text(f"{inside} {group} 1")


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    texts = [text.encode() if text is not None else None for text in (source, target, kind, options)]
    result = _libc.mount(texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3])
    _check(result, f"mount {kind or source} at {target}")


def _set_read_only(path: str, flags: int, *, undo: bool = False) -> None:
    """mount_setattr(2)."""
    attributes = struct.pack("<QQQQ", not undo, undo, 0, 0)
    result = _libc.syscall(_MOUNT_SETATTR, -100, path.encode(), flags, attributes, ctypes.c_size_t(32))
    _check(result, f"mount_setattr of {path}")


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _filter(instructions: bytes) -> None:
    """Load a seccomp filter (seccomp(2)): with privileges, as a container's runtime does, else without new ones."""
    program = _Program(len(instructions) // 8, instructions)
    if _libc.prctl(_PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0) < 0:
        _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _check(_libc.prctl(_PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0), "seccomp")


def _check(result: int, what: str) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    _main()
