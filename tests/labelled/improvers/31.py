"""Iterative improver with a temperature sweep.

The sweep goes through TEMPERATURES so that early calls explore and late calls exploit.
"""
from helpers import extract_code

TEMPERATURES = [0.7, 0.5, 0.3, 0.1]


def build_message(program, score, remark, task):
    return (
        "The following program is the best that we have.\n\n"
        f"```python\n{program}\n```\n\n"
        f"It scores {score:.4f}. What the scorer says about it: {remark}\n\n"
        f"How programs are scored:\n{task}\n\n"
        "Write a complete, better program in a single Python block."
    )


def improve_algorithm(initial_solution, utility, language_model):
    best_program = initial_solution
    best_score = utility(initial_solution)
    temperature = TEMPERATURES[0]
    for _ in range(language_model.budget):
        room = utility.budget - utility.uses
        if room <= 0:
            break
        message = build_message(best_program, best_score, utility.why(best_program), utility.str)
        answers = language_model.prompt(
            "You are a careful engineer of algorithms.",
            message,
            n_responses=min(room, language_model.max_responses_per_call),
            temperature=temperature,
        )
        for answer in answers:
            program = extract_code(answer)
            if program is None:
                continue
            score = utility(program)
            if score > best_score:
                best_program, best_score = program, score
    return best_program
