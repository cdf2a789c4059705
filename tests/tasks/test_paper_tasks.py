"""The paper's tasks and their harder variants: what is drawn, and where known programs stand on the scales.

``python benchmarks/paper_tasks.py`` prints what ``docs/paper_tasks.md`` says of them.
"""

import itertools

import numpy as np
import pytest
from task_folders import load, strong

from selftaught.program import Program
from selftaught.task import Task

STARTS = {  # about what docs/paper_tasks.md says, and what separates it from a neighbouring program
    "lpn": (0.44, 0.56),
    "parity": (0.44, 0.56),
    "string_grid_distance": (0.03, 0.22),
    "quadratic_assignment": (0.75, 0.86),
    "quadratic_assignment_hard": (0.33, 0.48),
    "three_sat": (0.70, 0.98),
    "three_sat_hard": (0.0, 0.25),
    "max_cut": (0.80, 0.87),
    "max_cut_hard": (0.30, 0.43),
}
SEED = b"instances of tests"


@pytest.fixture(scope="module")
def evaluated(engines, runner):
    """The evaluations of a program on instances of a task, in jails."""

    def evaluated(task, program, n):
        task = Task.find(task)
        return runner(engines().evaluate(task, Program(program), task.draw("test", SEED, n)))

    return evaluated


# --- where programs stand -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STARTS)
def test_the_strong_solution_stands_near_one(evaluated, name):
    evaluations = evaluated(name, strong(name), 8 if name.endswith("_hard") else 20)
    assert {each.status for each in evaluations} == {"ok"}, evaluations
    assert np.mean([each.value for each in evaluations]) >= 0.95


@pytest.mark.parametrize("name", STARTS)
def test_the_start_stands_where_the_docs_say(evaluated, name):
    evaluations = evaluated(name, Task.find(name).start.text, 60)
    assert {each.status for each in evaluations} == {"ok"}, evaluations
    lowest, highest = STARTS[name]
    assert lowest <= np.mean([each.value for each in evaluations]) <= highest


def test_a_start_above_0_6_has_a_harder_variant_where_it_is_not():
    for name, (lowest, _) in STARTS.items():
        if lowest > 0.6:
            assert STARTS[f"{name}_hard"][1] < 0.6


# --- what is drawn --------------------------------------------------------------------------------------------------


def drawn(name, n=50):
    task = load(name)
    return task, [task.score.instance(np.random.default_rng(seed)) for seed in range(n)]


@pytest.mark.parametrize("name", [name for name in STARTS if name != "lpn"])
def test_an_instance_depends_on_its_seed_alone(name):
    instance = load(name).score.instance
    first, again, other = (repr(instance(np.random.default_rng(seed))) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_parity_is_lpn_without_its_noise():
    task, instances = drawn("parity", 300)
    for (train, parity, test), hidden in instances:
        assert [a.shape for a in (train, parity, test, hidden)] == [(100, 10), (100,), (20, 10), (20,)]
        found = np.linalg.lstsq(
            train - 0.5, parity - 0.5, rcond=None
        )  # 10 bits are told apart by 100 samples
        assert found[2] == 10
    empty = np.mean([not parity.any() for (_, parity, _), _ in instances])
    assert abs(empty - 0.7**10) < 0.03
    assert task.score.score(instances[0][1], *instances[0]) == 1.0


def test_strings_and_their_distances():
    task, instances = drawn("string_grid_distance", 500)
    lengths = {len(t) for (t, _), _ in instances}
    assert lengths == set(range(1, 31))
    assert all(type(t) is str and type(dist) is int and set(t) <= set("AB") for (t, dist), _ in instances)
    distance = task.score.distance
    assert distance("A", "A") == 0
    assert distance("A", "B") == 1
    assert distance("ABA", "BAB") == 3 + 2 + 2
    assert distance("AAAB", "AABB") == 1 + 1 + 1  # one end of each row, one column


def test_every_distance_is_that_of_some_string():
    task, instances = drawn("string_grid_distance", 200)
    for (t, dist), _ in instances:
        if len(t) <= 8:
            strings = map("".join, itertools.product("AB", repeat=len(t)))
            assert dist in {task.score.distance(s, t) for s in strings}


def test_the_published_measure_of_a_string_worked_out_by_hand():
    score = load("string_grid_distance").score.score
    assert score("BAB", ("ABA", 7), None).raw == 1.0
    assert score("ABA", ("ABA", 7), None).raw == 0.5 - 3 / 18  # its distance is 4
    assert score("AAA", ("ABA", 7), None).raw == 0.5 - 4 / 18


@pytest.mark.parametrize(("name", "n"), [("quadratic_assignment", 15), ("quadratic_assignment_hard", 30)])
def test_an_objective_is_what_the_sum_says(name, n):
    task, instances = drawn(name, 5)
    for inputs, hidden in instances:
        F, D, P = inputs
        assert F.shape == D.shape == P.shape == (n, n)
        assert 0 <= min(a.min() for a in inputs) < max(a.max() for a in inputs) < 1
        a = np.random.default_rng(0).permutation(n).tolist()
        cost = sum(F[i, j] * D[a[i], a[j]] for i in range(n) for j in range(n))
        cost -= 0.5 * sum(P[i, a[i]] for i in range(n))
        told = task.score.score(a, inputs, hidden)
        assert told.feedback.startswith(f"an objective of {cost:.4g} ")
        if name == "quadratic_assignment":
            assert told.raw == pytest.approx(cost / 225)


@pytest.mark.parametrize("name", ["quadratic_assignment", "quadratic_assignment_hard"])
def test_chance_is_the_mean_over_all_placements(name):
    F, D, P = np.random.default_rng(0).random((3, 5, 5))
    placements = [list(a) for a in itertools.permutations(range(5))]
    costs = [(F * D[np.ix_(a, a)]).sum() - 0.5 * P[np.arange(5), a].sum() for a in placements]
    assert load(name).score.chance(F, D, P)[0] == pytest.approx(np.mean(costs))


@pytest.mark.parametrize(
    ("name", "fewest", "most", "ratio"), [("three_sat", 5, 50, 4), ("three_sat_hard", 50, 200, 4.2)]
)
def test_formulas_are_planted(name, fewest, most, ratio):
    task, instances = drawn(name)
    for ((formula,), _), seed in zip(instances, itertools.count()):
        variables = int(np.random.default_rng(seed).integers(fewest, most + 1))
        assert len(formula) == int(ratio * variables)
        assert all(len({abs(literal) for literal in clause}) == 3 for clause in formula)
        assert {abs(literal) for clause in formula for literal in clause} <= set(range(1, variables + 1))
    # the assignment that was planted is the first thing drawn
    clauses = task.score.planted(np.random.default_rng(0), 20, 80)
    planted = np.random.default_rng(0).random(21) < 0.5
    assert (planted[abs(clauses)] == (clauses > 0)).any(axis=1).all()
    signs = np.concatenate([np.ravel(formula) for (formula,), _ in instances]) > 0
    assert abs(signs.mean() - 0.5) < 0.02


def test_a_formula_worked_out_by_hand():
    score = load("three_sat").score.score
    formula = [[1, 2, 3], [-1, 2, 3], [1, -2, 3]]
    assert score([None, False, False, True], (formula,), None).value == 1.0
    assert score([False, True, True, False], (formula,), None).value == 1.0
    missed = score([True, True, False, False], (formula,), None)
    assert (missed.value, missed.raw, missed.feedback) == (0.0, 0.0, "1 of 3 clauses unsatisfied")
    assert score([True, True, True], (formula,), None).raw is None


@pytest.mark.parametrize(("name", "lowest"), [("max_cut", 1), ("max_cut_hard", -10)])
def test_graphs_are_symmetric_and_cuts_are_summed_once(name, lowest):
    task, instances = drawn(name, 30)
    for (adjacency,), _ in instances[:5]:
        assert np.array_equal(adjacency, adjacency.T)
        assert not adjacency.diagonal().any()
        side = np.random.default_rng(0).integers(0, 2, len(adjacency))
        pairs = itertools.combinations(range(len(adjacency)), 2)
        cut = sum(adjacency[i, j] for i, j in pairs if side[i] != side[j])
        told = task.score.score(side, (adjacency,), None)
        assert told.feedback.startswith(f"{cut:g} is cut")
        if name == "max_cut":
            assert told.raw == pytest.approx(cut / 10)
        weights = adjacency[np.triu_indices(len(adjacency), 1)]
        assert task.score.pairs(adjacency) == pytest.approx((weights.sum(), weights.std()))
    upper = np.concatenate([a[np.triu_indices(len(a), 1)] for (a,), _ in instances])
    assert abs(np.mean(upper != 0) - 0.4) < 0.01
    assert (upper.min(), upper.max()) == (min(lowest, 0), 10)


def test_published_sizes_and_times():
    found = {name: load(name).toml for name in STARTS}
    assert {name: (toml["splits"]["search"], toml["limits"]["cpu_s"]) for name, toml in found.items()} == {
        "lpn": (20, 2.0),
        "parity": (20, 2.0),
        "string_grid_distance": (50, 0.1),
        "quadratic_assignment": (10, 0.5),
        "quadratic_assignment_hard": (20, 1.0),
        "three_sat": (30, 0.1),
        "three_sat_hard": (30, 0.2),
        "max_cut": (100, 0.1),
        "max_cut_hard": (20, 0.5),
    }


def test_descriptions_say_what_the_scales_are():
    facts = {
        "string_grid_distance": "(0.1 - d / (6 * len(t))) / 0.6",
        "quadratic_assignment": f"{load('quadratic_assignment').score.ONE} * s",
        "quadratic_assignment_hard": f"{load('quadratic_assignment_hard').score.BEST} * s",
        "three_sat": "5 to 50 variables, 4 clauses",
        "three_sat_hard": "50 to 200 variables, 4.2 clauses",
        "max_cut": f"{load('max_cut').score.PARISI} * s",
    }
    for name, fact in facts.items():
        assert fact in Task.find(name).description, name
    hard = load("max_cut_hard").toml["scale"]
    for number in hard.values():
        assert f"x = {number}," in Task.find("max_cut_hard").description
