import random

from helpers import extract_code


def improve_algorithm(initial_solution, utility, language_model):
    base = utility(initial_solution)
    best = (base, initial_solution)
    # Beta posteriors over "an answer of this model beats the start"
    alpha = dict.fromkeys(language_model.models, 1)
    beta = dict.fromkeys(language_model.models, 1)
    text = "\n\n".join(
        (
            "Rewrite this program to score higher.",
            "```python\n" + initial_solution + "\n```",
            utility.str,
            "Give the entire program inside a code fence.",
        )
    )
    while language_model.remaining and utility.remaining:
        draws = {name: random.betavariate(alpha[name], beta[name]) for name in alpha}
        who = max(draws, key=draws.get)
        n = min(2, utility.remaining, language_model.max_responses_per_call)
        for code in extract_code(language_model.prompt("You write Python.", text, n, 0.8, model=who)):
            value = utility(code) if code else 0.0
            if value > base:
                alpha[who] += 1
            else:
                beta[who] += 1
            if value > best[0]:
                best = (value, code)
    return best[1]
