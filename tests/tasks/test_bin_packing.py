"""The task ``bin_packing``: heuristics of known order, and what a wrong answer earns.

``python tests/tasks/test_bin_packing.py`` prints what ``score.py`` says about its scale.
"""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from task_folders import load


def first_fit(item, bins):
    return -np.arange(len(bins))


def best_fit(item, bins):
    return -bins


def worst_fit(item, bins):
    return np.where(np.arange(len(bins)) == len(bins) - 1, -1.0, bins)


def spread(item, bins):
    """Every item into a bin of its own."""
    return bins


def next_fit():
    """Give a new program that only ever looks at the bin that it used last; it remembers the room there."""
    room = 0.0

    def priority(item, bins):
        nonlocal room
        fits = room >= item
        room = (room if fits else 100.0) - item
        return np.arange(len(bins)) == len(bins) - 1 - fits

    return priority


def keep_useful_gaps(item, bins):
    """Best fit, but rather open a bin than leave room for 9 to 19, which few items have."""
    gaps = bins - item
    priorities = np.where((gaps >= 9) & (gaps <= 19), -1000 - gaps, -gaps)
    priorities[-1] = -500
    return priorities


def funsearch_or(item, bins):
    """Prefer as FunSearch's heuristic for the OR-Library's sets does: tight, or else not nearly tight."""
    gaps = bins - item
    steps = [4.0, 3.0, 2.0, 1.0, 0.9, 0.95, 0.97, 0.98, 0.99]
    return np.array(steps)[np.searchsorted([2, 3, 5, 7, 9, 12, 15, 21], gaps)]


def decreasing(sizes):
    """First fit, knowing all the items and taking the largest first."""
    bins = []
    for size in sorted(sizes.tolist(), reverse=True):
        fits = next((i for i, room in enumerate(bins) if room >= size), None)
        if fits is None:
            bins.append(100 - size)
        else:
            bins[fits] -= size
    return len(bins)


HEURISTICS = {
    "next fit": next_fit,
    "worst fit": lambda: worst_fit,
    "first fit (the start)": lambda: first_fit,
    "best fit": lambda: best_fit,
    "FunSearch's for OR": lambda: funsearch_or,
    "keep useful gaps": lambda: keep_useful_gaps,
}


def value(task, raw):
    """Map a raw measure as ``[scale]`` says."""
    scale = task.toml["scale"]
    return np.clip((np.asarray(raw) - scale["zero"]) / (scale["one"] - scale["zero"]), 0, 1)


def excess(task, make, seeds):
    programs = (SimpleNamespace(priority=make()) for _ in seeds)
    return np.array(
        [task.score.evaluate(p, np.random.default_rng(s)).raw for p, s in zip(programs, seeds, strict=True)]
    )


def excess_decreasing(task, seeds):
    drawn = [task.score.draw(np.random.default_rng(seed)) for seed in seeds]
    return np.array([decreasing(sizes) / math.ceil(sizes.sum() / 100) - 1 for sizes in drawn])


@pytest.fixture(scope="module")
def values(bin_packing):
    seeds = range(200)
    found = {name: value(bin_packing, excess(bin_packing, make, seeds)) for name, make in HEURISTICS.items()}
    return found | {"decreasing": value(bin_packing, excess_decreasing(bin_packing, seeds))}


def test_known_heuristics_stand_where_the_scale_puts_them(values):
    means = {name: found.mean() for name, found in values.items()}
    assert means["next fit"] == 0
    assert means["worst fit"] < 0.02
    assert 0.30 < means["first fit (the start)"] < 0.38
    assert means["first fit (the start)"] + 0.05 < means["best fit"]
    assert means["best fit"] + 0.02 < means["keep useful gaps"]
    assert 0.85 < means["decreasing"] < 0.93


def test_twenty_instances_tell_best_fit_from_first_fit(values):
    difference = values["best fit"] - values["first fit (the start)"]
    assert difference.mean() > 2.5 * difference.std(ddof=1) / math.sqrt(20)


def test_the_start_is_first_fit(bin_packing):
    seeds = range(30)
    assert np.array_equal(
        excess(bin_packing, lambda: bin_packing.start, seeds), excess(bin_packing, lambda: first_fit, seeds)
    )


def test_ranks_count_and_not_their_form(bin_packing):
    forms = [
        lambda item, bins: (-bins).tolist(),
        lambda item, bins: tuple(-bins),
        lambda item, bins: (100 - bins).astype(np.uint8),
        lambda item, bins: (-bins).astype(np.float16),
        lambda item, bins: 1e300 * (100 - bins),
    ]
    wanted = excess(bin_packing, lambda: best_fit, range(5)).tolist()
    for form in forms:
        assert excess(bin_packing, lambda form=form: form, range(5)).tolist() == wanted


def test_equal_priorities_go_to_the_first_bin(bin_packing):
    ties = [lambda item, bins: np.zeros(len(bins)), lambda item, bins: [False] * len(bins)]
    wanted = excess(bin_packing, lambda: first_fit, range(5)).tolist()
    for tie in ties:
        assert excess(bin_packing, lambda tie=tie: tie, range(5)).tolist() == wanted


def test_opening_a_bin_is_a_choice(bin_packing):
    score = bin_packing.score.evaluate(SimpleNamespace(priority=spread), np.random.default_rng(0))
    assert score.feedback.startswith("120 bins")
    assert value(bin_packing, score.raw) == 0


def test_a_program_is_asked_item_by_item_with_the_room_that_there_is(bin_packing):
    asked = []

    def priority(item, bins):
        asked.append((item, bins.copy()))
        return best_fit(item, bins)

    bin_packing.score.evaluate(SimpleNamespace(priority=priority), np.random.default_rng(0))
    assert [item for item, _ in asked] == bin_packing.score.draw(np.random.default_rng(0)).tolist()
    for item, bins in asked:
        assert type(item) is float
        assert item == round(item)
        assert 1 <= item <= 100
        assert bins.dtype == np.float64
        assert bins.ndim == 1
        assert bins[-1] == 100
        assert (bins >= item).all()
        assert (bins[:-1] < 100).all()


def test_writing_into_the_bins_changes_nothing(bin_packing):
    def priority(item, bins):
        answer = best_fit(item, bins).copy()
        bins[:] = 1e9
        return answer

    wanted = excess(bin_packing, lambda: best_fit, range(5)).tolist()
    assert excess(bin_packing, lambda: priority, range(5)).tolist() == wanted


def test_an_instance_depends_on_its_seed_alone(bin_packing):
    draw = bin_packing.score.draw
    assert np.array_equal(draw(np.random.default_rng(3)), draw(np.random.default_rng(3)))
    assert not np.array_equal(draw(np.random.default_rng(3)), draw(np.random.default_rng(4)))


def test_what_a_program_does_does_not_change_what_it_is_given(bin_packing):
    rng = np.random.default_rng(3)
    bin_packing.score.evaluate(SimpleNamespace(priority=best_fit), rng)
    twin = np.random.default_rng(3)
    bin_packing.score.evaluate(SimpleNamespace(priority=spread), twin)
    assert rng.bit_generator.state == twin.bit_generator.state


def test_an_error_of_the_program_is_left_to_the_engine(bin_packing):
    def priority(item, bins):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        bin_packing.score.evaluate(SimpleNamespace(priority=priority), np.random.default_rng(0))


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda n: None, "numbers"),
        (lambda n: True, "numbers"),
        (lambda n: 0, "numbers"),
        (lambda n: 1.0, "numbers"),
        (lambda n: "best", "numbers"),
        (lambda n: b"\0" * n, "numbers"),
        (lambda n: {}, "numbers"),
        (lambda n: {str(i): i for i in range(n)}, "numbers"),
        (lambda n: [], "shape"),
        (lambda n: [0.0] * (n - 1), "shape"),
        (lambda n: (0.0,) * (n + 1), "shape"),
        (lambda n: np.zeros(n + 1), "shape"),
        (lambda n: np.zeros((n, 1)), "shape"),
        (lambda n: np.zeros((1, n)), "shape"),
        (lambda n: np.zeros((n, n)), "shape"),
        (lambda n: np.array(0.0), "shape"),
        (lambda n: [[0.0]] * n, "numbers"),
        (lambda n: [0.0] * (n - 1) + [[0.0, 1.0]], "numbers"),
        (lambda n: [0.0] * (n - 1) + [None], "numbers"),
        (lambda n: ["1"] * n, "numbers"),
        (lambda n: ["x" * 1_000_000] + ["1"] * 1_000_000, "numbers"),
        (lambda n: [10**400] * n, "numbers"),
        (lambda n: np.zeros(n, complex), "numbers"),
        (lambda n: np.array(["1"] * n), "numbers"),
        (lambda n: np.full(n, np.nan), "not finite"),
        (lambda n: [0.0] * (n - 1) + [math.inf], "not finite"),
        (lambda n: np.array([-np.inf] * n), "not finite"),
    ],
)
@pytest.mark.parametrize("first_wrong", [0, 7])
def test_what_is_no_priority_ends_the_instance_with_nothing(bin_packing, answer, why, first_wrong):
    calls = 0

    def priority(item, bins):
        nonlocal calls
        calls += 1
        return answer(len(bins)) if calls > first_wrong else best_fit(item, bins)

    score = bin_packing.score.evaluate(SimpleNamespace(priority=priority), np.random.default_rng(0))
    assert score.value == 0.0
    assert why in score.feedback
    assert len(score.feedback) < 120
    assert calls == first_wrong + 1


def test_the_description_says_what_the_folder_does(bin_packing):
    text = (bin_packing.folder / "description.md").read_text()
    score = bin_packing.score
    for fact in (
        f"{score.ITEMS} items",
        f"capacity {score.CAPACITY}",
        f"shape {score.SHAPE} and scale {score.SCALE}",
        f"excess / {bin_packing.toml['scale']['zero']}",
    ):
        assert fact in text


def main(n=2000):
    task = load("bin_packing")
    seeds = range(n)
    found = {name: excess(task, make, seeds) for name, make in HEURISTICS.items()}
    found["FFD"] = excess_decreasing(task, seeds)
    start = value(task, found["first fit (the start)"])
    print(f"{'':24}  excess   value  over the start (sd of one instance)")
    for name, raw in found.items():
        score = value(task, raw)
        gain = score - start
        print(f"{name:24}{raw.mean():8.1%}{score.mean():8.2f}{gain.mean():+10.3f} ({gain.std():.3f})")


if __name__ == "__main__":
    main()
