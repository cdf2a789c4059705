"""Small tasks and improvers for studies whose outcome is known beforehand."""

from selftaught import Limits, Score, Task
from selftaught.program import Program


def _instance(rng):
    x = float(rng.uniform(1, 10))
    return (x,), 3 * x


def _score(output, inputs, hidden):
    """1 for three times the number, less the farther from it; the raw measure is how far."""
    if isinstance(output, bool) or not isinstance(output, (int, float)):
        return Score(0.0)
    off = abs(output - hidden) / hidden
    return Score(max(0.0, 1 - off), raw=off)


def tripling(name="tripling"):
    """f(x) = k * x scores k / 3; the start program has k = 1 and other numbers to change."""
    return Task(
        name=name,
        entry="f",
        program="def f(x):\n    return x * 2 - x\n",
        description="`f(x)` gives three times the number.",
        instance=_instance,
        score=_score,
        sizes={"search": 2, "validation": 2, "test": 2},
        limits=Limits(memory_mb=128),
    )


def improver(name, times):
    """Makes f(x) = times * x of a task, with one call for each time; asks the model once for another improver.

    The message is the solution that it was given; the answer is returned as it stands.
    """
    return Program(f'''"""{name}"""

def improve_algorithm(initial_solution, utility, language_model):
    if "def improve_algorithm" in initial_solution:
        return language_model.prompt("{name}", initial_solution)[0]
    for _ in range({times}):
        language_model.prompt("", "on a task")
    return "def f(x): return {times} * x"
''')
