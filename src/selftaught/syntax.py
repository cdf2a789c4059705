"""Programs' texts as syntax trees, within limits; and facts of a tree that need no knowledge of values.

The two interpreters over syntax trees stand on this, :mod:`selftaught.flow` and :mod:`selftaught.safety.reading`, and
the offline model, which edits programs.
"""

from __future__ import annotations

import ast
import warnings


def parsed(text: str, most_characters: int) -> ast.Module | str:
    """The tree of a program; or in words why it has none: "is no Python", for example. Raises nothing."""
    if len(text) > most_characters:
        return f"longer than {most_characters:,} characters"
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(text)
    except SyntaxError as problem:
        return f"is no Python ({problem.msg}, line {problem.lineno})"
    except (ValueError, MemoryError, RecursionError):
        return "is nothing that Python's parser takes"


def deeper_than(tree: ast.AST, most: int) -> bool:
    """Whether nodes are nested in more than so many levels; each ``elif`` is one more. Takes no recursion to say."""
    level: list[ast.AST] = [tree]
    for _ in range(most):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def generates(node: ast.AST) -> bool:
    """Whether a function is a generator."""
    queue: list[ast.AST] = (
        list(node.body)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        else [node.body]
        if isinstance(node, ast.Lambda)
        else []
    )
    while queue:
        one = queue.pop()
        if isinstance(one, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            queue.extend(ast.iter_child_nodes(one))
    return False


def fields_of(node: ast.ClassDef) -> list[str]:
    """The annotated names of a class's body."""
    return [
        one.target.id
        for one in node.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    ]


def asks_only_if_any(test: ast.expr) -> bool:
    """Whether a condition on a piece of text asks only if there is any: ``line``, ``line.strip()``."""
    return not any(
        (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and any(c.isalpha() for c in node.value)
        )
        or (
            isinstance(node, ast.Attribute)
            and node.attr not in ("strip", "rstrip", "lstrip", "isspace", "split")
        )
        for node in ast.walk(test)
    )


def catches_all(kind: ast.expr | None) -> bool:
    """Whether a handler catches what the model raises when its budget is used up."""
    if kind is None:
        return True
    names = {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(kind)
        if isinstance(node, (ast.Name, ast.Attribute))
    }
    return any(
        name in ("Exception", "BaseException", "RuntimeError")
        or "Budget" in name
        or "Exhaust" in name
        or "Limit" in name
        for name in names
    )


def last_name(node: ast.expr) -> str:
    """The last name of a path of names, of what is called or indexed too; "" if there is none."""
    while isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return last_name(node.value)
    return node.id if isinstance(node, ast.Name) else ""


def loaded(target: ast.expr) -> ast.expr:
    """A target, as what is read there."""
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    return target


def constant_index(node: ast.expr) -> int | None:
    """A constant index."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = constant_index(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return node.value
    return None


def is_number(node: ast.expr) -> bool:
    """A constant that is no text."""
    while isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and not isinstance(node.value, str)


def same_place(target: ast.Subscript, source: ast.expr) -> bool:
    """Whether what is stored is made of what stood there."""
    here = ast.dump(target.value)
    return any(
        isinstance(child, ast.Subscript) and ast.dump(child.value) == here
        for child in ast.walk(source)
        if not isinstance(child, ast.Subscript) or isinstance(child.ctx, ast.Load)
    )


def renewed(target: ast.expr, source: ast.expr) -> bool:
    """`x = 0.9 * x`, `x = max(low, x - step)`."""
    if not isinstance(target, (ast.Name, ast.Attribute)):
        return False
    here = ast.dump(target).replace("Store()", "Load()")
    children = list(ast.walk(source))
    return any(isinstance(child, ast.BinOp) for child in children) and any(
        ast.dump(child) == here for child in children if isinstance(child, type(target))
    )


def per_arm(node: ast.AST) -> bool:
    """`x[i].append(…)`, `arm.rewards.append(…)` in which i is no constant."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    base = node.func.value
    return isinstance(base, ast.Subscript) and not isinstance(base.slice, ast.Constant)
