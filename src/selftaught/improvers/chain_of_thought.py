"""A baseline: one attempt with a chain of thought, and its program whatever its score."""

from helpers import extract_code


def improve_algorithm(initial_solution, utility, language_model):
    """Improve a solution: one answer that reasons step by step, never scored."""
    expertise = (
        "You are an expert computer scientist and Python programmer, "
        "who thinks a problem through before writing the program."
    )
    fence = "`" * 3  # spelled out, so that this very program can be shown in a block too
    message = f"""Here is a Python program to improve:

{fence}python
{initial_solution.strip()}
{fence}

This is how it is scored; a higher score is better:

{utility.str}

Let's think step by step. What does the program do, and where does it lose score? Which methods are known for this
problem, and which of them fits best within the limits? Check the method on a small case, by hand.
At the end write the complete improved program in one Python code block. It replaces the program above as it stands,
so keep the interface that the scoring calls, include every import, and leave nothing out."""
    (answer,) = language_model.prompt(expertise, message, n_responses=1, temperature=0.7)
    return extract_code(answer) or initial_solution
