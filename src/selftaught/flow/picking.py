"""How something is chosen: by order, by an index, by chance, under a condition."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from selftaught.flow.store import Store
from selftaught.flow.values import (
    MADE,
    NOTHING,
    NOWHERE,
    PICKS,
    PROGRAM,
    RANKED,
    Cell,
    Control,
    Tag,
    Value,
    is_of_arms,
    kinds,
    picked_at,
    programs_picks,
)


class Picking(Store):
    """The tags of what is chosen, and of what is kept because of how it compares."""

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

    def _by(self, tags: frozenset[Tag], least: bool, chosen: Value) -> str:
        of = kinds(tags)
        if is_of_arms(tags, self.deep(chosen)):
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
        kind = self._by(tags, least, elem)
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
        marks = [(kind, line, tuple(self._loops)) if kind == "random" else (kind, line)]
        if kind == "best" and "bonus" in kinds(tags):
            marks.append(("explore", line))
        return self._with(self.join(elem, named.get("default", NOTHING)), *marks)

    def _sorted(self, value: Value, named: dict[str, Value], node: ast.AST) -> Value:
        elem = self._elem(value)
        by = self._key(elem, named.get("key"), node)
        tags = self._sorted_tags(value, self._by(by, False, elem), node)
        if "bonus" in kinds(by) and ("sorted", getattr(node, "lineno", 0)) in tags:
            tags.add(("explore", getattr(node, "lineno", 0)))
        return self._list(node, elem, tags)

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
            by_score = self._by(self._key(cell.elem, None, node), False, cell.elem) in ("best", "worst")
            if last in ("heappush", "heappushpop", "heapreplace", "insort") and len(args) > 1:
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
        elem = self._elem(first)
        chosen = self.deep(elem)
        kind = "stat" if any(is_of_arms(self.deep(each), chosen) for each in weights) else "random"
        if "length" in kinds(first.tags) or (
            first.tags and kinds(first.tags) <= {"length", "count", "budget"}
        ):
            elem = NOTHING  # of a number of things: an index
        elem = self._with(elem, (kind, line, loops))
        several = last in ("sample", "choices") or "k" in named or "size" in named or "replace" in named
        return self._list(node, elem, {("many",)} & self._order(first)) if several else elem

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

    def _owned(self, value: Value, cell: Cell) -> Value:
        """Scores that stand in a program's record, or under it in a dict."""
        holds = (cell.keys, *cell.attrs.values()) if cell.kind == "dict" else cell.attrs.values()
        if not any(kinds(each.tags) & PROGRAM for each in holds) or "score" not in kinds(self.deep(value)):
            return value
        return self._with(value, ("own",))

    def _is_reward(self, whose: Value, score: Value) -> bool:
        """Whether a score that is put down to something is no score of that thing itself."""
        tags = self.deep(score)
        own = {tag[1:] for tag in tags if tag[0] == "of"} | picked_at(tags)
        return ("score", True) in tags and not picked_at(whose.tags) <= own

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

    def _greedy(
        self, one: dict[str, Value], other: dict[str, Value], line: int, test: frozenset[Tag]
    ) -> None:
        for name in one:
            if name in other and one[name] != other[name] and self._is_greedy(one[name], other[name], test):
                mark = ("eps", line)
                one[name], other[name] = self._with(one[name], mark), self._with(other[name], mark)

    def _alternated(self, one: Value, other: Value, either: Value, line: int) -> Value:
        """Texts of which a condition chooses one: ``either``."""
        long = {text for text in one.consts ^ other.consts if isinstance(text, str) and len(text) >= 12}
        return self._with(either, ("turn", line, ())) if len(long) > 1 else either

    def _unseen(self, value: Value, controls: Sequence[Control]) -> Value:
        """A program that is kept because it was looked up: where."""
        looked = {("unseen", *tag[1:]) for control in controls for tag in control.tags if tag[0] == "lookup"}
        return self._with(value, *looked) if looked and kinds(value.tags) & MADE else value

    def _put_together(self, cell: Cell, value: Value) -> set[Tag]:
        """As `_texts`, but what is put there in the other branch of a condition is not there together with it."""
        marks = self._texts(cell.elem, value)
        if not programs_picks(value.tags) & RANKED:
            return marks
        if not cell.under and programs_picks(cell.elem.tags) & RANKED:
            cell.under.append({})
        here = {id(control.node): control.holds for control in self._controls[self._frame.floor :]}
        if all(any(here.get(node, holds) != holds for node, holds in old.items()) for old in cell.under):
            marks.discard(("texts",))
        if here not in cell.under and len(cell.under) < 16:
            cell.under.append(here)
        return marks

    def _put(self, cell: Cell, value: Value) -> None:
        value = self._unseen(value, self._controls[self._frame.floor :])
        of = kinds(self.deep(value))
        cell.tags |= self._put_together(cell, value)
        if "part" in of and any("chance" in kinds(c.tags) for c in self._controls[self._frame.floor :]):
            value = self._with(value, ("dice",))
        cell.elem = self.join(cell.elem, value)
        cell.shown = None
        if of & MADE and len(self._loops) > len(cell.made_in):
            cell.tags.add(("many",))

    def _cut(self, cell: Cell, line: int, enough: bool = True) -> None:
        """Some of what is in a container is thrown away: the worst, where it is in order."""
        if enough and kinds(cell.tags) & {"sorted", "heap-order"}:
            cell.elem = self._with(cell.elem, ("top", line))

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
                chosen = self._picks_of(index, NOWHERE)
                self.taken |= {tag[1] for tag in chosen if tag[0] in ("best", "stat")}
                taken = self._picked(taken, chosen)
            result = self.join(result, taken)
        return self._picked(result, this.tags)
