"""A cache of answers that runs share: by question and sample's number, off unless asked for."""

import asyncio
import sqlite3

import pytest
from models_for_tests import ScriptedModel

from selftaught.errors import InputError
from selftaught.models import Answer, Message, Query
from selftaught.models.cache import Cache, CachedModel


def ask(model, text, times=1, *, temperature=0.7, answer_tokens=None, key="k"):
    """The answers to one question, asked so many times."""
    query = Query((Message("user", text),), temperature, answer_tokens, 1, f"here/{key}/0")

    async def work():
        return [await model.answer(query) for _ in range(times)]

    return asyncio.run(work())


@pytest.fixture
def opened(tmp_path):
    """Opens the cache for one run after another: a model that counts, and the cached one."""

    def opened(answer=None, name="scripted", before=()):
        count = iter(range(1000))
        asked = ScriptedModel(lambda query: answer or f"answer {next(count)}")
        asked.name = name
        return asked, CachedModel(asked, Cache(tmp_path / "folder" / "cache.sqlite"), before)

    return opened


def test_no_answer_is_given_twice_in_one_run(opened):
    _, model = opened()
    assert [each.text for each in ask(model, "x", 3)] == ["answer 0", "answer 1", "answer 2"]


def test_another_run_has_the_same_samples_in_order_and_asks_for_more(opened):
    ask(opened()[1], "x", 2)
    asked, model = opened()
    answers = ask(model, "x", 3)
    assert [each.text for each in answers] == ["answer 0", "answer 1", "answer 0"]
    assert [each.cached for each in answers] == [True, True, False]
    assert len(asked.queries) == 1
    assert [(each.requests, each.cost) for each in answers[:2]] == [(0, 0.0)] * 2


@pytest.mark.parametrize(
    "other",
    [{"text": "y"}, {"temperature": 0.8}, {"answer_tokens": 5}, {"name": "another"}],
)
def test_another_question_is_another(opened, other):
    ask(opened()[1], "x")
    asked, model = opened(name=other.pop("name", "scripted"))
    ask(model, other.pop("text", "x"), **other)
    assert len(asked.queries) == 1


def test_a_run_that_goes_on_begins_where_it_was(opened):
    ask(opened()[1], "x", 3)
    asked, model = opened(before=["a/k/0", "b/k/0", "c/other/0"])
    assert [each.text for each in ask(model, "x")] == ["answer 2"]
    assert not asked.queries


def test_a_failure_is_not_kept_and_a_refusal_is(opened):
    ask(opened(Answer("", "failed", "503"))[1], "x")
    asked, model = opened(Answer("", "refused", "no"))
    assert ask(model, "x")[0].outcome == "refused"
    assert len(asked.queries) == 1
    assert ask(opened()[1], "x")[0].outcome == "refused"


def test_keys_do_not_reach_it(opened, monkeypatch, tmp_path):
    monkeypatch.setenv("SELFTAUGHT_API_KEY", "sk-secret-of-mine")
    ask(opened(Answer("echo: sk-secret-of-mine"))[1], "x")
    content = b"".join(path.read_bytes() for path in (tmp_path / "folder").iterdir())
    assert b"echo: " in content
    assert b"sk-secret-of-mine" not in content


def test_what_is_no_cache_is_told(tmp_path):
    (tmp_path / "file").write_text("no database " * 100)
    with pytest.raises(InputError, match=r"--cache .*file cannot be used: .*: name another file"):
        Cache(tmp_path / "file")


def test_a_full_disk_ends_nothing(opened):
    _, model = opened()
    pages = model._cache._file.execute("PRAGMA page_count").fetchone()[0]
    model._cache._file.execute(f"PRAGMA max_page_count = {pages}")
    assert len(ask(model, "x" * 100_000, 3)) == 3
    assert len(ask(opened(Answer("y" * 100_000))[1], "z", 3)) == 3


def test_two_processes_may_use_it(opened, tmp_path):
    _, model = opened()
    ask(model, "x")
    other = sqlite3.connect(tmp_path / "folder" / "cache.sqlite", timeout=0)
    assert other.execute("SELECT count(*) FROM answers_1").fetchone() == (1,)
    other.close()
