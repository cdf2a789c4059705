"""What the kernel is asked to forbid: namespaces, a small root, Landlock, seccomp, resource limits.

The zygote prepares once what all its jails share (:func:`enter_namespaces`, :func:`enter_root`, and a
:class:`Seal`, which holds Landlock's rules and seccomp's filter); each jail then only takes the seal's steps, a few
system calls. Everything here is a thin layer over system calls that the standard library does not offer; sources are
the man pages named in each docstring.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import resource
import select
import signal
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

LAYERS = ("limits", "capabilities", "seccomp", "landlock", "root", "namespaces", "pid namespace")
"""What a jail is made of, from the cheapest to the dearest. "namespaces" are user, mount, network, IPC and UTS."""
TIERS = {
    "strong": frozenset(LAYERS),
    "standard": frozenset(LAYERS[:4]),
    "weak": frozenset(LAYERS[:2]),
}
"""The layers of each tier."""
ISOLATIONS = tuple(TIERS)
"""The tiers, strongest first; "weak" is never chosen without being asked for."""

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x0002_0000, 0x0400_0000, 0x0800_0000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x1000_0000, 0x2000_0000, 0x4000_0000
_CLONE_THREAD = 0x0001_0000
_CLONE_NEW = 0x7E02_0000  # every kind of namespace

_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_REMOUNT = 1, 2, 4, 32
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_MNT_DETACH = 2
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 22, 24, 38
_SECCOMP_MODE_FILTER = 2
_EPERM, _ENOSYS = 1, 38

# Calls that keep the interpreter's lock: they are short, and a jail that lets go of it touches more memory.
_libc = ctypes.PyDLL(None, use_errno=True)
_syscall = _libc.syscall


class LayerMissing(Exception):
    """The kernel refused a layer; ``str()`` names the layer and the reason."""

    @classmethod
    def here(cls, layer: str) -> Self:
        """Of the system call that was made last."""
        number = ctypes.get_errno()
        if layer == "namespaces" and number == errno.ENOSPC:
            return cls("namespaces: the limit user.max_user_namespaces is reached")
        return cls(f"{layer}: {os.strerror(number)}")


@dataclass(frozen=True, slots=True)
class Machine:
    """One kind of processor: its number in seccomp's data, and its system calls' numbers."""

    audit_arch: int
    clone: int
    pivot_root: int
    clone3: int
    calls: dict[str, int]


# What a Python program that computes needs, and nothing that reaches another process, a socket, a file's metadata,
# a lock, a namespace or one of the kernel's rarer subsystems. Everything else answers EPERM.
_X86_64 = Machine(
    audit_arch=0xC000003E,
    clone=56,
    pivot_root=155,
    clone3=435,
    calls={
        "read": 0, "write": 1, "open": 2, "close": 3, "stat": 4, "fstat": 5, "lstat": 6, "poll": 7, "lseek": 8,
        "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14,
        "rt_sigreturn": 15, "ioctl": 16, "pread64": 17, "readv": 19, "writev": 20, "access": 21, "select": 23,
        "sched_yield": 24, "mremap": 25, "msync": 26, "mincore": 27, "madvise": 28, "dup": 32, "dup2": 33,
        "pause": 34, "nanosleep": 35, "getitimer": 36, "alarm": 37, "setitimer": 38, "getpid": 39, "clone": 56,
        "exit": 60, "uname": 63, "fcntl": 72, "getcwd": 79, "readlink": 89, "gettimeofday": 96, "getrlimit": 97,
        "getrusage": 98, "sysinfo": 99, "times": 100, "getuid": 102, "getgid": 104, "geteuid": 107,
        "getegid": 108, "getppid": 110, "rt_sigpending": 127, "rt_sigtimedwait": 128, "sigaltstack": 131,
        "gettid": 186, "time": 201, "futex": 202, "sched_getaffinity": 204, "getdents64": 217,
        "set_tid_address": 218, "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229,
        "clock_nanosleep": 230, "exit_group": 231, "openat": 257, "newfstatat": 262, "readlinkat": 267,
        "faccessat": 269, "pselect6": 270, "ppoll": 271, "set_robust_list": 273,
        "dup3": 292, "prlimit64": 302, "getcpu": 309, "membarrier": 324, "statx": 332, "rseq": 334,
        "close_range": 436, "faccessat2": 439, "futex_waitv": 449,
    },
)  # fmt: skip
_AARCH64 = Machine(
    audit_arch=0xC00000B7,
    clone=220,
    pivot_root=41,
    clone3=435,
    calls={
        "getcwd": 17, "dup": 23, "dup3": 24, "fcntl": 25, "ioctl": 29, "faccessat": 48, "openat": 56, "close": 57,
        "getdents64": 61, "lseek": 62, "read": 63, "write": 64, "readv": 65, "writev": 66, "pread64": 67,
        "pselect6": 72, "ppoll": 73, "readlinkat": 78, "newfstatat": 79, "fstat": 80, "exit": 93,
        "exit_group": 94, "set_tid_address": 96, "futex": 98, "set_robust_list": 99,
        "nanosleep": 101, "getitimer": 102, "setitimer": 103, "clock_gettime": 113, "clock_getres": 114,
        "clock_nanosleep": 115, "sched_getaffinity": 123, "sched_yield": 124, "restart_syscall": 128,
        "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigpending": 136,
        "rt_sigtimedwait": 137, "rt_sigreturn": 139, "times": 153, "uname": 160, "getrusage": 165, "getcpu": 168,
        "gettimeofday": 169, "getpid": 172, "getppid": 173, "getuid": 174, "geteuid": 175, "getgid": 176,
        "getegid": 177, "gettid": 178, "sysinfo": 179, "brk": 214, "munmap": 215, "mremap": 216, "clone": 220,
        "mmap": 222, "mprotect": 226, "msync": 227, "mincore": 232, "madvise": 233, "prlimit64": 261,
        "membarrier": 283, "statx": 291, "rseq": 293, "close_range": 436, "faccessat2": 439, "futex_waitv": 449,
    },
)  # fmt: skip
MACHINES = {"x86_64": _X86_64, "aarch64": _AARCH64}


def machine() -> Machine:
    """This machine's kind; raises :class:`LayerMissing` for a processor that has no filter here."""
    name = platform.machine()
    if name not in MACHINES:
        raise LayerMissing(f"seccomp: no filter for {name}, only for {' and '.join(MACHINES)}")
    return MACHINES[name]


_CLONE_CALL = ctypes.c_long(MACHINES[platform.machine()].clone if platform.machine() in MACHINES else -1)
_FORK, _FORK_IN_NAMESPACE = ctypes.c_ulong(signal.SIGCHLD), ctypes.c_ulong(CLONE_NEWPID | signal.SIGCHLD)
_NONE = ctypes.c_ulong(0)
_int, _word = ctypes.c_int, ctypes.c_ulong


# --- namespaces and the root ---------------------------------------------------------------------------------------


def enter_namespaces(*, mounts_only: bool = False) -> None:
    """Put this single-threaded process into user, mount, network, IPC and UTS namespaces of its own.

    See user_namespaces(7). The user keeps its number; without a user namespace (refused to root in some
    containers) the others are tried alone. ``mounts_only`` is the least that a small root needs: user and mount.
    """
    uid, gid = os.getuid(), os.getgid()
    others = CLONE_NEWNS if mounts_only else CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
    try:
        _call("namespaces", _libc.unshare, CLONE_NEWUSER | others)
    except LayerMissing:
        if uid != 0:
            raise
        _call("namespaces", _libc.unshare, others)
    else:
        try:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
            Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
        except OSError as problem:
            raise LayerMissing(f"namespaces: {problem.strerror}") from None
    if not mounts_only:
        _call("namespaces", _libc.sethostname, b"jail", 4)  # the machine's name is its own


def fork(*, pid_namespace: bool) -> int:
    """Fork, where wanted into a PID namespace of the child's own, whose end leaves no process (clone(2)).

    The system call is made by hand: unshare(2) would bind all later children to one namespace, and ``os.fork()`` has
    the interpreter and every module that registered for it set locks, threads and generators anew, which touches 200
    pages of memory. Only a single-threaded process that holds no lock may do so: then there is nothing to set anew.
    """
    flags = _FORK_IN_NAMESPACE if pid_namespace else _FORK
    pid: int = _syscall(_CLONE_CALL, flags, _NONE, _NONE, _NONE, _NONE)
    if pid < 0:
        raise LayerMissing(f"{'pid namespace' if pid_namespace else 'fork'}: refused")
    return pid


def enter_root(visible: Sequence[str], hidden: Sequence[str]) -> None:
    """Pivot into a root that holds only ``visible`` (absolute directories or files), read-only.

    A directory in ``hidden`` is emptied before what is visible below it is put back. See pivot_root(2), mount(2).
    """
    _mount("root", None, "/", None, _MS_REC | _MS_PRIVATE)
    place = next(
        (
            candidate
            for candidate in ("/mnt", "/media", "/srv", "/opt", "/run", "/tmp")
            if Path(candidate).is_dir()
            and not any((path + "/").startswith(candidate + "/") for path in (*visible, *hidden))
        ),
        None,
    )
    if place is None:
        raise LayerMissing("root: no folder to build it on")
    _mount("root", "tmpfs", place, "tmpfs", _MS_NOSUID | _MS_NODEV, b"size=1m,mode=755")
    for name in ("lib", "lib64", "bin"):  # where /lib is a link into /usr, the loader still asks for /lib
        if Path("/", name).is_symlink():
            Path(place, name).symlink_to(Path("/", name).readlink())
    tmpfs = [place]
    for path in sorted({*visible, *hidden}):  # a folder comes before what lies in it
        target = place + path
        if path in hidden:
            Path(target).mkdir(parents=True, exist_ok=True)
            _mount("root", "tmpfs", target, "tmpfs", _MS_NOSUID | _MS_NODEV, b"size=1m,mode=755")
            tmpfs.append(target)
            continue
        if Path(path).is_dir():
            Path(target).mkdir(parents=True, exist_ok=True)
        else:
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            Path(target).touch()
        _mount("root", path, target, None, _MS_BIND | _MS_REC)  # with what is mounted below it
        _call("root", _syscall, *_MOUNT_SETATTR, target.encode(), _AT_RECURSIVE, _READ_ONLY, len(_READ_ONLY))
    for target in tmpfs:
        _mount("root", None, target, None, _MS_REMOUNT | _MS_RDONLY | _MS_NOSUID | _MS_NODEV)
    os.chdir(place)
    _call("root", _syscall, machine().pivot_root, b".", b".")
    _call("root", _libc.umount2, b".", _MNT_DETACH)
    os.chdir("/")


_MOUNT_SETATTR = (ctypes.c_long(442), ctypes.c_int(-100))  # the same number on every machine; Linux 5.12
_AT_RECURSIVE = 0x8000
_READ_ONLY = struct.pack("<QQQQ", 1 | 2, 0, 0, 0)  # struct mount_attr: MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID


def _mount(
    layer: str, source: str | None, target: str, kind: str | None, flags: int, options: bytes | None = None
) -> None:
    _call(
        layer,
        _libc.mount,
        source.encode() if source else None,
        target.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        options,
    )


# --- Landlock ------------------------------------------------------------------------------------------------------

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446  # the same on every machine
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3


def landlock_abi() -> int:
    """The kernel's Landlock version, 0 where there is none (landlock(7))."""
    version: int = _syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint(1))
    return max(version, 0)


def landlock_ruleset(readable: Iterable[str]) -> int:
    """A ruleset's descriptor: nothing may be done to any file, save reading ``readable`` and what lies below.

    TCP, abstract unix sockets and signals to others are refused too where the kernel's version knows them.
    """
    abi = landlock_abi()
    if abi < 1:
        raise LayerMissing("landlock: not in this kernel")
    files = (1 << (13 + (abi >= 2) + (abi >= 3) + (abi >= 5))) - 1
    network = 3 if abi >= 4 else 0
    scopes = 3 if abi >= 6 else 0
    attributes = struct.pack("<QQQ", files, network, scopes)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset: int = _call("landlock", _syscall, _LANDLOCK_CREATE, attributes, ctypes.c_size_t(size), 0)
    for path in readable:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue  # a folder on Python's path need not exist
        try:
            rights = _READ_FILE | _READ_DIR if Path(path).is_dir() else _READ_FILE
            rule = struct.pack("<Qi", rights, descriptor)
            _call("landlock", _syscall, _LANDLOCK_ADD, ruleset, 1, rule, 0)
        finally:
            os.close(descriptor)
    return ruleset


# --- seccomp -------------------------------------------------------------------------------------------------------

_LOAD, _JUMP_EQUAL, _JUMP_ABOVE, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
# Duplicating, and a descriptor's own flags; status flags are read, not set: all jails' descriptor 0 is the same open
# file, and a flag left there would reach the next. No locks, leases, seals, owners.
_FCNTL_COMMANDS = (0, 1, 2, 3, 1030)
_IOCTLS = (0x5401, 0x5413, 0x5450, 0x5451)  # is it a terminal, its size, a descriptor's own flag


def seccomp_program(kind: Machine | None = None) -> bytes:
    """The filter's instructions (seccomp(2), struct sock_filter) for ``kind``, else for this machine."""
    kind = kind or machine()
    guarded = {
        "clone": _thread_only(),
        "fcntl": _argument_in(1, _FCNTL_COMMANDS),
        "ioctl": _argument_in(1, _IOCTLS),
        "prlimit64": _arguments_are_zero(0, 2),
        "sched_getaffinity": _arguments_are_zero(0),
        # a negative clock is another process's
        **dict.fromkeys(("clock_gettime", "clock_getres", "clock_nanosleep"), _argument_below(0, 1 << 31)),
    }
    program = [
        (_LOAD, 0, 0, _ARCH),
        (_JUMP_EQUAL, 1, 0, kind.audit_arch),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_AT_LEAST, 0, 1, 0x40000000),  # x32's numbers would pass for others
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_JUMP_EQUAL, 0, 1, kind.clone3),  # its flags lie in memory: glibc falls back to clone
        (_RETURN, 0, 0, _ERRNO | _ENOSYS),
    ]
    spans: list[_Span] = []
    for name, number in sorted(kind.calls.items(), key=lambda call: call[1]):
        body = guarded.get(name, _ALLOWED)
        if spans and body is _ALLOWED is spans[-1][2] and number == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], number, body)
        else:
            spans.append((number, number, body))
    program += _search(spans)
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)


_Instructions = list[tuple[int, int, int, int]]
_Span = tuple[int, int, _Instructions]  # the first number, the last, and what is done about them

_ALLOWED: _Instructions = [(_RETURN, 0, 0, _ALLOW)]


def _search(spans: Sequence[_Span]) -> _Instructions:
    """Do what the span asks for that the number is in; a number in none is refused.

    A binary search: whenever a jail applies the filter, the kernel tries every number there is on it.
    """
    if len(spans) == 1:
        ((first, last, body),) = spans
        return [
            (_JUMP_AT_LEAST, 0, 1, first),
            (_JUMP_ABOVE, 0, 1, last),
            (_RETURN, 0, 0, _ERRNO | _EPERM),
            *body,
        ]
    middle = len(spans) // 2
    below, above = _search(spans[:middle]), _search(spans[middle:])
    return [(_JUMP_AT_LEAST, len(below), 0, spans[middle][0]), *below, *above]


def _thread_only() -> _Instructions:
    return [
        (_LOAD, 0, 0, _ARGUMENTS),
        (_JUMP_ANY_BIT, 0, 2, _CLONE_THREAD),
        (_JUMP_ANY_BIT, 1, 0, _CLONE_NEW),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERRNO | _EPERM),
    ]


def _argument_in(index: int, values: Sequence[int]) -> _Instructions:
    tests = [(_JUMP_EQUAL, len(values) - i, 0, value) for i, value in enumerate(values)]
    return [
        (_LOAD, 0, 0, _ARGUMENTS + 8 * index),
        *tests,
        (_RETURN, 0, 0, _ERRNO | _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _argument_below(index: int, bound: int) -> _Instructions:
    return [
        (_LOAD, 0, 0, _ARGUMENTS + 8 * index),
        (_JUMP_AT_LEAST, 0, 1, bound),
        (_RETURN, 0, 0, _ERRNO | _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _arguments_are_zero(*indices: int) -> _Instructions:
    halves = [_ARGUMENTS + 8 * index + half for index in indices for half in (0, 4)]
    program: _Instructions = []
    for position, offset in enumerate(halves):
        left = 2 * (len(halves) - position - 1)
        program += [(_LOAD, 0, 0, offset), (_JUMP_EQUAL, 0, left + 1, 0)]
    return [*program, (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO | _EPERM)]


class _SockFprog(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


# --- what each jail does to itself ---------------------------------------------------------------------------------


Steps = list[tuple[str, Callable[..., Any], tuple[Any, ...]]]
"""What a jail does to itself, in this order: a layer's name, a function, its arguments."""

_JAILS_OWN = 5  # descriptors below are those that a jail begins with: nothing, output twice, wire, status
ORPHANED = "orphaned"
"""The step that fails if the parent had ended before the jail asked to die with it: nobody would end it."""
_FIRST_FREE = 16  # of the zygote's descriptors that last: below are a jail's own, and short-lived ones
_OPEN_FILES = (64, 64)


class Seal:
    """What a jail gives up for good, made ready once by the process that it is forked from.

    That process gains no privileges from then on and takes on the limits that are the same for every jail. What its
    jails are to do is written down before they are forked: what a jail makes itself costs it memory of its own.
    """

    def __init__(self, layers: frozenset[str], readable: Sequence[str]) -> None:
        if "limits" in layers:
            for what in (resource.RLIMIT_FSIZE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE):
                resource.setrlimit(what, (0, 0))
            # Where dumps are piped to a program outside, 0 would not stop that, and 1 does (core(5)).
            resource.setrlimit(resource.RLIMIT_CORE, (1, 1))
        if layers & {"capabilities", "landlock", "seccomp"}:
            _call("no_new_privs", _libc.prctl, _int(_PR_SET_NO_NEW_PRIVS), _word(1), _NONE, _NONE, _NONE)
        own_end = select.poll()
        own_end.register(move_up(os.pidfd_open(os.getpid())), select.POLLIN)
        kill_me = (_int(_PR_SET_PDEATHSIG), _word(signal.SIGKILL), _NONE, _NONE, _NONE)
        self._steps: Steps = [
            ("parent's death", _libc.prctl, kill_me),  # PR_SET_PDEATHSIG(2const)
            (ORPHANED, own_end.poll, (0,)),
        ]
        if "landlock" in layers:
            ruleset = _int(move_up(landlock_ruleset(readable)))
            self._steps.append(("landlock", _syscall, (_word(_LANDLOCK_RESTRICT), ruleset, _NONE)))
        self._steps.append(("descriptors", os.closerange, (_JAILS_OWN, 1 << 20)))
        self._limits = len(self._steps) if "limits" in layers else None
        if "capabilities" in layers:
            _drop_bounding_set()
            self._steps.append(("capabilities", _libc.capset, (struct.pack("<Ii", 0x20080522, 0), bytes(24))))
        if "seccomp" in layers:
            instructions = seccomp_program()
            program = ctypes.pointer(_SockFprog(len(instructions) // 8, instructions))
            mode = _word(_SECCOMP_MODE_FILTER)
            self._steps.append(("seccomp", _libc.prctl, (_int(_PR_SET_SECCOMP), mode, program, _NONE, _NONE)))

    def steps(self, cpu_s: float, memory_bytes: int) -> Steps:
        """The steps of a jail with these limits; CPU time is also watched from outside, to the ms."""
        if (at := self._limits) is None:
            return self._steps
        seconds = int(cpu_s) + 2
        limits: Steps = [
            ("limits", resource.setrlimit, (resource.RLIMIT_CPU, (seconds, seconds))),
            ("limits", resource.setrlimit, (resource.RLIMIT_AS, (memory_bytes, memory_bytes))),
            ("limits", resource.setrlimit, (resource.RLIMIT_NOFILE, _OPEN_FILES)),
        ]
        return [*self._steps[:at], *limits, *self._steps[at:]]


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that made it ends (PR_SET_PDEATHSIG(2const))."""
    _call("parent's death", _libc.prctl, _int(_PR_SET_PDEATHSIG), _word(signal.SIGKILL), _NONE, _NONE, _NONE)


def move_up(descriptor: int) -> int:
    """The same open file under a number that no jail uses for its own."""
    moved = copy_up(descriptor)
    os.close(descriptor)
    return moved


def copy_up(descriptor: int) -> int:
    """A second descriptor of the same open file, with such a number."""
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)


def _drop_bounding_set() -> None:
    """See to it that no child gains a capability, as far as this process may (capabilities(7))."""
    capability = 0
    while _libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) == 0:
        capability += 1


def _call(layer: str, function: ctypes._NamedFuncPointer, *arguments: object) -> int:
    result: int = function(*arguments)
    if result < 0:
        raise LayerMissing.here(layer)
    return result
