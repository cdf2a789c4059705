"""Does an improver that has improved itself do better than the one it began as?

For each seed: a run of STOP with `offline` on `bin_packing`, then the last improver against the seed improver on the
run's own test split, which nothing was chosen by, paired meta-instance by meta-instance:

- at equal *allowed* calls: both may make the same number of calls; the seed improver makes one of them;
- at equal *spent* calls: on each meta-instance the seed improver is started again and again until it has made as
  many calls as the other did there, and what its utility likes best of all its results counts.

    python benchmarks/self_improvement.py --seeds 0-4               while developing
    python benchmarks/self_improvement.py --seeds 1000-1009         once, after the freeze

Prints a Markdown table, and each seed's row as soon as it is there. A row is kept in --keep (a folder), so that an
interrupted benchmark goes on where it was.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
from pathlib import Path

from selftaught.address import Address
from selftaught.api import Options, find_improver, opened
from selftaught.budget import Budget
from selftaught.improving import improve
from selftaught.meta import MetaTask
from selftaught.program import Program
from selftaught.run import Run
from selftaught.scoring import score
from selftaught.statistics import mean_of, upwards
from selftaught.stop import stop
from selftaught.studies.study import compare
from selftaught.task import Instance, Task


async def main(options: argparse.Namespace) -> None:
    rows = []
    print("| seed | adopted | I0 | IT | equal allowed | calls of IT | I0 repeated | equal spent |")
    print("|---|---|---|---|---|---|---|---|")
    for seed in options.seeds:
        kept = options.keep / f"{seed}.json"
        if kept.is_file():
            row = json.loads(kept.read_text())
        else:
            row = await one_seed(seed, options)
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps(row))
        rows.append(row)
        print(
            f"| {seed} | {row['adopted']} | {row['first']:.3f} | {row['last']:.3f} "
            f"| {row['last'] - row['first']:+.3f} | {row['calls']:.1f} | {row['repeated']:.3f} "
            f"| {row['last'] - row['repeated']:+.3f} |",
            flush=True,
        )
    last = [row["last"] for row in rows]
    baselines = {"allowed": "first", "spent": "repeated"}
    compared = compare({name: (last, [row[of] for row in rows]) for name, of in baselines.items()})
    for name, each in compared.items():
        alone = f"p = {upwards(each.p)} alone"
        print(f"\nmean paired gain at equal {name} calls: {each.told()} ({alone}; n = {each.n} runs)")


async def one_seed(seed: int, options: argparse.Namespace) -> dict[str, float]:
    """One run of STOP and the two comparisons on its test split."""
    budget = Budget(options.calls, options.samples)
    chosen = Options("offline", budget, seed=seed, jobs=options.jobs, runs=options.runs)
    task = Task.find("bin_packing")
    async with opened(chosen, "benchmark", None, {"benchmark": "self_improvement"}, [task]) as run:
        task = await run.prepare(task)
        first = find_improver("seed")
        meta = MetaTask((task,), options.repeats, first, budget)
        iterations = [each async for each in stop(run, meta, options.iterations)]
        last = iterations[-1].improver
        test = meta.draw("test", run.seed_of("test"), options.test)
        here = Address(("compared",))
        before = await score(run, meta, first, test, here)
        after = await score(run, meta, last, test, here)
        spent, repeated = [], []
        for instance in test:
            calls = await calls_of(run, meta, last, instance)
            spent.append(calls)
            repeated.append(await repeat_until(run, task, first, instance, calls))
        return {
            "seed": seed,
            "adopted": sum(each.adopted for each in iterations),
            "first": before.mean.mean,
            "last": after.mean.mean,
            "calls": mean_of(spent).mean,
            "repeated": mean_of(repeated).mean,
        }


async def calls_of(run: Run, meta: MetaTask, improver: Program, instance: Instance) -> int:
    """How many calls the improver made on a meta-instance that it has just been scored on."""
    place = Address(("compared", improver.fingerprint)) / meta.place_of(instance) / improver.fingerprint
    return run.ledger.calls_at(place)


async def repeat_until(run: Run, task: Task, improver: Program, instance: Instance, calls: int) -> float:
    """The seed improver's best result, by its utility, over as many uses as ``calls`` pay for; its score."""
    seed = instance.own_seed()
    search, others = task.draw("search", seed), task.draw("validation", seed)
    here = Address(("repeated", str(instance.index)))
    best, best_seen, made, uses = task.start, -math.inf, 0, 0
    while made < calls:
        improvement = await improve(run, improver, task, task.start, search, here / uses)
        uses, made = uses + 1, made + max(improvement.spent.calls, 1)
        if improvement.program is not None:
            seen = (await score(run, task, improvement.program, search, here / "chosen")).mean.mean
            if seen > best_seen:
                best, best_seen = improvement.program, seen
    return (await score(run, task, best, others, here / "other-instances")).mean.mean


def seeds(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=seeds, default=seeds("0-4"))
    parser.add_argument("--iterations", type=int, default=3)
    parser.add_argument(
        "--repeats", type=int, default=4, help="meta-instances of the search and validation splits"
    )
    parser.add_argument("--test", type=int, default=8, help="meta-instances of the test split")
    parser.add_argument("--calls", type=int, default=4)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--jobs", type=int, default=None)
    parser.add_argument("--runs", type=Path, default=Path("runs/self_improvement"))
    parser.add_argument("--keep", type=Path, default=Path("runs/self_improvement/rows"))
    asyncio.run(main(parser.parse_args()))
