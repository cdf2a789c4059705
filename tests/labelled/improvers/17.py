"""Shake the numbers in a program. The model gives the program, the shaking needs no model."""

import ast
import math
import random

from helpers import extract_code


class Shake(ast.NodeTransformer):
    def __init__(self, chosen, rng):
        self.chosen, self.rng, self.seen = chosen, rng, -1

    def visit_Constant(self, node):
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            return node
        self.seen += 1
        if self.seen != self.chosen:
            return node
        if isinstance(node.value, int):
            step = max(1, abs(node.value) // 4)
            value = node.value + self.rng.choice((-step, step))
        else:
            value = node.value * self.rng.uniform(0.6, 1.6)
        return ast.copy_location(ast.Constant(value), node)


def numbers_in(tree):
    shake = Shake(-2, random.Random())
    shake.visit(tree)
    return shake.seen + 1


def shaken(source, rng):
    tree = ast.parse(source)
    count = numbers_in(tree)
    if count == 0:
        return source
    tree = Shake(rng.randrange(count), rng).visit(tree)
    return ast.unparse(ast.fix_missing_locations(tree))


def parses(source):
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def improve_algorithm(initial_solution, utility, language_model):
    rng = random.Random(1729)
    message = f"{utility.str}\n\nImprove:\n```python\n{initial_solution}\n```\n"
    message += "Write its parameters as plain numbers, and give the program whole, in a code block."
    n = min(language_model.max_responses_per_call, max(1, utility.budget // 4))
    drafts = [c for c in extract_code(language_model.prompt("Expert in heuristics.", message, n)) if c and parses(c)]
    drafts.append(initial_solution)
    marks = [utility(draft) for draft in drafts]
    x_mark = top_mark = max(marks)
    x = top = drafts[marks.index(top_mark)]
    total = utility.remaining
    for left in range(total, 0, -1):
        y = shaken(x, rng)
        y_mark = utility(y)
        t = 0.05 * left / total
        if y_mark >= x_mark or rng.random() < math.exp((y_mark - x_mark) / t):
            x, x_mark = y, y_mark
        if y_mark > top_mark:
            top, top_mark = y, y_mark
    return top
