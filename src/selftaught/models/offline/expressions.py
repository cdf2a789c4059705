"""Edits of expressions: constants moved, parts exchanged, operators changed, terms added and dropped.

Each edit is a function from a :class:`Draft` to a :class:`Change`, or to None where it finds no place.
"""

from __future__ import annotations

import ast
import math
import re
from itertools import pairwise

from selftaught.models.offline.draft import Draft
from selftaught.models.offline.kinds import ANY, CALLED, MANY, NUMBER, TEXT, TRUTH, WHOLE
from selftaught.models.offline.source import (
    AND,
    ATOM,
    COMPARE,
    CONDITIONAL,
    NOT,
    OPERATORS,
    OR,
    POWER,
    SUM,
    TERM,
    UNARY,
    Change,
    Fragment,
)
from selftaught.models.offline.words import code

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv)
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_MEMBERSHIP: dict[type[ast.cmpop], str] = {
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}
_MOST_CONSTANT = 10**12


def move_constant(draft: Draft) -> Change | None:
    """Move a number: a whole one by a step or a factor, another by a factor near one."""
    node = draft.site(lambda n: isinstance(n, ast.Constant) and type(n.value) in (int, float))
    if not isinstance(node, ast.Constant) or not isinstance(node.value, int | float):
        return None
    if not abs(node.value) < _MOST_CONSTANT:
        return None
    value = _moved_whole(draft, node.value) if isinstance(node.value, int) else _moved(draft, node.value)
    if value == node.value:
        return None
    old, new = draft.program.segment(node), repr(value)
    return draft.put(
        node, Fragment(new, UNARY if value < 0 else ATOM), f"move the constant {code(old)} to {code(new)}"
    )


def flip_constant(draft: Draft) -> Change | None:
    """Turn a True into a False, or the other way round."""
    node = draft.site(lambda n: isinstance(n, ast.Constant) and isinstance(n.value, bool))
    if not isinstance(node, ast.Constant):
        return None
    return draft.put(
        node, Fragment(repr(not node.value)), f"turn a {code(repr(node.value))} into its opposite"
    )


def exchange_part(draft: Draft) -> Change | None:
    """Put another expression that is in scope in the place of one."""
    return _exchange(draft, foreign=False)


def cross_part(draft: Draft) -> Change | None:
    """Put an expression of another program of the prompt in the place of one."""
    return _exchange(draft, foreign=True) if draft.others else None


def swap_parts(draft: Draft) -> Change | None:
    """Let two neighbours change places: operands, arguments, elements or the branches of a choice."""
    pair = draft.choose(
        [p for node in draft.program.sites for p in _pairs(draft, node)], lambda p: draft.care(p[0])
    )
    if pair is None:
        return None
    (one, other), program = pair, draft.program
    if program.segment(one) == program.segment(other):
        return None
    from_one, from_other = (
        draft.put(one, program.fragment(other), ""),
        draft.put(other, program.fragment(one), ""),
    )
    idea = f"let {code(program.segment(one))} and {code(program.segment(other))} change places"
    return Change(from_one.replacements + from_other.replacements, idea)


def change_operator(draft: Draft) -> Change | None:
    """Exchange an arithmetic operator for another."""
    node = draft.site(
        lambda n: isinstance(n, ast.BinOp) and isinstance(n.op, _ARITHMETIC) and not _textual(draft, n)
    )
    if not isinstance(node, ast.BinOp):
        return None
    choices: list[type[ast.operator]] = [ast.Add, ast.Sub, ast.Mult]
    if draft.kinds.at(node) != WHOLE:
        choices.append(ast.Div)
    else:
        choices += [ast.FloorDiv, ast.Mod]
    new = draft.choose([op for op in choices if not isinstance(node.op, op)])
    if new is None or _gap(draft, node.left, node.right) is None:
        return None
    symbol, level = OPERATORS[new]
    fragment = Fragment(f"{draft.text(node.left, level)} {symbol} {draft.text(node.right, level + 1)}", level)
    old = OPERATORS[type(node.op)][0]
    return draft.put(
        node, fragment, f"use {code(symbol)} for {code(old)} in {code(draft.program.segment(node))}"
    )


def change_comparison(draft: Draft) -> Change | None:
    """Exchange a comparison for another of its sort."""
    node = draft.site(lambda n: isinstance(n, ast.Compare) and len(n.ops) == 1)
    if not isinstance(node, ast.Compare) or _gap(draft, node.left, node.comparators[0]) is None:
        return None
    table = _COMPARISONS if type(node.ops[0]) in _COMPARISONS else _MEMBERSHIP
    old = table[type(node.ops[0])]
    if table is _MEMBERSHIP:
        new: str | None = (
            old.removeprefix("not ") if "not " in old else {"in": "not in", "is": "is not"}.get(old, "is")
        )
    else:
        near = {
            "<": ("<=", ">"),
            "<=": ("<", ">="),
            ">": (">=", "<"),
            ">=": (">", "<="),
            "==": ("!=", "<=", ">="),
        }
        new = draft.choose(near.get(old, ("==", "<", ">")))
    left, right = draft.text(node.left, COMPARE + 1), draft.text(node.comparators[0], COMPARE + 1)
    idea = f"compare by {code(new or '')} where {code(draft.program.segment(node))} compares by {code(old)}"
    return draft.put(node, Fragment(f"{left} {new} {right}", COMPARE), idea)


def change_connective(draft: Draft) -> Change | None:
    """Exchange an ``and`` for an ``or``, negate a condition, or drop one of several."""
    node = draft.site(lambda n: isinstance(n, ast.BoolOp) or draft.kinds.at(n) == TRUTH)
    if node is None or isinstance(node, ast.Constant) or "\n" in draft.program.segment(node):
        return None
    text = draft.program.segment(node)
    if isinstance(node, ast.BoolOp):
        if draft.chance(0.5):
            kept = draft.choose(node.values)
            assert kept is not None
            return draft.put(
                node, draft.program.fragment(kept), f"ask only for {code(draft.program.segment(kept))}"
            )
        word, level = ("and", AND) if isinstance(node.op, ast.Or) else ("or", OR)
        joined = f" {word} ".join(draft.text(value, level + 1) for value in node.values)
        return draft.put(
            node, Fragment(joined, level), f"join the conditions of {code(text)} by {code(word)}"
        )
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return draft.put(node, draft.program.fragment(node.operand), f"no longer negate {code(text)}")
    return draft.put(node, Fragment(f"not {draft.text(node, NOT)}", NOT), f"negate {code(text)}")


def change_step(draft: Draft) -> Change | None:
    """Exchange the operator of an assignment such as ``x += y``."""
    found = [
        s for s in draft.program.statements if isinstance(s, ast.AugAssign) and isinstance(s.op, _ARITHMETIC)
    ]
    node = draft.choose(found)
    if node is None or draft.kinds.expression(node.value) in (MANY, TEXT):
        return None
    gap = _gap(draft, node.target, node.value)
    new = draft.choose([op for op in (ast.Add, ast.Sub, ast.Mult) if not isinstance(node.op, op)])
    if gap is None or new is None:
        return None
    old, symbol = OPERATORS[type(node.op)][0], OPERATORS[new][0]
    start = draft.program.span(node.target)[1]
    text = gap.replace(f"{old}=", f"{symbol}=", 1)
    idea = f"write {code(symbol + '=')} for {code(old + '=')} in {code(draft.program.segment(node))}"
    return Change(((start, start + len(gap), text),), idea)


def add_term(draft: Draft) -> Change | None:
    """Add, subtract, multiply by or divide by something in scope."""
    node = draft.site(lambda n: draft.kinds.at(n) in (NUMBER, WHOLE) and draft.roomy(n))
    if node is None:
        return None
    kind = draft.kinds.at(node)
    term = draft.part_for(node, kind, size=8) if draft.chance(0.75) else _small_constant(draft, kind)
    if term is None:
        return None
    zero = re.fullmatch(r"[0.]+", term.text) is not None
    steps = [("+", SUM), ("-", SUM)] if zero else [("+", SUM), ("-", SUM), ("*", TERM)]
    if not zero:
        steps.append(("/", TERM) if kind == NUMBER else ("//", TERM))
    symbol, level = draft.choose(steps) or steps[0]
    new = Fragment(f"{draft.text(node, level)} {symbol} {term.at(level + 1)}", level)
    verb = {"+": "add", "-": "subtract", "*": "multiply by"}.get(symbol, "divide by")
    where = code(draft.program.segment(node))
    link = {"+": "to", "-": "from"}.get(symbol, "in")
    idea = (
        f"{verb} {code(term.text)} {link} {where}" if link != "in" else f"{verb} {code(term.text)} at {where}"
    )
    return draft.put(node, new, idea)


def drop_term(draft: Draft) -> Change | None:
    """Keep one side of an operation, the operand of a sign, or the argument of a call."""
    found = [(node, kept) for node in draft.program.sites for kept in _kept(draft, node)]
    pair = draft.choose(found, lambda p: draft.care(p[0]) * (0.4 if isinstance(p[0], ast.Call) else 1.0))
    if pair is None:
        return None
    node, kept = pair
    program = draft.program
    idea = f"keep only {code(program.segment(kept))} of {code(program.segment(node))}"
    return draft.put(node, program.fragment(kept), idea)


def bend(draft: Draft) -> Change | None:
    """Negate, square, take the size of, or invert a number; or call on it what the program calls on another."""
    node = draft.site(lambda n: draft.kinds.at(n) in (NUMBER, WHOLE) and draft.roomy(n))
    if node is None or (isinstance(node, ast.Constant) and (not node.value or draft.chance(0.8))):
        return None
    text = draft.program.fragment(node)
    forms = [
        Fragment(f"-{text.at(UNARY)}", UNARY),
        Fragment(f"{text.at(ATOM)} ** 2", POWER),
        Fragment(f"abs({text.text})"),
    ]
    if draft.kinds.at(node) == NUMBER:
        forms += [Fragment(f"1 / {text.at(TERM + 1)}", TERM), Fragment(f"{text.at(ATOM)} ** 0.5", POWER)]
    forms += [Fragment(f"{name}({text.text})") for name in _callables_of_one(draft, node)]
    new = draft.choose([form for form in forms if not form.text.startswith("--") and ")(" not in form.text])
    if new is None:
        return None
    return draft.put(node, new, f"write {code(new.text)} for {code(text.text)}")


def choose_between(draft: Draft) -> Change | None:
    """Let a value depend on a condition: ``a if c else b``."""
    node = draft.site(
        lambda n: draft.kinds.at(n) in (NUMBER, WHOLE, TEXT, ANY) and draft.roomy(n) and _is_value(draft, n)
    )
    if node is None or "\n" in draft.program.segment(node):
        return None
    other = draft.part_for(node, draft.kinds.at(node), size=6)
    condition = condition_near(draft, node)
    if other is None or condition is None:
        return None
    new = (
        f"{draft.text(node, CONDITIONAL + 1)} if {condition.at(CONDITIONAL + 1)} else {other.at(CONDITIONAL)}"
    )
    idea = f"take {code(other.text)} for {code(draft.program.segment(node))} unless {code(condition.text)}"
    return draft.put(node, Fragment(new, CONDITIONAL), idea)


def change_extreme(draft: Draft) -> Change | None:
    """Exchange ``min`` and ``max``, or take one of their arguments for the whole."""
    program = draft.program
    node = draft.site(lambda n: isinstance(n, ast.Call) and program.is_builtin(n.func, "min", "max"))
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return None
    if len(node.args) > 1 and draft.chance(0.7):
        kept = draft.choose([a for a in node.args if not isinstance(a, ast.Starred)])
        if kept is not None:
            idea = f"take {code(program.segment(kept))} for {code(program.segment(node))}"
            return draft.put(node, program.fragment(kept), idea)
    new = "max" if node.func.id == "min" else "min"
    return draft.put(node.func, Fragment(new), f"take the {new} where {code(program.segment(node))} stands")


def bound_number(draft: Draft) -> Change | None:
    """Keep a number above or below another that is in scope."""
    node = draft.site(
        lambda n: draft.kinds.at(n) in (NUMBER, WHOLE) and not isinstance(n, ast.Constant) and draft.roomy(n)
    )
    other = draft.part_for(node, WHOLE, size=5) if node is not None else None
    if node is None or other is None or "max" in draft.program.bound or "min" in draft.program.bound:
        return None
    word = draft.choose(("max", "min"))
    new = Fragment(f"{word}({draft.text(node, CONDITIONAL)}, {other.at(CONDITIONAL)})")
    side = "below" if word == "max" else "above"
    return draft.put(node, new, f"let {code(draft.program.segment(node))} not go {side} {code(other.text)}")


def _moved_whole(draft: Draft, value: int) -> int:
    bold = draft.temperature > 0 and draft.chance(min(0.7, 0.5 * draft.temperature))
    if not bold or value == 0:
        return value + (1 if draft.chance(0.5) or value <= 0 else -1)
    stretched = round(value * math.exp(draft.rng.gauss(0, 0.4 + 0.8 * draft.temperature)))
    choices = [
        value * 2,
        value // 2,
        min(stretched, max(10 * value, value)),
        -value if draft.chance(0.2) else value + 2,
    ]
    return draft.choose(choices) or 0


def _moved(draft: Draft, value: float) -> float:
    if value == 0:
        return draft.choose((0.01, 0.1, 0.5, 1.0)) or 0.0
    factor = math.exp(draft.rng.gauss(0, 0.2 + 0.6 * draft.temperature))
    moved = float(f"{value * factor:.2g}")
    return -moved if draft.temperature > 0.3 and draft.chance(0.05) else moved


def _small_constant(draft: Draft, kind: str) -> Fragment:
    whole = draft.choose(("1", "2", "3"))
    other = draft.choose(("0.5", "1", "2", "0.1", "1.5"))
    return Fragment((whole if kind == WHOLE else other) or "1")


def _exchange(draft: Draft, foreign: bool) -> Change | None:
    node = draft.site(lambda n: _is_value(draft, n) or draft.kinds.at(n) == CALLED)
    if node is None or (isinstance(node, ast.Constant) and draft.chance(0.5)):
        return None
    kind = draft.kinds.at(node)
    if kind == TEXT and isinstance(node, ast.Constant):
        return None
    new = draft.part_for(node, kind, foreign, size=6 if draft.temperature == 0 else 14)
    if new is None:
        return None
    source = " from another program" if foreign else ""
    return draft.put(
        node, new, f"put {code(new.text)}{source} in the place of {code(draft.program.segment(node))}"
    )


def _is_value(draft: Draft, node: ast.expr) -> bool:
    """Say whether ``node`` is a value of its own: not a module, nor what is called or asked for a member."""
    if isinstance(node, ast.Name) and node.id in draft.program.modules:
        return False
    parent, field = draft.program.parents[node]
    if isinstance(parent, ast.Attribute) or (isinstance(parent, ast.Call) and field == "func"):
        return False
    if isinstance(parent, ast.Expr | ast.withitem | ast.Await | ast.YieldFrom):
        return False
    return draft.kinds.at(node) != CALLED


def _pairs(draft: Draft, node: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    row: list[ast.expr] = []
    match node:
        case ast.BinOp() if not _textual(draft, node):
            row = [node.left, node.right]
        case ast.Compare() if len(node.ops) == 1 and type(node.ops[0]) in _COMPARISONS:
            row = [node.left, node.comparators[0]]
        case ast.IfExp():
            row = [node.body, node.orelse]
        case ast.Call():
            row = node.args
        case ast.List() | ast.Tuple():
            row = node.elts
    touchable = (ast.Starred, ast.JoinedStr, ast.GeneratorExp)
    pairs = [
        (a, b) for a, b in pairwise(row) if not isinstance(a, touchable) and not isinstance(b, touchable)
    ]
    kinds = draft.kinds
    return [(a, b) for a, b in pairs if draft.fit(kinds.expression(a), kinds.expression(b)) > 0.1]


def _gap(draft: Draft, left: ast.expr, right: ast.expr) -> str | None:
    """Return what stands between two neighbours, or None if that is more than an operator on one line."""
    gap = draft.program.text[draft.program.span(left)[1] : draft.program.span(right)[0]]
    return None if "\n" in gap or "#" in gap else gap


def _textual(draft: Draft, node: ast.BinOp) -> bool:
    kinds = draft.kinds
    return bool({kinds.expression(node.left), kinds.expression(node.right)} & {TEXT, MANY})


def _kept(draft: Draft, node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.BinOp() if not _textual(draft, node):
            return [node.left, node.right]
        case ast.UnaryOp() if not isinstance(node.operand, ast.Constant):
            return [node.operand]
        case ast.IfExp():
            return [node.body, node.orelse]
        case ast.Call(args=[ast.Name() | ast.BinOp() | ast.Call() as only], keywords=[]) if _is_value(
            draft, node
        ):
            return [only] if draft.fit(draft.kinds.at(node), draft.kinds.expression(only)) > 0.3 else []
    return []


def _callables_of_one(draft: Draft, node: ast.expr) -> list[str]:
    """Return what the programs of the prompt call with one argument and expect a number of, if it is in scope."""
    known = frozenset(draft.program.names_at(node))
    found: dict[str, None] = {}
    for program in (draft.program, *draft.others):
        for call in program.sites:
            if not (isinstance(call, ast.Call) and len(call.args) == 1 and not call.keywords):
                continue
            if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
                base = call.func.value.id
                if base in known and base in draft.program.modules and base in program.modules:
                    found[program.segment(call.func)] = None
    return list(found)


def condition_near(draft: Draft, node: ast.expr) -> Fragment | None:
    """Return a comparison of two things in scope."""
    given = draft.part_for(node, TRUTH, size=6)
    if given is not None and draft.chance(0.5):
        return given
    left = draft.part_for(node, WHOLE, size=4)  # as a whole number: an array has no truth
    right = draft.part_for(node, WHOLE, size=4)
    if left is None or right is None or left == right:
        return None
    sign = draft.choose(("<", ">", "<=", "=="))
    return Fragment(f"{left.at(COMPARE + 1)} {sign} {right.at(COMPARE + 1)}", COMPARE)
