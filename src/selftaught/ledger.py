"""Everything that happened in a run, in SQLite, written before anyone is told.

One file, ``ledger.sqlite``, in WAL mode with ``synchronous=NORMAL``: a killed process loses nothing that was
committed. Rows have addresses (:mod:`selftaught.address`); columns whose names end in ``_s`` or ``_at`` are times,
and the only ones that differ between two runs of the same seed with a deterministic model.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from selftaught.address import Address
from selftaught.budget import Spent
from selftaught.errors import LedgerError
from selftaught.jail.cell import Outcome
from selftaught.models import Answer, Message
from selftaught.program import Program
from selftaught.task import Evaluation

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE programs (fingerprint TEXT PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE prompts (fingerprint TEXT PRIMARY KEY, messages TEXT NOT NULL);
CREATE TABLE improvements (
    address TEXT PRIMARY KEY, improver TEXT NOT NULL, task TEXT NOT NULL, start TEXT NOT NULL,
    result TEXT, status TEXT NOT NULL, cause TEXT NOT NULL, traceback TEXT NOT NULL, output TEXT NOT NULL,
    calls INTEGER NOT NULL, samples INTEGER NOT NULL, scores INTEGER NOT NULL,
    cpu_s REAL NOT NULL, wall_s REAL NOT NULL, ended_at REAL NOT NULL
);
CREATE TABLE scores (
    address TEXT PRIMARY KEY, task TEXT NOT NULL, program TEXT NOT NULL, mean REAL NOT NULL, n INTEGER NOT NULL,
    evaluations TEXT NOT NULL, cpu_s REAL NOT NULL, ended_at REAL NOT NULL
);
CREATE TABLE calls (
    address TEXT PRIMARY KEY, model TEXT NOT NULL, kind TEXT NOT NULL, samples INTEGER NOT NULL,
    temperature REAL NOT NULL, answer_tokens INTEGER, began_at REAL NOT NULL
);
CREATE TABLE answers (
    address TEXT PRIMARY KEY, call TEXT NOT NULL, prompt TEXT NOT NULL, seed INTEGER NOT NULL,
    outcome TEXT NOT NULL, cause TEXT NOT NULL, text TEXT NOT NULL,
    tokens_in INTEGER, tokens_out INTEGER, requests INTEGER NOT NULL, took_s REAL NOT NULL, ended_at REAL NOT NULL
);
CREATE TABLE events (
    number INTEGER PRIMARY KEY, address TEXT NOT NULL, kind TEXT NOT NULL, words TEXT NOT NULL,
    happened_at REAL NOT NULL
);
CREATE TABLE iterations (t INTEGER PRIMARY KEY, summary TEXT NOT NULL);
"""


class Ledger:
    """One run's record. Every method commits before it returns; an old run's (``new=False``) is only read."""

    def __init__(self, folder: Path, *, new: bool = True) -> None:
        self.folder = folder
        self.path = folder / "ledger.sqlite"
        if not new and not self.path.is_file():
            raise LedgerError(f"{folder}: there is no ledger.sqlite in it: not a run's folder")
        try:
            if new:
                folder.mkdir(parents=True, exist_ok=True)
                self._file = sqlite3.connect(self.path, isolation_level=None)
                self._file.execute("PRAGMA journal_mode=WAL")
                self._file.execute("PRAGMA synchronous=NORMAL")
                self._file.executescript(_SCHEMA)
                self.state("schema", SCHEMA_VERSION)
                return
            self._file = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True)
            if self.fact("schema") != SCHEMA_VERSION:
                raise LedgerError(
                    f"{self.path}: written by another version (schema {self.fact('schema')}, not {SCHEMA_VERSION})"
                )
        except (sqlite3.Error, OSError) as problem:
            raise LedgerError(f"{folder}: the ledger cannot be opened: {problem}") from None

    def state(self, name: str, value: Any) -> None:
        """Keep a fact about the run: its seed, its options, its state."""
        self._write("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, json.dumps(value))

    def fact(self, name: str) -> Any:
        """A fact that was stated, or None."""
        row = self._file.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def add_program(self, program: Program) -> None:
        """Keep a program's text under its fingerprint."""
        self._write(
            "INSERT OR IGNORE INTO programs VALUES (?, ?)", program.fingerprint, _text(program.normal)
        )

    def program(self, fingerprint: str) -> Program:
        """The program of this fingerprint."""
        row = self._file.execute("SELECT text FROM programs WHERE fingerprint = ?", (fingerprint,)).fetchone()
        if row is None:
            raise LedgerError(f"{self.path}: no program {fingerprint}")
        return Program(row[0])

    def add_call(
        self,
        address: Address,
        model: str,
        kind: str,
        samples: int,
        temperature: float,
        answer_tokens: int | None,
    ) -> None:
        """Keep that a model is about to be asked for ``samples`` answers."""
        self._write(
            "INSERT OR IGNORE INTO calls VALUES (?, ?, ?, ?, ?, ?, ?)",
            str(address), model, kind, samples, temperature, answer_tokens, time.time(),
        )  # fmt: skip

    def add_answer(
        self,
        address: Address,
        call: Address,
        messages: Sequence[Message],
        seed: int,
        answer: Answer,
        took_s: float,
    ) -> None:
        """Keep an answer and what was asked."""
        asked = json.dumps([[message.role, message.content] for message in messages])
        prompt = blake2b(asked.encode(), digest_size=8).hexdigest()
        try:
            self._file.execute("BEGIN")
            self._file.execute("INSERT OR IGNORE INTO prompts VALUES (?, ?)", (prompt, asked))
            self._file.execute(
                "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    str(address), str(call), prompt, seed, answer.outcome, _text(answer.cause), _text(answer.text),
                    answer.tokens_in, answer.tokens_out, answer.requests, took_s, time.time(),
                ),
            )  # fmt: skip
            self._file.execute("COMMIT")
        except sqlite3.Error as problem:
            with suppress(sqlite3.Error):
                self._file.execute("ROLLBACK")
            raise LedgerError(f"{self.path}: cannot be written: {problem}") from None

    def add_score(
        self, address: Address, task: str, program: Program, evaluations: Sequence[Evaluation]
    ) -> None:
        """Keep what a program came to, instance by instance."""
        self.add_program(program)
        rows = [[e.value, e.status, _text(e.cause), e.raw, _text(e.feedback)] for e in evaluations]
        mean = sum(e.value for e in evaluations) / max(len(evaluations), 1)
        self._write(
            "INSERT OR IGNORE INTO scores VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            str(address), task, program.fingerprint, mean, len(evaluations), json.dumps(rows),
            sum(e.cpu_s for e in evaluations), time.time(),
        )  # fmt: skip

    def add_improvement(
        self, address: Address, improver: Program, task: str, start: Program, result: Program | None,
        outcome: Outcome, spent: Spent, scores: int,
    ) -> None:  # fmt: skip
        """Keep one use of an improver and what it returned."""
        for program in (improver, start, result):
            if program is not None:
                self.add_program(program)
        self._write(
            "INSERT OR IGNORE INTO improvements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            str(address), improver.fingerprint, task, start.fingerprint, result and result.fingerprint,
            outcome.status, _text(outcome.error), _text(outcome.traceback), _text(outcome.output[:4000]),
            spent.calls, spent.samples, scores, outcome.cpu_s, outcome.wall_s, time.time(),
        )  # fmt: skip

    def add_event(self, address: Address, kind: str, words: str) -> None:
        """Keep something worth knowing that is neither an answer nor a score."""
        self._write(
            "INSERT INTO events (address, kind, words, happened_at) VALUES (?, ?, ?, ?)",
            str(address), kind, _text(words), time.time(),
        )  # fmt: skip

    def add_iteration(self, t: int, summary: dict[str, Any]) -> None:
        """Keep what an iteration came to."""
        self._write("INSERT OR REPLACE INTO iterations VALUES (?, ?)", t, json.dumps(summary))

    def iterations(self) -> list[dict[str, Any]]:
        """What the iterations came to, in order."""
        return [json.loads(row[0]) for row in self._file.execute("SELECT summary FROM iterations ORDER BY t")]

    def spent(self) -> Spent:
        """What the run has spent on its models, from the record."""
        (calls,) = self._file.execute("SELECT count(*) FROM calls").fetchone()
        row = self._file.execute(
            "SELECT count(*), coalesce(sum(requests), 0), sum(tokens_in), sum(tokens_out),"
            " sum(tokens_in IS NULL), sum(tokens_out IS NULL) FROM answers"
        ).fetchone()
        answers, requests, tokens_in, tokens_out, unknown_in, unknown_out = row
        return Spent(
            calls,
            answers,
            requests,
            None if unknown_in else tokens_in or 0,
            None if unknown_out else tokens_out or 0,
        )

    def calls_at(self, address: Address) -> int:
        """How many calls of a model were made in the use of an improver at ``address``."""
        row = self._file.execute(
            "SELECT calls FROM improvements WHERE address = ?", (str(address),)
        ).fetchone()
        if row is None:
            raise LedgerError(f"{self.path}: no improvement at {address}")
        return int(row[0])

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """A table's rows by address, without their times: equal for two runs that did the same."""
        names = [row[1] for row in self._file.execute(f"PRAGMA table_info({table})")]
        kept = [name for name in names if not name.endswith(("_s", "_at")) and name != "number"]
        return sorted(self._file.execute(f"SELECT {', '.join(kept)} FROM {table}").fetchall(), key=repr)

    def close(self) -> None:
        """Fold the log into the file and let go of it."""
        with suppress(sqlite3.Error):
            self._file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._file.close()

    def _write(self, statement: str, *values: Any) -> None:
        try:
            self._file.execute(statement, values)
        except sqlite3.Error as problem:
            raise LedgerError(f"{self.path}: cannot be written: {problem}") from None


def _text(text: str) -> str:
    """Text as SQLite can keep it: lone surrogates, which UTF-8 has no form for, become their escapes."""
    return text.encode("utf-8", "backslashreplace").decode()
