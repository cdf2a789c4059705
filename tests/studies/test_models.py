"""The study `models`: how proposals are counted, its report against cases worked out by hand, and small runs."""

import dataclasses
import json
import textwrap

import pytest
from models_for_tests import ScriptedModel, fenced

from selftaught.api import Options, find_improver
from selftaught.budget import Budget, RunLimits
from selftaught.errors import InputError
from selftaught.program import Program, extract_code
from selftaught.run import RunModel
from selftaught.scoring import Result
from selftaught.studies import find_study
from selftaught.studies import models as study
from selftaught.studies.running import run_study, settings_of
from selftaught.studies.study import Settings
from selftaught.task import Evaluation, Task

STUDY = find_study("models")
SEED = find_improver("seed")


@pytest.fixture(scope="module")
def chance(tmp_path_factory):
    """A task whose scores are the instances' own, whatever a program does."""
    folder = tmp_path_factory.mktemp("tasks") / "chance"
    folder.mkdir()
    toml = "name = 'chance'\nentry = 'f'\n[splits]\nsearch = 1\nvalidation = 2\ntest = 2\n[limits]\nmemory_mb = 128\n"
    score = """\
        def instance(rng):
            return (1,), float(rng.uniform())
        def score(output, inputs, hidden):
            return hidden
        """
    (folder / "task.toml").write_text(toml)
    (folder / "program.py").write_text("def f(x):\n    return x\n")
    (folder / "description.md").write_text("Define f(x).\n")
    (folder / "score.py").write_text(textwrap.dedent(score))
    return Task.load(folder)


# --- how far two programs are apart ---------------------------------------------------------------------------------

PROGRAM = 'def f(x):\n    """Say it."""\n    return x + 1\n'


@pytest.mark.parametrize(
    ("other", "edits", "words_only"),
    [
        (PROGRAM, 0, True),
        ("# a word\ndef f( x ):\n    'Another.'\n    return (x+1)", 0, True),
        ("def f(x):\n    return x + 1\n", 0, True),
        ("def f(x):\n    return x + 2\n", 1, False),
        ("def f(x):\n    return x - 1\n", 1, False),
        ("def f(y):\n    return y + 1\n", 2, False),  # the argument and its use
        ("def f(x):\n    return abs(x + 1)\n", 2, False),  # a call and the name of what is called
        ("def f(x):\n    y = x + 1\n    return y\n", 4, False),  # assignment, its target; return, y
        ("def f(x):\n    return [a * b for a in range(x) for b in range(x)]\n", 10, False),
        # does not parse: of the words, f(x): is f(x), and four are gone
        ("def f(x) return x", 5, False),
    ],
)
def test_edits_are_counted_in_nodes_of_the_syntax_tree(other, edits, words_only):
    assert (study.edits(PROGRAM, other), study.words_only(PROGRAM, other)) == (edits, words_only)
    assert study.edits(other, PROGRAM) == edits


def test_a_prompt_that_says_it_otherwise_is_one_edit_and_words_only():
    old, new = "f('Improve this.', 1)", "f('Improve this a lot, please.', 1)"
    assert (study.edits(old, new), study.words_only(old, new)) == (1, True)
    assert not study.words_only(old, "f(2, 1)")


def test_names_that_stand_in_lists_count():
    assert study.edits("def f():\n    global a", "def f():\n    global b") == 1


def test_hostile_programs_are_compared_too():
    deep = "x = " + "(" * 5000 + ")" * 5000
    for other in (deep, "\0", "x = '\\z'", "-" * 20_000 + "1", ""):
        assert 0 <= study.edits(PROGRAM, other) <= study.FEW


def test_the_distance_agrees_with_the_plain_recurrence():
    import random

    def plain(a, b):
        row = list(range(len(b) + 1))
        for i, x in enumerate(a, 1):
            diagonal, row[0] = row[0], i
            for j, y in enumerate(b, 1):
                diagonal, row[j] = row[j], min(diagonal + (x != y), row[j] + 1, row[j - 1] + 1)
        return row[-1]

    draw = random.Random(1)
    for _ in range(2000):
        one, other = ("".join(draw.choices("abc", k=draw.randrange(9))) for _ in range(2))
        most = draw.randrange(1, 9)
        assert study._distance(one, other, most) == min(plain(one, other), most), (one, other, most)


# --- what a proposal is ---------------------------------------------------------------------------------------------


def result(*values):
    """A result; None is an instance on which the improver failed."""
    found = [Evaluation(0.0, "error", "x") if value is None else Evaluation(value) for value in values]
    return Result(Program("x"), tuple(found))


@pytest.mark.parametrize(
    ("new", "old", "what"),
    [
        ((None, None), (0.5, 0.5), study.BREAKS),
        ((None, None), (0.0, None), study.BREAKS),
        ((0.5, 0.5), (0.5, 0.5), study.ALIKE),
        ((0.1 + 0.2, 0.5), (0.3, 0.5), study.ALIKE),  # they differ by rounding
        ((0.6, 0.5), (0.5, 0.5), study.BETTER),
        ((0.4, 0.5), (0.5, 0.5), study.WORSE),
        ((None, 0.5), (0.5, 0.5), study.IMPROVER_ONLY),  # where it works, it makes no less
        ((None, 0.6), (0.5, 0.5), study.IMPROVER_ONLY),
        ((None, 0.4), (0.5, 0.5), study.WORSE),
        ((None, 0.2), (0.5, None), study.IMPROVER_ONLY),  # never both: what it loses, it loses by failing
    ],
)
def test_what_a_proposal_is(new, old, what):
    new, old = result(*new), result(*old)
    difference = new.mean.mean - old.mean.mean
    assert study.outcome(new, difference, study.kept_difference(new, old)) == what


# --- the report -----------------------------------------------------------------------------------------------------


def row(model, run, t, test, what=study.ALIKE, task="a", **more):
    new = what not in (study.NOTHING, study.BACK)
    found = {
        "model": model, "task": task, "run": run, "t": t, "improver": "f", "test": test, "validation": 0.0,
        "adopted": False, "why": "",
    }  # fmt: skip
    if not t:
        return found
    seen = {
        "edits": 10,
        "words_only": False,
        "uses": 5,
        "failed": 0,
        "handed_back": 0,
        "difference": 0.0,
        "kept": 0.0,
    }
    return found | (seen if new else dict.fromkeys(seen)) | {"outcome": what} | more


def report_of(rows, iterations=1):
    return STUDY.report(Settings((Task.find("lpn"),), 1, iterations, 5, "not-worse", SEED), rows)


def test_gains_are_tested_by_model_and_compared_in_pairs():
    rows = [row("up", run, t, 0.2 + 0.1 * t + run / 100) for run in range(8) for t in (1, 0)]
    rows += [row("flat", run, t, 0.3) for run in range(8) for t in (0, 1)]
    report = report_of(rows)
    scores, pairs, *_ = report.tables
    up, flat = (dict(zip(scores.columns, line, strict=True)) for line in scores.rows)
    assert (up["I0"], up["I1"], up["gain"], up["runs"]) == (*map(pytest.approx, (0.235, 0.335, 0.1)), 8)
    # eight of eight, two-sided, of three comparisons: either model's gain, and the two gains
    assert (up["p"], up["p (Holm)"], up[""]) == (2 / 2**8, 6 / 2**8, "not alike, higher")
    assert flat[""] == "too few differ"
    (line,) = pairs.rows
    assert line[:4] == ("a", "up", "flat", pytest.approx(0.1))
    assert line[7:] == (2 / 2**8, 6 / 2**8, "not alike, higher")
    # of eight equal values v from a to b: ends a + (v - a) r and b - (b - v) r, r the eighth root of 0.025
    root = 0.025 ** (1 / 8)
    assert (up["gain low"], up["gain high"]) == pytest.approx((1.1 * root - 1, 1 - 0.9 * root))
    assert (flat["I0 low"], flat["I0 high"]) == pytest.approx((0.3 * root, 1 - 0.7 * root))
    assert line[4:6] == pytest.approx((2.1 * root - 2, 2 - 1.9 * root)), "gains of gains lie in -2 to 2"
    assert report.words[0].startswith("a, up: +0.1000, 95% interval ")


def test_a_loss_of_a_model_is_found_too():
    rows = [row("down", run, t, 0.5 - 0.1 * t) for run in range(6) for t in (0, 1)]
    assert report_of(rows).tables[0].rows[0][-1] == "not alike, lower"
    plain = settings_of(STUDY, models=2)
    assert STUDY.tested(plain) == {"comparisons": 3, "pairs": 10, "smallest_n": 7}


def test_one_model_is_compared_with_none():
    tables = report_of([row("m", 0, 0, 0.1), row("m", 0, 1, 0.2)]).tables
    assert [table.title for table in tables][1] == "what was proposed"


def test_proposals_are_counted_by_model_and_iteration():
    rows = [row(model, run, 0, 0.5) for model in ("m", "n") for run in range(2)]
    rows += [
        row("m", 0, 1, 0.5, study.NOTHING), row("m", 1, 1, 0.5, study.BACK),
        row("m", 0, 2, 0.5, study.BETTER, edits=9), row("m", 1, 2, 0.5, study.WORSE, edits=0, words_only=True),
        row("n", 0, 1, 0.5, failed=2, handed_back=3), row("n", 1, 1, 0.5, failed=2, handed_back=2),
        row("n", 0, 2, 0.5, study.BREAKS, failed=5), row("n", 1, 2, 0.5),
    ]  # fmt: skip
    *_, modes, by_iteration = report_of(rows, 2).tables
    counts = {line[1:3]: line[3] for line in modes.rows}
    assert {line[0] for line in modes.rows} == {"a"}
    assert {mode for model, mode in counts if counts[model, mode] and model == "m"} == {
        study.NOTHING, study.BACK, study.BETTER, study.WORSE, study.SMALL, study.WORDS,
    }  # fmt: skip
    assert (counts["m", study.SMALL], counts["m", study.WORDS], counts["m", study.BACK_TASKS]) == (2, 1, 0)
    assert (counts["n", study.ALIKE], counts["n", study.BREAKS], counts["n", study.BACK_TASKS]) == (3, 1, 1)
    for model in ("m", "n"):
        assert sum(counts[model, mode] for mode in study.OUTCOMES) == 4, "each is one of them"
    share = next(line[3:] for line in modes.rows if line[1:3] == ("n", study.BREAKS))
    # Clopper and Pearson, 1 of 4: (1 - p)⁴ = 0.975, and (1 - p)⁴ + 4p (1 - p)³ = 0.025
    assert share == (1, 4, 0.25, pytest.approx(1 - 0.975**0.25), pytest.approx(0.80588, abs=1e-5))
    below = 0.19412**4 + 4 * 0.80588 * 0.19412**3
    assert below == pytest.approx(0.025, abs=1e-5)
    told = {line[1:4]: line[4:6] for line in by_iteration.rows}
    assert told["m", study.NOTHING, 1] == (1, 2)
    assert told["m", study.NOTHING, 2] == (0, 2)
    assert ("n", study.NOTHING, 1) not in told


def test_proposals_of_each_task_stand_alone_and_together():
    rows = [row("m", 0, t, 0.5, study.BREAKS, task="a") for t in (0, 1)]
    rows += [row("m", run, t, 0.5, task="b") for run in (0, 1) for t in (0, 1)]
    _, modes, by_iteration = report_of(rows).tables
    counts = {line[0]: line[3:5] for line in modes.rows if line[2] == study.BREAKS}
    assert counts == {"a": (1, 1), "b": (0, 2), "all tasks": (1, 3)}
    assert {line[0]: line[4:6] for line in by_iteration.rows if line[2] == study.BREAKS} == {
        "a": (1, 1), "all tasks": (1, 3),
    }  # fmt: skip
    assert "about half count as either" in modes.remark


# --- the work -------------------------------------------------------------------------------------------------------

IDLE = "def improve_algorithm(initial_solution, utility, language_model):\n    return initial_solution"
BROKEN = "def improve_algorithm(initial_solution, utility, language_model):\n    raise ValueError('no')"


def named(model, answer_to_improvers):
    """A model that hands back tasks' programs, and answers so where an improver is to be improved."""

    def answer(query):
        program = extract_code(query.messages[-1].content)
        if answer_to_improvers is not None and "def improve_algorithm" in program:
            return fenced(answer_to_improvers)
        return fenced(program)

    scripted = ScriptedModel(answer)
    scripted.name = model
    return scripted


@pytest.fixture
def settings(chance):
    return settings_of(STUDY, tasks=[chance], replicates=2, iterations=1, repeats=2, models=3)


def test_each_model_is_alone_in_its_runs_and_its_failures_are_told(runner, new_run, settings):
    models = [named("echo", None), named("breaker", BROKEN), named("idler", IDLE)]
    run = new_run(models=models, budget=Budget(calls=1, samples=2))
    rows = runner(STUDY.work(run, settings, lambda: None))
    found = {(row["model"], row["run"]): row for row in rows if row["t"]}
    for number in (0, 1):
        assert found["echo", number]["outcome"] == study.BACK
        assert found["breaker", number]["outcome"] == study.BREAKS
        assert (found["breaker", number]["failed"], found["breaker", number]["uses"]) == (2, 2)
        idle = found["idler", number]
        assert (idle["outcome"], idle["handed_back"], idle["adopted"]) == (study.ALIKE, 2, True)
        assert idle["edits"] == study.FEW
    # the same instances, whatever the model: a score is the instances' own
    for name in ("test", "validation"):
        first = {(row["run"], row[name]) for row in rows if row["t"] == 0}
        assert len(first) == 2, "one a run"
    asked = {call[1] for call in run.ledger._file.execute("SELECT address, model FROM calls")}
    assert asked == {"echo", "breaker", "idler"}
    for address, model in run.ledger._file.execute("SELECT address, model FROM calls"):
        assert address.split("/")[1] == f"model{[each.name for each in models].index(model)}"
    uses = STUDY.uses(settings, run.budget)
    assert run.ledger.spent().calls <= (uses.meta + uses.tasks) * run.budget.calls
    assert (uses.meta, uses.tasks) == (6, 6 * (3 + 3 + 4) * 2)


def test_a_meta_model_is_refused(runner, new_run, settings):
    run = dataclasses.replace(new_run(), meta_models=(RunModel(named("other", None)),))
    with pytest.raises(InputError, match="--meta-model has no meaning in the study models"):
        runner(STUDY.work(run, settings, lambda: None))


def test_a_run_with_one_model_only_shares_all_else(new_run):
    run = new_run(models=[named("one", None), named("two", None)])
    alone = run.only(run.models[1])
    assert [each.name for each in alone.all_models] == ["two"]
    assert (alone.ledger, alone.meter, alone.engine) == (run.ledger, run.meter, run.engine)
    assert alone.zygote is run.zygote
    alone.drop(alone.zygote)
    assert alone.zygote is run.zygote, "the new one is shared, and closed with the run"
    run.drop(run.zygote)


def test_offline_in_small_cut_off_and_resumed(chance, tmp_path):
    settings = settings_of(STUDY, tasks=[chance], replicates=2, iterations=1, repeats=1)
    options = Options(budget=Budget(calls=1, samples=2), seed=3, jobs=2, runs=tmp_path)
    done = run_study(STUDY, settings, options)
    assert done.status == "done"
    assert len(json.loads((done.folder / "rows.json").read_text())) == 2 * 2
    uses = STUDY.uses(settings, options.budget)
    assert 0 < done.spent["calls"] <= (uses.meta + uses.tasks) * options.budget.calls
    limited = dataclasses.replace(options, limits=RunLimits(calls=done.spent["calls"] - 3))
    cut = run_study(STUDY, settings, limited)
    assert (cut.report, cut.status) == (None, "limit")
    again = run_study(STUDY, settings, options, resumed=cut.folder)
    assert (again.report, again.spent) == (done.report, done.spent)
