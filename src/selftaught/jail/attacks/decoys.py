"""What attacks are aimed at: files, servers and processes that are made for this, and harmless to lose."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

import numpy as np

from selftaught.budget import Limits
from selftaught.jail.cell import Cell, Zygote
from selftaught.program import Program


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
