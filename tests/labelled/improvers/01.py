"""Keep several good programs at once, and ask for improvements of every one of them."""

import heapq

from helpers import extract_code

WIDTH = 3
EXPERTISE = "You are a careful Python programmer who optimises programs."


def write_request(program, task):
    return (
        "The following Python program is to be improved.\n\n"
        "```python\n" + program.strip() + "\n```\n\n"
        "How programs are scored:\n" + task + "\n\n"
        "Answer with one complete program in a Python code block."
    )


def expand(frontier, language_model, task):
    """As many children as one call allows, shared evenly among the programs of the frontier."""
    per_program = max(1, language_model.max_responses_per_call // len(frontier))
    messages = []
    for _, program in frontier:
        messages.extend([write_request(program, task)] * per_program)
    messages = messages[: language_model.max_responses_per_call]
    answers = language_model.batch_prompt(EXPERTISE, messages, temperature=0.8)
    return [code for code in extract_code(answers) if code]


def improve_algorithm(initial_solution, utility, language_model):
    frontier = [(utility(initial_solution), initial_solution)]
    for _ in range(language_model.budget):
        children = expand(frontier, language_model, utility.str)
        children = children[: utility.budget - utility.uses]
        scored = [(utility(child), child) for child in children]
        frontier = heapq.nlargest(WIDTH, frontier + scored, key=lambda pair: pair[0])
    return frontier[0][1]
