"""The study of the prompt: its variants as they ask, its report by hand and by chance, and a tiny run."""

import math

import numpy as np
import pytest
from doubling import doubling
from models_for_tests import ScriptedModel, fenced

from selftaught.address import Address
from selftaught.api import Options, find_improver
from selftaught.budget import Budget, RunLimits
from selftaught.improving import improve
from selftaught.planning import most
from selftaught.program import Program
from selftaught.roster import find_models
from selftaught.studies import find_study
from selftaught.studies.prompt import CONTROL, SEED, VARIANTS, Variant, improvers_of, spread
from selftaught.studies.running import run_study, settings_of
from selftaught.studies.study import GAINS, SCORES, interval_of

STUDY = find_study("prompt")
FIRST = find_improver("seed")
NAMES = [each.name for each in VARIANTS]


# --- the variants -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def asked(engines, zygotes, strongest, tmp_path_factory, runner):
    """What each improver asked for when it ran: the query's messages, its temperature, and what came back."""
    from selftaught.ledger import Ledger
    from selftaught.run import Run, RunModel

    found = {}
    for name, improver in improvers_of(FIRST).items():
        model = ScriptedModel([fenced("def f(x):\n    return 2 * x + 5\n")])
        run = Run(
            1, (RunModel(model),), engines(2), Ledger(tmp_path_factory.mktemp("asked")), Budget(2, 3)
        )  # fmt: skip
        run._warm[:] = [zygotes(strongest)]

        async def use(run=run, improver=improver):
            task = await run.prepare(doubling())
            return await improve(
                run, improver, task, task.start, task.draw("search", bytes(16)), Address(("a",))
            )

        improvement = runner(use())
        run.ledger.close()
        assert improvement.outcome.status == "ok", (name, improvement.outcome)
        assert improvement.program == Program("def f(x):\n    return 2 * x + 5\n")
        assert (improvement.spent.calls, improvement.spent.samples) == (1, 3)
        query = model.queries[0]
        found[name] = (*(message.content for message in query.messages), query.temperature)
    return found


def test_the_variants_are_different_programs_that_run_and_ask_in_different_ways(asked):
    assert len({each.fingerprint for each in improvers_of(FIRST).values()}) == len(NAMES) + 2
    assert len({asked[name] for name in (SEED, *NAMES)}) == len(NAMES) + 1


def test_the_control_is_another_program_that_asks_the_same(asked):
    assert asked[CONTROL] == asked[SEED]
    assert improvers_of(FIRST)[CONTROL] != FIRST


def test_each_variant_asks_as_its_name_says(asked):
    expertise, message, temperature = asked[SEED]
    described = doubling().described()
    program = "```python\ndef f(x):\n    y = x + 1\n    return y\n```"
    assert "expert" in expertise
    assert temperature == 0.7
    assert described in message
    assert message.index(program) < message.index(described)
    assert "main idea" in message
    assert asked["no expertise"] == ("", message, 0.7)
    assert asked["temperature 0"] == (expertise, message, 0.0)
    assert asked["temperature 1.2"] == (expertise, message, 1.2)
    worded = {
        name: asked[name][1]
        for name in NAMES
        if name not in ("no expertise", "temperature 0", "temperature 1.2")
    }
    assert all(asked[name][0] == expertise and asked[name][2] == 0.7 for name in worded)
    assert all(program in each and "{" not in each for each in worded.values())
    assert {name for name, each in worded.items() if described not in each} == {
        "no utility.str",
        "no word of a score",
    }
    assert "scor" not in worded["no word of a score"]
    assert "score" in worded["no utility.str"]
    assert {name for name, each in worded.items() if "main idea" not in each} == {
        "no idea first",
        "step by step",
        "short",
    }
    assert "step by step" in worded["step by step"]
    assert len(worded["short"]) < len(described) + len(program) + 150
    assert worded["program last"].endswith(program)
    assert worded["program last"].count(program) == 1


def test_an_edit_that_does_not_fit_is_no_variant():
    with pytest.raises(ValueError, match="odd: stands 0 times in the seed improver: 'not there'"):
        Variant("odd", (("not there", ""),)).of(FIRST)
    with pytest.raises(ValueError, match=r"odd: stands [2-9]"):
        Variant("odd", (("utility", ""),)).of(FIRST)


# --- the report ---------------------------------------------------------------------------------------------


def rows_of(scores):
    """Rows, of scores by task and improver: one value a seed."""
    return [
        {"task": task, "by": by, "seed": seed, "score": value, "calls": 1,
         "status": "ok" if value else "error", "cause": ""}
        for task, of_task in scores.items()
        for by, values in of_task.items()
        for seed, value in enumerate(values)
    ]  # fmt: skip


def reported(scores):
    return STUDY.report(settings_of(STUDY), rows_of(scores))


def test_differences_over_two_tasks_paired_by_seed_and_corrected():
    # over both tasks, seed by seed: the seed improver 0.4; the variant 0.6 ten times, so all ten differ alike
    same = {name: [0.4] * 10 for name in (SEED, CONTROL, *NAMES)}
    a, b = {**same, "short": [0.7] * 10}, {**same, "short": [0.5] * 10, "program last": [0.0] + [0.4] * 9}
    report = reported({"a": a, "b": b})
    lines = {line[0]: line[1:] for line in report.tables[1].rows}
    assert lines["short"] == (
        pytest.approx(0.2), *map(pytest.approx, interval_of([0.2] * 10, GAINS)), 10,
        2 / 1024, pytest.approx(18 / 1024), "not alike, higher",
    )  # fmt: skip
    assert lines[CONTROL] == (
        0.0,
        *map(pytest.approx, interval_of([0.0] * 10, GAINS)),
        10,
        1.0,
        None,
        "a control",
    )
    # of ten equal gains d the interval begins at (1 + d) r - 1 and ends at 1 - (1 - d) r, r the tenth root of 0.025
    root = 0.025**0.1
    assert lines["short"][1:3] == pytest.approx((1.2 * root - 1, 1 - 0.8 * root))
    # one of ten differs, by -0.2: mean -0.02
    low, high = interval_of([-0.2] + [0.0] * 9, GAINS)
    assert lines["program last"] == (
        pytest.approx(-0.02), pytest.approx(low), pytest.approx(high), 10, 1.0, 1.0,
        "too few differ",
    )  # fmt: skip
    assert report.tables[0].rows[NAMES.index("program last") + 2][1] == pytest.approx(0.38)
    assert report.tables[0].rows[NAMES.index("program last") + 2][-2:] == (1.0, 1)
    assert (
        report.words[0]
        == "1 of 9 variants differ from the seed improver after Holm's correction: short (not alike, higher)"
    )
    alone = {(line[0], line[1]): line[2:] for line in report.tables[2].rows}
    assert alone["a", "short"] == (
        0.7,
        *map(pytest.approx, interval_of([0.7] * 10, SCORES)),
        10,
        pytest.approx(0.3),
        *map(pytest.approx, interval_of([0.3] * 10, GAINS)),
    )
    assert alone["a", SEED] == (
        0.4,
        *map(pytest.approx, interval_of([0.4] * 10, SCORES)),
        10,
        None,
        None,
        None,
    )


def test_the_plan_says_how_many_seeds_must_differ():
    assert STUDY.tested(settings_of(STUDY)) == {"comparisons": 9, "pairs": 10, "smallest_n": 9}


def test_a_loss_is_found_too_and_few_seeds_are_too_few():
    def worse(seeds):
        scores = {name: [0.4] * seeds for name in (SEED, CONTROL, *NAMES)}
        return reported({"a": {**scores, "short": [0.1] * seeds}})

    verdicts = {seeds: {line[0]: line[-1] for line in worse(seeds).tables[1].rows} for seeds in (8, 9)}
    assert verdicts[8]["short"] == "too few differ"  # 9 x 2 / 2**8 = 0.07
    assert verdicts[9]["short"] == "not alike, lower"  # 9 x 2 / 2**9 = 0.035
    assert len(worse(9).tables) == 3  # one task: nothing more to say of each


def test_the_spread_of_two_prompts_a_constant_apart():
    reach, sd, chance, top, p = spread([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    assert (reach, sd) == (1.0, pytest.approx(math.sqrt(0.5)))
    # dealt out anew the means are 1 apart in 2 of 8 ways, 1/3 in the 6 others
    assert chance == pytest.approx(math.sqrt(0.5) * (2 * 1 + 6 / 3) / 8, abs=0.02)
    assert top == pytest.approx(math.sqrt(0.5))
    assert p == pytest.approx(0.25, abs=0.03)


def test_prompts_that_come_to_the_same_have_no_spread():
    assert spread([[0.1, 0.9], [0.1, 0.9], [0.1, 0.9]]) == (0.0, 0.0, 0.0, 0.0, 1.0)


def test_under_chance_alone_hardly_anything_is_claimed_and_an_effect_is_found():
    """Skewed scores with ties in [0, 1], shifted alike for all prompts of a seed: 60 studies of 12 seeds."""
    rng = np.random.default_rng(5)
    claims = spreads = found = 0
    for number in range(60):
        hard = rng.random(12) * 0.3
        scores = {
            name: np.round(np.clip(hard + rng.beta(0.6, 1.5, 12) * 0.6, 0, 1), 2).tolist()
            for name in (SEED, CONTROL, *NAMES)
        }
        report = reported({"a": scores})
        claims += not report.words[0].startswith("0 of")
        spreads += report.tables[-1].rows[0][-1] <= 0.05
        if number < 10:
            scores["short"] = [min(1.0, value + 0.5) for value in scores["short"]]
            found += "short (" in reported({"a": scores}).words[0]
    # 5% of 60 are 3; 9 or more come by chance in less than one of 100 such tests
    assert claims <= 8
    assert spreads <= 8
    assert found >= 5


# --- a run --------------------------------------------------------------------------------------------------

BUDGET = Budget(1, 1)


@pytest.fixture(scope="module")
def settings():
    return settings_of(STUDY, tasks=[doubling()], replicates=2)


@pytest.fixture(scope="module")
def studied(tmp_path_factory, strongest, settings):
    runs = tmp_path_factory.mktemp("prompt")
    return run_study(STUDY, settings, Options("offline", BUDGET, seed=3, isolation=strongest, runs=runs))


def test_a_tiny_run_takes_no_more_than_planned_and_every_use_one_call(studied, settings):
    planned = most(STUDY.uses(settings, BUDGET), BUDGET, RunLimits(), find_models(["offline"]))
    assert studied.spent["calls"] == 22 <= planned.calls
    means = studied.report.tables[0].rows
    assert [line[0] for line in means] == [SEED, CONTROL, *NAMES]
    assert all(line[4:] == (2, 1.0, line[6]) for line in means)


def test_cut_off_it_comes_to_the_same(studied, settings, tmp_path, strongest):
    def options(calls):
        limits = RunLimits(calls=calls)
        return Options("offline", BUDGET, limits, seed=3, jobs=1, isolation=strongest, runs=tmp_path)

    cut = run_study(STUDY, settings, options(9))
    assert (cut.status, cut.report) == ("limit", None)
    resumed = run_study(STUDY, settings, options(22), resumed=cut.folder)
    assert resumed.report == studied.report
