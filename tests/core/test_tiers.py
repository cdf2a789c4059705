"""A score does not depend on the walls around the program."""

import pytest

import selftaught
from selftaught.task import Task

# one that works, one that draws from every generator, one that fails on some instances and is slow on others
LPN = {
    "the start program": Task.find("lpn").start.text,
    "chance": """
import random
import numpy as np

def algorithm(train_samples, train_parity, test_samples):
    drawn = [random.random() < 0.5, bool(np.random.randint(2)), bool(np.random.default_rng().integers(2))]
    return (test_samples.sum(axis=1) + sum(drawn)) % 2
""",
    "failing now and then": """
import numpy as np

def algorithm(train_samples, train_parity, test_samples):
    if train_parity[0]:
        raise ValueError(f"not today: {id(train_samples) > 0}")
    return np.zeros(len(test_samples)) if train_parity[1] else {"no": "bits"}
""",
}
PACKING = {
    "the start program": Task.find("bin_packing").start.text,
    "best fit": """
import numpy as np

def priority(item, bins):
    return -(np.asarray(bins) - item)
""",
    "chance": """
import numpy as np

def priority(item, bins):
    return np.random.random(len(bins))
""",
}


@pytest.mark.parametrize(
    ("task", "name"),
    [("lpn", name) for name in LPN] + [("bin_packing", name) for name in PACKING],
)
def test_a_score_is_the_same_in_strong_and_in_standard(task, name, require):
    program = (LPN if task == "lpn" else PACKING)[name]
    results = {
        isolation: selftaught.score(task, program, seed=7, isolation=require(isolation), jobs=1)
        for isolation in ("strong", "standard")
    }
    strong, standard = ([one(evaluation) for evaluation in result.evaluations] for result in results.values())
    assert strong == standard
    assert len(strong) >= 10
    assert results["strong"].mean == results["standard"].mean
    if name == "failing now and then":
        assert "error" in {status for _, status, *_ in strong}


def one(evaluation):
    """All of an evaluation but the time that it took."""
    return evaluation.value, evaluation.status, evaluation.cause, evaluation.raw, evaluation.feedback
