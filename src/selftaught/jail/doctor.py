"""Does the jail hold on this machine? Tried, not assumed.

A canary is an attack of the suite (:mod:`selftaught.jail.attacks`) that takes milliseconds. Before every run the
quickest are sent into the tier that it is to use; if one gets away, or a layer is missing, nothing is started in that
tier. What a tier does not promise is not tried in it: there the attack would simply work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from selftaught.errors import EngineError, IsolationError
from selftaught.jail import attacks
from selftaught.jail.attacks import Attack, Finding
from selftaught.jail.attacks.decoys import Decoys
from selftaught.jail.cell import Zygote
from selftaught.jail.layers import ISOLATIONS


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier on this machine: ``missing`` names the layer that the kernel refuses, "" if it has all."""

    isolation: str
    missing: str
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether every layer is there and nothing that the tier promises to stop got away."""
        return not self.missing and all(finding.held for finding in self.findings)

    @property
    def failed(self) -> str:
        """What it lacks, in words; "" if it holds."""
        return self.missing or ", ".join(str(finding.attack) for finding in self.findings if not finding.held)


def examine(
    isolation: str,
    sent: Iterable[Attack] | None = None,
    told: Callable[[Finding], None] = lambda finding: None,
) -> Tier:
    """Start a zygote of this tier and send in every attack, of ``sent`` or of the canaries, that it promises to stop.

    ``told`` hears of each finding as it is made.
    """
    promised = [attack for attack in sent or attacks.canaries() if attack.stopped_in(isolation)]
    quick = all(attack.canary == "quick" for attack in promised)
    findings = []
    try:
        with Zygote(isolation) as zygote, Decoys(None if quick else zygote) as decoys:
            for attack in promised:
                findings.append(attacks.send(zygote, attack, decoys.told))
                told(findings[-1])
    except (IsolationError, EngineError) as problem:
        return Tier(isolation, str(problem).removeprefix(f"{isolation}: "), tuple(findings))
    return Tier(isolation, "", tuple(findings))


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
        tier = examine(isolation, attacks.canaries(quick=True))
        if tier.holds:
            return isolation
        failures.append(f"{isolation} lacks {tier.failed}")
    raise IsolationError(
        f"programs cannot be jailed on this machine ({'; '.join(failures)}): "
        "see `selftaught doctor`, or accept `--isolation weak`"
    )
