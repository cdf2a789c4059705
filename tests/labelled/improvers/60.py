import ast
import random

from helpers import extract_code


class Nudge(ast.NodeTransformer):
    """Changes one of the numbers in a program."""

    def __init__(self, which):
        self.which = which
        self.seen = -1

    def visit_Constant(self, node):
        if type(node.value) not in (int, float):
            return node
        self.seen += 1
        if self.seen != self.which:
            return node
        factor = random.choice([0.5, 0.8, 1.25, 2.0])
        if isinstance(node.value, int):
            changed = max(0, round(node.value * factor) + random.choice([-1, 0, 1]))
        else:
            changed = node.value * factor
        return ast.copy_location(ast.Constant(changed), node)


def count_numbers(tree):
    return sum(isinstance(n, ast.Constant) and type(n.value) in (int, float) for n in ast.walk(tree))


def nudged(source):
    tree = ast.parse(source)
    numbers = count_numbers(tree)
    if numbers == 0:
        return source
    return ast.unparse(ast.fix_missing_locations(Nudge(random.randrange(numbers)).visit(tree)))


def improve_algorithm(initial_solution, utility, language_model):
    scores = {}

    def score(source):
        if source in scores:
            return scores[source]
        scores[source] = result = utility(source)
        return result

    message = f"Improve this program.\n```python\n{initial_solution}\n```\n{utility.str}\nFull program, please."
    n = language_model.max_responses_per_call
    answers = language_model.prompt("You are a Python expert.", message, n_responses=n)
    best = max([initial_solution] + [c for c in extract_code(answers) if c], key=score)

    # The rest of the scores goes into the numbers in it.
    for _ in range(400):
        if utility.uses >= utility.budget:
            break
        try:
            other = nudged(best)
        except (SyntaxError, ValueError, OverflowError):
            continue
        if score(other) > score(best):
            best = other
    return best
