"""Edits of what is chosen from: a list cut, turned, sorted, filtered, or given one more candidate."""

from __future__ import annotations

import ast

from selftaught.models.offline.draft import Draft
from selftaught.models.offline.kinds import MANY
from selftaught.models.offline.source import ATOM, CONDITIONAL, Change, Fragment
from selftaught.models.offline.words import code


def widen_choice(draft: Draft) -> Change | None:
    """Let what the best is chosen from hold one more candidate: a parameter or another value in scope."""
    program = draft.program
    node = draft.site(
        lambda n: (
            isinstance(n, ast.Call)
            and program.is_builtin(n.func, "max", "min", "sorted")
            and len(n.args) == 1
            and not isinstance(n.args[0], ast.Starred | ast.GeneratorExp)
        )
    )
    if not isinstance(node, ast.Call):
        return None
    function = program.function_of[node]
    called = {
        sub.func.id for sub in program.sites if isinstance(sub, ast.Call) and isinstance(sub.func, ast.Name)
    }
    asked = {
        sub.value.id
        for sub in program.sites
        if isinstance(sub, ast.Attribute) and isinstance(sub.value, ast.Name)
    }
    keys = {k.value.id for k in node.keywords if isinstance(k.value, ast.Name)}
    inside = {sub.id for sub in ast.walk(node) if isinstance(sub, ast.Name)}
    parameters = [a.arg for a in function.args.args] if function is not None else []
    usable = [v for v in draft.variables_at(node) if v not in called | asked | keys | inside]
    name = draft.choose(usable, lambda v: 4.0 if v in parameters else 1.0)
    if name is None:
        return None
    old = node.args[0]
    if isinstance(old, ast.List) and "\n" not in program.segment(old) and old.elts:
        text = f"{program.segment(old)[:-1].rstrip().rstrip(',')}, {name}]"
    else:
        text = f"[*{draft.text(old, ATOM)}, {name}]"
    idea = f"let {code(name)} be one more candidate in {code(program.segment(node))}"
    return draft.put(old, Fragment(text), idea)


def cut_or_turn(draft: Draft) -> Change | None:
    """Cut a list short, turn it round or sort it."""
    node = draft.site(lambda n: draft.kinds.at(n) == MANY and isinstance(n, ast.Name) and _is_read(draft, n))
    if node is None:
        return None
    text = draft.program.segment(node)
    number = draft.choose(("1", "2", "3", "10"))
    forms = [f"{text}[:{number}]", f"{text}[{number}:]", f"{text}[::-1]", f"{text}[:len({text}) // 2]"]
    parent = draft.program.parents[node][0]
    if isinstance(parent, ast.For | ast.comprehension):
        forms += [f"sorted({text})", f"sorted({text}, reverse=True)"]
    new = draft.choose(forms) or text
    return draft.put(node, Fragment(new), f"read {code(new)} where {code(text)} is read")


def filter_many(draft: Draft) -> Change | None:
    """Pass over what is empty or None in a list that is chosen from or looped over."""
    program = draft.program
    chosen = ("max", "min", "sorted", "sum", "enumerate")
    node = draft.site(
        lambda n: (
            isinstance(n, ast.Name | ast.Call) and draft.kinds.at(n) == MANY and _is_looped(draft, n, chosen)
        )
    )
    if node is None or not draft.roomy(node) or "\n" in program.segment(node):
        return None
    name = program.fresh("item")
    text = program.segment(node)
    test = draft.choose((name, f"{name} is not None"))
    new = f"[{name} for {name} in {draft.text(node, CONDITIONAL + 1)} if {test}]"
    return draft.put(node, Fragment(new), f"pass over what is empty in {code(text)}")


def _is_read(draft: Draft, node: ast.expr) -> bool:
    parent, field = draft.program.parents[node]
    return not isinstance(parent, ast.Attribute | ast.Subscript) and field != "func"


def _is_looped(draft: Draft, node: ast.expr, chosen: tuple[str, ...]) -> bool:
    parent, field = draft.program.parents[node]
    if isinstance(parent, ast.For | ast.comprehension) and field == "iter":
        return not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    return (
        isinstance(parent, ast.Call)
        and draft.program.is_builtin(parent.func, *chosen)
        and len(parent.args) == 1
    )
