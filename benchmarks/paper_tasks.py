"""The paper's tasks: where their start programs and the strong solutions stand, and what making and scoring cost.

    python benchmarks/paper_tasks.py [--n 200]    the tables of docs/paper_tasks.md
    python benchmarks/paper_tasks.py --long       where long tabu searches end: what the scales' upper ends rest on

The strong solutions are those of ``tests/tasks/strong``; every program runs in a jail.
"""

from __future__ import annotations

import argparse
import asyncio
import runpy
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from selftaught.engines.local import LocalEngine
from selftaught.program import Program
from selftaught.published import published
from selftaught.scoring import Result
from selftaught.task import BUILT_IN, Task

NAMES = ["lpn", "parity", "string_grid_distance", "quadratic_assignment", "quadratic_assignment_hard"]
NAMES += ["three_sat", "three_sat_hard", "max_cut", "max_cut_hard"]
STRONG = Path(__file__).parents[1] / "tests" / "tasks" / "strong"
SEED = b"the docs' figures"


async def scores(n):
    engine = LocalEngine(1, "strong")
    print("| task | program | score ± se | mean raw | by the published rule | CPU ms: mean, largest |")
    print("|---|---|---|---|---|---|")
    for name in NAMES:
        task = Task.find(name)
        strong = Program.read(STRONG / f"{name.removesuffix('_hard')}.py")
        for who, program in (("start", task.start), ("strong", strong)):
            evaluations = await engine.evaluate(task, program, task.draw("test", SEED, n))
            result = Result(program, tuple(evaluations))
            assert set(result.outcomes) == {"ok"}, result.cause
            spent = [1000 * each.cpu_s for each in evaluations]
            raw, rule = ("" if x is None else f"{x:.4g}" for x in (result.raw, published(task, evaluations)))
            mean = f"{result.mean.mean:.3f} ± {result.mean.se:.3f}"
            print(
                f"| {name} | {who} | {mean} | {raw} | {rule} | {np.mean(spent):.1f}, {max(spent):.1f} |",
                flush=True,
            )
    await engine.close()


def costs(n):
    print(
        "\n| task | making an instance, CPU ms | scoring it | running the start program, without its jail |"
    )
    print("|---|---|---|---|")
    for name in NAMES:
        score = _functions(BUILT_IN / name / "score.py")
        start = runpy.run_path(str(BUILT_IN / name / "program.py"))["algorithm"]
        clock = [time.process_time()]
        instances = [score.instance(np.random.default_rng(seed)) for seed in range(n)]
        clock.append(time.process_time())
        outputs = [start(*inputs) for inputs, _ in instances]
        clock.append(time.process_time())
        for output, (inputs, hidden) in zip(outputs, instances, strict=True):
            score.score(output, inputs, hidden)
        clock.append(time.process_time())
        made, ran, scored = 1000 * np.diff(clock) / n
        print(f"| {name} | {made:.3f} | {scored:.3f} | {ran:.3f} |", flush=True)


def long_searches():
    print("| task | long searches end at: mean, sd over instances (n) |\n|---|---|")
    search = _functions(STRONG / "quadratic_assignment.py")
    for name, n, runs, steps in (
        ("quadratic_assignment", 60, 8, 1000),
        ("quadratic_assignment_hard", 25, 6, 5000),
    ):
        score, ends = _functions(BUILT_IN / name / "score.py"), []
        for seed in range(n):
            (F, D, P), _ = score.instance(np.random.default_rng(seed))
            np.random.seed(seed)
            mean, spread = score.chance(F, D, P)
            found = [search._objective(F, D, P, search._search(F, D, P, steps)) for _ in range(runs)]
            ends.append((mean - min(found)) / spread)
        print(f"| {name} | {np.mean(ends):.3f} s below chance, {np.std(ends):.3f} ({n}) |", flush=True)
    search = _functions(STRONG / "max_cut.py")
    for name, n, runs, steps in (("max_cut", 60, 6, 4000), ("max_cut_hard", 40, 8, 10000)):
        score, ends = _functions(BUILT_IN / name / "score.py"), []
        for seed in range(n):
            (adjacency,), _ = score.instance(np.random.default_rng(seed))
            np.random.seed(seed)
            weights = adjacency[np.triu_indices(len(adjacency), 1)]
            sides = [search._search(adjacency, steps) for _ in range(runs)]
            beyond = max(-s @ adjacency @ s / 4 for s in sides)  # the cut less half of the weight
            ends.append(beyond / (weights.std() * len(adjacency) ** 1.5 / 2))
        print(f"| {name} | x = {np.mean(ends):.4f}, {np.std(ends):.4f} ({n}) |", flush=True)


def _functions(path):
    return SimpleNamespace(**runpy.run_path(str(path)))


def main():
    parser = argparse.ArgumentParser(description="Where known programs stand on the paper's tasks.")
    parser.add_argument("--n", type=int, default=200, help="instances of each task")
    parser.add_argument("--long", action="store_true", help="long tabu searches, some minutes")
    given = parser.parse_args()
    if given.long:
        long_searches()
    else:
        asyncio.run(scores(given.n))
        costs(given.n)


if __name__ == "__main__":
    main()
