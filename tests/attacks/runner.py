"""The whole suite against jails that are made of some layers; to be run in a throw-away namespace."""

import contextlib
import sys
import time
from pathlib import Path

from selftaught.budget import Limits
from selftaught.errors import EngineError, IsolationError
from selftaught.jail import attacks, cell, doctor, layers
from selftaught.jail.attacks.decoys import Decoys
from selftaught.jail.cell import Cell, Zygote

GENEROUS = Limits(cpu_s=30, wall_s=60, memory_mb=8192)
"""So that the clocks, and limits of memory, stop nothing that another layer is asked about."""
ALONE = (*layers.LAYERS, "watch")
"""What may be asked of alone."""
NOTHING = {"without": layers.LAYERS, "limits": "generous"}


def alone(layer):
    """The pass in which ``layer`` is all that there is; "watch" is the clocks outside."""
    if layer == "watch":
        return {"without": layers.LAYERS, "limits": "own"}
    limits = "unwatched" if layer == "limits" else "generous"
    return {"without": [name for name in layers.LAYERS if name != layer], "limits": limits}


def examine():
    """What the doctor says of each tier: the layer that is missing, and which canaries came back alive."""
    tiers = {isolation: doctor.examine(isolation) for isolation in ("strong", "standard")}
    return {
        name: {
            "missing": tier.missing,
            "alive": [finding.name for finding in tier.findings if not finding.held],
        }
        for name, tier in tiers.items()
    }


def run(passes, only=None):
    """What came of every attack in each of ``passes``, under the passes' names.

    A pass is {"isolation": "strong" unless said, "without": layers, "limits": "own" unless said, "save": attacks};
    limits are the attack's own, "generous", or "unwatched": its own for the kernel and generous ones for the clocks
    outside. A pass whose zygote does not start gives {"missing": reason} alone.
    """
    suite = [attack for attack in attacks.suite() if only is None or str(attack) in only]
    return {name: _pass(suite, name, **each) for name, each in passes.items()}


def _pass(suite, name, isolation="strong", without=(), limits="own", save=()):
    found = {}
    try:
        with _Field(isolation, without) as field:
            for attack in suite:
                if str(attack) in save:
                    continue
                print(name, attack, file=sys.stderr, flush=True)
                began = time.monotonic()
                found[str(attack)] = {
                    **field.send(attack, limits),
                    "seconds": round(time.monotonic() - began, 3),
                }
    except IsolationError as problem:
        return {"missing": str(problem).removeprefix(f"{isolation}: ")}
    return {"found": found}


class _Field:
    """A zygote and decoys; made anew when an attack has spoilt them."""

    def __init__(self, isolation, without):
        self._kind = isolation, without
        self._zygote = self._decoys = None
        self._renew()

    def _renew(self):
        if self._decoys is not None:
            self._decoys.close()
            self._decoys = None
        if self._zygote is None or not self._zygote.alive or _process(self._zygote.pid) != self._of_zygote:
            if self._zygote is not None:
                self._zygote.close()
                self._zygote = None
            isolation, without = self._kind
            self._zygote = Zygote(isolation, without=without)
            self._of_zygote = _process(self._zygote.pid)
        self._decoys = Decoys(self._zygote)
        self._state = _state(self._decoys.told)

    def send(self, attack, limits):
        told = self._decoys.told
        most_threads = cell.MOST_THREADS
        if limits != "own":
            cell.MOST_THREADS = 10**6  # they are counted by the clock
        try:
            if limits == "unwatched":
                finding = _send_unwatched(self._zygote, attack, told)
            else:
                finding = attacks.send(self._zygote, attack, told, GENEROUS if limits == "generous" else None)
        except EngineError as problem:
            found = {"held": False, "right": False, "status": "lost"}
            found["words"] = f"{type(problem).__name__}: {problem}"
        else:
            found = {"held": finding.held, "right": finding.right, "status": finding.outcome.status}
            found["words"] = finding.words
        finally:
            cell.MOST_THREADS = most_threads
        if found["status"] == "lost" or not self._zygote.alive or _state(told) != self._state:
            self._renew()
        return found

    def close(self):
        if self._decoys is not None:
            self._decoys.close()
        if self._zygote is not None:
            self._zygote.close()
        self._decoys = self._zygote = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _send_unwatched(zygote, attack, told):
    """As :func:`attacks.send`, but the clocks outside are generous: what ends the jail is the kernel."""

    class UnwatchedCell(Cell):
        def __init__(self, *args):
            super().__init__(*args)
            self._talk.limits = GENEROUS

    original, attacks.Cell = attacks.Cell, UnwatchedCell
    try:
        return attacks.send(zygote, attack, told)
    finally:
        attacks.Cell = original


def _state(told):
    """What attacks may have changed of what they are given, as far as a later attack could tell."""
    return _files(Path(told["folder"])), [
        _process(told[name]) for name in ("victim", "other", "zygote", "owner")
    ]


def _files(folder):
    found = {}
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        content = b""
        if path.is_file() and not path.is_symlink() and facts.st_size < 1 << 16:
            with contextlib.suppress(OSError):
                content = path.read_bytes()
        found[str(path)] = (
            facts.st_mode,
            facts.st_uid,
            facts.st_nlink,
            facts.st_size,
            facts.st_mtime_ns,
            content,
        )
    return found


def _process(pid):
    """Whether it runs, its priority and its limits."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        allowed = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "allowed" in line]
        return fields[0] in "TtZX", fields[16], Path(f"/proc/{pid}/limits").read_text(), allowed
    except OSError:
        return None
