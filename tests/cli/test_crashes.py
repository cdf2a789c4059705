"""A run that is killed at any moment, and resumed, comes to the same end, and no answer is asked for twice.

``CRASHES=200 python -m pytest tests/cli/test_crashes.py`` kills more often than the default.
"""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
from command_line import SOURCE, zygotes
from processes import children, eventually, running

TESTS = Path(__file__).parents[1]
KILLS = int(os.environ.get("CRASHES", "20"))
CONCURRENCY = 32  # queries that a model has in flight
OPTIONS = (
    "--iterations", str(max(2, KILLS // 10)), "--repeats", "2", "--calls", "2", "--samples", "4",
    "--seed", "5", "--jobs", "2",
)  # fmt: skip
WHAT_HAPPENED = (
    "programs", "prompts", "improvements", "scores", "calls", "answers", "events", "iterations", "tasks",
)  # fmt: skip
REPLY = """
# Answers as the offline model does, by the query's own seed, and writes down each query as it comes.
from pathlib import Path

from selftaught.models.offline import rewrite

ASKED = Path(__file__).with_name("asked").open("a", buffering=1)


def reply(request, n):
    ASKED.write(f"{request['seed']}\\n")
    return rewrite(request["messages"][1]["content"], request["temperature"], request["seed"])
"""


class Server:
    """A server in a process of its own, and the seeds that it was asked for, in order."""

    def __init__(self, folder):
        folder.mkdir()
        (folder / "reply.py").write_text(REPLY)
        (folder / "asked").write_text("")
        self._asked = folder / "asked"
        self.process = subprocess.Popen(
            [sys.executable, TESTS / "servers.py", "--latency-s", "0.05", "--reply", folder / "reply.py"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )
        self.model = self.process.stdout.readline().strip() + "#counting"

    def asked(self, since=0):
        lines = self._asked.read_text().split("\n")[:-1]  # whole ones
        return [seed for seed in map(int, lines) if seed >= 0][since:]

    def settled(self):
        """Wait until all that was sent to it is written down: what is sent now is read later."""
        body = {"seed": -1, "temperature": 0, "messages": [{"content": ""}, {"content": ""}]}
        url = self.model.partition("#")[0] + "/chat/completions"
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode())) as response:
            response.read()

    def close(self):
        self.process.terminate()
        self.process.communicate(timeout=30)


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "server")
    yield server
    server.close()


def rows(folder):
    from selftaught.ledger import Ledger

    ledger = Ledger(folder, new=False)
    try:
        assert ledger._file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {table: ledger.rows(table) for table in WHAT_HAPPENED}
    finally:
        ledger.close()


def answered(folder):
    """The seeds, as a server is sent them, of the answers that are kept."""
    if folder is None:
        return set()
    with sqlite3.connect(f"file:{folder}/ledger.sqlite?mode=ro", uri=True) as file:
        found = {seed % 2**31 for (seed,) in file.execute("SELECT seed FROM answers")}
    file.close()
    return found


def begun(runs):
    """The folder of the run, once there is something to resume."""
    for ledger in runs.glob("*/ledger.sqlite"):
        file = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)
        try:
            if file.execute("SELECT count(*) FROM facts WHERE name = 'kind'").fetchone()[0]:
                return ledger.parent
        except sqlite3.Error:
            pass
        finally:
            file.close()
    return None


def kill(process, moments, server):
    """Kill the command, or first a process of its own that it replaces, at a moment of their own."""
    before = len(server.asked())
    at_work = moments.random() < 0.8  # else while it starts, or whatever it does then
    if at_work:
        deadline = time.monotonic() + 5
        while len(server.asked()) == before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)  # until it is at work
    if moments.random() < 0.3:
        time.sleep(moments.uniform(0, 0.1))  # the moment
        warm, workers = zygotes(process)
        for victim in moments.sample(sorted([*warm, *workers]), k=min(1, len(warm))):
            os.kill(victim, signal.SIGKILL)
    time.sleep(moments.uniform(0, 0.25 if at_work else 1.5))  # the moment
    left = children(process.pid)
    process.kill()
    process.communicate(timeout=30)
    return left


def test_a_run_that_is_killed_again_and_again_comes_to_the_same_end(selftaught, server, tmp_path):
    arguments = ("run", "--task", "lpn", *OPTIONS, "--model", server.model, "--json")
    whole = selftaught(*arguments, "--runs", tmp_path / "whole")
    assert whole.code == 0, whole.err
    asked_whole = Counter(server.asked())
    assert set(asked_whole.values()) == {1}
    total = len(server.asked())

    runs, moments = tmp_path / "runs", random.Random(11)
    folder, resumed, again = None, 0, Counter()
    for _ in range(KILLS):
        kept, before = answered(folder), len(server.asked())
        if folder is None:
            shutil.rmtree(runs, ignore_errors=True)
            process = selftaught.start(*arguments, "--runs", runs)
        else:
            process = selftaught.start("run", "--resume", folder.name, "--runs", runs)
            resumed += 1
        left = kill(process, moments, server)
        assert eventually(lambda left=left: not running(left)), running(left)
        server.settled()
        folder = begun(runs)
        asked = server.asked(before)
        assert kept.isdisjoint(asked), "an answer that was received was asked for again"
        lost = set(asked) - answered(folder)
        assert len(lost) <= CONCURRENCY
        again.update(lost)
    assert resumed >= KILLS // 2

    kept, before = answered(folder), len(server.asked())
    ended = selftaught("run", "--resume", folder, "--json")
    assert ended.code == 0, ended.err
    assert kept.isdisjoint(server.asked(before))
    assert rows(folder) == rows(next((tmp_path / "whole").iterdir()))
    for name in ("seed", "model", "isolation", "iterations", "spent", "best", "status"):
        assert ended.json[name] == whole.json[name], name
    assert Counter(server.asked(total)) == asked_whole + again
    listed = selftaught("runs", "--runs", runs, "--json").json
    assert [row["status"] for row in listed] == ["done"]
    print(f"{KILLS} kills, {resumed} resumed, {again.total()} queries lost in flight of {total}")


def test_a_killed_run_is_listed_as_interrupted_and_two_do_not_write_it(selftaught, server, tmp_path):
    process = selftaught.start("run", "--task", "lpn", *OPTIONS, "--model", server.model)
    assert eventually(lambda: len(answered(begun(selftaught.folder / "runs"))) > 3)
    folder = begun(selftaught.folder / "runs")
    (row,) = selftaught("runs", "--json").json
    assert row["status"] == "running"
    second = selftaught("run", "--resume", folder.name)
    assert second.code == 2
    assert "another process is at work on this run" in second.complaint
    process.kill()
    process.communicate(timeout=30)
    (row,) = selftaught("runs", "--json").json
    assert row["status"] == "interrupted"
