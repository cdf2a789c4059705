# ruff: noqa: E501  cases read better with each in one line
"""Tasks: what their folders must hold, how they are split, what their scores count for."""

import math
import os
import re

import numpy as np
import pytest
from processes import children
from small_tasks import NEAR, PROGRAM, RIGHT, SCORE, TOML

import selftaught
from selftaught import Limits, Scale, Score, Task
from selftaught.address import Address
from selftaught.errors import ScorerFailed, SelftaughtError, TaskError
from selftaught.program import Program
from selftaught.scoring import Result, score
from selftaught.task import SPLITS, Instance

SEED = b"s" * 16


@pytest.fixture
def scored(runner, engines):
    """Scores a program on a split of a task: a :class:`Result`."""

    def scored(task, program, split="search", n=None, jobs=2):
        async def work():
            engine = engines(jobs)
            import dataclasses

            prepared = dataclasses.replace(task, available=await engine.describe(task))
            instances = prepared.draw(split, SEED, n)
            return Result(
                Program(program), tuple(await engine.evaluate(prepared, Program(program), instances))
            )

        return runner(work())

    return scored


# --- folders --------------------------------------------------------------------------------------------------------


def test_a_folder_is_loaded(write_task):
    task = Task.load(write_task(description="Double it."))
    assert (task.name, task.entry, task.start.text) == ("double", "f", PROGRAM)
    assert task.limits == Limits(cpu_s=1.0, memory_mb=128)
    assert task.sizes == {"search": 3, "validation": 4, "test": 4}
    assert task.described().startswith(
        "Double it.\n\nA score is the mean over 3 instances. On each, a program may"
    )
    assert "1 s of CPU time" in task.described()
    assert "128 MiB" in task.described()
    assert "the standard library and NumPy" in task.described()


def test_without_a_description_the_scorings_source_is_told(write_task):
    assert "def score(output, inputs, hidden):" in Task.load(write_task()).described()


def test_the_folders_name_is_the_tasks_where_it_says_none(write_task):
    assert Task.load(write_task(toml='entry = "f"', name="my_task")).name == "my_task"


WRONG = [
    ("no toml", {"toml": None}, r"task: there is no task\.toml in it: `selftaught new` makes a complete folder"),
    ("no program", {"program": None}, r"there is no program\.py in it"),
    ("no scorer", {"score": None}, r"there is no score\.py in it"),
    ("broken toml", {"toml": "entry = \n"}, r"task\.toml: .*line 1"),
    ("no entry", {"toml": "name = 'a'"}, r"task\.toml: entry is missing"),
    ("an entry of another type", {"toml": "entry = 5"}, r"task\.toml: entry must be of type str but is 5"),
    ("an entry that is no name", {"toml": "entry = 'f()'"}, r"entry must be a function's name but is 'f\(\)'"),
    ("a near key", {"toml": "entry = 'f'\nimport = ['x']"}, r"task\.toml: unknown key 'import': did you mean 'imports'\?"),
    ("a far key", {"toml": "entry = 'f'\nqqqq = 1"}, r"unknown key 'qqqq': known are "),
    ("a near limit", {"toml": "entry = 'f'\n[limits]\ncpus = 1"}, r"\[limits\] has no 'cpus': did you mean 'cpu_s'\?"),
    ("a limit of text", {"toml": "entry = 'f'\n[limits]\ncpu_s = '1'"}, r"\[limits\] cpu_s must be of type int or float but is '1'"),
    ("a limit of truth", {"toml": "entry = 'f'\n[limits]\ncpu_s = true"}, r"\[limits\] cpu_s must be of type int or float but is True"),
    ("a limit of zero", {"toml": "entry = 'f'\n[limits]\ncpu_s = 0"}, r"\[limits\] cpu_s must be a number above 0"),
    ("a negative limit", {"toml": "entry = 'f'\n[limits]\nwall_s = -1"}, r"\[limits\] wall_s must be a positive number .* but got -1"),
    ("a limit that is not a number", {"toml": "entry = 'f'\n[limits]\nmemory_mb = 1.5"}, r"memory_mb must be of type int but is 1\.5"),
    ("an infinite limit", {"toml": "entry = 'f'\n[limits]\nwall_s = inf"}, r"\[limits\] wall_s must be"),
    ("a limit of NaN", {"toml": "entry = 'f'\n[limits]\nwall_s = nan"}, r"\[limits\] wall_s must be"),
    ("a split too many", {"toml": "entry = 'f'\n[splits]\ntraining = 5"}, r"\[splits\] has no 'training'"),
    ("an empty split", {"toml": "entry = 'f'\n[splits]\nsearch = 0"}, r"splits: search = 0 is not a size"),
    ("half a scale", {"toml": "entry = 'f'\n[scale]\nzero = 1"}, r"\[scale\] needs zero and one"),
    ("a scale of nothing", {"toml": "entry = 'f'\n[scale]\nzero = 1\none = 1"}, r"\[scale\] zero and one must be two different numbers"),
    ("imports that are no list", {"toml": "entry = 'f'\nimports = 'scipy'"}, r"imports must be of type list but is 'scipy'"),
    ("imports of numbers", {"toml": "entry = 'f'\nimports = [1]"}, r"each of imports must be of type str but is 1"),
    ("fixed by a number", {"toml": "entry = 'f'\nfixed = 1"}, r"fixed must be of type bool but is 1"),
    ("limits that are no table", {"toml": "entry = 'f'\nlimits = 5"}, r"limits must be of type dict but is 5"),
    ("a scorer that does not parse", {"score": "def score(:\n    pass"}, r"score\.py:1: "),
    ("a scorer that does not parse further down", {"score": "x = 1\ny = 2\nz = (\n"}, r"score\.py:3: '\(' was never closed"),
    ("a scorer with a null byte", {"score": "x = 1\0"}, r"score\.py:1: "),
    ("a scorer without functions", {"score": "x = 1"}, r"score\.py: define instance\(rng\) and score\(output, inputs, hidden\), or"),
    ("a scorer with half its functions", {"score": "def instance(rng): return (1,), 2"}, r"score\.py: define instance"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "words"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_wrong_folder_is_told_in_one_line_with_the_place(files, words, write_task):
    folder = write_task(**files)
    with pytest.raises(TaskError, match=words) as problem:
        Task.load(folder)
    assert "\n" not in str(problem.value)
    assert str(folder) in str(problem.value) or folder.name in str(problem.value)


def test_a_scorer_that_is_not_utf8_is_told(write_task):
    folder = write_task()
    (folder / "score.py").write_bytes(b"# \xff\n")
    with pytest.raises(TaskError, match=r"score\.py: cannot be read"):
        Task.load(folder)


def test_a_file_is_no_folder(tmp_path):
    with pytest.raises(TaskError, match="nothing: not a task's folder"):
        Task.load(tmp_path / "nothing")


def test_an_unknown_name_is_told_with_the_nearest():
    with pytest.raises(
        TaskError, match=r"bin_pakcing: no such task, and no such folder: did you mean bin_packing\?"
    ):
        Task.find("bin_pakcing")
    with pytest.raises(TaskError, match="qqqqqqq: no such task, and no such folder: built in are "):
        Task.find("qqqqqqq")


@pytest.mark.parametrize(
    ("score_py", "words"),
    [
        ("import no_such_module\n" + SCORE, r"score\.py:1: ModuleNotFoundError: No module named 'no_such_module'"),
        (SCORE + "\n1 / 0\n", r"score\.py:\d+: ZeroDivisionError"),
        ("def instances(): raise ValueError('no data')\ndef score(o, i, h): return 1", r"score\.py:1: ValueError: no data"),
        ("def instances(): return []\ndef score(o, i, h): return 1", r"instances\(\) returned nothing"),
        ("def instances(): return [((1,), 1)]\ndef score(o, i, h): return 1", r"1 instances are too few: none fell into"),
        (SCORE + "\nraise SystemExit(3)\n", r"score\.py:\d+: SystemExit"),
    ],
    ids=["import", "raise", "instances raises", "no instances", "too few", "exit"],
)  # fmt: skip
def test_a_scorer_that_does_not_load_is_the_authors_error(score_py, words, write_task, scored):
    with pytest.raises(TaskError, match=words):
        scored(Task.load(write_task(score=score_py)), RIGHT)


def test_a_scorer_may_have_modules_beside_it(write_task, scored):
    folder = write_task(score="from beside import instance, score")
    (folder / "beside.py").write_text(SCORE)
    assert scored(Task.load(folder), RIGHT).values == [1.0] * 3


# --- tasks made in Python -------------------------------------------------------------------------------------------


def test_from_python_with_closures():
    factor = 3
    offset = np.array([0.5])

    def instance(rng):
        x = float(rng.random())
        return (x,), factor * x + offset[0]

    def judge(output, inputs, hidden):
        return float(abs(output - hidden) < 1e-9)

    task = Task(name="affine", entry="f", program="def f(x): return x", instance=instance, score=judge)
    right = selftaught.score(task, "def f(x): return 3 * x + 0.5", n=4, jobs=1)
    assert right.values == [1.0] * 4
    assert right.mean.n == 4
    assert selftaught.score(task, task.start, n=4, jobs=1).values == [0.0] * 4


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"score": len},
        {"instance": len},
        {"score": len, "instance": len, "instances": len},
        {"evaluate_program": len, "score": len, "instance": len},
        {"evaluate_program": len, "instance": len},
    ],
    ids=str,
)
def test_from_python_it_takes_one_of_three_forms(parts):
    with pytest.raises(
        TaskError, match="give evaluate_program alone, or score with one of instance and instances"
    ):
        Task(name="t", entry="f", program="", **parts)


def test_a_split_that_there_is_not_is_told():
    with pytest.raises(
        SelftaughtError, match="split must be one of search, validation, test but got training"
    ):
        selftaught.score("lpn", "", split="training")


# --- splits ---------------------------------------------------------------------------------------------------------


def seen_by(scored, task, split, n=None):
    """What the instances of a split were, told by the scorer as feedback."""
    return [each.feedback for each in scored(task, PROGRAM, split, n).evaluations]


def test_generated_splits_never_meet_and_stay(made, scored):
    def instance(rng):
        return (int(rng.integers(2**60)),), None

    def judge(output, inputs, hidden):
        return Score(0.5, feedback=str(inputs[0]))

    task = made(instance=instance, score=judge)
    drawn = {split: seen_by(scored, task, split, 20) for split in SPLITS}
    assert len({each for split in SPLITS for each in drawn[split]}) == 60
    assert drawn == {split: seen_by(scored, task, split, 20) for split in SPLITS}
    assert seen_by(scored, task, "search", 5) == drawn["search"][:5]


def test_splits_of_data_never_meet_cover_it_and_stay(made, scored):
    def instances():
        return [((number,), None) for number in range(60)]

    def judge(output, inputs, hidden):
        return Score(0.5, feedback=str(inputs[0]))

    task = made(instances=instances, score=judge)
    drawn = {split: seen_by(scored, task, split, 1000) for split in SPLITS}
    everything = [each for split in SPLITS for each in drawn[split]]
    assert sorted(everything, key=int) == [str(number) for number in range(60)]
    assert all(drawn.values())
    assert drawn == {split: seen_by(scored, task, split, 1000) for split in SPLITS}


def test_a_fixed_task_has_one_instance_and_its_splits_coincide(made, scored):
    def judge(output, inputs, hidden):
        return Score(output == 2, feedback=str(inputs))

    task = made(fixed=True, instances=lambda: [((1,), None)], score=judge, sizes={})
    assert {split: seen_by(scored, task, split) for split in SPLITS} == {split: ["(1,)"] for split in SPLITS}
    assert scored(task, RIGHT).mean.n == 1
    assert {tuple(task.draw(split, seed)) for split in SPLITS for seed in (b"a" * 16, b"b" * 16)} == {
        (Instance("fixed", 0, bytes(16)),)
    }


def test_draws_follow_from_the_seed_alone(made):
    task = made(instance=len, score=len)
    first, again, other = (
        task.draw("search", b"a" * 16),
        task.draw("search", b"a" * 16),
        task.draw("search", b"b" * 16),
    )
    assert first == again
    assert not {each.own_seed() for each in first} & {each.own_seed() for each in other}
    assert len({each.own_seed() for split in SPLITS for each in task.draw(split, SEED, 50)}) == 150


# --- what scores count for ------------------------------------------------------------------------------------------


def returning(made, value, **parts):
    """A task whose scorer returns ``value``, whatever the program does."""
    return made(instance=lambda rng: ((1,), None), score=lambda output, inputs, hidden: value, **parts)


@pytest.mark.parametrize(
    ("value", "counts"),
    [
        (0.25, 0.25), (0, 0.0), (1, 1.0), (True, 1.0), (False, 0.0), (np.float32(0.5), 0.5), (np.int8(1), 1.0),
        (np.True_, 1.0), (1 + 1e-10, 1.0), (-1e-10, 0.0), (Score(0.5), 0.5), (Score(value=0.5, raw=7.0), 0.5),
    ],
)  # fmt: skip
def test_scores_that_count(value, counts, made, scored):
    for each in scored(returning(made, value), RIGHT).evaluations:
        assert (each.value, each.status, each.cause) == (counts, "ok", "")


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        (1.1, r"the score is outside \[0, 1\]: 1\.1"),
        (1000, r"outside \[0, 1\]: 1000"),
        (1 + 1e-8, r"outside \[0, 1\]"),
        (-0.5, r"outside \[0, 1\]: -0\.5"),
        (math.nan, "the score is not a finite number: nan"),
        (math.inf, "the score is not a finite number: inf"),
        (-math.inf, "not a finite number"),
        (None, "the score is not a finite number: None"),
        ("0.5", "the score is not a finite number: '0.5'"),
        ([0.5], "not a finite number"),
        (0.5j, "not a finite number"),
        (np.array([0.5]), "not a finite number"),
        (10**400, "not a finite number|outside"),
        (Score(math.nan), "not a finite number: nan"),
        (Score(1.5), r"outside \[0, 1\]: 1\.5"),
        (Score(), "not a finite number: None"),
        (Score(raw=5.0), "needs the task's"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_score_is_nothing_with_its_cause(value, cause, made, scored):
    result = scored(returning(made, value), RIGHT)
    assert result.values == [0.0, 0.0]
    assert {each.status for each in result.evaluations} == {"refused"}
    assert result.cause.startswith("refused: ")
    assert re.search(cause, result.evaluations[0].cause)


@pytest.mark.parametrize(
    ("raw", "value"), [(10.0, 0.0), (20.0, 1.0), (15, 0.5), (5, 0.0), (99, 1.0), (np.float64(12.5), 0.25)]
)
def test_a_raw_measure_is_mapped_by_the_scale(raw, value, made, scored):
    result = scored(returning(made, Score(raw=raw, feedback="so"), scale=Scale(10, 20)), RIGHT)
    assert result.values == [value, value]
    assert result.raw == float(raw)
    assert result.remark == "so"


def test_a_scale_may_run_downwards(made, scored):
    assert scored(returning(made, Score(raw=3), scale=Scale(zero=4, one=0)), RIGHT).values == [0.25, 0.25]


@pytest.mark.parametrize("raw", [math.nan, math.inf, "5", [5]], ids=repr)
def test_a_raw_measure_that_is_no_number_is_nothing(raw, made, scored):
    result = scored(returning(made, Score(raw=raw), scale=Scale(0, 1)), RIGHT)
    assert result.values == [0.0, 0.0]
    assert result.cause.startswith("refused: the raw score is not a finite number")


@pytest.mark.parametrize(
    ("program", "status", "cause"),
    [
        (
            "def f(x): return 1 / 0",
            "error",
            "error: ZeroDivisionError: division by zero (line 1) (3 of 3 instances)",
        ),
        ("def f(x): raise SystemExit", "error", "error: SystemExit"),
        ("def g(x): return 1", "error", "error: the program has no function 'f' (3 of 3 instances)"),
        ("", "error", "error: the program has no function 'f'"),
        ("not a python", "error", "error: SyntaxError"),
        ("def f(x): return object()", "refused", "refused: the result: a foreign type: object"),
        ("def f(x): return float('nan')", "refused", "refused: the result: not finite: nan"),
        ("def f(x): return bytearray(2**30)", "memory", "memory: MemoryError"),
        ("import ctypes\ndef f(x): ctypes.string_at(0)", "killed", "killed: ended by SIGSEGV"),
    ],
)
def test_what_a_program_does_wrong_is_nothing_with_its_cause(program, status, cause, double, scored):
    result = scored(double, program)
    assert result.values == [0.0] * 3
    assert result.outcomes == {status: 3}
    assert result.cause.startswith(cause)


def test_one_failing_instance_costs_one_instance(double, scored):
    program = "calls = 0\ndef f(x):\n    if x % 2: raise ValueError('odd')\n    return 2 * x"
    result = scored(double, program, n=30)
    assert 0 < result.outcomes["error"] < 30
    assert set(result.values) == {0.0, 1.0}
    assert result.mean.mean == result.outcomes["ok"] / 30


def test_a_program_as_large_as_may_be_and_larger(double, scored):
    """A text that just fits into a jail's own frame need not fit into a worker's: that is its fault, not ours."""
    for size in (16 * 2**20 - 40, 16 * 2**20, 40 * 2**20):
        result = scored(double, RIGHT + "#" * (size - len(RIGHT)))
        assert result.values == [0.0] * 3 or result.values == [1.0] * 3
    assert result.outcomes == {"refused": 3}
    assert "refused: the program is too large: 41,943,040 bytes" in result.cause


# --- a scorer that fails stops everything ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score_py", "words"),
    [
        ("def instance(rng): return (1,), 2\ndef score(o, i, h):\n    return 1 / 0", r"score\.py:3: ZeroDivisionError: division by zero"),
        ("def instance(rng):\n    raise KeyError('lost')\ndef score(o, i, h): return 1", r"score\.py:2: KeyError: 'lost'"),
        ("def instance(rng): return 5\ndef score(o, i, h): return 1", r"an instance must be \(inputs, hidden\)"),
        ("def instance(rng): return [1], 2\ndef score(o, i, h): return 1", r"an instance must be \(inputs, hidden\)"),
        ("def instance(rng): return (object(),), 2\ndef score(o, i, h): return 1", r"foreign type: object"),
        ("def instance(rng): return ('x' * 2**25,), 2\ndef score(o, i, h): return 1", r"too large"),
        ("def evaluate(program, rng):\n    return program.f(object())", r"score\.py:2: .*foreign type: object"),
        ("def evaluate(program, rng):\n    x = []\n    return x[0]", r"score\.py:3: IndexError"),
        ("def instance(rng): return (1,), 2\ndef score(o, i, h): raise SystemExit(3)", r"score\.py:2: SystemExit"),
    ],
)  # fmt: skip
def test_a_scorer_that_fails_is_told_with_file_and_line(score_py, words, write_task, scored):
    with pytest.raises(ScorerFailed, match=words):
        scored(Task.load(write_task(score=score_py)), RIGHT)


def test_a_scorer_that_ends_its_process_is_an_error_never_a_score(write_task, scored):
    folder = write_task(score="import os\ndef instance(rng): return (1,), 2\ndef score(o, i, h): os._exit(0)")
    with pytest.raises(SelftaughtError, match="double"):
        scored(Task.load(folder), RIGHT)


def test_a_scorer_may_not_read_its_workers_line(write_task, scored):
    """Standard input is empty for a scorer, not the line to the trusted side."""
    folder = write_task(
        score="import sys\ndef instance(rng): return (1,), 2\ndef score(o, i, h): return float(sys.stdin.read() == '')"
    )
    assert scored(Task.load(folder), RIGHT).values == [1.0] * 3


def test_a_scorer_may_print(write_task, scored):
    folder = write_task(score=SCORE + "\nprint('loaded')\nimport os; os.write(1, b'raw')\n")
    assert scored(Task.load(folder), RIGHT).values == [1.0] * 3


def test_a_scorer_has_no_keys(made, scored, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "decoy-key")

    def judge(output, inputs, hidden):
        import os

        return Score(1.0, feedback=str(sorted(os.environ)) + str("decoy-key" in os.environ.values()))

    with_key = made(instance=lambda rng: ((1,), None), score=judge)
    engines_own = selftaught.score(with_key, RIGHT, n=1, jobs=1).evaluations[0].feedback
    assert "OPENAI_API_KEY" not in engines_own
    assert engines_own.endswith("False")
    assert os.environ["OPENAI_API_KEY"] == "decoy-key"


# --- imports --------------------------------------------------------------------------------------------------------

WITH_SCIPY = "import scipy.special\ndef f(x):\n    return 2 * x * int(scipy.special.factorial(1))"


def test_an_import_that_the_task_allows_works_and_is_refused_without(double, scored):
    import dataclasses

    pytest.importorskip("scipy")
    allowed = dataclasses.replace(double, imports=("scipy",))
    assert scored(allowed, WITH_SCIPY).values == [1.0] * 3
    assert "may import the standard library, NumPy and scipy" in allowed.described()
    refused = scored(double, WITH_SCIPY)
    assert refused.values == [0.0] * 3
    assert "scipy" in refused.cause


def test_imports_that_are_not_installed_are_the_authors_error(double, scored):
    import dataclasses

    with pytest.raises(
        TaskError, match="imports: No module named 'no_such_thing': install it, or take it out"
    ):
        scored(dataclasses.replace(double, imports=("no_such_thing",)), RIGHT)


# --- evaluate -------------------------------------------------------------------------------------------------------


def test_evaluate_may_call_several_functions_several_times_in_one_jail(made, scored):
    def evaluate(program, rng):
        first = [program.count() for _ in range(5)]
        return Score(float(first == [1, 2, 3, 4, 5] and program.twice(4) == 8), feedback=str(first))

    task = made(entry="count", evaluate_program=evaluate)
    program = "n = 0\ndef count():\n    global n\n    n += 1\n    return n\ndef twice(x): return 2 * x"
    result = scored(task, program, n=3)
    assert result.values == [1.0] * 3, "state is carried within an instance, and not from one to the next"


def test_a_failed_call_ends_the_instance_with_its_cause_unless_it_is_caught(made, scored):
    def evaluate(program, rng):
        return program.f(1)

    def catching(program, rng):
        from selftaught import ProgramFailed

        try:
            return program.f(1)
        except ProgramFailed as failed:
            return 0.25 if failed.outcome.status == "error" else 0.0

    program = "def f(x): raise ValueError('bad')"
    result = scored(made(evaluate_program=evaluate), program)
    assert result.values == [0.0, 0.0]
    assert result.cause == "error: ValueError: bad (line 1) (2 of 2 instances)"
    assert scored(made(evaluate_program=catching), program).values == [0.25, 0.25]


def test_no_instance_sees_what_another_left(made, scored):
    task = made(instance=lambda rng: ((1,), None), score=lambda output, inputs, hidden: float(output == 1))
    program = "import numpy as np\ndef f(x):\n    np.left = getattr(np, 'left', 0) + 1\n    return np.left"
    assert scored(task, program, n=10).values == [1.0] * 10


def test_the_wall_clock_stands_still_while_the_scorer_computes(made, scored):
    def evaluate(program, rng):
        import time

        total = 0
        for _ in range(3):
            end = time.monotonic() + 0.15
            while time.monotonic() < end:
                pass
            total += program.f(1)
        return total / 3

    patient = made(evaluate_program=evaluate, limits=Limits(cpu_s=1, wall_s=0.3, memory_mb=128))
    assert scored(patient, "def f(x): return x").values == [1.0, 1.0]
    sleeping = "import time\ndef f(x):\n    time.sleep(0.15)\n    return x"
    assert scored(patient, sleeping).outcomes == {"timeout": 2}


def test_randomness_of_program_and_scorer_follows_from_the_instance(made, scored):
    def evaluate(program, rng):
        return Score(0.5, feedback=f"{rng.random()} {program.f()}")

    task = made(evaluate_program=evaluate)
    program = "import random\ndef f(): return random.random()"
    one, four = (
        [each.feedback for each in scored(task, program, n=6, jobs=jobs).evaluations] for jobs in (1, 2)
    )
    assert one == four
    assert len(set(one)) == 6
    other = [each.feedback for each in scored(task, program + "\n# other", n=6).evaluations]
    assert [pair.split()[0] for pair in one] == [pair.split()[0] for pair in other], (
        "other instances were compared"
    )


# --- the engine -----------------------------------------------------------------------------------------------------


def test_results_come_in_the_instances_order(made, scored):
    def instance(rng):
        return (int(rng.integers(2**40)),), None

    def judge(output, inputs, hidden):
        return Score(0.5, feedback=f"{inputs[0]} {output}")

    program = "def f(x):\n    for _ in range(x % 7 * 10_000): pass\n    return x"
    results = [scored(made(instance=instance, score=judge), program, n=11, jobs=jobs) for jobs in (1, 2)]
    texts = [[each.feedback for each in result.evaluations] for result in results]
    assert texts[0] == texts[1]
    assert all(len(set(text.split())) == 1 for text in texts[0])


def test_a_killed_worker_and_a_killed_zygote_lose_no_work(double, runner, strongest):
    import asyncio
    import signal

    from selftaught.engines.local import LocalEngine

    slow = Program("def f(x):\n    for _ in range(10**6): pass\n    return 2 * x")

    async def work(kill):
        engine = LocalEngine(1, strongest)
        try:
            await engine.describe(double)
            (worker,) = children(os.getpid()) - before
            scoring = asyncio.ensure_future(engine.evaluate(double, slow, double.draw("search", SEED, 8)))
            await asyncio.sleep(0.05)
            victim = worker if kill == "worker" else min(children(worker))
            os.kill(victim, signal.SIGKILL)
            return [each.value for each in await scoring]
        finally:
            await engine.close()

    for kill in ("worker", "zygote"):
        before = children(os.getpid())
        assert runner(work(kill)) == [1.0] * 8


def test_a_program_is_scored_once_at_one_address(double, new_run, runner):
    run = new_run()

    async def work():
        import asyncio

        task = await run.prepare(double)
        instances = task.draw("search", SEED)
        here = Address(("here",))
        return await asyncio.gather(
            *(score(run, task, Program(text), instances, here) for text in (RIGHT, NEAR, RIGHT))
        )

    first, other, again = runner(work())
    assert again.evaluations is first.evaluations
    assert other.mean.mean == 0.75
    assert [row[1:5] for row in sorted(run.ledger.rows("scores"))] == [
        ("double", each.program.fingerprint, each.mean.mean, 3)
        for each in sorted((first, other), key=lambda each: each.program.fingerprint)
    ]


def test_toml_of_the_shared_task_is_what_is_tested(double):
    assert TOML.startswith('name = "double"')
    assert double.sizes["search"] == 3


def test_a_worker_whose_start_is_interrupted_is_waited_for(double, strongest, runner):
    import asyncio
    import gc

    from selftaught.engines.local import LocalEngine

    before = children(os.getpid())

    async def work():
        engine = LocalEngine(1, strongest)
        starting = asyncio.ensure_future(engine.describe(double))
        while not children(os.getpid()) - before:
            await asyncio.sleep(0.001)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        await engine.close()

    runner(work())
    gc.collect()  # a process that nobody waited for would complain here
    assert children(os.getpid()) == before
