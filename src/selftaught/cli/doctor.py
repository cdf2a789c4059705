"""``selftaught doctor``: which tiers of isolation hold on this machine; tried, not assumed."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

import click

from selftaught.cli import options
from selftaught.cli.options import command
from selftaught.cli.output import console, emit, isolation_words, show_facts, styled, table

if TYPE_CHECKING:
    from rich.text import Text

    from selftaught.jail.doctor import Tier


@command("doctor", "which layers of isolation hold here, tried")
@options.isolation
@click.option(
    "--all", "everything", is_flag=True, help="Send in every attack there is, not only the quickest."
)
@click.pass_context
def doctor(context: click.Context, isolation: str | None, everything: bool, as_json: bool) -> None:
    """Try the jails on this machine: start each tier, and send in programs that attempt what it forbids.

    The exit code is 0 if a tier holds that runs may use unasked, else 1. "weak" is tried only if it is asked for, and
    only in what it promises.

    For example:
      selftaught doctor                      some two dozen attacks on each tier
      selftaught doctor --all                every attack of the suite; a minute or so
      selftaught doctor --isolation strong   one tier, and what each attack met
    """
    from selftaught.cli.watching import counting
    from selftaught.jail import attacks
    from selftaught.jail.doctor import examine

    sent = attacks.suite() if everything else attacks.canaries()
    tried = [isolation] if isolation else ["strong", "standard"]
    total = sum(attack.stopped_in(name) for name in tried for attack in sent)
    with counting("attacks", total) as count:
        tiers = [examine(name, sent, lambda finding: count()) for name in tried]
    chosen = next((tier.isolation for tier in tiers if tier.holds and tier.isolation != "weak"), None)
    if as_json:
        emit(_document(tiers, chosen))
    else:
        _show(tiers, chosen, each=isolation is not None)
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
                "remedy": remedy(tier.missing) if tier.missing else None,
                "canaries": [{"name": f.name, "held": f.held, "words": f.words} for f in tier.findings],
            }
            for tier in tiers
        ],
        "not_supported": dict(_NOT_SUPPORTED),
        "remedy": None if chosen else remedy(tiers[-1].failed),
    }


def _machine() -> dict[str, Any]:
    from selftaught.jail.layers import landlock_abi

    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": platform.machine(),
        "python": platform.python_version(),
        "landlock": landlock_abi(),
    }


def _show(tiers: list[Tier], chosen: str | None, *, each: bool) -> None:
    out = console()
    machine = _machine()
    out.print(
        f"{machine['system']}, {machine['processor']}, Python {machine['python']}, "
        + (f"Landlock {machine['landlock']}" if machine["landlock"] else "no Landlock")
    )
    out.print()
    out.print(
        table(["what a program in a jail cannot do", *[tier.isolation for tier in tiers]], _promises(tiers))
    )
    for tier in tiers:
        out.print()
        verdict = styled("holds", "bold green") if tier.holds else styled("does not hold", "bold red")
        out.print(
            styled(f"{tier.isolation}: ", "bold"),
            verdict,
            styled(f" ({_MEANS[tier.isolation]})", "dim"),
            sep="",
        )
        if tier.missing:
            show_facts(out, {"missing": tier.missing, "remedy": remedy(tier.missing)})
        rows = [
            [
                finding.name,
                styled("held", "green") if finding.held else styled("GOT AWAY", "bold red"),
                finding.words,
            ]
            for finding in tier.findings
            if each or not finding.held
        ]
        if rows:
            out.print(table(["a program that tries", "", "what it met"], rows))
    out.print()
    if chosen:
        show_facts(out, {"used": f"{chosen}, unless `--isolation` says otherwise"})
    elif not any(tier.isolation == "weak" for tier in tiers):
        out.print(
            styled(
                "No tier holds here: nothing will be run unless `--isolation weak` asks for it.", "bold red"
            )
        )
        show_facts(out, {"weak is": isolation_words("weak").removeprefix("WEAK: ")})
    out.print(styled("not supported, and what to do instead: ", "dim"), end="")
    out.print(styled("; ".join(f"{what}: {instead}" for what, instead in _NOT_SUPPORTED), "dim"))


def _promises(tiers: list[Tier]) -> list[list[Text | str]]:
    """One row a group of attacks: what the tier promises of them, and how many of those it held that were sent in."""
    from selftaught.jail import attacks

    rows: list[list[Text | str]] = []
    for group in attacks.GROUPS:
        row: list[Text | str] = [_CANNOT[group]]
        for tier in tiers:
            tried = [finding.held for finding in tier.findings if finding.attack.group == group]
            promised = [attack for attack in attacks.suite() if attack.group == group]
            kept = [attack for attack in promised if attack.stopped_in(tier.isolation)]
            if tier.missing and not tried:
                row.append(styled("not here", "red"))
            elif not kept or (tier.isolation == "weak" and len(kept) < len(promised) / 2):
                row.append(styled("not promised", "yellow"))
            elif all(tried):
                row.append(styled(f"held, {len(tried)} tried", "green"))
            else:
                row.append(styled(f"{tried.count(False)} OF {len(tried)} GOT AWAY", "bold red"))
        rows.append(row)
    return rows


_CANNOT = {
    "reading": "read your files, other processes, hidden answers",
    "writing": "write, change or leave behind anything",
    "network": "reach the network or a server on this machine",
    "processes": "start, signal or trace processes",
    "kernel": "use the kernel's rarer parts",
    "resources": "use more time or memory than its limits",
    "protocol": "deceive, stall or break what reads its results",
}
_MEANS = {
    "strong": "namespaces and a small root, Landlock, seccomp, limits",
    "standard": "Landlock, seccomp, limits",
    "weak": "limits only: for machines where nothing else works",
}
_REMEDIES = {
    "seccomp": "a kernel with seccomp filters, on x86-64 or aarch64; other processors have no filter here",
    "landlock": "Linux 5.13 or later with Landlock among its security modules (lsm=landlock,... at boot); in a "
    "container, a seccomp profile that allows landlock_*, as Docker's default does",
    "namespaces": "allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, "
    "kernel.apparmor_restrict_unprivileged_userns), or start as root; in a container they are often refused: "
    "then standard is the tier to use",
    "root": "as for namespaces: mounting is refused",
    "pid namespace": "as for namespaces",
}
_NOT_SUPPORTED = (
    ("macOS and Windows", "a Linux virtual machine"),
    ("Docker as a backend", "run all of selftaught in a container"),
    ("delegated cgroups", "set one limit around the whole command, by systemd-run or the container"),
)


def remedy(failed: str) -> str:
    """What can be done about what a tier lacks."""
    layer = failed.partition(":")[0]
    return _REMEDIES.get(layer, "report it: see docs/security.md")
