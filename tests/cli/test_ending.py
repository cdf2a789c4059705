"""However a command ends, it ends in order."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import LONG, begun


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_keeps_what_it_did(selftaught, task, number):
    process, ledger = begun(selftaught, "run", "--task", task, *LONG)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 128 + number, err
    line = err.strip().splitlines()[-1]
    assert str(ledger.parent.relative_to(selftaught.folder)) in line
    assert "is kept in" in line
    assert "Traceback" not in err
    assert out == ""
    with sqlite3.connect(ledger) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert file.execute("SELECT value FROM facts WHERE name = 'status'").fetchone() == ('"interrupted"',)
    assert no_process_left_of(selftaught.folder)


def test_a_run_in_the_background_where_ctrl_c_is_ignored_ends_by_sigterm(selftaught, task):
    process, _ledger = begun(selftaught, "run", "--task", task, *LONG, ctrl_c=signal.SIG_IGN)
    process.terminate()
    _, err = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM, err
    assert "is kept in" in err
    assert no_process_left_of(selftaught.folder)


def no_process_left_of(folder):
    """Whether no worker was left behind: all of them inherit an environment that names the folder."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            inherited = (entry / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in inherited:
            return False
    return True


def test_ctrl_c_before_anything_was_begun(selftaught):
    (selftaught.folder / "p.py").write_text("import time\ndef f(): time.sleep(60)")
    process = selftaught.start("jail", "p.py", "--call", "f", "--wall-s", 60)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "selftaught: interrupted: nothing is kept\n")


def test_a_reader_that_has_seen_enough(selftaught):
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        [*selftaught.command, "models"],
        env=selftaught.environment,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    assert (process.returncode, process.stderr) == (0, "")


def test_a_full_disk_behind_standard_output(selftaught):
    with Path("/dev/full").open("w") as full:
        process = subprocess.run(
            [*selftaught.command, "models", "--json"],
            env=selftaught.environment, stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert process.returncode == 1
    assert re.fullmatch(r"selftaught: standard output cannot be written: .*\n", process.stderr)


def test_a_full_disk_in_the_middle_of_a_run(selftaught, task):
    script = (
        "import resource, selftaught.cli\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))\n"
        "selftaught.cli.main()"
    )
    selftaught.command = [sys.executable, "-c", script]
    ended = selftaught("run", "--task", task, *LONG)
    last = ended.err.splitlines()[-1]
    assert ended.code == 1, ended
    assert "ledger.sqlite: cannot be written" in last
    assert "Traceback" not in ended.err


def test_a_fault_of_ours_is_one_line(selftaught):
    (selftaught.folder / "sitecustomize.py").write_text(
        "import selftaught.models.finding as finding\ndel finding.known_models\n"
    )
    path = f"{selftaught.folder}:{selftaught.environment['PYTHONPATH']}"
    ended = selftaught("models", PYTHONPATH=path)
    assert ended.code == 1
    assert "this is a bug in selftaught; run with SELFTAUGHT_TRACEBACK=1" in ended.complaint
    assert "Traceback" in selftaught("models", PYTHONPATH=path, SELFTAUGHT_TRACEBACK="1").err
