"""The scores of the paper's published code, computed from our evaluations, for comparison with its tables.

Here every instance is scored by itself. The published scoring functions (``tasks/*/secret_utility.py`` in
microsoft/stop) are not like that: in some of them one failure decides the whole score, and one rewards what its task
is to minimise. The two kinds of number are not comparable; whoever puts ours beside the paper's tables needs both.

What an evaluation does not tell is treated as said at each rule, and the limits are ours: CPU time, not wall time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from selftaught.task import BUILT_IN, Evaluation, Task

FLOOR = 0.01
"""The least score of several of the published tasks, and what one failure left of them."""
_FACILITIES = 15
_NOT_LOADED = (
    "SyntaxError",
    "IndentationError",
    "TabError",
    "the program has no function",
    "the program defines, but",
)


def published(task: Task, evaluations: Sequence[Evaluation]) -> float | None:
    """What the published scoring of ``task`` gives for these evaluations of one program.

    None for a task that the paper has not, whatever its name: the rules are about the built-in tasks. Raises
    :class:`ValueError` where there is no evaluation.
    """
    if not evaluations:
        raise ValueError("there must be at least one evaluation.")
    built_in = task.folder is not None and task.folder.parent == BUILT_IN.resolve()
    rule = RULES.get(task.folder.name) if built_in and task.folder is not None else None
    return rule(evaluations) if rule else None


def lpn(evaluations: Sequence[Evaluation]) -> float:
    """The share of right labels; 1e-6 in all if the program failed or took too long on one instance.

    0 in all if it does not load: here where the cause says so (no Python, no such function), while one that raises as
    it is loaded counts as one that fails. A result of a wrong shape counts 0 on its instance here; there it could
    count as right, or as a failure.
    """
    if all(each.cause.startswith(_NOT_LOADED) for each in evaluations):
        return 0.0
    return 1e-6 if _any_failed(evaluations) else _mean([each.value for each in evaluations])


def parity(evaluations: Sequence[Evaluation]) -> float:
    """The share of right labels, a failure counting 0; there a result of a wrong shape could count above 1."""
    return _mean([each.value for each in evaluations])


def string_grid_distance(evaluations: Sequence[Evaluation]) -> float:
    """The mean of 1 for the distance wanted, 0.5 - the difference / (6 length) for another, 0 for a failure."""
    return _mean([each.raw or 0.0 for each in evaluations])


def quadratic_assignment(evaluations: Sequence[Evaluation]) -> float:
    """The mean objective plus the seconds taken, over 15²: higher was better, although the task is to minimise it.

    A failure counts 0; the whole is at least 0.01. The seconds here are of CPU time.
    """
    sums = [0.0 if each.raw is None else each.raw + each.cpu_s / _FACILITIES**2 for each in evaluations]
    return max(_mean(sums), FLOOR)


def three_sat(evaluations: Sequence[Evaluation]) -> float:
    """The share of formulas solved; 0.01 for an unsolved one, 0 for one that timed out; at least 0.01.

    0.01 in all where one result was no assignment, or the program failed otherwise: so a program that gives up with
    None on one formula of many, as the published start does, has 0.01. What a time-out did hung on the Python that
    ran the published code. From 3.11 on ``concurrent.futures.TimeoutError`` is the built-in ``TimeoutError``, which
    the code looks for, and it is as said here; before, a time-out left 0.01 in all.
    """
    if any(each.raw is None and each.status != "timeout" for each in evaluations):
        return FLOOR
    return max(_mean([_of_formula(each) for each in evaluations]), FLOOR)


def _of_formula(each: Evaluation) -> float:
    if each.raw is None:
        return 0.0
    return 1.0 if each.raw else FLOOR


def max_cut(evaluations: Sequence[Evaluation]) -> float:
    """The mean weight that is cut, over 10, at least 0.01; 0.01 in all where one graph failed or timed out.

    That is above 1,000 for any good program; the paper's table must be on a scale that was not published. A result of
    a wrong length there was 0 in all, and one of more than two parts was a good one.
    """
    cuts = [each.raw for each in evaluations if each.raw is not None]
    return max(_mean(cuts), FLOOR) if len(cuts) == len(evaluations) else FLOOR


NO_PROGRAM = Evaluation(0.0, "error", f"{_NOT_LOADED[-2]}: there is no program")
"""What an improver that returned nothing has on every instance."""

RULES: dict[str, Callable[[Sequence[Evaluation]], float]] = {
    rule.__name__: rule
    for rule in (lpn, parity, string_grid_distance, quadratic_assignment, three_sat, max_cut)
}


def _any_failed(evaluations: Sequence[Evaluation]) -> bool:
    return any(each.status != "ok" for each in evaluations)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
