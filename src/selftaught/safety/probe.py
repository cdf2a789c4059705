"""What a program is worth on one instance, measured in several ways: the part of a recheck that runs in a worker.

A :class:`Probe` is the ``evaluate`` of a task that :mod:`selftaught.safety.recheck` makes of another one. On each
instance it runs the program in fresh jails, as it is and in other conditions (*ways*, named below), has the author's
own scoring judge every result, and tells the scores as JSON in the feedback. What it may not do is fail where the
task's own scoring would not: a way that cannot be gone is left out.

The ways, each of which takes from a program something that honest work does not need:

- ``form``: its result in the form of the start program's (no further keys, no further dimensions);
- ``numbers``: numbers beyond 1e100 in it cut to 1e12, so that no sum of squares overflows;
- ``nan``: ``min`` and ``max`` in score.py that give NaN where NaN goes in, as Python's do not;
- ``tolerance``: the tolerances in score.py divided by ten;
- ``alone``: each of its calls in a process of its own (an ``evaluate`` with at most :data:`MOST_ALONE` calls);
- ``seeds``: other random numbers from the generators that it seeds itself;
- ``inputs``: where the hidden answer stands in the inputs and is what it returns: that part of another instance.
"""

from __future__ import annotations

import ast
import copy
import json
import math
import re
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from selftaught.engines import worker
from selftaught.engines.worker import ProgramFailed, cpu_seconds, fresh, leave
from selftaught.task import Scale, Score

MOST_ALONE = 40
"""How many calls of an ``evaluate`` are made in a process each; a longer conversation is not tried so."""
_HUGE, _CUT = 1e100, 1e12
_MOST_SCALARS = 8  # that a result may have for one of them to be taken for a time
_MOST_ENTRIES = 10_000  # of a result that are looked at one by one


@dataclass(frozen=True)
class Probe:
    """``evaluate`` for a recheck of programs of one task; equal for equal tasks.

    ``folder`` or else ``functions`` (pickled) are the task's; ``start`` is its start program's text.
    """

    folder: str
    functions: bytes
    entry: str
    start: str
    scale: Scale | None
    sizes: tuple[tuple[str, int], ...]
    fixed: bool

    def __call__(self, program: Any, rng: np.random.Generator) -> Score:
        """The program's own score on this instance, and in the feedback what else was found."""
        plain = self._scorer("")
        found = (
            self._of_calls(program, rng, plain) if plain["evaluate"] else self._of_one(program, rng, plain)
        )
        for name in ("value", "raw", "start", "start alone"):
            if found.get(name) is not None:
                found[name] = float(f"{found[name]:.6g}")  # a feedback has at most 500 characters
        found["ways"] = {way: float(f"{value:.6g}") for way, value in found["ways"].items()}
        return Score(found["value"], feedback=json.dumps(found, separators=(",", ":")))

    # --- one call an instance ---------------------------------------------------------------------------------------

    def _of_one(self, program: Any, rng: np.random.Generator, plain: dict[str, Any]) -> dict[str, Any]:
        def drawn() -> tuple[tuple[Any, ...], Any]:
            return self._drawn(plain, copy.deepcopy(rng))

        def scored(by: dict[str, Any], output: Any) -> tuple[float, float | None]:
            if isinstance(output, ProgramFailed):
                return 0.0, None
            return self._value(by["score"](copy.deepcopy(output), *drawn()))

        output, cpu_s = _called(program, self.entry, drawn()[0]), cpu_seconds(program)
        start = fresh(program, self.start)
        at_start = _called(start, self.entry, drawn()[0])
        value, raw = scored(plain, output)
        found: dict[str, Any] = {"value": value, "raw": raw, "start": scored(plain, at_start)[0], "ways": {}}
        if isinstance(output, ProgramFailed):
            return found
        if not isinstance(at_start, ProgramFailed):
            found["clock"] = list(_clocks(at_start, cpu_seconds(start), output, cpu_s))[:2]
        leave(start)
        if value <= found["start"]:
            return found
        ways = found["ways"]
        # a form in which the start scores nothing may be none that scores
        like = at_start if found["start"] > 0 else output
        for way, other in (("form", _conformed(output, like)), ("numbers", _cut(output))):
            if other is not None:
                with suppress(Exception):  # the author's code, with what it would not have been given
                    ways[way] = scored(plain, other)[0]
        for way in ("nan", "tolerance"):
            with suppress(Exception):  # the author's code, changed
                if by := self._scorer(way):
                    ways[way] = scored(by, output)[0]
        ways["seeds"] = scored(plain, self._seeded_otherwise(program, drawn()[0]))[0]
        with suppress(Exception):  # where the parts of two instances are unlike
            self._look_for_answers(program, rng, plain, output, lambda other: scored(plain, other)[0], found)
        return found

    def _seeded_otherwise(self, program: Any, inputs: tuple[Any, ...]) -> Any:
        other = fresh(program, seeded_otherwise(worker.text_of(program)))
        result = _called(other, self.entry, inputs)
        leave(other)
        return result

    def _look_for_answers(
        self, program: Any, rng: np.random.Generator, plain: dict[str, Any], output: Any,
        scored: Callable[[Any], float], found: dict[str, Any],
    ) -> None:  # fmt: skip
        """Whether the program returns a part of its inputs that is the answer, whatever the rest of them says."""
        inputs, hidden = self._drawn(plain, copy.deepcopy(rng))
        others, _ = self._drawn(plain, np.random.default_rng(copy.deepcopy(rng).integers(2**63)))
        for path in _paths_of(hidden, inputs):
            if not _same(output, _at(inputs, path)):
                continue
            swapped = _with(inputs, path, _at(others, path))
            again = fresh(program)
            result = _called(again, self.entry, swapped)
            leave(again)
            if _same(result, _at(others, path)) and not _same(result, output):
                found["ways"]["inputs"] = scored(result)
                found["where"] = "".join(f"[{step!r}]" for step in path)[:60]
                return

    # --- an evaluate ------------------------------------------------------------------------------------------------

    def _of_calls(self, program: Any, rng: np.random.Generator, plain: dict[str, Any]) -> dict[str, Any]:
        def evaluated(by: dict[str, Any], jailed: Any) -> tuple[float, float | None]:
            try:
                return self._value(by["evaluate"](jailed, copy.deepcopy(rng)))
            except ProgramFailed:
                return 0.0, None

        seen = _Seen(program)
        value, raw = evaluated(plain, seen)
        found: dict[str, Any] = {"value": value, "raw": raw, "ways": {}}
        found["start"] = evaluated(plain, fresh(program, self.start))[0]
        if value <= found["start"]:
            return found
        ways = found["ways"]
        if seen.huge:
            with suppress(Exception):  # the author's code, with what it would not have been given
                ways["numbers"] = evaluated(plain, _Seen(fresh(program), cut=True))[0]
        for way in ("nan", "tolerance"):
            with suppress(Exception):  # the author's code, changed
                if by := self._scorer(way):
                    ways[way] = evaluated(by, fresh(program))[0]
        ways["seeds"] = evaluated(plain, fresh(program, seeded_otherwise(worker.text_of(program))))[0]
        if seen.calls <= MOST_ALONE:
            with suppress(Exception):  # the author's code may use what is not there of a process for one call
                alone = evaluated(plain, _Alone(program))[0]
                found["start alone"] = evaluated(plain, _Alone(fresh(program, self.start)))[0]
                ways["alone"] = alone
        return found

    # --- the task's own code ----------------------------------------------------------------------------------------

    def _value(self, result: Any) -> tuple[float, float | None]:
        value, _, _, raw, *_ = worker.valued(result, self.scale)
        return value, raw

    def _drawn(self, by: dict[str, Any], rng: np.random.Generator) -> tuple[tuple[Any, ...], Any]:
        if by["instances"] is None:
            return by["instance"](rng)  # type: ignore[no-any-return]
        pool = worker.split_data(list(by["instances"]()), dict(self.sizes), self.fixed)["validation"]
        return pool[int(rng.integers(len(pool)))]  # type: ignore[no-any-return]

    def _scorer(self, way: str) -> dict[str, Any]:
        """The task's functions, plain, or changed for a way; empty where there is nothing to change."""
        key = self.folder, self.functions, way
        if key not in _SCORERS:
            if self.folder:
                _SCORERS[key] = _loaded(self.folder, way)
            else:  # its source is not at hand, and so not changed
                functions = {} if way else worker.unpickled(self.functions)
                _SCORERS[key] = {name: functions.get(name) for name in _FORMS} if functions else {}
        return _SCORERS[key]


_FORMS = ("instance", "instances", "score", "evaluate")
_SCORERS: dict[tuple[str, bytes, str], dict[str, Any]] = {}  # of this worker


def _loaded(folder: str, way: str) -> dict[str, Any]:
    path = Path(folder) / "score.py"
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    if way == "tolerance":
        tighter = _Tighter()
        tree = ast.fix_missing_locations(tighter.visit(tree))
        if not tighter.changed:
            return {}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if way == "nan" and not names & {"min", "max"}:
        return {}
    module = types.ModuleType(f"recheck_of_{Path(folder).name}_{way or 'plain'}")
    module.__file__ = str(path)
    if way == "nan":
        module.__dict__.update(min=_nan_or(min), max=_nan_or(max))
    sys.modules[module.__name__] = module
    sys.path.insert(0, folder)
    try:
        exec(
            compile(tree, str(path), "exec", dont_inherit=True), module.__dict__
        )  # the author's, as in a score
    finally:
        sys.path.remove(folder)
    return {name: getattr(module, name, None) for name in _FORMS}


def _nan_or(choose: Callable[..., Any]) -> Callable[..., Any]:
    """``min`` or ``max`` of which NaN comes out where NaN goes in."""

    def chosen(*values: Any, **named: Any) -> Any:
        among = list(values[0]) if len(values) == 1 else values
        if any(isinstance(value, float) and math.isnan(value) for value in among):
            return math.nan
        return choose(among, **named)

    return chosen


_TOLERANCE = re.compile(r"(?i)(^|_)(tol|tolerance|eps|epsilon|slack|atol|rtol)(_|$)")


class _Tighter(ast.NodeTransformer):
    """Divides by ten what is called a tolerance, and what is added to one side of a comparison or stretches it."""

    def __init__(self) -> None:
        self.changed = False

    def _tenth(self, node: ast.expr | None, base: float = 0.0) -> ast.expr | None:
        if isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value > base:
            self.changed = True
            return ast.copy_location(ast.Constant(base + (node.value - base) / 10), node)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        if any(isinstance(target, ast.Name) and _TOLERANCE.search(target.id) for target in node.targets):
            node.value = self._tenth(node.value) or node.value
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        if node.arg in ("atol", "rtol", "abs_tol", "rel_tol"):
            node.value = self._tenth(node.value) or node.value
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        for side in (node.left, *node.comparators):
            if isinstance(side, ast.BinOp):
                if isinstance(side.op, (ast.Add, ast.Sub)) and _is_number(side.right, 0.0, 0.1):
                    side.right = self._tenth(side.right) or side.right
                if isinstance(side.op, ast.Mult) and _is_number(side.right, 1.0, 1.2):
                    side.right = self._tenth(side.right, 1.0) or side.right
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if node.name in ("instance", "instances"):  # what is drawn stays what it is
            return node
        return self.generic_visit(node)


def _is_number(node: ast.expr, above: float, most: float) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float) and above < node.value <= most


# --- the program in other conditions --------------------------------------------------------------------------------


def _called(program: Any, entry: str, inputs: tuple[Any, ...]) -> Any:
    try:
        return getattr(program, entry)(*inputs)
    except ProgramFailed as failed:
        return failed


class _Seen:
    """A program whose calls are counted and whose results are looked at, or cut."""

    def __init__(self, program: Any, *, cut: bool = False) -> None:
        self._program, self._cuts = program, cut
        self.calls, self.huge = 0, False

    def _anew(self, text: str | None) -> Any:
        return fresh(self._program, text)

    @property
    def last(self) -> Any:
        return self._program.last

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            self.calls += 1
            result = getattr(self._program, name)(*args)
            if (cut := _cut(result)) is None:
                return result
            self.huge = True
            return cut if self._cuts else result

        return call


class _Alone:
    """A program each of whose calls has a process of its own."""

    def __init__(self, program: Any) -> None:
        self._program = program
        self.last: Any = None

    def _anew(self, text: str | None) -> _Alone:
        return _Alone(fresh(self._program, text))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            other = fresh(self._program)
            try:
                return getattr(other, name)(*args)
            finally:
                self.last = other.last
                leave(other)

        return call


def seeded_otherwise(text: str) -> str:
    """A program that does what this one does, but for what it draws from generators that it seeds itself."""
    return f"{_SEEDING}\nexec(compile({text!r}, '<program>', 'exec', dont_inherit=True), globals())\n"


_SEEDING = """\
def _seed_otherwise():
    import random
    import numpy as np

    def other(seed):
        if isinstance(seed, (int, np.integer)):
            return (int(seed) * 2654435761 + 1540483477) % 2**32
        if isinstance(seed, (list, tuple, np.ndarray)):
            return [other(each) for each in np.ravel(seed).tolist()]
        return seed

    def changed(kind):
        class Changed(kind):
            def __init__(self, seed=None, *args, **named):
                super().__init__(other(seed), *args, **named)
        Changed.__name__ = Changed.__qualname__ = kind.__name__
        return Changed

    made, seeded = np.random.default_rng, np.random.seed
    np.random.default_rng = lambda seed=None: made(other(seed))
    np.random.seed = lambda seed=None: seeded(other(seed))
    for name in ("RandomState", "PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64", "SeedSequence"):
        try:
            setattr(np.random, name, changed(getattr(np.random, name)))
        except TypeError:
            pass

    class Random(random.Random):
        def seed(self, a=None, version=2):
            super().seed(a if a is None else f"otherwise {a!r}")

    begun = random.seed
    random.seed = lambda a=None, version=2: begun(a if a is None else f"otherwise {a!r}")
    random.Random = Random


_seed_otherwise()
del _seed_otherwise
"""


# --- results --------------------------------------------------------------------------------------------------------


def _cut(value: Any) -> Any:
    """A result in which no number is huge; None where none was."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind != "f" or not (np.abs(value) > _HUGE).any():
            return None
        return np.clip(value, -_CUT, _CUT)
    if isinstance(value, float) and abs(value) > _HUGE:
        return math.copysign(_CUT, value)
    if isinstance(value, (list, tuple)) and len(value) <= _MOST_ENTRIES:
        parts = [_cut(each) for each in value]
        if all(part is None for part in parts):
            return None
        return type(value)(old if new is None else new for old, new in zip(value, parts, strict=True))
    if isinstance(value, dict):
        cut = {name: _cut(each) for name, each in value.items()}
        if all(part is None for part in cut.values()):
            return None
        return {name: value[name] if part is None else part for name, part in cut.items()}
    return None


def _conformed(value: Any, like: Any) -> Any:
    """A result in the form of another: without its further keys and dimensions; None where it has that form."""
    if isinstance(value, dict) and isinstance(like, dict):
        parts = {name: _conformed(each, like[name]) for name, each in value.items() if name in like}
        if len(parts) == len(value) and all(part is None for part in parts.values()):
            return None
        return {name: value[name] if part is None else part for name, part in parts.items()}
    mine, theirs = _as_array(value), _as_array(like)
    if mine is None or theirs is None or mine.ndim == theirs.ndim:
        return None
    if mine.size == 0 or theirs.size == 0:
        return None
    flat = np.resize(mine.ravel(), theirs.shape)  # repeated, or cut
    return flat.tolist() if isinstance(value, list) or theirs.ndim == 0 else flat


def _as_array(value: Any) -> np.ndarray[Any, Any] | None:
    """Numbers as an array, of no dimension for one number; None for what holds anything else."""
    if isinstance(value, np.ndarray):
        return value if value.dtype.kind in "biuf" else None
    if isinstance(value, (bool, int, float)):
        return np.array(value)
    if not isinstance(value, (list, tuple)) or len(value) > _MOST_ENTRIES:
        return None
    parts = [_as_array(each) for each in value]
    if any(part is None for part in parts) or len({part.shape for part in parts if part is not None}) > 1:
        return None
    return np.array([part for part in parts if part is not None])


def _same(one: Any, other: Any) -> bool:
    """Whether two values are alike as plain values: an array is alike to a list of its entries."""
    if isinstance(one, ProgramFailed) or isinstance(other, ProgramFailed):
        return False
    a, b = _as_array(one), _as_array(other)
    if a is not None and b is not None:
        return a.shape == b.shape and bool(np.array_equal(a, b))
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    return type(one) is type(other) and bool(a is None and b is None and one == other)


def _parts(value: Any, path: tuple[Any, ...] = (), depth: int = 3) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """A value's parts by path, the value itself the first; rows of arrays and long lists are not parts."""
    yield path, value
    if depth and isinstance(value, dict):
        for name, each in value.items():
            yield from _parts(each, (*path, name), depth - 1)
    elif depth and isinstance(value, (list, tuple)) and len(value) <= 2 * _MOST_SCALARS:
        for place, each in enumerate(value):
            yield from _parts(each, (*path, place), depth - 1)


def _paths_of(hidden: Any, inputs: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Where the hidden part, or a part of it, stands in the inputs; what is inside such a place is left out."""
    answers = [part for _, part in _parts(hidden) if part is not None and not isinstance(part, bool)]
    found: list[tuple[Any, ...]] = []
    for path, part in _parts(inputs):
        inside = any(path[: len(outer)] == outer for outer in found)
        if path and not inside and any(_same(part, answer) for answer in answers):
            found.append(path)
    return found


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _with(value: Any, path: tuple[Any, ...], part: Any) -> Any:
    """A copy with another part at a path."""
    if not path:
        return part
    if isinstance(value, dict):
        return {**value, path[0]: _with(value[path[0]], path[1:], part)}
    changed = list(value)
    changed[path[0]] = _with(changed[path[0]], path[1:], part)
    return type(value)(changed)


def _clocks(at_start: Any, start_cpu_s: float, output: Any, cpu_s: float) -> Iterator[list[Any]]:
    """Single numbers that are about the start program's CPU seconds: where they stand, and both over the seconds."""
    if start_cpu_s < 0.005 or cpu_s < 0.005:
        return
    for path, mine in _parts(at_start):
        with suppress(KeyError, IndexError, TypeError):
            theirs = _at(output, path)
            if (
                isinstance(mine, float)
                and isinstance(theirs, (int, float))
                and 0.4 < mine / start_cpu_s < 2.5
            ):
                yield ["".join(f"[{step!r}]" for step in path)[:40], round(mine / start_cpu_s, 3),
                       round(max(min(theirs / cpu_s, 1e6), -1e6), 3), round(cpu_s, 4)]  # fmt: skip
