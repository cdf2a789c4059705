"""The report of `transfer`, against cases worked out by hand."""

import dataclasses

import pytest

from selftaught.api import find_improver
from selftaught.program import Program
from selftaught.studies import find_study
from selftaught.studies.study import Settings
from selftaught.task import Task

STUDY = find_study("transfer")
SETTINGS = Settings((Task.find("lpn"),), 5, 1, 1, "not-worse", find_improver("seed"), (Program("x"),))


def rows(scores, calls=1):
    """Rows of scores by (task, by)."""
    return [
        {"task": task, "by": by, "seed": n, "score": score, "raw": None, "calls": calls, "status": "ok", "cause": ""}
        for (task, by), values in scores.items()
        for n, score in enumerate(values)
    ]  # fmt: skip


def test_differences_are_paired_by_seed_and_corrected_over_tasks():
    seed = [0.1, 0.2, 0.3, 0.4, 0.5]
    better = [value + 0.1 for value in seed]
    mixed = [0.2, 0.1, 0.3, 0.4, 0.5]
    found = rows({
        ("a", "start program"): [0.0] * 5, ("a", "seed improver"): seed, ("a", "improver 1"): better,
        ("b", "start program"): [0.0] * 5, ("b", "seed improver"): seed, ("b", "improver 1"): mixed,
    })  # fmt: skip
    means, differences = STUDY.report(SETTINGS, found).tables
    assert means.rows[0][:3] == ("a", "start program", 0.0)
    assert means.rows[2][2] == pytest.approx(0.4)
    a, b, together = differences.rows
    assert (a[0], a[2], a[5]) == ("a", pytest.approx(0.1), 5)
    assert (a[6], a[7], a[8]) == (pytest.approx(1 / 32), pytest.approx(1 / 16), "not shown to be better"), (
        "five of five, but of two tests: p = 1/32 becomes 1/16"
    )
    assert (b[2], b[8]) == (pytest.approx(0.0), "too few differ to tell")
    assert (together[0], together[2], together[7]) == ("all tasks", pytest.approx(0.05), None)


def test_without_an_improver_there_is_nothing_to_compare():
    scores = {("a", "start program"): [0.1] * 3, ("a", "seed improver"): [0.2] * 3}
    report = STUDY.report(dataclasses.replace(SETTINGS, replicates=3, improvers=()), rows(scores))
    assert len(report.tables) == 1
    assert report.words == ()
