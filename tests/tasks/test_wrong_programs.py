"""Wrong programs get what they deserve: each in real jails, each with its expected outcome written down."""

import pytest
from task_folders import strong
from wrong_programs import WRONG, cases

from selftaught.program import Program
from selftaught.statistics import mean_of
from selftaught.task import Task

SEED = b"instances of tests"


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_program_gets_what_it_deserves(name, engines, runner):
    task = Task.find(name)
    unexpected, wrong = [], []
    for case, text, deserved, words in cases(name):
        n = 1 if name.endswith("_hard") or not isinstance(deserved, tuple) else 8
        program = Program(strong(name) + text)
        evaluations = runner(engines().evaluate(task, program, task.draw("test", SEED, n)))
        mean = mean_of(each.value for each in evaluations).mean
        statuses = {each.status for each in evaluations}
        if isinstance(deserved, str):
            fine = statuses == {deserved} and mean == 0
        else:
            lowest, highest = deserved if isinstance(deserved, tuple) else (deserved, deserved)
            fine = statuses == {"ok"} and lowest - 1e-12 <= mean <= highest + 1e-12
        said = [each.cause or each.feedback for each in evaluations]
        if not (fine and all(words in one and len(one) < 500 for one in said)):
            unexpected.append((case, deserved, words, mean, statuses, said[0]))
        if not case.startswith("right"):
            wrong.append(case)
    assert not unexpected
    assert len(wrong) >= 40
    assert sum(not case.startswith("any: ") for case in wrong) >= 20
