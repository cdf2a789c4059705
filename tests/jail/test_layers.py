"""Each layer of a jail, and beside it the same attack where that layer is missing: there it has to work."""

import asyncio
import functools
import os
import signal
import struct
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path

import pytest
from attacks import throwaway
from misbehaving import CASES, matches
from processes import children, descendants, descriptors, eventually, running

from selftaught.budget import Limits
from selftaught.errors import IsolationError, TaskError
from selftaught.jail import cell as cells
from selftaught.jail import doctor, layers
from selftaught.jail.cell import Cell, Slot, Zygote, ZygoteLost
from selftaught.program import Program

LIMITS = Limits(cpu_s=2, wall_s=10, memory_mb=192)
LONG = Limits(cpu_s=600, wall_s=600, memory_mb=192)
HELD = ("strong", "standard")
BOUNDED = Limits(cpu_s=30, wall_s=60, memory_mb=192)  # for what should end sooner, lest a failure hang
PLAIN = throwaway.User("a plain user", harmless=False)
FOREVER = Program("def f():\n    while True: pass")


def attempt(zygote, source, args=(), limits=LIMITS):
    with Cell(zygote, limits, Program(source), bytes(16)) as cell:
        return cell.call("f", list(args))


# --- a jail, and another beside it ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bystander(zygotes):
    """The pid of another jail of a tier, which does nothing for a long time."""
    started = {}

    def pid(isolation):
        if isolation not in started:
            cell = Cell(zygotes(isolation), LONG, Program("import time\ndef f(): time.sleep(600)"), bytes(16))
            thread = threading.Thread(target=cell.call, args=("f", []))
            thread.start()
            assert eventually(lambda: cell.pid)
            started[isolation] = cell, thread
        return started[isolation][0].pid

    yield pid
    for cell, thread in started.values():
        os.kill(cell.pid, signal.SIGKILL)
        thread.join()
        cell.close()


@pytest.mark.parametrize("isolation", HELD)
def test_what_a_program_may_still_do(isolation, zygotes):
    outcome = attempt(
        zygotes(isolation),
        """
import threading, time, os, json, sqlite3, ctypes, decimal, multiprocessing.pool, concurrent.futures, heapq, zlib
import numpy as np
def f():
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        squares = list(pool.map(lambda x: x * x, range(4)))
    a = np.random.default_rng(0).random((50, 50))
    memory = sqlite3.connect(":memory:").execute("SELECT 1 + 1").fetchone()[0]
    return [squares, np.allclose(np.linalg.inv(a) @ a, np.eye(50)), os.getcwd(), memory, np.fft.fft([1, 0]).size,
            time.monotonic() > 0, zlib.crc32(b"a"), len(os.sched_getaffinity(0)) > 0, open(os.__file__).read(3)]
""",
        limits=Limits(cpu_s=5, wall_s=20, memory_mb=512),
    )
    assert outcome.error == ""
    assert outcome.value[:2] == [[0, 1, 4, 9], True]


# --- CPU, memory: the limit and its twin ----------------------------------------------------------------------------


def test_memory_beyond_the_limit_is_refused_and_within_it_is_given(zygotes, strongest):
    source = "def f(): return len(bytearray(100 * 2**20))"
    little, much = (
        attempt(zygotes(strongest), source, limits=Limits(cpu_s=5, memory_mb=megabytes))
        for megabytes in (64, 128)
    )
    assert (little.status, little.error) == ("memory", "MemoryError")
    assert (much.status, much.value) == ("ok", 100 * 2**20)


def test_cpu_time_beyond_the_limit_ends_a_program_and_within_it_does_not(zygotes, strongest):
    source = "import time\ndef f():\n    while time.process_time() < 0.3: pass\n    return 1"
    little, much = (attempt(zygotes(strongest), source, limits=Limits(cpu_s=s, wall_s=60)) for s in (0.1, 30))
    assert (little.status, much.status) == ("timeout", "ok")
    assert 0.1 <= little.cpu_s < 0.3
    assert much.cpu_s >= 0.3


def test_children_cannot_get_round_the_memory_limit_since_there_are_none(zygotes):
    source = """
import os
def f():
    for _ in range(4):
        pid = os.fork()
        if pid == 0:
            bytearray(40 * 2**20)
            os._exit(0)
        os.waitpid(pid, 0)
    return 4 * 40
"""
    assert attempt(zygotes("weak"), source, limits=Limits(memory_mb=64)).value == 160
    for isolation in HELD:
        assert attempt(zygotes(isolation), source, limits=Limits(memory_mb=64)).status == "error"


class NeverAnswers:
    """What a jail asks and waits for as long as it likes."""

    methods = ("ask",)
    properties = ()

    def constants(self):
        return {}

    async def asked(self, name, args, kwargs):
        await asyncio.Event().wait()


@pytest.mark.parametrize("isolation", HELD)
def test_threads_are_counted_while_a_jail_waits_for_us_too(isolation, zygotes):
    source = f"""
import threading, time
threading.stack_size(2**16)
def start_many():
    time.sleep(0.2)  # until the other thread waits
    for _ in range({cells.MOST_THREADS + 100}):
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
def f(trusted):
    threading.Thread(target=start_many, daemon=True).start()
    trusted.ask()
"""

    async def ask():
        with Cell(zygotes(isolation), LONG, Program(source), bytes(16)) as cell:
            async with asyncio.timeout(60):
                return await cell.converse("f", [NeverAnswers()], Slot(asyncio.Semaphore(1)))

    outcome = asyncio.run(ask())
    assert (outcome.status, outcome.error) == ("killed", "more than 512 threads")


# --- what the kernel says of a jail, seen from outside --------------------------------------------------------------


@pytest.mark.parametrize("isolation", ["strong", "standard", "weak"])
def test_a_jail_holds_four_descriptors_and_shares_nothing_that_can_be_written(isolation, zygotes, bystander):
    zygote, first = zygotes(isolation), bystander(isolation)
    with Cell(zygote, LONG, FOREVER, bytes(16)) as cell:
        thread = threading.Thread(target=lambda: cell.call("f", []))
        thread.start()
        try:
            assert eventually(lambda: cell.pid and cell._talk.cpu_clock() > 0.05)
            second = cell.pid
            held = {pid: descriptors(pid) for pid in (first, second)}
            for pid in (first, second):
                assert len(held[pid]) == 4, held[pid]
                shared = [
                    line
                    for line in Path(f"/proc/{pid}/maps").read_text().splitlines()
                    if "w-s " in line or "wxs " in line
                ]
                assert shared == []
            assert set(held[first]) & set(held[second]) <= {"/dev/null"}
            theirs = set(descriptors(zygote.pid))
            assert set(held[second]) & theirs <= {"/dev/null"}
        finally:
            os.kill(cell.pid, signal.SIGKILL)
            thread.join()


@pytest.mark.parametrize("isolation", ["strong", "standard", "weak"])
def test_a_jail_has_no_capability_and_can_gain_none(isolation, zygotes, bystander):
    pid = bystander(isolation)
    lines = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line
    )
    assert {lines[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0000000000000000"}
    if os.geteuid() == 0:
        assert lines["CapBnd"] == "0000000000000000"
    assert lines["NoNewPrivs"] == "1"
    assert lines["Seccomp"] == ("0" if isolation == "weak" else "2")


@pytest.mark.parametrize(
    ("isolation", "own"), [("strong", {"user", "mnt", "net", "ipc", "uts", "pid"}), ("standard", set())]
)
def test_a_jail_is_in_namespaces_of_its_own(isolation, own, bystander):
    pid = bystander(isolation)
    kinds = ("user", "mnt", "net", "ipc", "uts", "pid")
    differ = {
        kind
        for kind in kinds
        if Path(f"/proc/{pid}/ns/{kind}").readlink() != Path(f"/proc/self/ns/{kind}").readlink()
    }
    assert differ == own


def test_the_small_root_holds_what_python_needs_and_nothing_else(bystander):
    root = f"/proc/{bystander('strong')}/root"
    files = [f"{folder}/{name}".removeprefix(root) for folder, _, names in os.walk(root) for name in names]
    assert any(name.endswith("/os.py") for name in files)
    assert "proc" not in {path.name for path in Path(root).iterdir()}
    packages = {
        name.partition("/site-packages/")[2].partition("/")[0] for name in files if "/site-packages/" in name
    }
    assert packages == {"numpy", "numpy.libs"}
    unwanted = ("/selftaught", "/etc/passwd", "/etc/shadow", "/.ssh", "/home/")
    wanted = (
        sysconfig.get_path("stdlib"),
        *(f"{folder}/numpy" for folder in sys.path if "-packages" in folder),
    )
    # the project may lie in a folder of any name
    others = [name for name in files if not name.startswith(wanted)]
    assert [name for name in others if any(word in name for word in unwanted)] == []
    assert Path("/etc/passwd").exists(), "this test shows nothing"


@pytest.mark.parametrize("isolation", ["strong", "standard", "weak"])
def test_no_key_is_anywhere_in_a_jails_environment(isolation, require, monkeypatch):
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "AWS_SECRET_ACCESS_KEY", "MY_OWN"):
        monkeypatch.setenv(name, "decoy-key")
    with Zygote(require(isolation)) as zygote:
        seen = attempt(zygote, "import os\ndef f(): return dict(os.environ)").value
        assert b"decoy-key" not in Path(f"/proc/{zygote.pid}/environ").read_bytes()
    assert "decoy-key" not in seen.values()
    inherited = subprocess.run(["env"], capture_output=True, text=True, check=True).stdout
    assert inherited.count("decoy-key") == 4, "this test shows nothing"


# --- the canaries ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("isolation", HELD)
def test_the_doctor_finds_that_the_tier_holds(isolation, require):
    tier = doctor.examine(require(isolation))
    assert tier.holds
    assert [finding.name for finding in tier.findings if not finding.held] == []


def test_the_doctor_tries_in_the_weak_tier_what_it_promises_and_no_more():
    tier = doctor.examine("weak")
    assert tier.holds, tier.failed
    assert tier.findings
    assert all(finding.attack.stopped_in("weak") for finding in tier.findings)


def test_the_strongest_tier_is_chosen_unless_another_is_asked_for(strongest):
    assert doctor.choose("weak") == "weak"
    with pytest.raises(
        ValueError, match="isolation must be one of strong, standard, weak but got bullet-proof"
    ):
        doctor.choose("bullet-proof")
    assert doctor.choose(None) == strongest


@pytest.mark.parametrize("wanted", [None, *HELD])
def test_where_no_tier_holds_nothing_is_chosen_unasked(wanted, monkeypatch):
    monkeypatch.setattr(
        doctor, "examine", lambda isolation, sent: doctor.Tier(isolation, "landlock: gone", ())
    )
    tried = wanted or r"strong lacks landlock: gone; standard"
    with pytest.raises(IsolationError, match=rf"\({tried} lacks landlock: gone\): see `selftaught doctor`"):
        doctor.choose(wanted)
    assert doctor.choose("weak") == "weak"


# --- the filter, decoded --------------------------------------------------------------------------------------------

ALLOW, KILL = "allow", "kill"
EPERM, ENOSYS = 1, 38
CLONE_THREAD_FLAGS = 0x3D0F00  # what the C library starts a thread with
NO_THREAD_FLAGS = 0x1200011  # what it forks with

# Numbers by hand from the kernel's tables, apart from the table that the filter is made of.
FORBIDDEN = {
    "x86_64": {
        "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "sendmsg": 46, "recvmsg": 47, "bind": 49,
        "listen": 50, "socketpair": 53, "fork": 57, "vfork": 58, "execve": 59, "wait4": 61, "kill": 62,
        "shmget": 29, "shmat": 30, "semget": 64, "msgget": 68, "flock": 73, "fsync": 74, "truncate": 76,
        "ftruncate": 77, "chdir": 80, "rename": 82, "mkdir": 83, "rmdir": 84, "creat": 85, "link": 86,
        "unlink": 87, "symlink": 88, "chmod": 90, "fchmod": 91, "chown": 92, "umask": 95, "ptrace": 101,
        "syslog": 103, "setuid": 105, "setgid": 106, "setsid": 112, "rt_sigqueueinfo": 129, "utime": 132,
        "mknod": 133, "personality": 135, "setpriority": 141, "sched_setscheduler": 144, "modify_ldt": 154,
        "pivot_root": 155, "prctl": 157, "arch_prctl": 158, "setrlimit": 160, "chroot": 161, "mount": 165,
        "umount2": 166, "reboot": 169, "ioperm": 173, "init_module": 175, "setxattr": 188, "tkill": 200,
        "sched_setaffinity": 203, "io_setup": 206, "timer_create": 222, "tgkill": 234, "mq_open": 240,
        "kexec_load": 246, "add_key": 248, "keyctl": 250, "inotify_init": 253, "unshare": 272, "splice": 275,
        "tee": 276, "vmsplice": 278, "utimensat": 280, "signalfd": 282, "timerfd_create": 283, "eventfd": 284,
        "fallocate": 285, "pwrite64": 18, "epoll_create1": 291, "pipe": 22, "pipe2": 293,
        "perf_event_open": 298, "fanotify_init": 300, "name_to_handle_at": 303, "open_by_handle_at": 304,
        "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "finit_module": 313,
        "seccomp": 317, "memfd_create": 319, "bpf": 321, "execveat": 322, "userfaultfd": 323,
        "copy_file_range": 326, "pkey_mprotect": 329, "pidfd_send_signal": 424, "io_uring_setup": 425,
        "open_tree": 428, "move_mount": 429, "fsopen": 430, "pidfd_open": 434, "openat2": 437,
        "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442, "landlock_create_ruleset": 444,
        "memfd_secret": 447, "capset": 126, "mkdirat": 258, "unlinkat": 263, "renameat2": 316, "fchmodat": 268,
    },
    "aarch64": {
        "setxattr": 5, "eventfd2": 19, "epoll_create1": 20, "inotify_init1": 26, "flock": 32, "mknodat": 33,
        "mkdirat": 34, "unlinkat": 35, "symlinkat": 36, "linkat": 37, "renameat": 38, "umount2": 39, "mount": 40,
        "pivot_root": 41, "truncate": 45, "ftruncate": 46, "fallocate": 47, "chdir": 49, "chroot": 51, "fchmod": 52,
        "fchmodat": 53, "fchownat": 54, "pipe2": 59, "pwrite64": 68, "signalfd4": 74, "vmsplice": 75, "splice": 76,
        "utimensat": 88, "capset": 91, "personality": 92, "unshare": 97, "kexec_load": 104, "init_module": 105,
        "timer_create": 107, "syslog": 116, "ptrace": 117, "sched_setaffinity": 122, "kill": 129, "tkill": 130,
        "tgkill": 131, "rt_sigqueueinfo": 138, "setpriority": 140, "reboot": 142, "setgid": 144, "setuid": 146,
        "setpgid": 154, "setsid": 157, "setrlimit": 164, "umask": 166, "prctl": 167, "mq_open": 180, "msgget": 186,
        "semget": 190, "shmget": 194, "socket": 198, "socketpair": 199, "bind": 200, "connect": 203, "sendto": 206,
        "sendmsg": 211, "recvmsg": 212, "add_key": 217, "keyctl": 219, "execve": 221, "perf_event_open": 241,
        "wait4": 260, "open_by_handle_at": 265, "setns": 268, "process_vm_readv": 270, "process_vm_writev": 271,
        "finit_module": 273, "renameat2": 276, "seccomp": 277, "memfd_create": 279, "bpf": 280, "execveat": 281,
        "userfaultfd": 282, "copy_file_range": 285, "pidfd_send_signal": 424, "io_uring_setup": 425, "fsopen": 430,
        "pidfd_open": 434, "openat2": 437, "pidfd_getfd": 438, "landlock_create_ruleset": 444,
    },
}  # fmt: skip
CLOCKS = ("clock_gettime", "clock_getres", "clock_nanosleep")
GUARDED = ("clone", "fcntl", "ioctl", "prlimit64", "sched_getaffinity", *CLOCKS)
FOREIGN = {"x86_64": 0x40000003, "aarch64": 0x40000028}  # the 32-bit sibling of each


def decide(kind, number, args=(), arch=None):
    """What the filter answers: a classic BPF machine, as far as such filters need one."""
    arguments = [*args, *[0] * (6 - len(args))]
    facts = struct.pack("<IIQ6Q", number, kind.audit_arch if arch is None else arch, 0, *arguments)
    code = instructions(kind.audit_arch)
    accumulator, at = 0, 0
    for _ in range(len(code) + 1):
        operation, yes, no, constant = code[at]
        at += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("<I", facts, constant)
        elif operation == 0x15:
            at += yes if accumulator == constant else no
        elif operation == 0x25:
            at += yes if accumulator > constant else no
        elif operation == 0x35:
            at += yes if accumulator >= constant else no
        elif operation == 0x45:
            at += yes if accumulator & constant else no
        elif operation == 0x06:
            kinds = {0x7FFF0000: ALLOW, 0x80000000: KILL, 0x00050000: constant & 0xFFFF}
            return kinds[constant & 0xFFFF0000]
        else:
            raise AssertionError(f"an instruction that this machine does not know: {operation:#x}")
    raise AssertionError("the filter does not end")


@functools.cache
def instructions(audit_arch):
    (kind,) = (kind for kind in layers.MACHINES.values() if kind.audit_arch == audit_arch)
    return list(struct.iter_unpack("<HBBI", layers.seccomp_program(kind)))


@pytest.fixture(params=["x86_64", "aarch64"])
def kind(request):
    return layers.MACHINES[request.param]


def name_of(kind):
    return next(name for name, known in layers.MACHINES.items() if known is kind)


def test_every_number_is_decided_as_the_table_says(kind):
    plain = {number for name, number in kind.calls.items() if name not in GUARDED}
    guarded = {kind.calls[name] for name in GUARDED if name in kind.calls}
    for number in range(1000):
        if number in guarded:
            continue
        expected = ENOSYS if number == kind.clone3 else ALLOW if number in plain else EPERM
        assert decide(kind, number) == expected, number
        assert decide(kind, number, [2**64 - 1] * 6) == expected, number


def test_no_call_that_reaches_out_is_allowed(kind):
    for name, number in FORBIDDEN[name_of(kind)].items():
        for args in ([0] * 6, [2**64 - 1] * 6, [1] * 6):
            assert decide(kind, number, args) == EPERM, name


def test_a_clone_may_only_be_a_thread(kind):
    clone = kind.calls["clone"]
    assert decide(kind, clone, [CLONE_THREAD_FLAGS]) == ALLOW
    assert decide(kind, clone, [NO_THREAD_FLAGS]) == EPERM
    assert decide(kind, clone, [0]) == EPERM
    assert decide(kind, clone, [0x00010000 << 32]) == EPERM  # the bit, but in the half that says nothing
    for namespace in (0x10000000, 0x20000000, 0x40000000, 0x00020000):
        assert decide(kind, clone, [namespace | 17]) == EPERM
    assert decide(kind, kind.clone3, [0]) == ENOSYS


def test_fcntl_may_not_lock_lease_seal_or_own(kind):
    import fcntl

    number = kind.calls["fcntl"]
    allowed = (fcntl.F_DUPFD, fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, fcntl.F_DUPFD_CLOEXEC)
    for command in range(2048):
        assert decide(kind, number, [3, command]) == (ALLOW if command in allowed else EPERM), command
    for command in (
        fcntl.F_SETFL,
        fcntl.F_SETLK,
        fcntl.F_SETLKW,
        fcntl.F_OFD_SETLK,
        fcntl.F_SETLEASE,
        fcntl.F_SETOWN,
        fcntl.F_NOTIFY,
    ):
        assert decide(kind, number, [3, command]) == EPERM


def test_ioctl_may_ask_of_terminals_and_set_a_descriptors_own_flag_only(kind):
    import termios

    number = kind.calls["ioctl"]
    allowed = {termios.TCGETS, termios.TIOCGWINSZ, termios.FIOCLEX, termios.FIONCLEX}
    for command in (*allowed, *range(0x5400, 0x5500), *range(0, 0x10000, 97)):  # of terminals, and a sample
        assert decide(kind, number, [1, command]) == (ALLOW if command in allowed else EPERM), hex(command)
    for command in (termios.FIONBIO, termios.TIOCSTI, termios.TIOCSCTTY, termios.TIOCCONS, 0x5413 << 32):
        assert decide(kind, number, [1, command]) == EPERM


def test_limits_may_be_read_of_oneself_and_not_set(kind):
    number = kind.calls["prlimit64"]
    assert decide(kind, number, [0, 7, 0, 0x7FFF_0000_1000]) == ALLOW
    assert decide(kind, number, [0, 7, 0x1000, 0]) == EPERM
    assert decide(kind, number, [0, 7, 0x1000 << 32, 0]) == EPERM
    assert decide(kind, number, [123, 7, 0, 0x1000]) == EPERM
    assert decide(kind, number, [1 << 32, 7, 0, 0x1000]) == EPERM


def test_clocks_and_processors_are_told_of_oneself_only(kind):
    for name in CLOCKS:
        for clock in range(12):  # CLOCK_REALTIME to CLOCK_TAI
            assert decide(kind, kind.calls[name], [clock]) == ALLOW
        for pid in (0, 1, 12345):
            # a process's two, a thread's (clock_getcpuclockid(3))
            for clock in (~pid << 3, ~pid << 3 | 2, ~pid << 3 | 6):
                assert decide(kind, kind.calls[name], [clock & 0xFFFF_FFFF]) == EPERM
                assert decide(kind, kind.calls[name], [clock & 0xFFFF_FFFF_FFFF_FFFF]) == EPERM
    assert decide(kind, kind.calls["sched_getaffinity"], [0, 8]) == ALLOW
    assert decide(kind, kind.calls["sched_getaffinity"], [1, 8]) == EPERM


def test_another_architecture_ends_the_process(kind):
    for arch in (
        FOREIGN[name_of(kind)],
        0,
        0xFFFFFFFF,
        *(m.audit_arch for m in layers.MACHINES.values() if m is not kind),
    ):
        for number in (0, 1, 41, kind.calls["read"]):
            assert decide(kind, number, arch=arch) == KILL


def test_the_numbers_of_x32_end_the_process(kind):
    for number in (0x40000000, 0x40000000 | kind.calls["read"], 0x40000000 | 520, 0x7FFFFFFF, 0xFFFFFFFF):
        assert decide(kind, number) == KILL
    assert decide(kind, 0x3FFFFFFF) == EPERM


def test_the_table_has_the_kernels_numbers(kind):
    import re

    headers = {
        "x86_64": ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"),
        "aarch64": ("/usr/include/asm-generic/unistd.h",),
    }[name_of(kind)]
    found = [Path(header) for header in headers if Path(header).is_file()]
    if not found:
        pytest.skip(f"none of the kernel's headers is installed: {', '.join(headers)}")
    pattern = r"#define __NR(?:3264)?_(\w+)\s+(\d+)"
    numbers = {name: int(number) for name, number in re.findall(pattern, found[0].read_text())}
    numbers.setdefault("newfstatat", numbers.get("fstatat", -1))
    for name, number in {**kind.calls, **FORBIDDEN[name_of(kind)]}.items():
        if name in numbers:
            assert numbers[name] == number, name
    assert len(set(kind.calls) & set(numbers)) > 50


def test_the_filter_in_a_jail_is_the_one_that_was_decoded(zygotes, strongest):
    """What the interpreter above says, the kernel does: a call of each answer, made by hand in a jail."""
    kind = layers.machine()
    source = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def f(number, argument):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), ctypes.c_ulong(argument), 0, 0, 0, 0)
    return ctypes.get_errno() if result < 0 else 0
"""
    numbers = FORBIDDEN[name_of(kind)]
    for name in ("socket", "unshare", "bpf", "prctl", "keyctl", "io_uring_setup", "userfaultfd", "setns"):
        assert attempt(zygotes(strongest), source, (numbers[name], 0)).value == EPERM, name
    assert attempt(zygotes(strongest), source, (kind.clone3, 0)).value == ENOSYS
    assert attempt(zygotes(strongest), source, (kind.calls["getpid"], 0)).value == 0
    x32 = attempt(zygotes(strongest), source, (0x40000000 | kind.calls["getpid"], 0))
    assert (x32.status, x32.error) == ("killed", "ended by SIGSYS")
    weak = attempt(zygotes("weak"), source, (numbers["socket"], 1))
    assert weak.value != EPERM, "this test shows nothing"


# --- lives and deaths -----------------------------------------------------------------------------------------------

OWNER = """
import sys, threading
from selftaught.budget import Limits
from selftaught.jail.cell import Cell, Zygote
from selftaught.program import Program
zygote = Zygote(sys.argv[1])
cells = [
    Cell(zygote, Limits(cpu_s=600, wall_s=600), Program(text), bytes(16))
    for text in ("def f():\\n    while True: pass", "import time\\ndef f(): time.sleep(600)")
]
for cell in cells: threading.Thread(target=lambda cell=cell: cell.call("f", []), daemon=True).start()
while not all(cell.pid for cell in cells): pass
print(zygote.pid, *(cell.pid for cell in cells), flush=True)
threading.Event().wait()
"""


@pytest.mark.parametrize("isolation", ["strong", "standard", "weak"])
@pytest.mark.parametrize("how", ["the owner is killed", "the zygote is killed"])
def test_nothing_outlives_its_owner(isolation, how, require):
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, require(isolation)], stdout=subprocess.PIPE, text=True
    ) as owner:
        pids = {int(pid) for pid in owner.stdout.readline().split()}
        zygote = min(children(owner.pid))
        assert len(pids) == 3
        assert running(pids) == pids
        assert descendants(owner.pid) == pids
        os.kill(owner.pid if how == "the owner is killed" else zygote, signal.SIGKILL)
        assert eventually(lambda: not running(pids)), f"{running(pids)} of {pids} are left"
        owner.kill()


@pytest.mark.parametrize("isolation", ["strong", "standard", "weak"])
def test_a_jail_whose_zygote_dies_as_it_is_born_dies_too(isolation, require):
    """To die with one's parent is a thing that a child asks for, and by then the parent may be dead."""
    for _ in range(4):
        with Zygote(require(isolation)) as zygote, Cell(zygote, BOUNDED, FOREVER, bytes(16)) as cell:
            cell._talk.begin("f", [])
            cell._talk.born(cell._talk.status.recv(64))
            os.kill(zygote.pid, signal.SIGKILL)
            assert eventually(lambda pid=cell.pid: not running({pid}), seconds=10)


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_killed_zygote_is_an_error_of_ours_and_leaks_nothing(when, require, strongest):
    before = len(descriptors())
    zygote = Zygote(strongest)
    pid = zygote.pid
    if when == "before":
        os.kill(pid, signal.SIGKILL)
        zygote._process.wait()
        assert not zygote.alive
        with pytest.raises(ZygoteLost):
            attempt(zygote, "def f(): return 1")
    else:
        with Cell(zygote, BOUNDED, FOREVER, bytes(16)) as cell:
            threading.Thread(
                target=lambda: eventually(lambda: cell.pid) and os.kill(pid, signal.SIGKILL)
            ).start()
            with pytest.raises(ZygoteLost):
                cell.call("f", [])
    zygote.close()
    assert len(descriptors()) == before, descriptors()


def test_a_zygote_without_its_imports_says_which_is_missing():
    with pytest.raises(
        TaskError, match=r"imports: No module named 'no_such_package': install it, or take it out"
    ):
        Zygote("weak", ["no_such_package"])


# --- as a plain user ------------------------------------------------------------------------------------------------


def a_plain_users_report():
    """What the doctor finds, and which of some misbehaving programs met another end than they should."""
    report = {"uid": os.getuid()}
    for isolation in HELD:
        tier = doctor.examine(isolation)
        alive = [finding.name for finding in tier.findings if not finding.held]
        report[isolation] = {"missing": tier.missing, "alive": alive, "unexpected": []}
        if tier.missing:
            continue
        with Zygote(isolation) as zygote:
            for case in CASES[::13]:
                with Cell(zygote, case.limits, Program(case.source), bytes(16)) as cell:
                    outcome = cell.call("f", case.args)
                if outcome.status not in case.status.split("|") or not matches(case.cause, outcome.error):
                    report[isolation]["unexpected"].append([case.name, outcome.status, outcome.error])
    return report


@pytest.fixture(scope="module")
def plain_users_report():
    if os.geteuid() != 0:
        pytest.skip("run by a plain user: every other test is this test")
    try:
        return throwaway.run(a_plain_users_report, user=PLAIN)
    except throwaway.Unavailable as problem:
        pytest.skip(str(problem))


@pytest.mark.parametrize("isolation", HELD)
def test_as_a_plain_user_the_layers_hold_too(isolation, plain_users_report):
    assert plain_users_report["uid"] == throwaway.NOBODY
    tier = plain_users_report[isolation]
    if tier["missing"]:
        pytest.skip(f"{isolation}: a plain user has it not on this machine: {tier['missing']}")
    assert tier["alive"] == []
    assert tier["unexpected"] == []
