"""UCB1 multi-armed bandit over prompting styles.

Each style is an arm. The arm with the highest upper confidence bound is pulled next, so that styles
that have paid off are used more often, while none is forgotten.
"""

from dataclasses import dataclass
from math import log, sqrt

from helpers import extract_code


@dataclass
class Arm:
    style: str
    pulls: int = 0
    reward: float = 0.0

    def ucb(self, total):
        return self.reward / self.pulls + sqrt(2 * log(total) / self.pulls) if self.pulls else float("inf")


ARMS_TEXT = [
    "Think like a mathematician: is there a closed form or an exact method?",
    "Think like a systems programmer: what is slow, and why?",
    "Think like a beginner: what is the simplest thing that could work?",
    "Think like an opponent: on which input does this program do badly?",
]


def improve_algorithm(initial_solution, utility, language_model):
    arms = [Arm(style) for style in ARMS_TEXT]
    pool = [(utility(initial_solution), initial_solution)]

    for pull in range(language_model.budget):
        arm = arms[pull % len(arms)]  # select the arm
        message = f"{arm.style}\n\n{utility.str}\n\n```python\n{initial_solution}\n```\n\nWrite the improved program."
        n = max(1, min(language_model.max_responses_per_call, utility.budget // language_model.budget))
        for code in extract_code(language_model.prompt("You are a programmer.", message, n_responses=n)):
            if code:
                score = utility(code)
                arm.pulls += 1
                arm.reward += score
                pool.append((score, code))

    total = sum(arm.pulls for arm in arms) or 1
    for arm in arms:
        print(f"{arm.ucb(total):.3f}  {arm.style}")
    return max(pool, key=lambda entry: entry[0])[1]
