"""Everything that happened in a run, in SQLite, written before anyone is told.

One file, ``ledger.sqlite``, in WAL mode: a killed process loses nothing that was committed, and a machine that loses
its power loses nothing that was paid for (docs/design.md says how). Rows have addresses
(:mod:`selftaught.address`); columns whose names end in ``_s`` or ``_at`` are times, and the only ones that differ
between two runs of the same seed with a deterministic model. The table ``sittings`` is about times alone: the
processes that worked on the run, one after another, kept apart by a lock.

Whoever reads the file finds all that by the views ``answers`` and ``scores``. Behind them a long address is kept
once, by what many rows share of it (a call, a place), and answers' texts lie apart from their counts.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from selftaught.address import Address
from selftaught.budget import Spent
from selftaught.errors import InputError, LedgerError
from selftaught.jail.cell import Outcome
from selftaught.keys import without_keys
from selftaught.models import Answer, Query
from selftaught.program import Program
from selftaught.task import Evaluation

SCHEMA_VERSION = 4
READABLE = (1, 2, 3, 4)
"""Schemas that can be listed and replayed; only the newest can be written, and so resumed."""
_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tasks (
    task TEXT NOT NULL, file TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (task, file)
);
CREATE TABLE programs (fingerprint TEXT PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE prompts (fingerprint TEXT PRIMARY KEY, messages TEXT NOT NULL);
CREATE TABLE improvements (
    address TEXT PRIMARY KEY, improver TEXT NOT NULL, task TEXT NOT NULL, start TEXT NOT NULL,
    result TEXT, ending TEXT, limited INTEGER NOT NULL, status TEXT NOT NULL, cause TEXT NOT NULL,
    traceback TEXT NOT NULL, output TEXT NOT NULL,
    calls INTEGER NOT NULL, samples INTEGER NOT NULL, scores INTEGER NOT NULL,
    cpu_s REAL NOT NULL, wall_s REAL NOT NULL, ended_at REAL NOT NULL
);
CREATE TABLE places (number INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE);
CREATE TABLE score_rows (
    place INTEGER NOT NULL, part TEXT NOT NULL, task TEXT NOT NULL, program TEXT NOT NULL, mean REAL NOT NULL,
    n INTEGER NOT NULL, evaluations TEXT NOT NULL, limited INTEGER NOT NULL, cpu_s REAL NOT NULL,
    ended_at REAL NOT NULL, each_cpu_s TEXT NOT NULL, UNIQUE (place, part)
);
CREATE VIEW scores AS SELECT
    places.address || '/' || part AS address, task, program, mean, n, evaluations, limited, cpu_s, ended_at
    FROM score_rows LEFT JOIN places ON places.number = place;
CREATE TABLE calls (
    number INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE, model TEXT NOT NULL, kind TEXT NOT NULL,
    samples INTEGER NOT NULL, temperature REAL NOT NULL, answer_tokens INTEGER, most_tokens INTEGER NOT NULL,
    most_cost REAL NOT NULL, began_at REAL NOT NULL
);
CREATE TABLE answer_rows (
    number INTEGER PRIMARY KEY, call INTEGER NOT NULL, part TEXT NOT NULL, prompt TEXT NOT NULL,
    seed INTEGER NOT NULL, outcome TEXT NOT NULL, tokens_in INTEGER, tokens_out INTEGER, cost REAL,
    requests INTEGER NOT NULL, possibly_billed INTEGER NOT NULL, took_s REAL NOT NULL, ended_at REAL NOT NULL,
    UNIQUE (call, part)
);
CREATE TABLE answer_texts (number INTEGER PRIMARY KEY, cause TEXT NOT NULL, text TEXT NOT NULL);
CREATE VIEW answers AS SELECT
    calls.address || '/' || part AS address, calls.address AS call, prompt, seed, outcome, cause, text,
    tokens_in, tokens_out, cost, requests, possibly_billed, took_s, ended_at, answer_rows.number AS number
    FROM answer_rows LEFT JOIN calls ON calls.number = call
    LEFT JOIN answer_texts ON answer_texts.number = answer_rows.number;
CREATE TABLE events (
    number INTEGER PRIMARY KEY, address TEXT NOT NULL, kind TEXT NOT NULL, words TEXT NOT NULL,
    happened_at REAL NOT NULL
);
CREATE INDEX events_by_address ON events (address);
CREATE TABLE iterations (t INTEGER PRIMARY KEY, summary TEXT NOT NULL);
CREATE TABLE sittings (
    number INTEGER PRIMARY KEY, began_at REAL NOT NULL, ended_at REAL, status TEXT NOT NULL,
    jobs INTEGER NOT NULL, in_flight INTEGER NOT NULL, versions TEXT NOT NULL
);
"""
_COUNTED_TOKENS = "coalesce(tokens_in + tokens_out, most_tokens) + possibly_billed * most_tokens"
_COUNTED_COST = "coalesce(cost, most_cost) + possibly_billed * most_cost"
_ANSWERS = "answer_rows JOIN calls ON call = calls.number"
_OLD_ANSWERS = (
    "(SELECT *, NULL AS cost, 0 AS possibly_billed FROM answers)"
    " JOIN (SELECT *, 0 AS most_tokens, 0.0 AS most_cost FROM calls) AS calls ON call = calls.address"
)
_LOCK_TRIES = 20  # a tenth of a second apart at most: whoever lists runs holds a lock for a moment


_ABOUT_PROCESSES = ("status", "audit")  # facts that say how the run stands, not what was done in it

KEYS: dict[str, tuple[str, ...]] = {
    "facts": ("name",), "tasks": ("task", "file"), "programs": ("fingerprint",), "prompts": ("fingerprint",),
    "improvements": ("address",), "places": ("number",), "score_rows": ("place", "part"), "calls": ("number",),
    "answer_rows": ("number",), "answer_texts": ("number",), "events": ("number",), "iterations": ("t",),
    "sqlite_master": ("name",),
}  # fmt: skip
"""Each table whose rows are told to a :class:`Log`, and the columns that name a row of it."""


class Log(Protocol):
    """What is told of each change of the ledger before it takes effect (:mod:`selftaught.safety.audit`)."""

    def append(
        self, kind: str, of: str, rows: Sequence[tuple[Any, ...]] = (), said: Mapping[str, Any] | None = None
    ) -> None:
        """Keep that ``rows``, each a table and a key of it, are about to be as the ledger has them now."""
        ...

    def void(self) -> None:
        """Keep that what was told last may not have taken effect."""
        ...

    def end(self, status: str, limit: str) -> None:
        """Keep that a process has done its work, and how."""
        ...

    def anchor(self) -> dict[str, Any]:
        """Put all on the disk; how many records there are, and the head of their chain."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class KnownImprovement(NamedTuple):
    """One use of an improver as the record has it; ``program`` has the very text that was returned."""

    program: Program | None
    outcome: Outcome
    spent: Spent
    scores: int


class Before(NamedTuple):
    """What was spent until now, and what of it counts against limits (:class:`~selftaught.budget.Meter`)."""

    spent: Spent
    counted_tokens: int
    counted_cost: float


class Ledger:
    """One run's record. Every method commits before it returns.

    A new one is made in ``folder``; ``resume`` opens one to go on with; ``new=False`` alone only reads, and takes an
    exported file too. Who writes holds a lock: raises :class:`InputError` where another process does.
    """

    def __init__(self, folder: Path, *, new: bool = True, resume: bool = False) -> None:
        self.folder = folder
        self.path = folder if folder.is_file() else folder / "ledger.sqlite"
        self.log: Log | None = None
        self._lock: int | None = None
        self._schema = SCHEMA_VERSION
        writes = new or resume
        if (resume or not new) and not self.path.is_file():
            raise LedgerError(f"{folder}: there is no ledger.sqlite in it: not a run's folder")
        try:
            if writes:
                folder.mkdir(parents=True, exist_ok=True)
                self._lock = _locked(folder)
            mode = "rwc" if writes else "ro"
            self._file = sqlite3.connect(
                f"{self.path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None
            )
            self._file.execute("PRAGMA trusted_schema=OFF")  # an exported file may come from anyone
            if writes:
                self._file.execute("PRAGMA journal_mode=WAL")
                self._file.execute("PRAGMA synchronous=NORMAL")
            if new and not resume:
                self._file.executescript(
                    f"BEGIN; {_SCHEMA} INSERT INTO facts VALUES ('schema', {SCHEMA_VERSION}); COMMIT"
                )
                return
            self._schema = schema = self.fact("schema")
            if schema not in READABLE:
                raise LedgerError(
                    f"{self.path}: written by another version (schema {schema}, not {SCHEMA_VERSION})"
                )
            if resume and schema != SCHEMA_VERSION:
                raise InputError(
                    f"{folder}: its ledger is of schema {schema}, which can be listed and replayed "
                    f"(--model recording:{folder.name}) but not resumed: that takes schema {SCHEMA_VERSION}"
                )
        except (sqlite3.Error, OSError) as problem:
            self._unlock()
            raise LedgerError(f"{folder}: the ledger cannot be opened: {problem}") from None
        except BaseException:
            self._unlock()
            raise

    # --- the run -----------------------------------------------------------------------------------------------

    def state(self, name: str, value: Any) -> None:
        """Keep a fact about the run: its seed, its options, its state."""
        with self._writing("fact", name) as noted:
            self._state(name, value, noted)

    def _state(self, name: str, value: Any, noted: list[tuple[Any, ...]]) -> None:
        row = name, without_keys(json.dumps(value))
        if self._one("SELECT 1 FROM facts WHERE name = ? AND value = ?", *row) is None:
            self._file.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", row)
            if name not in _ABOUT_PROCESSES:
                noted.append(("facts", name))

    def begin(self, facts: Mapping[str, Any], tasks: Mapping[str, Mapping[str, str]] | None = None) -> None:
        """Keep what a run begins with, all of it or nothing: facts, and the tasks' files by name."""
        said = json.loads(without_keys(json.dumps(dict(facts))))
        with self._writing("begin", self.folder.name, facts=said) as noted:
            for name, value in facts.items():
                self._state(name, value, noted)
            for task, files in (tasks or {}).items():
                for file, text in files.items():
                    row = task, file, _kept(text)
                    self._add("INSERT OR IGNORE INTO tasks VALUES (?, ?, ?)", row, noted, "tasks", task, file)

    def tasks(self) -> dict[str, dict[str, str]]:
        """The tasks' files as they were when the run began."""
        found: dict[str, dict[str, str]] = {}
        for task, file, text in self._file.execute("SELECT task, file, text FROM tasks ORDER BY task, file"):
            found.setdefault(task, {})[file] = _read(text)
        return found

    def sit_down(self, jobs: int, versions: Mapping[str, str]) -> float:
        """Keep that a process begins to work on the run; the seconds for which others worked on it before."""
        for number, began, status in self._file.execute(
            "SELECT number, began_at, status FROM sittings WHERE ended_at IS NULL"
        ).fetchall():  # it was killed: it worked for as long as it wrote
            last = max(
                self._file.execute(f"SELECT coalesce(max({column}), 0) FROM {table}").fetchone()[0]
                for table, column in _CLOCKS.items()
            )
            ended = "killed" if status == "running" else status
            self._write(
                "UPDATE sittings SET ended_at = ?, status = ? WHERE number = ?",
                max(began, last),
                ended,
                number,
            )
        (elapsed,) = self._file.execute(
            "SELECT coalesce(sum(max(ended_at - began_at, 0)), 0) FROM sittings"
        ).fetchone()
        (begun,) = self._one("SELECT coalesce(sum(samples), 0) FROM calls")
        (answered,) = self._one("SELECT count(*) FROM answer_rows")
        self._write(
            "INSERT INTO sittings (began_at, status, jobs, in_flight, versions) VALUES (?, 'running', ?, ?, ?)",
            time.time(), jobs, begun - answered, json.dumps(dict(versions)),
        )  # fmt: skip
        return float(elapsed)

    def before(self) -> dict[str, Before]:
        """What was spent on each model until now, by its name.

        Counted at the most that it can have been is what a model did not tell, each request that it may charge for
        without having answered, and what was in flight when a process ended.
        """
        found = {}
        for model, calls, samples, most_tokens, most_cost in self._file.execute(
            "SELECT model, count(*), sum(samples), sum(samples * most_tokens), sum(samples * most_cost)"
            " FROM calls GROUP BY model"
        ).fetchall():
            spent, settled_tokens, settled_cost, tokens, cost = self._answers("WHERE model = ?", model)
            spent.calls, spent.samples = calls, samples
            found[model] = Before(
                spent, tokens + most_tokens - settled_tokens, max(0.0, cost + most_cost - settled_cost)
            )
        return found

    def _answers(self, where: str = "", *values: Any) -> tuple[Spent, int, float, int, float]:
        """What answers came to; what was reserved for them, and what of that counts, tokens and money."""
        row = self._one(
            "SELECT coalesce(sum(requests), 0), sum(tokens_in), sum(tokens_out), sum(cost),"
            " coalesce(sum(tokens_in IS NULL), 0), coalesce(sum(tokens_out IS NULL), 0),"
            " coalesce(sum(cost IS NULL), 0), coalesce(sum(most_tokens), 0), coalesce(sum(most_cost), 0),"
            f" coalesce(sum({_COUNTED_TOKENS}), 0), coalesce(sum({_COUNTED_COST}), 0)"
            f" FROM {_OLD_ANSWERS if self._schema < 3 else _ANSWERS} {where}",
            *values,
        )
        requests, tokens_in, tokens_out, cost, unknown_in, unknown_out, unknown_cost, *counted = row
        spent = Spent(
            requests=requests,
            tokens_in=None if unknown_in else tokens_in or 0,
            tokens_out=None if unknown_out else tokens_out or 0,
            cost=None if unknown_cost else cost or 0.0,
        )
        return (spent, *counted)

    def counted_below(self, place: Address) -> tuple[int, float]:
        """The tokens and US dollars of the calls made at ``place`` that count against limits."""
        *_, tokens, cost = self._answers("WHERE calls.address > ? AND calls.address < ?", *_range(place))
        return tokens, cost

    def stand_up(self, status: str) -> None:
        """Keep how the work of this process ended."""
        self._write(
            "UPDATE sittings SET ended_at = ?, status = ? WHERE number = (SELECT max(number) FROM sittings)",
            time.time(), status,
        )  # fmt: skip

    def fact(self, name: str) -> Any:
        """A fact that was stated, or None."""
        row = self._file.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def add_program(self, program: Program) -> None:
        """Keep a program's text under its fingerprint."""
        with self._writing("program", program.fingerprint) as noted:
            self._add_program(program, noted)

    def _add_program(self, program: Program, noted: list[tuple[Any, ...]]) -> None:
        row = program.fingerprint, _kept(program.normal)
        self._add("INSERT OR IGNORE INTO programs VALUES (?, ?)", row, noted, "programs", row[0])

    def program(self, fingerprint: str) -> Program:
        """The program of this fingerprint."""
        row = self._file.execute("SELECT text FROM programs WHERE fingerprint = ?", (fingerprint,)).fetchone()
        if row is None:
            raise LedgerError(f"{self.path}: no program {fingerprint}")
        return Program(_read(row[0]))

    def add_call(
        self,
        address: Address,
        model: str,
        kind: str,
        samples: int,
        temperature: float,
        answer_tokens: int | None,
        most_tokens: int = 0,
        most_cost: float = 0.0,
    ) -> None:
        """Keep that a model is about to be asked for ``samples`` answers, each of which takes so much at most."""
        row = (
            str(address), without_keys(model), kind, samples, temperature, answer_tokens, most_tokens, most_cost,
            time.time(),
        )  # fmt: skip
        with self._writing("call", address, samples=samples) as noted:
            self._add(
                "INSERT OR IGNORE INTO calls (address, model, kind, samples, temperature, answer_tokens, most_tokens,"
                " most_cost, began_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row, noted, "calls",
            )  # fmt: skip

    def add_answer(
        self, address: Address, call: Address, query: Query, answer: Answer, took_s: float
    ) -> None:
        """Keep an answer, whose address lies right below that of its ``call``, and what was asked."""
        part = str(address).removeprefix(f"{call}/")
        asked = json.dumps([[message.role, message.content] for message in query.messages])
        prompt = blake2b(asked.encode(), digest_size=8).hexdigest()
        # What a request was made for is on the disk before anyone is told; all else can be computed again.
        durably = answer.requests > 0
        with self._writing("answer", address, durably=durably, outcome=answer.outcome) as noted:
            self._add(
                "INSERT OR IGNORE INTO prompts VALUES (?, ?)", (prompt, asked), noted, "prompts", prompt
            )
            new = self._add(
                "INSERT INTO answer_rows (call, part, prompt, seed, outcome, tokens_in, tokens_out, cost, requests,"
                " possibly_billed, took_s, ended_at)"
                " VALUES ((SELECT number FROM calls WHERE address = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (call, part) DO NOTHING",
                (
                    str(call), part, prompt, query.seed, answer.outcome, answer.tokens_in, answer.tokens_out,
                    answer.cost, answer.requests, answer.possibly_billed, took_s, time.time(),
                ),
                noted, "answer_rows",
            )  # fmt: skip
            if new is not None:
                texts = new, _kept(answer.cause), _kept(answer.text)
                self._add("INSERT INTO answer_texts VALUES (?, ?, ?)", texts, noted, "answer_texts")

    def has_call(self, address: Address) -> bool:
        """Whether this call of a model was begun."""
        return self._one("SELECT 1 FROM calls WHERE address = ?", str(address)) is not None

    def answer(self, address: Address | str) -> Answer | None:
        """The answer at an address, or None."""
        columns = "SELECT text, outcome, cause, tokens_in, tokens_out, requests"
        if self._schema < 3:
            row = self._one(f"{columns} FROM answers WHERE address = ?", str(address))
        else:
            row = self._one(
                f"{columns}, possibly_billed, cost FROM answer_rows JOIN answer_texts USING (number)"
                " WHERE call = (SELECT number FROM calls WHERE address = ?) AND part = ?",
                *_split(address, 2),
            )
        if row is None:
            return None
        text, outcome, cause, *counts = row
        return Answer(_read(text), outcome, _read(cause), *counts)

    def answered(self) -> list[str]:
        """The addresses of all answers, in the order in which they came."""
        order = "rowid" if self._schema < 3 else "number"
        return [address for (address,) in self._file.execute(f"SELECT address FROM answers ORDER BY {order}")]

    def said_by(self) -> list[str]:
        """The names of the models whose answers these are."""
        return [name for (name,) in self._file.execute("SELECT DISTINCT model FROM calls ORDER BY model")]

    def models_of(self) -> dict[str, str]:
        """The name of the model that gave each answer, by the answer's address, in the order in which they came."""
        if self._schema < 3:
            query = (
                "SELECT answers.address, model FROM answers JOIN calls ON answers.call = calls.address"
                " ORDER BY answers.rowid"
            )
        else:
            query = (
                "SELECT calls.address || '/' || part, model FROM answer_rows JOIN calls ON call = calls.number"
                " ORDER BY answer_rows.number"
            )
        return dict(self._file.execute(query))

    def longest_answer(self) -> int:
        """The most tokens that an answer has; characters where a model did not tell."""
        (most,) = self._one("SELECT coalesce(max(coalesce(tokens_out, length(text))), 0) FROM answers")
        return int(most)

    def answers_to(self, place: Address) -> list[tuple[str, str]]:
        """Address and prompt's key of each answer to the calls made at ``place``, in order of addresses."""
        rows = self._file.execute(
            "SELECT calls.address, part FROM calls JOIN answer_rows ON call = calls.number"
            " WHERE calls.address > ? AND calls.address < ?",
            _range(place),
        )
        return sorted((f"{call}/{part}", part.split("/")[0]) for call, part in rows)

    def calls_made(self, place: Address) -> list[tuple[str, int]]:
        """The key and the number of samples of each call that was begun at ``place`` (a use's ``model``)."""
        rows = self._file.execute(
            "SELECT address, samples FROM calls WHERE address > ? AND address < ?", _range(place)
        )
        return [(address.split("/")[-2], samples) for address, samples in rows]

    def scored(self, place: Address) -> list[str]:
        """The fingerprints of what was scored right at ``place`` (a use's ``utility``)."""
        rows = self._file.execute(
            "SELECT part FROM score_rows WHERE place = (SELECT number FROM places WHERE address = ?) ORDER BY part",
            (str(place),),
        )
        return [part for (part,) in rows]

    def evaluations(self, address: Address) -> tuple[Evaluation, ...] | None:
        """What a program came to at an address, where that was finished without meeting a limit of the run."""
        row = self._one(
            "SELECT evaluations, each_cpu_s FROM score_rows"
            " WHERE place = (SELECT number FROM places WHERE address = ?) AND part = ? AND NOT limited",
            *_split(address, 1),
        )
        return None if row is None else tuple(_unpacked(*row))

    def improvement(self, address: Address) -> KnownImprovement | None:
        """One use of an improver, where it was finished without meeting a limit and can be given back exactly."""
        row = self._one(
            "SELECT result, ending, status, cause, traceback, output, cpu_s, wall_s, calls, samples, scores"
            " FROM improvements WHERE address = ? AND NOT limited",
            str(address),
        )
        if row is None or (row[0] is not None and row[1] is None):
            return None
        result, ending, status, cause, traceback, output, cpu_s, wall_s, calls, samples, scores = row
        program = None if result is None else Program(self.program(result).text.rstrip() + ending)
        value = None if program is None else program.text
        outcome = Outcome(status, value, _read(cause), _read(traceback), _read(output), cpu_s, wall_s)
        return KnownImprovement(program, outcome, Spent(calls, samples), scores)

    def begin_again(self, place: Address) -> None:
        """Forget what an unfinished use of an improver noted: it will note it again."""
        addresses = [str(place / part) for part in ("model", "utility")]
        query = "SELECT number FROM events WHERE address IN (?, ?)"
        if numbers := self._file.execute(query, addresses).fetchall():
            with self._writing("forgotten", place) as noted:
                self._file.execute("DELETE FROM events WHERE address IN (?, ?)", addresses)
                noted += (("events", number) for (number,) in numbers)

    def limited_below(self, place: Address) -> bool:
        """Whether a limit of the run was met in something that happened below ``place``."""
        below = _range(place)
        return bool(
            self._one("SELECT 1 FROM improvements WHERE limited AND address > ? AND address < ?", *below)
            or self._one(
                "SELECT 1 FROM places JOIN score_rows ON place = places.number"
                " WHERE limited AND (address = ? OR (address > ? AND address < ?))",
                str(place), *below,
            )
        )  # fmt: skip

    def add_score(
        self,
        address: Address,
        task: str,
        program: Program,
        evaluations: Sequence[Evaluation],
        limited: bool = False,
    ) -> None:
        """Keep what a program came to, instance by instance; ``limited``: a limit of the run was met meanwhile."""
        mean = sum(e.value for e in evaluations) / max(len(evaluations), 1)
        place, part = _split(address, 1)
        with self._writing("score", address, task=task, mean=mean, limited=limited) as noted:
            self._add("INSERT OR IGNORE INTO places (address) VALUES (?)", (place,), noted, "places")
            (number,) = self._one("SELECT number FROM places WHERE address = ?", place)
            self._replace_limited(
                noted, "score_rows", ("place", "part"), [program],
                (
                    number, part, task, program.fingerprint, mean, len(evaluations), _packed(evaluations), limited,
                    sum(e.cpu_s for e in evaluations), time.time(),
                    json.dumps([round(e.cpu_s, 4) for e in evaluations], separators=(",", ":")),
                ),
            )  # fmt: skip

    def add_improvement(
        self, address: Address, improver: Program, task: str, start: Program, result: Program | None,
        outcome: Outcome, spent: Spent, scores: int, limited: bool = False,
    ) -> None:  # fmt: skip
        """Keep one use of an improver and what it returned; ``limited``: it met a limit of the run."""
        status = outcome.status
        with self._writing("improvement", address, task=task, status=status, limited=limited) as noted:
            self._replace_limited(
                noted, "improvements", ("address",),
                [program for program in (improver, start, result) if program is not None],
                (
                    str(address), improver.fingerprint, task, start.fingerprint,
                    result and result.fingerprint, result and _ending(result), limited,
                    outcome.status, _kept(outcome.error), _kept(outcome.traceback), _kept(outcome.output[:4000]),
                    spent.calls, spent.samples, scores, outcome.cpu_s, outcome.wall_s, time.time(),
                ),
            )  # fmt: skip

    def _replace_limited(
        self, noted: list[tuple[Any, ...]], table: str, key: Sequence[str], programs: Sequence[Program],
        row: tuple[Any, ...],
    ) -> None:  # fmt: skip
        """The first of a key (the first columns) stays, unless a limit had been met before it was finished."""
        for program in programs:
            self._add_program(program, noted)
        same = " AND ".join(f"{column} = ?" for column in key)
        self._file.execute(f"DELETE FROM {table} WHERE {same} AND limited", row[: len(key)])
        marks = ", ".join("?" * len(row))
        statement = f"INSERT OR IGNORE INTO {table} VALUES ({marks})"
        self._add(statement, row, noted, table, *row[: len(key)])

    def add_event(self, address: Address, kind: str, words: str) -> None:
        """Keep something worth knowing that is neither an answer nor a score."""
        row = str(address), kind, _kept(words), time.time()
        statement = "INSERT INTO events (address, kind, words, happened_at) VALUES (?, ?, ?, ?)"
        with self._writing("event", address, what=kind) as noted:
            self._add(statement, row, noted, "events")

    def said(self, kind: str) -> set[tuple[str, str]]:
        """The address and the words of each event of this kind."""
        rows = self._file.execute("SELECT address, words FROM events WHERE kind = ?", (kind,))
        return {(address, _read(words)) for address, words in rows}

    def add_iteration(self, t: int, summary: dict[str, Any]) -> bool:
        """Keep what an iteration came to; False where that was known."""
        row = t, json.dumps(summary)
        if self._one("SELECT 1 FROM iterations WHERE t = ? AND summary = ?", *row) is not None:
            return False
        improver, adopted = summary.get("improver"), summary.get("adopted")
        with self._writing("iteration", f"t{t}", improver=improver, adopted=adopted) as noted:
            self._add("INSERT OR REPLACE INTO iterations VALUES (?, ?)", row, noted, "iterations", t)
        return True

    def iterations(self) -> list[dict[str, Any]]:
        """What the iterations came to, in order."""
        return [json.loads(row[0]) for row in self._file.execute("SELECT summary FROM iterations ORDER BY t")]

    def spent(self) -> Spent:
        """What the run has spent on its models, from the record."""
        spent = self._answers()[0]
        (spent.calls,) = self._one("SELECT count(*) FROM calls")
        (spent.samples,) = self._one(f"SELECT count(*) FROM {self._counts_of_answers}")
        return spent

    def possibly_billed(self) -> int:
        """How many requests went unanswered and may be charged for."""
        (requests,) = self._one("SELECT coalesce(sum(possibly_billed), 0) FROM answer_rows")
        return int(requests)

    def counts(self) -> dict[str, int]:
        """How many events there are of each kind, and "improver failed": uses that returned nothing."""
        kinds = dict(self._file.execute("SELECT kind, count(*) FROM events GROUP BY kind").fetchall())
        (failed,) = self._file.execute("SELECT count(*) FROM improvements WHERE status != 'ok'").fetchone()
        answers = self._file.execute(
            f"SELECT outcome, count(*) FROM {self._counts_of_answers} GROUP BY outcome"
        ).fetchall()
        kinds |= {f"answer {outcome}": number for outcome, number in answers if outcome != "ok"}
        return kinds | ({"improver failed": failed} if failed else {})

    def fruitless(self, kind: str) -> list[tuple[str, int, str]]:
        """Each task on which all uses of an improver left such an event: how many uses, and one event's words."""
        rows = self._file.execute(
            "SELECT task, count(*), count(words), min(words) FROM improvements LEFT JOIN events"
            " ON events.address = improvements.address || '/model' AND kind = ? WHERE NOT limited GROUP BY task",
            (kind,),
        )
        return [(task, uses, _read(words)) for task, uses, with_it, words in rows if uses == with_it]

    def best_program(self, task: str, without: str) -> tuple[Program, list[float]] | None:
        """The program with the highest mean on a task, and its scores by instance; ``without`` is left out.

        Each program counts by what it has on the most instances; None where none has more than 0.
        """
        best: dict[str, tuple[int, float, int, str]] = {}
        for program, *row in self._file.execute(
            "SELECT program, n, mean, place, part FROM score_rows"
            " WHERE task = ? AND program != ? AND NOT limited AND mean > 0",
            (task, without),
        ):
            if tuple(row) > best.get(program, (0,)):
                n, mean, place, part = row
                best[program] = n, mean, place, part
        if not best:
            return None
        program = min(best, key=lambda each: (-best[each][1], each))
        kept = self._one(
            "SELECT evaluations, each_cpu_s FROM score_rows WHERE place = ? AND part = ?", *best[program][2:]
        )
        return self.program(program), [each.value for each in _unpacked(*kept)]

    def scored_below(self, place: Address, task: str) -> list[str]:
        """The fingerprints of the programs that were scored on a task below ``place``."""
        rows = self._file.execute(
            "SELECT DISTINCT program FROM score_rows JOIN places ON place = places.number"
            " WHERE task = ? AND address > ? AND address < ? ORDER BY program",
            (task, *_range(place)),
        )
        return [program for (program,) in rows]

    def returned_below(self, place: Address, task: str) -> list[str | None]:
        """The fingerprint of what each use of an improver on a task below ``place`` returned, None for nothing."""
        rows = self._file.execute(
            "SELECT result FROM improvements WHERE task = ? AND address > ? AND address < ? ORDER BY address",
            (task, *_range(place)),
        )
        return [result for (result,) in rows]

    def programs_scored(self) -> int:
        """How many scores there are of programs that are no improvers."""
        (number,) = self._one("SELECT count(*) FROM scores WHERE task != 'improving'")
        return int(number)

    def calls_at(self, address: Address) -> int:
        """How many calls of a model were made in the use of an improver at ``address``."""
        return self.use_at(address)[0].calls

    def use_at(self, address: Address) -> tuple[Spent, str | None]:
        """Calls and samples of the use of an improver at ``address``, and the fingerprint of what it returned."""
        row = self._one("SELECT calls, samples, result FROM improvements WHERE address = ?", str(address))
        if row is None:
            raise LedgerError(f"{self.path}: no improvement at {address}")
        calls, samples, result = row
        return Spent(calls, samples), result

    def calls_below(self, place: Address) -> int:
        """How many calls of a model were made in all that happened below ``place``."""
        (number,) = self._one("SELECT count(*) FROM calls WHERE address > ? AND address < ?", *_range(place))
        return int(number)

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """A table's rows by address, without times and reservations: equal for two runs that did the same."""
        names = [row[1] for row in self._file.execute(f"PRAGMA table_info({table})")]
        left_out = ("number", "most_tokens", "most_cost")
        kept = [name for name in names if not name.endswith(("_s", "_at")) and name not in left_out]
        return sorted(self._file.execute(f"SELECT {', '.join(kept)} FROM {table}").fetchall(), key=repr)

    def export(self, path: Path) -> None:
        """Write all of it into one file, as it is at this moment, without what only this machine knows."""
        beside = path.with_name(path.name + ".new")
        try:
            beside.unlink(missing_ok=True)
            self._file.execute("VACUUM INTO ?", (str(beside),))
            copy = sqlite3.connect(beside, isolation_level=None)
            try:
                copy.execute("PRAGMA secure_delete=ON")  # else what is deleted stays in the file, unlisted
                copy.execute("DELETE FROM facts WHERE name = 'given'")
                copy.execute("VACUUM")
            finally:
                copy.close()
            beside.replace(path)
        except (sqlite3.Error, OSError) as problem:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise LedgerError(f"{path}: cannot be written: {problem}") from None

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        if self.log is not None:
            self.log.close()
        with suppress(sqlite3.Error):
            self._file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._file.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def _counts_of_answers(self) -> str:
        """Where answers can be summed up without a look at each one's text, which the view takes."""
        return "answers" if self._schema < 3 else "answer_rows"

    def _one(self, query: str, *values: Any) -> Any:
        return self._file.execute(query, values).fetchone()

    def _write(self, statement: str, *values: Any) -> None:
        with self._failing():
            self._file.execute(statement, values)

    def _add(
        self, statement: str, row: Sequence[Any], noted: list[tuple[Any, ...]], table: str, *key: Any
    ) -> int | None:
        """Insert a row and note its key, the number that it is given unless said; None where it was there."""
        new = self._file.execute(statement, row)
        if not new.rowcount:
            return None
        noted.append((table, *(key or (new.lastrowid,))))
        return new.lastrowid

    def row(self, table: str, key: Sequence[Any]) -> tuple[Any, ...] | None:
        """The row of a table (one of :data:`KEYS`) as it is kept, or None."""
        same = " AND ".join(f"{column} = ?" for column in KEYS[table])
        row: tuple[Any, ...] | None = self._one(f"SELECT * FROM {table} WHERE {same}", *key)
        return row

    def keys_of(self, table: str) -> list[tuple[Any, ...]]:
        """The keys of all rows of a table (one of :data:`KEYS`)."""
        return self._file.execute(f"SELECT {', '.join(KEYS[table])} FROM {table}").fetchall()

    @contextmanager
    def _writing(
        self, kind: str, of: object, *, durably: bool = False, **said: Any
    ) -> Iterator[list[tuple[Any, ...]]]:
        """One transaction: all that is written in it, or nothing; ``durably``: on the disk when it is over.

        Gives a list for the table and key of each row that is written. The log is told of them, in these words,
        right before they take effect: a row that the log knows nothing of is none of ours.
        """
        noted: list[tuple[Any, ...]] = []
        told = False
        with self._failing():
            if durably:
                self._file.execute("PRAGMA synchronous=FULL")
            try:
                self._file.execute("BEGIN IMMEDIATE")
                yield noted
                if noted and self.log is not None:
                    self.log.append(kind, str(of), noted, said)
                    told = True
                self._file.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._file.execute("ROLLBACK")
                if told and self.log is not None:
                    self.log.void()
                raise
            finally:
                if durably:
                    with suppress(sqlite3.Error):
                        self._file.execute("PRAGMA synchronous=NORMAL")

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as problem:
            raise LedgerError(f"{self.path}: cannot be written: {problem}") from None


_CLOCKS = {
    "calls": "began_at", "answer_rows": "ended_at", "score_rows": "ended_at", "improvements": "ended_at",
    "events": "happened_at",
}  # fmt: skip


def being_written(folder: Path) -> bool:
    """Whether a process is at work on the run in ``folder``."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def _locked(folder: Path) -> int:
    """Take the run's lock, on its folder itself; the kernel gives it back however this process ends."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for attempt in range(_LOCK_TRIES):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.005 * attempt)
        else:
            return lock
    os.close(lock)
    raise InputError(f"{folder}: another process is at work on this run: wait for its end, or end it first")


def _kept(text: str) -> str | bytes:
    """Text as SQLite can keep it: as bytes where it has lone surrogates, which UTF-8 has no form for."""
    text = without_keys(text)
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def _read(kept: str | bytes) -> str:
    return kept if isinstance(kept, str) else kept.decode("utf-8", "surrogatepass")


def _ending(program: Program) -> str | None:
    """The white space that a program's text ends in; None where the rest is not what the record keeps of it."""
    body = program.text.rstrip()
    return program.text[len(body) :] if without_keys(program.normal).rstrip() == body else None


def _range(place: Address) -> tuple[str, str]:
    """Between which texts the addresses below ``place`` lie: "0" follows "/"."""
    return f"{place}/", f"{place}0"


def _split(address: Address | str, parts: int) -> tuple[str, str]:
    """An address without its last ``parts``, and these."""
    path = str(address).split("/")
    return "/".join(path[:-parts]), "/".join(path[-parts:])


_USUAL = ("ok", "", None, "")  # status, cause, raw, feedback


def _packed(evaluations: Sequence[Evaluation]) -> str:
    """Evaluations as JSON, without what is as usual at a row's end; a row that was there before is its number.

    A program that fails in the same way on fifty instances has one cause, not fifty.
    """
    first: dict[str, int] = {}
    packed = []
    for number, each in enumerate(evaluations):
        row: list[Any] = [each.value, each.status, each.cause, each.raw, each.feedback]
        while len(row) > 1 and row[-1] == _USUAL[len(row) - 2]:
            row.pop()
        text = json.dumps(row, separators=(",", ":"))
        before = first.setdefault(text, number)
        packed.append(text if before == number else str(before))
    return f"[{','.join(packed)}]"


def _unpacked(packed: str, times: str) -> Iterator[Evaluation]:
    rows = json.loads(packed)
    for row, cpu_s in zip(rows, json.loads(times), strict=True):
        known = rows[row] if isinstance(row, int) else row
        fields: list[Any] = [*known, *_USUAL[len(known) - 1 :], cpu_s]
        yield Evaluation(*fields)
