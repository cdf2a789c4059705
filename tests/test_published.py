"""The published scoring rules, on cases worked out by hand."""

import shutil

import pytest

from selftaught.published import RULES, published
from selftaught.task import BUILT_IN, Evaluation, Task

TIMEOUT = Evaluation(0.0, "timeout", "CPU time: more than 0.1 s")
ERROR = Evaluation(0.0, "error", "ZeroDivisionError")
NO_PYTHON = Evaluation(0.0, "error", "SyntaxError: invalid syntax (line 1)")
NO_FUNCTION = Evaluation(0.0, "error", "the program has no function 'algorithm'")
NO_ANSWER = Evaluation(0.0, feedback="a truth value for each variable is wanted")


def right(share):
    return Evaluation(share)


def measured(raw, cpu_s=0.0):
    return Evaluation(0.5, raw=raw, cpu_s=cpu_s)


@pytest.mark.parametrize(
    ("task", "evaluations", "score"),
    [
        ("lpn", [right(1.0), right(0.5)], 0.75),
        ("lpn", [right(1.0)] * 19 + [TIMEOUT], 1e-6),
        ("lpn", [right(1.0)] * 19 + [ERROR], 1e-6),
        ("lpn", [right(1.0), right(0.0)], 0.5),
        ("lpn", [NO_PYTHON] * 20, 0.0),
        ("lpn", [NO_FUNCTION] * 20, 0.0),
        ("lpn", [ERROR] * 20, 1e-6),
        ("parity", [right(1.0), right(0.8), ERROR], 0.6),
        ("parity", [TIMEOUT], 0.0),
        ("string_grid_distance", [measured(1.0), measured(0.5 - 3 / 18), TIMEOUT, ERROR], 1 / 3),
        ("string_grid_distance", [ERROR], 0.0),
        # an objective of 45 in 0.9 s, one of 36 in no time: (45.9 + 36) / 2 / 225
        ("quadratic_assignment", [measured(45 / 225, 0.9), measured(36 / 225)], 0.182),
        ("quadratic_assignment", [measured(0.2), TIMEOUT], 0.1),  # the time of what fails is not added
        ("quadratic_assignment", [ERROR, ERROR], 0.01),
        ("quadratic_assignment", [measured(-0.2)], 0.01),
        ("three_sat", [measured(1.0)] * 3 + [measured(0.0)], 0.7525),
        ("three_sat", [measured(0.0)] * 5, 0.01),
        # a time-out counts 0 from Python 3.11 on; every other failure decides all
        ("three_sat", [measured(1.0)] * 28 + [measured(0.0), TIMEOUT], 28.01 / 30),
        ("three_sat", [measured(1.0)] * 28 + [ERROR, TIMEOUT], 0.01),
        ("three_sat", [TIMEOUT] * 30, 0.01),
        ("three_sat", [measured(1.0)] * 29 + [NO_ANSWER], 0.01),
        ("max_cut", [measured(1000.0), measured(1200.0)], 1100.0),
        ("max_cut", [measured(0.0)] * 100, 0.01),
        ("max_cut", [measured(0.0), measured(0.004)], 0.01),
        ("max_cut", [measured(1000.0)] * 99 + [TIMEOUT], 0.01),
        ("max_cut", [measured(1000.0)] * 99 + [NO_ANSWER], 0.01),
    ],
)
def test_a_published_score_worked_out_by_hand(task, evaluations, score):
    assert published(Task.find(task), evaluations) == pytest.approx(score, abs=1e-12)


def test_the_published_sign_prefers_the_worse_placement():
    task = Task.find("quadratic_assignment")
    better, worse = [measured(36 / 225)], [measured(52 / 225)]
    assert published(task, worse) > published(task, better)
    slower = [measured(36 / 225, 0.4)]
    assert published(task, slower) > published(task, better)


def test_the_papers_six_tasks_have_a_rule_and_no_other():
    assert set(RULES) == {
        *("lpn", "parity", "string_grid_distance", "quadratic_assignment", "three_sat", "max_cut")
    }
    assert published(Task.find("max_cut_hard"), [measured(1.0)]) is None


def test_a_users_task_of_the_same_name_has_no_rule(tmp_path):
    copied = shutil.copytree(BUILT_IN / "lpn", tmp_path / "lpn")
    made = Task("lpn", "def f(x): return x", "f", instance=lambda rng: ((1,), 1), score=lambda *given: 1.0)
    assert published(Task.load(copied), [right(1.0)]) is None
    assert published(made, [right(1.0)]) is None
    assert published(Task.load(BUILT_IN / "lpn"), [right(1.0)]) == 1.0


def test_no_evaluation_is_no_score():
    with pytest.raises(ValueError, match="at least one"):
        published(Task.find("lpn"), [])
