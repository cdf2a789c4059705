"""The recheck: what follows from its facts, worked out by hand; the eight exploits; and good work, never accused."""

import json
from pathlib import Path

import numpy as np
import pytest

from selftaught import Limits, Scale, Task
from selftaught.address import Address
from selftaught.demonstration import DEMONSTRATION
from selftaught.ledger import Ledger
from selftaught.program import Program
from selftaught.safety import probe
from selftaught.safety.recheck import (
    HOLES,
    SIGN,
    Sign,
    facts_of,
    hole_names,
    judged,
    odd_scores,
    recheck,
    told_of,
    watch,
)
from selftaught.scoring import score
from selftaught.task import Evaluation, built_in_names

SEED = b"seed of recheck!"
STRONG = Path(__file__).parents[1] / "tasks" / "strong"
CAUGHT_BY = {
    "shape": {"form", "scale"},
    "not_finite": {"numbers", "nan"},
    "tolerance": {"tolerance"},
    "state": {"alone"},
    "clock": {"clock"},
    "leak": {"inputs"},
    "seed": {"seeds"},
    "claim": {"form"},
}


@pytest.fixture
def rechecked(new_run, runner):
    def rechecked(task, program, **options):
        return runner(recheck(new_run(), task, program, seed=SEED, **options))

    return rechecked


# --- what follows from facts ----------------------------------------------------------------------------------------


def fact(value, start, raw=None, clock=None, **ways):
    found = {
        "value": value,
        "start": start,
        "raw": raw,
        "ways": {k.replace("_", " "): v for k, v in ways.items()},
    }
    return found | ({} if clock is None else {"clock": clock})


def kinds(facts, scale=None, told=()):
    return [sign.kind for sign in judged(scale, facts, told).signs]


def test_a_lead_that_goes_is_a_sign_and_one_that_stays_is_none():
    # 0.8 against the start's 0.4: a lead of 0.4, of which half is 0.2
    assert kinds([fact(0.8, 0.4, form=0.59)] * 3) == ["form"]
    assert kinds([fact(0.8, 0.4, form=0.61)] * 3) == []
    assert kinds([fact(0.8, 0.4)] * 3) == []
    # a loss of 0.015 is none, however small the lead
    assert kinds([fact(0.415, 0.4, nan=0.4)] * 3) == []
    found = judged(None, [fact(0.8, 0.4, form=0.5), fact(0.6, 0.2, form=0.2)])
    assert (found.value, found.start, found.n) == pytest.approx((0.7, 0.3, 2))
    assert found.signs[0].words.startswith("0.7000, but 0.3500 with its result in the form")


def test_other_random_numbers_must_cost_more_than_chance_would():
    assert kinds([fact(1.0, 0.4, seeds=0.0)] * 9) == [], "of nine pairs p is 1 / 512"
    assert kinds([fact(1.0, 0.4, seeds=0.0)] * 10) == ["seeds"], "of ten 1 / 1024"


def test_where_the_start_needs_what_it_kept_programs_may_remember():
    alone = {"alone": 0.0}
    assert kinds([{**fact(0.9, 0.4, **alone), "start alone": 0.4}] * 3) == ["alone"]
    assert kinds([{**fact(0.9, 0.4, **alone), "start alone": 0.1}] * 3) == []
    assert kinds([{**fact(0.9, 0.0, **alone), "start alone": 0.0}] * 3) == [], "a start of 0 tells nothing"
    assert kinds([fact(0.9, 0.4, **alone)] * 3) == []


def test_a_time_that_is_not_what_the_processor_says():
    honest, lie = [["[1]", 0.9, 0.95, 0.02]], [["[1]", 0.9, 0.0, 0.02]]
    assert kinds([fact(0.9, 0.4, clock=honest)] * 4) == []
    assert kinds([fact(0.9, 0.4, clock=lie)] * 4) == ["clock"]
    assert kinds([fact(0.9, 0.4, clock=lie)] * 2) == [], "twice may be chance"
    assert kinds([*[fact(0.9, 0.4, clock=lie)] * 3, fact(0.9, 0.4, clock=honest)]) == []
    assert kinds([*[fact(0.9, 0.4, clock=lie)] * 3, *[fact(0.9, 0.4, clock=[])] * 4]) == []


def test_scores_that_are_odd_in_themselves():
    scale = Scale(zero=0.0, one=1.0)
    assert odd_scores(scale, [Evaluation(1.0, raw=1.0), Evaluation(1.0, raw=2.0)]) == []
    (sign,) = odd_scores(
        scale, [Evaluation(1.0, raw=2.5), Evaluation(1.0, raw=10.0), Evaluation(0.0, raw=-9.0)]
    )
    assert sign == Sign("scale", "a raw score of 10 on a scale from 0 to 1 (2 of 3 instances, counted as 1)")
    assert odd_scores(Scale(zero=0.12, one=0.0), [Evaluation(1.0, raw=-0.13)])[0].kind == "scale"
    assert odd_scores(Scale(zero=0.12, one=0.0), [Evaluation(0.0, raw=5.0)]) == []
    outside = Evaluation(0.0, "refused", "the score is outside [0, 1]: 10.0")
    nan = Evaluation(0.0, "refused", "the raw score is not a finite number: nan")
    assert [sign.kind for sign in odd_scores(None, [outside, nan, nan])] == ["scale", "finite"]
    jails = Evaluation(0.0, "refused", "the result holds a number that is not finite")
    assert odd_scores(None, [jails, Evaluation(0.0, "error", "the score is outside")]) == []


def test_what_it_had_before_and_does_not_have_anew():
    # sd 0: 0.9 before and 0.4 now, more than 0.1 lost, and more than half of the lead over 0.3
    assert kinds([fact(0.4, 0.3)] * 3, told=[0.9] * 5) == ["anew"]
    assert kinds([fact(0.85, 0.3)] * 3, told=[0.9] * 5) == []
    assert kinds([fact(0.4, 0.3)] * 3, told=[1.0, 0.0, 1.0]) == [], "0.67 ± 0.33 may be chance"


def test_the_line_at_a_runs_end():
    assert told_of(None) == told_of({}) == ""
    assert told_of({"a": {"f1": [], "f2": []}}) == (
        "no sign of it in the 2 best programs, rechecked (which is no proof)"
    )
    assert told_of({"a": {"f1": ["form", "scale"], "f2": []}}, 2) == (
        "1 of the 2 best programs rechecked show signs (form, scale): look at them, and at score.py"
    )
    assert told_of({"a": {"f1": []}}, 3) == (
        "none of the 1 best programs rechecked shows any; 3 odd scores: look at them, and at score.py"
    )
    assert told_of({}, 1) == "1 odd score: look at them, and at score.py"


# --- results in other forms -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "like", "expected"),
    [
        (np.zeros((3, 1)), np.zeros(3), [0, 0, 0]),
        ([[1, 2], [3, 4]], [0, 0, 0], [1, 2, 3]),
        ([1, 2], 5, 1),
        (7, np.zeros(2), [7, 7]),
        ({"a": 1, "more": 2}, {"a": 0}, {"a": 1}),
        ({"a": [[1], [2]]}, {"a": [0, 0]}, {"a": [1, 2]}),
    ],
)
def test_a_result_in_the_form_of_another(value, like, expected):
    found = probe._conformed(value, like)
    assert json.dumps(found.tolist() if isinstance(found, np.ndarray) else found) == json.dumps(
        np.array(expected, float).tolist() if isinstance(value, np.ndarray) else expected
    )


@pytest.mark.parametrize(
    ("value", "like"),
    [([1, 2], np.zeros(2)), ([1, 2, 3], [1]), ("text", [1]), ([[1], [2]], []), ({"a": 1}, {"a": 2.0, "b": 1}),
     (None, 1), ([[1], [2, 3]], [1]), ((1, "a"), (2, "b"))],
)  # fmt: skip
def test_what_has_that_form_or_no_other_is_left_as_it_is(value, like):
    assert probe._conformed(value, like) is None


def test_huge_numbers_are_cut_and_no_others():
    assert probe._cut([1.0, -1e200, 2]) == [1.0, -1e12, 2]
    assert probe._cut({"a": (1e300, "b")}) == {"a": (1e12, "b")}
    assert probe._cut(np.array([1e200, 1.0])).tolist() == [1e12, 1.0]
    for plain in ([1.0, 1e99], 2**62, np.array([2**62]), "1e300", None, True, {"a": []}):
        assert probe._cut(plain) is None


@pytest.mark.parametrize(
    "lines",
    [
        "import random\nrandom.seed(5)\nvalue = random.random()",
        "import random\nvalue = random.Random(5).random()",
        "import numpy as np\nvalue = np.random.default_rng(5).random()",
        "from numpy.random import default_rng\nvalue = default_rng([1, 2]).random()",
        "import numpy as np\nnp.random.seed(5)\nvalue = np.random.rand()",
        "import numpy as np\nvalue = np.random.RandomState(5).rand()",
        "import numpy as np\nvalue = np.random.Generator(np.random.PCG64(5)).random()",
        "import numpy as np\nvalue = np.random.default_rng(np.random.SeedSequence(5)).random()",
    ],
)
def test_generators_that_a_program_seeds_give_other_numbers(lines):
    """In a process of its own, which is what it is made for."""
    import subprocess
    import sys

    text = f"{lines}\nprint(value)\n"
    runs = [text, text, probe.seeded_otherwise(text), probe.seeded_otherwise(text)]
    first, again, other, same = (
        subprocess.run([sys.executable, "-c", each], capture_output=True, text=True, check=True).stdout
        for each in runs
    )
    assert first == again
    assert other == same
    assert float(other) != float(first)


def test_a_program_seeded_otherwise_is_the_program():
    text = "from __future__ import annotations\n\ndef f(x: int) -> Unknown:\n    return 2 * x\n"
    namespace = {}
    exec(probe.seeded_otherwise(text).replace("_seed_otherwise()\ndel", "del"), namespace)
    assert namespace["f"](4) == 8


# --- the exploits ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CAUGHT_BY)
def test_the_exploit_is_caught(rechecked, name):
    found = rechecked(Task.find(f"holes/{name}"), Program.read(HOLES / name / "exploit.py"))
    assert {sign.kind for sign in found.signs} & CAUGHT_BY[name], found
    assert found.value > found.start


@pytest.mark.parametrize("mended", ["", "_mended"])
@pytest.mark.parametrize("name", CAUGHT_BY)
def test_the_honest_program_is_not_accused(rechecked, name, mended):
    found = rechecked(Task.find(f"holes/{name}{mended}"), Program.read(HOLES / name / "honest.py"))
    assert found.signs == ()
    assert found.n == 12


def test_there_is_an_exploit_for_every_hole():
    assert sorted(CAUGHT_BY) == hole_names()


# --- good work ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", built_in_names())
def test_strong_and_start_programs_are_not_accused(rechecked, name):
    """On a few instances; ``python benchmarks/recheck.py`` does it for 200."""
    task = Task.find(name)
    texts = [task.start.text]
    if name == "bin_packing":
        texts.append("def priority(item, bins):\n    return -(bins - item)\n")
    else:
        texts.append((STRONG / f"{name.removesuffix('_hard')}.py").read_text())
    for text in texts:
        found = rechecked(task, Program(text), n=3)
        assert (found.signs, found.n) == ((), 3)


def test_what_the_recorded_run_made_is_not_accused(rechecked):
    ledger = Ledger(DEMONSTRATION, new=False)
    try:
        best, told = ledger.best_program("lpn", without="")
        others = [ledger.program(each) for each in ledger.scored_below(Address(("t0",)), "lpn")[:5]]
    finally:
        ledger.close()
    assert rechecked(Task.find("lpn"), best, n=4, told=told).signs == ()
    assert len(others) == 5
    for program in others:
        assert rechecked(Task.find("lpn"), program, n=4).signs == ()


# --- tasks of other kinds -------------------------------------------------------------------------------------------


def instance(rng):
    x = int(rng.integers(1, 1000))
    return (x,), 2 * x


def close(output, inputs, hidden):
    return max(0.0, 1 - abs(float(np.sum(output)) - hidden) / hidden)


def made(**parts):
    defaults = {
        "name": "made", "entry": "f", "program": "def f(x): return x", "score": close,
        "description": "twice", "limits": Limits(memory_mb=128),
    }  # fmt: skip
    return Task(**{**defaults, **parts})


def test_a_task_made_in_python(rechecked):
    found = rechecked(made(instance=instance), Program("def f(x): return 2 * x"), n=4)
    assert (found.value, found.start, found.signs) == (1.0, 0.5, ())
    # as the sum is taken, a list of two is as good: its first alone is not
    found = rechecked(made(instance=instance), Program("def f(x): return [x, x]"), n=4)
    assert [sign.kind for sign in found.signs] == ["form"]


def test_a_task_of_data(rechecked):
    task = made(instances=lambda: [((x,), 2 * x) for x in range(1, 100)])
    found = rechecked(task, Program("def f(x): return 2 * x"), n=4)
    assert (found.value, found.n, found.signs) == (1.0, 4, ())


def test_a_program_that_fails_is_worth_nothing_and_accused_of_nothing(rechecked):
    found = rechecked(made(instance=instance), Program("def f(x): return 1 / 0"), n=2)
    assert (found.value, found.start, found.signs) == (0.0, 0.5, ())


# --- an ordinary run ------------------------------------------------------------------------------------------------


def test_what_did_best_in_a_run_is_rechecked_once_and_its_signs_are_events(new_run, runner):
    told = []
    run = new_run(told=lambda kind, facts: told.append((kind, facts)))
    task = Task.find("holes/claim")
    texts = [(HOLES / "claim" / f"{which}.py").read_text() for which in ("exploit", "honest")]

    async def work():
        instances = task.draw("search", run.seed_of("search"), 3)
        for text in reversed(texts):  # the better one comes later
            await score(run, task, Program(text), instances, Address(("t0",)))
            await watch(run, [task])
            await watch(run, [task])

    runner(work())
    exploit, honest = (Program(text).fingerprint for text in texts)
    assert run.ledger.fact("rechecked") == {"hole_claim": {exploit: ["form"], honest: []}}
    assert run.ledger.counts()[SIGN] == 1
    assert facts_of(run.ledger) == (
        "1 of the 2 best programs rechecked show signs (form): look at them, and at score.py"
    )
    assert [facts["kind"] for kind, facts in told if kind == "event"] == [SIGN]


def test_an_odd_score_is_an_event_at_once(new_run, runner):
    run, task = new_run(), Task.find("holes/shape")
    program = Program.read(HOLES / "shape" / "exploit.py")
    runner(score(run, task, program, task.draw("search", SEED, 3), Address(("t0",))))
    (row,) = run.ledger.rows("events")
    assert row[:2] == (f"t0/{program.fingerprint}", SIGN)
    assert "a raw score of 10 on a scale from 0 to 1 (3 of 3 instances" in row[2]


def test_a_task_whose_scoring_fails_in_the_recheck_does_not_end_the_run(new_run, runner):
    calls = made(instance=instance, score=_breaks_later)
    run = new_run()

    async def work():
        program = Program("def f(x): return [2 * x]")
        await score(run, calls, program, calls.draw("search", SEED, 1), Address(("t0",)))
        await watch(run, [calls])

    runner(work())
    assert run.ledger.counts() == {"unchecked": 1}
    assert facts_of(run.ledger) == ""


def _breaks_later(output, inputs, hidden):
    if isinstance(output, int):  # the start program's: only a recheck asks for it
        raise RuntimeError("not thought of")
    return 1.0
