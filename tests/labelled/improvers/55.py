import math

from helpers import extract_code


class UCBSelector:
    """Upper confidence bounds over the prompts: the most promising one is played."""

    def __init__(self, arms):
        self.arms = arms
        self.pulls = [0] * len(arms)
        self.reward = [0.0] * len(arms)
        self.t = 0

    def bound(self, i):
        if not self.pulls[i]:
            return math.inf
        mean = self.reward[i] / self.pulls[i]
        return mean + math.sqrt(2 * math.log(self.t + 1) / self.pulls[i])

    def select(self):
        i = self.t % len(self.arms)
        self.t += 1
        return i

    def update(self, i, reward):
        self.pulls[i] += 1
        self.reward[i] += reward


INSTRUCTIONS = [
    "Find a fundamentally different algorithm.",
    "Tune all constants and thresholds.",
    "Make it robust against every kind of input.",
    "Reduce the running time.",
    "Combine a quick construction with a thorough improvement phase.",
]


def improve_algorithm(initial_solution, utility, language_model):
    selector = UCBSelector(INSTRUCTIONS)
    found = [(utility(initial_solution), initial_solution)]
    for _ in range(language_model.budget):
        chosen = [selector.select() for _ in range(language_model.max_responses_per_call)]
        messages = [
            f"{INSTRUCTIONS[i]}\n\n```python\n{initial_solution}\n```\n\n{utility.str}\n\nGive the complete program."
            for i in chosen
        ]
        for i, answer in zip(chosen, language_model.batch_prompt("You are a bold programmer.", messages)):
            code = extract_code(answer)
            if code:
                value = utility(code)
                selector.update(i, value)
                found.append((value, code))
    return max(found, key=lambda pair: pair[0])[1]
