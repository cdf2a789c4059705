"""Scoring on this machine's cores: one worker process a job, each with jails of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import selftaught.errors
from selftaught.engines.worker import HEADER
from selftaught.errors import EngineError, ScorerFailed, TaskError
from selftaught.jail import wire
from selftaught.program import Program
from selftaught.task import Evaluation, Instance, Task

_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT", "TZ")
_SCORER_S = 60.0
"""How long a task's own code may take to load, or for one order, beyond what the programs may take."""
_TRIES = 3
_MAX_PROGRAM_BYTES = wire.MAX_FRAME_BYTES - 2**20


class LocalEngine:
    """Workers on this machine. ``jobs`` of them at once; ``shares`` are also held by improvers that compute."""

    def __init__(self, jobs: int, isolation: str) -> None:
        if jobs < 1:
            raise ValueError(f"jobs must be at least 1 but got {jobs}.")
        self.jobs = jobs
        self.isolation = isolation
        self.shares = asyncio.Semaphore(jobs)
        self._idle: list[_Worker] = []
        self._started: list[_Worker] = []
        self._tasks: list[Task] = []

    async def describe(self, task: Task) -> dict[str, int] | None:
        """Load the task's functions in a worker; the sizes of its splits where it is data.

        Raises :class:`TaskError` where its ``score.py`` does not load.
        """
        async with self.shares:
            worker = await self._worker()
            try:
                pools = await worker.learn(self._number(task), task)
            except BaseException:
                worker.kill()
                raise
            self._idle.append(worker)
            return pools

    async def evaluate(self, task: Task, program: Program, instances: Sequence[Instance]) -> list[Evaluation]:
        """Score a program on instances, spread over the idle workers; results in the instances' order."""
        size = len(program.text.encode("utf-8", "surrogatepass"))
        if size > _MAX_PROGRAM_BYTES:  # whatever else an order holds, and so however many jobs there are
            cause = f"the program is too large: {size:,} bytes, of at most {_MAX_PROGRAM_BYTES:,}"
            return [Evaluation(0.0, "refused", cause)] * len(instances)
        share = -(-len(instances) // self.jobs)
        parts = [instances[start : start + share] for start in range(0, len(instances), share)]
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(self._part(task, program, part)) for part in parts]
        return [evaluation for part in running for evaluation in part.result()]

    async def _part(self, task: Task, program: Program, instances: Sequence[Instance]) -> list[Evaluation]:
        async with self.shares:
            for _ in range(_TRIES):
                try:
                    worker = await self._worker()
                except EngineError:  # it ended as it was started
                    continue
                try:
                    evaluations = await worker.score(self._number(task), task, program, instances)
                except EngineError:
                    worker.kill()
                    continue
                except BaseException:
                    worker.kill()
                    raise
                self._idle.append(worker)
                return evaluations
        raise EngineError(
            f"the scoring worker ended {_TRIES} times on {task.name}; its memory may be too small"
        )

    async def _worker(self) -> _Worker:
        if self._idle:
            return self._idle.pop()
        worker = await _Worker.start()
        self._started.append(worker)  # at once: whatever interrupts what follows, its end is waited for
        try:
            await worker.make_ready(self.isolation)
        except BaseException:
            worker.kill()
            raise
        return worker

    def _number(self, task: Task) -> int:
        for number, known in enumerate(self._tasks):
            if replace(known, available=None) == replace(task, available=None):
                return number
        self._tasks.append(task)
        return len(self._tasks) - 1

    async def close(self) -> None:
        """End the workers, and their jails with them."""
        for worker in self._started:
            worker.hang_up()
        for worker in self._started:
            await worker.end()
        self._started.clear()
        self._idle.clear()


class _Worker:
    """One worker process, seen from the engine."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process, self._reader, self._writer = process, reader, writer
        self._known: set[int] = set()

    @classmethod
    async def start(cls) -> _Worker:
        ours, theirs = socket.socketpair()
        with theirs:
            reader, writer = await asyncio.open_connection(sock=ours, limit=2**26)
            try:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-P",  # and not -m: a score.py that imports ProgramFailed must get the class that is raised
                    "-c",
                    "from selftaught.engines.worker import main; main()",
                    stdin=theirs.fileno(),
                    stdout=asyncio.subprocess.DEVNULL,
                    env=_environment(),
                    start_new_session=True,
                )
            except BaseException:
                writer.close()
                raise
        return cls(process, reader, writer)

    async def make_ready(self, isolation: str) -> None:
        await self._ask({"do": "start", "path": sys.path, "isolation": isolation}, _SCORER_S)

    async def learn(self, number: int, task: Task) -> dict[str, int] | None:
        order = {
            "do": "learn",
            "task": number,
            "folder": str(task.folder) if task.folder else "",
            "functions": b"" if task.folder else pickled(task),
            "entry": task.entry,
            "imports": list(task.imports),
            "limits": [task.limits.cpu_s, task.limits.wall_s, task.limits.memory_mb],
            "scale": [task.scale.zero, task.scale.one] if task.scale else None,
            "sizes": task.sizes,
            "fixed": task.fixed,
        }
        try:
            answer = await self._ask(order, _SCORER_S)
        except TimeoutError:
            where = task.folder / "score.py" if task.folder else task.name
            raise ScorerFailed(f"{where}: loading it took longer than {_SCORER_S:g} s") from None
        except wire.Refused as problem:
            raise TaskError(f"{task.name}: its functions are {problem}") from None
        if "input_error" in answer:
            raise TaskError(answer["input_error"])
        self._known.add(number)
        return answer["pools"]  # type: ignore[no-any-return]

    async def score(
        self, number: int, task: Task, program: Program, instances: Sequence[Instance]
    ) -> list[Evaluation]:
        if number not in self._known:
            await self.learn(number, task)
        order = {
            "do": "score",
            "task": number,
            "program": program.text,
            "instances": [[instance.split, instance.index, instance.seed] for instance in instances],
        }
        patience = len(instances) * task.limits.wall_s + _SCORER_S
        try:
            answer = await self._ask(order, patience)
        except TimeoutError:
            raise ScorerFailed(
                f"{task.name}: scoring {len(instances)} instances took longer than {patience:g} s: "
                "does score.py wait for something?"
            ) from None
        except wire.Refused as problem:
            raise TaskError(f"{task.name}: {len(instances)} instances at once are {problem}") from None
        if "scorer_failed" in answer:
            raise ScorerFailed(f"{task.name}: {answer['scorer_failed']}")
        return [Evaluation(*row) for row in answer["results"]]

    async def _ask(self, order: dict[str, Any], patience_s: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout(patience_s):
                self._writer.write(wire.pack(order))
                await self._writer.drain()
                (size,) = HEADER.unpack(await self._reader.readexactly(HEADER.size))
                answer: dict[str, Any] = wire.unpack(await self._reader.readexactly(size))
        except (OSError, asyncio.IncompleteReadError) as problem:
            if isinstance(problem, TimeoutError):
                raise
            raise EngineError("a scoring worker ended") from None
        if "failed" in answer:
            raise getattr(selftaught.errors, answer["failed"], EngineError)(answer["why"])
        return answer

    def hang_up(self) -> None:
        self._writer.close()

    def kill(self) -> None:
        self.hang_up()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def end(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), 10)
            return
        self.kill()
        await self._process.wait()


def _environment() -> dict[str, str]:
    """What a worker is given of this process's environment: no keys."""
    kept = {name: value for name in _KEPT_VARIABLES if (value := os.environ.get(name)) is not None}
    package = str(Path(selftaught.errors.__file__).parent.parent)
    return {
        **kept,
        "PYTHONPATH": package,
        "PYTHONHASHSEED": "0",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def pickled(task: Task) -> bytes:
    """The functions of a task made in Python, for a worker."""
    import cloudpickle

    functions = {
        "instance": task.instance,
        "instances": task.instances,
        "score": task.score,
        "evaluate": task.evaluate_program,
    }
    return bytes(cloudpickle.dumps({name: value for name, value in functions.items() if value is not None}))
