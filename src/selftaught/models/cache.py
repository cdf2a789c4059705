"""A cache of answers that runs share: off unless asked for, since independent samples are what statistics need.

An answer is found again by the model's name, the parameters, the messages and the sample's number: the third time
that a run asks the same question it has the third answer that any run was given to it. So no answer is given twice
in one run, and two runs with the cache are not independent of each other.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

from selftaught.errors import InputError
from selftaught.models import Answer, LanguageModel, Query

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers_1 (
    question BLOB NOT NULL, sample INTEGER NOT NULL, outcome TEXT NOT NULL, cause TEXT NOT NULL, text BLOB NOT NULL,
    PRIMARY KEY (question, sample)
) WITHOUT ROWID
"""


class Cache:
    """Answers in one SQLite file, which any number of processes may use at once.

    Raises
    ------
    InputError
        if the file cannot be opened, or is something else
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(path, isolation_level=None, timeout=60)
            self._file.execute("PRAGMA journal_mode=WAL")
            self._file.execute(_SCHEMA)
        except (sqlite3.Error, OSError) as problem:
            raise InputError(f"--cache {path} cannot be used: {problem}: name another file") from None

    def take(self, question: bytes, sample: int) -> Answer | None:
        """The answer kept as this sample of a question."""
        row = self._file.execute(
            "SELECT text, outcome, cause FROM answers_1 WHERE question = ? AND sample = ?", (question, sample)
        ).fetchone()
        if row is None:
            return None
        text, outcome, cause = row
        return Answer(text.decode("utf-8", "surrogatepass"), outcome, cause, 0, 0, cost=0.0, cached=True)

    def keep(self, question: bytes, sample: int, answer: Answer) -> None:
        """Keep an answer; the first that was kept stays. What cannot be written is not kept: the ledger has it."""
        text = answer.text.encode("utf-8", "surrogatepass")
        with suppress(sqlite3.Error):
            self._file.execute(
                "INSERT OR IGNORE INTO answers_1 VALUES (?, ?, ?, ?, ?)",
                (question, sample, answer.outcome, answer.cause, text),
            )

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class CachedModel:
    """A model whose answers are looked for in a cache before it is asked.

    ``before`` are the addresses of what the run asked this model until now.
    """

    def __init__(self, model: LanguageModel, cache: Cache, before: Sequence[str] = ()) -> None:
        self.name, self.concurrency = model.name, model.concurrency
        self._model, self._cache = model, cache
        self._asked = Counter(address.split("/")[-2] for address in before)

    @property
    def most_answer_tokens(self) -> int | None:
        """The model's own."""
        return self._model.most_answer_tokens

    async def answer(self, query: Query) -> Answer:
        """An answer from the cache, or else the model's, which is then kept unless there was none."""
        name = query.address.split("/")[-2]
        sample = self._asked[name]
        self._asked[name] += 1
        asked = [
            self.name,
            query.temperature,
            query.answer_tokens,
            [[m.role, m.content] for m in query.messages],
        ]
        question = blake2b(json.dumps(asked).encode(), digest_size=16).digest()
        if (found := self._cache.take(question, sample)) is not None:
            return found
        answer = await self._model.answer(query)
        if answer.outcome != "failed":
            from selftaught.keys import without_keys

            kept = replace(answer, text=without_keys(answer.text), cause=without_keys(answer.cause))
            self._cache.keep(question, sample, kept)
        return answer

    async def close(self) -> None:
        """Close the model and the file."""
        await self._model.close()
        self._cache.close()
