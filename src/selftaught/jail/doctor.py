"""Does the jail hold on this machine? Tried, not assumed.

A canary is a small program that tries one thing that a jail forbids and returns True if it got away with it. The
canaries of a tier run before every run in it; if one comes back alive the tier does not hold here, and nothing is
started in it. The weak tier promises nothing, and is not tried.
"""

from __future__ import annotations

from dataclasses import dataclass

from selftaught.budget import Limits
from selftaught.errors import EngineError, IsolationError
from selftaught.jail.cell import Cell, Zygote
from selftaught.jail.layers import ISOLATIONS
from selftaught.program import Program


@dataclass(frozen=True, slots=True)
class Canary:
    """``attempt()`` of ``program`` must not return True: it raises, or ends with the ``status`` named here."""

    name: str
    program: str
    status: str = "error"


_QUICK = Limits(cpu_s=1, wall_s=5, memory_mb=64)
_SHORT = Limits(cpu_s=0.05, wall_s=5, memory_mb=64)
CANARIES = (
    Canary("reading files outside", "def attempt():\n    return bool(open('/etc/passwd').read())"),
    Canary(
        "reading another process",
        "def attempt():\n    return bool(open('/proc/1/environ', 'rb').read() or 1)",
    ),
    Canary(
        "writing files", "import os\ndef attempt():\n    return os.open('/tmp', os.O_TMPFILE | os.O_RDWR) > 0"
    ),
    Canary("the network", "import socket\ndef attempt():\n    return bool(socket.socket())"),
    Canary("starting processes", "import os\ndef attempt():\n    return os.fork() > 0 or os._exit(0)"),
    Canary("starting programs", "import os\ndef attempt():\n    os.execv('/bin/true', ['true'])"),
    Canary(
        "signals to others", "import os\ndef attempt():\n    return os.kill(os.getppid() or -1, 0) is None"
    ),
    Canary("memory without end", "def attempt():\n    return bool(bytearray(2**30))", "memory"),
    Canary("CPU time without end", "def attempt():\n    while True: pass", "timeout"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one canary: ``held``, and in words what happened."""

    name: str
    held: bool
    words: str


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier on this machine: ``missing`` names the layer that the kernel refuses, "" if it has all."""

    isolation: str
    missing: str
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether every layer is there and no canary came back alive."""
        return not self.missing and all(finding.held for finding in self.findings)


def examine(isolation: str) -> Tier:
    """Start a zygote of this tier and send every canary in."""
    try:
        with Zygote(isolation) as zygote:
            return Tier(isolation, "", tuple(_send(zygote, canary) for canary in CANARIES))
    except (IsolationError, EngineError) as problem:
        return Tier(isolation, str(problem).removeprefix(f"{isolation}: "), ())


def choose(wanted: str | None) -> str:
    """The tier to use: ``wanted``, if it holds here, else the strongest that does; never "weak" unasked.

    Raises :class:`IsolationError` saying what is missing and what can be done.
    """
    if wanted is not None and wanted not in ISOLATIONS:
        raise ValueError(f"isolation must be one of {', '.join(ISOLATIONS)} but got {wanted}.")
    if wanted == "weak":
        return wanted
    failures = []
    for isolation in [wanted] if wanted else ISOLATIONS[:2]:
        tier = examine(isolation)
        if tier.holds:
            return isolation
        failed = tier.missing or ", ".join(finding.name for finding in tier.findings if not finding.held)
        failures.append(f"{isolation} lacks {failed}")
    raise IsolationError(
        f"programs cannot be jailed on this machine ({'; '.join(failures)}): "
        "see `selftaught doctor`, or accept `--isolation weak`"
    )


def _send(zygote: Zygote, canary: Canary) -> Finding:
    limits = _SHORT if canary.status == "timeout" else _QUICK
    with Cell(zygote, limits, Program(canary.program), bytes(16)) as cell:
        outcome = cell.call("attempt", [])
    held = outcome.status == canary.status or (canary.status == "error" and outcome.status == "killed")
    return Finding(canary.name, held, outcome.error or f"returned {outcome.value!r}")
