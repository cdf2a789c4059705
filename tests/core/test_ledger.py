# ruff: noqa: E501  cases read better with each in one line
"""The record: written before anyone is told, the same whatever the number of jobs, whole after a kill."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from models_for_tests import ScriptedModel
from small_tasks import RIGHT

from selftaught.address import Address
from selftaught.api import find_improver
from selftaught.budget import Budget
from selftaught.errors import LedgerError
from selftaught.improving import improve
from selftaught.jail.cell import Outcome
from selftaught.ledger import Ledger
from selftaught.meta import MetaTask
from selftaught.models import Answer, Message, Query
from selftaught.models.offline import OfflineModel
from selftaught.program import Program
from selftaught.run import RunModel
from selftaught.stop import stop, summary
from selftaught.task import Evaluation

TABLES = (
    "facts",
    "programs",
    "prompts",
    "improvements",
    "scores",
    "calls",
    "answers",
    "events",
    "iterations",
    "tasks",
)
HERE = Address(("here",))


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path / "run")
    yield made
    made.close()


def seen_by_another(ledger, query):
    """What another connection sees: only what is committed."""
    other = sqlite3.connect(ledger.path)
    try:
        return other.execute(query).fetchall()
    finally:
        other.close()


def test_every_row_is_committed_when_its_method_returns(ledger):
    ledger.add_program(Program("x"))
    ledger.add_call(HERE, "m", "prompt", 1, 0.7, None)
    ledger.add_answer(HERE / "a", HERE, Query((Message("user", "u"),), 0.7, None, 5), Answer("text"), 0.1)
    ledger.add_score(HERE / "y", "t", Program("y"), [Evaluation(0.5)])
    ledger.add_event(HERE, "kind", "words")
    ledger.add_iteration(0, {"t": 0})
    counted = {table: seen_by_another(ledger, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}
    assert counted == {**dict.fromkeys(TABLES, 1), "programs": 2, "improvements": 0, "tasks": 0}


def test_an_answer_is_committed_before_the_improver_sees_it(double, new_run, runner):
    run = new_run()
    seen = []

    class Watching(ScriptedModel):
        async def answer(self, query):
            seen.append(
                [
                    seen_by_another(run.ledger, f"SELECT count(*) FROM {table}")[0][0]
                    for table in ("calls", "answers", "scores")
                ]
            )
            return await super().answer(query)

    run.models = (RunModel(Watching(["one", "two"])),)
    improver = Program("""
def improve_algorithm(initial_solution, utility, language_model):
    a = language_model.prompt("", "x")[0]
    utility(initial_solution)
    return a + language_model.prompt("", a)[0]
""")

    async def work():
        task = await run.prepare(double)
        return await improve(run, improver, task, task.start, task.draw("search", b"s" * 16), HERE)

    assert runner(work()).program.text == "onetwo"
    assert seen == [[1, 0, 0], [2, 1, 1]], (
        "the call before it is made; answer and score before the next question"
    )


def test_the_tables_of_a_run_agree_with_each_other(double, new_run, runner):
    run = new_run(OfflineModel(), budget=Budget(calls=2, samples=2))
    recurse(run, double, runner)
    programs = {row[0] for row in run.ledger.rows("programs")}
    calls = {row[0]: row for row in run.ledger.rows("calls")}
    prompts = {row[0] for row in run.ledger.rows("prompts")}
    answers = run.ledger.rows("answers")
    assert calls
    assert sum(row[3] for row in calls.values()) == len(answers)
    assert {row[1] for row in answers} <= set(calls)
    assert {row[2] for row in answers} == prompts
    assert {row[2] for row in run.ledger.rows("scores")} <= programs
    improvements = run.ledger.rows("improvements")
    assert {
        fingerprint for row in improvements for fingerprint in (row[1], row[3], row[4]) if fingerprint
    } <= programs
    assert sum(row[11] for row in improvements) == len(calls) == run.meter.spent.calls
    assert run.ledger.spent().to_json() == run.meter.spent.to_json()
    assert len(run.ledger.rows("iterations")) == 2
    for table in TABLES:
        names = [row[1] for row in run.ledger._file.execute(f"PRAGMA table_info({table})")]
        left_out = {"number", "most_tokens", "most_cost"}
        kept = [name for name in names if not name.endswith(("_s", "_at")) and name not in left_out]
        assert all(len(row) == len(kept) for row in run.ledger.rows(table))


def recurse(run, task, runner, iterations=1):
    async def work():
        meta = MetaTask((await run.prepare(task),), 2, find_improver("seed"), run.budget)
        async for each in stop(run, meta, iterations):
            run.ledger.add_program(each.improver)
            run.ledger.add_iteration(each.t, summary(each))

    runner(work())


def test_the_rows_are_the_same_whatever_the_number_of_jobs(double, new_run, runner):
    rows = {}
    for jobs in (1, 4):
        run = new_run(OfflineModel(), budget=Budget(calls=1, samples=3), jobs=jobs, seed=11)
        recurse(run, double, runner)
        rows[jobs] = {table: run.ledger.rows(table) for table in TABLES}
    assert rows[1] == rows[4]
    assert rows[1]["answers"]
    other = new_run(OfflineModel(), budget=Budget(calls=1, samples=3), seed=12)
    recurse(other, double, runner)
    assert {row[3] for row in other.ledger.rows("answers")}.isdisjoint({row[3] for row in rows[1]["answers"]})


def test_questions_of_threads_have_the_same_addresses_in_any_order(double, new_run, runner):
    improver = Program("""
import threading
def improve_algorithm(initial_solution, utility, language_model):
    threads = [threading.Thread(target=language_model.prompt, args=("", f"{i % 3}", 2)) for i in range(9)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return initial_solution
""")
    rows = []
    for jobs in (1, 2):
        run = new_run(
            ScriptedModel(lambda query: f"{query.seed}"), budget=Budget(calls=9, samples=2), jobs=jobs
        )

        async def work(run=run):
            task = await run.prepare(double)
            return await improve(run, improver, task, task.start, task.draw("search", b"s" * 16), HERE)

        assert runner(work()).outcome.status == "ok"
        rows.append([run.ledger.rows(table) for table in ("calls", "answers")])
    assert rows[0] == rows[1]
    assert len({row[3] for row in rows[0][1]}) == 18


def test_the_seed_of_the_run_is_in_no_row_but_the_facts(double, new_run, runner):
    seed = 0x123456789ABCDEF0FEDCBA9876543210
    run = new_run(OfflineModel(), budget=Budget(calls=1, samples=1), seed=seed)
    recurse(run, double, runner)
    for table in TABLES:
        assert not any(str(seed) in str(value) for row in run.ledger.rows(table) for value in row)


KILLED = """
import sys
from pathlib import Path
import selftaught
from selftaught import Budget, Options, Task
def told(kind, facts):
    if kind == "opened": print(facts["folder"], flush=True)
    if kind == "answer": print("answer", flush=True)
selftaught.stop(
    [Task.load(sys.argv[1])], iterations=50, repeats=2, told=told,
    options=Options(budget=Budget(calls=1, samples=2), seed=3, jobs=2, isolation=sys.argv[2], runs=Path(sys.argv[3])),
)
"""


def test_a_killed_run_leaves_a_whole_ledger_and_no_process(double, tmp_path, strongest):
    from processes import descendants, eventually, running

    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(double.folder), strongest, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        folder = Path(process.stdout.readline().strip())
        seen = sum(process.stdout.readline() == "answer\n" for _ in range(12))
        left = descendants(process.pid)
        os.kill(process.pid, signal.SIGKILL)
    assert seen == 12
    assert left
    assert eventually(lambda: not running(left)), running(left)
    ledger = Ledger(folder, new=False)
    try:
        assert ledger._file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert len(ledger.rows("answers")) >= 12, "an answer that was told is an answer that is kept"
        programs = {row[0] for row in ledger.rows("programs")}
        assert {row[2] for row in ledger.rows("scores")} <= programs
        assert {row[1] for row in ledger.rows("answers")} <= {row[0] for row in ledger.rows("calls")}
        assert {row[2] for row in ledger.rows("answers")} <= {row[0] for row in ledger.rows("prompts")}
    finally:
        ledger.close()
    if (folder / "summary.json").exists():
        assert json.loads((folder / "summary.json").read_text())["status"] == "running"


# --- what is kept -------------------------------------------------------------------------------------------------------


def test_facts_and_programs_come_back(ledger, tmp_path):
    wild = Program("half \ud800 a pair \0\n")
    for name, value in {"seed": 2**127 + 1, "list": [1, None, "a"], "float": 0.1}.items():
        ledger.state(name, value)
    ledger.add_program(Program(RIGHT))
    ledger.add_program(wild)
    again = Ledger(tmp_path / "run", new=False)
    try:
        assert (again.fact("seed"), again.fact("list"), again.fact("float")) == (
            2**127 + 1,
            [1, None, "a"],
            0.1,
        )
        assert again.fact("nothing") is None
        assert again.program(Program(RIGHT).fingerprint).text == RIGHT
        assert "half" in again.program(wild.fingerprint).text
        with pytest.raises(LedgerError, match="no program ffff"):
            again.program("ffff")
    finally:
        again.close()


def test_the_first_at_an_address_stays(ledger):
    ledger.add_call(HERE, "m", "prompt", 1, 0.7, None)
    for text in ("first", "second"):
        ledger.add_answer(
            HERE / "a" / 0, HERE, Query((Message("user", "u"),), 0.7, None, 1), Answer(text), 0.0
        )
        ledger.add_score(HERE / "x", "t", Program("x"), [Evaluation(0.5, cause=text)])
    assert [row[6] for row in ledger.rows("answers")] == ["first"]
    assert seen_by_another(ledger, "SELECT count(*) FROM answer_texts") == [(1,)], "nor is its text kept"
    assert "first" in ledger.rows("scores")[0][5]


def test_an_iteration_is_kept_and_known_again_until_it_comes_to_something_else(ledger):
    assert [ledger.add_iteration(1, {"test": test}) for test in (None, None, 0.5, 0.5)] == [
        True,
        False,
        True,
        False,
    ]
    assert ledger.iterations() == [{"test": 0.5}]


def test_an_answer_to_a_call_that_was_not_noted_is_never_dropped_in_silence(ledger):
    with pytest.raises(LedgerError, match="cannot be written"):
        ledger.add_answer(
            HERE / "a" / 0, HERE, Query((Message("user", "u"),), 0.7, None, 1), Answer("paid for"), 0.0
        )


def test_answers_and_scores_are_found_at_their_addresses(ledger):
    for place in (HERE, HERE / "b", Address(("here-too",)), Address(("her",))):
        call = place / "model" / "k" / 0
        ledger.add_call(call, "m", "prompt", 2, 0.7, None)
        for sample in (1, 0):
            ledger.add_answer(
                call / "p" / sample,
                call,
                Query((Message("user", "u"),), 0.7, None, 1),
                Answer(f"{place} {sample}"),
                0.0,
            )
        ledger.add_score(
            place / "utility" / "f", "t", Program(str(place)), [Evaluation(0.25)], limited=place == HERE
        )
    assert ledger.answer(HERE / "model" / "k" / 0 / "p" / 1).text == "here 1"
    assert ledger.answer(HERE / "model" / "k" / 0 / "p" / 2) is None
    assert ledger.answered()[:2] == ["here/model/k/0/p/1", "here/model/k/0/p/0"], (
        "in the order in which they came"
    )
    assert [row[0] for row in ledger.rows("answers")] == sorted(ledger.answered())
    assert ledger.answers_to(HERE / "model") == [(f"here/model/k/0/p/{sample}", "p") for sample in (0, 1)]
    assert ledger.scored(HERE / "utility") == ["f"]
    assert ledger.evaluations(HERE / "b" / "utility" / "f") == (Evaluation(0.25),)
    assert ledger.evaluations(HERE / "utility" / "f") is None, "a limit had been met"
    limited = [
        place
        for place in ("here", "here-too", "her", "here/b", "here/utility")
        if ledger.limited_below(Address((place,)))
    ]
    assert limited == ["here", "here/utility"]


def test_evaluations_come_back_as_they_were_and_what_is_said_again_is_kept_once(ledger):
    said = "half \ud800 of a cause, " * 10
    evaluations = [
        Evaluation(0.5), Evaluation(0.0, "error", said), Evaluation(0.5), Evaluation(0.0, "error", said),
        Evaluation(1.0, raw=2.5), Evaluation(1.0, raw=2.5, feedback=said), Evaluation(0.0, "error", said + "!"),
        Evaluation(1.0, feedback=said), Evaluation(1.0, raw=2.5), Evaluation(0.5, cpu_s=0.0021),
    ]  # fmt: skip
    for number, some in enumerate((evaluations, [], evaluations[:1])):
        ledger.add_score(HERE / number, "t", Program("x"), some)
        assert ledger.evaluations(HERE / number) == tuple(some)
    ((packed,),) = seen_by_another(ledger, "SELECT evaluations FROM scores WHERE address = 'here/0'")
    assert packed.count(json.dumps(said)[1:-1]) == 4


def test_unknown_tokens_make_the_sum_unknown_and_never_nothing(ledger):
    ledger.add_call(HERE, "m", "prompt", 2, 0.7, None)
    ledger.add_answer(
        HERE / 1,
        HERE,
        Query((Message("user", "u"),), 0.7, None, 1),
        Answer("a", tokens_in=5, tokens_out=7, requests=1),
        0.0,
    )
    assert (ledger.spent().tokens_in, ledger.spent().tokens_out, ledger.spent().requests) == (5, 7, 1)
    ledger.add_answer(
        HERE / 2,
        HERE,
        Query((Message("user", "u"),), 0.7, None, 1),
        Answer("a", tokens_in=5, requests=2),
        0.0,
    )
    assert (ledger.spent().tokens_in, ledger.spent().tokens_out, ledger.spent().requests) == (10, None, 3)


def test_an_improvement_is_kept_with_its_programs_and_its_cause(ledger):
    from selftaught.budget import Spent

    outcome = Outcome("error", error="ValueError: x", traceback="File", output="printed" * 1000)
    ledger.add_improvement(HERE, Program("i"), "t", Program("s"), None, outcome, Spent(calls=2, samples=3), 4)
    ((*_, result, _, _, status, cause, story, output, calls, samples, scores),) = ledger.rows("improvements")
    assert (result, status, cause, story, calls, samples, scores) == (
        None,
        "error",
        "ValueError: x",
        "File",
        2,
        3,
        4,
    )
    assert len(output) == 4000
    assert len(ledger.rows("programs")) == 2


def test_what_cannot_be_opened_or_written_is_an_error_of_ours(tmp_path):
    with pytest.raises(LedgerError, match=r"there is no ledger\.sqlite in it: not a run's folder"):
        Ledger(tmp_path / "nothing", new=False)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "ledger.sqlite").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(LedgerError, match="cannot be opened"):
        Ledger(tmp_path / "bad", new=False)
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="cannot be opened"):
        Ledger(tmp_path / "file" / "run")
    old = Ledger(tmp_path / "old")
    old.state("schema", 0)
    old.close()
    with pytest.raises(LedgerError, match=r"written by another version \(schema 0, not 4\)"):
        Ledger(tmp_path / "old", new=False)


def test_writing_to_a_closed_ledger_is_an_error_of_ours(tmp_path):
    ledger = Ledger(tmp_path / "run")
    ledger.close()
    with pytest.raises(LedgerError, match="cannot be written"):
        ledger.add_event(HERE, "kind", "words")
