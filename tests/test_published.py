"""The published scoring rules, on cases worked out by hand."""

import pytest

from selftaught.published import RULES, published
from selftaught.task import Evaluation

TIMEOUT = Evaluation(0.0, "timeout", "CPU time: more than 0.1 s")
ERROR = Evaluation(0.0, "error", "ZeroDivisionError")
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
        ("three_sat", [measured(1.0)] * 29 + [TIMEOUT], 0.01),
        ("three_sat", [measured(1.0)] * 29 + [NO_ANSWER], 0.01),
        ("max_cut", [measured(1000.0), measured(1200.0)], 1100.0),
        ("max_cut", [measured(1000.0)] * 99 + [TIMEOUT], 0.01),
        ("max_cut", [measured(1000.0)] * 99 + [NO_ANSWER], 0.01),
    ],
)
def test_a_published_score_worked_out_by_hand(task, evaluations, score):
    assert published(task, evaluations) == pytest.approx(score, abs=1e-12)


def test_the_published_sign_prefers_the_worse_placement():
    better, worse = [measured(36 / 225)], [measured(52 / 225)]
    assert published("quadratic_assignment", worse) > published("quadratic_assignment", better)
    slower = [measured(36 / 225, 0.4)]
    assert published("quadratic_assignment", slower) > published("quadratic_assignment", better)


def test_the_papers_six_tasks_have_a_rule_and_no_other():
    assert set(RULES) == {
        *("lpn", "parity", "string_grid_distance", "quadratic_assignment", "three_sat", "max_cut")
    }
    assert published("max_cut_hard", [measured(1.0)]) is None


def test_no_evaluation_is_no_score():
    with pytest.raises(ValueError, match="at least one"):
        published("lpn", [])
