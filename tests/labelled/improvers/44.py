import random

from helpers import extract_code

CHANCE = 0.15


def improve_algorithm(initial_solution, utility, language_model):
    history = [(initial_solution, utility(initial_solution))]

    for call in range(language_model.budget):
        if utility.remaining == 0:
            break

        # Most of the time the leader, now and then whichever.
        if random.random() < CHANCE:
            source, score = random.choice(history)
        else:
            source, score = max(history, key=lambda entry: entry[1])

        message = (
            f"Here is a program that scores {score:.3f}:\n\n"
            f"```python\n{source}\n```\n\n"
            f"Feedback from its evaluation: {utility.why(source)}\n\n"
            f"{utility.str}\n\n"
            "Please answer with a better one, complete, in one code block."
        )
        count = min(utility.remaining, language_model.max_responses_per_call)
        answers = language_model.prompt("You are a helpful optimisation expert.", message, n_responses=count)
        for program in extract_code(answers):
            if program:
                history.append((program, utility(program)))

    return max(history, key=lambda entry: entry[1])[0]
