"""Let the model itself say which of two programs is better, until one is left."""

import random

from helpers import extract_code

AUTHOR = "You are a competitive programmer."
JUDGE = "You are a strict judge of programs. You answer with a single letter."


def write_entries(program, task, language_model):
    message = f"Task:\n{task}\n\nImprove on this entry:\n```python\n{program}\n```\nGive one complete program."
    answers = language_model.prompt(
        AUTHOR, message, n_responses=language_model.max_responses_per_call, temperature=0.9
    )
    return [entry for entry in extract_code(answers) if entry]


def question(left, right, task):
    return (
        f"Two programs were handed in for this task:\n{task}\n\n"
        f"Program A:\n```python\n{left}\n```\n\n"
        f"Program B:\n```python\n{right}\n```\n\n"
        "Which will do better? Answer A or B, nothing else."
    )


def play_round(entries, task, language_model):
    pairs = list(zip(entries[::2], entries[1::2]))
    bye = entries[len(pairs) * 2 :]
    verdicts = language_model.batch_prompt(JUDGE, [question(a, b, task) for a, b in pairs], temperature=0.0)
    winners = []
    for (a, b), verdict in zip(pairs, verdicts):
        winners.append(b if verdict.strip().upper().startswith("B") else a)
    return winners + bye


def improve_algorithm(initial_solution, utility, language_model):
    entries = write_entries(initial_solution, utility.str, language_model)
    random.Random(3).shuffle(entries)
    while len(entries) > 1 and language_model.remaining:
        entries = play_round(entries, utility.str, language_model)
    finalists = [initial_solution] + entries[:1]
    return max(finalists, key=utility)
