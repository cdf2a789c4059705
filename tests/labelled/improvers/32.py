from helpers import extract_code


def improve_algorithm(initial_solution, utility, language_model):
    n = min(language_model.max_responses_per_call, utility.budget - 1)
    if n < 1:
        return initial_solution
    msg = (
        "Make this Python program score higher.\n"
        f"```python\n{initial_solution}\n```\n"
        f"Scoring:\n{utility.str}\n"
        "Answer with the whole program in one code block."
    )
    outs = language_model.prompt("You write fast, correct Python.", msg, n_responses=n)
    return max([initial_solution] + [c for c in extract_code(outs) if c], key=utility)
