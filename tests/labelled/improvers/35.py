import math
import random

from helpers import extract_code


class Walk:
    """A walk from program to program that may also go downhill, ever less so."""

    def __init__(self, start, utility, language_model):
        self.utility, self.language_model = utility, language_model
        self.here = self.top = start
        self.here_score = self.top_score = utility(start)

    def propose(self):
        n = self.language_model.max_responses_per_call
        answers = self.language_model.prompt(
            "You are an expert programmer who likes to try variations.",
            "Here is a program:\n```python\n" + self.here + "\n```\nIt is judged so:\n" + self.utility.str
            + "\nGive a changed version of it, complete, in a code block.",
            n_responses=n,
            temperature=0.9,
        )
        return [code for code in extract_code(answers) if code]

    def step(self, code, heat):
        if self.utility.uses >= self.utility.budget:
            return
        score = self.utility(code)
        loss = self.here_score - score
        if loss <= 0 or random.random() < math.exp(-loss / heat):
            self.here, self.here_score = code, score
        if score > self.top_score:
            self.top, self.top_score = code, score


def improve_algorithm(initial_solution, utility, language_model):
    walk = Walk(initial_solution, utility, language_model)
    rounds = language_model.budget
    for i in range(rounds):
        heat = 0.3 * (1 - i / rounds) + 1e-6
        for code in walk.propose():
            walk.step(code, heat)
    return walk.top
