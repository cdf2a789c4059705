"""What the functions of Python and its library do with what flows through them."""

from __future__ import annotations

import ast
from dataclasses import replace

from selftaught.flow.names import CHOICES, KEEPS, NUMBERS, OF_DICTS, SAME, SPLITS, SYNTAX
from selftaught.flow.picking import Picking
from selftaught.flow.store import MOST_CALLS_DEEP
from selftaught.flow.values import (
    MADE,
    NOTHING,
    PICKS,
    PROGRAM,
    Bound,
    Cell,
    Function,
    Lib,
    Method,
    Partial,
    Value,
    bound,
    few,
    kinds,
    made_of,
    parts_of,
    record_class,
)
from selftaught.syntax import per_arm


class Libraries(Picking):
    """Functions that are not of the program, and methods of what is no object of it."""

    def _lib(
        self, name: str, args: list[Value], named: dict[str, Value], node: ast.AST, discards: bool
    ) -> Value:
        """A call of something of a library. ``discards``: nobody takes what it gives."""
        last = name.rsplit(".", 1)[-1]
        everything = [*args, *named.values()]
        found = self._going_through(last, args, named, node, discards)
        if found is None:
            chance = name.startswith(("random", "numpy", "np", "secrets")) or "." not in name
            found = self._of_numbers(last, args, named, node, chance)
        if found is None:
            found = self._of_texts(last, args, named, node, name.partition(".")[0])
        if found is None:
            found = self._of_records(last, args, named, node)
        if found is None:
            found = self._of_containers(last, args, named, node)
        if found is not None:
            return found
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
                if isinstance(function, (Function, Bound)):
                    self._over(
                        each, [self._elem(other) for other in everything if other is not each][:2], node
                    )
        return Value(self.data(*everything))

    def _going_through(
        self, last: str, args: list[Value], named: dict[str, Value], node: ast.AST, discards: bool
    ) -> Value | None:
        """What goes through things, puts them in order and chooses by it."""
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
            made = [Partial(each, tuple(args[1:]), tuple(named.items())) for each in first.funcs]
            return Value(funcs=frozenset(made[:4]))
        if last == "next":
            return self._turn(first, node)
        if last in ("heappush", "heappushpop", "heapreplace", "heapify", "heappop", "insort"):
            return self._heap(last, args, node, discards)
        return None

    def _of_numbers(
        self, last: str, args: list[Value], named: dict[str, Value], node: ast.AST, chance: bool
    ) -> Value | None:
        """Chance, and what numbers are made of."""
        first = args[0] if args else NOTHING
        everything = [*args, *named.values()]
        if last in NUMBERS and (chance):
            return Value(frozenset({("chance",), *made_of(self.data(*everything))}))
        if last in CHOICES or last == "shuffle":
            return self._choice(last, args, named, node)
        if last in ("Random", "default_rng", "SystemRandom", "RandomState"):
            return Value(frozenset({("rng",)}))
        if last in ("exp", "expm1", "softmax"):
            return Value(few(self.data(*everything) | {("exp",)}))
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
        return None

    def _of_texts(
        self, last: str, args: list[Value], named: dict[str, Value], node: ast.AST, module: str
    ) -> Value | None:
        """Texts, and programs as trees."""
        line = getattr(node, "lineno", 0)
        first = args[0] if args else NOTHING
        everything = [*args, *named.values()]
        if last in ("str", "repr", "dumps", "pformat"):
            if not first.refs and not first.parts:
                return first._replace(refs=frozenset())
            return self.composed(everything, line)
        if module == "ast" or last in SYNTAX:
            return self._syntax(last, everything, line)
        if module in ("re", "regex"):
            return self._pattern(last, args, node)
        if last in KEEPS:
            return first
        return None

    def _of_records(
        self, last: str, args: list[Value], named: dict[str, Value], node: ast.AST
    ) -> Value | None:
        """Dicts, records, attributes by name, and functions that remember."""
        first = args[0] if args else NOTHING
        if last in ("dict", "defaultdict", "Counter", "OrderedDict"):
            return self._dict(args, named, node)
        if last == "fromkeys":
            return self._new("dict", node, args[1] if len(args) > 1 else NOTHING, keys=self._elem(first))
        if last == "namedtuple" and len(args) > 1:
            return record_class(args[1], self._shown(args[1]))
        if last in ("time", "monotonic", "perf_counter", "process_time"):
            return Value(frozenset({("left",)}))
        if last in ("lru_cache", "cache"):
            return self._cached(first)
        if last == "getattr" and len(args) > 1:
            result = NOTHING
            for attribute in args[1].consts:
                if isinstance(attribute, str):
                    result = self.join(result, self._attribute(first, attribute, node))
            return self.join(result, args[2]) if len(args) > 2 else result
        if last == "setattr" and len(args) > 2:
            for cell in self._cells(first, "object"):
                for attribute in args[1].consts:
                    cell.attrs[attribute] = self.join(cell.attrs.get(attribute, NOTHING), args[2])
            return NOTHING
        if last in ("attrgetter", "itemgetter"):
            return Value(
                consts=first.consts,
                funcs=frozenset({Lib(f"getter.{last}")}),
                tags=frozenset({("key", *first.consts)}),
            )
        if last in ("replace", "_replace") and first.refs:
            for cell in self._cells(first, "object"):
                for attribute, value in named.items():
                    cell.attrs[attribute] = self.join(cell.attrs.get(attribute, NOTHING), value)
            return first
        return None

    def _of_containers(
        self, last: str, args: list[Value], named: dict[str, Value], node: ast.AST
    ) -> Value | None:
        """What makes lists and sets, or gives back what it is given."""
        first = args[0] if args else NOTHING
        everything = [*args, *named.values()]
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
            return self._list(node, Value(parts_of(first.tags)))
        if last in ("zeros", "ones", "full", "empty", "zeros_like", "ones_like", "full_like"):
            return self._list(node, Value(self.data(*everything)))
        if last in SAME:
            return first
        return None

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

    def _syntax(self, last: str, values: list[Value], line: int) -> Value:
        tags = self.data(*values)
        of = kinds(tags)
        if last in ("unparse", "untokenize"):
            whole = Value(frozenset(tag for tag in tags if tag[0] not in ("part", "dice", *PICKS)))
            thrown = of & {"dice", "random", "chance"}
            if of & PROGRAM and "part" in of and "turn" in of and not thrown:
                return Value(tags)  # one part of it
            return self._with(whole, ("spliced", line)) if of & PROGRAM and thrown else whole
        return Value(parts_of(tags) if of & PROGRAM and "part" not in of else tags)

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
        return self._list(node, Value((parts_of(text.tags) if whole else text.tags) | {("piece",)}))

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
        """Functions whose results are remembered; of settings, what will make one so."""
        if not value.funcs:
            return Value(funcs=frozenset({Lib("functools.cache")}))
        made = (replace(each, cached=True) if isinstance(each, Function) else each for each in value.funcs)
        return value._replace(funcs=frozenset(made))

    # Methods

    def _method(
        self, method: Method, args: list[Value], named: dict[str, Value], node: ast.AST, discards: bool
    ) -> Value:
        name, this = method
        line = getattr(node, "lineno", 0)
        first = args[0] if args else next(iter(named.values()), NOTHING)
        cells = self._cells(this)
        lists = [cell for cell in cells if cell.kind in ("list", "set")]
        dicts = [cell for cell in cells if cell.kind == "dict"]
        of_this = kinds(self.deep(this))
        if lists:
            found = self._of_list(name, this, lists, args, named, node)
            if found is not None:
                return found
        if name in ("pop", "popleft") and cells:
            return self._popped(this, cells, first if args else None, line, discards)
        if dicts and name in OF_DICTS:
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
        if name in SPLITS:
            text = this if kinds(this.tags) & PROGRAM else first if kinds(first.tags) & PROGRAM else this
            return self._parted(text, node)
        if name in KEEPS or name in ("group", "groups", "result", "copy", "tolist", "__iter__"):
            return this
        if name in ("search", "match", "fullmatch") and args:
            return Value(first.tags)
        if "rng" in of_this or (not cells and not of_this & PROGRAM):
            if name in NUMBERS:
                return Value(frozenset({("chance",), *made_of(self.data(*args, *named.values()))}))
            if name in CHOICES or name == "shuffle":
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

    def _of_list(
        self,
        name: str,
        this: Value,
        lists: list[Cell],
        args: list[Value],
        named: dict[str, Value],
        node: ast.AST,
    ) -> Value | None:
        """What changes a list or set, or looks something up in it."""
        line = getattr(node, "lineno", 0)
        first = args[0] if args else next(iter(named.values()), NOTHING)
        of_this = kinds(self.deep(this))
        if name in ("append", "add", "appendleft", "put", "extend", "insert", "extendleft", "update"):
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
                if per_arm(node) and kinds(self.deep(value)) & {"score", "progress"}:
                    value = self._with(value, ("sum", line))
                if self._is_reward(this, value):
                    value = self._with(value, ("reward",))
                self._put(cell, value)
                if name in ("append", "extend", "add"):
                    cell.tags = {tag for tag in cell.tags if tag[0] != "sorted"}
            return NOTHING
        if name in ("sort", "reverse"):
            for cell in lists:
                if name == "sort":
                    kind = self._by(self._key(cell.elem, named.get("key"), node), False, cell.elem)
                    keep = {tag for tag in cell.tags if tag[0] == "many"}
                    cell.tags = keep | self._sorted_tags(this, kind, node)
            return NOTHING
        if name == "remove":
            self.taken |= {tag[1] for tag in first.tags if tag[0] in ("best", "heap", "stat")}
            for cell in lists:
                if any(tag[0] == "worst" for tag in first.tags):
                    cell.elem = self._with(cell.elem, ("top", line))
                if "part" in of_this and kinds(self.deep(first)) & {"chance", "random"}:
                    cell.elem = self._with(cell.elem, ("dice",))
            return NOTHING
        if name == "index":
            return Value(frozenset(tag for tag in first.tags if tag[0] in PICKS))
        return None

    def _visit(self, this: Value, cells: list[Cell], args: list[Value], node: ast.AST) -> Value:
        """`ast.NodeTransformer`: what its visitors make of the nodes."""
        result = Value(self.data(*args))
        for cell in cells:
            methods = (
                {} if cell.of is None else {k: v for k, v in cell.of.body.items() if k.startswith("visit_")}
            )
            for _, method in sorted(methods.items())[:12]:
                if len(self._stack) < MOST_CALLS_DEEP - 4:
                    made = self._call(bound(method, this), args, {}, node)
                    result = Value(few(result.tags | self.deep(made)))
        return result

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
            result = self._owned(result, cell)
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
        mark = ("prog" if self._is_code(of) else "told") if of & MADE else "arg"
        if of & PROGRAM and "part" in of:
            kept = {tag for tag in kept if tag[0] not in PICKS}
        elif of & PROGRAM:
            kept = {(mark, *tag) if tag[0] in PICKS else tag for tag in kept}
        if spliced:
            kept.add(("spliced", line))
        elif not of & {"part", "piece"} and self._is_code(of) and self._order(value) & {
            ("many",), ("texts",)
        }:  # fmt: skip
            kept = self._gathered(kept, self._order(value)) | {("several", line)}
        if "hint" in of and (within or of & {"random", "stat"}):
            kept.add(("hint",))
        return Value(
            few(frozenset(kept)), elem.consts if not of & PROGRAM and "turn" not in of else frozenset()
        )
