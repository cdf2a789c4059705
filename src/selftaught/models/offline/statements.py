"""Edits of statements: removed, doubled, moved, guarded, repeated, put under a condition, taken from elsewhere."""

from __future__ import annotations

import ast

from selftaught.models.offline.draft import Draft
from selftaught.models.offline.expressions import condition_near
from selftaught.models.offline.kinds import MANY, Kinds
from selftaught.models.offline.scope import BUILTINS, FUNCTIONS, target_names
from selftaught.models.offline.source import Change, Source, shift
from selftaught.models.offline.words import code

_SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr)
_LOOPS = (ast.For, ast.While)
_LONGEST = 30  # lines of a statement that is doubled or repeated


def remove_statement(draft: Draft) -> Change | None:
    """Take a statement out, unless it is all that its block has."""
    found = [
        s for s in _own_lines(draft) if not isinstance(s, ast.Return) and _siblings(draft.program, s) > 1
    ]
    statement = draft.choose(found, lambda s: _care(draft, s) * (1.0 if isinstance(s, _SIMPLE) else 0.4))
    if statement is None:
        return None
    start, end = _span(draft, statement)
    text = draft.program.text
    if text[:start].endswith("\n\n") and text[end : end + 1] == "\n":
        end += 1  # no two blank lines where there was one on either side
    return Change(((start, end, ""),), f"leave out {_told(draft, statement)}")


def double_statement(draft: Draft) -> Change | None:
    """Let a statement that changes something happen twice."""
    found = [s for s in _own_lines(draft) if isinstance(s, (ast.AugAssign, ast.Expr, *_LOOPS)) and _short(s)]
    statement = draft.choose(found, lambda s: _care(draft, s))
    if statement is None:
        return None
    start, end = _span(draft, statement)
    twice = _ended(draft.program.text[start:end])
    return Change(((end, end, twice),), f"let {_told(draft, statement)} happen twice")


def move_statement(draft: Draft) -> Change | None:
    """Let two statements that follow each other change places."""
    program = draft.program
    pairs = []
    for one in _own_lines(draft):
        other = _next(program, one)
        last = (ast.Return, ast.Raise, ast.Break, ast.Continue, *FUNCTIONS, ast.ClassDef)
        if other is None or isinstance(one, last) or isinstance(other, last):
            continue
        if program.lines_span(other):
            pairs.append((one, other))
    pair = draft.choose(pairs, lambda p: _care(draft, p[0]) * _care(draft, p[1]))
    if pair is None:
        return None
    (start, end), (other_start, other_end) = _span(draft, pair[0]), _span(draft, pair[1])
    first, second = _ended(program.text[start:end]), _ended(program.text[other_start:other_end])
    idea = f"do {_told(draft, pair[1])} before {_told(draft, pair[0])}"
    return Change(((start, end, second), (other_start, other_end, first)), idea)


def guard_statement(draft: Draft) -> Change | None:
    """Let the program go on where a statement raises."""
    found = [
        s
        for s in _own_lines(draft)
        if isinstance(s, (*_SIMPLE, *_LOOPS)) and _calls(s) and _in_function(draft, s)
    ]
    statement = draft.choose(found)
    if statement is None:
        return None
    program, unit = draft.program, draft.program.unit
    indent = program.indent_of(statement)
    inner = _indented(draft, statement, indent + unit)
    if inner is None:
        return None
    looping = any(isinstance(node, _LOOPS) for node in _around(program, statement))
    then = (draft.choose(("continue", "break", "pass")) if looping else None) or "pass"
    values = [
        n for n in program.flow.local_names(statement) if n not in program.definitions | program.modules
    ]
    if then == "pass" and values and draft.chance(0.3):
        then = f"return {draft.choose(values)}"
    text = f"{indent}try:\n{inner}{indent}except Exception:\n{indent}{unit}{then}\n"
    start, end = _span(draft, statement)
    return Change(((start, end, text),), f"go on ({code(then)}) where {_told(draft, statement)} fails")


def repeat_statement(draft: Draft) -> Change | None:
    """Put a statement into a loop of a few rounds."""
    found = [
        s
        for s in _own_lines(draft)
        if isinstance(s, (ast.Assign, ast.AugAssign, ast.Expr, ast.For)) and _short(s)
    ]
    found = [s for s in found if _in_function(draft, s) and _changes_itself(s)]
    statement = draft.choose(found, lambda s: _care(draft, s))
    if statement is None or "range" in draft.program.bound:
        return None
    program = draft.program
    indent = program.indent_of(statement)
    inner = _indented(draft, statement, indent + program.unit)
    if inner is None:
        return None
    rounds = draft.choose((2, 3, 4, 5, 8)) or 2
    text = f"{indent}for {_counter(program)} in range({rounds}):\n{inner}"
    return Change(((*_span(draft, statement), text),), f"do {_told(draft, statement)} {rounds} times over")


def accumulate(draft: Draft) -> Change | None:
    """Gather the list that a call gives over several rounds, where it was taken once."""
    program = draft.program
    if "range" in program.bound:
        return None
    found = [s for s in _own_lines(draft) if _in_function(draft, s) and _is_list_from_call(draft, s)]
    statement = draft.choose(found)
    if not isinstance(statement, ast.Assign):
        return None
    indent = program.indent_of(statement)
    inner = _indented(draft, statement, indent + program.unit)
    name = target_names(statement.targets[0])[0]
    if inner is None:
        return None
    rounds = draft.choose((2, 3, 4)) or 2
    inner = inner.replace("=", "+=", 1)  # the first is the assignment's own: in front of it is but a name
    text = f"{indent}{name} = []\n{indent}for {_counter(program)} in range({rounds}):\n{inner}"
    return Change(
        ((*_span(draft, statement), text),), f"gather {code(name)} over {rounds} rounds of its call"
    )


def condition_statement(draft: Draft) -> Change | None:
    """Let a statement happen only under a condition."""
    found = [
        s
        for s in _own_lines(draft)
        if isinstance(s, (ast.Assign, ast.AugAssign, ast.Expr)) and _in_function(draft, s)
    ]
    statement = draft.choose(found, lambda s: _care(draft, s))
    if statement is None or not isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr):
        return None
    program = draft.program
    condition = condition_near(draft, statement.value)
    if condition is None or not _loads_only(program, statement, condition.text):
        return None
    indent = program.indent_of(statement)
    inner = _indented(draft, statement, indent + program.unit)
    if inner is None:
        return None
    idea = f"do {_told(draft, statement)} only if {code(condition.text)}"
    return Change(((*_span(draft, statement), f"{indent}if {condition.text}:\n{inner}"),), idea)


def return_early(draft: Draft) -> Change | None:
    """Return a value that the function has so far, under a condition."""
    program = draft.program
    found = [
        s
        for s in _own_lines(draft)
        if isinstance(s, ast.Assign | ast.AugAssign | ast.Return) and _in_function(draft, s)
    ]
    statement = draft.choose([s for s in found if _returns_value(program, s)])
    if not isinstance(statement, ast.Assign | ast.AugAssign | ast.Return) or statement.value is None:
        return None
    skip = program.definitions | program.modules
    values = [name for name in program.flow.local_names(statement) if name not in skip]
    kinds = draft.kinds
    result = draft.choose(values, lambda v: 0.05 if kinds.name(v, statement) in ("called", "object") else 1.0)
    condition = condition_near(draft, statement.value)
    if result is None or condition is None or not _loads_only(program, statement, condition.text):
        return None
    indent = program.indent_of(statement)
    text = f"{indent}if {condition.text}:\n{indent}{program.unit}return {result}\n"
    start = _span(draft, statement)[0]
    return Change(((start, start, text),), f"return {code(result)} early if {code(condition.text)}")


def cross_statement(draft: Draft) -> Change | None:
    """Take a statement of another program of the prompt whose names are in scope."""
    place = draft.choose([s for s in _own_lines(draft) if _in_function(draft, s)])
    if place is None or not draft.others:
        return None
    known = frozenset(draft.program.names_at(place))
    offers = []
    for other in draft.others:
        for statement in other.statements:
            kinds = (ast.Assign, ast.AugAssign, ast.Expr, ast.If, ast.For)
            inside = isinstance(statement, kinds) and other.function_of[statement] is not None
            whole = inside and _short(statement) and other.lines_span(statement) is not None
            if whole and _free_of(statement) <= known | BUILTINS:
                offers.append((other, statement))
    offer = draft.choose(offers)
    if offer is None:
        return None
    other, statement = offer
    span = other.lines_span(statement)
    assert span is not None
    indent = draft.program.indent_of(place)
    text = shift(other, *span, other.indent_of(statement), indent)
    if text is None or not _ended(text).startswith(indent):
        return None
    start = _span(draft, place)[0]
    told = code(other.segment(statement).split("\n")[0])
    return Change(((start, start, _ended(text)),), f"take {told} from another program")


def _own_lines(draft: Draft) -> list[ast.stmt]:
    """Return the statements that may be moved about: they have their lines for themselves and define nothing."""
    skip = (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.Pass)
    program = draft.program
    return [s for s in program.statements if not isinstance(s, skip) and program.lines_span(s) is not None]


def _span(draft: Draft, statement: ast.stmt) -> tuple[int, int]:
    span = draft.program.lines_span(statement)
    assert span is not None
    return span


def _siblings(program: Source, statement: ast.stmt) -> int:
    parent, field = program.parents[statement]
    block = getattr(parent, field)
    return len(block) if isinstance(block, list) else 1


def _next(program: Source, statement: ast.stmt) -> ast.stmt | None:
    parent, field = program.parents[statement]
    block = getattr(parent, field)
    at = block.index(statement) + 1
    return block[at] if at < len(block) else None


def _care(draft: Draft, statement: ast.stmt) -> float:
    """Return how freely a statement may be moved about: within ``while`` least, for loops may never end."""
    freedom = 1.0 if draft.program.function_of[statement] is not None else 0.3
    for node in _around(draft.program, statement):
        freedom *= 0.3 if isinstance(node, ast.While) else 1.0
    return freedom


def _around(program: Source, statement: ast.stmt) -> list[ast.AST]:
    """Return what the statement is in, up to its function."""
    found: list[ast.AST] = []
    node: ast.AST = statement
    while node in program.parents:
        node = program.parents[node][0]
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            break
        found.append(node)
    return found


def _in_function(draft: Draft, statement: ast.stmt) -> bool:
    return draft.program.function_of[statement] is not None


def _short(statement: ast.stmt) -> bool:
    return (statement.end_lineno or statement.lineno) - statement.lineno < _LONGEST


def _calls(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Call) for node in ast.walk(statement))


def _changes_itself(statement: ast.stmt) -> bool:
    """Say whether doing it again may change anything: a value made from itself, a call, a loop."""
    if isinstance(statement, ast.Assign):
        return bool(_free_of(statement) & {n for target in statement.targets for n in target_names(target)})
    return True


def _returns_value(program: Source, statement: ast.stmt) -> bool:
    function = program.function_of[statement]
    if function is None:
        return False
    return any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(function))


def _is_list_from_call(draft: Draft, statement: ast.stmt) -> bool:
    """Say whether it binds a name to a call whose result is used, now or after it is bound anew, as a list."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
            own = name in {n.id for n in ast.walk(call) if isinstance(n, ast.Name)}
            builtin = isinstance(call.func, ast.Name) and call.func.id in BUILTINS
            return not own and not builtin and Kinds.of(draft.program).name(name, statement) == MANY
    return False


def _loads_only(program: Source, statement: ast.stmt, text: str) -> bool:
    """Say whether the names of a condition hold a value before ``statement``, not only inside it."""
    known = frozenset(program.flow.names(statement)) | BUILTINS
    tree = ast.parse(text, mode="eval")
    return all(node.id in known for node in ast.walk(tree) if isinstance(node, ast.Name))


def _free_of(statement: ast.stmt) -> frozenset[str]:
    """Return the names that a statement loads (those that it binds first are counted, too)."""
    nodes = ast.walk(statement)
    return frozenset(n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))


def _indented(draft: Draft, statement: ast.stmt, indent: str) -> str | None:
    text = shift(draft.program, *_span(draft, statement), draft.program.indent_of(statement), indent)
    return None if text is None else _ended(text)


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def _counter(program: Source) -> str:
    return "_" if "_" not in program.identifiers or _only_stored(program) else program.fresh("turn")


def _only_stored(program: Source) -> bool:
    nodes = ast.walk(program.tree)
    return not any(isinstance(n, ast.Name) and n.id == "_" and isinstance(n.ctx, ast.Load) for n in nodes)


def _told(draft: Draft, statement: ast.stmt) -> str:
    return code(draft.program.segment(statement).split("\n")[0])
