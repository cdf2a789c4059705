"""The audit log: every manipulation is found, and nobody is accused who did nothing."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from command_line import QUICK, SOURCE, Selftaught

from selftaught.address import Address
from selftaught.budget import Spent
from selftaught.errors import InputError, LedgerError
from selftaught.jail.cell import Outcome
from selftaught.ledger import Ledger
from selftaught.models import Answer, Message, Query
from selftaught.program import Program
from selftaught.safety.audit import AuditLog, audit
from selftaught.task import Evaluation

USE = Address(("t0", "search", "3f2a"))
SEED = Program("def improve_algorithm(): pass")


def opened(folder):
    ledger = Ledger(folder, resume=(folder / "ledger.sqlite").is_file())
    ledger.log = AuditLog(ledger, {"jobs": 2})
    if ledger.fact("run") is None:
        facts = {
            "run": folder.name,
            "kind": "stop",
            "seed": 7,
            "model": "m",
            "tasks": ["a"],
            "isolation": "strong",
        }
        ledger.begin({**facts, "status": "running", "limits": {"calls": 9}}, {"a": {"score.py": "x = 1\n"}})
    ledger.sit_down(2, {})
    return ledger


def request(ledger, number, answer="ok"):
    """A call, its answer, and a score of it."""
    call = USE / "model" / f"call{number}" / 0
    program = Program(f"x = {number}\n")
    query = Query((Message("system", "s"), Message("user", f"question {number}")), 0.7, None, number)
    ledger.add_call(call, "m", "prompt", 1, 0.7, None)
    ledger.add_answer(call / "k" / 0, call, query, Answer(f"{answer} \ud800", "ok", "", 5, 6, 1), 0.1)
    ledger.add_score(USE / "utility" / program.fingerprint, "a", program, [Evaluation(0.5), Evaluation(1.0)])


def used(ledger, limited=False):
    """What a use of an improver leaves: one that forgets an event, and notes another."""
    ledger.add_event(USE / "utility", "not-a-program", "utility was given None")
    ledger.begin_again(USE)
    ledger.add_event(USE / "model", "model-budget", "asked beyond")
    result = None if limited else Program("x = 1\n")
    ledger.add_improvement(USE, SEED, "a", Program("x"), result, Outcome("ok"), Spent(), 3, limited)


def summed_up(ledger):
    """An iteration, and the summary, as a run writes it."""
    ledger.add_program(SEED)
    ledger.add_iteration(0, {"t": 0, "improver": SEED.fingerprint, "adopted": False})
    (ledger.folder / "improvers").mkdir(exist_ok=True)
    (ledger.folder / "improvers" / "I0.py").write_text(SEED.text)
    summarised(ledger)


def summarised(ledger):
    summary = {name: ledger.fact(name) for name in ("run", "seed", "model", "tasks", "isolation", "status")}
    summary |= {
        "iterations": ledger.iterations(),
        "spent": ledger.spent().to_json(),
        "audit": ledger.log.anchor(),
    }
    (ledger.folder / "summary.json").write_text(json.dumps(summary))


def ended(ledger, status="done", limit=""):
    ledger.state("status", status)
    ledger.stand_up(status)
    ledger.log.end(status, limit)
    summarised(ledger)
    ledger.close()


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The folder of a run that met a limit, went on, and is done."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    ledger = opened(folder)
    request(ledger, 0)
    used(ledger, limited=True)
    ended(ledger, "limit", "the limit of 9 model calls")
    ledger = opened(folder)
    ledger.begin({"limits": {"calls": 20}, "status": "running"})
    request(ledger, 1)
    used(ledger)
    summed_up(ledger)
    ended(ledger)
    return folder


@pytest.fixture
def run(done, tmp_path):
    """A copy of it, to be changed."""
    return Path(shutil.copytree(done, tmp_path / "run"))


def lines(run):
    return (run / "audit.jsonl").read_bytes().splitlines(keepends=True)


def write(run, lines):
    (run / "audit.jsonl").write_bytes(b"".join(lines))


def chained_anew(run, records):
    """A log of these records in which every hash is right, written by the package's own means."""
    (run / "audit.jsonl").unlink()
    log = AuditLog(_NoLedger(run), {})
    for record in records:
        kept = {
            name: value for name, value in record.items() if name not in ("n", "kind", "of", "rows", "hash")
        }
        log._write(record["kind"], record["of"], record.get("rows", []), kept)
    log.close()
    return {"records": log.records, "head": log.head}


class _NoLedger:
    def __init__(self, folder):
        self.folder = folder

    def fact(self, name):
        return None


def anchored(run, anchor):
    """Make summary.json and the ledger fit another log, as whoever changes all of it would."""
    summary = json.loads((run / "summary.json").read_text())
    (run / "summary.json").write_text(json.dumps({**summary, "audit": anchor}))
    changed(run, "UPDATE facts SET value = ? WHERE name = 'audit'", json.dumps(anchor))


def changed(run, statement, *values):
    with closing(sqlite3.connect(run / "ledger.sqlite", isolation_level=None)) as file:
        done = file.execute(statement, values)
        assert done.rowcount != 0, "nothing was changed"


def where(run, head=None):
    return [finding.where for finding in audit(run, head).found]


# --- what is right ----------------------------------------------------------------------------------------------


def test_a_run_that_nobody_touched_is_whole(done):
    judged = audit(done)
    assert (judged.found, judged.remarks) == ([], [])
    assert judged.records == len(lines(done))
    with closing(Ledger(done, new=False)) as ledger:
        assert judged.rows > 20
        assert judged.head == ledger.fact("audit")["head"]
    assert audit(done, judged.head).whole


def test_it_says_what_happened_in_order(done):
    kinds = [json.loads(line)["kind"] for line in lines(done)]
    once = ["call", "answer", "score", "event", "forgotten", "event", "improvement"]
    assert kinds == [
        "begin", *once, "limit", "end", "resumed", "facts", *once, "iteration", "end",
    ]  # fmt: skip
    begin = json.loads(lines(done)[0])
    assert (begin["facts"]["seed"], begin["jobs"]) == (7, 2)


def test_a_process_that_finds_nothing_to_do_leaves_the_head_as_it_was(run):
    before = (run / "audit.jsonl").read_bytes()
    ledger = opened(run)
    ledger.begin({"limits": {"calls": 20}, "status": "running"})
    request(ledger, 1)
    ended(ledger)
    assert (run / "audit.jsonl").read_bytes() == before
    assert audit(run).whole


def test_a_head_noted_earlier_holds_for_what_came_later(run):
    head = audit(run).head
    ledger = opened(run)
    request(ledger, 2)
    ended(ledger)
    judged = audit(run, head)
    assert judged.whole
    assert "5 were added since" in judged.remarks[0]  # resumed, call, answer, score, end


def test_a_run_under_way_is_judged_by_its_chain(run):
    ledger = opened(run)
    request(ledger, 2)
    judged = audit(run)
    assert (judged.whole, judged.rows) == (True, None)
    write(run, [*lines(run)[:4], *lines(run)[5:]])
    assert where(run) == ["record 4"]
    ledger.close()


# --- the log is changed -------------------------------------------------------------------------------------------


def test_any_byte_that_is_changed_is_found(done, run):
    whole = (done / "audit.jsonl").read_bytes()
    draw = random.Random(6)
    places = [draw.randrange(len(whole)) for _ in range(200)]
    for place in [*places, 0, len(whole) - 1, len(whole) - 2]:
        other = draw.choice([byte for byte in range(256) if byte != whole[place]])
        (run / "audit.jsonl").write_bytes(whole[:place] + bytes([other]) + whole[place + 1 :])
        judged = audit(run)
        assert judged.found, (place, other)
        line = whole[:place].count(b"\n")
        assert judged.found[0].where == f"record {line}" or place == len(whole) - 1, judged.found
    (run / "audit.jsonl").write_bytes(whole)
    assert audit(run).whole


@pytest.mark.parametrize("n", range(0, 20, 3))
def test_a_record_that_is_dropped_doubled_or_moved_is_found(run, n):
    whole = lines(run)
    write(run, whole[:n] + whole[n + 1 :])
    assert audit(run).found[0].where == f"record {n}"
    assert "is missing" in audit(run).found[0].what
    write(run, whole[: n + 1] + whole[n:])
    assert audit(run).found[0].where == f"record {n + 1}"
    assert "doubled" in audit(run).found[0].what
    write(run, [*whole[:n], whole[n + 1], whole[n], *whole[n + 2 :]])
    assert audit(run).found[0].where == f"record {n}"
    write(run, whole)
    assert audit(run).whole


@pytest.mark.parametrize("left", [0, 1, 9, -2, -1])
def test_a_tail_that_is_cut_is_found(run, left):
    head = audit(run).head
    write(run, lines(run)[:left])
    assert where(run)
    assert where(run, head) == (["audit.jsonl"] if left else ["audit.jsonl", "audit.jsonl"])


def test_a_log_that_is_cut_with_all_that_points_at_its_end_takes_the_head(run):
    """Cut back to where the run first ended, with a ledger that fits: only the head that was noted tells."""
    head = audit(run).head
    records = [json.loads(line) for line in lines(run)]
    (first, *_) = (number for number, record in enumerate(records) if record["kind"] == "end")
    write(run, lines(run)[: first + 1])
    with closing(sqlite3.connect(run / "ledger.sqlite", isolation_level=None)) as file:
        for table in ("answer_rows", "answer_texts", "calls", "places"):
            file.execute(f"DELETE FROM {table} WHERE number > 1")
        file.execute("DELETE FROM score_rows WHERE part != ?", (Program("x = 0\n").fingerprint,))
        file.execute("DELETE FROM iterations")
    anchored(run, {"records": first + 1, "head": records[first]["hash"]})
    assert "audit.jsonl" not in where(run), "the chain and its anchors fit"
    assert where(run, head) == ["audit.jsonl"]


def test_a_log_that_is_written_anew_takes_the_head(run):
    head = audit(run).head
    records = [json.loads(line) for line in lines(run)]
    for record in records:
        if record["kind"] == "score":
            record["mean"] = 1.0
        if record["kind"] == "resumed":
            record.pop("left")  # which says where the true log was
    anchor = chained_anew(run, records)
    assert where(run)[0] == "audit.jsonl", "the anchors point at the true one"
    anchored(run, anchor)
    assert audit(run).whole, "all of it fits together"
    assert where(run, head) == ["audit.jsonl"]
    assert where(run, anchor["head"]) == []


def test_a_log_that_was_cut_before_the_run_went_on_is_found_from_then_on(run):
    write(run, lines(run)[:-2])
    ledger = opened(run)
    request(ledger, 5)
    ended(ledger)
    found = audit(run).found
    assert "resumed a log that had another head when it was left" in found[0].what


def test_a_record_added_after_the_end_is_found(run):
    ledger = Ledger(run, resume=True)
    log = AuditLog(ledger, {})
    log._lead = None
    log.append("event", "t9", [])
    log.anchor()
    ledger.close()
    log.close()
    assert "was added after the run had ended" in audit(run).found[0].what


def test_a_log_of_something_else_is_found(run):
    for wrong in (
        [1],
        {"n": 0},
        {"n": 0, "kind": "begin", "of": "", "rows": [[]]},
        {"n": 0, "kind": 3, "of": ""},
    ):
        (run / "audit.jsonl").unlink()
        log = AuditLog(_NoLedger(run), {})
        body = json.dumps(wrong).encode()[:-1]
        from selftaught.safety import audit as module

        line = body + b',"hash":"' + module._chained(log.head, body).encode() + b'"}\n'
        (run / "audit.jsonl").write_bytes(line)
        log.close()
        assert where(run)[0] == "record 0", wrong


@pytest.mark.parametrize("content", [None, b"", b"\n", b"{}\n", b"\x00" * 500, b'{"n":0}'])
def test_a_log_that_is_none(run, content):
    (run / "audit.jsonl").unlink()
    if content is not None:
        (run / "audit.jsonl").write_bytes(content)
    assert where(run)


@pytest.mark.parametrize("head", ["", "5f", "g" * 64, "A" * 64])
def test_what_is_no_head_is_told(done, head):
    with pytest.raises(InputError, match="is no head of a log"):
        audit(done, head)


# --- what it vouches for is changed -----------------------------------------------------------------------------


def columns(run):
    """Each column of each row that is vouched for: table, column, rowid or key."""
    from selftaught.ledger import KEYS

    found = []
    with closing(sqlite3.connect(run / "ledger.sqlite")) as file:
        for table in KEYS:
            if table == "sqlite_master":
                continue
            names = [row[1] for row in file.execute(f"PRAGMA table_info({table})")]
            keys = file.execute(f"SELECT {', '.join(KEYS[table])} FROM {table}").fetchall()
            for key in keys:
                if table != "facts" or key[0] not in ("status", "audit"):
                    found += [(table, name, key) for name in names]
    return found


def altered(value, draw):
    """A value with one thing in it changed."""
    match value:
        case None:
            return 0
        case str() if value:
            place = draw.randrange(len(value))
            return value[:place] + ("x" if value[place] != "x" else "y") + value[place + 1 :]
        case bytes() if value:
            return bytes([value[0] ^ 1, *value[1:]])
        case int() | float():
            return value + 1
    return "x"


def test_any_value_that_is_changed_in_the_ledger_is_found(done, run):
    from selftaught.ledger import KEYS

    draw = random.Random(6)
    for table, column, key in columns(done):
        same = " AND ".join(f"{name} = ?" for name in KEYS[table])
        with closing(sqlite3.connect(run / "ledger.sqlite", isolation_level=None)) as file:
            (value,) = file.execute(f"SELECT {column} FROM {table} WHERE {same}", key).fetchone()
            file.execute("BEGIN")
            try:
                file.execute(f"UPDATE {table} SET {column} = ? WHERE {same}", (altered(value, draw), *key))
            except sqlite3.IntegrityError:
                file.execute("ROLLBACK")  # another row has that key
                continue
            file.execute("COMMIT")
        assert where(run), (table, column, key)
        shutil.copy(done / "ledger.sqlite", run / "ledger.sqlite")
    assert audit(run).whole


def test_text_that_becomes_bytes_is_found(run):
    changed(run, "UPDATE programs SET text = CAST(text AS BLOB)")
    assert set(where(run)) >= {f"programs {SEED.fingerprint}"}


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("DELETE FROM events", "events 1"),
        ("DELETE FROM iterations", "iterations 0"),
        ("DELETE FROM answer_rows WHERE number = 2", "answer_rows 2"),
        ("INSERT INTO events VALUES (77, 'a', 'b', 'c', 0)", "events 77"),
        ("INSERT INTO programs VALUES ('77', 'pass')", "programs 77"),
        ("INSERT INTO facts VALUES ('more', '1')", "facts more"),
        ("CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM calls; END", "sqlite_master t"),
        ("CREATE TABLE more (a)", "sqlite_master more"),
    ],
)
def test_a_row_that_is_taken_out_or_put_in_is_found(run, statement, place):
    changed(run, statement)
    assert where(run)[0] == place


def test_a_byte_of_the_ledgers_file_is_found_or_changes_nothing(done, run):
    def rows(path):
        with closing(sqlite3.connect(path)) as file:
            file.text_factory = bytes
            tables = ("facts", "tasks", "programs", "prompts", "improvements", "answers", "scores", "events")
            return [file.execute(f"SELECT * FROM {t}").fetchall() for t in tables]

    whole = (done / "ledger.sqlite").read_bytes()
    before, draw = rows(done / "ledger.sqlite"), random.Random(6)
    found = 0
    for _ in range(100):
        place = draw.randrange(len(whole))
        for beside in run.glob("ledger.sqlite-*"):
            beside.unlink()
        (run / "ledger.sqlite").write_bytes(
            whole[:place] + bytes([whole[place] ^ (1 << draw.randrange(8))]) + whole[place + 1 :]
        )
        if where(run):
            found += 1
            continue
        assert rows(run / "ledger.sqlite") == before, place
    assert found >= 5


def test_a_status_that_is_changed_is_found(run):
    changed(run, "UPDATE facts SET value = '\"limit\"' WHERE name = 'status'")
    assert where(run) == ["facts status"]


def test_a_file_of_the_run_that_is_changed_or_gone_is_found(run):
    path = run / "improvers" / "I0.py"
    path.write_text(path.read_text() + "# another\n")
    assert where(run) == ["improvers/I0.py"]
    path.unlink()
    assert where(run) == ["improvers/I0.py"]
    path.write_text(SEED.text)
    assert audit(run).whole


@pytest.mark.parametrize("name", ["iterations", "spent", "seed", "audit"])
def test_a_summary_that_is_changed_is_found(run, name):
    summary = json.loads((run / "summary.json").read_text())
    (run / "summary.json").write_text(json.dumps({**summary, name: 1}))
    assert where(run) == ["summary.json"]


# --- processes that are killed ------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
sys.path += {path!r}
from test_audit import opened, request, used, summed_up
ledger = opened(Path({folder!r}))
append, left = ledger.log.append, {kill}
def killing(*words):
    global left
    left -= 1
    if not left and {before}: os.kill(os.getpid(), signal.SIGKILL)
    append(*words)
    if not left: os.kill(os.getpid(), signal.SIGKILL)
ledger.log.append = killing
request(ledger, 0); used(ledger); summed_up(ledger); request(ledger, 1); summed_up(ledger)
"""


def killed(folder, kill, before=False):
    """A run whose process is killed at its record ``kill``: before it is written, or before it takes effect."""
    script = KILLED.format(
        path=[str(Path(__file__).parent), str(Path(__file__).parents[1])],
        folder=str(folder),
        kill=kill,
        before=before,
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    ended = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def go_on(folder):
    ledger = opened(folder)
    ledger.begin({"limits": {"calls": 9}, "status": "running"})
    request(ledger, 0)
    used(ledger)
    summed_up(ledger)
    request(ledger, 1)
    ended(ledger)


@pytest.mark.parametrize("kill", [1, 2, 3, 5, 6, 7, 9, 10])
def test_a_process_that_is_killed_leaves_no_suspicion(tmp_path, kill):
    folder = tmp_path / "run"
    killed(folder, kill)
    judged = audit(folder)
    assert judged.found == []
    assert "the run was cut off" in judged.remarks[0]
    go_on(folder)
    judged = audit(folder)
    assert (judged.found, judged.remarks) == ([], []), "nothing was there that the log had not"
    assert [json.loads(line)["kind"] for line in lines(folder)][kill + 1] == "void"


def test_whoever_changes_what_a_killed_process_left_is_found(tmp_path):
    folder = tmp_path / "run"
    killed(folder, 8)
    with closing(sqlite3.connect(folder / "ledger.sqlite", isolation_level=None)) as file:
        tables = ("calls", "answer_rows", "answer_texts", "score_rows", "prompts", "facts")
        for table in tables:
            file.execute("BEGIN")
            file.execute(f"DELETE FROM {table}")
            file.execute("COMMIT")
            assert any(place.startswith(table) for place in where(folder)), table
    shutil.rmtree(folder)
    killed(folder, 8)
    changed(folder, "UPDATE score_rows SET mean = 1")
    assert where(folder)[0].startswith("score_rows")


def test_a_record_that_was_not_written_to_its_end(tmp_path):
    folder = tmp_path / "run"
    killed(folder, 6, before=True)
    whole = lines(folder)
    write(folder, [*whole, b'{"n":6,"at":17'])
    judged = audit(folder)
    assert judged.found == []
    assert "not written to its end" in judged.remarks[0]
    go_on(folder)
    assert audit(folder).found == []
    assert json.loads(lines(folder)[len(whole) + 1])["torn"] == 14


def test_a_process_that_was_killed_as_it_wrote_that_it_goes_on(run):
    before = (run / "audit.jsonl").read_bytes()
    (run / "audit.jsonl").write_bytes(before + b'{"n":21,"at":17')
    judged = audit(run)
    assert judged.found == []
    assert "not written to its end" in judged.remarks[0]
    (run / "audit.jsonl").write_bytes(before[:-1])
    assert where(run), "a record that was whole when the run ended is another matter"
    (run / "audit.jsonl").write_bytes(before + b'{"n":21,"at":17')
    ledger = opened(run)
    request(ledger, 2)
    ended(ledger)
    assert audit(run).found == []


def test_a_machine_that_lost_its_power_is_told_of_and_the_run_goes_on(tmp_path):
    """The ledger was synced for an answer, and the log's last lines were not: from outside like added rows."""
    folder = tmp_path / "run"
    killed(folder, 8, before=True)
    write(folder, lines(folder)[:-5])
    assert where(folder)
    go_on(folder)
    judged = audit(folder)
    assert judged.found == []
    assert "took over" in judged.remarks[0]
    changed(folder, "DELETE FROM answer_texts")
    assert where(folder), "what was taken over is vouched for from then on"


def test_a_run_begun_without_a_log_has_one_from_where_it_goes_on(tmp_path):
    folder = tmp_path / "run"
    ledger = opened(folder)
    request(ledger, 0)
    ledger.close()
    (folder / "audit.jsonl").unlink()
    assert where(folder) == ["audit.jsonl"]
    go_on(folder)
    judged = audit(folder)
    assert judged.found == []
    assert "nothing vouches for what was before" in judged.remarks[0]


def test_a_disk_that_is_full_leaves_no_suspicion(tmp_path):
    ledger = opened(tmp_path / "run")
    request(ledger, 0)
    pages = ledger._file.execute("PRAGMA page_count").fetchone()[0]
    ledger._file.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(LedgerError, match="full"):
        request(ledger, 1, "long " * 9000)
    ended(ledger, "interrupted")
    assert audit(tmp_path / "run").found == []


# --- the command ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A run and an improvement by the command, on the offline model."""
    selftaught = Selftaught(tmp_path_factory.mktemp("real"))
    assert selftaught("new", "a_task").code == 0
    ended = selftaught("run", "--task", "a_task", *QUICK, "--json")
    assert ended.code == 0, ended.err
    selftaught.summary = ended.json
    return selftaught


def test_a_real_run_is_whole_and_its_head_is_where_it_should_be(real):
    run = real.summary["run"]
    head = real.summary["audit"]["head"]
    ended = real("audit", run, "--head", head)
    assert ended.code == 0, ended.err
    assert "the log is whole" in ended.out
    assert head in ended.out
    judged = real("audit", run, "--json").json
    assert (judged["whole"], judged["head"], judged["records"]) == (
        True,
        head,
        real.summary["audit"]["records"],
    )
    resumed = real("run", "--resume", run)
    assert head in resumed.out, "nothing was to be done, and the head is printed"
    assert real("audit", run, "--head", head).code == 0


def test_a_real_run_that_was_changed_is_told_of_in_one_line(real):
    folder = real.folder / "runs" / real.summary["run"]
    shutil.copytree(folder, real.folder / "runs" / "copy")
    changed(real.folder / "runs" / "copy", "UPDATE score_rows SET mean = 0.9 WHERE rowid = 3")
    ended = real("audit", "copy")
    assert ended.code == 1
    assert ended.out.startswith("runs/copy: score_rows ")
    assert "is not as it was written, by record " in ended.out.splitlines()[0]
    other = real("audit", real.summary["run"], "--head", "0" * 64)
    assert other.code == 1
    assert "its head was never 0000000000000000" in other.out
    assert real("audit", real.summary["run"], "--head", "12").code == 2
    assert real("audit", "nowhere").code == 2


def test_an_improvement_and_a_study_are_whole_too(real):
    improved = real("improve", "a_task", *QUICK[4:], "--runs", "others", "--json")
    assert improved.code == 0, improved.err
    studied = real(
        "study", "fixed-task", "--task", "a_task", "--replicates", "1", "--iterations", "1", *QUICK[4:],
        "--runs", "others", "--json",
    )  # fmt: skip
    assert studied.code == 0, studied.err
    for document, run in (
        (improved.json, Path(improved.json["path"]).parent),
        (studied.json, studied.json["run"]),
    ):
        ended = real("audit", run, "--runs", "others", "--head", document["audit"]["head"], "--json")
        assert (ended.code, ended.json["found"]) == (0, []), ended
    best = real.folder / improved.json["path"]
    best.write_text(best.read_text() + "# another\n")
    assert real("audit", best.parent).code == 1
