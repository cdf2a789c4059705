"""Makes instances and scores results. This is your code: it is trusted, and runs outside the jails.

Everything random comes from `rng`, so an instance is the same each time that it is drawn.
"""

import numpy as np

from selftaught import Score

JOBS = 40


def instance(rng: np.random.Generator) -> tuple[tuple[np.ndarray, np.ndarray], float]:
    """One instance: the tuple of the function's arguments, and what is hidden from the program."""
    length = rng.uniform(1, 10, JOBS)
    weight = rng.uniform(1, 10, JOBS)
    best = cost(np.argsort(length / weight), length, weight)  # no order is better (W. E. Smith, 1956)
    return (length, weight), best


def score(output: object, inputs: tuple[np.ndarray, np.ndarray], hidden: float) -> Score:
    """What a result is worth: a raw measure for the [scale] of task.toml, or a value from 0 to 1.

    `output` came from a program that nobody trusts: check what it is before using it.
    """
    length, weight = inputs
    if not isinstance(output, np.ndarray) or output.shape != (JOBS,) or output.dtype.kind not in "iuf":
        return Score(0.0, feedback=f"an array of {JOBS} numbers is wanted, not a {type(output).__name__}")
    order = np.argsort(-output.astype(float), kind="stable")
    return Score(raw=cost(order, length, weight) / hidden)


def cost(order: np.ndarray, length: np.ndarray, weight: np.ndarray) -> float:
    """The sum of the times at which jobs are done, each times the job's weight."""
    done = np.cumsum(length[order])
    return float(done @ weight[order])
