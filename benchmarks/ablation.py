"""Which layer of a jail stops which attack alone, and what gets away when a layer is taken away.

    python benchmarks/ablation.py [--json | --markdown | --output docs/ablation.md]

Every attack of the suite is sent into jails that are made of one layer only; of all layers of strong, and of
standard, save one; of all of them; of none. All in a throw-away namespace, once as its root and once as a plain user.
Takes a few minutes. Without an option it prints a summary.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from selftaught.jail import layers
from selftaught.jail.attacks import GROUPS, Attack, suite

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from attacks import runner, users

COMMAND = "python benchmarks/ablation.py --output docs/ablation.md"
COLUMNS = (*runner.ALONE, "frames")
JUDGED_OUTSIDE = [str(attack) for attack in suite() if attack.group == "protocol"]
PASSES: dict[str, dict[str, Any]] = {
    "nothing": {**runner.NOTHING, "save": JUDGED_OUTSIDE},
    **{f"{layer} alone": {**runner.alone(layer), "save": JUDGED_OUTSIDE} for layer in runner.ALONE},
    **{tier: {"isolation": tier} for tier in ("strong", "standard")},
    **{
        f"{tier} without {layer}": {"isolation": tier, "without": [layer], "save": JUDGED_OUTSIDE}
        for tier in ("strong", "standard")
        for layer in layers.LAYERS
        if layer in layers.TIERS[tier]
    },
}
Came = dict[str, dict[str, dict[str, Any]]]
"""By pass and attack: what came of it."""


def main() -> None:
    """Measure, print or write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print what came of every attack in every pass")
    parser.add_argument("--markdown", action="store_true", help="print the page")
    parser.add_argument("--output", type=Path, help="write the page there")
    arguments = parser.parse_args()
    as_root, as_plain = measured()
    if arguments.json:
        print(json.dumps({**state(), "root": as_root, "a plain user": as_plain}, indent=1))
    elif arguments.markdown:
        print(page(as_root, as_plain))
    elif arguments.output:
        arguments.output.write_text(page(as_root, as_plain) + "\n")
    else:
        print(summary(as_root))


def measured() -> tuple[Came, Came]:
    """What came of every pass as root of a throw-away namespace, and as a plain user there."""

    def passes(root: bool) -> Came:
        answer = users.run_thrown_away(PASSES, root=root, deadline_s=900)
        missing = {name: each["missing"] for name, each in answer.items() if "missing" in each}
        if missing:
            raise SystemExit(f"this machine lacks what is to be taken away: {missing}")
        return {name: each["found"] for name, each in answer.items()}

    with ThreadPoolExecutor(2) as pool:
        as_root, as_plain = pool.map(passes, (True, False))
    return as_root, as_plain


def state() -> dict[str, str]:
    """What the figures depend on."""
    by = "root" if os.geteuid() == 0 else "a plain user"
    return {
        "kernel": platform.release().partition("-")[0],
        "processor": platform.machine(),
        "Landlock": f"version {layers.landlock_abi()}",
        "Python": platform.python_version(),
        "user": f"root of a throw-away namespace made by {by}, who is a plain user outside it",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "command": f"`{COMMAND}`",
    }


# --- what follows from the passes --------------------------------------------------------------------------------


def stopping(came: Came, attack: Attack) -> set[str] | None:
    """What stops it alone; None where nothing needs to, since it gets away nowhere."""
    if attack.group == "protocol":
        return set(attack.stopped_by)  # the checks of frames cannot be taken away
    if came["nothing"][str(attack)]["held"]:
        return None
    return {layer for layer in runner.ALONE if came[f"{layer} alone"][str(attack)]["held"]}


def away(came: Came, name: str) -> list[str]:
    """The attacks that get away in a pass."""
    return [attack for attack, found in came[name].items() if not found["held"]]


def summary(came: Came) -> str:
    """A few lines: how many each layer stops alone, and how many need it."""
    alone = {str(attack): stopping(came, attack) for attack in suite()}
    lines = [f"{len(suite())} attacks; get away in strong: {len(away(came, 'strong'))}", ""]
    for layer in COLUMNS:
        stops = sum(layer in stopped for stopped in alone.values() if stopped)
        needed = {
            tier: len(set(away(came, f"{tier} without {layer}")) - set(away(came, tier)))
            for tier in ("strong", "standard")
            if f"{tier} without {layer}" in came
        }
        words = ", ".join(f"{count} get away without it in {tier}" for tier, count in needed.items())
        lines.append(f"{layer:14} stops {stops:3} alone{'; ' + words if words else ''}")
    return "\n".join(lines)


# --- the page ----------------------------------------------------------------------------------------------------


ALONE_IS = """\
● the attack is stopped in a jail that has this layer and no other, with limits so wide that no clock ends it.
*watch*: the clocks outside, and no layer at all. *frames*: the checks of what arrives from a jail. They are always
there: that column, and all of the group *protocol*, is what the attacks' files say. *root* and *pid namespace* cannot
be had without a user and a mount namespace, so they bring these; *capabilities* includes no_new_privs, which
*seccomp* and *landlock* bring too."""
LEFT_IS = """\
The attacks that then get away, with their own limits. Standard does not promise to stop what gets away from all of it
(*none*); that is not told again below. Without *namespaces*, strong still has the user and the mount namespace that
its *root* needs."""


def page(as_root: Came, as_plain: Came) -> str:
    """The whole of docs/ablation.md."""
    alone = {attack: stopping(as_root, attack) for attack in suite()}
    return "\n".join(
        [
            "# What each layer stops: the ablation",
            "",
            "Made by a command; not to be changed by hand. The layers: [isolation](isolation.md). The attacks:",
            "[`jail/attacks`](../src/selftaught/jail/attacks), a file each.",
            "",
            *table(["", ""], state().items()),
            "",
            "## In short",
            "",
            *table(
                ["", "attacks"],
                [
                    ("in the suite", len(alone)),
                    ("against what reads a jail's results, which is no layer", len(JUDGED_OUTSIDE)),
                    ("of the others, get away with all layers off", len(away(as_root, "nothing"))),
                    (
                        "of these, stopped by several layers, each of them alone",
                        count(alone, lambda n: n > 1),
                    ),
                    ("stopped by one layer alone", count(alone, lambda n: n == 1)),
                    ("stopped by no layer alone, only by several together", count(alone, lambda n: n == 0)),
                    ("get away in strong", len(away(as_root, "strong"))),
                    (
                        "get away in standard, which does not promise to stop them",
                        len(away(as_root, "standard")),
                    ),
                ],
            ),
            "",
            "## Which layer alone stops it",
            "",
            ALONE_IS,
            "",
            *(line for group in GROUPS for line in group_table(group, alone)),
            "## What is left when a layer is taken away",
            "",
            LEFT_IS,
            "",
            *left(as_root),
            *nowhere(as_root),
            "## As a plain user",
            "",
            *differences(as_root, as_plain),
        ]
    )


def count(alone: dict[Attack, set[str] | None], wanted: Any) -> int:
    """How many attacks on layers are stopped by so many of them alone."""
    return sum(
        wanted(len(stopped))
        for attack, stopped in alone.items()
        if stopped is not None and attack.group != "protocol"
    )


def table(heads: list[str], rows: Iterable[Iterable[object]]) -> list[str]:
    """Markdown's lines."""
    rows = [heads, ["---"] * len(heads), *([str(cell) for cell in row] for row in rows)]
    return ["| " + " | ".join(row) + " |" for row in rows]


def group_table(group: str, alone: dict[Attack, set[str] | None]) -> list[str]:
    """The lines of one group's attacks, with its heading."""
    rows = [
        [attack.name, *("●" if layer in stopped else "" for layer in COLUMNS)]
        for attack, stopped in alone.items()
        if attack.group == group and stopped is not None
    ]
    return [f"### {group}", "", *table([group, *COLUMNS], rows), ""] if rows else []


def left(came: Came) -> list[str]:
    """For each layer taken away, how much and then what gets away in each tier, group by group."""
    tiers = ("strong", "standard")
    rows: list[list[object]] = [["none", *(len(away(came, tier)) for tier in tiers)]]
    lines = ["### none", "", *by_group({tier: away(came, tier) for tier in tiers})]
    for layer in layers.LAYERS:
        more = {
            tier: [each for each in away(came, f"{tier} without {layer}") if each not in away(came, tier)]
            for tier in tiers
            if f"{tier} without {layer}" in came
        }
        rows.append([layer, *(f"+{len(more[tier])}" if tier in more else "has none" for tier in tiers)])
        if any(more.values()):
            lines += [f"### {layer}", "", *by_group(more)]
    return [*table(["layer taken away", *tiers], rows), "", *lines]


def by_group(names: dict[str, list[str]]) -> list[str]:
    """A table of attacks: a row a group, a column a tier."""
    rows = []
    for group in GROUPS:
        cells = [
            [each.partition("/")[2] for each in some if each.startswith(f"{group}/")]
            for some in names.values()
        ]
        if any(cells):
            rows.append([group, *("; ".join(cell) for cell in cells)])
    return [*table(["", *names], rows), ""]


def listed(names: Iterable[str]) -> str:
    """The attacks in one line."""
    return ", ".join(names) or "nothing"


def nowhere(came: Came) -> list[str]:
    """What gets away nowhere here, even with all layers off, and why."""
    rows = [
        [
            str(attack),
            attack.no_twin or "not here: " + came["nothing"][str(attack)]["words"].replace("|", "/"),
        ]
        for attack in suite()
        if stopping(came, attack) is None
    ]
    if not rows:
        return []
    return ["## What gets away nowhere, even with all layers off", "", *table(["attack", "why"], rows), ""]


def differences(as_root: Came, as_plain: Came) -> list[str]:
    """Where a plain user's attempt meets other layers than root's."""
    rows = []
    for attack in suite():
        root, plain = stopping(as_root, attack), stopping(as_plain, attack)
        if root is not None and plain is not None and root != plain:
            rows.append([str(attack), ", ".join(sorted(root)) or "none", ", ".join(sorted(plain)) or "none"])
    only_root = [
        str(attack)
        for attack in suite()
        if stopping(as_root, attack) is not None and stopping(as_plain, attack) is None
    ]
    got_away = {tier: away(as_plain, tier) for tier in ("strong", "standard")}
    lines = [f"Gets away in {tier}: {listed(names)}." for tier, names in got_away.items()]
    lines += ["", f"Only root could do it at all, so that nothing needs to stop it: {listed(only_root)}.", ""]
    if rows:
        return [*lines, *table(["attack", "stopped alone, as root, by", "as a plain user, by"], rows)]
    return [*lines, "All others are stopped alone by the same layers."]


if __name__ == "__main__":
    main()
