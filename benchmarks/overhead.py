"""What this package adds to what a run cannot do without: time, processor, waiting when resumed, and disk.

    python benchmarks/overhead.py [path] [lpn] [cpu] [resume] [ledger] [audit] [--requests 3000] [--calls 10000]

All of them unless some are named. Each figure is a ratio, a difference or a count within one run; what has a bound
is printed with it, and whether it holds. A stub server in a process of its own (`tests/servers.py`) answers.

- *The model path alone*: 32 improvers at once, each in its jail, ask one question after another and have the answer
  scored by a constant. It cannot take less than requests x 0.2 s / 32. Aim: at most 1.15 times that, and less than
  250 MB for this process, the warm process and all improvers together (proportional set size, sampled).
- *A real run*: STOP on `lpn` with the seed improver and a model that always proposes a new program. It cannot take
  less than the time in which the model is waited for (seconds with a request in flight), nor less than the CPU time
  of the processes that run programs and score them, divided by the cores. Aim: at most 1.3 times the larger.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import openai
from processes import memory_mb

from selftaught.address import Address
from selftaught.api import Options, Stopped, find_improver, stop
from selftaught.budget import Budget
from selftaught.engines.local import LocalEngine
from selftaught.improving import improve
from selftaught.jail.doctor import choose
from selftaught.ledger import Ledger
from selftaught.models import Answer, Message, Query
from selftaught.models.finding import find_model
from selftaught.program import Program
from selftaught.run import Run, RunModel
from selftaught.safety.audit import AuditLog, audit
from selftaught.task import Evaluation, Instance, Task

LATENCY_S = 0.2
IMPROVERS = 32
SERVER = Path(__file__).parent.parent / "tests" / "servers.py"

ASKING = """
from helpers import extract_code

def improve_algorithm(initial_solution, utility, language_model):
    for number in range(language_model.budget):
        answer = language_model.prompt("You are a programmer.", f"Improve this, try {number}:\\n" + initial_solution)
        utility(extract_code(answer[0]))
    return initial_solution
"""

REPLY = '''
SEED_IMPROVER = {improver!r}
LPN = """import numpy as np

def algorithm(train_samples, train_parity, test_samples):
    best = max(range(1024), key=lambda mask: np.mean(train_samples[:, bits(mask)].sum(axis=1) % 2 == train_parity))
    return test_samples[:, bits(best)].sum(axis=1) % 2

def bits(mask):
    return [bit for bit in range(10) if mask >> bit & 1]
"""

def reply(request, n):
    asked = request["messages"][-1]["content"]
    program = SEED_IMPROVER if "def improve_algorithm" in asked else LPN
    return f"An idea.\\n\\n```python\\n# answer {{n}}\\n{{program}}```\\n"
'''


SIZED = '''
from hashlib import blake2b

SEED_IMPROVER = {improver!r}
SIZE = {size}
SHORT = """def algorithm(a, b, c):
    return c[:, {{n}} % 10]
"""
LONG = """import numpy as np

def algorithm(train_samples, train_parity, test_samples):
    best = max(range(1024), key=lambda mask: np.mean(train_samples[:, bits(mask)].sum(axis=1) % 2 == train_parity))
    return test_samples[:, bits(best)].sum(axis=1) % 2

def bits(mask):
    return [bit for bit in range(10) if mask >> bit & 1]
"""

def reply(request, n):
    asked = request["messages"][-1]["content"]
    program = SEED_IMPROVER if "def improve_algorithm" in asked else LONG if SIZE > 500 else SHORT.format(n=n)
    words = iter(blake2b(f"{{n}} {{word}}".encode(), digest_size=3).hexdigest() for word in range(SIZE))
    comment, idea = f"# answer {{n}}\\n", ""
    while len(comment) + len(program) < SIZE * 0.7:
        comment += f"# {{' '.join(next(words) for _ in range(10))}}\\n"
    while len(idea) + len(comment) + len(program) < SIZE - 20:
        idea += next(words) + " "
    return f"{{idea}}\\n\\n```python\\n{{comment}}{{program}}```\\n"
'''

ALL = ("path", "lpn", "cpu", "resume", "ledger", "audit")


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", default=[], help=f"which of {', '.join(ALL)}; all unless given")
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--calls", type=int, default=10_000, help="of the run that is resumed, at least")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if unknown := set(arguments.what) - set(ALL):
        parser.error(f"{', '.join(sorted(unknown))}: there are only {', '.join(ALL)}")
    measures: dict[str, Callable[[Path], dict[str, Any]]] = {
        "path": lambda folder: model_path(folder, arguments.requests),
        "lpn": lpn_run,
        "cpu": lambda folder: processor(folder, arguments.requests),
        "resume": lambda folder: resuming(folder, arguments.calls),
        "ledger": ledger_sizes,
        "audit": lambda folder: audit_log(folder, arguments.requests),
    }
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ALL:
            if name in (arguments.what or ALL):
                figures[name] = measures[name](Path(folder))
                if not arguments.json:
                    print(TABLES[name](figures[name]), end="\n\n", flush=True)
    if arguments.json:
        print(json.dumps(figures, indent=1))


@contextmanager
def stub(folder: Path, latency_s: float = LATENCY_S, reply: str = REPLY, **parts: Any) -> Iterator[str]:
    """The address of a server that answers after 200 ms with a program that it never gave before."""
    file = folder / "reply.py"
    file.write_text(reply.format(improver=parts.pop("improver", None) or find_improver("seed").text, **parts))
    command = [sys.executable, str(SERVER), "--latency-s", str(latency_s), "--reply", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"{process.stdout.readline().strip()}#stub"
        finally:
            process.terminate()
            process.communicate()


# --- the model path alone ------------------------------------------------------------------------------------------


class Constant:
    """Something to improve that any program solves equally well, at no cost."""

    name, entry, asks_models = "constant", "f", False

    def __init__(self, padding: str = "") -> None:
        self.start = Program(f"{padding}def f(x):\n    return x\n")

    def described(self) -> str:
        """Nothing that matters."""
        return "Whatever."

    def draw(self, split: str, seed: bytes, n: int | None = None) -> list[Instance]:
        """One instance."""
        return [Instance(split, 0, seed)]

    async def evaluate(
        self, run: Run, program: Program, instances: Sequence[Instance], address: Address
    ) -> list[Evaluation]:
        """The same score for all."""
        return [Evaluation(0.5)] * len(instances)


def model_path(folder: Path, requests: int) -> dict[str, Any]:
    """Seconds of 32 improvers that ask ``requests`` questions in all, beside the least that they can take."""
    calls = -(-requests // IMPROVERS)
    with stub(folder) as model:
        taken_s, cpu_s, memory_mb = asyncio.run(_model_path(folder / "path", model, calls))
    least_s = calls * LATENCY_S
    return {
        "requests": calls * IMPROVERS,
        "seconds": round(taken_s, 2),
        "least_s": round(least_s, 2),
        "times_least": round(taken_s / least_s, 3),
        "cpu_ms_a_request": round(1e3 * cpu_s / (calls * IMPROVERS), 2),
        "memory_mb": round(memory_mb, 1),
    }


async def _model_path(folder: Path, model: str, calls: int) -> tuple[float, float, float]:
    engine = LocalEngine(len(os.sched_getaffinity(0)), choose(None))
    run = Run(1, (RunModel(find_model(model)),), engine, Ledger(folder), Budget(calls, 1))
    try:
        task, improver = Constant(), Program(ASKING)
        assert run.zygote.alive  # started before the clock
        watching = asyncio.create_task(_watch_memory())
        began, cpu_began = time.perf_counter(), time.process_time()
        improvements = await asyncio.gather(
            *(
                improve(
                    run, improver, task, task.start, task.draw("search", bytes(16)), Address((f"{number}",))
                )
                for number in range(IMPROVERS)
            )
        )
        taken_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
        watching.cancel()
        for improvement in improvements:
            assert improvement.outcome.status == "ok", improvement.outcome
            assert improvement.spent.calls == improvement.scores == calls
        return taken_s, cpu_s, _peak_mb[0]
    finally:
        await run.close()


_peak_mb = [0.0]


def _not_the_server(command: str) -> bool:
    return SERVER.name not in command


async def _watch_memory() -> None:
    """Keep the largest sum seen of this process's and its descendants' proportional set sizes."""
    while True:
        await asyncio.sleep(5)
        _peak_mb[0] = max(_peak_mb[0], await asyncio.to_thread(memory_mb, _not_the_server))


# --- a real run ----------------------------------------------------------------------------------------------------


def lpn_run(folder: Path, repeats: int = 2) -> dict[str, Any]:
    """Seconds of one iteration of STOP on ``lpn``, beside its two bounds."""
    cores = len(os.sched_getaffinity(0))
    with stub(folder) as model:
        cpu_began, began = _children_cpu_s(), time.perf_counter()
        stopped = stop(
            ["lpn"], iterations=1, repeats=repeats, options=Options(model=model, seed=1, runs=folder)
        )
        taken_s = time.perf_counter() - began
        scoring_s = (_children_cpu_s() - cpu_began) / cores  # the server has not ended, so it is not counted
    with closing(sqlite3.connect(stopped.folder / "ledger.sqlite")) as ledger:
        spans = ledger.execute("SELECT ended_at - took_s, ended_at FROM answers ORDER BY 1").fetchall()
        (evaluations,) = ledger.execute("SELECT sum(n) FROM scores WHERE task = 'lpn'").fetchone()
    model_s = _union_s(spans)
    return {
        "requests": len(spans),
        "evaluations": evaluations,
        "seconds": round(taken_s, 2),
        "model_s": round(model_s, 2),
        "scoring_cpu_s": round(scoring_s, 2),
        "cores": cores,
        "times_larger_bound": round(taken_s / max(model_s, scoring_s), 3),
    }


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _union_s(spans: Sequence[tuple[float, float]]) -> float:
    """The length of the union of intervals, given by their beginnings' order."""
    total, until = 0.0, float("-inf")
    for began, ended in spans:
        total += max(0.0, ended - max(began, until))
        until = max(until, ended)
    return total


# --- processor ------------------------------------------------------------------------------------------------------

TURN = 10 * IMPROVERS
PADDING = "".join(f"# {number}: a line as long as those that a program has\n" for number in range(55))  # 3 kB


def processor(folder: Path, requests: int) -> dict[str, Any]:
    """Milliseconds of CPU a request, through a whole run and through the bare client, turn by turn."""
    turns = max(2, requests // TURN)
    with stub(folder, 0.02, SIZED, size=2000) as model:
        ours, bare = asyncio.run(_processor(folder / "processor", model, turns))
    each = [1e3 * (here - there) / TURN for here, there in zip(ours, bare, strict=True)]
    return {
        "requests": TURN * turns,
        "ours_ms": round(1e3 * sum(ours) / TURN / turns, 3),
        "client_ms": round(1e3 * sum(bare) / TURN / turns, 3),
        "added_ms": round(sum(each) / turns, 3),
        "added_ms_by_turn": [round(min(each), 3), round(max(each), 3)],
        "bound_ms": 2.0,
        "holds": sum(each) / turns <= 2.0,
    }


async def _processor(folder: Path, model: str, turns: int) -> tuple[list[float], list[float]]:
    engine = LocalEngine(len(os.sched_getaffinity(0)), choose(None))
    ledger = Ledger(folder)
    ledger.log = AuditLog(ledger, {})
    run = Run(1, (RunModel(find_model(model)),), engine, ledger, Budget(TURN // IMPROVERS, 1))
    task, improver = Constant(PADDING), Program(ASKING)

    async def through_a_run(turn: int) -> None:
        instances = task.draw("search", bytes(16))
        places = [Address((f"{turn}-{number}",)) for number in range(IMPROVERS)]
        uses = [improve(run, improver, task, task.start, instances, place) for place in places]
        for improvement in await asyncio.gather(*uses):
            assert improvement.outcome.status == "ok", improvement.outcome
            assert improvement.spent.calls == improvement.scores == TURN // IMPROVERS

    client = openai.AsyncOpenAI(base_url=model.partition("#")[0], api_key="none", max_retries=0)

    async def one_after_another() -> None:
        for number in range(TURN // IMPROVERS):
            answer = await client.chat.completions.create(
                model="stub",
                messages=[
                    {"role": "system", "content": "You are a programmer."},
                    {"role": "user", "content": f"Improve this, try {number}:\n{task.start.text}"},
                ],
                temperature=0.7,
                seed=1,
            )
            assert answer.choices[0].message.content

    async def bare(turn: int) -> None:
        await asyncio.gather(*(one_after_another() for _ in range(IMPROVERS)))

    def cpu_s() -> float:
        return time.process_time() + time.clock_gettime(
            (~run.zygote.pid << 3) | 2
        )  # see clock_getcpuclockid(3)

    took: dict[Any, list[float]] = {through_a_run: [], bare: []}
    try:
        for turn in range(turns + 1):  # the first warms up
            for way, times in took.items():
                began = cpu_s()
                await way(turn)
                times.append(cpu_s() - began)
        return took[through_a_run][1:], took[bare][1:]
    finally:
        await client.close()
        await run.close()


# --- resuming -------------------------------------------------------------------------------------------------------

# The seed improver with a budget's worth of calls, and so a program as long as it.
THOROUGH = """    answers = language_model.batch_prompt(expertise, [message] * n_messages, temperature=0.7)
    for number in range(1, language_model.budget):
        again = message + f"\\n\\nThis is attempt {number}."
        answers += language_model.batch_prompt(expertise, [again] * n_messages, temperature=0.7)
"""


async def _made_up(
    self: LocalEngine, task: Task, program: Program, instances: Sequence[Instance]
) -> list[Evaluation]:
    """Accuracies as of lpn, by the program alone, instead of running it."""
    draw = random.Random(program.fingerprint)
    return [Evaluation(draw.randrange(8, 21) / 20) for _ in instances]


def made_run(folder: Path, calls: int, size: int) -> Stopped:
    """A finished run on lpn of at least so many calls of six samples, whose scores are made up."""
    seed = find_improver("seed").text
    one_call = (
        "    answers = language_model.batch_prompt(expertise, [message] * n_messages, temperature=0.7)\n"
    )
    assert one_call in seed
    improver = seed.replace(one_call, THOROUGH)
    repeats = 5
    while (
        an_iteration := 4 * repeats * 27
    ) * 6 < calls:  # 24 proposals on search, two on validation, one on test
        repeats += 1
    with stub(folder, 0.0, SIZED, improver=improver, size=size) as model:
        options = Options(model=model, seed=1, runs=folder)
        with patch.object(LocalEngine, "evaluate", _made_up):
            return stop(
                ["lpn"], iterations=-(-calls // an_iteration), repeats=repeats, improver=Program(improver),
                options=options,
            )  # fmt: skip


def resuming(folder: Path, calls: int) -> dict[str, Any]:
    """Seconds of ``selftaught run --resume`` on a finished run."""
    began = time.perf_counter()
    stopped = made_run(folder, calls, 2000)
    return {"made_s": round(time.perf_counter() - began, 1), **resumed(stopped.folder)}


def resumed(run: Path, times: int = 3) -> dict[str, Any]:
    """Resume the finished run in a folder some times: nothing may be asked or done again, or written anew."""
    ledger = run / "ledger.sqlite"
    summary = json.loads((run / "summary.json").read_text())
    before = _rows_digest(ledger)
    command = [sys.executable, "-m", "selftaught", "run", "--resume", str(run), "--json"]
    seconds: dict[str, list[float]] = {"cold": [], "warm": []}
    for state in ["cold", "warm"] * times:
        if state == "cold":
            _forget(ledger)
        began = time.perf_counter()
        ended = subprocess.run(command, capture_output=True, text=True, check=True)  # the server has ended
        seconds[state].append(time.perf_counter() - began)
        assert json.loads(ended.stdout) == summary
    assert _rows_digest(ledger) == before
    began = time.perf_counter()
    subprocess.run([*command[:4], "--help"], capture_output=True, check=True)
    return {
        "calls": summary["spent"]["calls"],
        "answers": summary["spent"]["samples"],
        "megabytes": round(ledger.stat().st_size / 1e6, 1),
        "cold_s": [round(each, 2) for each in seconds["cold"]],
        "warm_s": [round(each, 2) for each in seconds["warm"]],
        "help_s": round(time.perf_counter() - began, 2),
        "bound_s": 5.0,
        "holds": max(seconds["cold"] + seconds["warm"]) < 5.0,
        "ledger": size_of(ledger),
    }


def _rows_digest(ledger: Path) -> str:
    """All that is in a ledger but for facts and sittings, as one word."""
    digest = hashlib.blake2b()
    with closing(sqlite3.connect(ledger)) as file:
        for (table,) in file.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
        ).fetchall():
            if table not in ("facts", "sittings"):
                for row in file.execute(f"SELECT * FROM {table}"):
                    digest.update(repr(row).encode())
    return digest.hexdigest()


def _forget(path: Path) -> None:
    """Have the kernel drop a file from its cache."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(file)


# --- the ledger's size ----------------------------------------------------------------------------------------------


def ledger_sizes(folder: Path) -> dict[str, Any]:
    """The ledger of runs on lpn beside the texts in it."""
    figures = {}
    for name, size in (("long answers", 2000), ("short answers", 100)):
        (where := folder / name).mkdir()
        figures[name] = size_of(made_run(where, 540, size).folder / "ledger.sqlite")
    offline = stop(["lpn"], iterations=1, repeats=2, options=Options(seed=1, runs=folder / "offline"))
    figures["offline model"] = size_of(offline.folder / "ledger.sqlite")
    return figures


def size_of(ledger: Path) -> dict[str, Any]:
    """Bytes of a ledger and of the texts in it, each counted as often as it is kept by itself."""
    with closing(sqlite3.connect(ledger)) as file:
        texts = [text for (text,) in file.execute("SELECT text FROM programs")]
        texts += [text for (text,) in file.execute("SELECT text FROM tasks")]
        for (messages,) in file.execute("SELECT messages FROM prompts"):
            texts += [content for _, content in json.loads(messages)]
        answers = file.execute("SELECT text, cause FROM answers").fetchall()
        texts += [text for row in answers for text in row]
        for row in file.execute("SELECT cause, traceback, output FROM improvements"):
            texts += row
        for (rows,) in file.execute("SELECT evaluations FROM scores"):
            texts += {
                each
                for row in json.loads(rows)
                if isinstance(row, list)
                for each in row[2:5]
                if isinstance(each, str)
            }
        texts += [words for (words,) in file.execute("SELECT words FROM events")]
    told = sum(len(text if isinstance(text, bytes) else text.encode()) for text in texts)
    size = ledger.stat().st_size
    return {
        "answers": len(answers),
        "bytes_an_answer": round(sum(len(text) for text, _ in answers) / len(answers)),
        "text_bytes": told,
        "ledger_bytes": size,
        "beyond_texts_an_answer": round((size - told) / len(answers)),
        "times_texts": round(size / told, 3),
        "bound": 3.0,
        "holds": size < 3 * told,
    }


# --- the audit log --------------------------------------------------------------------------------------------------


def audit_log(folder: Path, requests: int) -> dict[str, Any]:
    """Milliseconds of CPU that the log adds to what the ledger takes for a request; bytes; seconds of an audit."""
    turns = max(3, requests // TURN)
    took: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(turns + 1):  # the first warms up
        for logged in (True, False):
            took[logged].append(_kept(folder / f"audit-{turn}-{logged}", TURN, logged))
    each = [1e3 * (here - there) / TURN for here, there in zip(took[True][1:], took[False][1:], strict=True)]
    _kept(folder / "judged", requests, True)
    began = time.process_time()
    judged = audit(folder / "judged")
    judging_s = time.process_time() - began
    assert judged.whole, judged
    added = statistics.median(each)
    return {
        "requests": TURN * turns,
        "ledger_ms": round(1e3 * statistics.median(took[False][1:]) / TURN, 3),
        "added_ms": round(added, 3),
        "added_ms_by_turn": [round(min(each), 3), round(max(each), 3)],
        "log_bytes_a_request": round((folder / "judged" / "audit.jsonl").stat().st_size / requests),
        "rows": judged.rows,
        "audit_s": round(judging_s, 2),
        "bound_ms": 0.5,
        "holds": added <= 0.5,
    }


def _kept(folder: Path, requests: int, logged: bool) -> float:
    """Seconds of CPU in which a ledger keeps so many calls, each with one answer of 2 kB and its score."""
    ledger = Ledger(folder)
    if logged:
        ledger.log = AuditLog(ledger, {})
    ledger.begin({"run": folder.name})
    use, text = Address(("t0", "search", "dbf5153a0d0cb6d8")), PADDING[:2000]
    began = time.process_time()
    for number in range(requests):
        program = Program(f"{text}# {number}")
        call = use / "model" / f"{number:016x}" / 0
        query = Query(
            (Message("system", "You are a programmer."), Message("user", program.text)), 0.7, None, 1
        )
        ledger.add_call(call, "stub", "prompt", 1, 0.7, None)
        ledger.add_answer(call / "5805f77b" / 0, call, query, Answer(program.text), 0.2)
        ledger.add_score(use / "utility" / program.fingerprint, "lpn", program, [Evaluation(0.5)] * 20)
    taken = time.process_time() - began
    if ledger.log is not None:
        ledger.log.end("done", "")
        ledger.state("status", "done")
        ledger.log.anchor()
    ledger.close()
    return taken


# --- for a person ---------------------------------------------------------------------------------------------------


def _path_table(path: dict[str, Any]) -> str:
    return "\n".join(
        [
            f"the model path alone: {path['requests']:,} requests, {IMPROVERS} improvers, {LATENCY_S} s each",
            f"  {path['seconds']:6.2f} s, {path['times_least']:.3f} times {path['least_s']:.2f}  (aim: 1.15)",
            f"  {path['cpu_ms_a_request']:6.2f} ms of CPU here a request",
            f"  {path['memory_mb']:6.1f} MB  (aim: 250)",
        ]
    )


def _lpn_table(run: dict[str, Any]) -> str:
    return "\n".join(
        [
            f"a run on lpn: {run['requests']} requests, {run['evaluations']:,} evaluations, {run['cores']} cores",
            f"  {run['seconds']:6.2f} s",
            f"  {run['model_s']:6.2f} s with a request in flight",
            f"  {run['scoring_cpu_s']:6.2f} s of CPU for programs and scoring, a core",
            f"  {run['times_larger_bound']:6.3f} times the larger  (aim: 1.3)",
        ]
    )


def _cpu_table(cpu: dict[str, Any]) -> str:
    least, most = cpu["added_ms_by_turn"]
    return "\n".join(
        [
            f"processor: {cpu['requests']:,} requests each way, in turns of {TURN}",
            f"  {cpu['ours_ms']:6.2f} ms of CPU a request in a run, with its call, answer and score kept",
            f"  {cpu['client_ms']:6.2f} ms through the bare client",
            f"  {cpu['added_ms']:6.2f} ms added, {least:.2f} to {most:.2f} by turn  (bound: 2; {_holds(cpu)})",
        ]
    )


def _resume_table(run: dict[str, Any]) -> str:
    return "\n".join(
        [
            f"resuming a finished run: {run['calls']:,} calls, {run['answers']:,} answers, "
            f"{run['megabytes']:.0f} MB, made in {run['made_s']:.0f} s",
            f"  {_spread(run['cold_s'])} s with the file not in the page cache",
            f"  {_spread(run['warm_s'])} s with it there  (bound: 5; {_holds(run)})",
            f"  {run['help_s']:.2f} s of `selftaught run --help`, for comparison",
            _size_line("its ledger", run["ledger"]),
        ]
    )


def _ledger_table(runs: dict[str, Any]) -> str:
    lines = [_size_line(name, figures) for name, figures in runs.items()]
    return "\n".join(["the ledger beside the texts in it", *lines])


def _audit_table(log: dict[str, Any]) -> str:
    least, most = log["added_ms_by_turn"]
    return "\n".join(
        [
            f"the audit log: {log['requests']:,} requests each way, in turns of {TURN}",
            f"  {log['ledger_ms']:6.2f} ms of CPU in which the ledger keeps a call, its answer and its score",
            f"  {log['added_ms']:6.2f} ms that the log adds, {least:.2f} to {most:.2f} by turn  "
            f"(bound: {log['bound_ms']}; {_holds(log)})",
            f"  {log['log_bytes_a_request']:6,} bytes of the log a request",
            f"  {log['audit_s']:6.2f} s of CPU to audit {log['rows']:,} rows",
        ]
    )


def _size_line(name: str, size: dict[str, Any]) -> str:
    return (
        f"  {name}: {size['ledger_bytes'] / 1e6:.2f} MB, texts {size['text_bytes'] / 1e6:.2f} MB: "
        f"{size['times_texts']:.2f} times  (bound: 3; {_holds(size)}); {size['answers']:,} answers of "
        f"{size['bytes_an_answer']:,} bytes, {size['beyond_texts_an_answer']:,} bytes beyond texts for each"
    )


def _spread(seconds: Sequence[float]) -> str:
    return f"{min(seconds):.2f} to {max(seconds):.2f}"


def _holds(figures: dict[str, Any]) -> str:
    return "holds" if figures["holds"] else "DOES NOT HOLD"


TABLES: dict[str, Callable[[dict[str, Any]], str]] = {
    "path": _path_table,
    "lpn": _lpn_table,
    "cpu": _cpu_table,
    "resume": _resume_table,
    "ledger": _ledger_table,
    "audit": _audit_table,
}


if __name__ == "__main__":
    main()
