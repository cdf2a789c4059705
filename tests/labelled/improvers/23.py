from itertools import cycle, islice

from helpers import extract_code

anneal = (0.2, 0.6, 1.0, 1.4)  # simulated annealing


def improve_algorithm(initial_solution, utility, language_model):
    ask = (
        f"Program:\n```python\n{initial_solution}\n```\n{utility.str}\n"
        "Write a better one, the full text in a code block."
    )
    n = max(1, min(language_model.max_responses_per_call, utility.budget // language_model.budget))
    found = [
        code
        for t in islice(cycle(anneal), language_model.budget)
        for code in extract_code(language_model.prompt("Pythonista", ask, n, t))
        if code
    ]
    return max(found + [initial_solution], key=utility)
