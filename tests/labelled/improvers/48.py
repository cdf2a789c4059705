import ast

from helpers import extract_code

# The text of the program that is handed back: it holds several sources and calls them in turn.
TEMPLATE = '''\
_SOURCES = {sources!r}
_SPACES = []
for _i, _source in enumerate(_SOURCES):
    try:
        _space = {{"__name__": "member%d" % _i}}
        exec(compile(_source, "member%d" % _i, "exec"), _space)
        _SPACES.append(_space)
    except Exception:
        pass


def _first_that_works(name):
    def call(*args, **kwargs):
        error = None
        for space in _SPACES:
            try:
                result = space[name](*args, **kwargs)
                if result is not None:
                    return result
            except Exception as e:
                error = e
        if error is not None:
            raise error

    call.__name__ = name
    return call


for _name in {names!r}:
    globals()[_name] = _first_that_works(_name)
'''


def function_names(source):
    try:
        return {n.name for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)}
    except SyntaxError:
        return set()


def improve_algorithm(initial_solution, utility, language_model):
    names = function_names(initial_solution)
    k = min(language_model.max_responses_per_call, utility.budget - 2)
    if k < 1:
        return initial_solution
    answers = language_model.prompt(
        "You are an expert in algorithms.",
        f"Improve this program.\n\n```python\n{initial_solution}\n```\n\n{utility.str}\n\nComplete program, please.",
        n_responses=k,
        temperature=1.0,
    )
    members = [initial_solution] + [a for a in extract_code(answers) if a]
    scores = utility.many(members)
    order = sorted(range(len(members)), key=scores.__getitem__, reverse=True)
    best = members[order[0]]
    shared = names.copy()
    for i in order[:3]:
        shared &= function_names(members[i])
    if not shared:
        return best
    portfolio = TEMPLATE.format(sources=[members[i] for i in order[:3]], names=sorted(shared))
    return portfolio if utility(portfolio) >= scores[order[0]] else best
