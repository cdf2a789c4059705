"""Carries out a program without running it: statements, expressions, calls, on what is known of values.

Where a condition is not known both ways are taken, one after the other from the same state, and what each made of it
is joined. A loop whose length is not known is gone through until nothing changes, three times at most. Calls of the
program's own functions are carried out at each call. What libraries do is in :mod:`.library`. Nothing of the program
is ever executed; of Python's own functions only harmless ones are, on small constants.
"""

from __future__ import annotations

import ast

from selftaught.safety.reading.core import FALL, Exhausted, Frame, Sign
from selftaught.safety.reading.marks import START
from selftaught.safety.reading.statements import Statements
from selftaught.safety.reading.values import Arguments, Function, Generator, Known, Unknown, options

__all__ = ["Exhausted", "Machine", "Sign"]


class Machine(Statements):
    """Reads one program. ``signs`` are what was seen; ``steps`` how many expressions and statements it took."""

    def read(self, tree: ast.Module, entry: str) -> None:
        """Carry out the module, then the entry function with a program, the utility and the model."""
        self.module.variables.update(
            {"__name__": Known("improver"), "__file__": Unknown(kind="str", truth=True)}
        )
        self.frames.append(Frame(self.module, None, 0, 0))
        if not self.block(tree.body) & FALL:
            return
        function = self.module.variables.get(entry)
        if function is None:
            function = next(
                (
                    value
                    for value in reversed(self.module.variables.values())
                    if isinstance(value, Function)
                    and isinstance(value.node, ast.FunctionDef)
                    and len(value.node.args.args) == 3
                ),
                None,
            )
        if function is None:
            return
        start = Unknown(START, "str", True)
        result = self.call(function, Arguments([start, self.utility, self.model]))
        for one in options(result):
            if isinstance(one, Generator):
                self.run_generator(one)
        for function, arguments in list(self.later):
            self.call(function, arguments)  # again, with what came to be meanwhile
        self.settle(self.events)
