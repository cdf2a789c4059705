"""What flows where in an improver, read off its syntax tree: an abstract interpreter that runs nothing.

Every value is a set of *tags* that say what it was made of (a score, an answer, chance, a loop's counter) and how it
was picked (the best of several, at random, in turn). Calls of the program's own functions are followed, loops are
gone through until what is kept from one round reaches the next, and branches are joined. What counts is written down
as it is met: what goes into prompts, what is scored, what ends a loop. The rules are in :mod:`selftaught.strategies`.

All is bounded: steps, depth, passes through a loop, tags.

The interpreter is one class in layers, each built on the one below it, from ``store`` up: ``picking``, ``library``,
``calls``, ``expressions``, ``statements``. What a tag is stands in ``values``.
"""

from __future__ import annotations

import ast

from selftaught.flow.statements import Statements
from selftaught.flow.values import Mine, Scored, TooMuch, Value
from selftaught.syntax import last_name


class Flow(Statements):
    """What an improver does. Never raises; ``complete`` is False where it was not followed to its end."""

    def __init__(self, tree: ast.Module, entry: str = "improve_algorithm") -> None:
        super().__init__()
        top = self._top
        self.extracts = any(
            isinstance(node, ast.Call) and last_name(node.func) == "extract_code" for node in ast.walk(tree)
        )
        try:
            self._block(tree.body)
            called = top.names.get(entry)
            if called is not None and called.funcs:
                self.found_entry = True
                args = [
                    Value(frozenset({("initial",)})),
                    Value(funcs=frozenset({Mine("utility", "")})),
                    Value(funcs=frozenset({Mine("model", "")})),
                ]
                result = self._call(called, args, {}, tree)
                self.scored.append(Scored(0, self.deep(result), (), frozenset(), True))
        except (TooMuch, RecursionError):
            self.complete = False
