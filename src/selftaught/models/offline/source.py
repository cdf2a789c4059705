"""A program as text and tree at once, so that a rewrite touches only the characters that it means to.

``ast.unparse`` would lose comments, quotes and blank lines. Here a tree only says *where* something is; what is
written is text, cut and joined at the places that the tree gives. Nothing inside an f-string is ever a place: before
Python 3.12 the positions there are wrong.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cached_property
from typing import Any

from selftaught.models.offline.reading import compiles, parse
from selftaught.models.offline.scope import (
    BUILTINS,
    COMPREHENSIONS,
    FUNCTIONS,
    Flow,
    argument_names,
    target_names,
)

Function = ast.FunctionDef | ast.AsyncFunctionDef

# How tightly an expression holds together; a looser one in a tighter place needs parentheses.
(
    LOOSEST,
    CONDITIONAL,
    OR,
    AND,
    NOT,
    COMPARE,
    BIT_OR,
    BIT_XOR,
    BIT_AND,
    SHIFT,
    SUM,
    TERM,
    UNARY,
    POWER,
    AWAIT,
    ATOM,
) = range(16)

OPERATORS: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", SUM),
    ast.Sub: ("-", SUM),
    ast.Mult: ("*", TERM),
    ast.Div: ("/", TERM),
    ast.FloorDiv: ("//", TERM),
    ast.Mod: ("%", TERM),
    ast.MatMult: ("@", TERM),
    ast.Pow: ("**", POWER),
    ast.LShift: ("<<", SHIFT),
    ast.RShift: (">>", SHIFT),
    ast.BitAnd: ("&", BIT_AND),
    ast.BitOr: ("|", BIT_OR),
    ast.BitXor: ("^", BIT_XOR),
}


@dataclass(frozen=True, slots=True)
class Fragment:
    """The text of an expression and how tightly it holds together."""

    text: str
    level: int = ATOM

    def at(self, level: int) -> str:
        """Return the text as it stands in a place of this tightness."""
        return self.text if self.level >= level else f"({self.text})"


@dataclass(frozen=True, slots=True)
class Change:
    """What to put in the place of which characters, and the idea of it in words."""

    replacements: tuple[tuple[int, int, str], ...]
    idea: str


class Source:
    """A program's text, its tree, and for each expression that may be rewritten where it stands.

    ``sites`` are the expressions that may be exchanged, in the order of the text; ``statements`` those in the body
    of something, in the same order. Signatures, decorators, annotations, imports, patterns, docstrings and whatever
    is inside an f-string are neither.
    """

    def __init__(self, text: str, tree: ast.Module) -> None:
        self.text = text
        self.tree = tree
        self.flow = Flow(tree)
        self.notes: dict[
            str, Any
        ] = {}  # what other modules have worked out about it, and keep as long as it lives
        self._lines = text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    @staticmethod
    def read(text: str) -> Source | None:
        """Return the program, or None where ``text`` is none."""
        tree = parse(text)
        return None if tree is None else Source(text, tree)

    # -- where things are

    @cached_property
    def parents(self) -> dict[ast.AST, tuple[ast.AST, str]]:
        """What each node stands in, and as what."""
        return self._index.parents

    @cached_property
    def statement_of(self) -> dict[ast.AST, ast.stmt]:
        """The statement that each node stands in."""
        return self._index.statement_of

    @cached_property
    def function_of(self) -> dict[ast.AST, Function | None]:
        """The innermost function that each node stands in."""
        return self._index.function_of

    @cached_property
    def sites(self) -> list[ast.expr]:
        """The expressions that may be exchanged."""
        return self._index.sites

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """The statements that may be moved about."""
        return self._index.statements

    def offset(self, line: int, column: int) -> int:
        """Return the place in the text of the tree's line (from 1) and column (in UTF-8 bytes)."""
        content = self._lines[line - 1]
        if not content.isascii():
            column = len(content.encode()[:column].decode(errors="ignore"))
        return self._starts[line - 1] + column

    def span(self, node: ast.expr | ast.stmt | ast.arg) -> tuple[int, int]:
        """Return the first place of ``node`` and the one behind its last."""
        start = self.offset(node.lineno, node.col_offset)
        end = self.offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
        return start, end

    def segment(self, node: ast.expr | ast.stmt) -> str:
        """Return the text of ``node``."""
        start, end = self.span(node)
        return self.text[start:end]

    def fragment(self, node: ast.expr) -> Fragment:
        """Return the text of ``node`` with its tightness."""
        bare = isinstance(node, ast.Tuple) and (
            not node.elts or self.span(node.elts[0])[0] == self.span(node)[0]
        )
        return Fragment(self.segment(node), LOOSEST if bare else level_of(node))

    def line_end(self, place: int) -> int:
        """Return the place behind the newline of the line that holds ``place``."""
        end = self.text.find("\n", place)
        return len(self.text) if end < 0 else end + 1

    def first_line(self, statement: ast.stmt) -> int:
        """Return the line, from 1, on which the statement begins, with its decorators."""
        decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
        return min([statement.lineno, *(decorator.lineno for decorator in decorators)])

    def lines_span(self, statement: ast.stmt) -> tuple[int, int] | None:
        """Return the span of whole lines that are the statement's alone, or None if it shares a line."""
        start = self._starts[self.first_line(statement) - 1]
        last = (statement.end_lineno or statement.lineno) - 1
        end_of_node = self.span(statement)[1]
        end = min(self._starts[last + 1], len(self.text))
        behind = self.text[end_of_node:end].strip()
        before = self._lines[self.first_line(statement) - 1]
        column = before[: len(before) - len(before.lstrip(" \t"))]
        alone = self.text[start + len(column) :].startswith("@") or self.span(statement)[0] == start + len(
            column
        )
        return (start, end) if alone and (not behind or behind.startswith("#")) else None

    def indent_of(self, statement: ast.stmt) -> str:
        """Return the blanks in front of the statement."""
        line = self._lines[statement.lineno - 1]
        return line[: len(line) - len(line.lstrip(" \t\f"))]

    @cached_property
    def unit(self) -> str:
        """One level of indentation as this program writes it."""
        for node in ast.walk(self.tree):
            body = getattr(node, "body", None)
            if (
                isinstance(node, ast.stmt)
                and isinstance(body, list)
                and body
                and body[0].lineno > node.lineno
            ):
                inner, outer = self.indent_of(body[0]), self.indent_of(node)
                if inner.startswith(outer) and len(inner) > len(outer):
                    return inner[len(outer) :]
        return "    "

    # -- what is in it

    @cached_property
    def identifiers(self) -> frozenset[str]:
        """Every name in the program, of whatever sort: what an invented one must differ from."""
        words = (
            getattr(n, field, None) for n in ast.walk(self.tree) for field in ("id", "arg", "attr", "name")
        )
        return self.bound | {word for word in words if isinstance(word, str)}

    @cached_property
    def bound(self) -> frozenset[str]:
        """Every name that the program binds anywhere."""
        names = set(self.modules)
        for node in ast.walk(self.tree):
            if isinstance(node, (*FUNCTIONS, ast.Lambda)):
                names.update(argument_names(node.args))
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                names.add(node.name)
            elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                names.add(node.id)
        return frozenset(names)

    @cached_property
    def modules(self) -> frozenset[str]:
        """The names that imports bind."""
        imports = [n for n in ast.walk(self.tree) if isinstance(n, ast.Import | ast.ImportFrom)]
        return frozenset(a.asname or a.name.split(".")[0] for node in imports for a in node.names)

    @cached_property
    def definitions(self) -> frozenset[str]:
        """The names of its functions and classes."""
        kinds = (*FUNCTIONS, ast.ClassDef)
        return frozenset(node.name for node in ast.walk(self.tree) if isinstance(node, kinds))

    def is_builtin(self, node: ast.AST, *names: str) -> bool:
        """Say whether ``node`` is one of these names of the language, and the program has not taken it."""
        return isinstance(node, ast.Name) and node.id in names and node.id not in self.bound

    def names_at(self, node: ast.AST) -> list[str]:
        """Return the names that hold a value where ``node`` stands, nearest first, builtins excepted."""
        near: dict[str, None] = {}
        child = node
        while not isinstance(child, ast.stmt):
            parent, field = self.parents[child]
            near.update(dict.fromkeys(_inner_names(parent, child, field)))
            child = parent
        near.update(dict.fromkeys(self.flow.names(child)))
        return list(near)

    def fresh(self, wish: str) -> str:
        """Return a name like ``wish`` that the program does not use."""
        name, number = wish, 2
        while name in self.identifiers or name in BUILTINS:
            name, number = f"{wish}_{number}", number + 1
        return name

    @cached_property
    def signatures(self) -> dict[str, str]:
        """The parameters of each function at the top, as text that can be compared."""
        tops = [node for node in self.tree.body if isinstance(node, FUNCTIONS)]
        return {node.name: f"{type(node).__name__} {ast.dump(node.args)}" for node in tops}

    @cached_property
    def shape(self) -> str:
        """The tree as text: equal for programs that differ only in their spacing and comments."""
        return ast.dump(self.tree)

    @cached_property
    def spotless(self) -> bool:
        """Whether Python compiles it without a warning."""
        return compiles(self.tree, "error")

    @cached_property
    def inside_strings(self) -> frozenset[int]:
        """The lines (from 0) that begin inside a string."""
        return string_lines(self.text)

    # -- reading the tree once

    @cached_property
    def _index(self) -> _Index:
        index = _Index()
        stack: list[tuple[ast.AST, ast.stmt | None, Function | None, bool]] = [(self.tree, None, None, True)]
        while stack:
            node, statement, function, open_ = stack.pop()
            inside = node if isinstance(node, FUNCTIONS) else function
            for child, field in reversed(list(_children(node))):
                child_open = open_ and _may_touch(node, child, field)
                index.parents[child] = (node, field)
                stack.append((child, child if isinstance(child, ast.stmt) else statement, inside, child_open))
            if statement is not None:
                index.add(node, statement, function, open_)
        return index


@dataclass(slots=True)
class _Index:
    """What one walk over a tree finds."""

    parents: dict[ast.AST, tuple[ast.AST, str]] = dataclass_field(default_factory=dict)
    statement_of: dict[ast.AST, ast.stmt] = dataclass_field(default_factory=dict)
    function_of: dict[ast.AST, Function | None] = dataclass_field(default_factory=dict)
    sites: list[ast.expr] = dataclass_field(default_factory=list)
    statements: list[ast.stmt] = dataclass_field(default_factory=list)

    def add(self, node: ast.AST, statement: ast.stmt, function: Function | None, may_touch: bool) -> None:
        self.function_of[node] = function
        self.statement_of[node] = statement
        if may_touch and node is statement:
            self.statements.append(statement)
        elif may_touch and isinstance(node, ast.expr) and _is_site(node):
            self.sites.append(node)


def level_of(node: ast.expr) -> int:
    """Return how tightly ``node`` holds together."""
    match node:
        case ast.NamedExpr() | ast.Yield() | ast.YieldFrom() | ast.Starred():
            return LOOSEST
        case ast.Lambda() | ast.IfExp():
            return CONDITIONAL
        case ast.BoolOp():
            return OR if isinstance(node.op, ast.Or) else AND
        case ast.UnaryOp():
            return NOT if isinstance(node.op, ast.Not) else UNARY
        case ast.Compare():
            return COMPARE
        case ast.BinOp():
            return OPERATORS[type(node.op)][1]
        case ast.Await():
            return AWAIT
    return ATOM


def required_level(parent: ast.AST, field: str, child: ast.AST) -> int:
    """Return how tightly an expression must hold together to stand as ``field`` of ``parent``."""
    match parent:
        case ast.BinOp():
            level = OPERATORS[type(parent.op)][1]
            if isinstance(parent.op, ast.Pow):
                return AWAIT if field == "left" else UNARY
            return level if field == "left" else level + 1
        case ast.UnaryOp():
            return NOT if isinstance(parent.op, ast.Not) else UNARY
        case ast.BoolOp():
            return (OR if isinstance(parent.op, ast.Or) else AND) + 1
        case ast.Compare() | ast.Starred():
            return BIT_OR
        case ast.Attribute() | ast.Await():
            return ATOM
        case ast.Call() if field == "func":
            return ATOM
        case ast.Subscript() if field == "value":
            return ATOM
        case ast.IfExp():
            return CONDITIONAL if field == "orelse" else OR
        case ast.comprehension():
            return OR
        case ast.Dict() if field == "values":
            return CONDITIONAL if parent.keys[parent.values.index(child)] is not None else BIT_OR  # type: ignore[arg-type]
    return CONDITIONAL


def place(program: Source, node: ast.expr, new: Fragment) -> tuple[int, int, str]:
    """Return the replacement that puts ``new`` where ``node`` stands, with the parentheses that it needs."""
    start, end = program.span(node)
    parent, field = program.parents[node]
    text = new.at(required_level(parent, field, node))
    if isinstance(parent, ast.Attribute) and text[:1].isdigit():
        text = f"({text})"
    if isinstance(node, ast.GeneratorExp) and isinstance(parent, ast.Call) and end == program.span(parent)[1]:
        return start, end, f"({new.text})"  # the call's own parentheses are the generator's
    outer = _own_parentheses(program, node, parent)
    return (*outer, text) if outer and "\n" not in program.text[outer[0] : outer[1]] else (start, end, text)


def apply(text: str, change: Change) -> str:
    """Return ``text`` with the replacements made."""
    for start, end, new in sorted(change.replacements, key=lambda r: (r[0], r[1]), reverse=True):
        text = text[:start] + new + text[end:]
    return text


def string_lines(text: str) -> frozenset[int]:
    """Return the lines (from 0) that begin inside a string, whose blanks are therefore content."""
    inside: set[int] = set()
    opened: list[int] = []
    names = tokenize.tok_name
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = names[token.type]
        if kind == "STRING":
            inside.update(range(token.start[0], token.end[0]))
        elif kind == "FSTRING_START":
            opened.append(token.start[0])
        elif kind == "FSTRING_END":
            inside.update(range(opened.pop(), token.end[0]))
    return frozenset(inside)


def shift(program: Source, start: int, end: int, old: str, new: str) -> str | None:
    """Return whole lines of the program with the indentation ``old`` exchanged for ``new``.

    None if a line begins in neither way. Lines inside strings stay as they are.
    """
    first = program.text.count("\n", 0, start)
    protected = program.inside_strings if '"""' in program.text or "'''" in program.text else frozenset()
    lines = program.text[start:end].split("\n")
    for number, line in enumerate(lines):
        if first + number in protected or not line.strip():
            continue
        if line.startswith(old):
            lines[number] = new + line[len(old) :]
        elif not line.lstrip().startswith("#"):
            return None
    return "\n".join(lines)


def _children(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            yield value, field
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, ast.AST):
                    yield item, field


def _may_touch(node: ast.AST, child: ast.AST, field: str) -> bool:
    match node:
        case ast.JoinedStr() | ast.MatchValue() | ast.arguments() | ast.Delete():
            return False
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return field == "body" and not _is_docstring(node, child)
        case ast.Module():
            return not _is_docstring(node, child)
        case ast.AnnAssign():
            return field == "value"
        case ast.ExceptHandler():
            return field == "body"
        case ast.match_case():
            return field != "pattern"
    return not isinstance(child, ast.Import | ast.ImportFrom | ast.Global | ast.Nonlocal)


def _is_docstring(node: ast.AST, child: ast.AST) -> bool:
    return (
        isinstance(child, ast.Expr)
        and isinstance(child.value, ast.Constant)
        and isinstance(child.value.value, str)
    )


def _is_site(node: ast.expr) -> bool:
    if isinstance(node, ast.Starred | ast.Slice | ast.JoinedStr | ast.FormattedValue):
        return False
    return isinstance(getattr(node, "ctx", None), ast.Load | None)


def _inner_names(parent: ast.AST, child: ast.AST, field: str) -> list[str]:
    """Return the names that comprehensions and lambdas between an expression and its statement bind."""
    if isinstance(parent, ast.Lambda) and field == "body":
        return argument_names(parent.args)
    if isinstance(parent, ast.comprehension) and field == "ifs":
        return target_names(parent.target)
    if isinstance(parent, COMPREHENSIONS):
        names: list[str] = []
        for generator in parent.generators:
            if generator is child:
                break
            names += target_names(generator.target)
        return names
    return []


def _own_parentheses(program: Source, node: ast.expr, parent: ast.AST) -> tuple[int, int] | None:
    """Return the span of the parentheses around ``node`` that are there for its sake, if there are any."""
    holders = (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Attribute, ast.Subscript)
    if not isinstance(parent, holders):
        return None
    low, high = program.span(parent)
    start, end = program.span(node)
    while start > low and program.text[start - 1] == " ":
        start -= 1
    while end < high and program.text[end] == " ":
        end += 1
    if not (start > low and end < high and program.text[start - 1] == "(" and program.text[end] == ")"):
        return None
    around = program.text[max(start - 2, 0) : start - 1] + program.text[end + 1 : end + 2]
    return None if re.search(r"\w", around) else (start - 1, end + 1)  # "not(x)" needs what parts its words
