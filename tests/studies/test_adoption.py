"""The study `adoption`: its report against cases worked out by hand, and a whole run of it at a small size."""

import dataclasses
import json

import pytest
from models_for_tests import ScriptedModel
from tripling import improver, tripling

from selftaught.api import Options, find_improver, stop
from selftaught.budget import Budget, RunLimits
from selftaught.errors import InputError
from selftaught.ledger import Ledger
from selftaught.studies import find_study
from selftaught.studies.adoption import RULES
from selftaught.studies.running import run_study, settings_of
from selftaught.studies.study import Settings
from selftaught.task import Task

STUDY = find_study("adoption")
WAVES = {
    "task.toml": """\
        name = "waves"
        entry = "f"
        [splits]
        search = 2
        validation = 2
        test = 2
        [limits]
        memory_mb = 128
        """,
    "program.py": "def f(x):\n    return (x + 3) * 2 - 5\n",
    "score.py": """\
        def instance(rng):
            x = float(rng.uniform(0, 10))
            return (x,), x
        def score(output, inputs, hidden):
            return 1 / (1 + abs(output - 3 * hidden))
        """,
}


@pytest.fixture(scope="module")
def waves(tmp_path_factory):
    """A task on which a changed number or sign is better or worse."""
    import textwrap

    folder = tmp_path_factory.mktemp("tasks") / "waves"
    folder.mkdir()
    for name, text in WAVES.items():
        (folder / name).write_text(textwrap.dedent(text))
    return Task.load(folder)


# --- the report -----------------------------------------------------------------------------------------------------


def row(rule, t, true, judged, *, run=0, task="a", since_start=0.0, wide=False, incumbent="i"):
    """A row whose proposal the rules in ``judged`` would adopt; ``true`` None: nothing new was proposed."""
    found = {
        "task": task, "run": run, "rule": rule, "t": t, "incumbent": incumbent, "why": "", "adopted": False,
        "proposed": None, "judged": None, "since_start": since_start,
    }  # fmt: skip
    if true is None:
        return found
    half = 1.0 if wide else 0.001
    return found | {
        "proposed": f"p{run}{t}", "adopted": rule in judged, "true": true, "true_low": true - half,
        "true_high": true + half, "validation": 0.0, "search": 0.0,
        "judged": {name: name in judged for name in RULES},
    }  # fmt: skip


def in_every_loop(t, true, judged, **more):
    """The same proposal under each rule."""
    return [row(rule, t, true, judged, **more) for rule in RULES]


def report_of(rows):
    settings = Settings((Task.find("lpn"),), 1, 4, 5, "not-worse", find_improver("seed"))
    return STUDY.report(settings, rows)


def by_rule(table):
    return {line[1]: dict(zip(table.columns[2:], line[2:], strict=True)) for line in table.rows}


FOUR = [
    *in_every_loop(1, 0.2, RULES),  # a gain that all see
    *in_every_loop(2, -0.1, ("always", "higher-once"), wide=True),  # perhaps a loss
    *in_every_loop(3, 0.0, ("always", "not-worse")),  # no different
    *in_every_loop(4, -0.3, ("always",)),  # surely a loss
]


def test_what_each_rule_lets_in():
    report = report_of(FOUR)
    for table in (report.tables[0], report.tables[2]):  # one incumbent throughout: both tables say the same
        found = by_rule(table)
        counts = ("proposals", "adopted", "gains", "alike", "worse", "surely worse", "false share")
        assert [found["always"][name] for name in counts] == [4, 4, 1, 1, 2, 1, 0.75]
        assert [found["not-worse"][name] for name in counts] == [4, 2, 1, 1, 0, 0, 0.5]
        assert [found["better"][name] for name in counts] == [4, 1, 1, 0, 0, 0, 0.0]
        assert [found["higher-once"][name] for name in counts] == [4, 2, 1, 0, 1, 0, 0.5]
        # Clopper and Pearson, 1 of 2: (1 - p)² = 0.975, and p² = 0.975
        assert (found["not-worse"]["low"], found["not-worse"]["high"]) == pytest.approx(
            (1 - 0.975**0.5, 0.975**0.5)
        )


def test_which_true_gains_each_rule_refuses():
    rows = [
        *in_every_loop(1, 0.2, ("always", "not-worse", "higher-once")),
        *in_every_loop(2, 0.1, ("always", "better")),
        *in_every_loop(3, -0.1, ("always",)),
    ]
    found = by_rule(report_of(rows).tables[1])
    told = {
        rule: (each["true gains"], each["refused"], each["refused share"]) for rule, each in found.items()
    }
    assert told == {
        "always": (2, 0, 0.0),
        "not-worse": (2, 1, 0.5),
        "better": (2, 1, 0.5),
        "higher-once": (2, 1, 0.5),
    }


def test_a_proposal_of_several_loops_is_one_and_each_rule_judges_those_of_the_others():
    rows = [
        *in_every_loop(1, -0.2, ("always", "higher-once")),
        row("always", 2, 0.1, ("always",), incumbent="j"),  # the other rules' loops never saw it
        row("better", 2, None, ()),
    ]
    report = report_of(rows)
    assert by_rule(report.tables[0])["better"]["proposals"] == 1
    assert by_rule(report.tables[2])["better"]["proposals"] == 2
    assert by_rule(report.tables[3])["better"]["refused"] == 1
    assert by_rule(report.tables[0])["better"]["false share"] is None, "of nothing adopted there is no share"
    assert report.words[0].startswith("2 different proposals were measured; of 0 ")
    assert "In 1 of the 6 iterations of all loops nothing new" in report.words[0]


def in_pairs(table):
    return {line[:3]: dict(zip(table.columns[3:], line[3:], strict=True)) for line in table.rows}


def test_rules_in_pairs():
    rows = [each for run in range(10) for each in in_every_loop(1, -0.1, ("always",), run=run)]
    rows += [
        row(rule, 2, None, (), run=run, since_start=-0.1 * (rule == "always"))
        for run in range(10)
        for rule in RULES
    ]
    table = report_of(rows).tables[5]
    assert table.title == "rules in pairs, a"
    found = in_pairs(table)
    assert len(found) == 3 * 6
    let_in = found["false gains let in", "always", "not-worse"]
    assert (let_in["of first"], let_in["of second"], let_in["difference"], let_in["runs"]) == (
        1.0,
        0.0,
        1.0,
        10,
    )
    # 10 of 10 in one direction: 2 / 2¹⁰; of the 12 comparisons that can be made it is among the 6 smallest
    assert (let_in["p"], let_in["p (Holm)"], let_in[""]) == (2 / 2**10, 12 * 2 / 2**10, "higher")
    assert let_in["low"] == pytest.approx(2 * 0.025**0.1 - 1)
    assert found["false gains let in", "not-worse", "better"][""] == "too few differ"
    nothing = found["true gains refused", "always", "better"]
    assert (nothing["runs"], nothing["p"], nothing[""]) == (0, None, "")
    end = found["above the start", "always", "better"]
    assert (end["difference"], end["runs"], end[""]) == (pytest.approx(-0.1), 10, "not alike, lower")
    assert (end["low"], end["high"]) == pytest.approx((0.9 * 0.025**0.1 - 1, 1 - 1.1 * 0.025**0.1))


def test_a_run_counts_once_however_many_its_proposals():
    """Seven proposals of one run, which a rule gets wrong, and one of another, which it doesn't: two values."""
    rows = [each for t in range(1, 8) for each in in_every_loop(t, -0.1, ("always",))]
    rows += [each for t in range(1, 3) for each in in_every_loop(t, -0.1, ("always",) * (t == 1), run=1)]
    let_in = in_pairs(report_of(rows).tables[5])["false gains let in", "always", "better"]
    assert (let_in["runs"], let_in["of first"], let_in["p"]) == (2, 0.75, 0.5)  # 7 of 7, and 1 of 2


def test_each_task_has_its_pairs_alone_and_all_tasks_are_tested_together():
    rows = [
        each
        for task in "ab"
        for run in range(5)
        for each in in_every_loop(1, -0.1, ("always",), run=run, task=task)
    ]
    together, *alone = report_of(rows).tables[5:]
    assert [table.title.split(", ")[1] for table in (together, *alone)] == ["all tasks", "a", "b"]
    assert in_pairs(together)["false gains let in", "always", "better"]["runs"] == 10
    for table in alone:
        let_in = in_pairs(table)["false gains let in", "always", "better"]
        assert (let_in["runs"], let_in["difference"]) == (5, 1.0)
        assert "p" not in table.columns
        assert table.remark.endswith("Not tested: to be read beside the table of all tasks.")
    plain = settings_of(STUDY)
    assert STUDY.tested(plain) == {"comparisons": 18, "pairs": 10, "smallest_n": 10}


def test_what_each_loop_came_to_is_what_it_had_last():
    rows = [
        row("always", t, 0.1, RULES, run=run, since_start=t * 0.1 + run / 2) for run in (0, 1) for t in (2, 1)
    ]
    rows += [row(rule, 1, None, (), run=run) for rule in RULES[1:] for run in (0, 1)]
    found = by_rule(report_of(rows).tables[4])
    assert (found["always"]["above the start"], found["always"]["runs"]) == (pytest.approx(0.45), 2)
    # of two values a and b from -1: (1 + low)² = 0.025 (1 + a) (1 + b)
    assert found["always"]["low"] == pytest.approx((0.025 * 1.2 * 1.7) ** 0.5 - 1)
    assert found["better"]["above the start"] == 0.0


def test_tasks_stand_alone_and_together():
    rows = [*in_every_loop(1, 0.1, RULES, task="a"), *in_every_loop(1, -0.1, RULES, task="b")]
    table = report_of(rows).tables[0]
    shares = {line[0]: line[8] for line in table.rows if line[1] == "always"}
    assert shares == {"a": 0.0, "b": 1.0, "all tasks": 0.5}


def test_what_scored_higher_once_is_for_the_study_only():
    with pytest.raises(
        InputError, match="adopt must be one of always, not-worse, better but got 'higher-once'"
    ):
        stop(["lpn"], adopt="higher-once")


# --- the work -------------------------------------------------------------------------------------------------------


def test_true_differences_are_what_they_are_known_to_be(new_run, runner):
    """f(x) = k x scores k / 3, and an improver makes that of a task: the seed with k = 1, then 3, then 2."""
    seed, best, worse, good = (
        improver(name, k) for name, k in (("s", 1), ("best", 3), ("worse", 2), ("good", 2))
    )
    made = iter(
        [best, worse, good]
    )  # of the seed; of the best; of the seed again, where the best was refused

    def answer(query):
        return next(made).text if query.messages[1].content != "on a task" else "no program"

    run = new_run(ScriptedModel(answer), budget=Budget(calls=3, samples=1))
    settings = Settings((tripling(),), 1, 2, 1, "not-worse", seed)

    async def all_of_it():
        prepared = dataclasses.replace(settings, tasks=(await run.prepare(tripling()),))
        return await STUDY.work(run, prepared, lambda: None)

    rows = {(row["rule"], row["t"]): row for row in runner(all_of_it())}
    proposed = {key: row["proposed"] for key, row in rows.items()}
    true = {key: row["true"] for key, row in rows.items()}
    since_start = {key: row["since_start"] for key, row in rows.items()}
    for rule in RULES:
        assert (proposed[rule, 1], true[rule, 1]) == (best.fingerprint, pytest.approx(2 / 3))
        # of 20 equal differences d: ((1 + low) / (1 + d))^20 = 0.025
        assert rows[rule, 1]["true_low"] == pytest.approx(5 / 3 * 0.025 ** (1 / 20) - 1)
        assert rows[rule, 1]["true_high"] == pytest.approx(1 - 1 / 3 * 0.025 ** (1 / 20))
        assert rows[rule, 1]["judged"] == {
            "always": True, "not-worse": True, "better": False, "higher-once": True,  # of one instance: too few
        }  # fmt: skip
    for rule in ("always", "not-worse", "higher-once"):
        assert (proposed[rule, 2], true[rule, 2]) == (worse.fingerprint, pytest.approx(-1 / 3))
        assert rows[rule, 2]["adopted"] == (rule == "always")
    assert (proposed["better", 2], true["better", 2]) == (good.fingerprint, pytest.approx(1 / 3))
    ends = [since_start[rule, 2] for rule in RULES]
    assert ends == [pytest.approx(each) for each in (1 / 3, 2 / 3, 0, 2 / 3)], RULES
    found = by_rule(STUDY.report(settings, list(rows.values())).tables[0])
    counts = ("proposals", "adopted", "gains", "worse", "surely worse")
    assert [found["always"][name] for name in counts] == [2, 2, 1, 1, 1]
    assert [found["not-worse"][name] for name in counts] == [2, 1, 1, 0, 0]
    assert [found["better"][name] for name in counts] == [2, 0, 0, 0, 0]


@pytest.fixture(scope="module")
def small(waves, tmp_path_factory):
    """The study with the model offline: its settings, its options, and what it came to."""
    settings = settings_of(STUDY, tasks=[waves], replicates=1, iterations=2, repeats=1)
    options = Options(budget=Budget(calls=1, samples=2), seed=5, jobs=2, runs=tmp_path_factory.mktemp("runs"))
    return settings, options, run_study(STUDY, settings, options)


def test_each_rule_has_a_recursion_that_obeys_it(small):
    _, _, done = small
    rows = json.loads((done.folder / "rows.json").read_text())
    assert [(row["rule"], row["t"]) for row in rows] == [(rule, t) for rule in RULES for t in (1, 2)]
    assert {row["adopted"] for row in rows if row["judged"]} == {True, False}
    for row in rows:
        if row["judged"] is not None:
            assert row["adopted"] == row["judged"][row["rule"]]
    first = [row for row in rows if row["t"] == 1]
    assert len({(row["incumbent"], row["proposed"], row.get("true")) for row in first}) == 1, (
        "they begin alike"
    )


def test_it_takes_no_more_than_it_says_and_truth_has_seeds_of_its_own(small):
    settings, options, done = small
    uses = STUDY.uses(settings, options.budget)
    # at most 1 + 2 steps; 3 of the seed improver, 3 scores and 4 more a step, 20 of each of 4 programs
    assert (uses.meta, uses.tasks) == (3, 3 + 3 * 7 + 20 * 4)
    assert 60 < done.spent["calls"] <= (uses.meta + uses.tasks) * options.budget.calls
    ledger = Ledger(done.folder, new=False)
    places = [row[0].split("/") for row in ledger.rows("improvements")]
    ledger.close()
    of_truth = [(place[4], place[5]) for place in places if place[3] == "truth"]
    assert len(set(of_truth)) == len(of_truth) == 20 * len({program for program, _ in of_truth}), "each once"


def test_cut_off_and_resumed_it_comes_to_the_same(small, tmp_path):
    from dataclasses import replace

    settings, options, done = small
    options = replace(options, runs=tmp_path, limits=RunLimits(calls=done.spent["calls"] - 20))
    cut = run_study(STUDY, settings, options)
    assert (cut.report, cut.status) == (None, "limit")
    again = run_study(STUDY, settings, replace(options, limits=RunLimits()), resumed=cut.folder)
    assert (again.report, again.spent) == (done.report, done.spent)
