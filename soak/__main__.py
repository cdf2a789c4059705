"""All of it, side by side on the cores that there are, and a report at the end; exit code 1 if anything failed."""

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from selftaught.jail import doctor
from soak import ROOT, costs, fuzzing, report, requests

_SHARES = {"conversation": 0.14, "frames": 0.85}  # of the inputs; the rest is Hypothesis's, which is slowest
_FOR_EVALUATIONS = 0.5  # of the time
_ALLOWANCE_PER_S = 20  # of a server that counts: less than half of what it would be asked


@dataclass
class Part:
    """A process of ours: what it runs, how far it is, what it said."""

    name: str
    argv: list[str]
    total: int
    log: Path
    result: dict[str, Any] = field(default_factory=dict)
    code: int = 0

    def run(self, advanced: Callable[[int], None]) -> None:
        """Run it to its end."""
        with self.log.open("w") as log:
            process = subprocess.Popen(self.argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
            with process:
                assert process.stdout is not None
                for line in process.stdout:
                    if not line.startswith("{"):  # Atheris and Hypothesis speak there as well
                        print(line, end="", file=log, flush=True)
                        continue
                    fact = json.loads(line)
                    self.result = fact.get("result", self.result)
                    advanced(fact.get("done", self.total))
            self.code = process.returncode


def side_by_side(parts: list[Part], progress: Progress) -> None:
    """Run all of them, as many at once as there are cores."""
    free = threading.Semaphore(os.cpu_count() or 1)

    def run(part: Part, task: TaskID) -> None:
        with free:
            progress.reset(task)
            part.run(lambda done: progress.update(task, completed=min(done, part.total)))
            progress.update(task, completed=part.total)

    threads = []
    for part in parts:
        task = progress.add_task(part.name, total=part.total, start=False)
        threads.append(threading.Thread(target=run, args=(part, task), daemon=True))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def soak(arguments: argparse.Namespace, folder: Path, progress: Progress) -> dict[str, Any]:
    """Everything, and what it came to."""
    began = time.monotonic()
    facts: dict[str, Any] = {"seed": arguments.seed, "machine": report.machine(), "skipped": [], "broken": []}
    seconds = 60 * arguments.minutes

    tiers = []
    for isolation in ("strong", "standard"):
        tier = doctor.examine(isolation)
        if tier.holds:
            tiers.append(isolation)
        else:
            facts["skipped"].append(f"{isolation}: {tier.missing or 'does not hold on this machine'}")
    share = arguments.evaluations // max(len(tiers), 1)
    parts = [
        _part(
            f"evaluations, {isolation}", "evaluations", share, arguments.seed, folder,
            ["--isolation", isolation, "--evaluations", str(share), "--seconds", str(_FOR_EVALUATIONS * seconds)],
        )
        for isolation in tiers
        if share
    ]  # fmt: skip
    side_by_side(parts, progress)
    facts["evaluations"] = [part.result for part in parts if part.result]
    facts["broken"] += _broken(parts)

    left = max(seconds - (time.monotonic() - began), 10)
    fuzzed = [
        Part(
            f"inputs, {target}",
            fuzzing.command(target, number, arguments.seed, left, folder / target),
            number,
            folder / f"{target}.log",
        )
        for target, part_of in _SHARES.items()
        if (number := int(arguments.inputs * part_of))
    ]
    rest = arguments.inputs - sum(part.total for part in fuzzed)
    options = ["--inputs", str(rest), "--seconds", str(left)]
    machines = _part("inputs, Hypothesis", "machines", rest, arguments.seed, folder, options)
    side_by_side([*fuzzed, *([machines] if rest else [])], progress)
    facts["machines"] = machines.result
    facts["broken"] += _broken([machines] if rest else [])
    facts["fuzzed"] = []
    for target, part in zip(_SHARES, fuzzed, strict=False):
        of_target = fuzzing.result(target, folder / target, part.log.read_text(errors="replace"))
        of_target["lines"] = fuzzing.lines_reached(target, folder / target / "corpus")
        facts["fuzzed"].append(of_target)
        if not of_target["found"] and (part.code or not of_target["inputs"]):
            facts["broken"] += _broken([part])

    task = progress.add_task("dearest frames", total=len(costs.FRAMES))
    facts["costs"] = []
    for name in costs.FRAMES if arguments.inputs else ():
        facts["costs"].append(costs.measure(name))
        progress.advance(task)
    facts["too dear"] = costs.too_dear(facts["costs"])

    facts["requests"], facts["crashes"] = [], []
    for part in _of_models(arguments, folder):  # one after the other: their time is measured
        side_by_side([part], progress)
        if part.result:
            facts["crashes" if part.argv[2] == "soak.crashes" else "requests"].append(part.result)
        facts["broken"] += _broken([part])
    facts["seconds"] = round(time.monotonic() - began)
    return facts


def _of_models(arguments: argparse.Namespace, folder: Path) -> list[Part]:
    """Each kind of client with a seed of its own, the first one also at a server that counts; and the kills."""
    parts = []
    limited = (requests.KINDS[0], arguments.requests // 2, ["--per-s", str(_ALLOWANCE_PER_S)])
    rounds = [*((kind, arguments.requests, []) for kind in requests.KINDS), limited]
    for i, (kind, number, more) in enumerate(rounds):
        if number:
            options = ["--kind", kind, "--requests", str(number), *more]
            name = f"requests, {kind}{', limited' if more else ''}"
            queries = int(number * (1 - requests.SHARE))
            parts.append(_part(name, "requests", queries, arguments.seed + i, folder, options))
    if arguments.kills:
        options = ["--kills", str(arguments.kills)]
        parts.append(_part("kills", "crashes", arguments.kills, arguments.seed, folder, options))
    return parts


def _part(name: str, module: str, total: int, seed: int, folder: Path, options: list[str]) -> Part:
    argv = [sys.executable, "-m", f"soak.{module}", "--seed", str(seed), *options]
    return Part(name, argv, total, folder / f"{name}.log")


def _broken(parts: list[Part]) -> list[dict[str, Any]]:
    """Parts that ended otherwise than with a result: that is a failure of theirs, or of the soak's own."""
    return [
        {
            "what": f"{part.name} ended with {part.code}: {part.log.read_text()[-2000:]}",
            "again": " ".join(part.argv),
        }
        for part in parts
        if part.code or not part.result
    ]


def main() -> None:
    """Parse, run, report."""
    parser = argparse.ArgumentParser(
        prog="python -m soak", description="What this project has to withstand for long."
    )
    parser.add_argument("--evaluations", type=int, default=100_000, help="default: 100,000")
    parser.add_argument("--inputs", type=int, default=10_000_000, help="hostile inputs; default: 10,000,000")
    parser.add_argument(
        "--requests", type=int, default=10_000, help="to a server that fails, of each client; default: 10,000"
    )
    parser.add_argument("--kills", type=int, default=200, help="of a run that is resumed; default: 200")
    parser.add_argument("--seed", type=int, default=1, help="default: 1")
    parser.add_argument(
        "--minutes", type=float, default=60, help="at most, for evaluations and inputs; default: 60"
    )
    parser.add_argument("--output", type=Path, help="where the report goes too, in Markdown")
    parser.add_argument("--failures", type=Path, default=Path("soak-failures.json"), help="where failures go")
    arguments = parser.parse_args()
    if arguments.inputs and importlib.util.find_spec("atheris") is None:
        parser.exit(2, "Atheris is needed: pip install --group dev\n")
    console = Console(stderr=True)
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            facts = soak(arguments, folder, progress)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    text = report.markdown(facts)
    print(text, end="")
    if arguments.output:
        arguments.output.write_text(text)
    if failed := report.failures(facts):
        arguments.failures.write_text(json.dumps(failed, indent=1))
        sys.exit(f"{len(failed)} failed: see {arguments.failures}")


if __name__ == "__main__":
    main()
