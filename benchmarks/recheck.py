"""Good work is not accused: 200 rechecks of ordinary good programs, and what a recheck costs.

    python benchmarks/recheck.py [--n 200] [--instances 12]

The strong and the start programs of all built-in tasks, and the best programs of the recorded run, one after another
from seeds of their own until there are so many. Prints every sign, and seconds a recheck by task.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import time
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

from selftaught.address import Address, derive
from selftaught.demonstration import DEMONSTRATION
from selftaught.engines.local import LocalEngine
from selftaught.jail import doctor
from selftaught.ledger import Ledger
from selftaught.program import Program
from selftaught.safety.recheck import recheck
from selftaught.statistics import wilson
from selftaught.task import Task, built_in_names

STRONG = Path(__file__).parent.parent / "tests" / "tasks" / "strong"
BEST_FIT = "def priority(item, bins):\n    return -(bins - item)\n"


def programs() -> list[tuple[str, str, Program]]:
    found = []
    for name in built_in_names():
        found.append((name, "start", Task.find(name).start))
        path = STRONG / f"{name.removesuffix('_hard')}.py"
        found.append((name, "strong", Program.read(path) if path.is_file() else Program(BEST_FIT)))
    ledger = Ledger(DEMONSTRATION, new=False)
    recorded = ledger.scored_below(Address(("t0",)), "lpn")[:10]
    found += [("lpn", "recorded", ledger.program(each)) for each in recorded]
    ledger.close()
    return found


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--instances", type=int, default=12)
    given = parser.parse_args()
    engine = LocalEngine(2, doctor.choose(None))
    seconds, accused = defaultdict(list), 0
    for number, (name, which, program) in zip(range(given.n), itertools.cycle(programs()), strict=False):
        began = time.monotonic()
        seed = derive(b"benchmark", "recheck", number)
        found = await recheck(
            SimpleNamespace(engine=engine), Task.find(name), program, seed=seed, n=given.instances
        )
        seconds[name, which].append(time.monotonic() - began)
        accused += bool(found.signs)
        for sign in found.signs:
            print(f"{name}, {which}, seed {number}: {sign.kind}: {sign.words}", flush=True)
    await engine.close()
    for (name, which), each in seconds.items():
        print(f"{name:28} {which:9} {len(each):3} rechecks, {sum(each) / len(each):6.2f} s each")
    low, high = wilson(accused, given.n)
    print(f"{accused} of {given.n} accused (95% by Wilson: {low:.4f} to {high:.4f})")


if __name__ == "__main__":
    asyncio.run(main())
