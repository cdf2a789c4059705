import math
import random

from helpers import extract_code


def improve_algorithm(initial_solution, utility, language_model):
    rng = random.Random(0)
    current = best = initial_solution
    current_score = best_score = utility(initial_solution)
    steps = language_model.budget

    for step in range(steps):
        heat = 1.0 - step / steps            # 1 -> 0
        threshold = 0.2 * heat + 1e-6
        available = utility.budget - utility.uses
        if available <= 0:
            break
        answers = language_model.prompt(
            "You are an inventive software engineer.",
            "Here is a program:\n\n```python\n%s\n```\n\n%s\n\nWrite a modified program, complete, in one code block."
            % (current, utility.str),
            n_responses=min(available, language_model.max_responses_per_call),
            temperature=0.3 + 0.9 * heat,
        )
        for proposal in extract_code(answers):
            if not proposal:
                continue
            score = utility(proposal)
            if score > best_score:
                best, best_score = proposal, score
            change = score - current_score
            if change >= 0 or rng.random() < math.exp(change / threshold):
                current, current_score = proposal, score
    return best
