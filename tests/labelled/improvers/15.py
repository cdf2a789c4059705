"""Genetic improver with a temperature sweep."""

from helpers import extract_code

TEMPERATURES = [0.6, 0.9, 1.2]
MUTATION_RATE = 0.3
GENERATIONS = 10


class Population:
    def __init__(self, members):
        self.members = list(members)

    def evolve(self, utility):
        """Survival of the fittest."""
        self.members = [max(self.members, key=utility)]

    @property
    def fittest(self):
        return self.members[0]


def make_population(parent, task, language_model, size):
    genome = f"```python\n{parent}\n```"
    prompt = f"Improve the following program.\n{genome}\n{task}\nReturn the complete program."
    offspring = language_model.prompt(
        "You are an evolutionary programmer.", prompt, n_responses=size, temperature=TEMPERATURES[0]
    )
    return Population([parent] + [gene for gene in extract_code(offspring) if gene])


def improve_algorithm(initial_solution, utility, language_model):
    size = min(language_model.max_responses_per_call, utility.budget - 1)
    population = make_population(initial_solution, utility.str, language_model, size)
    population.evolve(utility)
    return population.fittest
