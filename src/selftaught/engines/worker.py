"""A scoring worker: a process of its own that holds tasks' scoring functions and a zygote for their programs.

It is started without keys, told of a task once, and then scores one program on some instances at a time. The task's
``score.py`` runs here, trusted; the programs run in jails. Scores go back as plain values. The other end is
:mod:`selftaught.engines.local`.
"""

from __future__ import annotations

import importlib.util
import itertools
import math
import os
import socket
import struct
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from selftaught.address import derive
from selftaught.budget import Limits
from selftaught.errors import SelftaughtError
from selftaught.jail import layers, wire
from selftaught.jail.cell import Cell, Outcome, Zygote, ZygoteLost
from selftaught.program import Program
from selftaught.task import DEFAULT_SIZES, SPLITS, Instance, Scale, Score

HEADER = struct.Struct("<I")
_TOLERANCE = 1e-9  # how far outside [0, 1] a score may lie by rounding
_ZYGOTE_TRIES = 3


class ProgramFailed(Exception):
    """A program's call did not come to a result; ``outcome`` says what became of it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"{outcome.status}: {outcome.error}")
        self.outcome = outcome


class _ScorerBroke(Exception):
    """The task's own code raised; ``str()`` says what and where."""


class _Jailed:
    """The program that an ``evaluate`` is given: ``program.NAME(*args)`` runs in the instance's jail.

    ``opened`` makes a jail of the same instance for a program; ``all`` are this one and those made from it.
    """

    def __init__(
        self, opened: Callable[[Program], Cell], program: Program, others: list[_Jailed] | None = None
    ) -> None:
        self._opened, self._program = opened, program
        self._cell = opened(program)
        self._all = [] if others is None else others
        self._all.append(self)
        self.last: Outcome | None = None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            outcome = self._cell.call(name, args)
            self.last = outcome
            if outcome.status != "ok":
                raise ProgramFailed(outcome)
            return outcome.value

        setattr(self, name, call)
        return call

    def _anew(self, text: str | None) -> _Jailed:
        return _Jailed(self._opened, self._program if text is None else Program(text), self._all)


def fresh(program: _Jailed, text: str | None = None) -> _Jailed:
    """For an ``evaluate``: its program once more, in another jail of the same instance, where nothing was called.

    With ``text`` another program. Each jail has the task's limits to itself; all end with the instance.
    """
    return program._anew(text)


def text_of(program: _Jailed) -> str:
    """The text of an ``evaluate``'s program."""
    return program._program.text


def leave(program: _Jailed) -> None:
    """End the jail of a program that is not called again, before its instance ends."""
    program._cell.close()


def cpu_seconds(program: _Jailed) -> float:
    """For an ``evaluate``: the CPU seconds of the calls of this program so far, as seen from outside its jail."""
    return program.last.cpu_s if program.last else 0.0


@dataclass(slots=True)
class _Rules:
    """A task's own functions, loaded, and what is needed to run its programs."""

    entry: str
    imports: tuple[str, ...]
    limits: Limits
    scale: Scale | None
    make: Callable[[np.random.Generator], tuple[tuple[Any, ...], Any]] | None
    score: Callable[..., Any] | None
    evaluate: Callable[..., Any] | None
    pools: dict[str, list[Any]] | None

    def draw(self, instance: Instance) -> tuple[tuple[Any, ...], Any]:
        """The inputs and the hidden part of one instance; of data, the next in an order that the seed shuffles."""
        if self.pools is not None:
            pool = self.pools["search" if instance.split == "fixed" else instance.split]
            made = pool[int(_generator(instance.seed).permutation(len(pool))[instance.index % len(pool)])]
        else:
            assert self.make is not None
            made = self.make(_generator(instance.own_seed()))
        if not (isinstance(made, tuple) and len(made) == 2 and isinstance(made[0], tuple)):
            raise _ScorerBroke("an instance must be (inputs, hidden), inputs being the tuple of arguments")
        return made


class _Worker:
    def __init__(self, isolation: str) -> None:
        self._isolation = isolation
        self._rules: dict[int, _Rules] = {}
        self._zygotes: dict[tuple[str, ...], Zygote] = {}

    def learn(self, order: dict[str, Any]) -> dict[str, Any]:
        """Load a task's functions; how many instances each split has, where they are data."""
        where = order["folder"] or "the task's functions"
        try:
            functions = from_folder(order["folder"]) if order["folder"] else unpickled(order["functions"])
            data = functions.get("instances")
            pools = None if data is None else split_data(list(data()), order["sizes"], order["fixed"])
        except (Exception, SystemExit) as problem:  # noqa: BLE001  the author's code: its author is told
            return {"input_error": f"{_where(problem, where)}: {type(problem).__name__}: {problem}"}
        scale = order["scale"]
        self._rules[order["task"]] = rules = _Rules(
            order["entry"],
            tuple(order["imports"]),
            Limits(*order["limits"]),
            Scale(*scale) if scale else None,
            functions.get("instance"),
            functions.get("score"),
            functions.get("evaluate"),
            pools,
        )
        self._zygote(rules.imports)
        return {"pools": None if pools is None else {split: len(pool) for split, pool in pools.items()}}

    def score(self, order: dict[str, Any]) -> dict[str, Any]:
        """Score one program on some instances, each in a jail of its own."""
        rules, program = self._rules[order["task"]], Program(order["program"])
        results = []
        for instance in itertools.starmap(Instance, order["instances"]):
            for attempt in range(_ZYGOTE_TRIES):
                try:
                    results.append(self._one(rules, program, instance))
                    break
                except ZygoteLost:
                    self._zygotes.pop(rules.imports).close()
                    if attempt == _ZYGOTE_TRIES - 1:
                        raise
                except _ScorerBroke as problem:
                    return {"scorer_failed": str(problem)}
        return {"results": results}

    def _one(self, rules: _Rules, program: Program, instance: Instance) -> list[Any]:
        jail_seed = derive(instance.own_seed(), "jail", program.fingerprint)
        zygote = self._zygote(rules.imports)
        if rules.evaluate is not None:
            with ExitStack() as jails:

                def opened(each: Program) -> Cell:
                    return jails.enter_context(Cell(zygote, rules.limits, each, jail_seed))

                jailed = _Jailed(opened, program)
                try:
                    result = _scorers_own(rules.evaluate, jailed, _generator(instance.own_seed()))
                except ProgramFailed as failed:
                    return _failed(failed.outcome)
                return valued(result, rules.scale, sum(map(cpu_seconds, jailed._all)))
        inputs, hidden = _scorers_own(rules.draw, instance)
        with Cell(zygote, rules.limits, program, jail_seed) as cell:
            try:
                outcome = cell.call(rules.entry, inputs)
            except wire.Refused as problem:
                raise _ScorerBroke(f"an instance's inputs cannot be given to a program: {problem}") from None
        if outcome.status != "ok":
            return _failed(outcome)
        assert rules.score is not None
        return valued(_scorers_own(rules.score, outcome.value, inputs, hidden), rules.scale, outcome.cpu_s)

    def _zygote(self, imports: tuple[str, ...]) -> Zygote:
        if imports not in self._zygotes:
            self._zygotes[imports] = Zygote(self._isolation, imports)
        return self._zygotes[imports]

    def close(self) -> None:
        for zygote in self._zygotes.values():
            zygote.close()


def _generator(seed: bytes) -> np.random.Generator:
    return np.random.default_rng(int.from_bytes(seed, "little"))


def _failed(outcome: Outcome) -> list[Any]:
    return [0.0, outcome.status, outcome.error, None, "", round(outcome.cpu_s, 4)]


def valued(result: Any, scale: Scale | None, cpu_s: float = 0.0) -> list[Any]:
    """A scoring function's answer as a row; what is no score is 0 with its cause, never a good score."""
    cpu_s = round(cpu_s, 4)
    score = result if isinstance(result, Score) else Score(value=result)
    raw, feedback = score.raw, str(score.feedback)[:500]
    if score.value is None and raw is not None and scale is None:
        return [0.0, "refused", "a raw score without a value needs the task's [scale]", None, feedback, cpu_s]
    if score.value is None and raw is not None and scale is not None:
        if not _is_number(raw):
            return [
                0.0,
                "refused",
                f"the raw score is not a finite number: {raw!r:.80}",
                None,
                feedback,
                cpu_s,
            ]
        return [scale.value(float(raw)), "ok", "", float(raw), feedback, cpu_s]
    raw = float(raw) if raw is not None and _is_number(raw) else None
    if not _is_number(score.value):
        return [
            0.0,
            "refused",
            f"the score is not a finite number: {score.value!r:.80}",
            raw,
            feedback,
            cpu_s,
        ]
    value = float(score.value)  # type: ignore[arg-type]
    if not -_TOLERANCE <= value <= 1 + _TOLERANCE:
        return [0.0, "refused", f"the score is outside [0, 1]: {value}", raw, feedback, cpu_s]
    return [min(max(value, 0.0), 1.0), "ok", "", raw, feedback, cpu_s]


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating, np.bool_)):
        return isinstance(value, bool)
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer larger than any float
        return False


def _scorers_own(function: Callable[..., Any], *args: Any) -> Any:
    """Call the author's code; what it raises is told as its own failure, with file and line."""
    try:
        return function(*args)
    except (ProgramFailed, ZygoteLost, _ScorerBroke):
        raise
    except (Exception, SystemExit) as problem:  # noqa: BLE001  the author's code: it stops the run, and is told where
        raise _ScorerBroke(f"{_where(problem, 'score.py')}: {type(problem).__name__}: {problem}") from None


def _where(problem: BaseException, otherwise: str) -> str:
    """The file and line of the author's code that raised."""
    own = [
        frame
        for frame in traceback.extract_tb(problem.__traceback__)
        if frame.filename != __file__ and "importlib" not in frame.filename
    ]
    if isinstance(problem, SyntaxError) and problem.filename:
        return f"{problem.filename}:{problem.lineno}"
    scorers = [frame for frame in own if frame.filename.endswith("score.py")]
    for frame in reversed(scorers or own):
        return f"{frame.filename}:{frame.lineno}"
    return otherwise


def from_folder(folder: str) -> dict[str, Any]:
    """The functions of a task's ``score.py``, loaded."""
    path = Path(folder) / "score.py"
    spec = importlib.util.spec_from_file_location(f"score_of_{Path(folder).name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, folder)  # a scorer may have modules beside it
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(folder)
        for name, beside in list(sys.modules.items()):  # another task's modules may have these names
            if name != spec.name and (getattr(beside, "__file__", None) or "").startswith(folder + os.sep):
                del sys.modules[name]
    return {name: getattr(module, name, None) for name in ("instance", "instances", "score", "evaluate")}


def unpickled(functions: bytes) -> dict[str, Any]:
    """The functions of a task made in Python: pickled by the trusted side, for the trusted side."""
    import cloudpickle

    return dict(cloudpickle.loads(functions))


def split_data(data: Sequence[Any], sizes: dict[str, int], fixed: bool) -> dict[str, list[Any]]:
    """Data, divided into splits by a hash of each index, in proportion to the splits' sizes."""
    if not data:
        raise ValueError("instances() returned nothing")
    if fixed:
        return {split: [data[0]] for split in SPLITS}
    shares = [{**DEFAULT_SIZES, **sizes}[split] for split in SPLITS]
    pools: dict[str, list[Any]] = {split: [] for split in SPLITS}
    for index, item in enumerate(data):
        place = int.from_bytes(derive(b"", "split", index)[:6], "little") / 2**48 * sum(shares)
        chosen = 0 if place < shares[0] else 1 if place < shares[0] + shares[1] else 2
        pools[SPLITS[chosen]].append(item)
    if empty := [split for split, pool in pools.items() if not pool]:
        raise ValueError(f"{len(data)} instances are too few: none fell into {' and '.join(empty)}")
    return pools


def main() -> None:
    """Serve the owner on descriptor 0 until it hangs up."""
    layers.die_with_parent()  # in the midst of scoring nobody reads the line to find it closed
    line = socket.socket(fileno=os.dup(0))
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)  # a score.py that reads its input finds none
    worker: _Worker | None = None
    try:
        while order := _receive(line):
            try:
                if order["do"] == "start":
                    sys.path[:] = order["path"]
                    worker = _Worker(order["isolation"])
                    answer: dict[str, Any] = {}
                else:
                    assert worker is not None
                    answer = worker.learn(order) if order["do"] == "learn" else worker.score(order)
            except SelftaughtError as problem:
                answer = {"failed": type(problem).__name__, "why": str(problem)}
            line.sendall(wire.pack(answer))
    finally:
        if worker is not None:
            worker.close()


def _receive(line: socket.socket) -> Any:
    head = _exactly(line, HEADER.size)
    return wire.unpack(_exactly(line, HEADER.unpack(head)[0])) if head else None


def _exactly(line: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        more = line.recv(size - len(data))
        if not more:
            return b""
        data += more
    return bytes(data)


if __name__ == "__main__":
    main()
