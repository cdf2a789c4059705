"""Hands back a program that carries several programs within it, and falls back on the next where one raises."""

import ast

from helpers import extract_code

FRAME = '''\
import copy

_SOURCES = {sources!r}
_SPACES = []
for _source in _SOURCES:
    _space = {{"__name__": "member"}}
    try:
        exec(_source, _space)
    except Exception:
        continue
    _SPACES.append(_space)


def _first_that_works(name):
    def call(*args, **kwargs):
        error = NameError(name)
        for space in _SPACES:
            if name not in space:
                continue
            try:
                return space[name](*copy.deepcopy(args), **copy.deepcopy(kwargs))
            except Exception as exc:
                error = exc
        raise error

    return call


for _name in {names!r}:
    globals()[_name] = _first_that_works(_name)
'''


def public_functions(source):
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return []
    return [n.name for n in body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]


def bundle(sources, original):
    return FRAME.format(sources=list(sources), names=public_functions(original))


def improve_algorithm(initial_solution, utility, language_model):
    message = (
        "```python\n" + initial_solution + "\n```\n\n" + utility.str + "\n\n"
        "Write a version of this program with a higher score. Keep the names and parameters of its functions."
    )
    n = max(1, min(language_model.max_responses_per_call, utility.budget - 2))
    answers = language_model.prompt("You write robust programs.", message, n_responses=n, temperature=0.8)
    members = [code for code in extract_code(answers) if code] + [initial_solution]
    scores = utility.many(members)
    order = sorted(range(len(members)), key=lambda i: scores[i], reverse=True)
    together = bundle([members[i] for i in order[:4]], initial_solution)
    if utility(together) >= scores[order[0]]:
        return together
    return members[order[0]]
