"""The Hypothesis state machines of the tests, for longer: ``python -m soak.machines --inputs 10000 --seed 1``."""

import argparse
import json
import time
import traceback
from typing import Any

import hypothesis
from hypothesis.stateful import run_state_machine_as_test
from test_hostile_peer import MACHINES, SECONDS

from soak import say

_EXAMPLES_AT_ONCE = 200


def run(inputs: int, seed: int, deadline: float = float("inf")) -> dict[str, Any]:
    """Each machine until it has been given so many inputs, with a seed that changes each time."""
    result: dict[str, Any] = {"seed": seed, "inputs": {}, "found": []}
    settings = hypothesis.settings(
        SECONDS,
        max_examples=_EXAMPLES_AT_ONCE,
        stateful_step_count=50,
        derandomize=False,
        database=None,
        phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
    )
    for machine in MACHINES:
        machine.inputs, rounds = 0, 0
        while machine.inputs < inputs // len(MACHINES) and time.monotonic() < deadline:
            try:
                run_state_machine_as_test(hypothesis.seed(seed + rounds)(machine), settings=settings)
            except Exception as problem:  # noqa: BLE001  its notes are the steps that lead to it
                words = "".join(traceback.format_exception_only(problem))[-4000:]
                result["found"].append({"machine": machine.__name__, "seed": seed + rounds, "problem": words})
                break
            rounds += 1
            say({"done": sum(result["inputs"].values()) + machine.inputs})
        result["inputs"][machine.__name__] = machine.inputs
    return result


def main() -> None:
    """Run them as a process of their own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    arguments = parser.parse_args()
    print(json.dumps({"result": run(arguments.inputs, arguments.seed, time.monotonic() + arguments.seconds)}))


if __name__ == "__main__":
    main()
