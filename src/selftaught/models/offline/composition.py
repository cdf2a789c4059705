"""Edits of whole functions: one composed with itself in a loop that keeps its best, or given another's body.

What a function is composed with is told by syntax alone: a parameter that is called on one value, or is the ``key``
of a choice, gives scores; the first parameter that is neither called nor asked for a member is what is scored.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from selftaught.models.offline.draft import Draft
from selftaught.models.offline.kinds import MANY, NUMBER, TEXT
from selftaught.models.offline.scope import FUNCTIONS, argument_names
from selftaught.models.offline.source import Change, Function, Source
from selftaught.models.offline.words import code

_TO_THE_COLON = re.compile(r"(?:[\s,()/*]|\\\n|#[^\n]*)*:")


@dataclass(frozen=True, slots=True)
class Loop:
    """A function that can be composed with itself: on which parameter, and which one scores it."""

    function: Function
    value: str
    scorer: str
    sign: str  # ">" if a higher score is better
    weight: float


def compose_best(draft: Draft) -> Change | None:
    """Compose a function with itself in a loop that keeps its best so far."""
    loop = draft.choose(
        [found for f in _composable(draft.program) if (found := _loop(draft.program, f))], lambda m: m.weight
    )
    if loop is None:
        return None
    rounds = draft.rng.randint(2, 8)
    body = _keeping_loop(draft, loop, rounds)
    name = loop.function.name
    word = "highest" if loop.sign == ">" else "lowest"
    idea = (
        f"call {code(name)} {rounds} times on its own best result so far, and keep the one that "
        f"{code(loop.scorer)} gives the {word} score"
    )
    return _wrap(draft.program, loop.function, body, idea)


def compose_plain(draft: Draft) -> Change | None:
    """Compose a function with itself where its result is plausibly of its parameter's kind."""
    found = [
        (f, value)
        for f in _composable(draft.program)
        if not _loop(draft.program, f)
        for value in _same(draft, f)
    ]
    pair = draft.choose(found)
    if pair is None:
        return None
    function, value = pair
    rounds = draft.rng.randint(2, 4)
    unit, step = draft.program.unit, _step_name(draft.program, function)
    wait = "await " if isinstance(function, ast.AsyncFunctionDef) else ""
    call = f"{wait}{step}({_call(function, {})})"
    lines = [f"for {_blank(draft.program)} in range({rounds}):", f"{unit}{value} = {call}", f"return {value}"]
    idea = f"call {code(function.name)} {rounds} times, each time on what it gave for {code(value)}"
    return _wrap(draft.program, function, lines, idea)


def cross_body(draft: Draft) -> Change | None:
    """Take the whole body of a function from another program where it has the same name and parameters."""
    program = draft.program
    offers = []
    for mine in _tops(program):
        for other in draft.others:
            for theirs in _tops(other):
                same = mine.name == theirs.name and argument_names(mine.args) == argument_names(theirs.args)
                if same and type(mine) is type(theirs) and _can_be_exchanged(program, mine, other, theirs):
                    offers.append((mine, other, theirs))
    offer = draft.choose(offers)
    if offer is None:
        return None
    mine, other, theirs = offer
    start, end = program.offset(mine.body[0].lineno, 0), program.span(mine)[1]
    new = other.text[other.offset(theirs.body[0].lineno, 0) : other.span(theirs)[1]]
    return Change(((start, end, new),), f"take the body of {code(mine.name)} from another program")


def _tops(program: Source) -> list[Function]:
    return [node for node in program.tree.body if isinstance(node, FUNCTIONS)]


def _can_be_exchanged(program: Source, mine: Function, other: Source, theirs: Function) -> bool:
    if ast.dump(mine) == ast.dump(theirs) or program.unit != other.unit:
        return False
    return all(
        f.body[0].lineno > f.lineno and _own_line(p, f.body[0]) for p, f in ((program, mine), (other, theirs))
    )


def _own_line(program: Source, statement: ast.stmt) -> bool:
    start = program.offset(statement.lineno, 0)
    return not program.text[start : program.span(statement)[0]].strip()


def _composable(program: Source) -> list[Function]:
    """Return the functions at the top that return a value, do not call themselves and are not generators."""
    return [f for f in _tops(program) if f.body[0].lineno > f.lineno and _plain(program, f)]


def _plain(program: Source, function: Function) -> bool:
    inside = list(ast.walk(function))
    if function.decorator_list or "range" in program.bound or program.lines_span(function) is None:
        return False
    if any(isinstance(n, ast.Name) and n.id == function.name for n in inside):
        return False
    if any(isinstance(n, ast.Yield | ast.YieldFrom) for n in inside) or _docstring_only(function):
        return False
    return any(isinstance(n, ast.Return) and n.value is not None for n in inside)


def _docstring_only(function: Function) -> bool:
    return ast.get_docstring(function, clean=False) is not None and len(function.body) == 1


def _roles(function: Function) -> tuple[list[str], list[str]]:
    """Return the parameters that can be given a value again: neither called nor asked for a member; and all."""
    used: set[str] = set()
    for node in ast.walk(function):
        holder = (
            node.func
            if isinstance(node, ast.Call)
            else node.value
            if isinstance(node, ast.Attribute)
            else None
        )
        if isinstance(holder, ast.Name):
            used.add(holder.id)
    names = [a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
    return [name for name in names if name not in used], names


def _loop(program: Source, function: Function) -> Loop | None:
    """Find the parameter that gives scores and the one that is scored, if there are such."""
    free, names = _roles(function)
    for scorer in names:
        votes = _evidence(program, function, scorer)
        values = [name for name in free if name != scorer]
        if votes is None or not values:
            continue
        up, down, plain = votes
        return Loop(
            function, values[0], scorer, "<" if down > up else ">", 1.0 if up + down + plain > 1 else 0.5
        )
    return None


def _evidence(program: Source, function: Function, name: str) -> tuple[int, int, int] | None:
    """Count the places where ``name`` is used as a score: for the highest, the lowest, or simply called.

    None if it is never so used, or is called on anything but one value.
    """
    up = down = plain = 0
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        if _is_name(node.func, name):
            if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
                return None
            plain += 1
        if program.is_builtin(node.func, "max", "min", "sorted"):
            keys = [k.value for k in node.keywords if k.arg == "key"]
            key = any(isinstance(k, ast.Name) and k.id == name for k in keys)
            inside = (n for part in (*keys, *node.args) for n in ast.walk(part))
            if key or any(isinstance(n, ast.Call) and _is_name(n.func, name) for n in inside):
                up += program.is_builtin(node.func, "max")
                down += program.is_builtin(node.func, "min")
                plain += 1
    return (up, down, plain) if plain else None


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _keeping_loop(draft: Draft, loop: Loop, rounds: int) -> list[str]:
    """Return the lines of a loop that keeps the best so far."""
    program, function, unit = draft.program, loop.function, draft.program.unit
    best, candidate = program.fresh("best"), program.fresh("candidate")
    wait = "await " if isinstance(function, ast.AsyncFunctionDef) else ""
    given = loop.value if draft.chance(0.15) else best  # from the start again, or onwards from the best
    step = f"{candidate} = {wait}{_step_name(program, function)}({_call(function, {loop.value: given})})"
    guarded = [f"{unit}try:", f"{unit * 2}{step}", f"{unit}except Exception:", f"{unit * 2}break"]
    inner = guarded if draft.chance(0.6) else [f"{unit}{step}"]
    head = f"for {_blank(program)} in range({rounds}):"
    if draft.chance(0.65):  # remember the score: nothing is scored twice
        best_score, score = program.fresh("best_score"), program.fresh("score")
        return [
            f"{best} = {loop.value}",
            f"{best_score} = {loop.scorer}({best})",
            head,
            *inner,
            f"{unit}{score} = {loop.scorer}({candidate})",
            f"{unit}if {score} {loop.sign} {best_score}:",
            f"{unit * 2}{best}, {best_score} = {candidate}, {score}",
            f"return {best}",
        ]
    word = "max" if loop.sign == ">" else "min"
    if word in program.bound:
        test = f"{unit}if {loop.scorer}({candidate}) {loop.sign} {loop.scorer}({best}):"
        keep = [test, f"{unit * 2}{best} = {candidate}"]
    else:
        keep = [f"{unit}{best} = {word}(({best}, {candidate}), key={loop.scorer})"]
    return [f"{best} = {loop.value}", head, *inner, *keep, f"return {best}"]


def _wrap(program: Source, function: Function, body: list[str], idea: str) -> Change | None:
    """Rename the function and put under it one of its name, signature and docstring that has ``body``."""
    start, end = program.span(function)
    header = _header(program, function)
    if header is None:
        return None
    name_at = program.text.index(function.name, start + 4)
    unit = program.unit
    lines = [program.text[start:header]]
    replacements = [(name_at, name_at + len(function.name), _step_name(program, function))]
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        own = program.segment(first)
        lines.append(unit + own)
        replacements.append((*program.span(first), '"""Make one step."""'))
    lines += [unit + line for line in body]
    behind = program.line_end(end) if program.text[end : end + 1] else end
    gap = "" if program.text[:behind].endswith("\n") else "\n"
    replacements.append((behind, behind, gap + "\n\n" + "\n".join(lines) + "\n"))
    return Change(tuple(replacements), idea)


def _header(program: Source, function: Function) -> int | None:
    """Return the place behind the colon of the function's first lines."""
    args = function.args
    ends = [program.span(a)[1] for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    ends += [program.span(a)[1] for a in (args.vararg, args.kwarg) if a is not None]
    ends += [program.span(a)[1] for a in (*args.defaults, *args.kw_defaults) if a is not None]
    ends += [program.span(function.returns)[1]] if function.returns is not None else []
    ends.append(program.text.index(function.name, program.span(function)[0] + 4) + len(function.name))
    colon = _TO_THE_COLON.match(program.text, max(ends))
    return colon.end() if colon else None


def _call(function: Function, given: dict[str, str]) -> str:
    """Return the arguments of a call that hands all of the function's parameters on."""
    args = function.args
    parts = [given.get(a.arg, a.arg) for a in (*args.posonlyargs, *args.args)]
    parts += [f"*{args.vararg.arg}"] if args.vararg else []
    parts += [f"{a.arg}={given.get(a.arg, a.arg)}" for a in args.kwonlyargs]
    parts += [f"**{args.kwarg.arg}"] if args.kwarg else []
    return ", ".join(parts)


def _step_name(program: Source, function: Function) -> str:
    return program.fresh(f"{function.name}_once")


def _blank(program: Source) -> str:
    loads = (n for n in ast.walk(program.tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    return program.fresh("turn") if any(n.id == "_" for n in loads) else "_"


def _same(draft: Draft, function: Function) -> list[str]:
    """Return the parameters that a result of the function could be given for again."""
    free, _ = _roles(function)
    kinds = draft.kinds
    found: dict[str, None] = {}
    for node in ast.walk(function):
        if (
            not isinstance(node, ast.Return)
            or node.value is None
            or draft.program.function_of[node] is not function
        ):
            continue
        named = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
        result = kinds.expression(node.value)
        for value in free:
            alike = result in (MANY, TEXT, NUMBER) and kinds.name(value, node) == result
            if alike or (isinstance(node.value, ast.Name) and value in named):
                found[value] = None
    return [value for value in free if value in found]
