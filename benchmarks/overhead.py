"""What this package adds to the time that a run cannot do without.

    python benchmarks/overhead.py [--requests 3000] [--json]

A stub server in a process of its own (`tests/servers.py`) answers every request after 200 ms.

- *The model path alone*: 32 improvers at once, each in its jail, ask one question after another and have the answer
  scored by a constant. It cannot take less than requests x 0.2 s / 32. Aim: at most 1.15 times that, and less than
  250 MB for this process, the warm process and all improvers together (proportional set size, sampled).
- *A real run*: STOP on `lpn` with the seed improver and a model that always proposes a new program. It cannot take
  less than the time in which the model is waited for (seconds with a request in flight), nor less than the CPU time
  of the processes that run programs and score them, divided by the cores. Aim: at most 1.3 times the larger.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from processes import memory_mb

from selftaught.address import Address
from selftaught.api import Options, find_improver, stop
from selftaught.budget import Budget
from selftaught.engines.local import LocalEngine
from selftaught.improving import improve
from selftaught.jail.doctor import choose
from selftaught.ledger import Ledger
from selftaught.models.finding import find_model
from selftaught.program import Program
from selftaught.run import Run
from selftaught.task import Evaluation, Instance

LATENCY_S = 0.2
IMPROVERS = 32
SERVER = Path(__file__).parent.parent / "tests" / "servers.py"

ASKING = """
from helpers import extract_code

def improve_algorithm(initial_solution, utility, language_model):
    for number in range(language_model.budget):
        answer = language_model.prompt("You are a programmer.", f"Improve this, try {number}:\\n" + initial_solution)
        utility(extract_code(answer[0]))
    return initial_solution
"""

REPLY = '''
SEED_IMPROVER = {improver!r}
LPN = """import numpy as np

def algorithm(train_samples, train_parity, test_samples):
    best = max(range(1024), key=lambda mask: np.mean(train_samples[:, bits(mask)].sum(axis=1) % 2 == train_parity))
    return test_samples[:, bits(best)].sum(axis=1) % 2

def bits(mask):
    return [bit for bit in range(10) if mask >> bit & 1]
"""

def reply(request, n):
    asked = request["messages"][-1]["content"]
    program = SEED_IMPROVER if "def improve_algorithm" in asked else LPN
    return f"An idea.\\n\\n```python\\n# answer {{n}}\\n{{program}}```\\n"
'''


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = {
            "model_path": model_path(Path(folder), arguments.requests),
            "lpn_run": lpn_run(Path(folder)),
        }
    print(json.dumps(figures, indent=1) if arguments.json else table(figures))


@contextmanager
def stub(folder: Path) -> Iterator[str]:
    """The address of a server that answers after 200 ms with a program that it never gave before."""
    reply = folder / "reply.py"
    reply.write_text(REPLY.format(improver=find_improver("seed").text))
    command = [sys.executable, str(SERVER), "--latency-s", str(LATENCY_S), "--reply", str(reply)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"{process.stdout.readline().strip()}#stub"
        finally:
            process.terminate()
            process.communicate()


# --- the model path alone ------------------------------------------------------------------------------------------


class Constant:
    """Something to improve that any program solves equally well, at no cost."""

    name, entry, start = "constant", "f", Program("def f(x):\n    return x\n")

    def described(self) -> str:
        """Nothing that matters."""
        return "Whatever."

    def draw(self, split: str, seed: bytes, n: int | None = None) -> list[Instance]:
        """One instance."""
        return [Instance(split, 0, seed)]

    async def evaluate(
        self, run: Run, program: Program, instances: Sequence[Instance], address: Address
    ) -> list[Evaluation]:
        """The same score for all."""
        return [Evaluation(0.5)] * len(instances)


def model_path(folder: Path, requests: int) -> dict[str, Any]:
    """Seconds of 32 improvers that ask ``requests`` questions in all, beside the least that they can take."""
    calls = -(-requests // IMPROVERS)
    with stub(folder) as model:
        taken_s, cpu_s, memory_mb = asyncio.run(_model_path(folder / "path", model, calls))
    least_s = calls * LATENCY_S
    return {
        "requests": calls * IMPROVERS,
        "seconds": round(taken_s, 2),
        "least_s": round(least_s, 2),
        "times_least": round(taken_s / least_s, 3),
        "cpu_ms_a_request": round(1e3 * cpu_s / (calls * IMPROVERS), 2),
        "memory_mb": round(memory_mb, 1),
    }


async def _model_path(folder: Path, model: str, calls: int) -> tuple[float, float, float]:
    engine = LocalEngine(len(os.sched_getaffinity(0)), choose(None))
    run = Run(1, find_model(model), engine, Ledger(folder), Budget(calls, 1))
    try:
        task, improver = Constant(), Program(ASKING)
        assert run.zygote.alive  # started before the clock
        watching = asyncio.create_task(_watch_memory())
        began, cpu_began = time.perf_counter(), time.process_time()
        improvements = await asyncio.gather(
            *(
                improve(
                    run, improver, task, task.start, task.draw("search", bytes(16)), Address((f"{number}",))
                )
                for number in range(IMPROVERS)
            )
        )
        taken_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
        watching.cancel()
        for improvement in improvements:
            assert improvement.outcome.status == "ok", improvement.outcome
            assert improvement.spent.calls == improvement.scores == calls
        return taken_s, cpu_s, _peak_mb[0]
    finally:
        await run.close()


_peak_mb = [0.0]


def _not_the_server(command: str) -> bool:
    return SERVER.name not in command


async def _watch_memory() -> None:
    """Keep the largest sum seen of this process's and its descendants' proportional set sizes."""
    while True:
        await asyncio.sleep(5)
        _peak_mb[0] = max(_peak_mb[0], await asyncio.to_thread(memory_mb, _not_the_server))


# --- a real run ----------------------------------------------------------------------------------------------------


def lpn_run(folder: Path, repeats: int = 2) -> dict[str, Any]:
    """Seconds of one iteration of STOP on ``lpn``, beside its two bounds."""
    cores = len(os.sched_getaffinity(0))
    with stub(folder) as model:
        cpu_began, began = _children_cpu_s(), time.perf_counter()
        stopped = stop(
            ["lpn"], iterations=1, repeats=repeats, options=Options(model=model, seed=1, runs=folder)
        )
        taken_s = time.perf_counter() - began
        scoring_s = (_children_cpu_s() - cpu_began) / cores  # the server has not ended, so it is not counted
    with closing(sqlite3.connect(stopped.folder / "ledger.sqlite")) as ledger:
        spans = ledger.execute("SELECT ended_at - took_s, ended_at FROM answers ORDER BY 1").fetchall()
        (evaluations,) = ledger.execute("SELECT sum(n) FROM scores WHERE task = 'lpn'").fetchone()
    model_s = _union_s(spans)
    return {
        "requests": len(spans),
        "evaluations": evaluations,
        "seconds": round(taken_s, 2),
        "model_s": round(model_s, 2),
        "scoring_cpu_s": round(scoring_s, 2),
        "cores": cores,
        "times_larger_bound": round(taken_s / max(model_s, scoring_s), 3),
    }


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _union_s(spans: Sequence[tuple[float, float]]) -> float:
    """The length of the union of intervals, given by their beginnings' order."""
    total, until = 0.0, float("-inf")
    for began, ended in spans:
        total += max(0.0, ended - max(began, until))
        until = max(until, ended)
    return total


def table(figures: dict[str, Any]) -> str:
    """The figures for a person."""
    path, run = figures["model_path"], figures["lpn_run"]
    times, larger = path["times_least"], run["times_larger_bound"]
    return "\n".join(
        [
            f"the model path alone: {path['requests']:,} requests by {IMPROVERS} improvers, {LATENCY_S} s each",
            f"  {path['seconds']:6.2f} s, at least {path['least_s']:.2f}: {times:.3f} times  (aim: 1.15)",
            f"  {path['cpu_ms_a_request']:6.2f} ms of CPU here a request",
            f"  {path['memory_mb']:6.1f} MB  (aim: 250)",
            "",
            f"a run on lpn: {run['requests']} requests, {run['evaluations']:,} evaluations, {run['cores']} cores",
            f"  {run['seconds']:6.2f} s",
            f"  {run['model_s']:6.2f} s with a request in flight",
            f"  {run['scoring_cpu_s']:6.2f} s of CPU for programs and scoring, a core",
            f"  {larger:6.3f} times the larger  (aim: 1.3)",
        ]
    )


if __name__ == "__main__":
    main()
