"""A small task for real runs of studies, without code in its description: nothing that a prompt says tells more."""

from selftaught import Limits, Task


def _instance(rng):
    x = int(rng.integers(1, 1000))
    return (x,), 2 * x + 5


def _score(output, inputs, hidden):
    """1 for twice the number and 5, less the farther from it."""
    if isinstance(output, bool) or not isinstance(output, (int, float)):
        return 0.0
    return max(0.0, 1 - abs(output - hidden) / hidden)


def doubling(name="doubling", start="def f(x):\n    y = x + 1\n    return y\n"):
    return Task(
        name=name,
        entry="f",
        program=start,
        description="`f(x)` gives twice the number and five.",
        instance=_instance,
        score=_score,
        sizes={"search": 2, "validation": 3, "test": 3},
        limits=Limits(memory_mb=128),
    )
