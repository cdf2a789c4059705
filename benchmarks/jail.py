"""What a jail costs, on one core, beside what it cannot cost less than and what it replaces.

    python benchmarks/jail.py [--isolation strong] [--rounds 15] [--improvers 1000] [--json]

Measured in turns, round by round, everything pinned to one core, so that a noisy machine slows all alike:

- *jailed*: one evaluation: fork a jail, seal it, load a small program, call it once, read its result, end it;
- *bare fork*: ``os.fork()``, ``os._exit(0)`` and ``os.waitpid`` in a process that has exactly the warm process's
  imports and is frozen as it is: the same pages to copy, and nothing done with them;
- *fresh process*: ``python -c 'import numpy'``, what a jail would cost without a warm process.

A rate's ratio is the median over the rounds of the ratios within a round. Aims: jailed at least 0.6 of bare fork, and
in strong at most 1.15 times what it takes in standard, where both tiers hold.

The table of steps says where the time goes and what further calls cost; the first call into a jail that was
forked beforehand should take at most 1 ms. Last, many improvers wait for a model at once, in one run: each may have
2 MB of its own (private pages, and the page tables beside), and 1,000 of them with all that belongs to the run 3 GB.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from overhead import Constant
from processes import family, megabytes, memory_mb

from selftaught.address import Address
from selftaught.budget import Budget, Limits
from selftaught.engines.local import LocalEngine
from selftaught.engines.worker import _Worker as Worker
from selftaught.improving import improve
from selftaught.jail import cell as cells
from selftaught.jail.cell import Cell, Zygote
from selftaught.jail.doctor import choose, examine
from selftaught.jail.layers import LAYERS
from selftaught.ledger import Ledger
from selftaught.models import Answer, Query
from selftaught.program import Program
from selftaught.run import Run, RunModel
from selftaught.task import Task

PROGRAM = Program("def double(x):\n    return 2 * x\n")
LIMITS = Limits(cpu_s=1.0)
SEED = bytes(16)

BARE_FORK = """
import gc, os, sys, time
sys.path += {path!r}
from selftaught.jail import zygote
zygote._warm({path!r}, [])
gc.collect(); gc.freeze(); gc.disable()
for line in sys.stdin:
    began = time.perf_counter()
    for _ in range(int(line)):
        if (child := os.fork()) == 0:
            os._exit(0)
        os.waitpid(child, 0)
    os.write(1, b"%r\\n" % (time.perf_counter() - began))
"""


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--isolation", choices=["strong", "standard", "weak"], help="default: the strongest")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--improvers", type=int, default=1000, help="how many wait at once; 0 for none")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    isolation = choose(arguments.isolation)
    figures = {"isolation": isolation, **compared(isolation, arguments.rounds), "steps_us": steps(isolation)}
    if arguments.improvers:
        with tempfile.TemporaryDirectory() as folder:
            figures["waiting"] = asyncio.run(waiting(Path(folder), isolation, arguments.improvers))
    print(json.dumps(figures, indent=1) if arguments.json else table(figures))


def compared(isolation: str, rounds: int) -> dict[str, Any]:
    """Milliseconds of each way, and the ratios of rates, medians over rounds."""
    tiers = [isolation, *([] if isolation == "standard" or not examine("standard").holds else ["standard"])]
    with ExitStack() as stack:
        zygotes = {tier: stack.enter_context(Zygote(tier)) for tier in tiers}
        ways: dict[str, Callable[[], float]] = {
            tier: partial(timed, partial(evaluate, zygote), 20) for tier, zygote in zygotes.items()
        }
        ways |= {"bare_fork": stack.enter_context(bare_forks()), "fresh": fresh_process}
        for way in ways.values():
            way()  # the first of each pays for what is only done once
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                taken[name].append(way())
    figures: dict[str, Any] = {
        f"{name}_ms": round(1e3 * statistics.median(times), 3) for name, times in taken.items()
    }
    jailed = taken[isolation]
    figures["jailed_per_s"] = round(1 / statistics.median(jailed), 1)
    figures["rate_of_bare_fork"] = round(ratio(taken["bare_fork"], jailed), 3)
    figures["times_fresh"] = round(ratio(taken["fresh"], jailed), 1)
    if isolation == "strong" and "standard" in taken:
        figures["times_standard"] = round(ratio(jailed, taken["standard"]), 3)
    return figures


def ratio(numerators: list[float], denominators: list[float]) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(a / b for a, b in zip(numerators, denominators, strict=True))


def timed(work: Callable[[], object], times: int) -> float:
    """Seconds that ``work`` takes, the mean over ``times``."""
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times


def evaluate(zygote: Zygote) -> None:
    """One jailed evaluation."""
    with Cell(zygote, LIMITS, PROGRAM, SEED) as cell:
        outcome = cell.call("double", [21])
    assert outcome.value == 42, outcome


@contextmanager
def bare_forks() -> Iterator[Callable[[], float]]:
    """A process as warm as the zygote; calling what is yielded gives the seconds of one fork in it."""
    source = BARE_FORK.format(path=cells._package_path([]))
    process = subprocess.Popen(
        [sys.executable, "-s", "-S", "-P", "-B", "-c", source],
        env=cells._ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    orders, answers = process.stdin, process.stdout
    assert orders is not None
    assert answers is not None

    def fork(times: int = 20) -> float:
        print(times, file=orders, flush=True)
        return float(answers.readline()) / times

    with process:
        yield fork
        orders.close()


def fresh_process() -> float:
    """Seconds of a new interpreter that imports NumPy."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import numpy"], check=True)
    return time.perf_counter() - began


# --- where the time goes -------------------------------------------------------------------------------------------


def steps(isolation: str, rounds: int = 15) -> dict[str, float]:
    """Microseconds of the parts of an evaluation, of further calls, of whole instances; medians over rounds."""
    taken: dict[str, list[float]] = {}

    def took(step: str, seconds: float) -> float:
        taken.setdefault(step, []).append(1e6 * seconds)
        return seconds

    lpn = Scoring(isolation, "lpn")
    packing = Scoring(isolation, "bin_packing")
    with Zygote(isolation) as zygote, Zygote("weak", without=LAYERS) as bare, bare_forks() as fork:
        evaluate(bare)
        for _ in range(rounds):
            whole = took("an evaluation", timed(lambda: evaluate(zygote), 20))
            known = took("  a bare fork, and its end", fork())
            known += took("  the layers", whole - timed(lambda: evaluate(bare), 20))
            with Cell(zygote, LIMITS, PROGRAM, SEED) as cell:
                known += took("  frames: a call and its result", further(cell, 21))
                took("  the rest: pages copied, the program loaded, our own work", whole - known)
                took("a further call with 12 floats", further(cell, np.arange(12.0)))
                took("a further call with 1 MiB", further(cell, np.zeros(2**17), 10))
            first = statistics.median(beforehand(zygote) for _ in range(10))
            took("a first call, forked beforehand", first)
            took("an instance of lpn scored", scored := timed(lpn.instance, 10))
            took("  of which outside the evaluation", scored - whole)
            took("an instance of bin_packing scored, 120 calls", timed(packing.instance, 2))
    lpn.close()
    packing.close()
    return {step: round(statistics.median(times), 1) for step, times in taken.items()}


def further(cell: Cell, value: Any, times: int = 100) -> float:
    """Seconds of one more call into a jail, there and back."""
    cell.call("double", [value])
    return timed(lambda: cell.call("double", [value]), times)


def beforehand(zygote: Zygote) -> float:
    """Seconds of the first call into a jail that was forked, and had its program loaded, a while ago."""
    with Cell(zygote, LIMITS, PROGRAM, SEED) as cell:
        time.sleep(0.005)
        began = time.perf_counter()
        cell.call("double", [21])
        return time.perf_counter() - began


class Scoring:
    """A scoring worker's own work on a task's start program, in this process."""

    def __init__(self, isolation: str, name: str) -> None:
        task = Task.find(name)
        assert task.folder is not None
        self._worker = Worker(isolation)
        self._worker.learn(
            {
                "task": 0,
                "folder": str(task.folder),
                "entry": task.entry,
                "imports": [],
                "limits": [task.limits.cpu_s, task.limits.wall_s, task.limits.memory_mb],
                "scale": [task.scale.zero, task.scale.one] if task.scale else None,
                "sizes": task.sizes,
                "fixed": task.fixed,
            }
        )
        (instance, *_) = task.draw("search", SEED)
        drawn = [[instance.split, instance.index, instance.seed]]
        self._order = {"task": 0, "program": task.start.text, "instances": drawn}

    def instance(self) -> None:
        """Score the program on one instance."""
        ((_, status, *_),) = self._worker.score(self._order)["results"]
        assert status == "ok"

    def close(self) -> None:
        """End the jails."""
        self._worker.close()


# --- many that wait -------------------------------------------------------------------------------------------------

ASKING = Program("""
def improve_algorithm(initial_solution, utility, language_model):
    language_model.prompt("You are a programmer.", "Improve this: " + initial_solution)
    return initial_solution
""")


class Silent:
    """A model that answers nobody before ``expected`` have asked and ``measure`` has been called."""

    name = "silent"
    most_answer_tokens: int | None = None

    def __init__(self, expected: int, measure: Callable[[], None]) -> None:
        self.concurrency = expected
        self._missing, self._measure, self._all = expected, measure, asyncio.Event()

    async def answer(self, query: Query) -> Answer:
        """Wait for the others."""
        self._missing -= 1
        if not self._missing:
            self._measure()
            self._all.set()
        await self._all.wait()
        return Answer("pass")

    async def close(self) -> None:
        """Nothing to close."""


async def waiting(folder: Path, isolation: str, improvers: int) -> dict[str, Any]:
    """What ``improvers`` uses of an improver hold while all of them wait for a model, in megabytes."""
    found: dict[str, Any] = {"improvers": improvers}

    def measure() -> None:
        found["seconds_until_all_wait"] = round(time.perf_counter() - began, 2)
        zygote = run.zygote.pid
        jails = [pid for pid in family() if Path(f"/proc/{pid}/stat").read_text().split()[3] == str(zygote)]
        assert len(jails) == improvers, len(jails)
        some = jails[:: max(1, improvers // 50)]
        for name, what in (("private", ("Private_Dirty", "Private_Clean")), ("page_tables", ("VmPTE",))):
            each = statistics.median(megabytes(pid, *what) for pid in some)
            found[f"{name}_mb_each"] = round(each, 2)
        tables = sum(megabytes(pid, "VmPTE") for pid in family())
        found["whole_run_mb"] = round(memory_mb() + tables, 1)

    models = (RunModel(Silent(improvers, measure)),)
    run = Run(1, models, LocalEngine(1, isolation), Ledger(folder), Budget(1, 1))
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    try:
        task = Constant()
        assert run.zygote.alive  # started before the clock
        began = time.perf_counter()
        uses = (
            improve(run, ASKING, task, task.start, task.draw("search", bytes(16)), Address((f"{number}",)))
            for number in range(improvers)
        )
        for improvement in await asyncio.gather(*uses):
            assert improvement.outcome.status == "ok", improvement.outcome
    finally:
        await run.close()
    return found


def table(figures: dict[str, Any]) -> str:
    """The figures for a person."""
    isolation = figures["isolation"]
    lines = [
        f"one core, isolation {isolation}, medians",
        "",
        f"  jailed evaluation        {figures[f'{isolation}_ms']:8.2f} ms   {figures['jailed_per_s']:7.0f} a second",
        f"  bare fork, same process  {figures['bare_fork_ms']:8.2f} ms   "
        f"the jail has {figures['rate_of_bare_fork']:.2f} of its rate   (aim: 0.6)",
        f"  fresh python + numpy     {figures['fresh_ms']:8.2f} ms   "
        f"the jail has {figures['times_fresh']:.1f} times its rate",
    ]
    if times := figures.get("times_standard"):
        lines.append(
            f"  jailed in standard       {figures['standard_ms']:8.2f} ms   "
            f"strong takes {times:.2f} times as long   (aim: 1.15)"
        )
    lines += ["", *(f"  {step:58} {us:9.0f} µs" for step, us in figures["steps_us"].items())]
    if held := figures.get("waiting"):
        lines += [
            "",
            f"{held['improvers']:,} improvers that wait for a model, in one run",
            f"  {held['private_mb_each']:8.2f} MB private memory each (aim: 2), "
            f"and {held['page_tables_mb_each']:.2f} MB of page tables",
            f"  {held['whole_run_mb']:8.0f} MB the whole run, page tables counted (aim: 3,000 for 1,000)",
            f"  {held['seconds_until_all_wait']:8.1f} s until all of them wait",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
