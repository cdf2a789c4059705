"""The seed improver: ask once for several better versions, return the one that scores best."""

from helpers import extract_code


def improve_algorithm(initial_solution, utility, language_model):
    """Improve a solution: one batch of identical prompts, the best answer by utility."""
    expertise = (
        "You are an expert computer scientist and Python programmer, "
        "known for finding algorithms that are both clever and correct."
    )
    fence = "`" * 3  # spelled out, so that this very program can be shown in a block too
    message = f"""Here is a Python program to improve:

{fence}python
{initial_solution.strip()}
{fence}

This is how it is scored; a higher score is better:

{utility.str}

Write a version of the program that scores as high as you can make it. Think about what an ideal program would do,
and use the best method that fits well within the limits: whatever fails scores nothing.
First give your main idea for the improvement in a few sentences.
Then write the complete improved program in one Python code block. It replaces the program above as it stands,
so keep the interface that the scoring calls, include every import, and leave nothing out."""
    n_messages = min(language_model.max_responses_per_call, utility.budget)
    answers = language_model.batch_prompt(expertise, [message] * n_messages, temperature=0.7)
    new_solutions = extract_code(answers)
    return max(new_solutions, key=utility)
