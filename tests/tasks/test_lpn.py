"""The task ``lpn``: what is drawn, what a right answer earns, and what a wrong one earns."""

import runpy
from pathlib import Path

import numpy as np
import pytest

exhaustive = runpy.run_path(str(Path(__file__).parent / "strong" / "lpn.py"))["algorithm"]


def mean(task, program, n=200):
    scores = []
    for seed in range(n):
        inputs, hidden = task.score.instance(np.random.default_rng(seed))
        scores.append(task.score.score(program(*inputs), inputs, hidden))
    return np.mean(scores)


def test_exhaustive_search_solves_it(lpn):
    assert mean(lpn, exhaustive) >= 0.99


def test_the_start_is_a_coin(lpn):
    np.random.seed(0)
    assert abs(mean(lpn, lpn.start) - 0.5) < 0.032  # four standard errors
    assert abs(mean(lpn, lambda a, b, c: np.zeros(20)) - 0.5) < 0.06


def test_half_the_answer_earns_half(lpn):
    inputs, hidden = lpn.score.instance(np.random.default_rng(0))
    answer = np.where(np.arange(20) < 15, hidden, 1 - hidden)
    assert lpn.score.score(hidden, inputs, hidden) == 1.0
    assert lpn.score.score(answer, inputs, hidden) == 0.75
    assert lpn.score.score(1 - hidden, inputs, hidden) == 0.0


@pytest.mark.parametrize(
    "form", [list, tuple, lambda b: b.astype(bool), lambda b: b.astype(np.float16), lambda b: b.tolist()]
)
def test_bits_may_come_in_any_numeric_form(lpn, form):
    inputs, hidden = lpn.score.instance(np.random.default_rng(0))
    bits = hidden if form not in (list, tuple) else hidden.tolist()
    assert lpn.score.score(form(bits), inputs, hidden) == 1.0


def test_an_instance_is_what_was_published(lpn):
    drawn = [lpn.score.instance(np.random.default_rng(seed)) for seed in range(2000)]
    for (train, parity, test), hidden in drawn[:50]:
        assert [a.shape for a in (train, parity, test, hidden)] == [(100, 10), (100,), (20, 10), (20,)]
        for array in (train, parity, test, hidden):
            assert array.dtype == np.int64
            assert set(np.unique(array)) <= {0, 1}
    wrong = [np.mean(exhaustive(train, parity, train) != parity) for (train, parity, _), _ in drawn[:300]]
    assert abs(np.mean(wrong) - 0.05) < 0.005
    empty = np.mean([not hidden.any() for _, hidden in drawn])
    assert abs(empty - 0.7**10) < 0.015


def test_an_instance_depends_on_its_seed_alone(lpn):
    (a, x), (b, y), (c, z) = (lpn.score.instance(np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert all(np.array_equal(i, j) for i, j in zip(a, b, strict=True))
    assert np.array_equal(x, y)
    assert not np.array_equal(a[0], c[0])
    assert not np.array_equal(x, z)


def test_the_inputs_do_not_hold_the_answer(lpn):
    inputs, hidden = lpn.score.instance(np.random.default_rng(0))
    for array in inputs:
        assert not np.shares_memory(array, hidden)
        assert array.base is None or not np.shares_memory(array.base, hidden)


def nested(depth):
    result = []
    for _ in range(depth):
        result = [result]
    return result


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (None, "numbers"),
        (True, "numbers"),
        (1, "numbers"),
        (0.5, "numbers"),
        ("0" * 20, "numbers"),
        (b"\0" * 20, "numbers"),
        ({}, "numbers"),
        ({str(i): 0 for i in range(20)}, "numbers"),
        ([], "shape"),
        ([0] * 19, "shape"),
        ((0,) * 21, "shape"),
        (np.zeros(400), "shape"),
        (np.zeros((20, 1)), "shape"),
        (np.zeros((1, 20)), "shape"),
        (np.zeros((20, 20)), "shape"),
        (np.zeros((20, 10), int), "shape"),
        (np.array(1), "shape"),
        (np.zeros((0, 20)), "shape"),
        ([[0]] * 20, "numbers"),
        ([[0] * 10, [0] * 9], "numbers"),
        ([0] * 19 + [None], "numbers"),
        ([0] * 19 + [[0]], "numbers"),
        ([0] * 19 + [{}], "numbers"),
        (["0"] * 20, "numbers"),
        (["x" * 1_000_000] + ["0"] * 1_000_000, "numbers"),  # to NumPy, 4 TB
        (np.zeros(20, complex), "numbers"),
        (np.array(["0"] * 20), "numbers"),
        ([10**400] * 20, "numbers"),
        ([2**62] * 20, "other than 0 and 1"),
        ([-1] * 20, "other than 0 and 1"),
        ([0.5] * 20, "other than 0 and 1"),
        (np.full(20, np.nan), "other than 0 and 1"),
        ([float("inf")] * 20, "other than 0 and 1"),
        (nested(5000), "numbers"),
    ],
    ids=lambda value: repr(value)[:24] if not isinstance(value, list) else None,
)
def test_what_is_no_answer_earns_nothing_and_hears_why(lpn, output, why):
    inputs, hidden = lpn.score.instance(np.random.default_rng(0))
    score = lpn.score.score(output, inputs, hidden)
    assert score.value == 0.0
    assert why in score.feedback
    assert len(score.feedback) < 120


def test_the_folder_is_the_published_setting(lpn):
    assert lpn.toml["entry"] == "algorithm"
    assert lpn.toml["limits"]["cpu_s"] == 2.0
    assert lpn.toml["splits"] == {"search": 20, "validation": 50, "test": 50}
    assert not (lpn.folder / "description.md").exists()  # the model sees score.py, as published
