"""`selftaught demo`: the recording that comes with the package is replayed as it was recorded."""

import re
import shlex
import sqlite3

from selftaught import api
from selftaught.demonstration import demonstration
from selftaught.ledger import SCHEMA_VERSION, Ledger
from selftaught.task import Task


def test_the_demo_comes_to_what_was_recorded_and_says_what_it_is(selftaught):
    ended = selftaught("demo", "--json")
    assert ended.code == 0, ended.err
    shown = ended.json
    assert shown["as_recorded"] is True
    assert shown["status"] == "done"
    assert len(shown["iterations"]) >= 3, "two iterations or more"
    assert (
        "composed one at a time by a language-model assistant that was given only the prompt"
        in shown["label"]
    )
    assert "no rate or comparison is inferred" in shown["label"]
    assert shown["spent"]["samples"] >= 20
    again = selftaught("demo")
    assert again.code == 0, again.err
    assert shown["label"] in " ".join(again.out.split())
    assert "every score is the one that was recorded" in again.out
    _check_that_no_idea_is_cut_within_a_word(again.out)
    (line,) = [line for line in again.out.splitlines() if line.startswith("folder ")]
    assert line.endswith("was made by this replay: a run's folder like any other, yours to delete")
    assert (selftaught.folder / line.split()[1] / "ledger.sqlite").is_file()
    (line,) = [line for line in again.out.splitlines() if line.startswith("by hand ")]
    by_hand = selftaught(*shlex.split(line)[3:], "--json")
    assert by_hand.json["iterations"] == shown["iterations"], by_hand.err


def _check_that_no_idea_is_cut_within_a_word(shown):
    cut = [words[-2] for text in shown.split("\n\n") if (words := text.split())[-1:] == ["..."]]
    ledger = Ledger(demonstration().path, new=False)
    words = {word for address in ledger.answered() for word in ledger.answer(address).text.split()}
    ledger.close()
    assert cut, "or this tests nothing"
    assert set(cut) <= words


def test_the_recording_is_of_this_version_and_of_the_task_as_it_is():
    """Another text in a prompt, and the replay would lack its answers: record it anew."""
    plan = demonstration()
    ledger = Ledger(plan.path, new=False)
    assert ledger.fact("schema") == SCHEMA_VERSION
    for name, files in ledger.tasks().items():
        assert api.texts_of(Task.find(name)) == files
    assert plan.improver == api.find_improver("seed")
    ledger.close()


def test_the_recording_tells_nothing_of_the_machine_that_it_was_made_on():
    plan = demonstration()
    with sqlite3.connect(plan.path) as file:
        assert file.execute("SELECT count(*) FROM facts WHERE name = 'given'").fetchone() == (0,)
    content = plan.path.read_bytes()
    absolute = re.compile(rb"(?<![\w.:/<)\]])/[A-Za-z]\w*/[\w.-]+")
    assert absolute.search(b'"folder": "/home/me/runs"'), "or this tests nothing"
    assert absolute.findall(content) == []
    assert b"sk-" not in content


def test_each_answer_is_of_one_request_and_none_failed():
    ledger = Ledger(demonstration().path, new=False)
    answers = [ledger.answer(address) for address in ledger.answered()]
    assert {(answer.outcome, answer.requests) for answer in answers} == {("ok", 1)}
    ledger.close()
