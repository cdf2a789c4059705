from helpers import extract_code


def improve_algorithm(initial_solution, utility, language_model):
    q = f"Make this program score higher.\n\n```python\n{initial_solution}\n```\n\n{utility.str}\n\nGive the whole program in one code block."
    k = min(language_model.max_responses_per_call, utility.budget)
    xs = language_model.prompt(
        "Expert programmer.",
        q,
        n_responses=k,
        temperature=0.7,
    )
    progs = [p for p in extract_code(xs) if p]
    if not progs:
        return initial_solution
    s = utility.many(progs)
    return progs[s.index(max(s))]
