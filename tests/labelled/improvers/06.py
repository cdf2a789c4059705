"""Beam search improver (beam width = number of answers per call)."""
from helpers import extract_code


def improve_algorithm(initial_solution, utility, language_model):
    beam_width = language_model.max_responses_per_call
    beam_width = min(beam_width, utility.budget - 1)

    # expand the beam
    beam = language_model.prompt(
        "You are a research scientist in optimisation.",
        "Please rewrite the following program so that it performs as well as possible.\n"
        "```python\n" + initial_solution + "\n```\n"
        "It is evaluated like this: " + utility.str + "\n"
        "Put the final program in a single code block.",
        n_responses=beam_width,
        temperature=1.0,
    )
    beam = extract_code(beam)
    beam = [node for node in beam if node]
    beam.append(initial_solution)

    # prune the beam
    beam.sort(key=utility, reverse=True)
    return beam[0]
