from __future__ import annotations

import random
from dataclasses import dataclass

from helpers import extract_code


@dataclass(frozen=True)
class Individual:
    code: str
    fitness: float


class Evaluator:
    """Asks the utility once for each distinct text."""

    def __init__(self, utility):
        self.utility = utility
        self.known: dict[str, float] = {}

    def __call__(self, code: str) -> Individual:
        text = code.strip()
        if text not in self.known:
            self.known[text] = self.utility(code)
        return Individual(code, self.known[text])


class Evolution:
    system = "You breed programs: you read two parents and write a child."

    def __init__(self, utility, language_model, seed: int = 11):
        self.task = utility.str
        self.lm = language_model
        self.judge = Evaluator(utility)
        self.rng = random.Random(seed)

    def first_generation(self, ancestor: str) -> list[Individual]:
        message = f"{self.task}\n\nWrite a better variant of this program:\n```python\n{ancestor}\n```"
        answers = self.lm.prompt(self.system, message, n_responses=self.lm.max_responses_per_call, temperature=0.9)
        variants = [c for c in extract_code(answers) if c]
        return [self.judge(c) for c in [ancestor, *variants]]

    def tournament(self, population: list[Individual]) -> Individual:
        rivals = [self.rng.choice(population) for _ in range(2)]
        return max(rivals, key=lambda i: i.fitness)

    def mating_message(self, mother: Individual, father: Individual) -> str:
        return (
            f"{self.task}\n\n"
            f"Parent one:\n```python\n{mother.code}\n```\n\n"
            f"Parent two:\n```python\n{father.code}\n```\n\n"
            "Write a child that inherits the strong points of both parents and differs from either. "
            "One complete program, one code block."
        )

    def next_generation(self, population: list[Individual]) -> list[Individual]:
        n = self.lm.max_responses_per_call
        messages = [self.mating_message(self.tournament(population), self.tournament(population)) for _ in range(n)]
        answers = self.lm.batch_prompt(self.system, messages, temperature=0.9)
        children = [self.judge(c) for c in extract_code(answers) if c]
        elite = max(population, key=lambda i: i.fitness)
        return [elite, *children]


def improve_algorithm(initial_solution, utility, language_model):
    evolution = Evolution(utility, language_model)
    population = evolution.first_generation(initial_solution)
    for _generation in range(1, language_model.budget):
        population = evolution.next_generation(population)
    return max(population, key=lambda i: i.fitness).code
