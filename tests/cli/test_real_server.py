"""A whole iteration of STOP by the real command against a server that nobody here wrote, and one full of quirks."""

import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from command_line import QUICK

sys.path.insert(0, str(Path(__file__).parents[1]))

from llama import NAME, Watch
from servers import ChatServer, completion

from selftaught.models.offline import rewrite

PATHS = {"chat": "/v1/chat/completions", "anthropic": "/v1/messages"}


def rows(folder, query):
    """What a run's ledger answers to a query."""
    with closing(sqlite3.connect(f"file:{folder / 'ledger.sqlite'}?mode=ro", uri=True)) as file:
        return file.execute(query).fetchall()


def text_of(document):
    """The text of an answer in either interface's form."""
    if "choices" in document:
        return document["choices"][0]["message"]["content"]
    return "".join(part["text"] for part in document["content"])


@pytest.mark.usefixtures("task")
@pytest.mark.parametrize("interface", PATHS)
def test_an_iteration_against_llama_cpp_is_done_and_its_books_are_the_servers(selftaught, llama, interface):
    read, written = llama.books()
    with Watch(llama.root) as watch:
        if interface == "chat":
            model, told = f"{watch.root}/v1#{NAME}", {"SELFTAUGHT_API_KEY": llama.key}
        else:
            model = f"anthropic:{NAME}"
            told = {"ANTHROPIC_API_KEY": llama.key, "ANTHROPIC_BASE_URL": watch.root}
        options = ("--task", "a_task", *QUICK, "--adopt", "always", "--model", model, "--json")
        ended = selftaught("run", *options, "--yes", **told)
    read, written = llama.books()[0] - read, llama.books()[1] - written
    assert ended.code == 0, ended.err
    assert ended.json["status"] == "done"
    folder = selftaught.folder / "runs" / ended.json["run"]

    # What was asked, answered, told and kept is the same on both sides.
    answers = rows(folder, "SELECT text, outcome, requests FROM answers")
    assert {(each.path, each.status) for each in watch.served} == {(PATHS[interface], 200)}
    assert {(outcome, requests) for _, outcome, requests in answers} == {("ok", 1)}
    assert Counter(text for text, _, _ in answers) == Counter(text_of(each.document) for each in watch.served)
    spent = ended.json["spent"]
    assert (spent["samples"], spent["requests"]) == (len(watch.served), len(watch.served))
    assert (spent["tokens_in"], spent["tokens_out"]) == (read, written)

    # Its programs did what programs do: an improver was proposed, asked the server itself, and was taken over.
    _, last = ended.json["iterations"]
    assert (last["adopted"], last["improver"]) == (True, last["proposed"])
    assert 'language_model.batch_prompt("", [' in (folder / ended.json["best"]).read_text()
    used = rows(folder, "SELECT DISTINCT improver, task, status, calls, samples FROM improvements")
    first = ended.json["iterations"][0]["improver"]
    assert {(first, "improving", "ok", 1, 2), (last["improver"], "a_task", "ok", 1, 2)} <= set(used)
    assert {status for _, _, status, _, _ in used} == {"ok"}
    assert rows(folder, "SELECT count(*) FROM scores WHERE mean <= 0") == [(0,)]
    assert llama.key.encode() not in (folder / "ledger.sqlite").read_bytes()


@pytest.mark.usefixtures("task")
def test_a_server_that_sends_more_answers_than_asked_and_miscounts(selftaught):
    """One answer is one answer; a count that one answer lacks is unknown in the sum, never zero."""
    counts = (
        {"prompt_tokens": 9, "completion_tokens": 5},
        {"prompt_tokens": "9", "completion_tokens": 5},
        None,
    )

    def reply(request, n):
        text = rewrite(request["messages"][1]["content"], 0.7, n)
        return completion(text, "another", "a third", usage=counts[n % 3])

    with ChatServer(reply) as server:
        options = ("--calls", "1", "--samples", "3", "--model", f"{server.url}#m", "--json")
        ended = selftaught("improve", "a_task", *options)
    assert ended.code == 0, ended.err
    spent = ended.json["spent"]
    assert (spent["calls"], spent["samples"], spent["requests"], server.count) == (1, 3, 3, 3)
    assert (spent["tokens_in"], spent["tokens_out"]) == (None, None)
