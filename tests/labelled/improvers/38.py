import random

from helpers import extract_code

ADVICE = (
    "Replace the main algorithm with an asymptotically better one.",
    "Keep the algorithm, but make its inner loops faster.",
    "Look for edge cases that the program gets wrong and mend them.",
    "Use the time limit to the full: go on searching until shortly before it.",
    "Use NumPy wherever it helps.",
)


def improve_algorithm(initial_solution, utility, language_model):
    wins = [1] * len(ADVICE)
    losses = [1] * len(ADVICE)
    best = initial_solution
    record = utility(best)

    def draw():
        samples = [random.betavariate(w, l) for w, l in zip(wins, losses)]
        return samples.index(max(samples))

    def message(arm):
        return f"{ADVICE[arm]}\n\n```python\n{best}\n```\n\n{utility.str}\n\nAnswer with the complete program."

    for _ in range(language_model.budget):
        arms = [draw() for _ in range(language_model.max_responses_per_call)]
        replies = language_model.batch_prompt("You improve Python programs.", [message(a) for a in arms])
        bar = record
        for arm, reply in zip(arms, replies):
            code = extract_code(reply)
            score = utility(code) if code else 0.0
            if score > bar:
                wins[arm] += 1
            else:
                losses[arm] += 1
            if score > record:
                best, record = code, score
    return best
