"""A run that is killed at random moments, and resumed each time, until it comes to its end.

    python -m soak.crashes --kills 200 --seed 11

A server in a process of its own answers as the offline model does, and writes down each query as it comes. After
each kill (SIGKILL of the command; in three of ten cases of one of its own processes a moment before) its list and the
run's ledger must agree: what the ledger had is not asked for again, and what was asked for and is not in it was in
flight at that instant, so it is no more than a model has in flight. The audit log must accuse nobody. The run must
come to the same end, row by row, as one that nobody killed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from processes import children, eventually, running, zygotes

from selftaught.ledger import Ledger
from selftaught.safety.audit import audit
from soak import ROOT, say

CONCURRENCY = 32  # queries that a model has in flight
WHAT_HAPPENED = (
    "programs", "prompts", "improvements", "scores", "calls", "answers", "events", "iterations", "tasks",
)  # fmt: skip
SAME_IN_BOTH = ("seed", "model", "isolation", "iterations", "spent", "best", "status")
REPLY = """
# Answers as the offline model does, by the query's own seed, and writes down each query as it comes.
from pathlib import Path

from selftaught.models.offline import rewrite

ASKED = Path(__file__).with_name("asked").open("a", buffering=1)


def reply(request, n):
    ASKED.write(f"{request['seed']}\\n")
    return rewrite(request["messages"][1]["content"], request["temperature"], request["seed"])
"""


def task(folder: Path) -> Path:
    """A task that is scored soon: ``lpn`` on few instances."""
    shutil.copytree(ROOT / "src" / "selftaught" / "tasks" / "lpn", folder / "small")
    told = folder / "small" / "task.toml"
    told.write_text(
        re.sub(r"(?m)^(search|validation|test) = \d+", r"\1 = 2", told.read_text()).replace(
            "cpu_s = 2.0", "cpu_s = 0.5"
        )
    )
    return folder / "small"


def options(kills: int) -> list[str]:
    """Options of a run that is long enough to be killed so often."""
    return [
        "--iterations", str(max(2, kills // 10)), "--repeats", "2", "--calls", "2", "--samples", "4",
        "--seed", "5", "--jobs", "2",
    ]  # fmt: skip


class Server:
    """A server in a process of its own, and the seeds that it was asked for, in order."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "reply.py").write_text(REPLY)
        (folder / "asked").write_text("")
        self._asked = folder / "asked"
        tool = str(ROOT / "tests" / "servers.py")
        self.process = subprocess.Popen(
            [sys.executable, tool, "--latency-s", "0.05", "--reply", str(folder / "reply.py")],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )
        assert self.process.stdout is not None
        self.model = self.process.stdout.readline().strip() + "#counting"

    def asked(self, since: int = 0) -> list[int]:
        lines = self._asked.read_text().split("\n")[:-1]  # whole ones
        return [seed for seed in map(int, lines) if seed >= 0][since:]

    def settled(self) -> None:
        """Wait until all that was sent to it is written down: what is sent now is read later."""
        body = {"seed": -1, "temperature": 0, "messages": [{"content": ""}, {"content": ""}]}
        url = self.model.partition("#")[0] + "/chat/completions"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(url, json.dumps(body).encode())) as response:
            response.read()

    def close(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=30)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server as long as a ``with`` lasts."""
    server = Server(folder)
    try:
        yield server
    finally:
        server.close()


def begun(runs: Path) -> Path | None:
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


def answered(folder: Path | None) -> set[int]:
    """The seeds, as a server is sent them, of the answers that are kept."""
    if folder is None:
        return set()
    file = sqlite3.connect(f"file:{folder}/ledger.sqlite?mode=ro", uri=True)
    try:
        return {seed % 2**31 for (seed,) in file.execute("SELECT seed FROM answers")}
    finally:
        file.close()


def crash(
    kills: int, seed: int, folder: Path, told: Callable[[int], None] = lambda done: None
) -> dict[str, Any]:
    """Run once undisturbed, and once killed so often; what it came to."""
    began = time.monotonic()
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment |= {"PYTHONPATH": str(ROOT / "src"), "XDG_STATE_HOME": str(folder / "state")}

    def start(*arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "selftaught", *map(str, arguments)],
            cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def done(*arguments: object) -> Any:
        process = start(*arguments)
        out, words = process.communicate(timeout=3600)
        if process.returncode:
            raise RuntimeError(
                f"selftaught {' '.join(map(str, arguments))}: {process.returncode}: {words[-2000:]}"
            )
        return json.loads(out)

    wrong: list[str] = []
    runs, moments = folder / "runs", random.Random(seed)
    with serving(folder / "server") as server:
        arguments = ("run", "--task", task(folder), *options(kills), "--model", server.model, "--json")
        whole = done(*arguments, "--runs", folder / "whole")
        asked_whole = Counter(server.asked())
        if set(asked_whole.values()) != {1}:
            wrong.append("the undisturbed run asks twice for the same")
        total = len(server.asked())

        run: Path | None = None
        resumed, too_late, again, most = 0, 0, 0, 0
        lost_in_all: Counter[int] = Counter()
        for number in range(1, kills + 1):
            kept, before = answered(run), len(server.asked())
            if run is None:
                shutil.rmtree(runs, ignore_errors=True)
                process = start(*arguments, "--runs", runs)
            else:
                process = start("run", "--resume", run.name, "--runs", runs)
                resumed += 1
            alive, left = _kill(process, moments, server)
            too_late += not alive
            if not eventually(lambda left=left: not running(left)):  # type: ignore[misc]
                wrong.append(f"kill {number}: processes are left: {sorted(running(left))}")
            server.settled()
            run = begun(runs)
            asked = server.asked(before)
            if twice := kept.intersection(asked):
                again += len(twice)
                wrong.append(f"kill {number}: {len(twice)} answers that were kept are asked for again")
            lost = set(asked) - answered(run)
            most = max(most, len(lost))
            if len(lost) > CONCURRENCY:
                wrong.append(f"kill {number}: {len(lost)} answers are lost")
            lost_in_all.update(lost)
            if run is not None:
                wrong += [f"kill {number}: the log accuses: {each}" for each in audit(run).found]
            told(number)

        kept, before = answered(run), len(server.asked())
        ended = done("run", "--resume", run, "--json") if run else done(*arguments, "--runs", runs)
        if twice := kept.intersection(server.asked(before)):
            again += len(twice)
            wrong.append(f"at the end: {len(twice)} answers that were kept are asked for again")
        statuses = [row["status"] for row in done("runs", "--runs", runs, "--json")]
        if statuses != ["done"]:
            wrong.append(f"there is not one run, that is done: {statuses}")
        if Counter(server.asked(total)) != asked_whole + lost_in_all:
            wrong.append("the queries are not those of the undisturbed run and of what was in flight")
    for judged in (audit(next(path.iterdir())) for path in (folder / "whole", runs)):
        wrong += [f"at the end: the log says: {each}" for each in (*judged.found, *judged.remarks)]
    ledgers = [_rows(next(path.iterdir())) for path in (folder / "whole", runs)]
    different = {
        table: len(rows)
        for table in WHAT_HAPPENED
        if (rows := set(map(repr, ledgers[0][table])) ^ set(map(repr, ledgers[1][table])))
        or len(ledgers[0][table]) != len(ledgers[1][table])
    }
    if different:
        wrong.append(f"the ledgers differ: {different}")
    wrong += [
        f"{name} differs: {ended[name]!r}, not {whole[name]!r}"
        for name in SAME_IN_BOTH
        if ended[name] != whole[name]
    ]
    return {
        "seed": seed,
        "kills": kills,
        "resumed": resumed,
        "ended before the kill": too_late,
        "answers": total,
        "asked": len(asked_whole) + lost_in_all.total(),
        "in flight": lost_in_all.total(),
        "most in flight": most,
        "asked again": again,
        "rows": sum(map(len, ledgers[0].values())),
        "different rows": sum(different.values()),
        "seconds": round(time.monotonic() - began),
        "wrong": wrong,
    }


def _kill(process: subprocess.Popen[str], moments: random.Random, server: Server) -> tuple[bool, set[int]]:
    """Kill the command at a moment of its own; whether it still ran, and the processes it had."""
    before = len(server.asked())
    at_work = moments.random() < 0.8  # else while it starts, or whatever it does then
    if at_work:
        deadline = time.monotonic() + 5
        while len(server.asked()) == before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)  # until it is at work
    if moments.random() < 0.3:
        time.sleep(moments.uniform(0, 0.1))  # the moment
        warm, workers = zygotes(process.pid)
        for victim in moments.sample(sorted([*warm, *workers]), k=min(1, len(warm))):
            with contextlib.suppress(ProcessLookupError):  # it ended just now
                os.kill(victim, signal.SIGKILL)
    time.sleep(moments.uniform(0, 0.25 if at_work else 1.5))  # the moment
    left: set[int] = children(process.pid)
    alive = process.poll() is None
    process.kill()
    process.communicate(timeout=30)
    return alive, left


def _rows(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    ledger = Ledger(folder, new=False)
    try:
        if (said := ledger._file.execute("PRAGMA integrity_check").fetchall()) != [("ok",)]:
            raise RuntimeError(f"{folder}: {said}")
        return {table: ledger.rows(table) for table in WHAT_HAPPENED}
    finally:
        ledger.close()


def main() -> None:
    """Run as a process of its own."""
    parser = argparse.ArgumentParser(description="A run that is killed again and again.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=11)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="crashes-") as folder:
        say(
            {"result": crash(arguments.kills, arguments.seed, Path(folder), lambda done: say({"done": done}))}
        )


if __name__ == "__main__":
    main()
