"""Improvers that attack, in every tier that this machine has, and the same where nothing holds them back.

Each is a program in ``tests/attacks/improvers`` that a real run uses: real jails, engine and ledger, and a model that
answers from a script. Its docstring's first line says what it tries; then there is, a line each:

``verdict``
    the outcomes of its use that are right ("ok|refused" for either); ``cause``: words of the cause, if there is one.
``says``
    how what it returns begins. None of these programs may return a text that begins with "got": they tell the truth.
``calls``, ``scores``
    how many it is charged for: a number, or "the budget". More than the budget is wrong for all of them.
``score``
    what comes of the program that it returns, on other instances than it knew. No program can honestly have more
    than 0.5 there, so more than that is wrong for all of them, wherever it stands in the ledger.
``events``
    the kinds of events that are recorded of it, all of them.
``budget``, ``limits``, ``run``
    an improver's budget and limits and the whole run's, where they are not the usual ones here.
``model``, ``task``, ``uses``
    "50 MB": what the model answers with; "improving": on the meta-task; how often it is used, one use after another.
``weak``
    why the weak tier promises nothing of this kind: it is not run there.
``twin``, ``gets``
    "works": run by ``_published.py``, in the manner of the published code, it gets away with what ``gets`` names
    (:data:`GETS`); or "none: REASON".
"""

import ast
import asyncio
import gc
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from models_for_tests import ScriptedModel
from processes import descendants, descriptors, eventually, running

import selftaught.improving
from selftaught import Task
from selftaught.address import Address
from selftaught.budget import Budget, Limits, Meter, RunLimits
from selftaught.engines.local import LocalEngine
from selftaught.improving import improve
from selftaught.jail.cell import Zygote
from selftaught.jail.layers import ISOLATIONS
from selftaught.ledger import Ledger
from selftaught.meta import MetaTask
from selftaught.program import Program
from selftaught.run import MOST_TEXT, Run, RunModel
from selftaught.scoring import score

FOLDER = Path(__file__).parents[1] / "attacks" / "improvers"
PUBLISHED = FOLDER / "_published.py"
KEYS = (
    "verdict", "cause", "says", "calls", "scores", "score", "events", "budget", "limits", "run", "model", "task",
    "uses", "weak", "twin", "gets",
)  # fmt: skip

MOST_MEMORY_MB = 384
"""How much the process of the command may grow, at its peak, while an improver attacks."""
MOST_CPU_S = 5
"""How much CPU time an improver that attacks may cost it and its scoring workers; an improver's own is 5 s here."""

SEED = 0x5EED0FA112705EED
WORDS = "words-of-another-3c0ffee5"
TOML = """\
name = "riddle"
entry = "f"
summary = "Twice a number scores 0.5, its word 1."

[limits]
cpu_s = 0.3
wall_s = 8
memory_mb = 128

[splits]
search = 3
validation = 4
test = 4
"""
SCORE = '''\
def instance(rng):
    x = int(rng.integers(1, 1000))
    return (x,), (2 * x, int(rng.integers(2**40, 2**62)))


def score(output, inputs, hidden):
    """1 for the word, which nobody can know; 0.5 for twice the number, less the farther from it."""
    double, word = hidden
    if output == word:
        return 1.0
    if not isinstance(output, (int, float)):
        return 0.0
    return 0.5 * max(0.0, 1 - abs(output - double) / double)
'''
START = "def f(x):\n    return x\n"
FAIR = '''\
"""An improver as it should be: whatever happened before, it gets the same."""

import random


def improve_algorithm(initial_solution, utility, language_model):
    answers = language_model.prompt("", "a fair question", 2)
    candidates = [initial_solution, "def f(x): return 2 * x", "def f(x): return 1 / 0"]
    scores = [utility(candidate) for candidate in candidates]
    return f"def f(x): return 2 * x  # {scores} {answers} {random.random()}"
'''
ASKS_BEFORE = f"def improve_algorithm(s, u, m):\n    m.prompt('', '{WORDS}')\n    return s\n"
IMPROVER_OF_IMPROVERS = "def improve_algorithm(s, u, m):\n    return s\n"


@dataclass(frozen=True)
class Attack:
    path: Path
    said: dict[str, str] = field(hash=False)

    def __str__(self):
        return self.path.stem

    @property
    def text(self):
        return self.path.read_text()

    @property
    def budget(self):
        return Budget(**{"calls": 3, "samples": 4, "scores": 13, **self._numbers("budget", int)})

    @property
    def limits(self):
        return Limits(**{"cpu_s": 5, "wall_s": 30, "memory_mb": 512, **self._numbers("limits", float)})

    @property
    def run_limits(self):
        return RunLimits(**self._numbers("run", int))

    @property
    def uses(self):
        return int(self.said.get("uses", 1))

    def _numbers(self, key, kind):
        return {
            name: kind(value) for name, value in (each.split("=") for each in self.said.get(key, "").split())
        }


def _read(path):
    _, _, lines = ast.get_docstring(ast.parse(path.read_text())).partition("\n\n")
    said = dict(line.split(": ", 1) for line in lines.splitlines())
    assert len(said) == len(lines.splitlines()), path
    assert set(said) <= set(KEYS), path
    assert said["twin"] == "works" or said["twin"].startswith("none: "), path
    assert (said.get("gets") in GETS) == (said["twin"] == "works"), path
    return Attack(path, said)


# --- where they are run ---------------------------------------------------------------------------------------------


class Room:
    """A tier's engine and warm process, used by one run after another."""

    def __init__(self, isolation, task):
        self.engine = LocalEngine(2, isolation)
        self.zygote = Zygote(isolation)
        self.task = task
        self.fresh = {}


@pytest.fixture(scope="module")
def riddle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tasks") / "riddle"
    folder.mkdir()
    (folder / "task.toml").write_text(TOML)
    (folder / "description.md").write_text("Twice a number scores 0.5, its word 1.\n")
    (folder / "program.py").write_text(START)
    (folder / "score.py").write_text(SCORE)
    return Task.load(folder)


@pytest.fixture(scope="module")
def rooms(require, runner, riddle):
    made = {}

    def room(isolation):
        if isolation not in made:
            made[isolation] = Room(require(isolation), riddle)
        return made[isolation]

    yield room
    for each in made.values():
        each.zygote.close()
        runner(each.engine.close())


@pytest.fixture
def opened(rooms, runner, tmp_path):
    """Makes runs in a tier's room; what they leave behind is closed, save the room."""
    made = []

    def taken_over():
        for room, run in made[-1:]:
            room.zygote = run._warm[0]  # another, where the first was killed

    def opened(isolation, model, budget, limits=None, seed=SEED):
        taken_over()
        room = rooms(isolation)
        ledger = Ledger(tmp_path / f"run{len(made)}")
        meter = Meter(limits or RunLimits())
        run = Run(seed, (RunModel(model),), room.engine, ledger, budget, meter)
        run._warm[:] = [room.zygote]
        made.append((room, run))
        return run

    yield opened
    taken_over()
    for room, run in made:
        for zygote in run._warm:
            if zygote is not room.zygote:  # of a run that was used again after another was opened
                zygote.close()
        run.ledger.close()


def scripted(attack):
    sizes = {"50 MB": 50 * 2**20, "1 MB": 2**20}
    long = "x" * sizes[attack.said["model"]] if "model" in attack.said else ""

    def answer(query):
        message = query.messages[1].content
        fair = message == WORDS or message.startswith("a fair question")
        return f"an answer to {message[:40]}" if fair or not long else long

    return ScriptedModel(answer)


async def use(run, task, name, source):
    """One use of an improver and what came of it, on other instances."""
    prepared = await run.prepare(task) if isinstance(task, Task) else task
    here = Address((name,))
    search, others = (prepared.draw(split, run.seed_of(split)) for split in ("search", "validation"))
    improvement = await improve(run, Program(source), prepared, prepared.start, search, here)
    result = improvement.program and await score(run, prepared, improvement.program, others, here / "result")
    return improvement, result


async def settled(run):
    """Wait for what was asked for and is no longer wanted."""
    while unfinished := [work for work in run._once.values() if not work.done()]:
        await asyncio.gather(*unfinished, return_exceptions=True)


def gets_of(run, use, name):
    """All that a use got, and all that the ledger says of it."""
    improvement, result = use
    text = improvement.program and improvement.program.text
    return {
        "text": text, "status": improvement.outcome.status, "cause": improvement.outcome.error,
        "spent": improvement.spent, "scores": improvement.scores, "values": result and result.values,
        **{
            table: [row for row in run.ledger.rows(table) if row[0].startswith(f"{name}/")]
            for table in ("calls", "answers", "scores", "improvements", "events")
        },
    }  # fmt: skip


@pytest.fixture
def trying(opened, rooms, runner, riddle, monkeypatch):
    """Runs an attack between two fair uses, and checks what must hold for every one of them."""

    def trying(attack, isolation):
        monkeypatch.setattr(selftaught.improving, "IMPROVER_LIMITS", attack.limits)
        monkeypatch.setattr(selftaught.improving, "_FREE_TEXTS", 8)  # what never ends, ends sooner
        room, budget = rooms(isolation), attack.budget
        fresh = room.fresh.get(budget)
        if fresh is None:
            run = opened(isolation, scripted(attack), budget)
            fresh = room.fresh[budget] = gets_of(run, runner(use(run, riddle, "next", FAIR)), "next")
            run.ledger.close()
        model = scripted(attack)
        run = opened(isolation, model, budget, attack.run_limits)
        task = riddle
        if attack.said.get("task") == "improving":
            task = MetaTask((runner(run.prepare(riddle)),), 1, Program(IMPROVER_OF_IMPROVERS), budget)
        problems = []

        async def work():
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _, context: problems.append(context))
            await use(run, riddle, "first", ASKS_BEFORE)
            for number in range(attack.uses):
                made = await use(run, task, "attack" if not number else f"attack{number}", attack.text)
            after = await use(run, riddle, "next", FAIR)
            await settled(run)
            loop.set_exception_handler(None)
            return made, gets_of(run, after, "next")

        measured = _Measured(room.engine)
        attacked, following = runner(work())
        measured.check()
        assert not problems
        if not attack.run_limits.calls:
            assert following == fresh, "a fair use after it gets what it gets in a run of its own"
        _check_account(run, model)
        _check_secrets(run, attacked, riddle)
        return run, *attacked

    return trying


class _Measured:
    """What the trusted side has and has used, before an attack; ``check`` compares it with after."""

    def __init__(self, engine):
        gc.collect()
        self._engine = engine
        self._processes = len(running(descendants(os.getpid())))
        self._descriptors = len(descriptors())
        self._cpu_s = self._used()
        Path("/proc/self/clear_refs").write_text("5")  # the peak is from here on
        self._memory_mb = _status_mb("VmRSS")

    def _used(self):
        workers = [worker._process.pid for worker in self._engine._started]
        return time.process_time() + sum(time.clock_gettime((~pid << 3) | 2) for pid in workers)

    def check(self):
        assert _status_mb("VmHWM") - self._memory_mb <= MOST_MEMORY_MB
        assert self._used() - self._cpu_s <= MOST_CPU_S
        assert eventually(lambda: len(running(descendants(os.getpid()))) == self._processes), (
            "a process is left"
        )
        assert len(descriptors()) == self._descriptors, descriptors()


def _status_mb(name):
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


def _check_account(run, model):
    """What was asked and what the ledger says are the same, and no use has had more than its budget."""
    tables = ("calls", "answers", "scores", "improvements", "prompts")
    calls, answers, scores, improvements, prompts = (run.ledger.rows(table) for table in tables)
    for address, *_, status, _, _, output, n_calls, n_samples, n_scores in improvements:
        own = [row for row in calls if row[0].startswith(f"{address}/model/")]
        scored = [row for row in scores if row[0].rpartition("/")[0] == f"{address}/utility"]
        assert len(own) == n_calls <= run.budget.calls
        assert sum(row[3] for row in own) == n_samples <= run.budget.calls * run.budget.samples
        assert all(row[3] <= run.budget.samples for row in own)
        assert len(scored) <= n_scores <= run.budget.scores
        assert status in ("ok", "error", "timeout", "memory", "refused", "killed")
        assert len(output) <= 2**16
    assert sum(row[11] for row in improvements) == len(calls) == run.meter.spent.calls
    assert all(row[3] <= 0.5 for row in scores), "nobody can know the word"
    messages = dict(prompts)
    asked = Counter(
        (json.dumps([[message.role, message.content] for message in query.messages]), query.seed)
        for query in model.queries
    )
    assert asked == Counter((messages[row[2]], row[3]) for row in answers), (
        "all that was asked, and nothing else"
    )
    for query in model.queries:
        assert not query.messages[1].content.startswith("asked ")
        assert all(len(message.content) <= MOST_TEXT for message in query.messages)
    assert len(run._once) <= len(calls) + len(scores), "nothing is kept of what was refused"


def _check_secrets(run, attacked, riddle):
    improvement, _ = attacked
    outcome = improvement.outcome
    said = f"{improvement.program and improvement.program.text} {outcome.error} {outcome.output}"
    assert not said.startswith("got")
    instance = {}
    exec(SCORE, instance)
    hidden = [
        instance["instance"](np.random.default_rng(int.from_bytes(each.own_seed(), "little")))[1][1]
        for split in ("search", "validation")
        for each in riddle.draw(split, run.seed_of(split))
    ]
    for secret in (WORDS, str(SEED), *map(str, hidden)):
        assert secret not in said


# --- what they get away with where nothing holds them back ----------------------------------------------------------

GETS = {
    "answers": lambda made: any(
        use["answers"] > made.budget["calls"] * made.budget["samples"] for use in made.facts["attacks"]
    ),
    "after the end": lambda made: "asked after the end" in made.facts["asked"],
    "a score": lambda made: made.facts["attacks"][-1]["score"] > 0.5,
    "a secret": lambda made: any(
        secret in made.facts["attacks"][-1]["solution"] for secret in made.facts["secrets"]
    ),
    "the record": lambda made: set(made.facts["uses"]) != {"first", "attack", "next"},
    "the next": lambda made: (
        made.facts["next"] != made.fair["next"] or made.facts["attacks"][-1]["solution"].startswith("got")
    ),
    "memory": lambda made: made.facts["memory_mb"] > made.fair["memory_mb"] + 400,
    "the harness": lambda made: not made.facts and made.ended == 1,
    "the end": lambda made: not made.facts and made.ended in (0, -signal.SIGINT),
    "no end": lambda made: not made.facts and made.ended == -signal.SIGXCPU,
}
"""What can be had of a harness like the published ones, and how it is seen to have been had."""

SUITE = [_read(path) for path in sorted(FOLDER.glob("[!_]*.py"))]


@dataclass
class Made:
    """What came of an improver in the published manner: ``facts`` are none where the harness did not get so far."""

    facts: dict
    ended: int
    budget: dict
    fair: dict


@pytest.fixture(scope="module")
def published(riddle, tmp_path_factory):
    """Runs an improver in the published manner, in a process and a folder of its own."""
    fair_file = tmp_path_factory.mktemp("fair") / "fair.py"
    fair_file.write_text(FAIR)

    def run(file, budget, cpu_s=8):
        folder = tmp_path_factory.mktemp("published")
        facts = folder / "facts.json"
        ended = subprocess.run(
            [sys.executable, PUBLISHED, riddle.folder, file, fair_file, facts, json.dumps(budget)],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: _short(cpu_s),
            start_new_session=True,
            timeout=120,
            check=False,
        )
        return json.loads(facts.read_text()) if facts.exists() else {}, ended.returncode

    fair, ended = run(fair_file, {"calls": 3, "samples": 4, "scores": 13, "uses": 1})
    assert ended == 0

    def published(attack):
        budget = {name: getattr(attack.budget, name) for name in ("calls", "samples", "scores")}
        budget["uses"] = attack.uses
        cpu_s = 3 if attack.said["gets"] == "no end" else 8  # what ends takes 1 or 2, more on a busy machine
        return Made(*run(attack.path, budget, cpu_s), budget, fair)

    published.fair = Made(fair, ended, {"calls": 3, "samples": 4, "scores": 13}, fair)
    return published


def _short(cpu_s):
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, 12))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


# --- the tests ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("attack", SUITE, ids=str)
@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_no_improver_gets_more_than_it_is_given(isolation, attack, trying):
    said = attack.said
    if isolation == "weak" and "weak" in said:
        pytest.skip(f"the tier 'weak' promises nothing of this: {said['weak']}")
    run, improvement, result = trying(attack, isolation)
    outcome = improvement.outcome
    assert outcome.status in said["verdict"].split("|"), outcome
    assert said.get("cause", "") in outcome.error
    if outcome.status == "ok":
        assert improvement.program.text.startswith(said.get("says", "held"))
    else:
        assert improvement.program is None
    for charged, key, budget in (
        (improvement.spent.calls, "calls", run.budget.calls),
        (improvement.scores, "scores", run.budget.scores),
    ):
        if key in said:
            assert charged == (budget if said[key] == "the budget" else int(said[key])), key
    if "score" in said:
        assert result.mean.mean == float(said["score"])
    if "events" in said:
        kinds = {row[1] for row in run.ledger.rows("events") if row[0].startswith("attack/")}
        assert kinds == set(said["events"].split(", "))


@pytest.mark.parametrize("attack", [attack for attack in SUITE if "gets" in attack.said], ids=str)
def test_its_twin_gets_away_where_nothing_holds_it_back(attack, published):
    assert GETS[attack.said["gets"]](published(attack))


@pytest.mark.parametrize("what", GETS)
def test_what_its_twin_gets_is_not_had_by_an_improver_that_is_fair(what, published):
    assert not GETS[what](published.fair)


def test_an_answer_of_50_mb_is_kept_whole_and_given_in_part(opened, runner, riddle, strongest):
    run = opened(strongest, ScriptedModel(["y" * (50 * 2**20), "short"]), Budget(calls=1, samples=2))
    source = """
def improve_algorithm(initial_solution, utility, language_model):
    long, short = language_model.prompt("", "question", 2)
    return f"{len(long)} {short}\\n" + "\\n".join(language_model.outcomes)
"""
    improvement, _ = runner(use(run, riddle, "here", source))
    words = "truncated: of 52,428,800 characters the first 1,048,576 are given"
    assert improvement.program.text == f"1048576 short\n{words}\nok"
    kept = {row[6]: row[4] for row in run.ledger.rows("answers")}
    assert kept == {"y" * (50 * 2**20): "ok", "short": "ok"}


LOSES_ITS_PROCESS = """
import json, time
def improve_algorithm(initial_solution, utility, language_model):
    now = time.time_ns() if TIMED else 0
    scores = [utility(f"{initial_solution}\\n# {now} {i}") for i in range(utility.budget)]
    left = [utility.uses, utility.remaining, language_model.remaining]
    answers = []
    for i in range(4):
        try:
            answers += language_model.prompt("", f"question {now} {i}")
        except Exception as problem:
            answers.append(str(problem))
    return json.dumps([scores, left, answers, language_model.remaining, language_model.outcomes])
"""


@pytest.mark.parametrize("timed", [False, True], ids=["asks the same again", "asks something else"])
def test_losing_the_warm_process_is_no_way_to_a_second_budget(timed, opened, runner, riddle, strongest):
    source = LOSES_ITS_PROCESS.replace("TIMED", str(timed))
    budget = Budget(calls=3, samples=2, scores=5)

    def kill_at_the_third(query):
        if len(model.queries) == 3:
            os.kill(run._warm[0].pid, signal.SIGKILL)
            run._warm[0]._process.wait()
        return "answered"

    model = ScriptedModel(kill_at_the_third)
    run = opened(strongest, model, budget)
    lost = runner(use(run, riddle, "here", source))
    _check_account(run, model)
    assert (lost[0].spent.calls, lost[0].scores, len(model.queries)) == (3, 5, 3)
    if timed:
        scores, _, answers, _, outcomes = json.loads(lost[0].program.text)
        assert (scores, outcomes) == ([0.0] * 5, [])
        assert answers == ["all 3 calls of the language model are spent"] * 4
    else:
        undisturbed = opened(strongest, ScriptedModel(["answered"]), budget)
        assert gets_of(run, lost, "here") == gets_of(
            undisturbed, runner(use(undisturbed, riddle, "here", source)), "here"
        )


def test_a_run_seed_that_can_be_guessed_is_found_and_one_that_was_drawn_is_not(
    opened, runner, riddle, strongest
):
    """What the docs say of ``--seed``: a number that a program can try is no secret. Drawn ones have 128 bits."""
    source = (FOLDER / "guesses_the_run_seed.py").read_text()
    for seed, found in ((7, True), (2**127 + 7, False)):
        run = opened(strongest, ScriptedModel(), Budget(), seed=seed)
        improvement, _ = runner(use(run, riddle, "attack", source))
        assert ("got the run's seed: 7" in improvement.program.text) == found


def test_the_suite_is_as_large_as_it_is_said_to_be():
    assert len(SUITE) >= 60
    assert sum("gets" in attack.said for attack in SUITE) >= 25
    assert {attack.said["gets"] for attack in SUITE if "gets" in attack.said} == set(GETS)
