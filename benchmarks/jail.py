"""What a jail costs, on one core, beside what it cannot cost less than and what it replaces.

    python benchmarks/jail.py [--isolation strong] [--rounds 15] [--json]

Measured in turns, round by round, everything pinned to one core, so that a noisy machine slows all alike:

- *jailed*: one evaluation: fork a jail, seal it, load a small program, call it once, read its result, end it;
- *bare fork*: ``os.fork()``, ``os._exit(0)`` and ``os.waitpid`` in a process that has exactly the warm process's
  imports and is frozen as it is: the same pages to copy, and nothing done with them;
- *fresh process*: ``python -c 'import numpy'``, what a jail would cost without a warm process.

A rate's ratio is the median over the rounds of the ratios within a round. Aims: jailed at least 0.4 of bare fork,
and 20 times fresh process. The table of steps says where an evaluation's time goes and what further calls cost.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from selftaught.budget import Limits
from selftaught.engines.worker import _Worker as Worker
from selftaught.jail import cell as cells
from selftaught.jail.cell import Cell, Zygote
from selftaught.jail.doctor import choose
from selftaught.program import Program
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
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    isolation = choose(arguments.isolation)
    figures = {"isolation": isolation, **compared(isolation, arguments.rounds), "steps_us": steps(isolation)}
    print(json.dumps(figures, indent=1) if arguments.json else table(figures))


def compared(isolation: str, rounds: int) -> dict[str, Any]:
    """Milliseconds of each way, and the two ratios of rates, medians over rounds."""
    with Zygote(isolation) as zygote, bare_forks() as bare:

        def jailed() -> float:
            return timed(lambda: evaluate(zygote), 20)

        ways: dict[str, Callable[[], float]] = {"jailed": jailed, "bare_fork": bare, "fresh": fresh_process}
        for way in ways.values():
            way()  # the first of each pays for what is only done once
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                taken[name].append(way())
    medians = {f"{name}_ms": round(1e3 * statistics.median(times), 3) for name, times in taken.items()}
    return {
        **medians,
        "jailed_per_s": round(1 / statistics.median(taken["jailed"]), 1),
        "rate_of_bare_fork": round(ratio(taken["bare_fork"], taken["jailed"]), 3),
        "times_fresh": round(ratio(taken["fresh"], taken["jailed"]), 1),
    }


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


def steps(isolation: str, rounds: int = 9) -> dict[str, float]:
    """Microseconds of the parts of an evaluation, of further calls, of whole instances; medians over rounds."""
    taken: dict[str, list[float]] = {}

    def took(step: str, seconds: float) -> None:
        taken.setdefault(step, []).append(1e6 * seconds)

    lpn = Scoring(isolation, "lpn")
    packing = Scoring(isolation, "bin_packing")
    with Zygote(isolation) as zygote, Zygote("weak") as weak:
        for _ in range(rounds):
            open_layers = timed(lambda: evaluate(weak), 10)
            took("an evaluation", sealed := timed(lambda: evaluate(zygote), 10))
            took("  of which the layers", sealed - open_layers)
            with Cell(zygote, LIMITS, PROGRAM, SEED) as cell:
                took("a further call, one number", further(cell, 21))
                took("  12 floats", further(cell, np.arange(12.0)))
                took("  1 MiB", further(cell, np.zeros(2**17), 10))
            took("a first call, forked beforehand", statistics.median(beforehand(zygote) for _ in range(10)))
            took("an instance of lpn scored", timed(lpn.instance, 10))
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


def table(figures: dict[str, Any]) -> str:
    """The figures for a person."""
    lines = [
        f"one core, isolation {figures['isolation']}, medians",
        "",
        f"  jailed evaluation        {figures['jailed_ms']:8.2f} ms   {figures['jailed_per_s']:7.0f} a second",
        f"  bare fork, same process  {figures['bare_fork_ms']:8.2f} ms   "
        f"the jail has {figures['rate_of_bare_fork']:.2f} of its rate   (aim: 0.4)",
        f"  fresh python + numpy     {figures['fresh_ms']:8.2f} ms   "
        f"the jail has {figures['times_fresh']:.1f} times its rate  (aim: 20)",
        "",
        *(f"  {step:45} {us:9.0f} µs" for step, us in figures["steps_us"].items()),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
