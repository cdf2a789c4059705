"""Beam search over programs."""
from helpers import extract_code

BEAM_WIDTH = 4


def expand(beam, utility, language_model):
    _, node = beam[0]
    message = f"Improve this program:\n```python\n{node}\n```\nScoring: {utility.str}\nReturn the full program."
    n = language_model.max_responses_per_call
    successors = extract_code(language_model.prompt("You are a Python expert.", message, n_responses=n))
    return [(utility(s), s) for s in successors if s]


def prune(beam):
    # keep the beam narrow
    return sorted(beam, key=lambda entry: entry[0], reverse=True)[:BEAM_WIDTH]


def improve_algorithm(initial_solution, utility, language_model):
    beam = [(utility(initial_solution), initial_solution)]
    for depth in range(language_model.budget):
        beam = prune(beam + expand(beam, utility, language_model))
    return beam[0][1]
