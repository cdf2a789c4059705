"""Facts of a syntax tree that need no values."""

from __future__ import annotations

import ast


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
