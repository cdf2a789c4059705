"""The words of an earlier run: the same rows by address, by content where the address is new, and what is lacking."""

import dataclasses
import re
import sqlite3
from collections import Counter

import pytest
from small_tasks import SCORE

import selftaught
from selftaught import Budget, Options, Task, api
from selftaught.errors import ModelError, ModelLost
from selftaught.ledger import Ledger
from selftaught.models import Message, Query
from selftaught.models.finding import find_model
from selftaught.models.recording import Recording, find_recording

WHAT_HAPPENED = (
    "programs", "prompts", "improvements", "scores", "calls", "answers", "events", "iterations", "tasks",
)  # fmt: skip


def rows(path):
    ledger = Ledger(path, new=False)
    try:
        return {table: ledger.rows(table) for table in WHAT_HAPPENED}
    finally:
        ledger.close()


@pytest.fixture(scope="module")
def options(tmp_path_factory, strongest):
    runs = tmp_path_factory.mktemp("runs")
    return Options(budget=Budget(calls=1, samples=2), seed=7, jobs=2, isolation=strongest, runs=runs)


@pytest.fixture(scope="module")
def first(double, options):
    return selftaught.stop([double], iterations=1, repeats=2, options=options)


@pytest.fixture
def replay(double, options, tmp_path):
    def replay(name, task=double, **changed):
        runs = tmp_path / "replays"
        again = dataclasses.replace(options, model=f"recording:{name}", runs=runs, **changed)
        try:
            stopped = selftaught.stop([task], iterations=1, repeats=2, options=again)
        except ModelLost as lost:
            return next(runs.iterdir()), str(lost)
        return stopped.folder, stopped.summary

    return replay


@pytest.mark.parametrize("named", ["folder", "file"])
def test_a_replay_with_the_runs_options_gives_the_same_rows(replay, first, named, tmp_path):
    api.export(first.folder, tmp_path / "a file.sqlite")
    folder, summary = replay(
        {"folder": first.folder, "file": tmp_path / "a file.sqlite"}[named], seed=None, jobs=1
    )
    assert rows(folder) == rows(first.folder)
    assert rows(first.folder)["answers"]
    assert summary["model"] == f"recording:{first.folder.name}"
    assert summary["seed"] == 7, "the recording's, unless another is given"
    assert summary["iterations"] == first.summary["iterations"]


def test_a_recording_is_found_by_its_id(runner, first, options):
    model = find_model(f"recording:{first.folder.name}", options.runs)
    assert model.name == "offline"
    recording = find_recording(first.folder.name, options.runs)
    assert (recording.label, recording.names) == (f"recording:{first.folder.name}", ["offline"])
    recording.close()
    runner(model.close())


def test_the_programs_of_a_replay_are_really_run_and_scored(replay, first, write_task, double):
    """A scorer that has changed meanwhile, in a way that no prompt shows, scores the same words otherwise."""
    description = double.described().split("\n\nA score is")[0]
    changed = SCORE.replace("return max(0.0, 1 -", "return 0.5 * max(0.0, 1 -")
    assert changed != SCORE
    folder, _ = replay(first.folder, Task.load(write_task(score=changed, description=description)))
    now, then = rows(folder), rows(first.folder)
    scored = {row[0]: row[3] for row in then["scores"]}
    both = [(row[3], scored[row[0]]) for row in now["scores"] if row[0] in scored and row[1] == "double"]
    assert len(both) >= 5
    assert any(old > 0 for _, old in both)
    assert all(new == pytest.approx(old / 2) for new, old in both)


def query_of(ledger, address):
    """What was asked at an address."""
    import json

    prompt, seed = ledger.execute("SELECT prompt, seed FROM answers WHERE address = ?", [address]).fetchone()
    (asked,) = ledger.execute("SELECT messages FROM prompts WHERE fingerprint = ?", [prompt]).fetchone()
    return Query(tuple(Message(*each) for each in json.loads(asked)), 0.7, None, seed, address)


@pytest.fixture
def one_prompt(first):
    """The answers to one question of a recording, in order, and what was asked for the first."""
    with sqlite3.connect(first.folder / "ledger.sqlite") as file:
        answers = file.execute("SELECT address, text FROM answers ORDER BY number").fetchall()
        keys = Counter(address.split("/")[-2] for address, _ in answers)
        key = keys.most_common(1)[0][0]
        found = [row for row in answers if row[0].split("/")[-2] == key]
        return found, query_of(file, found[0][0])


def ask_all(runner, model, queries):
    async def asked():
        return [(await model.answer(query)).text for query in queries]

    return runner(asked())


def test_where_an_address_is_missing_the_same_question_is_answered_in_order_and_never_twice(
    runner, first, one_prompt
):
    found, query = one_prompt
    assert len(found) >= 3
    model = Recording(first.folder).model("offline")
    elsewhere = [dataclasses.replace(query, address=f"elsewhere/{i}") for i in range(len(found))]
    own = dataclasses.replace(query, address=found[1][0])
    texts = ask_all(runner, model, [own, *elsewhere[:-1]])
    assert texts == [found[1][1], *(text for address, text in found if address != found[1][0])]
    with pytest.raises(ModelLost) as lost:
        ask_all(runner, model, elsewhere[-1:])
    words = str(lost.value)
    assert "\n" not in words
    assert f"asked at {elsewhere[-1].address}" in words
    assert "begins 'Here is a Python program to improve:" in words
    assert words.startswith(f"recording:{first.folder.name} lacks an answer")
    runner(model.close())


@pytest.mark.parametrize("change", [{"temperature": 0.9}, {"answer_tokens": 5}])
def test_another_question_is_not_answered(runner, first, one_prompt, change):
    model = Recording(first.folder).model("offline")
    with pytest.raises(ModelLost):
        ask_all(runner, model, [dataclasses.replace(one_prompt[1], address="", **change)])
    runner(model.close())


def test_a_replay_that_lacks_an_answer_ends_in_order_with_what_there_is(replay, first, tmp_path):
    file = tmp_path / "part.sqlite"
    api.export(first.folder, file)
    with sqlite3.connect(file) as part:
        calls = "SELECT number FROM calls WHERE address LIKE 't1/%'"
        gone = part.execute(f"DELETE FROM answer_rows WHERE call IN ({calls})").rowcount
    part.close()
    assert gone
    folder, words = replay(file)
    assert re.search(r"lacks an answer .*, asked at t1/.*; what was answered is kept in ", words), words
    ledger = Ledger(folder, new=False)
    assert (ledger.fact("status"), len(ledger.iterations())) == ("interrupted", 1)
    ledger.close()
    assert (folder / "improvers" / "I0.py").is_file()


def test_a_replay_that_was_cut_off_does_not_give_an_answer_twice(runner, first, one_prompt):
    found, query = one_prompt
    recording = Recording(first.folder)
    model = recording.model("offline")
    recording.gave(dict.fromkeys([found[1][0], f"elsewhere/{found[0][0].split('/')[-2]}/0"], "offline"))
    left = [text for address, text in found if address not in (found[0][0], found[1][0])]
    queries = [dataclasses.replace(query, address=f"here/{i}") for i in range(len(left))]
    assert ask_all(runner, model, queries) == left
    runner(model.close())


OLD_TABLES = """
CREATE TABLE old_calls (
    address TEXT PRIMARY KEY, model TEXT NOT NULL, kind TEXT NOT NULL, samples INTEGER NOT NULL,
    temperature REAL NOT NULL, answer_tokens INTEGER, began_at REAL NOT NULL
);
INSERT INTO old_calls SELECT address, model, kind, samples, temperature, answer_tokens, began_at FROM calls;
CREATE TABLE old_answers (
    address TEXT PRIMARY KEY, call TEXT NOT NULL, prompt TEXT NOT NULL, seed INTEGER NOT NULL,
    outcome TEXT NOT NULL, cause TEXT NOT NULL, text TEXT NOT NULL,
    tokens_in INTEGER, tokens_out INTEGER, requests INTEGER NOT NULL, took_s REAL NOT NULL, ended_at REAL NOT NULL
);
INSERT INTO old_answers SELECT address, call, prompt, seed, outcome, cause, text, tokens_in, tokens_out, requests,
    took_s, ended_at FROM answers ORDER BY number;
CREATE TABLE old_scores (
    address TEXT PRIMARY KEY, task TEXT NOT NULL, program TEXT NOT NULL, mean REAL NOT NULL, n INTEGER NOT NULL,
    evaluations TEXT NOT NULL, limited INTEGER NOT NULL, cpu_s REAL NOT NULL, ended_at REAL NOT NULL
);
INSERT INTO old_scores SELECT * FROM scores;
DROP VIEW answers; DROP VIEW scores;
DROP TABLE calls; DROP TABLE answer_rows; DROP TABLE answer_texts; DROP TABLE score_rows; DROP TABLE places;
ALTER TABLE old_calls RENAME TO calls;
ALTER TABLE old_answers RENAME TO answers;
ALTER TABLE old_scores RENAME TO scores;
"""


@pytest.mark.parametrize("schema", [1, 2])
def test_a_recording_of_an_older_schema_is_read(replay, runner, first, one_prompt, tmp_path, schema):
    file = tmp_path / "old.sqlite"
    api.export(first.folder, file)
    with sqlite3.connect(file) as old:
        old.executescript(OLD_TABLES)
        old.execute("UPDATE facts SET value = ? WHERE name = 'schema'", (str(schema),))
        for table in ("sittings", "tasks") if schema == 1 else ():
            old.execute(f"DROP TABLE {table}")
    old.close()
    model = Recording(file).model("offline")
    assert ask_all(runner, model, [one_prompt[1]]) == [one_prompt[0][0][1]]
    runner(model.close())
    ledger = Ledger(file, new=False)
    assert ledger.spent().to_json() == {**first.summary["spent"], "cost": None}, "which nobody noted then"
    ledger.close()
    folder, _ = replay(file)
    now, then = rows(folder)["answers"], rows(first.folder)["answers"]
    costs = {row[9] for row in now}, {row[9] for row in then}
    assert costs == ({None}, {0.0}), "unknown, not nothing"
    assert [row[:9] + row[10:] for row in now] == [row[:9] + row[10:] for row in then]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere", "there is no such run, folder or exported file: the latest is"),
        ("text", "cannot be opened"),
    ],
)
def test_what_is_no_recording_is_told_in_a_line(first, options, tmp_path, name, words):
    (tmp_path / "text").write_text("no database" * 100)
    with pytest.raises(ModelError, match=words) as told:
        find_model(f"recording:{tmp_path / name}", options.runs)
    assert "\n" not in str(told.value)


# --- the file ----------------------------------------------------------------------------------------------------


def test_an_export_is_one_whole_file_that_says_nothing_of_this_machine(first, tmp_path, double):
    file = tmp_path / "out" / "run.sqlite"
    file.parent.mkdir()
    told = api.export(first.folder, file)
    assert [path.name for path in file.parent.iterdir()] == ["run.sqlite"]
    assert (told["bytes"], told["run"]) == (file.stat().st_size, first.folder.name)
    assert rows(file) == rows(first.folder)
    with sqlite3.connect(file) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert copy.execute("SELECT text FROM tasks WHERE file = 'score.py'").fetchone() == (SCORE,)
        (given,) = copy.execute("SELECT count(*) FROM facts WHERE name = 'given'").fetchone()
    copy.close()
    assert given == 0
    everything = file.read_bytes()
    for path in (double.folder, tmp_path, first.folder.parent):
        assert str(path).encode() not in everything
    assert str(double.folder).encode() in (first.folder / "ledger.sqlite").read_bytes(), (
        "or this tests nothing"
    )
