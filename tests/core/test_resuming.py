"""A run that was cut off goes on: what its ledger has is not done, asked or paid for again."""

import dataclasses
import time
from pathlib import Path

import pytest
from models_for_tests import ScriptedModel
from small_tasks import SCORE
from test_recording import rows

import selftaught
from selftaught import Budget, Options, Program, RunLimits, Task, api
from selftaught.address import Address
from selftaught.budget import Meter
from selftaught.errors import InputError, LedgerError, LimitReached, ModelLost
from selftaught.improving import improve
from selftaught.ledger import Ledger, being_written
from selftaught.run import Run, RunModel

HERE = Address(("here",))


@pytest.fixture
def sitting(engines, zygotes, strongest, tmp_path):
    """Opens one run again and again, as one process after another would."""
    opened = []

    def sitting(model, budget=None, limits=None):
        for run in opened:
            run.ledger.close()
        opened.clear()
        folder = tmp_path / "run"
        ledger = Ledger(folder, resume=folder.exists())
        meter = Meter(limits or RunLimits())
        budget = budget or Budget(calls=3, samples=4)
        run = Run(1, (RunModel(model),), engines(2), ledger, budget, meter, _warm=[zygotes(strongest)])
        run.go_on(ledger.before(), ledger.sit_down(2, {}))
        opened.append(run)
        return run

    yield sitting
    for run in opened:
        run.ledger.close()


def cut_after(n, answers):
    """A model that is cut off instead of answering the n-th query; the crash test kills real processes."""
    asked = []

    def answer(query):
        asked.append(query)
        if len(asked) > n:
            raise ModelLost("cut off")
        return answers(query)

    return ScriptedModel(answer)


def use(runner, run, task, improver):
    async def work():
        prepared = await run.prepare(task)
        return await improve(
            run, Program(improver), prepared, prepared.start, prepared.draw("search", b"s" * 16), HERE
        )

    return runner(work())


THREE_CALLS = """
def improve_algorithm(initial_solution, utility, language_model):
    told = [initial_solution]
    for i in range(3):
        told += language_model.prompt("", f"question {i}", 2)
        utility(told[-1])
        utility(told[-1])
        utility(None)
    return "# " + repr([told[1:], utility.uses, utility.remaining, language_model.remaining])
"""


def by_seed(query):
    return f"{query.messages[1].content} {query.seed}"


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 5])
def test_an_improver_that_was_cut_off_gets_its_answers_again_and_no_more(runner, sitting, double, cut):
    whole = sitting(ScriptedModel(by_seed))
    wanted = use(runner, whole, double, THREE_CALLS)
    assert wanted.outcome.status == "ok"
    spent = (whole.meter.spent.to_json(), wanted.scores, wanted.spent)
    (uncut := whole.ledger.folder).rename(uncut.with_name("uncut"))

    model = cut_after(cut, by_seed)
    with pytest.raises(ModelLost):
        use(runner, sitting(model), double, THREE_CALLS)
    again = ScriptedModel(by_seed)
    run = sitting(again)
    improvement = use(runner, run, double, THREE_CALLS)
    received = cut  # in flight when it was cut: the rest of its call
    assert len(again.queries) == 6 - received
    assert improvement.program.text == wanted.program.text
    assert (run.meter.spent.to_json(), improvement.scores, improvement.spent) == spent
    run.ledger.close()
    assert rows(uncut) == rows(uncut.with_name("uncut"))
    assert len(rows(uncut)["events"]) == 3, "what it noted before it was cut off is not there twice"


def test_a_use_that_was_finished_is_not_repeated(runner, sitting, double):
    first = use(runner, sitting(ScriptedModel(by_seed)), double, THREE_CALLS)
    run = sitting(ScriptedModel(lambda query: pytest.fail("asked again")))
    run.engine = None  # nor is anything scored
    again = runner(improve(run, Program(THREE_CALLS), double, double.start, [], HERE))
    assert (again.program.text, again.spent, again.scores) == (first.program.text, first.spent, first.scores)


def test_what_a_program_said_comes_back_to_the_letter(runner, sitting, double):
    for text in ("x = 1  \n\n\t ", "", "\n\n", "x = 1", "half \ud800 a pair \0 "):
        improver = f"def improve_algorithm(initial_solution, utility, language_model): return {text!r}"
        first = use(runner, sitting(ScriptedModel()), double, improver)
        again = use(runner, sitting(ScriptedModel()), double, improver)
        assert again.program.text == first.program.text == text


OTHER_WORDS = """
import time
def improve_algorithm(initial_solution, utility, language_model):
    first = language_model.prompt("", "question 0", 2)
    n = 3 if time.time() > MOMENT else 2
    second = language_model.prompt("", "question 1", n)
    return "# " + repr([first, second, language_model.remaining])
"""


def test_an_improver_that_asks_otherwise_is_given_what_was_paid_for(runner, sitting, double):
    improver = OTHER_WORDS.replace("MOMENT", repr(time.time() + 1.5))
    with pytest.raises(ModelLost):
        use(runner, sitting(cut_after(3, by_seed)), double, improver)
    while time.time() < float(improver.split("time.time() > ")[1].split(" else")[0]):
        time.sleep(0.05)  # until it asks otherwise
    again = ScriptedModel(by_seed)
    run = sitting(again)
    improvement = use(runner, run, double, improver)
    assert len(again.queries) == 2, "one of three was paid for"
    assert improvement.outcome.status == "ok"
    assert "question 1" in improvement.program.text
    assert improvement.spent.calls == 3, "what it had asked before counts"
    assert run.meter.spent.calls == 3
    ((_, kind, words),) = run.ledger.rows("events")
    assert kind == "asked-otherwise"
    assert "did not ask for 1 of the calls" in words
    assert "1 of their answers served" in words
    spent = run.ledger.spent()
    assert spent.requests == 3 + 2, "an answer that served again was not paid for again"


def test_what_is_paid_for_is_no_second_budget(runner, sitting, double):
    endless = """
import time
def improve_algorithm(initial_solution, utility, language_model):
    told = []
    while True:
        try: told += language_model.prompt("", f"question {time.time()}", 1)
        except Exception: return "# " + repr(told)
"""
    with pytest.raises(ModelLost):
        use(runner, sitting(cut_after(2, by_seed)), double, endless)
    again = ScriptedModel(by_seed)
    improvement = use(runner, sitting(again), double, endless)
    assert improvement.spent.calls == 3
    assert len(again.queries) == 0, "two were answered, and the third was asked"


# --- whole runs ------------------------------------------------------------------------------------------------


@pytest.fixture
def options(tmp_path, strongest):
    return Options(
        budget=Budget(calls=1, samples=2), seed=7, jobs=2, isolation=strongest, runs=tmp_path / "runs"
    )


@pytest.fixture(scope="module")
def whole(double, strongest, tmp_path_factory):
    """What an uninterrupted run of two iterations comes to."""
    options = Options(
        budget=Budget(calls=1, samples=2), seed=7, isolation=strongest, runs=tmp_path_factory.mktemp("whole")
    )
    return selftaught.stop([double], iterations=2, repeats=2, options=options)


def same(stopped, whole):
    assert rows(stopped.folder) == rows(whole.folder)
    for name in ("seed", "model", "isolation", "iterations", "spent", "best", "status"):
        assert stopped.summary[name] == whole.summary[name], name
    assert stopped.best == whole.best


@pytest.mark.parametrize("calls", [3, 7, 13])
def test_a_limit_that_is_raised_leaves_no_trace(double, options, whole, calls):
    """What an improver did that met the limit is done again, with the answers that there are."""
    limited = dataclasses.replace(options, limits=RunLimits(calls=calls))
    try:
        stopped = selftaught.stop([double], iterations=2, repeats=2, options=limited)
        assert stopped.summary["status"] == "limit"
    except LimitReached:
        assert calls == 3
    (folder,) = options.runs.iterdir()
    resumed = api.resume(api.recorded(folder.name, options.runs), limits=RunLimits(calls=1000))
    same(resumed, whole)
    ledger = Ledger(folder, new=False)
    assert ledger.fact("limits")["calls"] == 1000
    assert [row[2] for row in ledger._file.execute("SELECT number, jobs, status FROM sittings")] == [
        "limit",
        "done",
    ]
    ledger.close()


def test_more_iterations(double, options, whole):
    stopped = selftaught.stop([double], iterations=1, repeats=2, options=options)
    same(api.resume(api.recorded(str(stopped.folder)), iterations=2, jobs=1), whole)


def test_a_run_that_was_done_is_done_again_without_a_query_or_a_score(whole, monkeypatch):
    from selftaught.engines.local import LocalEngine
    from selftaught.models.offline import OfflineModel

    async def never(*_):
        raise AssertionError("asked or scored again")

    monkeypatch.setattr(OfflineModel, "answer", never)
    monkeypatch.setattr(LocalEngine, "evaluate", never)
    before = rows(whole.folder)
    resumed = api.resume(api.recorded(str(whole.folder)))
    assert resumed.summary == whole.summary
    assert rows(whole.folder) == before


def test_limits_go_on_from_what_was_spent(double, options):
    limited = dataclasses.replace(options, limits=RunLimits(calls=7))
    stopped = selftaught.stop([double], iterations=2, repeats=2, options=limited)
    plan = api.recorded(str(stopped.folder))
    again = api.resume(plan)
    assert {**again.summary, "audit": 0} == {**stopped.summary, "audit": 0}, "nothing more may be spent"
    timed = dataclasses.replace(
        plan, options=dataclasses.replace(plan.options, limits=RunLimits(time_s=0.01))
    )
    assert api.resume(timed).summary["status"] == "limit", "the seconds of earlier sittings count"


def test_seconds_and_tokens_go_on_from_the_record(tmp_path):
    from selftaught.models import Answer, Message, Query

    ledger = Ledger(tmp_path / "run")
    ledger.sit_down(1, {})
    ledger.add_call(HERE, "m", "prompt", 2, 0.7, None)
    ledger.add_answer(
        HERE / "k" / 0,
        HERE,
        Query((Message("user", "u"),), 0.7, None, 1),
        Answer("a", "ok", "", 5, 6, 1),
        0.1,
    )
    ledger._file.execute("UPDATE sittings SET began_at = began_at - 100")
    ledger.close()
    ledger = Ledger(tmp_path / "run", resume=True)
    elapsed = ledger.sit_down(1, {})
    spent, known, _ = ledger.before()["m"]
    assert (spent.calls, spent.samples, spent.requests, known) == (1, 2, 1, 11)
    assert 100 <= elapsed < 101
    killed, now = ledger._file.execute("SELECT status, in_flight FROM sittings ORDER BY number").fetchall()
    assert (killed, now) == (("killed", 0), ("running", 1))
    ledger.close()


def test_a_task_that_has_changed_is_refused(options, write_task):
    folder = write_task()
    stopped = selftaught.stop([Task.load(folder)], iterations=1, repeats=1, options=options)
    (folder / "score.py").write_text(SCORE + "\n# another\n")
    with pytest.raises(InputError, match=r"score\.py is not what .* was begun with: put it back"):
        api.resume(api.recorded(str(stopped.folder)))


def test_a_task_made_in_python_is_given_again(options, made):
    task = made(instance=lambda rng: ((int(rng.integers(9)),), 0), score=lambda output, *_: 0.5)
    stopped = selftaught.stop([task], iterations=1, repeats=1, options=options)
    plan = api.recorded(str(stopped.folder))
    with pytest.raises(InputError, match="the task made was made in Python: give tasks"):
        api.resume(plan)
    assert api.resume(plan, tasks=[task]).summary == stopped.summary


def test_iterations_may_not_be_lowered(whole):
    with pytest.raises(InputError, match="iterations may only be raised: the run has 2, not 1"):
        api.resume(api.recorded(str(whole.folder)), iterations=1)


def test_what_cannot_be_resumed_is_told(double, options, tmp_path):
    improved = selftaught.improve(double, options=options)
    with pytest.raises(InputError, match="a run of `improve`, which cannot be resumed"):
        api.recorded(str(improved.folder))
    Ledger(tmp_path / "early").close()
    with pytest.raises(InputError, match="was cut off before anything was begun: run it anew"):
        api.recorded(str(tmp_path / "early"))
    old = Ledger(tmp_path / "old")
    old.begin({"kind": "stop", "schema": 1})
    old.close()
    for attempt in (api.recorded, lambda folder: Ledger(Path(folder), resume=True)):
        with pytest.raises(InputError, match=r"schema 1, which can be listed and replayed .* not resumed"):
            attempt(str(tmp_path / "old"))


# --- the file --------------------------------------------------------------------------------------------------


def test_two_writers_are_kept_apart_and_readers_are_not(tmp_path):
    first = Ledger(tmp_path / "run")
    assert being_written(first.folder)
    with pytest.raises(InputError, match="another process is at work on this run: wait for its end") as told:
        Ledger(tmp_path / "run", resume=True)
    assert "\n" not in str(told.value)
    reader = Ledger(tmp_path / "run", new=False)
    reader.close()
    first.close()
    assert not being_written(first.folder)
    Ledger(tmp_path / "run", resume=True).close()


def test_a_full_disk_loses_nothing_that_was_kept(runner, sitting, double, tmp_path):
    wanted = use(runner, sitting(ScriptedModel(by_seed)), double, THREE_CALLS)
    next(iter(tmp_path.glob("run"))).rename(tmp_path / "uncut")
    run = sitting(ScriptedModel(lambda query: by_seed(query) + "x" * 5000))
    pages = run.ledger._file.execute("PRAGMA page_count").fetchone()[0]
    run.ledger._file.execute(f"PRAGMA max_page_count = {pages + 6}")  # SQLite's own SQLITE_FULL
    with pytest.raises(LedgerError, match="cannot be written: database or disk is full"):
        use(runner, run, double, THREE_CALLS)
    kept = len(run.ledger.rows("answers"))
    assert kept
    again = ScriptedModel(lambda query: by_seed(query) + "x" * 5000)
    run = sitting(again)
    assert use(runner, run, double, THREE_CALLS).outcome.status == wanted.outcome.status
    assert len(again.queries) == 6 - kept


def test_what_was_paid_for_is_on_the_disk_before_it_is_told(tmp_path):
    """A machine that loses its power keeps what the file was synced for: each answer that a request was made for."""
    import shutil
    import subprocess
    import sys

    if shutil.which("strace") is None:
        pytest.skip("strace, which sees what is synced, is not installed")
    script = """
import sys
from pathlib import Path
from selftaught.address import Address
from selftaught.ledger import Ledger
from selftaught.models import Answer, Message, Query
ledger = Ledger(Path(sys.argv[1]))
call = Address(("call",))
ledger.add_call(call, "m", "prompt", 10, 0.7, None)
for i in range(10):
    answer = Answer("a", requests=int(sys.argv[2]))
    ledger.add_answer(call / i, call, Query((Message("user", "u"),), 0.7, None, 1), answer, 0)
"""
    synced = []
    for requests in ("0", "1"):
        command = ["strace", "-f", "-c", "-e", "trace=fdatasync,fsync", sys.executable, "-c", script]
        done = subprocess.run(
            [*command, str(tmp_path / requests), requests], capture_output=True, text=True, check=True
        )
        counts = [line.split() for line in done.stderr.splitlines() if line.endswith("sync")]
        synced.append(sum(int(line[3]) for line in counts))
    assert synced[1] - synced[0] >= 10
