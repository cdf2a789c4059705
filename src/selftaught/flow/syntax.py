"""Facts of a syntax tree that need no values."""

from __future__ import annotations

import ast


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
