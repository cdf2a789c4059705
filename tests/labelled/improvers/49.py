from helpers import extract_code

PERSONAS = {
    "mathematician": "You are a mathematician. You look for structure, bounds and closed forms.",
    "hacker": "You are a competitive programmer. You know every trick that wins contests.",
    "engineer": "You are a performance engineer. You profile, vectorise and cut out waste.",
    "tester": "You are a tester. You distrust every line and make programs that never fail.",
}


def consult(who, program, utility, language_model):
    """What one of them makes of the program."""
    message = f"{utility.str}\n\n```python\n{program}\n```\n\nHow would you write it? Give the full program."
    replies = language_model.prompt(PERSONAS[who], message, n_responses=language_model.max_responses_per_call)
    return [code for code in extract_code(replies) if code]


def improve_algorithm(initial_solution, utility, language_model):
    gathered = [initial_solution]
    for who in list(PERSONAS)[: language_model.budget]:
        gathered.extend(consult(who, initial_solution, utility, language_model))
    return max(gathered, key=utility)
