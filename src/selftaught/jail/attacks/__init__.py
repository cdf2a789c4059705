"""Programs that try to get out of a jail, each in a file of its own with the verdict that is expected.

A program defines ``attack(decoys)`` and returns True if, and only if, it got what it wanted; ``decoys`` is a dict of
things made to be attacked (:class:`Decoys`). Its docstring says what it tries, then, a line each:

``stopped by``
    the layers, each of which stops it alone: names of :data:`selftaught.jail.layers.LAYERS`; "watch", the clocks that
    are read from outside; "frames", the checks of what arrives from a jail. A tier that has one of them stops it.
``verdict``
    the outcomes that are right where it is stopped ("error" unless said; "a|b" for either).
``limits``
    the jail's limits, such as ``cpu_s=0.05 wall_s=5 memory_mb=64``, where they matter.
``canary``
    "quick": tried at the start of every run; "yes": also tried by ``selftaught doctor``.
``twin``
    "none: REASON" where the kernel refuses it to anyone, so that it works nowhere, jail or not.
``as``
    "root" where only root could do it at all: a plain user's attempt fails with all layers off, too. Such an attack
    asks for nothing that would last, since what only the machine's own root may do is tried as that root.
``wants``
    what its owner must not end up with (:data:`WANTS`), where it is not the program's own word that counts: a program
    may return whatever it likes.
``given``
    "a trusted object": then it is ``attack(decoys, trusted)`` (:class:`Trusted`).
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import math
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np

from selftaught.budget import Limits
from selftaught.jail import layers
from selftaught.jail.cell import Cell, Outcome, Slot, Zygote
from selftaught.program import Program

GROUPS = ("reading", "writing", "network", "processes", "kernel", "resources", "protocol")
OUTSIDE = ("watch", "frames")
"""What stops an attack from the trusted side, in every tier."""
WANTS = ("a value that may not cross", "the owner raises", "the owner hangs", "the owner's memory")
"""What an attack may want of its owner; each is looked for after each of these attacks."""
MOST_GROWTH_MB = 384
"""How much memory an attack may cost its owner meanwhile."""
_LIMITS = Limits(cpu_s=2, wall_s=10, memory_mb=128)
_KEYS = ("stopped by", "verdict", "limits", "canary", "twin", "as", "wants", "given")
_MARGIN_S = 30.0  # how much later than at its limits an attack may be over, on a busy machine


@dataclass(frozen=True, slots=True)
class Attack:
    """One program of the suite; see the module's docstring for what the fields say."""

    group: str
    name: str
    what: str
    program: Program
    stopped_by: frozenset[str]
    verdict: tuple[str, ...] = ("error",)
    limits: Limits = _LIMITS
    canary: str = ""
    no_twin: str = ""
    root_only: bool = False
    wants: str = ""
    given: str = ""

    def stopped_in(self, isolation: str) -> bool:
        """Whether this tier promises to stop it."""
        return bool(self.stopped_by & (layers.TIERS[isolation] | set(OUTSIDE)))

    def __str__(self) -> str:
        return f"{self.group}/{self.name}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one attack: ``held`` unless it got away, and in words what happened."""

    attack: Attack
    held: bool
    words: str
    outcome: Outcome

    @property
    def name(self) -> str:
        """The attack's group and name."""
        return str(self.attack)

    @property
    def right(self) -> bool:
        """Whether it was stopped with an outcome that the attack's file expects."""
        return self.held and self.outcome.status in self.attack.verdict


@cache
def suite() -> tuple[Attack, ...]:
    """Every attack, group by group."""
    here = Path(__file__).parent
    return tuple(_read(path) for group in GROUPS for path in sorted((here / group).glob("*.py")))


def canaries(*, quick: bool = False) -> list[Attack]:
    """The subset that ``selftaught doctor`` sends in, or that every run does."""
    return [attack for attack in suite() if attack.canary == "quick" or (attack.canary and not quick)]


def send(zygote: Zygote, attack: Attack, told: Mapping[str, Any], limits: Limits | None = None) -> Finding:
    """Run one attack in a jail of ``zygote``; ``limits`` are the attack's own unless others are given."""
    if attack.wants:
        return _send_to_owner(zygote, attack, told, limits or attack.limits)
    with Cell(zygote, limits or attack.limits, attack.program, bytes(16)) as cell:
        outcome = _call(cell, attack, told)
    got_away = outcome.status == "ok" and outcome.value is not False and outcome.value is not None
    words = outcome.error or f"returned {outcome.value!r:.80}"
    return Finding(attack, not got_away, words, outcome)


def _send_to_owner(zygote: Zygote, attack: Attack, told: Mapping[str, Any], limits: Limits) -> Finding:
    """The same of an attack on this process: it got away if any harm was done here, whatever it returned."""
    growth, began = Growth(), time.monotonic()
    try:
        with Cell(zygote, limits, attack.program, bytes(16)) as cell:
            outcomes = [_call(cell, attack, told)]
            if outcomes[0].status == "ok":  # what the first call left behind meets the second
                outcomes.append(_call(cell, attack, told))
    except Exception as problem:  # noqa: BLE001  whatever an attack makes its owner raise is what it wanted
        words = f"the owner raises: {type(problem).__name__}: {problem}"
        return Finding(attack, False, words, Outcome("error", error=words))
    took, grown = time.monotonic() - began, growth.mb()
    harm = "; ".join(filter(None, map(fault_of_outcome, outcomes)))
    if took > len(outcomes) * (limits.wall_s + limits.cpu_s + _MARGIN_S):
        harm = f"the owner hangs: {took:.1f} s, {harm}"
    if grown > MOST_GROWTH_MB:
        harm = f"the owner's memory: {grown:.0f} MiB more, {harm}"
    words = harm or outcomes[0].error or f"returned {outcomes[0].value!r:.80}"
    return Finding(attack, not harm, words, outcomes[0])


def _call(cell: Cell, attack: Attack, told: Mapping[str, Any]) -> Outcome:
    if not attack.given:
        return cell.call("attack", [dict(told)])
    arguments = [dict(told), Trusted(told["words"])]
    return asyncio.run(cell.converse("attack", arguments, Slot(asyncio.Semaphore(1))))


class Trusted:
    """What some attacks are given to ask. It also knows ``secret``, which no jail is offered."""

    methods = ("echo", "wait")
    properties = ("shown",)

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def constants(self) -> dict[str, Any]:
        """What is copied in."""
        return {"kind": "trusted"}

    async def asked(self, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Whatever is asked for, to those who get this far: what may be is decided by others."""
        if name == "echo":
            return [*args, kwargs]
        if name == "wait":
            await asyncio.sleep(0.05)
            return None
        return "something" if name == "shown" else self.secret


def fault_of(value: Any) -> str:
    """Why a value should never have come out of a jail, "" if it may: judged by other code than :mod:`wire`."""
    left, count, size = [(value, 0)], 0, 0
    while left:
        each, depth = left.pop()
        kind, wrong = type(each), ""
        count += 1
        if kind is int:
            wrong = "" if -(2**63) < each < 2**63 else "an integer of more than 63 bits"
        elif kind is float:
            wrong = "" if math.isfinite(each) else f"a number that is not finite: {each}"
        elif kind is str or kind is bytes:
            size += len(each)
        elif kind is list or kind is tuple:
            left += [(item, depth + 1) for item in each]
        elif kind is dict:
            left += [(item, depth + 1) for item in each.values()]
            size += sum(len(key) for key in each if type(key) is str)
            wrong = "" if all(type(key) is str for key in each) else "a dict with keys that are no text"
        elif kind is np.ndarray:
            size += each.nbytes
            wrong = _fault_of_array(each)
        elif each is not None and kind is not bool:
            wrong = f"a foreign type: {kind.__name__}"
        if depth > 68 or count > 2**20 or size > 2**24:
            wrong = "too deep, too many, too large"
        if wrong:
            return f"a value that may not cross: {wrong}"
    return ""


def _fault_of_array(array: np.ndarray[Any, Any]) -> str:
    if array.dtype.kind not in "biufc" or array.dtype.itemsize > 16 or not array.dtype.isnative:
        return f"an array of {array.dtype}"
    if array.ndim > 32 or array.base is not None or not (array.flags.c_contiguous and array.flags.writeable):
        return "an array that is not plain"
    if max(array.shape, default=0) > 2**24:
        return f"an array of the shape {array.shape}"
    if array.dtype.kind == "b":
        return "" if array.size == 0 or array.view("u1").max() <= 1 else "booleans that are neither"
    return "" if np.isfinite(array).all() else "an array that is not finite"


def fault_of_outcome(outcome: Outcome) -> str:
    """Words of a failure are an attacker's too: of a known kind and so many, a cause in one line."""
    told = (outcome.error, 500), (outcome.traceback, 4000), (outcome.output, 2**16)
    if any(type(words) is not str or len(words) > most for words, most in told):
        return "a value that may not cross: words without end"
    if len(outcome.error.splitlines()) > 1:
        return "a value that may not cross: a cause of several lines"
    return fault_of(outcome.value)


class Growth:
    """How much more memory than now this process has held at its peak (VmHWM and clear_refs in proc(5))."""

    def __init__(self) -> None:
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")  # the peak is what there is now
        self._before = self._peak_mb()

    def mb(self) -> float:
        """MiB since this was made."""
        return self._peak_mb() - self._before

    def _peak_mb(self) -> float:
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024


class Decoys:
    """What there is to attack: files, servers, another process; made for this, harmless to lose.

    ``told`` is what an attack is given:

    ``words``: a random text, to be found in ``secret`` (a file), in the environment (``DECOY``) and in the memory (at
    ``address``) of ``victim`` (a process of this user), and in the System V segment ``segment``; ``folder``: holds
    ``secret``, may be written by anyone; ``socket``, ``abstract``: a listening unix socket's path and name;
    ``datagram``, ``abstract_datagram``: the same of one that takes datagrams; ``tcp``, ``tcp6``, ``udp``, ``udp6``:
    ports on the loopback; ``netlink``: the port of a netlink socket for users' messages; ``owner``, ``zygote``:
    processes of ours; ``other``: another jail of the same zygote, which holds ``words`` at ``kept``; ``scorer``: a
    file with a task's hidden side; ``library``: a folder of an installed package; ``machine``: the processor's kind;
    ``spare``: a file in ``folder`` that may be lost; ``ledger``: a run's, with ``words`` in the column ``why`` of its
    table ``calls``; ``seconds``: how long an attack that keeps somebody waiting does so.

    To each SIGURG, which others ignore, the victim answers where all can see it: by a change between the scheduling
    policies SCHED_OTHER and SCHED_BATCH.
    """

    def __init__(self, zygote: Zygote | None = None) -> None:
        """Make them; without a ``zygote`` only those that no kill of this process could leave behind.

        Then ``folder`` is the system's for temporary files, ``secret`` this file, and ``owner``, ``zygote`` and
        ``victim`` this process.
        """
        self._folder = ""
        self._open: list[socket.socket] = []
        self._victim: subprocess.Popen[str] | None = None
        self._other: Cell | None = None
        try:
            self.told = self._shared()
            if zygote is not None:
                self.told |= self._own(zygote)
        except BaseException:
            self.close()
            raise

    def _shared(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "words": Path(__file__).read_text(),
            "folder": tempfile.gettempdir(),
            "secret": __file__,
            "owner": os.getpid(),
            "zygote": os.getpid(),
            "victim": os.getpid(),
            "scorer": str(Path(__file__).parents[2] / "tasks" / "lpn" / "score.py"),
            "library": str(Path(np.__file__).parent),
            "machine": os.uname().machine,
            "seconds": 1.0,
        }
        for name, kind in (("abstract", socket.SOCK_STREAM), ("abstract_datagram", socket.SOCK_DGRAM)):
            told[name] = f"selftaught-{name}-{os.urandom(8).hex()}"
            self._listen(socket.AF_UNIX, kind, "\0" + told[name])
        told["netlink"] = self._listen(socket.AF_NETLINK, socket.SOCK_DGRAM, (0, 0), _NETLINK_USERSOCK)
        for version, family, address in (("", socket.AF_INET, "127.0.0.1"), ("6", socket.AF_INET6, "::1")):
            for name, kind in (("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM)):
                told[name + version] = self._listen(family, kind, (address, 0))
        return told

    def _own(self, zygote: Zygote) -> dict[str, Any]:
        self._folder = tempfile.mkdtemp(prefix="selftaught-decoys-")
        folder, words = Path(self._folder), os.urandom(12).hex()
        folder.chmod(0o777)
        told: dict[str, Any] = {"words": words, "folder": str(folder), "zygote": zygote.pid}
        self._victim = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", "-c", _VICTIM, words, str(folder)],
            env={"DECOY": words},
            stdin=subprocess.PIPE,  # its end, ours included, ends the victim
            stdout=subprocess.PIPE,
            text=True,
        )
        for name, content in (("secret", words), ("spare", "spare")):
            told[name] = str(folder / name)
            (folder / name).write_text(content)
            (folder / name).chmod(0o666)
        for name, kind in (("socket", socket.SOCK_STREAM), ("datagram", socket.SOCK_DGRAM)):
            told[name] = str(folder / name)
            self._listen(socket.AF_UNIX, kind, told[name])
            (folder / name).chmod(0o777)
        told["ledger"] = str(folder / "runs" / "run" / "ledger.sqlite")
        _write_ledger(Path(told["ledger"]), words)
        self._other = Cell(zygote, Limits(cpu_s=600, wall_s=600), _BYSTANDER, bytes(16))
        told["kept"] = self._other.call("keep", [words]).value
        told["other"] = self._other.pid
        assert self._victim.stdout is not None
        told["victim"] = self._victim.pid
        told["address"], told["segment"] = map(int, self._victim.stdout.readline().split())
        return told

    def _listen(self, family: int, kind: int, where: Any, protocol: int = 0) -> int:
        """A socket's port, 0 where the machine has no such address."""
        try:
            server = socket.socket(family, kind, protocol)
            self._open.append(server)
            server.bind(where)
        except OSError:
            return 0
        if kind == socket.SOCK_STREAM:
            server.listen()
        if family == socket.AF_UNIX:
            return 0
        return int(server.getsockname()[0 if family == socket.AF_NETLINK else 1])

    def close(self) -> None:
        """Take everything away again."""
        if self._other is not None:
            self._other.close()
        if self._victim is not None:
            self._victim.kill()
            self._victim.communicate()
        for server in self._open:
            server.close()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _write_ledger(path: Path, words: str) -> None:
    path.parent.mkdir(parents=True)
    with contextlib.closing(sqlite3.connect(path)) as ledger:
        ledger.execute("CREATE TABLE calls (why TEXT)")
        ledger.execute("INSERT INTO calls VALUES (?)", (words,))
        ledger.commit()


_NETLINK_USERSOCK = 2

_BYSTANDER = Program("""
import ctypes
def keep(words):
    global kept
    kept = ctypes.create_string_buffer(words.encode())
    return ctypes.addressof(kept)
""")
# If this process is killed, the victim takes away what it would have; the segment goes with the victim's last breath.
_VICTIM = """
import ctypes, os, signal, struct, sys
def answer(*_):
    os.sched_setscheduler(0, os.SCHED_BATCH - os.sched_getscheduler(0), os.sched_param(0))
signal.signal(signal.SIGURG, answer)
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
segment = libc.shmget(0, ctypes.c_size_t(4096), 0o1666)
if segment >= 0:
    ctypes.memmove(libc.shmat(segment, None, 0), sys.argv[1].encode(), len(sys.argv[1]))
    libc.shmctl(segment, 0, None)
# without capabilities, like a plain user's: one that has more than a jail is out of its reach for that alone
assert libc.capset(struct.pack("<Ii", 0x20080522, 0), bytes(24)) == 0
words = ctypes.create_string_buffer(sys.argv[1].encode())
print(ctypes.addressof(words), segment, flush=True)
sys.stdin.read()
import shutil
shutil.rmtree(sys.argv[2], ignore_errors=True)
"""


def _read(path: Path) -> Attack:
    text = path.read_text()
    tells = ast.get_docstring(ast.parse(text)) or ""
    what, _, rest = tells.partition("\n\n")
    said: dict[str, str] = {}
    for line in rest.splitlines():
        key, colon, value = line.partition(": ")
        if not colon or key not in _KEYS or key in said:
            raise ValueError(f"{path}: its docstring's lines are {', '.join(_KEYS)}, each once, not {line!r}")
        said[key] = value.strip()
    stopped_by = frozenset(part.strip() for part in said["stopped by"].split(","))
    if unknown := stopped_by - {*layers.LAYERS, *OUTSIDE}:
        raise ValueError(f"{path}: no layer is called {', '.join(sorted(unknown))}")
    for key, known in (("wants", WANTS), ("given", ("a trusted object",))):
        if said.get(key, known[0]) not in known:
            raise ValueError(f"{path}: {key} is {' or '.join(map(repr, known))}, not {said[key]!r}")
    limits = {
        key: float(value) for key, value in (part.split("=") for part in said.get("limits", "").split())
    }
    reason = said.get("twin", "none: ").partition("none: ")[2]
    return Attack(
        group=path.parent.name,
        name=path.stem.replace("_", " "),
        what=" ".join(what.split()),
        program=Program(text),
        stopped_by=stopped_by,
        verdict=tuple(said.get("verdict", "error").split("|")),
        limits=Limits(
            limits.get("cpu_s", _LIMITS.cpu_s),
            limits.get("wall_s", _LIMITS.wall_s),
            int(limits.get("memory_mb", _LIMITS.memory_mb)),
        ),
        canary=said.get("canary", ""),
        no_twin=reason,
        root_only=said.get("as") == "root",
        wants=said.get("wants", ""),
        given=said.get("given", ""),
    )
