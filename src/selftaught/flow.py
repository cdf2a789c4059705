"""What flows where in an improver, read off its syntax tree: an abstract interpreter that runs nothing.

Every value is a set of *tags* that say what it was made of (a score, an answer, chance, a loop's counter) and how it
was picked (the best of several, at random, in turn). Calls of the program's own functions are followed, loops are
gone through until what is kept from one round reaches the next, and branches are joined. What counts is written down
as it is met: what goes into prompts, what is scored, what ends a loop. The rules are in :mod:`selftaught.strategies`.

A tag is a tuple whose first item is its kind. Kinds in :data:`PICKS` say how a value was chosen and pass from a
container to what is taken out of it; all others say what it was made of, and pass to whatever is made of it. In a
text that is composed of several, the picks of a program are kept as ``("prog", kind, …)`` and those of anything else
as ``("arg", kind, …)``. All is bounded: steps, depth, passes through a loop, tags.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

Tag = tuple[Any, ...]
Loops = tuple[int, ...]

MOST_STEPS = 150_000
"""Expressions and statements that are looked at, those that are met again in a loop or call counted again."""
MOST_CALLS_DEEP = 24
MOST_TAGS = 80
MOST_CONSTANTS = 12

PICKS = frozenset(
    [
        "best",
        "worst",
        "top",
        "heap",
        "random",
        "stat",
        "turn",
        "other",
        "better",
        "metropolis",
        "eps",
        "restart",
        "was-best",
        "was-top",
        "was-heap",
        "was-random",
        "was-stat",
        "was-other",
    ]
)
_OF_THIS_ROUND = frozenset({"best", "top", "heap", "random", "stat", "other"})
PROGRAM = frozenset({"initial", "ans", "spliced"})
MADE = frozenset({"ans", "spliced"})
"""Kinds of what an improver has made, unlike the program that it was given."""

_NUMBERS = frozenset(
    [
        "random",
        "uniform",
        "gauss",
        "betavariate",
        "randint",
        "randrange",
        "normal",
        "normalvariate",
        "integers",
        "expovariate",
        "triangular",
        "beta",
        "standard_normal",
        "gumbel",
        "dirichlet",
        "rand",
        "randn",
        "random_sample",
        "lognormvariate",
        "gammavariate",
        "getrandbits",
    ]
)
_CHOICES = frozenset({"choice", "choices", "sample"})
_OF_DICTS = frozenset(["items", "keys", "values", "get", "setdefault", "update", "copy", "most_common"])
_SYNTAX = frozenset(
    [
        "parse",
        "unparse",
        "fix_missing_locations",
        "walk",
        "iter_child_nodes",
        "get_source_segment",
        "generate_tokens",
        "untokenize",
    ]
)
_SAME = frozenset(
    [
        "list",
        "tuple",
        "set",
        "frozenset",
        "deque",
        "iter",
        "cycle",
        "islice",
        "reversed",
        "copy",
        "deepcopy",
        "array",
        "asarray",
        "unique",
        "chain",
        "from_iterable",
        "fromkeys",
        "repeat",
        "as_completed",
        "wait",
        "result",
        "tee",
        "OrderedDict",
    ]
)
_SPLITS = frozenset(["split", "splitlines", "rsplit", "partition", "rpartition", "findall", "finditer"])
_KEEPS = frozenset(
    [
        "strip",
        "lstrip",
        "rstrip",
        "expandtabs",
        "lower",
        "upper",
        "title",
        "capitalize",
        "removeprefix",
        "removesuffix",
        "dedent",
        "encode",
        "decode",
        "casefold",
        "normalize",
    ]
)


class Value(NamedTuple):
    """``parts`` are those of a tuple, ``refs`` the containers and objects that it may be, ``funcs`` what it calls."""

    tags: frozenset[Tag] = frozenset()
    consts: frozenset[Any] = frozenset()
    refs: frozenset[int] = frozenset()
    parts: tuple[Value, ...] | None = None
    funcs: frozenset[Any] = frozenset()


NOTHING = Value()
_NOWHERE = ast.Pass()


@dataclass
class Cell:
    """A list, set, dict or object that may change; ``attrs`` are an object's, or what stands under constant keys."""

    kind: str
    elem: Value = NOTHING
    keys: Value = NOTHING
    attrs: dict[Any, Value] = field(default_factory=dict)
    tags: set[Tag] = field(default_factory=set)
    of: _Class | None = None
    shown: tuple[Value, ...] | None = None
    made_in: Loops = ()


@dataclass(eq=False)
class _Function:
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    frame: _Frame
    defaults: dict[str, Value]
    kind: str = ""
    cached: bool = False
    of: _Class | None = None


@dataclass(eq=False)
class _Class:
    name: str
    body: dict[str, Value]
    fields: list[str]
    bases: list[_Class]
    outside: frozenset[str] = frozenset()

    def find(self, name: str, deep: int = 8) -> Value | None:
        if name in self.body:
            return self.body[name]
        for base in self.bases if deep else ():
            if (found := base.find(name, deep - 1)) is not None:
                return found
        return None


class _Bound(NamedTuple):
    function: Any
    self_: Value


class _Partial(NamedTuple):
    function: Any
    args: tuple[Value, ...]
    named: tuple[tuple[str, Value], ...]


class _Lib(NamedTuple):
    name: str


class _Method(NamedTuple):
    """A method of a container, a text or a number, or of what is not known."""

    name: str
    self_: Value


class _Mine(NamedTuple):
    """Of the two objects that an improver is given: ``utility`` or ``model``, and which method."""

    whose: str
    name: str


@dataclass(eq=False)
class _Frame:
    names: dict[str, Value]
    above: _Frame | None
    function: _Function | None = None
    returns: list[tuple[Value, tuple[Control, ...]]] = field(default_factory=list)
    yields: Value | None = None
    foreign: dict[str, _Frame] = field(default_factory=dict)
    floor: int = 0
    loops_at: int = 0


class Control(NamedTuple):
    """A condition under which something is done. ``rest``: it is what is left where the other branch has ended."""

    tags: frozenset[Tag]
    node: ast.AST
    holds: bool
    rest: bool
    loops: int


class Prompt(NamedTuple):
    """One call of the model: ``site`` is its number in the tags of its answers."""

    site: int
    line: int
    message: frozenset[Tag]
    temperature: Value
    model: Value
    loops: Loops


class Scored(NamedTuple):
    """A text that is scored, or handed back as the result (``returned``)."""

    line: int
    tags: frozenset[Tag]
    loops: Loops
    lookups: frozenset[tuple[int, int]]
    returned: bool = False


class Stop(NamedTuple):
    """A condition on scores or progress that ends the loop ``loop``, which lies in ``loops``."""

    line: int
    loop: int
    loops: Loops


class _TooMuch(Exception):
    pass


class _Gone(Exception):
    """The branch never ends here (sys.exit and the like are not told apart)."""


def kinds(tags: Iterable[Tag]) -> set[str]:
    """The kinds of tags."""
    return {tag[0] for tag in tags}


class Flow:
    """What an improver does. Never raises but for what is no Python: SyntaxError, ValueError, as `ast.parse` does."""

    def __init__(self, tree: ast.Module, entry: str = "improve_algorithm") -> None:
        self.prompts: list[Prompt] = []
        self.scored: list[Scored] = []
        self.stops: set[Stop] = set()
        self.accepted: dict[int, set[str]] = {}  # by line: the kinds in a condition of chance
        self.taken: set[int] = set()  # lines of picks whose pick was taken out of its container
        self.busy: dict[int, set[str]] = {}  # loop -> "prompt", "score"
        self.inside: dict[int, Loops] = {}  # loop -> those around it
        self.resets: set[tuple[int, Loops]] = set()
        self.cells: list[Cell] = []
        self.complete = True
        self.found_entry = False
        self.lines_run: set[int] = set()
        self._where: dict[Any, list[int]] = {}
        self._sites: dict[Any, int] = {}
        self._loop_ids: dict[Any, int] = {}
        self._steps = 0
        self._stack: list[_Function] = []
        self._calls: list[int] = []
        self._loops: list[int] = []
        self._loop_nodes: list[ast.AST] = []
        self._controls: list[Control] = []
        self._again = 0
        self._known: dict[Any, Value] = {}
        self._discards = False
        self._breaks: list[list[dict[str, Value]]] = []
        top = _Frame({}, None)
        self._frame = self._top = top
        try:
            self._block(tree.body)
            called = top.names.get(entry)
            if called is not None and called.funcs:
                self.found_entry = True
                args = [
                    Value(frozenset({("initial",)})),
                    Value(funcs=frozenset({_Mine("utility", "")})),
                    Value(funcs=frozenset({_Mine("model", "")})),
                ]
                result = self._call(called, args, {}, tree)
                self.scored.append(Scored(0, self.deep(result), (), frozenset(), True))
        except (_TooMuch, RecursionError):
            self.complete = False
        except _Gone:
            pass

    # --- values ---------------------------------------------------------------------------------------------------

    def join(self, one: Value, other: Value, deep: int = 4) -> Value:
        """What is either of two."""
        if one is other or other == NOTHING:
            return one
        if one == NOTHING:
            return other
        tags = one.tags | other.tags
        consts = one.consts | other.consts
        if len(consts) > MOST_CONSTANTS:
            consts = frozenset(sorted(consts, key=repr)[:MOST_CONSTANTS])
        parts = one.parts or other.parts
        if one.parts and other.parts:
            if len(one.parts) == len(other.parts) and deep:
                parts = tuple(self.join(a, b, deep - 1) for a, b in zip(one.parts, other.parts, strict=True))
            else:
                parts = None
                for part in (*one.parts, *other.parts):
                    tags |= self.deep(part)
        if parts and not deep:
            for part in parts:
                tags |= self.deep(part)
            parts = None
        return Value(_few(tags), consts, _few(one.refs | other.refs), parts, _few(one.funcs | other.funcs))

    def joined(self, values: Iterable[Value]) -> Value:
        """What is any of several."""
        result = NOTHING
        for value in values:
            result = self.join(result, value)
        return result

    def deep(self, value: Value, levels: int = 6, seen: set[int] | None = None) -> frozenset[Tag]:
        """The tags of a value and of all in it."""
        tags = set(value.tags)
        if _varies(value):
            tags.add(("hint",))
        if levels:
            seen = set() if seen is None else seen
            for part in value.parts or ():
                tags |= self.deep(part, levels - 1, seen)
            for ref in value.refs - seen:
                seen.add(ref)
                cell = self.cells[ref]
                for each in (cell.elem, cell.keys, *cell.attrs.values()):
                    tags |= self.deep(each, levels - 1, seen)
            for function in value.funcs:
                if isinstance(function, _Bound):
                    tags |= {tag for tag in function.self_.tags if tag[0] in PICKS}
        return frozenset(tags)

    def data(self, *values: Value) -> frozenset[Tag]:
        """What numbers are made of: the tags of all, without the order that containers are in."""
        tags: set[Tag] = set()
        for value in values:
            tags |= self.deep(value)
        return _few(frozenset(tags))

    def composed(self, values: Sequence[Value], line: int = 0) -> Value:
        """A text made of several."""
        each = [self.deep(value) for value in values]
        if not any(kinds(tags) & PROGRAM for tags in each):
            return Value(_few(frozenset().union(*each)) if each else frozenset(), _consts(values))
        tags: set[Tag] = set()
        programs = 0
        dice = part = False
        for value, own in zip(values, each, strict=True):
            of = kinds(own)
            is_program = bool(of & PROGRAM)
            mark = "prog" if of & MADE else "arg"
            picked = False
            for tag in own:
                if tag[0] in PICKS:
                    if "part" not in of:
                        tags.add((mark, *tag))
                    picked = picked or (is_program and tag[0] not in ("turn", "better", "restart"))
                elif tag[0] not in ("part", "dice"):
                    tags.add(tag)
            part = part or ("part" in of and is_program)
            dice = dice or ("part" in of and bool(of & {"dice", "chance", "random"}))
            programs += is_program and picked and bool(of & MADE) and "part" not in of
            if any(self._holds_several(ref) for ref in value.refs) and of & MADE and "part" not in of:
                tags.add(("several", line))
        if programs > 1:
            tags.add(("pair", line))
        if dice:
            tags.add(("spliced", line))
        elif part:
            tags.add(("part",))
        return Value(_few(frozenset(tags)))

    def _holds_several(self, ref: int) -> bool:
        cell = self.cells[ref]
        return cell.kind in ("list", "set", "dict") and (
            ("many",) in cell.tags
            or (cell.shown is not None and sum(bool(kinds(self.deep(v)) & MADE) for v in cell.shown) > 1)
        )

    def _with(self, value: Value, *tags: Tag) -> Value:
        return value._replace(tags=_few(value.tags | frozenset(tags)))

    def _picked(self, value: Value, source: frozenset[Tag]) -> Value:
        """A value that is taken out of what has these tags."""
        picks = frozenset(tag for tag in source if tag[0] in PICKS)
        return value._replace(tags=_few(value.tags | picks)) if picks else value

    def _new(self, kind: str, node: ast.AST, elem: Value = NOTHING, **more: Any) -> Value:
        key = (kind, id(node), tuple(self._calls[-4:]))
        at = self._where.setdefault(key, [])
        if kind == "object" and at:
            ref = at[0]
        elif len(at) < 3:
            ref = len(self.cells)
            self.cells.append(Cell(kind, made_in=tuple(self._loops)))
            at.append(ref)
        else:
            at.append(at.pop(0))
            ref = at[-1]
            self.cells[ref] = Cell(kind, made_in=tuple(self._loops))
        cell = self.cells[ref]
        cell.elem = self.join(cell.elem, elem)
        for name, value in more.items():
            setattr(cell, name, value)
        return Value(refs=frozenset({ref}))

    def _list(self, node: ast.AST, elem: Value, tags: Iterable[Tag] = (), shown: Any = None) -> Value:
        return self._new("list", node, elem, tags=set(tags), shown=shown)

    def _cells(self, value: Value, *kind: str) -> list[Cell]:
        return [self.cells[ref] for ref in sorted(value.refs) if not kind or self.cells[ref].kind in kind]

    def _order(self, value: Value) -> set[Tag]:
        """How a container is ordered, and whether it holds several programs."""
        return {tag for cell in self._cells(value) for tag in cell.tags}

    def _elem(self, value: Value, picked: bool = True) -> Value:
        """Any of what is in it."""
        result = self.joined(value.parts) if value.parts else NOTHING
        for cell in self._cells(value):
            if cell.kind == "dict":
                taken = self.join(
                    cell.keys, Value(consts=frozenset(k for k in cell.attrs if isinstance(k, str)))
                )
            elif cell.kind == "object":
                taken = self.joined([*cell.attrs.values(), self._dunder(value, cell, "__iter__")])
            else:
                taken = cell.elem
            result = self.join(result, self._picked(taken, frozenset(cell.tags)))
        if not value.refs and not value.parts:
            result = self.join(result, Value(value.tags, value.consts))
        return self._picked(result, value.tags) if picked else result

    def _dunder(self, value: Value, cell: Cell, name: str) -> Value:
        if cell.of is not None and (method := cell.of.find(name)) is not None:
            return self._elem(self._call(_bound(method, value), [], {}, _NOWHERE))
        return NOTHING

    # --- rounds ---------------------------------------------------------------------------------------------------

    def _age(self) -> None:
        """A new round: what was picked in the last one is kept from it."""
        frames: list[_Frame] = []
        frame: _Frame | None = self._frame
        while frame is not None and len(frames) < 64:
            frames.append(frame)
            frame = frame.above
        for frame in frames:
            for name, value in frame.names.items():
                frame.names[name] = _aged(value)
        for cell in self.cells:
            cell.elem, cell.keys = _aged(cell.elem), _aged(cell.keys)
            for name, value in cell.attrs.items():
                cell.attrs[name] = _aged(value)

    def _loop(self, node: ast.AST, once: Callable[[], None], passes: int = 3) -> None:
        number = self._loop_id(node)
        self.inside.setdefault(number, tuple(self._loops))
        self._loops.append(number)
        self._loop_nodes.append(node)
        controls = len(self._controls)
        if len(self._loops) > 2:
            passes = min(passes, 2)
        try:
            for each in range(passes):
                if each and self._is_round(number):
                    self._age()
                before = dict(self._frame.names)
                once()
                del self._controls[controls:]
                if passes > 1:
                    for name, value in before.items():
                        self._frame.names[name] = self.join(value, self._frame.names.get(name, NOTHING))
        finally:
            self._loops.pop()
            self._loop_nodes.pop()
            del self._controls[controls:]

    def _is_round(self, number: int) -> bool:
        busy = self.busy.get(number, set())
        anywhere = any("prompt" in each for each in self.busy.values())
        return "prompt" in busy or ("score" in busy and not anywhere)

    def _loop_id(self, node: ast.AST) -> int:
        key = (id(node), tuple(self._calls[-3:]))
        return self._loop_ids.setdefault(key, len(self._loop_ids))

    def _mark(self, what: str) -> None:
        for number in self._loops:
            self.busy.setdefault(number, set()).add(what)

    # --- statements -----------------------------------------------------------------------------------------------

    def _step(self, node: ast.AST) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise _TooMuch

    def _block(self, body: Sequence[ast.stmt]) -> bool:
        """Go through statements; whether what follows them is never reached."""
        controls = len(self._controls)
        try:
            for statement in body:
                self._step(statement)
                self.lines_run.add(statement.lineno)
                if isinstance(statement, ast.If):
                    if self._if(statement):
                        return True
                elif self._statement(statement):
                    return True
            return False
        finally:
            del self._controls[controls:]

    def _statement(self, node: ast.stmt) -> bool:
        handler = getattr(self, "_do_" + type(node).__name__, None)
        if handler is not None:
            return bool(handler(node))
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._eval(child)
        return False

    def _control(self, tags: frozenset[Tag], node: ast.AST, holds: bool, rest: bool = False) -> None:
        self._controls.append(Control(tags, node, holds, rest, len(self._loops)))

    def _if(self, node: ast.If) -> bool:
        test = self._test(node.test)
        before = dict(self._frame.names)
        self._control(test, node, True)
        ends = self._block(node.body)
        self._controls.pop()
        after = self._frame.names
        self._frame.names = dict(before)
        self._control(test, node, False)
        other_ends = self._block(node.orelse)
        self._controls.pop()
        other = self._frame.names
        if ends and other_ends:
            self._frame.names = self._merge(after, other)
            return True
        if ends or other_ends:
            self._frame.names = other if ends else after
            last = (node.body if ends else node.orelse)[-1]
            self._control(test, node, not ends, rest=not isinstance(last, ast.Continue))
            return False
        if "chance" in kinds(test):
            self._greedy(after, other, node.lineno, test)
        self._frame.names = self._merge(after, other)
        if kinds(test) & {"count", "chance", "progress", "score", "left"}:
            for name in after:
                if name in other and after[name] != other[name]:
                    self._frame.names[name] = self._alternated(after[name], other[name], node.lineno)
        return False

    def _alternated(self, one: Value, other: Value, line: int) -> Value:
        """Texts of which a condition chooses one."""
        result = self.join(one, other)
        long = {text for text in one.consts ^ other.consts if isinstance(text, str) and len(text) >= 12}
        return self._with(result, ("turn", line, ())) if len(long) > 1 else result

    def _merge(self, one: dict[str, Value], other: dict[str, Value]) -> dict[str, Value]:
        names = dict(other)
        for name, value in one.items():
            names[name] = self.join(value, other[name]) if name in other else value
        return names

    def _greedy(
        self, one: dict[str, Value], other: dict[str, Value], line: int, test: frozenset[Tag]
    ) -> None:
        for name in one:
            if name in other and one[name] != other[name] and self._is_greedy(one[name], other[name], test):
                mark = ("eps", line)
                one[name], other[name] = self._with(one[name], mark), self._with(other[name], mark)

    def _is_greedy(self, one: Value, other: Value, test: frozenset[Tag]) -> bool:
        """Whether chance decides between one at random and the best."""
        if kinds(test) & {"exp", "score"}:
            return False
        a, b = kinds(one.tags), kinds(other.tags)
        if "part" in a | b:
            return False
        best = {"best", "stat", "better", "was-best"}
        return bool(
            ("random" in a and "random" not in b and b & best)
            or ("random" in b and "random" not in a and a & best)
        )

    def _do_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, (ast.Yield, ast.YieldFrom)):
            self._eval(node.value)
            return
        self._discards = isinstance(node.value, ast.Call)
        self._eval(node.value)
        self._discards = False

    def _do_Assign(self, node: ast.Assign) -> None:
        value = self._eval(node.value)
        for target in node.targets:
            self._assign(target, value, node.value)

    def _do_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._assign(node.target, self._eval(node.value), node.value)

    def _do_AugAssign(self, node: ast.AugAssign) -> None:
        old, new = self._eval(_loaded(node.target)), self._eval(node.value)
        if self._cells(old, "list", "set", "dict") and isinstance(node.op, (ast.Add, ast.BitOr)):
            for cell in self._cells(old, "list", "set"):
                self._put(cell, self._elem(new))
                cell.tags |= {tag for tag in self._order(new) if tag[0] == "many"}
            for cell in self._cells(old, "dict"):
                for other in self._cells(new, "dict"):
                    cell.keys, cell.elem = self.join(cell.keys, other.keys), self.join(cell.elem, other.elem)
            return
        if isinstance(node.target, ast.Name) and self._gathers(node.target.id):
            turns = {tag for tag in new.tags if tag[0] == "turn" and tag[2] == tuple(self._loops)}
            if turns:  # all of them, one after another
                new = new._replace(tags=new.tags - turns - {("hint",)}, consts=frozenset())
        value = self._binary(node.op, old, new, node.lineno)
        added = self.deep(new) | self._implied()
        if not isinstance(node.target, ast.Name) and kinds(added) & {"score", "progress"}:
            value = self._with(value, ("sum", node.lineno))
        if isinstance(node.op, (ast.Mult, ast.Div, ast.Sub, ast.Pow)) and self._loops:
            value = self._with(value, ("decay",))
        elif self._loops and not kinds(self.deep(value)) & PROGRAM:
            value = self._with(value, ("count",))
        value = value._replace(tags=_few(value.tags | self._implied()), consts=value.consts if not self._loops else
                               frozenset(c for c in value.consts if isinstance(c, str)))  # fmt: skip
        own = len(self._loops) > self._frame.loops_at
        if own and any(tag[:2] == ("prog", "turn") and tag[3] == tuple(self._loops) for tag in value.tags):
            value = self._with(value, ("several", node.lineno))
        self._assign(node.target, value, None)

    def _gathers(self, name: str) -> bool:
        """Whether the innermost loop adds to a name that it does not assign anew."""
        if not self._loop_nodes or not isinstance(self._loop_nodes[-1], (ast.For, ast.AsyncFor)):
            return False
        return not any(
            isinstance(child, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == name for target in child.targets)
            for child in ast.walk(self._loop_nodes[-1])
        )

    def _implied(self) -> frozenset[Tag]:
        """What a constant that is assigned here depends on by the conditions around it."""
        tags: set[Tag] = set()
        for control in self._controls[self._frame.floor :]:
            if not control.rest:
                for tag in control.tags:
                    if tag[0] in ("score", "progress"):
                        tags.add(("progress",))
                    elif tag[0] in ("chance", "exp", "cmp", "count", "decay", "left", "lookup"):
                        tags.add(tag)
        return frozenset(tags)

    def _assign(self, target: ast.expr, value: Value, source: ast.expr | None) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target.elts, value, source)
            return
        if isinstance(target, ast.Starred):
            self._assign(target.value, self._list(target, self._elem(value), self._order(value)), None)
            return
        if source is not None and _is_number(source):
            value = value._replace(tags=_few(value.tags | self._implied()))
        if (
            source is not None
            and self._loops
            and _renewed(target, source)
            and not kinds(self.deep(value)) & PROGRAM
        ):
            value = self._with(value, ("decay",))
        if self._controls and ("stats",) in self._controls[-1].tags:
            value = self._with(value, ("stat", target.lineno))
        value = self._kept(value, target)
        if isinstance(target, ast.Name):
            value = self._reset(value, self._frame.names.get(target.id, NOTHING), target)
            self._set(target.id, value)
        elif isinstance(target, ast.Attribute):
            base = self._eval(target.value)
            self._graft(target, base, value)
            for cell in self._cells(base):
                old = cell.attrs.get(target.attr, NOTHING)
                cell.attrs[target.attr] = self.join(old, self._reset(value, old, target))
        elif isinstance(target, ast.Subscript):
            self._store(target, value, source)

    def _unpack(self, targets: Sequence[ast.expr], value: Value, source: ast.expr | None) -> None:
        parts = value.parts
        if parts is None and (fields := self._fields(value)):
            parts = tuple(fields)
        sources: Sequence[ast.expr | None] = [None] * len(targets)
        if isinstance(source, (ast.Tuple, ast.List)) and len(source.elts) == len(targets):
            sources = source.elts
        if parts is not None and len(parts) == len(targets) and not any(
            isinstance(each, ast.Starred) for each in targets
        ):  # fmt: skip
            for target, part, own in zip(targets, parts, sources, strict=True):
                self._assign(target, self._picked(part, value.tags), own)
            return
        ordered = any(tag[0] == "sorted" for tag in self._order(value))
        shown = next((cell.shown for cell in self._cells(value, "list") if cell.shown), None)
        for number, target in enumerate(targets):
            if shown and len(shown) == len(targets):
                taken = shown[number]
            elif isinstance(target, ast.Starred):
                taken = value
            else:
                taken = self._elem(value)
                if ordered and not number:
                    taken = self._with(taken, ("best", target.lineno))
            self._assign(target, taken, None)

    def _fields(self, value: Value) -> list[Value]:
        """The fields of a record, in their order."""
        found = [
            [self._picked(cell.attrs.get(name, NOTHING), value.tags) for name in cell.of.fields]
            for cell in self._cells(value, "object")
            if cell.of is not None and cell.of.fields
        ]
        if not found or len({len(each) for each in found}) > 1:
            return []
        return [self.joined(each) for each in zip(*found, strict=True)]

    def _kept(self, value: Value, target: ast.expr) -> Value:
        """Of a program that is kept under a condition: by which."""
        if not self._loops or not kinds(self.deep(value)) & MADE:
            return value
        tags: set[Tag] = set()
        for control in self._controls:
            if control.loops:
                tags |= control.tags
        found = kinds(tags)
        if "chance" in found and found & {"score", "progress"} and found & {"cmp", "exp"}:
            self.accepted.setdefault(target.lineno, set()).update(found)
            return self._with(value, ("metropolis", target.lineno))
        if "cmp" in found:
            return self._with(value, ("better", target.lineno))
        if _stat(tags):
            return self._with(value, ("stat", target.lineno))
        return value

    def _reset(self, value: Value, old: Value, target: ast.expr) -> Value:
        """Marks the program given at first where it takes the place of one that was made."""
        if not self._loops or not isinstance(target, (ast.Name, ast.Attribute)):
            return value
        new, before = kinds(self.deep(value)), kinds(self.deep(old))
        if "initial" not in new or new & MADE or not before & MADE or "describe" in new:
            return value
        under: set[str] = set()
        for control in self._controls:
            if control.loops:
                under |= kinds(control.tags)
        if under & {"score", "progress"}:
            return self._with(value, ("restart", target.lineno, True))
        self.resets.add((target.lineno, tuple(self._loops)))
        return self._with(value, ("restart", target.lineno, False))

    def _set(self, name: str, value: Value) -> None:
        frame = self._frame.foreign.get(name)
        if frame is not None:
            frame.names[name] = self.join(frame.names.get(name, NOTHING), value)
        else:
            self._frame.names[name] = value

    def _put(self, cell: Cell, value: Value) -> None:
        of = kinds(self.deep(value))
        if "part" in of and any("chance" in kinds(c.tags) for c in self._controls[self._frame.floor :]):
            value = self._with(value, ("dice",))
        cell.elem = self.join(cell.elem, value)
        cell.shown = None
        if of & MADE and len(self._loops) > len(cell.made_in):
            cell.tags.add(("many",))

    def _store(self, target: ast.Subscript, value: Value, source: ast.expr | None) -> None:
        base, index = self._eval(target.value), self._index(target.slice)
        thrown = kinds(self.deep(index)) & {"chance", "random", "count"}
        self._graft(target, base, self.join(value, index))
        if (
            source is not None
            and _same_place(target, source)
            and kinds(self.deep(value)) & {"score", "progress"}
        ):
            value = self._with(value, ("sum", target.lineno))
        for cell in self._cells(base):
            if "part" in kinds(self.deep(cell.elem)) and thrown:
                value = self._with(value, ("dice",))
            if cell.kind == "dict":
                cell.keys = self.join(cell.keys, index)
                for key in index.consts if len(index.consts) == 1 and not index.tags else ():
                    cell.attrs[key] = self.join(cell.attrs.get(key, NOTHING), value)
                cell.elem = self.join(cell.elem, value)
            elif isinstance(target.slice, ast.Slice):
                cell.elem = self.join(cell.elem, self._elem(value))
                cell.tags |= self._order(value)
                cell.shown = None
            elif cell.kind != "object":
                cell.elem = self.join(cell.elem, value)
                cell.shown = None
            elif cell.of is not None and (method := cell.of.find("__setitem__")) is not None:
                self._call(_bound(method, base), [index, value], {}, target)
            else:
                cell.elem, cell.keys = self.join(cell.elem, value), self.join(cell.keys, index)

    def _graft(self, target: ast.Attribute | ast.Subscript, base: Value, value: Value) -> None:
        """Notes that a syntax tree is changed by chance."""
        if base.refs or "part" not in kinds(base.tags):
            return
        chance = any("chance" in kinds(control.tags) for control in self._controls[self._frame.floor :])
        root: ast.expr = target
        while isinstance(root, (ast.Attribute, ast.Subscript)):
            root = root.value
        if isinstance(root, ast.Name) and (chance or kinds(self.deep(value)) & {"chance", "random"}):
            self._set(root.id, self._with(self._eval(_loaded(root)), ("dice",)))

    def _do_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                base, index = self._eval(target.value), self.deep(self._index(target.slice))
                for cell in self._cells(base, "list"):
                    self._cut(cell, node.lineno, isinstance(target.slice, ast.Slice))
                    if "part" in kinds(self.deep(cell.elem)) and kinds(index) & {"chance", "random", "count"}:
                        cell.elem = self._with(cell.elem, ("dice",))

    def _cut(self, cell: Cell, line: int, enough: bool = True) -> None:
        """Some of what is in a container is thrown away: the worst, where it is in order."""
        if enough and kinds(cell.tags) & {"sorted", "heap-order"}:
            cell.elem = self._with(cell.elem, ("top", line))

    def _do_Return(self, node: ast.Return) -> bool:
        again = self._again
        value = self._eval(node.value) if node.value is not None else NOTHING
        if node.value is not None and _is_number(node.value):
            value = value._replace(tags=_few(value.tags | self._implied()))
        inside = self._controls[self._frame.floor :]
        self._frame.returns.append((value, tuple(inside)))
        if again == self._again:
            self._ends(node, self._loops[self._frame.loops_at :], inside)
        return True

    def _ends(self, node: ast.stmt, left: Sequence[int], controls: Sequence[Control]) -> None:
        """Something ends loops: a stop, where a condition on scores or progress is why."""
        function = self._frame.function
        if not left and function is not None and self._stack.count(function) > 1:
            left = self._loops[-1:]
        if not left:
            return
        level = len(self._loops) - len(left)
        found: set[Tag] = set()
        for control in controls:
            if (control.loops > level and not control.rest) or (
                not self._loops[self._frame.loops_at :] and not control.rest
            ):
                found |= control.tags
        if kinds(found) & {"score", "progress"} and "chance" not in kinds(found):
            outermost = left[0]
            self.stops.add(Stop(_line(controls, node), outermost, self.inside.get(outermost, ())))

    def _do_Break(self, node: ast.Break) -> bool:
        if self._loops:
            inner = self._loops[-1]
            depth = len(self._loops)
            controls = [c for c in self._controls[self._frame.floor :] if c.loops >= depth]
            self._ends(node, [inner], controls)
        if self._breaks:
            self._breaks[-1].append(dict(self._frame.names))
        return True

    def _do_Continue(self, node: ast.Continue) -> bool:
        if self._breaks:
            self._breaks[-1].append(dict(self._frame.names))
        return True

    def _do_Raise(self, node: ast.Raise) -> bool:
        for child in (node.exc, node.cause):
            if child is not None:
                self._eval(child)
        return True

    def _body(self, body: Sequence[ast.stmt]) -> None:
        """A loop's body, once; what was assigned before a break or continue counts as well."""
        self._breaks.append([])
        ended = self._block(body)
        left = self._breaks.pop()
        if ended and left:
            self._frame.names = left[0]
        for names in left:
            self._frame.names = self._merge(self._frame.names, names)

    def _do_For(self, node: ast.For) -> bool:
        source = self._eval(node.iter)

        def once() -> None:
            self._assign(node.target, self._turn(source, node.iter), None)
            self._body(node.body)

        self._loop(node, once)
        self._block(node.orelse)
        return False

    _do_AsyncFor = _do_For

    def _turn(self, source: Value, node: ast.AST) -> Value:
        """One after another of a container's."""
        taken = self._elem(source)
        if "count" in kinds(taken.tags) and not taken.consts and taken.parts is None:
            return taken
        return self._with(taken, ("turn", getattr(node, "lineno", 0), tuple(self._loops)))

    def _do_While(self, node: ast.While) -> bool:
        def once() -> None:
            test = self._test(node.test)
            if kinds(test) & {"score", "progress"}:
                number = self._loops[-1]
                self.stops.add(Stop(node.lineno, number, self.inside.get(number, ())))
            self._body(node.body)

        self._loop(node, once)
        self._block(node.orelse)
        forever = isinstance(node.test, ast.Constant) and bool(node.test.value)
        return forever and not any(isinstance(n, ast.Break) for n in ast.walk(node))

    def _do_Try(self, node: ast.Try) -> bool:
        looked = self._lookups_in(node.body)
        before = dict(self._frame.names)
        ends = self._block(node.body)
        after = self._frame.names
        branches = [] if ends else [after]
        for handler in node.handlers:
            self._frame.names = self._merge(dict(before), after)
            if handler.name:
                self._frame.names[handler.name] = Value(frozenset({("error",)}))
            self._control(looked, handler, True)
            if not self._block(handler.body):
                branches.append(self._frame.names)
            self._controls.pop()
        if not branches:
            self._frame.names = after
            self._block(node.finalbody)
            return True
        self._frame.names = branches[0]
        for each in branches[1:]:
            self._frame.names = self._merge(self._frame.names, each)
        ended = not ends and self._block(node.orelse)
        self._block(node.finalbody)
        return ended and len(branches) == 1

    _do_TryStar = _do_Try

    def _lookups_in(self, body: Sequence[ast.stmt]) -> frozenset[Tag]:
        tags: set[Tag] = set()
        for statement in body[:3]:
            for child in ast.walk(statement):
                if isinstance(child, ast.Subscript) and isinstance(child.ctx, ast.Load):
                    base = self._eval(child.value)
                    tags |= {
                        ("lookup", ref, child.lineno) for ref in base.refs if self.cells[ref].kind == "dict"
                    }
        return frozenset(tags)

    def _do_With(self, node: ast.With) -> bool:
        for item in node.items:
            value = self._eval(item.context_expr)
            if item.optional_vars is not None:
                self._assign(item.optional_vars, value, None)
        return self._block(node.body)

    _do_AsyncWith = _do_With

    def _do_Match(self, node: ast.Match) -> bool:
        subject = self._eval(node.subject)
        before = dict(self._frame.names)
        ended: list[dict[str, Value]] = []
        for case in node.cases:
            self._frame.names = dict(before)
            for pattern in ast.walk(case.pattern):
                name = getattr(pattern, "name", None)
                if isinstance(name, str):
                    self._frame.names[name] = subject
            self._control(self.deep(subject), case, True)
            if not self._block(case.body):
                ended.append(self._frame.names)
            self._controls.pop()
        names = before
        for each in ended:
            names = self._merge(names, each)
        self._frame.names = names
        return False

    def _do_Global(self, node: ast.Global) -> None:
        for name in node.names:
            if self._frame is not self._top:
                self._frame.foreign[name] = self._top

    def _do_Nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            above = self._frame.above
            while above is not None and name not in above.names:
                above = above.above
            if above is not None:
                self._frame.foreign[name] = above

    def _do_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            name = alias.name if alias.asname else alias.name.split(".")[0]
            self._set(alias.asname or name, Value(funcs=frozenset({_Lib(name)})))

    def _do_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            name = f"{node.module}.{alias.name}" if node.module else alias.name
            self._set(alias.asname or alias.name, Value(funcs=frozenset({_Lib(name)})))

    def _do_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._set(node.name, self._function(node))

    _do_AsyncFunctionDef = _do_FunctionDef

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, of: _Class | None = None
    ) -> Value:
        args = node.args
        positional = [*args.posonlyargs, *args.args]
        defaults = {}
        for arg, default in zip(reversed(positional), reversed(args.defaults), strict=False):
            defaults[arg.arg] = self._eval(default)
        for arg, keyword in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            if keyword is not None:
                defaults[arg.arg] = self._eval(keyword)
        function = _Function(node, self._frame, defaults, of=of)
        wrappers: list[Value] = []
        for decorator in getattr(node, "decorator_list", []):
            name = _last_name(decorator)
            if name in ("staticmethod", "classmethod", "property", "cached_property"):
                function.kind = name.removeprefix("cached_")
            elif name in ("lru_cache", "cache"):
                function.cached = True
            elif name not in ("wraps", "contextmanager", "abstractmethod", "override", "dataclass"):
                wrappers.append(self._eval(decorator))
        value = Value(funcs=frozenset({function}))
        for wrapper in wrappers:
            if any(isinstance(each, (_Function, _Class)) for each in wrapper.funcs):
                value = self._call(wrapper, [value], {}, node)
        return value

    def _do_ClassDef(self, node: ast.ClassDef) -> None:
        bases, outside = [], set()
        for base in node.bases:
            found = self._eval(base)
            bases += [each for each in found.funcs if isinstance(each, _Class)]
            outside |= {each.name.rsplit(".", 1)[-1] for each in found.funcs if isinstance(each, _Lib)}
            outside.add(_last_name(base))
        made = _Class(node.name, {}, [], bases, frozenset(outside))
        frame = _Frame({}, self._frame, floor=len(self._controls), loops_at=len(self._loops))
        old, self._frame = self._frame, frame
        for statement in node.body:
            self._step(statement)
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                frame.above, keep = old, frame.above
                self._frame = old
                value = self._function(statement, made)
                self._frame, frame.above = frame, keep
                frame.names[statement.name] = value
            else:
                self._statement(statement) if not isinstance(statement, ast.If) else self._if(statement)
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    made.fields.append(statement.target.id)
        self._frame = old
        made.body.update(frame.names)
        for above in bases:
            made.fields[:0] = [name for name in above.fields if name not in made.fields]
        self._set(node.name, Value(funcs=frozenset({made})))

    # --- expressions ----------------------------------------------------------------------------------------------

    def _test(self, node: ast.expr) -> frozenset[Tag]:
        """The tags of a condition: of a container only its own, not those of what is in it."""
        value = self._eval(node)
        tags = set(value.tags)
        for part in value.parts or ():
            tags |= part.tags
        return frozenset(tag for tag in tags if tag[0] not in ("sorted",))

    def _eval(self, node: ast.expr) -> Value:
        self._step(node)
        discards, self._discards = self._discards, False
        handler = getattr(self, "_of_" + type(node).__name__, None)
        if handler is None:
            children = [
                self._eval(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)
            ]
            return Value(self.data(*children))
        if discards and isinstance(node, ast.Call):
            return self._of_Call(node, discards=True)
        result = handler(node)
        assert isinstance(result, Value)
        return result

    def _of_Constant(self, node: ast.Constant) -> Value:
        if isinstance(node.value, (str, int, float)):
            return Value(consts=frozenset({node.value}))
        return NOTHING

    def _of_Name(self, node: ast.Name) -> Value:
        if node.id in self._frame.foreign:
            return self._frame.foreign[node.id].names.get(node.id, NOTHING)
        frame: _Frame | None = self._frame
        while frame is not None:
            if node.id in frame.names:
                return frame.names[node.id]
            frame = frame.above
        if hasattr(builtins, node.id):
            return Value(funcs=frozenset({_Lib(node.id)}))
        return NOTHING

    def _of_NamedExpr(self, node: ast.NamedExpr) -> Value:
        value = self._eval(node.value)
        self._assign(node.target, value, node.value)
        return value

    def _of_Starred(self, node: ast.Starred) -> Value:
        return self._eval(node.value)

    def _of_Await(self, node: ast.Await) -> Value:
        return self._eval(node.value)

    def _of_Tuple(self, node: ast.Tuple) -> Value:
        if any(isinstance(each, ast.Starred) for each in node.elts) or len(node.elts) > 4 or all(
            isinstance(each, ast.Constant) for each in node.elts
        ):  # fmt: skip
            return self._of_List(node)
        return Value(parts=tuple(self._flat(self._eval(each)) for each in node.elts))

    def _flat(self, value: Value, levels: int = 3) -> Value:
        """A tuple in tuples in tuples is not followed for ever."""
        if value.parts is None:
            return value
        if not levels:
            return Value(self.deep(value))
        return value._replace(parts=tuple(self._flat(part, levels - 1) for part in value.parts))

    def _of_List(self, node: ast.List | ast.Tuple | ast.Set) -> Value:
        shown: list[Value] = []
        tags: set[Tag] = set()
        plain = True
        elem = NOTHING
        for each in node.elts[:400]:
            value = self._eval(each)
            if isinstance(each, ast.Starred):
                plain = False
                tags |= {tag for tag in self._order(value) if tag[0] == "many"}
                value = self._elem(value)
            shown.append(value)
            elem = self.join(elem, value)
        return self._list(node, elem, tags, tuple(shown) if plain else None)

    _of_Set = _of_List

    def _of_Dict(self, node: ast.Dict) -> Value:
        made = self._new("dict", node)
        cell = self._cells(made)[0]
        for key, each in zip(node.keys[:400], node.values[:400], strict=True):
            value = self._eval(each)
            if key is None:
                for other in self._cells(value, "dict"):
                    cell.attrs.update(other.attrs)
                    cell.keys, cell.elem = self.join(cell.keys, other.keys), self.join(cell.elem, other.elem)
                continue
            name = self._eval(key)
            if isinstance(key, ast.Constant):
                cell.attrs[key.value] = value
            cell.keys, cell.elem = self.join(cell.keys, name), self.join(cell.elem, value)
        return made

    def _of_JoinedStr(self, node: ast.JoinedStr) -> Value:
        values = [self._eval(each) for each in node.values]
        whole = self.composed(values, node.lineno)
        return whole if kinds(whole.tags) & PROGRAM else whole._replace(consts=frozenset())

    def _of_FormattedValue(self, node: ast.FormattedValue) -> Value:
        return self._eval(node.value)

    def _of_Lambda(self, node: ast.Lambda) -> Value:
        return self._function(node)

    def _of_IfExp(self, node: ast.IfExp) -> Value:
        test = self._test(node.test)
        self._control(test, node, True)
        one = self._eval(node.body)
        self._controls.pop()
        self._control(test, node, False)
        other = self._eval(node.orelse)
        self._controls.pop()
        if "chance" in kinds(test) and self._is_greedy(one, other, test):
            one, other = self._with(one, ("eps", node.lineno)), self._with(other, ("eps", node.lineno))
        result = self.join(one, other)
        of = kinds(self.deep(result))
        if not of & PROGRAM and kinds(test) & {"score", "progress", "count", "left", "chance"}:
            moved = {("progress",) if tag[0] == "score" else tag for tag in test if tag[0] not in PICKS}
            moved = {tag for tag in moved if tag[0] in ("progress", "count", "left", "chance")}
            if not result.refs:
                result = result._replace(tags=_few(result.tags | frozenset(moved)))
            result = self._alternated_once(one, other, result, node.lineno)
        if of & MADE and "cmp" in kinds(test):
            found = kinds(test)
            if "chance" in found:
                self.accepted.setdefault(node.lineno, set()).update(found)
            kind = "metropolis" if "chance" in found else "best"
            result = self._with(result, (kind, node.lineno))
        return result

    def _alternated_once(self, one: Value, other: Value, result: Value, line: int) -> Value:
        long = {text for text in one.consts ^ other.consts if isinstance(text, str) and len(text) >= 12}
        return self._with(result, ("turn", line, ())) if len(long) > 1 else result

    def _of_BoolOp(self, node: ast.BoolOp) -> Value:
        values = [self._eval(each) for each in node.values]
        result = self.joined(values)
        tags = set(result.tags)
        for value in values:
            if not value.refs:
                tags |= {tag for tag in value.tags if tag[0] not in PICKS}
        return result._replace(tags=_few(frozenset(tags)))

    def _of_UnaryOp(self, node: ast.UnaryOp) -> Value:
        value = self._eval(node.operand)
        if isinstance(node.op, ast.USub):
            if value.consts and not value.tags:
                return Value(consts=frozenset(-c for c in value.consts if isinstance(c, (int, float))))
            return self._with(value, ("neg",))
        return Value(value.tags)

    def _of_Compare(self, node: ast.Compare) -> Value:
        left = self._eval(node.left)
        others = [self._eval(each) for each in node.comparators]
        membership = isinstance(node.ops[0], (ast.In, ast.NotIn))
        if membership:
            looked = (ref for ref in others[0].refs if self.cells[ref].kind in ("dict", "object"))
            return Value(frozenset(("lookup", ref, node.lineno) for ref in looked))
        if isinstance(node.ops[0], (ast.Is, ast.IsNot)):
            return Value(
                frozenset(tag for tag in left.tags if tag[0] in ("lookup", "progress", "cmp", "score"))
            )
        all_ = [left, *others]
        tags: set[Tag] = set(self.data(*all_))
        with_score = [bool(kinds(self.deep(each)) & {"score"}) for each in all_]
        texts = [bool(kinds(self.deep(each)) & PROGRAM) for each in all_]
        if sum(with_score) > 1:
            tags.add(("cmp",))
        if any(texts):
            tags = {tag for tag in tags if tag[0] not in PROGRAM}
            if not all(with_score):
                tags = {tag for tag in tags if tag[0] != "score"}
        if sum(_stat(self.deep(each)) for each in all_) > 1:
            tags.add(("stats",))
        return Value(frozenset(tag for tag in tags if tag[0] not in PICKS))

    def _of_BinOp(self, node: ast.BinOp) -> Value:
        return self._binary(node.op, self._eval(node.left), self._eval(node.right), node.lineno, node)

    def _binary(
        self, op: ast.operator, left: Value, right: Value, line: int, node: ast.AST | None = None
    ) -> Value:
        lists = self._cells(left, "list", "set"), self._cells(right, "list", "set")
        if isinstance(op, ast.Mod) and (any(isinstance(c, str) for c in left.consts) or right.parts):
            return self.composed([left, *(right.parts or [right])], line)
        if isinstance(op, ast.Add) and (any(lists) or left.parts or right.parts) and node is not None:
            tags = {tag for tag in self._order(left) | self._order(right) if tag[0] == "many"}
            halves = self._elem(left), self._elem(right)
            shown = None
            if len(lists[0]) == 1 == len(lists[1]) and lists[0][0].shown and lists[1][0].shown:
                shown = lists[0][0].shown + lists[1][0].shown
            return self._list(node, self.join(*halves), tags, shown)
        if isinstance(op, ast.BitOr) and (self._cells(left) or self._cells(right)):
            return self.join(left, right)
        if isinstance(op, ast.Mult) and (any(lists) or left.parts):
            return left if left.refs or left.parts else right
        both = self.deep(left), self.deep(right)
        if isinstance(op, ast.Add) and any(kinds(tags) & PROGRAM for tags in both):
            return self.composed([left, right], line)
        tags = set(both[0] | both[1])
        if isinstance(op, ast.Sub) and all("score" in kinds(each) for each in both):
            tags.add(("cmp",))
        if isinstance(op, ast.Pow) and kinds(both[1]) & {"score", "count"}:
            tags.add(("exp",) if "score" in kinds(both[1]) else ("decay",))
        if isinstance(op, ast.Div) and ("score" in kinds(both[0])) and kinds(both[1]) & {"count", "length"}:
            tags.add(("mean",))
        consts = left.consts | right.consts if isinstance(op, ast.Add) else frozenset()
        if left.consts and right.consts and not tags:
            return Value(consts=_few(frozenset(c for c in consts if isinstance(c, str)) or frozenset({0.5})))
        return Value(_few(frozenset(tags)), _few(consts))

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
        frame = _Frame(
            {}, self._frame, self._frame.function, floor=self._frame.floor, loops_at=self._frame.loops_at
        )
        old, self._frame = self._frame, frame
        depth, controls = len(self._loops), len(self._controls)
        order: set[Tag] = set()
        result = key = NOTHING
        try:
            for number, generator in enumerate(node.generators):
                source = self._eval(generator.iter)
                if not number:
                    order = {tag for tag in self._order(source) if tag[0] in ("sorted", "random")}
                loop = self._loop_id(generator)
                self.inside.setdefault(loop, tuple(self._loops))
                self._loops.append(loop)
                self._assign(generator.target, self._turn(source, generator.iter), None)
                for test in generator.ifs:
                    self._control(self._test(test), generator, True)
            if isinstance(node, ast.DictComp):
                key, result = self._eval(node.key), self._eval(node.value)
            else:
                result = self._eval(node.elt)
            if len(node.generators) > 1:
                order = set()
            if kinds(self.deep(result)) & MADE:
                order.add(("many",))
        finally:
            del self._loops[depth:]
            del self._controls[controls:]
            self._frame = old
        if isinstance(node, ast.DictComp):
            return self._new("dict", node, result, keys=key)
        return self._list(node, result, order)

    _of_ListComp = _of_SetComp = _of_GeneratorExp = _of_DictComp = _comprehension

    def _of_Yield(self, node: ast.Yield) -> Value:
        value = self._eval(node.value) if node.value is not None else NOTHING
        self._frame.yields = self.join(self._frame.yields or NOTHING, value)
        return NOTHING

    def _of_YieldFrom(self, node: ast.YieldFrom) -> Value:
        self._frame.yields = self.join(self._frame.yields or NOTHING, self._elem(self._eval(node.value)))
        return NOTHING

    def _of_Attribute(self, node: ast.Attribute) -> Value:
        return self._attribute(self._eval(node.value), node.attr, node)

    def _attribute(self, base: Value, name: str, node: ast.AST) -> Value:
        result = NOTHING
        for function in base.funcs:
            if isinstance(function, _Mine) and not function.name:
                result = self.join(result, _mine(function.whose, name))
            elif isinstance(function, _Lib):
                result = self.join(result, Value(funcs=frozenset({_Lib(f"{function.name}.{name}")})))
            elif isinstance(function, _Class) and (found := function.find(name)) is not None:
                result = self.join(result, found)
        known = bool(base.funcs)
        for ref in sorted(base.refs):
            cell = self.cells[ref]
            if cell.kind != "object":
                continue
            known = True
            if name in cell.attrs:
                result = self.join(result, self._picked(cell.attrs[name], base.tags))
            if cell.of is not None and (found := cell.of.find(name)) is not None:
                this = Value(base.tags, refs=frozenset({ref}))
                if any(isinstance(f, _Function) and f.kind == "property" for f in found.funcs):
                    result = self.join(
                        result, self._picked(self._call(_bound(found, this), [], {}, node), base.tags)
                    )
                elif name not in cell.attrs or found.funcs:
                    result = self.join(result, _bound(found, this))
        others = frozenset(ref for ref in base.refs if self.cells[ref].kind != "object")
        if others or not known or (result == NOTHING and not isinstance(next(iter(base.funcs), None), _Mine)):
            method = Value(base.tags, funcs=frozenset({_Method(name, base._replace(funcs=frozenset()))}))
            result = self.join(result, method)
        return result

    def _index(self, node: ast.expr) -> Value:
        if isinstance(node, ast.Slice):
            values = [self._eval(each) for each in (node.lower, node.upper, node.step) if each is not None]
            return Value(self.data(*values))
        return self._eval(node)

    def _of_Subscript(self, node: ast.Subscript) -> Value:
        return self._subscript(self._eval(node.value), node)

    def _subscript(self, base: Value, node: ast.Subscript) -> Value:
        index = self._index(node.slice)
        picks = self._picks_of(index, node)
        if isinstance(node.slice, ast.Slice):
            return self._slice(base, index, picks, node)
        number = _number(node.slice)
        if base.parts is not None and number is not None and -len(base.parts) <= number < len(base.parts):
            return self._picked(base.parts[number], base.tags)
        if number is not None and (fields := self._fields(base)) and -len(fields) <= number < len(fields):
            return fields[number]
        result = NOTHING
        for ref in sorted(base.refs):
            cell = self.cells[ref]
            taken = NOTHING
            if cell.kind == "dict":
                name = next(iter(index.consts), None) if len(index.consts) == 1 and not index.tags else None
                if name in cell.attrs:
                    taken = cell.attrs[name]
                else:
                    taken = self._with(cell.elem, ("lookup", ref, node.lineno))
                if cell.attrs and name is None:
                    taken = self.join(taken, self.joined(cell.attrs.values()))
            elif cell.kind == "object":
                if cell.of is not None:
                    for own in ("__getitem__", "__missing__"):
                        if (method := cell.of.find(own)) is not None:
                            self._control(frozenset({("lookup", ref, node.lineno)}), node, False)
                            taken = self.join(taken, self._call(_bound(method, base), [index], {}, node))
                            self._controls.pop()
                taken = self.join(taken, cell.elem)
            elif (
                cell.shown is not None and number is not None and -len(cell.shown) <= number < len(cell.shown)
            ):
                taken = self._picked(cell.shown[number], frozenset(cell.tags))
            else:
                taken = self._picked(cell.elem, frozenset(cell.tags))
                if number is not None and kinds(cell.tags) & {"sorted"}:
                    taken = self._with(taken, ("best" if number in (0, -1) else "top", node.lineno))
            result = self.join(result, taken)
        if not base.refs:
            inner = self.joined(base.parts) if base.parts else Value(base.tags, base.consts)
            result = self.join(result, inner)
        return self._picked(self._picked(result, base.tags), picks)

    def _slice(self, base: Value, index: Value, picks: frozenset[Tag], node: ast.Subscript) -> Value:
        assert isinstance(node.slice, ast.Slice)
        of = kinds(index.tags)
        program = kinds(self.deep(base)) & PROGRAM
        thrown = of & {"chance", "random"} or (of & {"count"} and not of & {"part"})
        if base.refs:
            elem, tags = NOTHING, set()
            for cell in self._cells(base):
                taken = cell.elem
                if "sorted" in kinds(cell.tags) and node.slice.upper is not None and node.slice.lower is None:
                    taken = self._with(taken, ("top", node.lineno))
                elem = self.join(elem, taken)
                tags |= cell.tags
            if "part" in kinds(self.deep(elem)):
                elem = self._picked(elem, picks)
                if thrown:
                    elem = self._with(elem, ("dice",))
            return self._picked(self._list(node, elem, tags), base.tags)
        if base.parts is not None:
            return base
        if program and thrown:
            return base._replace(tags=_parts_of(base.tags) | {("dice",)})
        return base

    def _picks_of(self, index: Value, node: ast.AST) -> frozenset[Tag]:
        """How an index chooses."""
        picks = {tag for tag in index.tags if tag[0] in PICKS}
        line, loops = getattr(node, "lineno", 0), tuple(self._loops)
        of = kinds(index.tags)
        if "chance" in of and not picks:
            picks.add(("random", line, loops))
        elif of & {"count", "progress", "left"} and not picks:
            picks.add(("turn", line, loops))
        return frozenset(picks)

    # --- calls ----------------------------------------------------------------------------------------------------

    def _of_Call(self, node: ast.Call, discards: bool = False) -> Value:
        if isinstance(node.func, ast.Name) and node.func.id == "super" and self._frame.function is not None:
            return next(iter(self._frame.names.values()), NOTHING)
        function = self._eval(node.func)
        args: list[Value] = []
        for each in node.args:
            value = self._eval(each)
            if isinstance(each, ast.Starred):
                parts = [self._picked(part, value.tags) for part in value.parts or ()]
                args += parts or self._fields(value) or self._shown(value) or [self._elem(value)]
            else:
                args.append(value)
        named: dict[str, Value] = {}
        for keyword in node.keywords:
            value = self._eval(keyword.value)
            if keyword.arg is not None:
                named[keyword.arg] = value
                continue
            for cell in self._cells(value, "dict"):
                named |= {key: each for key, each in cell.attrs.items() if isinstance(key, str)}
        return self._call(function, args, named, node, discards)

    def _shown(self, value: Value) -> list[Value]:
        cells = self._cells(value, "list")
        return list(cells[0].shown) if len(cells) == 1 and cells[0].shown else []

    def _call(
        self,
        function: Value,
        args: list[Value],
        named: dict[str, Value],
        node: ast.AST,
        discards: bool = False,
    ) -> Value:
        self._step(node)
        result = NOTHING
        own = [
            each for each in function.funcs if isinstance(each, (_Function, _Bound, _Class, _Partial, _Mine))
        ]
        for each in sorted(function.funcs, key=_name_of)[:8]:
            if isinstance(each, _Function):
                found = self._enter(each, args, named, node)
            elif isinstance(each, _Bound):
                found = self._call_bound(each, args, named, node)
            elif isinstance(each, _Class):
                found = self._make(each, args, named, node)
            elif isinstance(each, _Partial):
                found = self._call(Value(funcs=frozenset({each.function})), [*each.args, *args],
                                   {**dict(each.named), **named}, node)  # fmt: skip
            elif isinstance(each, _Mine):
                found = self._call_mine(each, args, named, node)
            elif isinstance(each, _Method):
                found = NOTHING if own else self._method(each, args, named, node, discards)
            else:
                found = self._lib(each.name, args, named, node, discards)
            result = self.join(result, found)
        for ref in sorted(function.refs):
            cell = self.cells[ref]
            if cell.of is not None and (method := cell.of.find("__call__")) is not None:
                this = Value(function.tags, refs=frozenset({ref}))
                result = self.join(result, self._call(_bound(method, this), args, named, node))
        if not function.funcs and not function.refs:
            result = Value(self.data(function, *args, *named.values()))
        picks = frozenset(tag for tag in function.tags if tag[0] in PICKS)
        if picks and not any(isinstance(each, _Method) for each in function.funcs):
            result = self._picked(result, picks)
            if len(function.funcs) > 1:
                result = self._with(result, ("hint",))
        return result

    def _call_bound(self, bound: _Bound, args: list[Value], named: dict[str, Value], node: ast.AST) -> Value:
        function = bound.function
        if isinstance(function, _Function):
            if function.kind == "staticmethod":
                return self._enter(function, args, named, node)
            if function.kind == "classmethod" and function.of is not None:
                return self._enter(function, [Value(funcs=frozenset({function.of})), *args], named, node)
            return self._enter(function, [bound.self_, *args], named, node)
        return self._call(Value(funcs=frozenset({function})), args, named, node)

    def _enter(self, function: _Function, args: list[Value], named: dict[str, Value], node: ast.AST) -> Value:
        deep = self._stack.count(function)
        if deep:
            self._again += 1
        if deep > 2 or len(self._stack) >= MOST_CALLS_DEEP:
            return self._known.get(id(function.node), NOTHING)
        frame = _Frame({}, function.frame, function, floor=len(self._controls), loops_at=len(self._loops))
        self._bind(frame, function, args, named, node)
        rounds = None
        if deep:  # a new round
            rounds = self._loop_id(function.node)
            self.inside.setdefault(rounds, tuple(self._loops))
            self._frame_of_recursion(frame, function)
            self._loops.append(rounds)
            frame.loops_at = len(self._loops)
        old, self._frame = self._frame, frame
        self._stack.append(function)
        self._calls.append(getattr(node, "lineno", 0) * 1000 + getattr(node, "col_offset", 0))
        breaks, self._breaks = self._breaks, []
        if function.cached:
            self._control(frozenset({("lookup", -1, function.node.lineno)}), function.node, True)
        try:
            if isinstance(function.node, ast.Lambda):
                result = self._eval(function.node.body)
            else:
                self._block(function.node.body)
                result = self._result(frame, function.node)
        finally:
            if function.cached:
                self._controls.pop()
            self._breaks = breaks
            self._calls.pop()
            self._stack.pop()
            self._frame = old
            if rounds is not None:
                self._loops.pop()
        del self._controls[frame.floor :]
        self._known[id(function.node)] = self.join(self._known.get(id(function.node), NOTHING), result)
        return result

    def _frame_of_recursion(self, frame: _Frame, function: _Function) -> None:
        caller: _Frame | None = self._frame
        while caller is not None and caller.function is not function:
            caller = caller.above
        if self._is_round(self._loop_id(function.node)) or any("prompt" in each for each in self.busy.values()) or (
            self.prompts
        ):  # fmt: skip
            self._age()
        for name, value in frame.names.items():
            value = _aged(value)
            if caller is not None and name in caller.names:
                new, before = kinds(self.deep(value)), kinds(self.deep(caller.names[name]))
                if "initial" in new and not new & MADE and before & MADE:
                    under: set[str] = set()
                    for control in self._controls[caller.floor :]:
                        under |= kinds(control.tags)
                    if under & {"score", "progress"}:
                        value = self._with(value, ("restart", function.node.lineno, True))
            frame.names[name] = value

    def _bind(
        self, frame: _Frame, function: _Function, args: list[Value], named: dict[str, Value], node: ast.AST
    ) -> None:
        spec = function.node.args
        positional = [each.arg for each in (*spec.posonlyargs, *spec.args)]
        for name, default in function.defaults.items():
            frame.names[name] = default
        for name, value in zip(positional, args, strict=False):
            frame.names[name] = value
        if spec.vararg is not None:
            rest = args[len(positional) :]
            frame.names[spec.vararg.arg] = self._list(spec.vararg, self.joined(rest), (), tuple(rest))
        known = {*positional, *(each.arg for each in spec.kwonlyargs)}
        extra = {}
        for name, value in named.items():
            if name in known:
                frame.names[name] = value
            else:
                extra[name] = value
        if spec.kwarg is not None:
            made = self._new("dict", spec.kwarg, self.joined(extra.values()))
            self._cells(made)[0].attrs.update(extra)
            frame.names[spec.kwarg.arg] = made
        for name in known:
            frame.names.setdefault(name, NOTHING)

    def _result(self, frame: _Frame, node: ast.AST) -> Value:
        """What a function returns: chance may decide between one at random and the best here too."""
        values = []
        for number, (value, controls) in enumerate(frame.returns):
            for other, others in frame.returns[number + 1 :][:8]:
                for control in controls:
                    opposite = any(
                        each.node is control.node and each.holds != control.holds for each in others
                    )
                    if (
                        opposite
                        and "chance" in kinds(control.tags)
                        and self._is_greedy(value, other, control.tags)
                    ):
                        value = self._with(value, ("eps", getattr(control.node, "lineno", 0)))
                    if (
                        opposite and "cmp" in kinds(control.tags) and self._loops
                        and kinds(self.deep(value)) & MADE and kinds(self.deep(other)) & PROGRAM
                        and not value.refs
                    ):  # fmt: skip
                        value = self._with(value, ("best", getattr(control.node, "lineno", 0)))
            values.append(value)
        result = self.joined(values)
        if frame.yields is not None:
            many = [("many",)] if kinds(self.deep(frame.yields)) & MADE else []
            return self._list(node, self.join(frame.yields, result), many)
        return result

    def _make(self, of: _Class, args: list[Value], named: dict[str, Value], node: ast.AST) -> Value:
        made = self._new("object", node, of=of)
        cell = self._cells(made)[0]
        start = of.find("__init__")
        if start is not None:
            self._call(_bound(start, made), args, named, node)
            return made
        for name, value in (*zip(of.fields, args, strict=False), *named.items()):
            cell.attrs[name] = self.join(cell.attrs.get(name, NOTHING), value)
        for name in of.fields[len(args) :]:
            default = of.find(name)
            if name not in named and default is not None:
                cell.attrs[name] = self.join(cell.attrs.get(name, NOTHING), default)
        if not of.fields:
            cell.elem = self.join(cell.elem, self.joined(self._elem(each) for each in args))
        after = of.find("__post_init__")
        if after is not None:
            self._call(_bound(after, made), [], {}, node)
        return made

    def _call_mine(self, what: _Mine, args: list[Value], named: dict[str, Value], node: ast.AST) -> Value:
        line = getattr(node, "lineno", 0)
        first = args[0] if args else next(iter(named.values()), NOTHING)
        if what.whose == "utility":
            tags = self.deep(first)
            subject = bool(kinds(tags) & MADE)
            if what.name == "why":
                return Value(frozenset({("why", subject)}))
            self._mark("score")
            lookups = frozenset(
                (tag[1], tag[2]) for control in self._controls for tag in control.tags if tag[0] == "lookup"
            )
            self._record(Scored(line, tags, tuple(self._loops), lookups))
            score = Value(frozenset({("score", subject)}))
            if what.name == "many":
                return self._list(node, score)
            return score
        if what.name not in ("prompt", "batch_prompt"):
            return NOTHING
        names = ["expertise", "message", "n_responses", "temperature", "model"]
        if what.name == "batch_prompt":
            names = ["expertise", "messages", "temperature", "model"]
        given = dict(zip(names, args, strict=False)) | named
        message = given.get("message", NOTHING)
        if what.name == "batch_prompt":
            message = self._elem(given.get("messages", NOTHING))
        texts = self.composed([message, given.get("expertise", NOTHING)], line)
        key = (line, getattr(node, "col_offset", 0), tuple(self._calls[-4:]))
        site = self._sites.setdefault(key, len(self._sites))
        self._mark("prompt")
        tags = texts.tags | self.deep(message)
        heat, model = given.get("temperature", NOTHING), given.get("model", NOTHING)
        loops = tuple(self._loops)
        for number, old in enumerate(self.prompts):
            if (old.site, old.loops) == (site, loops):  # in a later round
                heat, model = self.join(old.temperature, heat), self.join(old.model, model)
                del self.prompts[number]
                tags |= old.message
                break
        self.prompts.append(Prompt(site, line, tags, heat, model, loops))
        return self._list(node, Value(frozenset({("ans", site)})), [("many",)])

    def _record(self, scored: Scored) -> None:
        if scored not in self.scored[-40:]:
            self.scored.append(scored)

    # --- what libraries do ----------------------------------------------------------------------------------------

    def _mapped(self, name: str, function: Value, sources: list[Value], node: ast.AST) -> Value:
        loop = self._loop_id(node)
        self.inside.setdefault(loop, tuple(self._loops))
        self._loops.append(loop)
        try:
            taken = [self._turn(each, node) for each in sources]
            if name == "starmap":
                taken = [self._picked(part, taken[0].tags) for part in taken[0].parts or taken]
            return self._call(function, taken, {}, node)
        finally:
            self._loops.pop()

    def _over(self, function: Value, values: list[Value], node: ast.AST) -> Value:
        """A function called for one after another."""
        loop = self._loop_id(node)
        self.inside.setdefault(loop, tuple(self._loops))
        self._loops.append(loop)
        try:
            return self._call(function, values, {}, node)
        finally:
            self._loops.pop()

    def _lib(
        self, name: str, args: list[Value], named: dict[str, Value], node: ast.AST, discards: bool
    ) -> Value:
        last = name.rsplit(".", 1)[-1]
        line = getattr(node, "lineno", 0)
        first = args[0] if args else NOTHING
        everything = [*args, *named.values()]
        if last == "extract_code":
            return self._extracted(first, node)
        if last in ("max", "min", "nlargest", "nsmallest", "argmax", "argmin") and everything:
            return self._best(last, args, named, node)
        if last == "sorted":
            return self._sorted(first, named, node)
        if last in ("range", "count"):
            return self._list(
                node, Value(frozenset({("count",), *(t for t in self.data(*args) if t[0] == "part")}))
            )
        if last == "len":
            inner = {("part",)} if "part" in kinds(self.deep(first)) else set()
            return Value(frozenset({("length",), *inner}))
        if last == "enumerate":
            pair = Value(parts=(Value(frozenset({("count",)})), self._flat(self._elem(first))))
            return self._list(node, pair, self._order(first))
        if last in ("zip", "zip_longest", "product", "pairwise", "combinations", "permutations"):
            if last in ("pairwise", "combinations", "permutations"):
                args = [first, first]
            pair = Value(parts=tuple(self._flat(self._elem(each)) for each in args))
            order = {tag for tag in self._order(first) if tag[0] in ("sorted", "random", "many")}
            return self._list(node, pair, order)
        if last in ("map", "starmap") and len(args) > 1:
            kept = {tag for tag in self._order(args[1]) if tag[0] != "heap-order"}
            return self._list(node, self._mapped(last, first, args[1:], node), kept)
        if last == "filter" and len(args) > 1:
            if first.funcs:
                self._over(first, [self._elem(args[1])], node)
            return self._list(node, self._elem(args[1]), self._order(args[1]))
        if last == "reduce" and len(args) > 1:
            return self._reduced(first, args[1], args[2:], node)
        if last == "partial" and args:
            made = [_Partial(each, tuple(args[1:]), tuple(named.items())) for each in first.funcs]
            return Value(funcs=frozenset(made[:4]))
        if last == "next":
            return self._turn(first, node)
        if last in ("heappush", "heappushpop", "heapreplace", "heapify", "heappop", "insort"):
            return self._heap(last, args, node, discards)
        if last in _NUMBERS and (name.startswith(("random", "numpy", "np", "secrets")) or "." not in name):
            return Value(frozenset({("chance",), *_made_of(self.data(*everything))}))
        if last in _CHOICES or last == "shuffle":
            return self._choice(last, args, named, node)
        if last in ("Random", "default_rng", "SystemRandom", "RandomState"):
            return Value(frozenset({("rng",)}))
        if last in ("exp", "expm1", "softmax"):
            return Value(_few(self.data(*everything) | {("exp",)}))
        if last in ("sqrt", "log", "log2", "log10", "log1p", "abs", "float", "int", "round", "floor", "ceil", "pow",
                    "clip", "cos", "sin", "bool", "isclose"):  # fmt: skip
            return Value(self.data(*everything), first.consts if last in ("float", "int") else frozenset())
        if last in ("sum", "mean", "fmean", "average", "median", "nanmean"):
            tags = self.data(*everything)
            if "score" in kinds(tags) and last != "sum":
                tags |= {("mean",)}
            return Value(frozenset(tag for tag in tags if tag[0] not in PICKS))
        if last in ("any", "all"):
            return Value(frozenset(tag for tag in self.data(*everything) if tag[0] not in (*PICKS, *PROGRAM)))
        if last in ("str", "repr", "dumps", "pformat"):
            if not first.refs and not first.parts:
                return first._replace(refs=frozenset())
            return self.composed(everything, line)
        if name.startswith("ast.") or last in _SYNTAX:
            return self._syntax(last, everything, line)
        if name.startswith("re.") or name.startswith("regex."):
            return self._pattern(last, args, node)
        if last in _KEEPS:
            return first
        if last in ("dict", "defaultdict", "Counter", "OrderedDict"):
            return self._dict(args, named, node)
        if last in ("fromkeys",):
            return self._new("dict", node, args[1] if len(args) > 1 else NOTHING, keys=self._elem(first))
        if last == "namedtuple" and len(args) > 1:
            return _record(args[1], self._shown(args[1]))
        if last in ("time", "monotonic", "perf_counter", "process_time"):
            return Value(frozenset({("left",)}))
        if last in ("lru_cache", "cache"):
            self._control(frozenset(), node, True)
            self._controls.pop()
            return self._cached(first)
        if last in ("getattr",) and len(args) > 1:
            result = NOTHING
            for attribute in args[1].consts:
                if isinstance(attribute, str):
                    result = self.join(result, self._attribute(first, attribute, node))
            return self.join(result, args[2]) if len(args) > 2 else result
        if last in ("setattr",) and len(args) > 2:
            for cell in self._cells(first, "object"):
                for attribute in args[1].consts:
                    cell.attrs[attribute] = self.join(cell.attrs.get(attribute, NOTHING), args[2])
            return NOTHING
        if last in ("attrgetter", "itemgetter"):
            return Value(
                consts=first.consts,
                funcs=frozenset({_Lib(f"getter.{last}")}),
                tags=frozenset({("key", *first.consts)}),
            )
        if last in ("replace", "_replace") and first.refs:
            for cell in self._cells(first, "object"):
                for attribute, value in named.items():
                    cell.attrs[attribute] = self.join(cell.attrs.get(attribute, NOTHING), value)
            return first
        if last in ("from_iterable", "chain", "extend"):
            elem = self.joined(self._elem(each) for each in args)
            if last == "from_iterable":
                elem = self._elem(elem)
            return self._list(node, elem, {t for each in args for t in self._order(each) if t[0] == "many"})
        if last in ("deque", "list", "set", "tuple", "frozenset", "array", "copy", "deepcopy") and first.refs:
            if last == "tuple" and any(cell.shown for cell in self._cells(first)):
                return first
            if any(self.cells[ref].kind == "object" for ref in first.refs) and last in ("copy", "deepcopy"):
                return first
            order = self._order(first) if last not in ("set", "frozenset") else {
                t for t in self._order(first) if t[0] == "many"
            }  # fmt: skip
            return self._list(node, self._elem(first), order)
        if last in ("list", "set", "deque", "tuple") and not args:
            return self._list(node, NOTHING)
        if last in ("list", "set", "tuple") and first.tags and kinds(first.tags) & PROGRAM:
            return self._list(node, Value(_parts_of(first.tags)))
        if last in ("zeros", "ones", "full", "empty", "zeros_like", "ones_like", "full_like"):
            return self._list(node, Value(self.data(*everything)))
        if last in _SAME:
            return first
        if last in ("print", "exit", "open", "isinstance", "hasattr", "id", "type"):
            return NOTHING
        if last in (
            "hash",
            "sha256",
            "md5",
            "blake2b",
            "sha1",
            "crc32",
            "ratio",
            "SequenceMatcher",
            "compile",
        ):
            return Value(frozenset(tag for tag in self.data(*everything) if tag[0] not in (*PICKS, *PROGRAM)))
        for each in everything:  # callbacks of what is not known
            for function in each.funcs:
                if isinstance(function, (_Function, _Bound)):
                    self._over(
                        each, [self._elem(other) for other in everything if other is not each][:2], node
                    )
        return Value(self.data(*everything))

    def _reduced(self, function: Value, values: Value, start: list[Value], node: ast.AST) -> Value:
        frame = self._frame
        frame.names["(reduced)"] = self.joined(start or [self._elem(values)])

        def once() -> None:
            each = [frame.names["(reduced)"], self._turn(values, node)]
            frame.names["(reduced)"] = self.join(each[0], self._call(function, each, {}, node))

        self._loop(node, once)
        return frame.names.pop("(reduced)")

    def _extracted(self, value: Value, node: ast.AST) -> Value:
        if not value.refs and value.parts is None:
            return self._with(value, ("code",))
        elem = self._elem(value)
        return self._picked(self._list(node, self._with(elem, ("code",)), self._order(value)), value.tags)

    def _key(self, elem: Value, key: Value | None, node: ast.AST) -> frozenset[Tag]:
        """By what elements are compared."""
        if key is None or key == NOTHING:
            part = elem.parts[0] if elem.parts else elem
            fields = self._fields(elem)
            return self.data(fields[0] if fields else part)
        getter = next((tag for tag in key.tags if tag[0] == "key"), None)
        if getter is not None:
            result = NOTHING
            for name in getter[1:]:
                if isinstance(name, int):
                    fields = list(elem.parts or self._fields(elem))
                    result = self.join(result, fields[name] if -len(fields) <= name < len(fields) else elem)
                else:
                    result = self.join(result, self._attribute(elem, str(name), node))
                    for cell in self._cells(elem, "dict"):
                        result = self.join(result, cell.attrs.get(name, NOTHING))
            return self.data(result)
        found = self._over(key, [elem], node)
        return self.data(found.parts[0] if found.parts else found)

    def _by(self, tags: frozenset[Tag], least: bool) -> str:
        of = kinds(tags)
        if _stat(tags):
            return "stat"
        if "score" in of:
            return "worst" if least != ("neg" in of) else "best"
        if "chance" in of:
            return "random"
        return "other" if of & {"part", "ans", "initial", "length"} else ""

    def _best(self, last: str, args: list[Value], named: dict[str, Value], node: ast.AST) -> Value:
        line = getattr(node, "lineno", 0)
        least = last in ("min", "nsmallest", "argmin")
        key = named.get("key")
        many = last.startswith("n")
        if many:
            elem, key = (
                self._elem(args[1] if len(args) > 1 else NOTHING),
                key or (args[2] if len(args) > 2 else None),
            )
        elif len(args) > 1:
            elem = self.joined(args)
        else:
            elem = self._elem(args[0]) if args else NOTHING
        tags = self._key(elem, key, node)
        kind = self._by(tags, least)
        if key is None and kind == "other":
            kind = ""
        if many:
            mark = [("top", line)] if kind == "best" else [("stat", line)] if kind == "stat" else []
            return self._list(
                node, self._with(elem, *mark), [("sorted", line), ("many",)] if mark else [("many",)]
            )
        if last.startswith("arg"):
            return Value(frozenset({(kind, line)} if kind in PICKS else ()))
        if key is None and not kinds(self.deep(elem)) & {"score", "ans", "initial"} and not kind:
            return Value(self.data(*args), self.joined(args).consts if len(args) > 1 else elem.consts)
        if not kind:
            return elem
        mark_ = (kind, line, tuple(self._loops)) if kind == "random" else (kind, line)
        return self._with(self.join(elem, named.get("default", NOTHING)), mark_)

    def _sorted(self, value: Value, named: dict[str, Value], node: ast.AST) -> Value:
        elem = self._elem(value)
        kind = self._by(self._key(elem, named.get("key"), node), False)
        return self._list(node, elem, self._sorted_tags(value, kind, node))

    def _sorted_tags(self, value: Value, kind: str, node: ast.AST) -> set[Tag]:
        line = getattr(node, "lineno", 0)
        tags = {tag for tag in self._order(value) if tag[0] == "many"}
        if kind in ("best", "worst"):
            tags.add(("sorted", line))
        elif kind == "stat":
            tags.add(("stat", line))
        elif kind == "random":
            tags.add(("random", line, tuple(self._loops)))
        return tags

    def _heap(self, last: str, args: list[Value], node: ast.AST, discards: bool) -> Value:
        line = getattr(node, "lineno", 0)
        result = NOTHING
        if not args:
            return NOTHING
        for cell in self._cells(args[0], "list"):
            by_score = self._by(self._key(cell.elem, None, node), False) in ("best", "worst")
            if last in ("heappush", "heappushpop", "insort") and len(args) > 1:
                self._put(cell, args[1])
            if last == "heapreplace" and len(args) > 1:
                self._put(cell, args[1])
            if by_score or last == "heapify":
                cell.tags.add(("heap-order",))
            if last in ("heappushpop", "heapreplace") or (last == "heappop" and discards):
                self._cut(cell, line)
            elif last == "heappop":
                result = self.join(result, self._with(cell.elem, ("heap", line)) if by_score else cell.elem)
        return result

    def _choice(self, last: str, args: list[Value], named: dict[str, Value], node: ast.AST) -> Value:
        line = getattr(node, "lineno", 0)
        first = args[0] if args else next(iter(named.values()), NOTHING)
        loops = tuple(self._loops)
        if last == "shuffle":
            for cell in self._cells(first, "list"):
                cell.tags.add(("random", line, loops))
                if "part" in kinds(self.deep(cell.elem)):
                    cell.elem = self._with(cell.elem, ("dice",))
            return NOTHING
        weights = [named[name] for name in ("weights", "cum_weights", "p") if name in named]
        if last == "choices" and len(args) > 1:
            weights.append(args[1])
        kind = "stat" if any(_stat(self.deep(each)) for each in weights) else "random"
        elem = self._elem(first)
        if "length" in kinds(first.tags) or (
            first.tags and kinds(first.tags) <= {"length", "count", "budget"}
        ):
            elem = NOTHING  # of a number of things: an index
        elem = self._with(elem, (kind, line, loops))
        several = last in ("sample", "choices") or "k" in named or "size" in named or "replace" in named
        return self._list(node, elem, {("many",)} & self._order(first)) if several else elem

    def _syntax(self, last: str, values: list[Value], line: int) -> Value:
        tags = self.data(*values)
        of = kinds(tags)
        if last in ("unparse", "untokenize"):
            whole = Value(frozenset(tag for tag in tags if tag[0] not in ("part", "dice", *PICKS)))
            thrown = of & {"dice", "random", "chance"}
            if of & PROGRAM and "part" in of and "turn" in of and not thrown:
                return Value(tags)  # one part of it
            return self._with(whole, ("spliced", line)) if of & PROGRAM and thrown else whole
        return Value(_parts_of(tags) if of & PROGRAM and "part" not in of else tags)

    def _pattern(self, last: str, args: list[Value], node: ast.AST) -> Value:
        line = getattr(node, "lineno", 0)
        if last == "compile":
            return NOTHING
        text = args[-1] if args else NOTHING
        if last in ("sub", "subn") and len(args) > 2:
            text = args[2]
            put = self._over(args[1], [text], node) if args[1].funcs else args[1]
            if kinds(self.deep(text)) & PROGRAM and kinds(self.deep(put)) & {"chance", "random"}:
                return self._with(text, ("spliced", line))
            return text
        if len(args) > 1:
            text = args[1]
        if last in ("split", "findall", "finditer"):
            return self._parted(text, node)
        return Value(text.tags)

    def _parted(self, text: Value, node: ast.AST) -> Value:
        whole = kinds(text.tags) & {"initial", "code", "spliced"} and "part" not in kinds(text.tags)
        return self._list(node, Value((_parts_of(text.tags) if whole else text.tags) | {("piece",)}))

    def _dict(self, args: list[Value], named: dict[str, Value], node: ast.AST) -> Value:
        made = self._new("dict", node, self.joined(named.values()))
        cell = self._cells(made)[0]
        cell.attrs.update(named)
        for each in args:
            for other in self._cells(each):
                if other.kind == "dict":
                    cell.attrs.update(other.attrs)
                    cell.keys, cell.elem = self.join(cell.keys, other.keys), self.join(cell.elem, other.elem)
                elif other.elem.parts is not None and len(other.elem.parts) == 2:
                    cell.keys = self.join(cell.keys, other.elem.parts[0])
                    cell.elem = self.join(cell.elem, other.elem.parts[1])
        return made

    def _cached(self, value: Value) -> Value:
        made: set[Any] = set()
        for each in value.funcs:
            if isinstance(each, _Function):
                made.add(replace(each, cached=True))
            elif isinstance(each, _Mine) and each.whose == "utility":
                made.add(_Mine("utility", "cached"))
            else:
                made.add(each)
        return value._replace(funcs=frozenset(made))

    def _method(
        self, method: _Method, args: list[Value], named: dict[str, Value], node: ast.AST, discards: bool
    ) -> Value:
        name, this = method
        line = getattr(node, "lineno", 0)
        first = args[0] if args else next(iter(named.values()), NOTHING)
        cells = self._cells(this)
        lists = [cell for cell in cells if cell.kind in ("list", "set")]
        dicts = [cell for cell in cells if cell.kind == "dict"]
        of_this = kinds(self.deep(this))
        if (
            name in ("append", "add", "appendleft", "put", "extend", "insert", "extendleft", "update")
            and lists
        ):
            for cell in lists:
                value = args[1] if name == "insert" and len(args) > 1 else first
                if name in ("extend", "extendleft", "update"):
                    cell.tags |= {tag for tag in self._order(value) if tag[0] == "many"}
                    value = self._elem(value)
                value = self._kept(value, node) if isinstance(node, ast.expr) else value
                if (
                    name == "insert"
                    and "part" in of_this
                    and kinds(self.deep(first)) & {"chance", "random", "count"}
                ):
                    value = self._with(value, ("dice",))
                if _per_arm(node) and kinds(self.deep(value)) & {"score", "progress"}:
                    value = self._with(value, ("sum", line))
                self._put(cell, value)
                if name in ("append", "extend", "add"):
                    cell.tags = {tag for tag in cell.tags if tag[0] != "sorted"}
            return NOTHING
        if name in ("sort", "reverse") and lists:
            for cell in lists:
                if name == "sort":
                    kind = self._by(self._key(cell.elem, named.get("key"), node), False)
                    keep = {tag for tag in cell.tags if tag[0] == "many"}
                    cell.tags = keep | self._sorted_tags(this, kind, node)
            return NOTHING
        if name in ("pop", "popleft") and cells:
            return self._popped(this, cells, first if args else None, line, discards)
        if name == "remove" and lists:
            self.taken |= {tag[1] for tag in first.tags if tag[0] in ("best", "heap", "stat")}
            for cell in lists:
                if any(tag[0] == "worst" for tag in first.tags):
                    cell.elem = self._with(cell.elem, ("top", line))
                if "part" in of_this and kinds(self.deep(first)) & {"chance", "random"}:
                    cell.elem = self._with(cell.elem, ("dice",))
            return NOTHING
        if name == "index" and lists:
            return Value(frozenset(tag for tag in first.tags if tag[0] in PICKS))
        if dicts and name in _OF_DICTS:
            return self._of_dict(name, this, dicts, args, named, node)
        if name == "__getitem__" and cells:
            return self._picked(self._elem(this), self._picks_of(first, node))
        if name == "join":
            return self._text_of(this, first, line)
        if name in ("format", "format_map", "substitute", "safe_substitute", "replace", "sub"):
            values = [this, *args, *named.values()]
            if name in ("format_map", "substitute") and first.refs:
                values = [
                    this,
                    self.joined(v for cell in self._cells(first) for v in (cell.elem, *cell.attrs.values())),
                ]
            if name == "replace" and of_this & PROGRAM and kinds(self.data(*args)) & {"chance", "random"}:
                return self._with(this, ("spliced", line))
            if name == "replace" and of_this & PROGRAM and not kinds(self.data(*args)) & PROGRAM:
                return this
            return self.composed(values, line)
        if name in _SPLITS or name in ("finditer", "findall"):
            text = this if kinds(this.tags) & PROGRAM else first if kinds(first.tags) & PROGRAM else this
            return self._parted(text, node)
        if name in _KEEPS or name in ("group", "groups", "result", "copy", "tolist", "__iter__"):
            return this
        if name in ("search", "match", "fullmatch") and args:
            return Value(first.tags)
        if "rng" in of_this or (not cells and not of_this & PROGRAM):
            if name in _NUMBERS:
                return Value(frozenset({("chance",), *_made_of(self.data(*args, *named.values()))}))
            if name in _CHOICES or name == "shuffle":
                return self._choice(name, args, named, node)
        if name in ("map", "starmap", "submit", "apply", "apply_async", "imap", "run_in_executor") and args:
            if name == "submit":
                return self._over(first, args[1:], node)
            return self._list(node, self._mapped(name, first, args[1:], node), [("many",)])
        if name in ("argmax", "argmin", "index", "find"):
            return Value(frozenset(tag for tag in (*first.tags, *this.tags) if tag[0] in PICKS))
        if name in ("count", "startswith", "endswith", "isdigit", "isidentifier"):
            tags = self.data(this, *args)
            return Value(frozenset(tag for tag in tags if tag[0] not in (*PICKS, *PROGRAM)))
        if name in ("visit", "generic_visit") and any(cell.kind == "object" for cell in cells):
            return self._visit(this, cells, args, node)
        if cells and name in ("clear",):
            return NOTHING
        return Value(self.data(this, *args, *named.values()))

    def _visit(self, this: Value, cells: list[Cell], args: list[Value], node: ast.AST) -> Value:
        """`ast.NodeTransformer`: what its visitors make of the nodes."""
        result = Value(self.data(*args))
        for cell in cells:
            methods = (
                {} if cell.of is None else {k: v for k, v in cell.of.body.items() if k.startswith("visit_")}
            )
            for _, method in sorted(methods.items())[:12]:
                if len(self._stack) < MOST_CALLS_DEEP - 4:
                    made = self._call(_bound(method, this), args, {}, node)
                    result = Value(_few(result.tags | self.deep(made)))
        return result

    def _popped(
        self, this: Value, cells: list[Cell], index: Value | None, line: int, discards: bool
    ) -> Value:
        result = NOTHING
        for cell in cells:
            if cell.kind == "dict":
                result = self.join(result, cell.elem)
                continue
            if discards:
                self._cut(cell, line)
            if index is not None and "part" in kinds(self.deep(cell.elem)) and kinds(self.deep(index)) & {
                "chance", "random"
            }:  # fmt: skip
                cell.elem = self._with(cell.elem, ("dice",))
            taken = self._picked(cell.elem, frozenset(cell.tags))
            if "sorted" in kinds(cell.tags):
                taken = self._with(taken, ("best", line))
                self.taken.add(line)
            if index is not None:
                chosen = self._picks_of(index, _NOWHERE)
                self.taken |= {tag[1] for tag in chosen if tag[0] in ("best", "stat")}
                taken = self._picked(taken, chosen)
            result = self.join(result, taken)
        return self._picked(result, this.tags)

    def _of_dict(
        self,
        name: str,
        this: Value,
        dicts: list[Cell],
        args: list[Value],
        named: dict[str, Value],
        node: ast.AST,
    ) -> Value:
        line = getattr(node, "lineno", 0)
        keys = self.joined(cell.keys for cell in dicts)
        values = self.joined(each for cell in dicts for each in (cell.elem, *cell.attrs.values()))
        if name == "items" or name == "most_common":
            return self._list(node, Value(parts=(keys, self._flat(values))))
        if name == "keys":
            return self._list(node, keys)
        if name == "values":
            many = [("many",)] if kinds(self.deep(values)) & MADE else []
            return self._list(node, values, many)
        if name == "copy":
            return this
        first = args[0] if args else NOTHING
        if name == "update":
            for cell in dicts:
                for each in args:
                    for other in self._cells(each, "dict"):
                        cell.keys, cell.elem = (
                            self.join(cell.keys, other.keys),
                            self.join(cell.elem, other.elem),
                        )
                for key, value in named.items():
                    cell.attrs[key] = self.join(cell.attrs.get(key, NOTHING), value)
            return NOTHING
        if name == "setdefault" and len(args) > 1:
            for cell in dicts:
                cell.keys, cell.elem = self.join(cell.keys, first), self.join(cell.elem, args[1])
        looked = [("lookup", ref, line) for ref in this.refs if self.cells[ref].kind == "dict"]
        result = self._picked(
            self.join(values, args[1] if len(args) > 1 else NOTHING), self._picks_of(first, node)
        )
        for cell in dicts:
            if len(first.consts) == 1 and not first.tags and (key := next(iter(first.consts))) in cell.attrs:
                result = cell.attrs[key]
        return self._with(result, *looked)

    def _text_of(self, separator: Value, value: Value, line: int) -> Value:
        """A text joined of what is in a container."""
        shown = self._shown(value)
        if shown and len(self._cells(value)) == 1:
            return self.composed(shown, line)
        elem = self._elem(value)
        tags = self.deep(elem)
        of = kinds(tags)
        spliced = "part" in of and bool(of & {"dice", "chance"} or ("random" in of))
        within = any(tag[0] == "turn" and tag[2] == tuple(self._loops[: len(tag[2])]) for tag in tags)
        chosen = within or bool(of & {"random", "best", "stat", "top"})
        kept = {tag for tag in tags if tag[0] not in ("turn", "hint", "dice", "lookup", "piece")}
        if "part" in of and (spliced or not chosen):
            kept = {tag for tag in kept if tag[0] != "part"}
        mark = "prog" if of & MADE else "arg"
        if of & PROGRAM and "part" in of:
            kept = {tag for tag in kept if tag[0] not in PICKS}
        elif of & PROGRAM:
            kept = {(mark, *tag) if tag[0] in PICKS else tag for tag in kept}
        if spliced:
            kept.add(("spliced", line))
        elif not of & {"part", "piece"} and of & MADE and ("many",) in self._order(value):
            kept.add(("several", line))
        if "hint" in of and (within or of & {"random", "stat"}):
            kept.add(("hint",))
        return Value(
            _few(frozenset(kept)), elem.consts if not of & PROGRAM and "turn" not in of else frozenset()
        )


def _few(values: frozenset[Any]) -> frozenset[Any]:
    """No more than the most that a value may have of anything; which are left out is fixed."""
    if len(values) <= MOST_TAGS:
        return values
    return frozenset(sorted(values, key=repr)[:MOST_TAGS])


def _parts_of(tags: frozenset[Tag]) -> frozenset[Tag]:
    """The tags of a program's parts: how the program was chosen is kept apart from how a part is."""
    mark = "prog" if kinds(tags) & MADE else "arg"
    return _few(frozenset((mark, *tag) if tag[0] in PICKS else tag for tag in tags) | {("part",)})


def _varies(value: Value) -> bool:
    """Whether it is now one and now another of several constant texts."""
    if len(value.consts) < 2 or not kinds(value.tags) & {"turn", "random", "stat", "best", "other"}:
        return False
    return sum(isinstance(each, str) for each in value.consts) > 1


def _stat(tags: Iterable[Tag]) -> bool:
    """Whether it is made of scores, or of successes, that were added up or averaged."""
    of = kinds(tags)
    return bool(of & {"sum", "mean", "stats"})


def _aged(value: Value) -> Value:
    if not any(tag[0] in _OF_THIS_ROUND or tag[0] == "turn" for tag in value.tags) and not value.parts:
        return value
    tags = frozenset(
        (f"was-{tag[0]}", *tag[1:]) if tag[0] in _OF_THIS_ROUND else tag
        for tag in value.tags
        if tag[0] != "turn"
    )
    parts = None if value.parts is None else tuple(_aged(part) for part in value.parts)
    return value._replace(tags=tags, parts=parts)


def _consts(values: Sequence[Value]) -> frozenset[Any]:
    """Of a text that is composed, what tells it from others: the constants that vary."""
    found = [value.consts for value in values if len(value.consts) > 1]
    return _few(frozenset().union(*found)) if found else frozenset()


def _made_of(tags: frozenset[Tag]) -> set[Tag]:
    """What a random number is made of that matters."""
    return {
        tag
        for tag in tags
        if tag[0] in ("sum", "mean", "score", "progress", "count", "decay", "left", "part")
    }


def _bound(method: Value, this: Value) -> Value:
    return Value(
        frozenset(tag for tag in this.tags if tag[0] in PICKS),
        funcs=frozenset(_Bound(each, this) for each in method.funcs),
        consts=method.consts if not method.funcs else frozenset(),
        refs=method.refs,
    )


def _mine(whose: str, name: str) -> Value:
    """What an attribute of the utility or of the model gives."""
    if whose == "utility":
        if name in ("many", "why"):
            return Value(funcs=frozenset({_Mine(whose, name)}))
        if name == "str":
            return Value(frozenset({("describe",)}))
    if name in ("prompt", "batch_prompt"):
        return Value(funcs=frozenset({_Mine(whose, name)}))
    if name == "outcomes":
        return Value(frozenset({("outcome",)}))
    if name == "models":
        return Value(frozenset({("models",)}))
    if name in ("uses", "remaining", "left"):
        return Value(frozenset({("left",)}))
    return Value(frozenset({("budget",)}))


def _record(fields: Value, shown: list[Value]) -> Value:
    """The class that `namedtuple` makes."""
    names: list[str] = []
    for each in shown or [fields]:
        for text in each.consts:
            if isinstance(text, str):
                names += text.replace(",", " ").split()
    return Value(funcs=frozenset({_Class("record", {}, names, [])}))


def _name_of(function: Any) -> str:
    """Orders what may be called, so that nothing depends on hashes."""
    if isinstance(function, _Function):
        return f"f{function.node.lineno:06}{function.node.col_offset:05}"
    if isinstance(function, _Bound):
        return "b" + _name_of(function.function)
    if isinstance(function, _Class):
        return "c" + function.name
    return f"{type(function).__name__}{getattr(function, 'name', '')}"


def _last_name(node: ast.expr) -> str:
    while isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return _last_name(node.value)
    return node.id if isinstance(node, ast.Name) else ""


def _loaded(target: ast.expr) -> ast.expr:
    """A target, as what is read there."""
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    return target


def _number(node: ast.expr) -> int | None:
    """A constant index."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return node.value
    return None


def _is_number(node: ast.expr) -> bool:
    """A constant that is no text."""
    while isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and not isinstance(node.value, str)


def _same_place(target: ast.Subscript, source: ast.expr) -> bool:
    """Whether what is stored is made of what stood there."""
    here = ast.dump(target.value)
    return any(
        isinstance(child, ast.Subscript) and ast.dump(child.value) == here
        for child in ast.walk(source)
        if not isinstance(child, ast.Subscript) or isinstance(child.ctx, ast.Load)
    )


def _renewed(target: ast.expr, source: ast.expr) -> bool:
    """`x = 0.9 * x`, `x = max(low, x - step)`."""
    if not isinstance(target, (ast.Name, ast.Attribute)):
        return False
    here = ast.dump(target).replace("Store()", "Load()")
    children = list(ast.walk(source))
    return any(isinstance(child, ast.BinOp) for child in children) and any(
        ast.dump(child) == here for child in children if isinstance(child, type(target))
    )


def _per_arm(node: ast.AST) -> bool:
    """`x[i].append(…)`, `arm.rewards.append(…)` in which i is no constant."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    base = node.func.value
    return isinstance(base, ast.Subscript) and not isinstance(base.slice, ast.Constant)


def _line(controls: Sequence[Control], node: ast.stmt) -> int:
    """The line of the condition on scores or progress under which a loop ends."""
    lines = [getattr(c.node, "lineno", 0) for c in controls if kinds(c.tags) & {"score", "progress"}]
    return lines[-1] if lines and lines[-1] else node.lineno
