"""``selftaught doctor``: which tiers of isolation hold on this machine; tried, not assumed."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

import click

from selftaught.cli import options
from selftaught.cli.options import command
from selftaught.cli.output import console, emit, isolation_words, show_facts, styled, table

if TYPE_CHECKING:
    from selftaught.jail.doctor import Tier


@command("doctor", "which layers of isolation hold here, tried")
@options.isolation
@click.pass_context
def doctor(context: click.Context, isolation: str | None, as_json: bool) -> None:
    """Try the jails on this machine: start each tier, and send in programs that attempt what it forbids.

    The exit code is 0 if a tier holds that runs may use unasked, else 1. "weak" is tried only if it is asked for.

    For example:
      selftaught doctor
      selftaught doctor --isolation weak
    """
    from selftaught.jail.doctor import examine

    tried = [isolation] if isolation in ("strong", "standard") else ["strong", "standard"]
    tiers = [examine(name) for name in [*tried, *(["weak"] if isolation == "weak" else [])]]
    chosen = next((tier.isolation for tier in tiers if tier.holds and tier.isolation != "weak"), None)
    if as_json:
        emit(_document(tiers, chosen))
    else:
        _show(tiers, chosen)
    context.exit(0 if chosen else 1)


def _document(tiers: list[Tier], chosen: str | None) -> dict[str, Any]:
    return {
        "isolation": chosen,
        "machine": _machine(),
        "tiers": [
            {
                "isolation": tier.isolation,
                "holds": tier.holds,
                "missing": tier.missing or None,
                "canaries": [{"name": f.name, "held": f.held, "words": f.words} for f in tier.findings],
            }
            for tier in tiers
        ],
        "remedy": None if chosen else _REMEDY,
    }


def _machine() -> dict[str, str]:
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": platform.machine(),
        "python": platform.python_version(),
    }


def _show(tiers: list[Tier], chosen: str | None) -> None:
    out = console()
    machine = _machine()
    out.print(f"{machine['system']}, {machine['processor']}, Python {machine['python']}")
    for tier in tiers:
        out.print()
        _show_tier(tier)
    out.print()
    if chosen:
        show_facts(out, {"used": f"{chosen}, unless `--isolation` says otherwise"})
    else:
        out.print(
            styled(
                "No tier holds here: nothing will be run unless `--isolation weak` asks for it.", "bold red"
            )
        )
        show_facts(out, {"weak is": isolation_words("weak").removeprefix("WEAK: "), "remedy": _REMEDY})


def _show_tier(tier: Tier) -> None:
    out = console()
    verdict = styled("holds", "bold green") if tier.holds else styled("does not hold", "bold red")
    out.print(
        styled(f"{tier.isolation}: ", "bold"), verdict, styled(f" ({_MEANS[tier.isolation]})", "dim"), sep=""
    )
    if tier.missing:
        show_facts(out, {"missing": tier.missing})
        return
    rows = [
        [
            finding.name,
            styled("held", "green") if finding.held else styled("GOT AWAY", "bold red"),
            finding.words,
        ]
        for finding in tier.findings
    ]
    out.print(table(["a program that tries", "", "what it met"], rows))


_MEANS = {
    "strong": "namespaces and a small root, Landlock, seccomp, limits",
    "standard": "Landlock, seccomp, limits",
    "weak": "limits only: for machines where nothing else works",
}
_REMEDY = (
    "Linux 5.13 or later with Landlock and seccomp (x86-64 or aarch64); in a container, a seccomp profile that "
    "allows landlock_* and, for strong, user namespaces"
)
