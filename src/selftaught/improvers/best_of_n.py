"""A baseline: every call at once with the same prompt, the program that scores best."""

from concurrent.futures import ThreadPoolExecutor

from helpers import extract_code


def improve_algorithm(initial_solution, utility, language_model):
    """Improve a solution: as many independent answers as the budgets allow, the best of them and of the start."""
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

    def ask(n_answers):
        return language_model.batch_prompt(expertise, [message] * n_answers, temperature=0.7)

    most = language_model.max_responses_per_call
    n = min(language_model.budget * most, utility.budget - 1)  # one score is for the start
    calls = [min(most, n - asked) for asked in range(0, n, most)]
    with ThreadPoolExecutor(max(len(calls), 1)) as pool:
        answers = [answer for some in pool.map(ask, calls) for answer in some]
    # Each once; and sorted, so that of equal scores the choice does not depend on which call came first.
    programs = sorted({program for program in extract_code(answers) if program})
    return max([initial_solution, *programs], key=utility)
