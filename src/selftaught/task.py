"""A task: a program to start from and a function that scores programs.

A task is a folder (``task.toml``, ``program.py``, ``score.py``, perhaps ``description.md``) or is made in Python:

    Task(name="double", entry="f", program="def f(x): return x", instance=..., score=...)

Scoring functions are the author's, and trusted; they run in a worker process. Programs never run beside them.
"""

from __future__ import annotations

import ast
import math
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from selftaught.address import Address, derive
from selftaught.budget import Limits
from selftaught.errors import TaskError
from selftaught.program import Program

if TYPE_CHECKING:
    import numpy as np

    from selftaught.run import Run

SPLITS = ("search", "validation", "test")
DEFAULT_SIZES = {"search": 20, "validation": 50, "test": 50}
_NUMBER = (int, float)
BUILT_IN = Path(__file__).parent / "tasks"


@dataclass(frozen=True, slots=True)
class Score:
    """What a ``score.py`` may return instead of a number.

    ``value`` lies in [0, 1]; without one, ``raw`` is mapped by the task's ``[scale]``. ``feedback`` is a line for
    whoever wrote the program: what was wrong, what could be better.
    """

    value: float | None = None
    raw: float | None = None
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """The raw measures that count as 0 and as 1; what lies beyond counts as the nearer of them."""

    zero: float
    one: float

    def __post_init__(self) -> None:
        if self.zero == self.one or not (math.isfinite(self.zero) and math.isfinite(self.one)):
            raise ValueError(
                f"zero and one must be two different numbers but got {self.zero} and {self.one}."
            )

    def value(self, raw: float) -> float:
        """Where ``raw`` lies, in [0, 1]."""
        return min(max((raw - self.zero) / (self.one - self.zero), 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance of a task: the split, the seed that the split was drawn from, and its place in that draw."""

    split: str
    index: int
    seed: bytes

    def own_seed(self) -> bytes:
        """The seed of this instance alone."""
        return derive(self.seed, "instance", self.split, self.index)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one program came to on one instance.

    ``value`` in [0, 1]; ``status`` an outcome of a jail, "ok" where the program ran through; ``cause`` why not, or
    why an output is worth nothing; ``raw`` and ``feedback`` what the scorer said; ``cpu_s`` what the program used,
    to a tenth of a millisecond.
    """

    value: float
    status: str = "ok"
    cause: str = ""
    raw: float | None = None
    feedback: str = ""
    cpu_s: float = 0.0


class Scored(Protocol):
    """What an improver can work on: a task, or the task of improving (:class:`selftaught.meta.MetaTask`)."""

    @property
    def name(self) -> str:
        """What it is called in tables and addresses."""
        ...

    @property
    def entry(self) -> str:
        """The function that its programs define."""
        ...

    @property
    def start(self) -> Program:
        """The program to start from."""
        ...

    @property
    def asks_models(self) -> bool:
        """Whether scoring one of its programs asks language models."""
        ...

    def described(self) -> str:
        """What a model is told about the task."""
        ...

    def draw(self, split: str, seed: bytes, n: int | None = None) -> list[Instance]:
        """``n`` instances of a split (its size unless given), which follow from ``seed``."""
        ...

    async def evaluate(
        self, run: Run, program: Program, instances: Sequence[Instance], address: Address
    ) -> list[Evaluation]:
        """Score a program on each of ``instances``."""
        ...


@dataclass(frozen=True)
class Task:
    """A task, from a folder (:meth:`load`) or made in Python.

    Give either ``evaluate_program`` (``evaluate(program, rng)`` of a folder), or ``score`` with ``instance`` (a
    generator) or ``instances`` (data). ``sizes`` are the instances of each split; with ``fixed`` there is one
    instance and the splits coincide. ``available`` is filled in for data once it has been counted.
    """

    name: str
    program: Program | str
    entry: str
    description: str = ""
    summary: str = ""
    instance: Callable[[np.random.Generator], tuple[tuple[Any, ...], Any]] | None = None
    instances: Callable[[], Sequence[tuple[tuple[Any, ...], Any]]] | None = None
    score: Callable[[Any, tuple[Any, ...], Any], float | Score] | None = None
    evaluate_program: Callable[[Any, np.random.Generator], float | Score] | None = None
    imports: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    sizes: dict[str, int] = field(default_factory=lambda: dict(DEFAULT_SIZES))
    scale: Scale | None = None
    fixed: bool = False
    folder: Path | None = None
    available: dict[str, int] | None = None
    asks_models: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not self.entry.isidentifier():
            raise TaskError(f"{self.name}: entry must be a function's name but is {self.entry!r}")
        if self.folder is None:
            by_evaluate, by_score = self.evaluate_program is not None, self.score is not None
            drawn = (self.instance is not None) + (self.instances is not None)
            if by_evaluate == by_score or (by_score and drawn != 1) or (by_evaluate and drawn):
                raise TaskError(
                    f"{self.name}: give evaluate_program alone, or score with one of instance and instances"
                )
        object.__setattr__(self, "sizes", {**DEFAULT_SIZES, **self.sizes})
        for split, size in self.sizes.items():
            if split not in SPLITS or isinstance(size, bool) or not isinstance(size, int) or size < 1:
                raise TaskError(
                    f"{self.name}: splits: {split} = {size!r} is not a size of {', '.join(SPLITS)}"
                )

    @property
    def start(self) -> Program:
        """The program to start from."""
        return self.program if isinstance(self.program, Program) else Program(self.program)

    def described(self) -> str:
        """What a model is told: the description, or the scoring's source; and the limits either way."""
        text = self.description or _source_told(self)
        *others, last = "the standard library", "NumPy", *self.imports
        return (
            f"{text.rstrip()}\n\n"
            f"A score is the mean over {self.sizes['search'] if not self.fixed else 1} instances. On each, a program "
            f"may use {self.limits.cpu_s:g} s of CPU time (starting Python and importing NumPy not counted) and "
            f"{self.limits.memory_mb} MiB of memory, and may import {', '.join(others)} and {last}."
        )

    def draw(self, split: str, seed: bytes, n: int | None = None) -> list[Instance]:
        """``n`` instances of a split (its size unless given), which follow from ``seed`` alone."""
        if self.fixed:
            return [Instance("fixed", 0, bytes(16))]
        count = self.sizes[split] if n is None else n
        if self.available is not None:
            count = min(count, self.available[split])
        return [Instance(split, index, derive(seed, split)) for index in range(count)]

    async def evaluate(
        self, run: Run, program: Program, instances: Sequence[Instance], address: Address
    ) -> list[Evaluation]:
        """Score a program on each of ``instances``, in jails."""
        return await run.engine.evaluate(self, program, instances)

    @classmethod
    def load(cls, folder: Path | str) -> Task:
        """The task in ``folder``; raises :class:`TaskError` saying what is wrong, where, and the mend."""
        folder = Path(folder)
        if not folder.is_dir():
            raise TaskError(f"{folder}: not a task's folder")
        for name in ("task.toml", "program.py", "score.py"):
            if not (folder / name).is_file():
                raise TaskError(
                    f"{folder}: there is no {name} in it: `selftaught new` makes a complete folder"
                )
        toml = folder / "task.toml"
        try:
            fields = _Fields(toml, tomllib.loads(_text(toml)))
        except tomllib.TOMLDecodeError as problem:
            raise TaskError(f"{toml}: {problem}") from None
        _check_scorer(folder / "score.py")
        description = folder / "description.md"
        sizes = fields.take_table("splits", dict, search=int, validation=int, test=int) or {}
        task = cls(
            name=fields.take("name", str, folder.resolve().name),
            program=Program.read(folder / "program.py"),
            entry=fields.take("entry", str),
            summary=fields.take("summary", str, ""),
            description=_text(description) if description.is_file() else "",
            imports=tuple(fields.take_list("imports")),
            fixed=fields.take("fixed", bool, False),
            limits=fields.take_table("limits", Limits, cpu_s=_NUMBER, wall_s=_NUMBER, memory_mb=int)
            or Limits(),
            sizes=sizes,
            scale=fields.take_table("scale", Scale, zero=_NUMBER, one=_NUMBER),
            folder=folder.resolve(),
        )
        fields.end()
        return task

    @classmethod
    def find(cls, name: str) -> Task:
        """The built-in task of this name, or the task in the folder of this path.

        Those with a known hole, which are there to be studied, are called ``holes/NAME`` and ``holes/NAME_mended``.
        """
        if (BUILT_IN / name / "task.toml").is_file() and "/" not in name.removeprefix("holes/"):
            return cls.load(BUILT_IN / name)
        if Path(name).exists():
            return cls.load(name)
        import difflib

        near = difflib.get_close_matches(name, built_in_names(), n=2)
        hint = f"did you mean {' or '.join(near)}?" if near else f"built in are {', '.join(built_in_names())}"
        raise TaskError(f"{name}: no such task, and no such folder: {hint}")


def built_in_names() -> list[str]:
    """The names of the tasks that come with the package."""
    return sorted(path.parent.name for path in BUILT_IN.glob("*/task.toml"))


class _Fields:
    """A task.toml's values, taken one by one; what is left over at the end is an error."""

    def __init__(self, path: Path, values: dict[str, Any]) -> None:
        self._path, self._values = path, values
        self._known: list[str] = []

    def take(self, name: str, kind: type, default: Any = None) -> Any:
        self._known.append(name)
        if name not in self._values:
            if default is None:
                raise TaskError(f"{self._path}: {name} is missing")
            return default
        return self._checked(name, self._values.pop(name), kind)

    def take_list(self, name: str) -> list[str]:
        values = self.take(name, list, [])
        for value in values:
            self._checked(f"each of {name}", value, str)
        return list(values)

    def take_table(self, name: str, make: Callable[..., Any], **kinds: Any) -> Any:
        table = self.take(name, dict, {})
        if not table:
            return None
        for key, value in table.items():
            if key not in kinds:
                raise TaskError(f"{self._path}: [{name}] has no {key!r}{_near(key, kinds)}")
            self._checked(f"[{name}] {key}", value, kinds[key])
        try:
            return make(**table)
        except (TypeError, ValueError) as problem:
            words = f"needs {' and '.join(kinds)}" if isinstance(problem, TypeError) else str(problem)
            raise TaskError(f"{self._path}: [{name}] {words}") from None

    def end(self) -> None:
        for name in self._values:
            raise TaskError(f"{self._path}: unknown key {name!r}{_near(name, self._known)}")

    def _checked(self, name: str, value: Any, kind: Any) -> Any:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            wanted = " or ".join(k.__name__ for k in (kind if isinstance(kind, tuple) else (kind,)))
            raise TaskError(f"{self._path}: {name} must be of type {wanted} but is {value!r}")
        return value


def _near(name: str, known: Any) -> str:
    import difflib

    near = difflib.get_close_matches(name, list(known), n=1)
    return f": did you mean {near[0]!r}?" if near else f": known are {', '.join(known)}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise TaskError(f"{path}: cannot be read: {problem}") from None


def _check_scorer(path: Path) -> None:
    """Raise unless ``score.py`` parses and defines the functions of one of the three forms."""
    try:
        tree = ast.parse(_text(path), str(path))
    except (SyntaxError, ValueError) as problem:
        line = getattr(problem, "lineno", None)
        raise TaskError(f"{path}:{line or 1}: {getattr(problem, 'msg', problem)}") from None
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    names |= {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    if "evaluate" not in names and not ({"score"} <= names and names & {"instance", "instances"}):
        raise TaskError(
            f"{path}: define instance(rng) and score(output, inputs, hidden), or instances() and score, "
            "or evaluate(program, rng)"
        )


def _source_told(task: Task) -> str:
    import inspect

    if task.folder is not None:
        source = _text(task.folder / "score.py")
    else:
        parts = []
        for function in (task.instance, task.instances, task.score, task.evaluate_program):
            if function is not None:
                try:
                    parts.append(inspect.getsource(function))
                except (OSError, TypeError):
                    continue  # made in a prompt: there is no source to show
        if not parts:
            raise TaskError(f"{task.name}: its functions' source cannot be read: give the task a description")
        source = "\n".join(parts)
    told = f"A program defines `{task.entry}`. This code scores it:"
    return f"{told}\n\n```python\n{source.strip()}\n```"
