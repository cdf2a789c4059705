import random
from collections import deque, namedtuple

from helpers import extract_code

Organism = namedtuple("Organism", "score source")
EXPLORE = 0.15


def pick_parent(living, rng):
    if rng.random() < EXPLORE:
        return rng.choice(living)
    return max(living, key=lambda o: o.score)


def mutation_prompt(parent, description):
    return (
        "Mutate this program: change one thing about how it works, and keep the rest.\n\n"
        f"```python\n{parent.source}\n```\n\n{description}\n\n"
        "Reply with the mutated program, complete, as a code block."
    )


def improve_algorithm(initial_solution, utility, language_model):
    """Ageing evolution: children push the oldest out, however good it is."""
    rng = random.Random(5)
    adam = Organism(utility(initial_solution), initial_solution)
    living = deque([adam], maxlen=12)
    hall_of_fame = adam
    for _ in range(language_model.budget):
        parents = [pick_parent(living, rng) for _ in range(language_model.max_responses_per_call)]
        prompts = [mutation_prompt(p, utility.str) for p in parents]
        replies = language_model.batch_prompt("You are nature.", prompts, temperature=1.0)
        for source in extract_code(replies):
            if source and utility.uses < utility.budget:
                newborn = Organism(utility(source), source)
                living.append(newborn)
                if newborn.score > hall_of_fame.score:
                    hall_of_fame = newborn
    return hall_of_fame.source
