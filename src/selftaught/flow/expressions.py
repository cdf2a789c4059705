"""What each kind of expression gives."""

from __future__ import annotations

import ast
import builtins
import re

from selftaught.flow.calls import Calls
from selftaught.flow.values import (
    MADE,
    NOTHING,
    PICKS,
    PROGRAM,
    Class,
    Frame,
    Function,
    Lib,
    Method,
    Mine,
    Tag,
    Value,
    attribute_of_mine,
    bound,
    few,
    is_of_arms,
    kinds,
    parts_of,
)
from selftaught.syntax import constant_index, last_name

MERGES = re.compile(
    r"\b(?:combin|merg|unit|join|fus|blend|synthesi)\w*[^.]{0,60}?"
    r"\b(?:programs|both|them|strengths?|ideas|best|solutions|versions|attempts|candidates|parents)\b"
    r"|\btak\w+ (?:the best|what is best) (?:of|from|in) (?:both|each|all|them)\b"
    r"|\bwrite one\b[^.]{0,20} better than (?:both|each|all|them)\b",
    re.IGNORECASE,
)
"""Texts that ask for one program out of several."""


class Expressions(Calls):
    """Expressions, by the names of their nodes."""

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
            merges = isinstance(node.value, str) and MERGES.search(node.value)
            return Value(frozenset({("merge",)} if merges else ()), frozenset({node.value}))
        return NOTHING

    def _of_Name(self, node: ast.Name) -> Value:
        if node.id in self._frame.foreign:
            return self._frame.foreign[node.id].names.get(node.id, NOTHING)
        frame: Frame | None = self._frame
        while frame is not None:
            if node.id in frame.names:
                return frame.names[node.id]
            frame = frame.above
        if hasattr(builtins, node.id):
            return Value(funcs=frozenset({Lib(node.id)}))
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

    def _of_List(self, node: ast.List | ast.Tuple | ast.Set) -> Value:
        shown: list[Value] = []
        tags: set[Tag] = set()
        plain = True
        first: Tag | None = None
        elem = NOTHING
        for each in node.elts[:400]:
            value = self._eval(each)
            inner = [value]
            if isinstance(each, ast.Starred):
                plain = False
                tags |= {tag for tag in self._order(value) if tag[0] in ("many", "with-best", "texts")}
                inner = self._shown(value) or [self._elem(value)]
            shown.append(value)
            for own in inner:
                if first is not None:  # the best, and others with it
                    own = own._replace(tags=frozenset(first if tag[0] == "top" else tag for tag in own.tags))
                elif "best" in kinds(own.tags) and "top" not in kinds(own.tags) and kinds(own.tags) & MADE:
                    first = ("top", node.lineno)
                    self.whole.add(node.lineno)
                tags |= self._texts(elem, own)
                elem = self.join(elem, own)
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
                result = result._replace(tags=few(result.tags | frozenset(moved)))
            result = self._alternated(one, other, result, node.lineno)
        if of & MADE and "cmp" in kinds(test):
            found = kinds(test)
            if "chance" in found:
                self.accepted.setdefault(node.lineno, set()).update(found)
            kind = "metropolis" if "chance" in found else "best"
            result = self._with(result, (kind, node.lineno))
        return result

    def _of_BoolOp(self, node: ast.BoolOp) -> Value:
        values = [self._eval(each) for each in node.values]
        result = self.joined(values)
        tags = set(result.tags)
        for value in values:
            if not value.refs:
                tags |= {tag for tag in value.tags if tag[0] not in PICKS}
        return result._replace(tags=few(frozenset(tags)))

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
        if isinstance(node.ops[0], (ast.In, ast.NotIn)):
            if kinds(self.deep(left)) & PROGRAM == {"initial"}:  # that one is no repetition of another
                return NOTHING
            looked = (ref for ref in others[0].refs if self.cells[ref].kind in ("dict", "object"))
            return Value(frozenset(("lookup", ref, node.lineno) for ref in looked))
        if isinstance(node.ops[0], (ast.Is, ast.IsNot)):
            return Value(
                frozenset(tag for tag in left.tags if tag[0] in ("lookup", "progress", "cmp", "score"))
            )
        all_ = [left, *others]
        tags: set[Tag] = set()
        for each in all_:
            own = self.data(each)
            if kinds(own) & {"mean", "sum", "length"}:
                own = frozenset(tag for tag in own if tag[0] != "lookup")
            if kinds(own) & {
                "left",
                "budget",
            }:  # scores decide how much of a budget is kept back: no progress
                own = frozenset(tag for tag in own if tag[0] != "progress")
            tags |= own
        with_score = [bool(kinds(self.deep(each)) & {"score"}) for each in all_]
        texts = [bool(kinds(self.deep(each)) & PROGRAM) for each in all_]
        if sum(with_score) > 1:
            tags.add(("cmp",))
        if any(texts):
            tags = {tag for tag in tags if tag[0] not in PROGRAM}
            if not all(with_score):
                tags = {tag for tag in tags if tag[0] != "score"}
        if sum(is_of_arms(self.deep(each), ()) for each in all_) > 1:
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
        if isinstance(op, ast.Div) and kinds(both[1]) & {"count", "length"} and "score" not in kinds(both[0]):
            tags.add(("scarce",))
        if isinstance(op, ast.Add) and any(
            "score" in kinds(one) and "scarce" in kinds(other) for one, other in (both, both[::-1])
        ):
            tags.add(("bonus",))
        consts = left.consts | right.consts if isinstance(op, ast.Add) else frozenset()
        if left.consts and right.consts and not tags:
            return Value(consts=few(frozenset(c for c in consts if isinstance(c, str)) or frozenset({0.5})))
        return Value(few(frozenset(tags)), few(consts))

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
        frame = Frame(
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
                    order = {
                        tag
                        for tag in self._order(source)
                        if tag[0] in ("sorted", "random", "with-best", "texts")
                    }
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
            result = self._unseen(result, self._controls[controls:])
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
            if isinstance(function, Mine) and not function.name:
                result = self.join(result, attribute_of_mine(function.whose, name))
            elif isinstance(function, Lib):
                result = self.join(result, Value(funcs=frozenset({Lib(f"{function.name}.{name}")})))
            elif isinstance(function, Class) and (found := function.find(name)) is not None:
                of_class = any(
                    isinstance(each, Function) and each.kind == "classmethod" for each in found.funcs
                )
                result = self.join(result, bound(found, NOTHING) if of_class else found)
        known = bool(base.funcs)
        for ref in sorted(base.refs):
            cell = self.cells[ref]
            if cell.kind != "object":
                continue
            known = True
            if name in cell.attrs:
                result = self.join(result, self._picked(self._owned(cell.attrs[name], cell), base.tags))
            if cell.of is not None and (found := cell.of.find(name)) is not None:
                this = Value(base.tags, refs=frozenset({ref}))
                if any(isinstance(f, Function) and f.kind == "property" for f in found.funcs):
                    result = self.join(
                        result, self._picked(self._call(bound(found, this), [], {}, node), base.tags)
                    )
                elif name not in cell.attrs or found.funcs:
                    result = self.join(result, bound(found, this))
        others = frozenset(ref for ref in base.refs if self.cells[ref].kind != "object")
        if others or not known or (result == NOTHING and not isinstance(next(iter(base.funcs), None), Mine)):
            method = Value(base.tags, funcs=frozenset({Method(name, base._replace(funcs=frozenset()))}))
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
        number = constant_index(node.slice)
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
                elif name is not None:
                    taken = cell.elem
                else:
                    taken = self._with(cell.elem, ("lookup", ref, node.lineno))
                if cell.attrs and name is None:
                    taken = self.join(taken, self.joined(cell.attrs.values()))
                taken = self._owned(taken, cell)
            elif cell.kind == "object":
                if cell.of is not None:
                    for own in ("__getitem__", "__missing__"):
                        if (method := cell.of.find(own)) is not None:
                            self._control(frozenset({("lookup", ref, node.lineno)}), node, False)
                            taken = self.join(taken, self._call(bound(method, base), [index], {}, node))
                            self._controls.pop()
                taken = self.join(taken, cell.elem)
            elif (
                cell.shown is not None and number is not None and -len(cell.shown) <= number < len(cell.shown)
            ):
                taken = self._picked(cell.shown[number], frozenset(cell.tags))
            else:
                taken = self._picked(cell.elem, frozenset(cell.tags))
                if kinds(cell.tags) & {"sorted"} and (rank := self._rank(number, index)):
                    if rank == "best":  # of the best few
                        few_of = {("top", line) for line in self.whole}
                        taken = taken._replace(tags=taken.tags - few_of)
                    taken = self._with(taken, (rank, node.lineno))
                    if ("first",) in index.tags:
                        self.whole.add(node.lineno)
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
                own = set(cell.tags)
                if "sorted" in kinds(own):
                    lower = 0 if node.slice.lower is None else constant_index(node.slice.lower)
                    if not lower and lower is not None and node.slice.upper is not None:
                        taken = self._with(taken, ("top", node.lineno))
                        self.whole.add(node.lineno)
                    elif lower is None or lower > 0:  # not the best
                        taken = self._with(taken, ("top", node.lineno))
                        own = {tag for tag in own if tag[0] != "sorted"}
                elem = self.join(elem, taken)
                tags |= own
            if "part" in kinds(self.deep(elem)):
                elem = self._picked(elem, picks)
                if thrown:
                    elem = self._with(elem, ("dice",))
            return self._picked(self._list(node, elem, tags), base.tags)
        if base.parts is not None:
            return base
        if program and thrown:
            return base._replace(tags=parts_of(base.tags) | {("dice",)})
        return base

    def _rank(self, number: int | None, index: Value) -> str:
        """What is taken out of what is in order: the best, another of the best, or what chance says."""
        if number is not None:
            return "best" if number in (0, -1) else "top"
        if "chance" in kinds(index.tags):
            return ""
        ranks = {each for each in index.consts if isinstance(each, int)}
        return "best" if ranks and ranks <= {0, -1} else "top"

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, of: Class | None = None
    ) -> Value:
        args = node.args
        positional = [*args.posonlyargs, *args.args]
        defaults = {}
        for arg, default in zip(reversed(positional), reversed(args.defaults), strict=False):
            defaults[arg.arg] = self._eval(default)
        for arg, keyword in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            if keyword is not None:
                defaults[arg.arg] = self._eval(keyword)
        function = Function(node, self._frame, defaults, of=of)
        wrappers: list[Value] = []
        for decorator in getattr(node, "decorator_list", []):
            name = last_name(decorator)
            if name in ("staticmethod", "classmethod", "property", "cached_property"):
                function.kind = name.removeprefix("cached_")
            elif name in ("lru_cache", "cache"):
                function.cached = True
            elif name not in ("wraps", "contextmanager", "abstractmethod", "override", "dataclass"):
                wrappers.append(self._eval(decorator))
        value = Value(funcs=frozenset({function}))
        for wrapper in wrappers:
            if any(isinstance(each, (Function, Class)) for each in wrapper.funcs):
                value = self._call(wrapper, [value], {}, node)
        return value
