"""What a soak came to, as Markdown, and whether anything failed."""

import os
import platform
from importlib import metadata
from typing import Any

from soak import costs, requests

_OUTCOMES = ("ok", "error", "timeout", "memory", "refused", "killed")
_COUNTED = (
    "our descriptors",
    "the zygote's descriptors",
    "our children",
    "jails left",
    "threads",
    "our blocks",
    "our memory, KiB",
    "the zygote's memory, KiB",
    "mounts",
    "files",
    "System V IPC",
)


def failures(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Everything that was not as it should be, with what makes it happen again."""
    found: list[dict[str, Any]] = list(facts["broken"])
    seed = facts["seed"]
    for tier in facts["evaluations"]:
        again = f"python -m soak.evaluations --isolation {tier['isolation']} --seed {seed} --only "
        found += [{**wrong, "again": f"{again}{wrong['number']}"} for wrong in tier["wrong"]]
        again = f"python -m soak.evaluations --isolation {tier['isolation']} --seed {seed} --evaluations "
        found += [
            {"what": f"left: {leak}", "again": f"{again}{tier['evaluations']}"} for leak in tier["leaks"]
        ]
    for fuzzed in facts["fuzzed"]:
        again = f"python -m soak.fuzzing {fuzzed['target']} FILE, where FILE holds these bytes, in base 64"
        for name, data in fuzzed["found"].items():
            found.append({"what": fuzzed["problem"] or name, "again": again, "input": data})
    for machine in facts["machines"].get("found", ()):
        again = f"python -m soak.machines --seed {machine['seed']}"
        found.append({"what": f"{machine['machine']}: {machine['problem']}", "again": again})
    found += [{"what": f"too dear: {frame}", "again": "python -m soak.costs"} for frame in facts["too dear"]]
    for asked in facts["requests"]:
        again = f"python -m soak.requests --kind {asked['kind']} --seed {asked['seed']} --requests {asked['told']}"
        again += f" --per-s {asked['per s']}" if asked["per s"] else ""
        found += [{"what": words, "again": again} for words in asked["wrong"]]
        for how in ("throughput", "in virtual time"):
            if asked["told"] >= requests.ENOUGH and asked[how] is not None and asked[how] < requests.LEAST:
                found.append({"what": f"{how}: {asked[how]} of the ideal client's", "again": again})
    for killed in facts["crashes"]:
        again = f"python -m soak.crashes --kills {killed['kills']} --seed {killed['seed']}"
        found += [{"what": words, "again": again} for words in killed["wrong"]]
    return found


def markdown(facts: dict[str, Any]) -> str:
    """The whole report."""
    done = sum(tier["evaluations"] for tier in facts["evaluations"])
    inputs = sum(_inputs(facts).values())
    asked = sum(each["requests"] for each in facts["requests"])
    kills = sum(each["kills"] for each in facts["crashes"])
    failed = failures(facts)
    counted = [
        (done, f"{done:,} evaluations"), (inputs, f"{inputs:,} hostile inputs"), (asked, f"{asked:,} requests"),
        (kills, _plural(kills, "kill")),
    ]  # fmt: skip
    lines = [
        "# What was withstood",
        "",
        "Written by `make soak` (see [`soak`](../soak/__init__.py)); to be run where little else runs.",
        "",
        f"**{_plural(len(failed), 'failure')}** in {_listed([words for number, words in counted if number])}.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in facts["machine"].items()),
        f"| seed | {facts['seed']} |",
        f"| took | {facts['seconds'] / 60:.0f} min |",
        *(f"| not run | {reason} |" for reason in facts["skipped"]),
    ]
    if done:
        lines += ["", "## Evaluations", "", *_evaluations(facts["evaluations"])]
    if inputs:
        lines += ["", "## Hostile inputs", "", *_hostile(facts)]
    if facts["costs"]:
        lines += [
            "", "## The dearest frames", "",
            "What one frame costs whoever reads it: *honest* ones are the largest that a program can return, "
            "*hostile* ones are made to cost more.",
            "", costs.table(facts["costs"]),
        ]  # fmt: skip
    if asked:
        lines += ["", "## Requests to a server that fails", "", *_requests(facts["requests"])]
    if kills:
        lines += ["", "## A run that is killed and resumed", "", *_crashes(facts["crashes"])]
    if failed:
        lines += ["", "## Failures", "", *(f"- `{each['again']}`: {_line(each['what'])}" for each in failed)]
    return "\n".join(lines) + "\n"


def machine() -> dict[str, str]:
    """Where this runs, and with what."""
    versions = {}
    for name in ("selftaught", "msgpack", "numpy", "hypothesis", "atheris"):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    kernel = f"{platform.system()} {platform.release().partition('-')[0]}"
    return {
        "system": f"{kernel}, {platform.machine()}, {os.cpu_count()} cores",
        "user": "root" if os.getuid() == 0 else "a plain user",
        "Python": platform.python_version(),
        "packages": ", ".join(f"{name} {version}" for name, version in versions.items()),
    }


def _evaluations(tiers: list[dict[str, Any]]) -> list[str]:
    head = "| tier | programs | " + " | ".join(_OUTCOMES) + " | not right | seconds |"
    lines = [head, "|---|---|" + "--:|" * (len(_OUTCOMES) + 2)]
    for tier in tiers:
        for kind in ("good", "bad"):
            counts = [tier["outcomes"].get(f"{kind}: {status}", 0) for status in _OUTCOMES]
            wrong = len(tier["wrong"]) if kind == "bad" else ""
            seconds = f"{tier['seconds']:.0f}" if kind == "bad" else ""
            cells = " | ".join(f"{count:,}" for count in counts)
            lines.append(f"| {tier['isolation']} | {kind} | {cells} | {wrong} | {seconds} |")
    for tier in tiers:
        lines += ["", *_census(tier)]
    return lines


def _census(tier: dict[str, Any]) -> list[str]:
    """Three of the censuses: the first, the last of the first zygote, the last."""
    censuses = tier["censuses"]
    same = [census for census in censuses if census["zygote"] == censuses[0]["zygote"]]
    shown = [censuses[0], same[-1], censuses[-1]]
    lines = [
        f"*{tier['isolation']}*: {_plural(tier['zygotes killed'], 'zygote')} killed on purpose, with the "
        f"{_plural(tier['jobs lost with them'], 'job')} at hand and no other; "
        f"{len(censuses)} censuses, of which three:",
        "",
        "| after | " + " | ".join(f"{census['after']:,}" for census in shown) + " |",
        "|---|" + "--:|" * len(shown),
    ]
    for name in _COUNTED:
        values = [census[name] for census in shown]
        numbers = [len(value) if isinstance(value, list) else value for value in values]
        lines.append(f"| {name} | " + " | ".join(f"{number:,}" for number in numbers) + " |")
    return lines


def _inputs(facts: dict[str, Any]) -> dict[str, int]:
    inputs = {f"{fuzzed['target']}, fuzzed": fuzzed["inputs"] for fuzzed in facts["fuzzed"]}
    return inputs | {
        f"{name}, Hypothesis": count for name, count in facts["machines"].get("inputs", {}).items()
    }


def _hostile(facts: dict[str, Any]) -> list[str]:
    lines = [
        "| | inputs | edges | features | corpus | lines reached | found |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for fuzzed in facts["fuzzed"]:
        reached, of = fuzzed["lines"]
        lines.append(
            f"| {fuzzed['target']}, fuzzed | {fuzzed['inputs']:,} | {fuzzed['edges']} | {fuzzed['features']:,} "
            f"| {fuzzed['corpus']} | {reached} of {of} | {len(fuzzed['found'])} |"
        )
    found = [each["machine"] for each in facts["machines"].get("found", ())]
    for name, count in facts["machines"].get("inputs", {}).items():
        lines.append(f"| {name}, Hypothesis | {count:,} | | | | | {found.count(name)} |")
    return lines


def _requests(rounds: list[dict[str, Any]]) -> list[str]:
    lines = [
        f"{requests.SHARE:.0%} of all requests fail in one of {len(rounds[0]['faults'])} ways; at most "
        f"{requests.PLACES} are in flight. The scale of time is 1:{1 / requests.SCALE:.0f}. The ideal client knows "
        "all faults beforehand and backs off only where a server names a time; "
        "[`requests.py`](../soak/requests.py) defines it.",
        "",
        "| client | seed | a second, at most | requests | faults | turned down beyond that | whole answers "
        "| asked for again | possibly billed | given up, by the ideal | s | ideal, s | of its throughput "
        "| in virtual time | CPU ms a request | wrong |",
        "|---|" + "--:|" * 15,
    ]
    for each in rounds:
        cells = [
            each["kind"], each["seed"], each["per s"] or "any", f"{each['requests']:,}",
            f"{sum(each['faults'].values()):,}", f"{each['turned down']:,}", f"{each['answers']:,}",
            each["asked again"], f"{each['possibly billed']:,}",
            f"{each['given up']}, {each['given up by the ideal']}",
            each["seconds"], each["ideal seconds"], each["throughput"], each["in virtual time"] or "",
            each["cpu ms a request"], len(each["wrong"]),
        ]  # fmt: skip
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


def _crashes(rounds: list[dict[str, Any]]) -> list[str]:
    lines = [
        "Killed with SIGKILL at random moments and resumed each time, compared row by row with the same run that "
        "nobody killed. What a kill finds in flight is asked for again, and nothing else.",
        "",
        "| kills | resumed | ended before its kill | answers | in flight at a kill, in all | at most "
        "| kept, and asked for again | rows | different rows | s | wrong |",
        "|--:|" + "--:|" * 10,
    ]
    names = (
        "kills", "resumed", "ended before the kill", "answers", "in flight", "most in flight", "asked again",
        "rows", "different rows", "seconds",
    )  # fmt: skip
    for each in rounds:
        cells = [f"{each[name]:,}" for name in names] + [str(len(each["wrong"]))]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _line(words: str) -> str:
    return " ".join(words.split())[:300]


def _listed(words: list[str]) -> str:
    *others, last = words or ["nothing"]
    return f"{', '.join(others)} and {last}" if others else last


def _plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + "s" * (number != 1)
