"""A log of a run that cannot be changed unnoticed: append-only, each record chained to those before it by a hash.

One file, ``audit.jsonl``, in the run's folder. A record is a line of JSON: ``n`` counts from 0, ``at`` is a time,
``kind`` and ``of`` say what happened and where, ``rows`` vouch for what the ledger keeps of it, and ``hash`` is the
SHA-256 of the hash before it (64 zeros before the first) and the line up to here. The last hash is the log's *head*:
it stands for all that was ever written.

``rows`` lists the rows of the ledger that are written with a record: table, key, and a digest of all columns (None:
the row is gone). The last record that names a row is the one that vouches for it. Not vouched for is what is about
processes and not about the run: the table ``sittings`` and the facts ``status`` and ``audit``; a record of kind
``end`` says how a process ended.

A record is written right before the ledger's transaction is committed, and never after it. So a process that is
killed leaves no row that the log does not know of, and at most one record, the last, whose rows are yet as they were
before.
"""

from __future__ import annotations

import json
import os
import sqlite3
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

from selftaught.errors import InputError, LedgerError
from selftaught.ledger import KEYS, Ledger, being_written

FILE = "audit.jsonl"
START = "0" * 64
"""What the first record is chained to."""
_BEFORE_HASH, _AFTER_HASH = b',"hash":"', b'"}'
_TAIL = len(_BEFORE_HASH) + len(START) + len(_AFTER_HASH)
_NOT_VOUCHED = ("status", "audit")  # of the facts
_WRITTEN_AGAIN = ("facts", "iterations")  # tables whose rows may change
_UNWATCHED_FILES = ("ledger.sqlite", FILE, "summary.json")  # files of which `end` does not keep a digest
_MOST_FOUND = 100

Key = tuple[Any, ...]
"""A table's name and the key of a row in it."""


# --- writing --------------------------------------------------------------------------------------------------------


class AuditLog:
    """The log of a run that is being written: what :attr:`selftaught.ledger.Ledger.log` is told."""

    def __init__(self, ledger: Ledger, said: Mapping[str, Any]) -> None:
        """Begin it, or go on with it where the run does; ``said`` is kept about the process that does.

        A process that finds nothing to do writes nothing, so the head of a run that is done stays what it was.
        """
        self._ledger, self._said = ledger, dict(said)
        self.path = ledger.folder / FILE
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
            torn = self._cut_torn()
            last = _last_line(self.path)
        except OSError as problem:
            raise _unwritable(self.path, problem) from None
        record = _parsed(last) or {}
        self.records = int(record.get("n", -1)) + 1
        self.head = _hash_of(last) if last else START
        self._void = self.records > 0 and record.get("kind") != "end"
        self._ended = None if self._void else record.get("status")
        self._lead: dict[str, Any] | None = None
        if ledger.fact("run") is not None:
            self._lead = {"left": ledger.fact("audit"), **self._said}
            if torn:
                self._lead["torn"] = torn

    def append(
        self, kind: str, of: str, rows: Sequence[Key] = (), said: Mapping[str, Any] | None = None
    ) -> None:
        """Write a record; ``rows`` are vouched for as the ledger's connection sees them now."""
        if self._void:
            self._void = False
            self._write("void", str(self.records - 1), [], {})
        if self._lead is not None:
            lead, self._lead = self._lead, None
            self._write("resumed", self._ledger.folder.name, self._taken_over(rows), lead)
        if not self.records:
            rows, said = list(_keys(self._ledger)), {**(said or {}), **self._said}
        elif kind == "begin":
            kind = "facts"  # of a run that goes on: limits that were raised, more iterations
        self._write(
            kind, of, [[*key, _digest(self._ledger.row(key[0], key[1:]))] for key in rows], said or {}
        )

    def void(self) -> None:
        """Note, with the next record, that the last one may not have taken effect."""
        self._void = True

    def end(self, status: str, limit: str) -> None:
        """Write how the process ended, which ``limit`` did it, and a digest of each file of the run's folder."""
        if self._ended == status and (self._lead is not None or not self.records):
            return  # nothing was done that it had not done before
        if limit:
            self.append("limit", limit)
        self.append(
            "end", self._ledger.folder.name, (), {"status": status, "files": _files(self._ledger.folder)}
        )

    def anchor(self) -> dict[str, Any]:
        """Put the log on the disk, and its head in the ledger; that, as ``summary.json`` has it."""
        try:
            os.fsync(self._file)
        except OSError as problem:
            raise _unwritable(self.path, problem) from None
        anchor = {"records": self.records, "head": self.head}
        self._ledger.state("audit", anchor)
        return anchor

    def close(self) -> None:
        """Let go of the file."""
        with suppress(OSError):
            os.close(self._file)

    def _write(self, kind: str, of: str, rows: list[list[Any]], said: Mapping[str, Any]) -> None:
        record = {"n": self.records, "at": round(time.time(), 3), "kind": kind, "of": of, **said}
        if rows:
            record["rows"] = rows
        body = json.dumps(record, separators=(",", ":")).encode()[:-1]
        head = _chained(self.head, body)
        line = body + _BEFORE_HASH + head.encode() + _AFTER_HASH + b"\n"
        size = os.fstat(self._file).st_size
        try:
            written = 0
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError as problem:
            with suppress(OSError):
                os.ftruncate(self._file, size)
            raise _unwritable(self.path, problem) from None
        self.records, self.head = self.records + 1, head

    def _cut_torn(self) -> int:
        """Take away a last line that was not written to its end; how many bytes it had."""
        size = os.fstat(self._file).st_size
        whole = _end_of_last_line(self._file, size)
        if whole < size:
            os.ftruncate(self._file, whole)
        return size - whole

    def _taken_over(self, about_to: Sequence[Key]) -> list[list[Any]]:
        """What the ledger has of rows that the log knows nothing of, or knows otherwise, after a cut.

        There is nothing of the kind unless the machine lost its power, the run was begun without a log, or somebody
        changed the ledger: whoever reads the log is told. ``about_to`` are the rows of the record that comes next.
        """
        if self._ended is not None:
            return []
        expected = _Expected()
        for record in _records(self.path):
            expected.take(record)
        taken: list[list[Any]] = []
        seen = set(about_to)
        for key in _keys(self._ledger):
            if key not in seen and (key not in expected.rows or key[0] in _WRITTEN_AGAIN):
                found = _digest(self._ledger.row(key[0], key[1:]))
                if not expected.has(key, found):
                    taken.append([*key, found])
            seen.add(key)
        return taken + [
            [*key, None] for key in expected.rows if key not in seen and not expected.has(key, None)
        ]


def _unwritable(path: Path, problem: OSError) -> LedgerError:
    return LedgerError(f"{path}: cannot be written: {problem.strerror}")


def _chained(head: str, body: bytes) -> str:
    return sha256(head.encode() + body).hexdigest()


def _keys(ledger: Ledger) -> Iterator[Key]:
    """Every row of the ledger that is vouched for."""
    for table in KEYS:
        for key in ledger.keys_of(table):
            if table != "facts" or key[0] not in _NOT_VOUCHED:
                yield (table, *key)


class _Text(bytes):
    """Text as SQLite has it, which need not be UTF-8 in a file that was changed."""


def _digest(row: Sequence[Any] | None) -> str | None:
    """A digest of a row's values and their types, 32 hexadecimal digits of BLAKE2b."""
    if row is None:
        return None
    digest = blake2b(digest_size=16)
    for value in row:
        if isinstance(value, (str, _Text)):
            kind, data = b"t", value.encode() if isinstance(value, str) else value
        elif isinstance(value, bytes):
            kind, data = b"b", value
        elif isinstance(value, float):
            kind, data = b"f", struct.pack(">d", value)
        else:
            kind, data = b"n", repr(value).encode()  # an int or None
        digest.update(b"%b%d:" % (kind, len(data)))
        digest.update(data)
    return digest.hexdigest()


def _files(folder: Path) -> dict[str, str]:
    """SHA-256 of the files that a run has written beside its ledger."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith(_UNWATCHED_FILES):
            with path.open("rb") as file:
                digest = sha256()
                while block := file.read(2**20):
                    digest.update(block)
            found[name] = digest.hexdigest()
    return found


# --- reading --------------------------------------------------------------------------------------------------------


def _end_of_last_line(file: int, size: int) -> int:
    """Where, in an open file of this size, the last whole line ends."""
    while size:
        begin = max(0, size - 2**16)
        found = os.pread(file, size - begin, begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        size = begin
    return 0


def _last_line(path: Path) -> bytes:
    """The last line of a file of whole lines, without its end; b"" of an empty one."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if not size:
            return b""
        file.seek(_end_of_last_line(file.fileno(), size - 1))
        return file.read().removesuffix(b"\n")


def _hash_of(line: bytes) -> str:
    return line[-_TAIL:][len(_BEFORE_HASH) : -len(_AFTER_HASH)].decode("ascii", "replace")


def _parsed(line: bytes) -> dict[str, Any] | None:
    """A record, or None where a line is none."""
    record = _read_json(line)
    if not isinstance(record, dict) or not isinstance(record.get("n"), int):
        return None
    texts = [record.get(name) for name in ("kind", "of")]
    rows, files = record.get("rows", []), record.get("files", {})
    if (
        not all(isinstance(text, str) for text in texts)
        or not isinstance(rows, list)
        or not isinstance(files, dict)
    ):
        return None
    parts = [part for row in rows for part in (row if isinstance(row, list) and len(row) > 2 else [[]])]
    return record if all(part is None or isinstance(part, (str, int)) for part in parts) else None


def _records(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a log, whatever is wrong with them; what is none is left out."""
    with path.open("rb") as file:
        for line in file:
            if (record := _parsed(line)) is not None:
                yield record


class _Expected:
    """What the ledger must have in each row, after all records that were taken."""

    def __init__(self) -> None:
        self.rows: dict[Key, tuple[int, tuple[str | None, ...], str]] = {}
        """By key: the record that vouches for it, the digests that it may have, what the record is of."""
        self._before: dict[Key, tuple[str | None, ...]] = {}  # the last record
        self._of: str = ""

    def take(self, record: dict[str, Any]) -> None:
        """Take the next record."""
        if record.get("kind") == "void":
            self.void()
            return
        self._before = {}
        for *key, digest in record.get("rows", ()):
            place = tuple(key)
            was = self.rows.get(place)
            self._before[place] = (None,) if was is None else was[1]
            self.rows[place] = record["n"], (digest,), f"{record['kind']} {record['of']}"

    def void(self) -> None:
        """Take it that the last record may not have taken effect."""
        for place, before in self._before.items():
            n, digests, of = self.rows[place]
            self.rows[place] = n, tuple(dict.fromkeys((*digests, *before))), of
        self._before = {}

    def has(self, key: Key, digest: str | None) -> bool:
        """Whether a row may be so."""
        return digest in (self.rows[key][1] if key in self.rows else (None,))


# --- judging --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written: ``where`` it is, ``what`` is wrong with it."""

    where: str
    what: str


@dataclass
class Audit:
    """What an audit of a run came to. Nothing was ``found`` where all is as it was written.

    ``rows`` counts what was compared with the ledger, None where the run is still being written; ``remarks`` are to
    be known, and accuse nobody.
    """

    folder: Path
    records: int = 0
    head: str = START
    rows: int | None = None
    found: list[Finding] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing was found."""
        return not self.found

    def add(self, where: str, what: str) -> None:
        """Add a finding, up to a number."""
        if len(self.found) < _MOST_FOUND:
            self.found.append(Finding(where, what))

    def to_json(self) -> dict[str, Any]:
        """The document of ``audit --json``."""
        return {
            "run": self.folder.resolve().name,
            "folder": str(self.folder),
            "whole": self.whole,
            "records": self.records,
            "head": self.head,
            "rows": self.rows,
            "found": [{"where": each.where, "what": each.what} for each in self.found],
            "remarks": self.remarks,
        }


def audit(folder: Path, head: str | None = None) -> Audit:
    """Whether the log in a run's folder is whole, and the ledger what it vouches for.

    ``head`` is a head that was noted earlier: with it, a log that was cut or written anew is found even where every
    trace of the old one is gone. Raises :class:`~selftaught.errors.InputError` where it cannot be one.
    """
    if head is not None and (len(head) != len(START) or set(head) - set("0123456789abcdef")):
        raise InputError(
            f"--head {head!r} is no head of a log: it has {len(START)} hexadecimal digits, 0-9 and a-f"
        )
    judged = Audit(folder)
    path = folder / FILE
    if not path.is_file():
        judged.add(FILE, "is not there: it was taken away, or the run was made by a version that kept none")
        return judged
    running = being_written(folder)
    chain = _Chain(judged)
    expected = chain.read(path)
    if head is not None:
        chain.check_head(head)
    if judged.found:
        return judged
    if running:
        judged.remarks.append("the run is under way: only the chain itself was checked, not yet the ledger")
        return judged
    if not chain.ended:
        expected.void()
        judged.remarks.append(
            "the run was cut off: what was about to be written at that moment may be there or not"
        )
    try:
        with closing(_opened(folder / "ledger.sqlite")) as file:
            _check_rows(file, expected, judged)
            _check_anchors(file, chain, judged)
    except (sqlite3.Error, OSError) as problem:
        judged.add("ledger.sqlite", f"cannot be read: {problem}")
    _check_files(folder, chain, judged)
    return judged


class _Chain:
    """The records of a log, checked one after another."""

    def __init__(self, judged: Audit) -> None:
        self._judged = judged
        self.hashes: list[str] = []
        self.last: dict[str, Any] = {}

    @property
    def ended(self) -> bool:
        """Whether the last process that wrote anything came to an end in order."""
        return self.last.get("kind") == "end"

    def read(self, path: Path) -> _Expected:
        """Check each record; what the ledger must have after those that are right."""
        expected = _Expected()
        head = START
        with path.open("rb") as file:
            for n, line in enumerate(file):
                body = line[: -_TAIL - 1]
                found = _chained(head, body)
                if line[-_TAIL - 1 :] != _BEFORE_HASH + found.encode() + _AFTER_HASH + b"\n":
                    self._broken(n, line, file.read(1) == b"")
                    break
                record = _parsed(body + b"}")
                if record is None:
                    self._judged.add(f"record {n}", "is none: this log was written by something else")
                    break
                head = found
                self.hashes.append(head)
                self._go_on(record)
                expected.take(record)
                self.last = record
        if not self.hashes and not self._judged.found:
            self._judged.add(FILE, "is empty")
        self._judged.records, self._judged.head = len(self.hashes), head
        return expected

    def _broken(self, n: int, line: bytes, last: bool) -> None:
        """Say what is wrong with line ``n`` of the log."""
        if last and not line.endswith(b"\n"):  # if it was whole once, then its rows and the anchors tell
            self._judged.remarks.append(
                "the last record was not written to its end: a process was cut off as it wrote"
            )
            return
        record = _parsed(line)
        stands = record["n"] if record else n
        if stands > n:
            what = f"is missing: record {stands} stands in its place (dropped or reordered)"
        elif stands < n:
            what = f"is not there: record {stands} stands in its place (doubled or reordered)"
        else:
            what = "is not what was written: it, or the hash in it, was changed"
        self._judged.add(f"record {n}", what)

    def _go_on(self, record: dict[str, Any]) -> None:
        """Check what a record says of the log itself: a run that goes on says where it had left the log."""
        n, kind = record["n"], record["kind"]
        if n != len(self.hashes) - 1:
            self._judged.add(f"record {len(self.hashes) - 1}", f"says that it is record {n}")
        if self.ended and kind != "resumed":
            self._judged.add(
                f"record {n}", "was added after the run had ended, by no process that resumed it"
            )
        if kind == "resumed":
            self._resumed(n, record)

    def _resumed(self, n: int, record: dict[str, Any]) -> None:
        left, rows = record.get("left"), record.get("rows", [])
        if isinstance(left, dict) and not self.has(left):
            what = (
                "resumed a log that had another head when it was left: it was cut or written anew in between"
            )
            self._judged.add(f"record {n}", what)
        if n == 0:
            self._judged.remarks.append(
                "the log begins where the run was resumed: nothing vouches for what was before"
            )
        elif rows:
            self._judged.remarks.append(
                f"record {n} resumed the run after a cut and took over {len(rows)} rows that the log had not so: "
                "a machine that lost its power leaves such, and so does whoever changes the ledger"
            )

    def has(self, anchor: Mapping[str, Any]) -> bool:
        """Whether the log once had so many records and this head."""
        records = anchor.get("records")
        if not isinstance(records, int) or not 0 <= records <= len(self.hashes):
            return False
        return [START, *self.hashes[:records]][-1] == anchor.get("head")

    def check_head(self, head: str) -> None:
        """Compare with a head that was noted earlier."""
        if head not in self.hashes:
            self._judged.add(
                FILE,
                f"its head was never {head[:16]}…: records that there were are gone, or it was written anew",
            )
        elif head != self.hashes[-1]:
            at = self.hashes.index(head)
            self._judged.remarks.append(
                f"the head that was given is that of record {at}; {len(self.hashes) - 1 - at} were added since"
            )


def _opened(path: Path) -> sqlite3.Connection:
    """The ledger, with its texts as they are kept."""
    if not path.is_file():
        raise OSError("it is not there")
    file = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
    file.execute("PRAGMA trusted_schema=OFF")
    file.text_factory = _Text
    return file


def _check_rows(file: sqlite3.Connection, expected: _Expected, judged: Audit) -> None:
    """Compare each row of the ledger with what the log vouches for, both ways."""
    (sound,) = file.execute("PRAGMA integrity_check(1)").fetchone()
    if sound != b"ok":
        judged.add("ledger.sqlite", f"is damaged: {_shown(sound)}")
    seen = set()
    judged.rows = 0
    for table, columns in KEYS.items():
        rows = file.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in rows.description]
        places = [names.index(column) for column in columns]
        for row in rows:
            key = (table, *(_shown(row[place]) for place in places))
            if table == "facts" and key[1] in _NOT_VOUCHED:
                continue
            seen.add(key)
            judged.rows += 1
            if key not in expected.rows:
                judged.add(_named(key), "is in the ledger, and the log knows nothing of it")
            elif not expected.has(key, _digest(row)):
                n, digests, of = expected.rows[key]
                gone = "was taken out of the ledger" if digests == (None,) else "is not as it was written"
                judged.add(_named(key), f"{gone}, by record {n} ({of})")
    for key, (n, digests, of) in expected.rows.items():
        if key not in seen and None not in digests:
            judged.add(_named(key), f"is not in the ledger, where record {n} ({of}) vouches for it")


def _shown(value: Any) -> Any:
    """A key's part as the log has it."""
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes) else value


def _named(key: Key) -> str:
    return f"{key[0]} {' '.join(str(part) for part in key[1:])}"


def _check_anchors(file: sqlite3.Connection, chain: _Chain, judged: Audit) -> None:
    """Compare the ledger's own note of the log's head, and of how the run ended."""
    facts = dict(file.execute("SELECT name, value FROM facts WHERE name IN ('audit', 'status')").fetchall())
    anchor = _parsed_object(facts.get(b"audit", b""))
    if anchor is not None and not chain.has(anchor):
        judged.add(
            FILE,
            "has not the head that the ledger notes: records at its end are gone, or it was written anew",
        )
    elif anchor is None and (chain.ended or b"audit" in facts):
        judged.add("facts audit", "is not as it was written: the ledger notes no head of the log")
    status = _read_json(facts.get(b"status", b""))
    said = chain.last.get("status")
    if chain.ended and status not in (said, "running"):  # running: cut off before it did anything
        judged.add("facts status", f"is not as it was written: record {chain.last['n']} says {said}")


def _check_files(folder: Path, chain: _Chain, judged: Audit) -> None:
    """Compare the files that were written from the ledger, where the run ended in order."""
    if chain.ended:
        now = _files(folder)
        for name, digest in chain.last.get("files", {}).items():
            if now.get(name) != digest:
                judged.add(name, "is not there" if name not in now else "is not as it was written")
    path = folder / "summary.json"
    if not path.is_file():
        return
    try:
        summary = _parsed_object(path.read_bytes())
    except OSError:
        summary = None
    anchor = summary and summary.get("audit")
    if summary is None or not isinstance(anchor, dict):
        judged.add("summary.json", "is not as it was written: it has no head of the log")
    elif not chain.has(anchor):
        judged.add(
            FILE, "has not the head that summary.json notes: records at its end are gone, or one was changed"
        )
    elif anchor["records"] == judged.records and not judged.found:
        _check_summary(folder, summary, judged)


def _check_summary(folder: Path, summary: dict[str, Any], judged: Audit) -> None:
    """Compare what was written last of a run with its ledger."""
    with closing(Ledger(folder, new=False)) as ledger:
        now = {name: ledger.fact(name) for name in ("run", "seed", "model", "tasks", "isolation")}
        now |= {"iterations": ledger.iterations(), "spent": ledger.spent().to_json()}
        for name, value in now.items():
            if summary.get(name) != value:
                judged.add("summary.json", f"is not as it was written: its {name!r} is not the ledger's")


def _read_json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _parsed_object(text: bytes) -> dict[str, Any] | None:
    found = _read_json(text)
    return found if isinstance(found, dict) else None
