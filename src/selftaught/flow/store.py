"""What flows: values joined, composed and kept in containers, and the rounds of loops."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from selftaught.flow.values import (
    MADE,
    MOST_CONSTANTS,
    NOTHING,
    NOWHERE,
    PICKS,
    PROGRAM,
    RANKED,
    Bound,
    Cell,
    Control,
    Frame,
    Function,
    Loops,
    Prompt,
    Scored,
    Stop,
    Tag,
    TooMuch,
    Value,
    aged,
    beside,
    bound,
    few,
    is_best,
    kinds,
    programs_picks,
    varies,
    varying,
    without_numbers_choice,
)

MOST_STEPS = 150_000
"""Expressions and statements that are looked at, those that are met again in a loop or call counted again."""
MOST_CALLS_DEEP = 24


class Store(ABC):
    """The state of a program that is followed: its containers, loops, conditions, and what was met so far."""

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []
        self.scored: list[Scored] = []
        self.stops: set[Stop] = set()
        self.accepted: dict[int, set[str]] = {}  # by line: the kinds in a condition of chance
        self.taken: set[int] = set()  # lines of picks whose pick was taken out of its container
        self.busy: dict[int, set[str]] = {}  # loop -> "prompt", "score", "again"
        self.held_by: set[int] = set()  # loops that go on as long as a score or progress says
        self.whole: set[int] = set()  # lines of picks of several that begin with the best
        self.extracts = False  # programs are what extract_code gives; the rest of an answer is prose
        self.inside: dict[int, Loops] = {}  # loop -> those around it
        self.resets: set[tuple[int, Loops]] = set()
        self.cells: list[Cell] = []
        self.complete = True
        self.found_entry = False
        self._where: dict[Any, list[int]] = {}
        self._sites: dict[Any, int] = {}
        self._loop_ids: dict[Any, int] = {}
        self._steps = 0
        self._stack: list[Function] = []
        self._calls: list[int] = []
        self._loops: list[int] = []
        self._loop_nodes: list[ast.AST] = []
        self._controls: list[Control] = []
        self._again = 0
        self._known: dict[Any, Value] = {}
        self._discards = False
        self._breaks: list[list[dict[str, Value]]] = []
        self._frame = self._top = Frame({}, None)

    # Values

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
        return Value(few(tags), consts, few(one.refs | other.refs), parts, few(one.funcs | other.funcs))

    def joined(self, values: Iterable[Value]) -> Value:
        """What is any of several."""
        result = NOTHING
        for value in values:
            result = self.join(result, value)
        return result

    def deep(self, value: Value, levels: int = 6, seen: set[int] | None = None) -> frozenset[Tag]:
        """The tags of a value and of all in it."""
        if not (value.refs or value.parts or value.funcs):
            return value.tags | {("hint",)} if varies(value) else value.tags
        tags = set(value.tags)
        if varies(value):
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
                if isinstance(function, Bound):
                    tags |= {tag for tag in function.self_.tags if tag[0] in PICKS}
        return frozenset(tags)

    def data(self, *values: Value) -> frozenset[Tag]:
        """What numbers are made of: the tags of all, without the order that containers are in."""
        tags: set[Tag] = set()
        for value in values:
            tags |= self.deep(value)
        return few(frozenset(tags))

    def composed(self, values: Sequence[Value], line: int = 0) -> Value:
        """A text made of several."""
        each = [without_numbers_choice(self.deep(value)) for value in values]
        if not any(kinds(tags) & PROGRAM for tags in each):
            return Value(few(frozenset().union(*each)) if each else frozenset(), varying(values))
        tags: set[Tag] = set()
        shown: list[set[Tag]] = []  # of each program that was picked
        dice = part = False
        for value, own in zip(values, each, strict=True):
            of = kinds(own)
            is_program = bool(of & PROGRAM)
            mark = ("prog" if self._is_code(of) else "told") if of & MADE else "arg"
            mine: set[Tag] = set()
            for tag in own:
                if tag[0] in PICKS:
                    if "part" not in of:
                        mine.add((mark, *tag))
                elif tag[0] not in ("part", "dice", "of", "unseen"):
                    mine.add(tag)
            how = {tag[1] for tag in mine if tag[0] == "prog"}
            if how - {"turn", "better", "restart"} and "part" not in of:
                shown.append(mine)
            tags |= mine
            part = part or ("part" in of and is_program)
            dice = dice or ("part" in of and bool(of & {"dice", "chance", "random"}))
            if any(self._holds_several(ref) for ref in value.refs) and self._is_code(of) and "part" not in of:
                tags = self._gathered(tags, self._order(value)) | {("several", line)}
        if len(shown) > 1:
            tags.add(("pair", line))
            if any(is_best(each) for each in shown):
                tags = {beside(tag) for tag in tags}
        if dice:
            tags.add(("spliced", line))
        elif part:
            tags.add(("part",))
        return Value(few(frozenset(tags)))

    def _is_code(self, of: set[str]) -> bool:
        """Whether something that was made is a program, rather than what an answer says about it."""
        return bool(of & MADE) and (not self.extracts or bool(of & {"code", "spliced"}))

    def _texts(self, held: Value, value: Value) -> set[Tag]:
        """Marks what holds the text of the best program, or of one program and of another."""
        marks: set[Tag] = {("with-best",)} if is_best(value.tags) else set()
        if all(
            programs_picks(each.tags) & RANKED and self._is_code(kinds(each.tags)) for each in (held, value)
        ):
            marks.add(("texts",))
        return marks

    def _gathered(self, tags: Iterable[Tag], order: Iterable[Tag]) -> set[Tag]:
        """Of programs that are shown together: those beside the best are not what is built upon."""
        found = set(tags)
        first = {tag for tag in found if tag[:2] == ("prog", "top") and tag[2] in self.whole}
        others = found if ("with-best",) in order else first
        return (
            (found - others) | {beside(tag) for tag in others} | {("prog", "best", tag[2]) for tag in first}
        )

    def _holds_several(self, ref: int) -> bool:
        cell = self.cells[ref]
        return cell.kind in ("list", "set", "dict") and (
            ("many",) in cell.tags
            or (cell.shown is not None and sum(bool(kinds(self.deep(v)) & MADE) for v in cell.shown) > 1)
        )

    def _with(self, value: Value, *tags: Tag) -> Value:
        return value._replace(tags=few(value.tags | frozenset(tags)))

    def _picked(self, value: Value, source: frozenset[Tag]) -> Value:
        """A value that is taken out of what has these tags."""
        picks = frozenset(tag for tag in source if tag[0] in PICKS)
        return value._replace(tags=few(value.tags | picks)) if picks else value

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
            return self._elem(self._call(bound(method, value), [], {}, NOWHERE))
        return NOTHING

    def _flat(self, value: Value, levels: int = 3) -> Value:
        """A tuple in tuples in tuples is not followed for ever."""
        if value.parts is None:
            return value
        if not levels:
            return Value(self.deep(value))
        return value._replace(parts=tuple(self._flat(part, levels - 1) for part in value.parts))

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

    def _shown(self, value: Value) -> list[Value]:
        cells = self._cells(value, "list")
        return list(cells[0].shown) if len(cells) == 1 and cells[0].shown else []

    # Rounds

    def _age(self) -> None:
        """A new round: what was picked in the last one is kept from it."""
        frames: list[Frame] = []
        frame: Frame | None = self._frame
        while frame is not None and len(frames) < 64:
            frames.append(frame)
            frame = frame.above
        for frame in frames:
            for name, value in frame.names.items():
                frame.names[name] = aged(value)
        for cell in self.cells:
            cell.elem, cell.keys = aged(cell.elem), aged(cell.keys)
            for name, value in cell.attrs.items():
                cell.attrs[name] = aged(value)

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

    def _turn(self, source: Value, node: ast.AST) -> Value:
        """One after another of a container's."""
        taken = self._elem(source)
        lists = [cell.shown for cell in self._cells(source)]
        if lists and all(shown and shown[0].consts == {0} for shown in lists):
            taken = self._with(taken, ("first",))  # ranks, of which the first is the best
        if "count" in kinds(taken.tags) and not taken.consts and taken.parts is None:
            return taken
        return self._with(taken, ("turn", getattr(node, "lineno", 0), tuple(self._loops)))

    def _over(self, function: Value, values: list[Value], node: ast.AST) -> Value:
        """A function called for one after another."""
        loop = self._loop_id(node)
        self.inside.setdefault(loop, tuple(self._loops))
        self._loops.append(loop)
        try:
            return self._call(function, values, {}, node)
        finally:
            self._loops.pop()

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

    # Steps and conditions

    def _step(self, node: ast.AST) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise TooMuch

    def _control(self, tags: frozenset[Tag], node: ast.AST, holds: bool, rest: bool = False) -> None:
        self._controls.append(Control(tags, node, holds, rest, len(self._loops)))

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

    # What the layers above this one can do

    @abstractmethod
    def _eval(self, node: ast.expr) -> Value:
        """What an expression gives (expressions.py)."""

    @abstractmethod
    def _block(self, body: Sequence[ast.stmt]) -> bool:
        """Go through statements; whether what follows them is never reached (statements.py)."""

    @abstractmethod
    def _call(
        self,
        function: Value,
        args: list[Value],
        named: dict[str, Value],
        node: ast.AST,
        discards: bool = False,
    ) -> Value:
        """What a call gives (calls.py)."""

    @abstractmethod
    def _attribute(self, base: Value, name: str, node: ast.AST) -> Value:
        """``base.name`` (expressions.py)."""

    @abstractmethod
    def _assign(self, target: ast.expr, value: Value, source: ast.expr | None) -> None:
        """Assign to a target (assigning.py)."""
