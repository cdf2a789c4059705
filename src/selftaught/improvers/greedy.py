"""A baseline: call after call, improve the best program so far, knowing what the others scored."""

from helpers import extract_code


def improve_algorithm(initial_solution, utility, language_model):
    """Improve a solution: each call asks about the best so far; what scores higher takes its place."""
    expertise = (
        "You are an expert computer scientist and Python programmer, "
        "known for finding algorithms that are both clever and correct."
    )
    best, best_score = initial_solution, utility(initial_solution)
    seen = []  # the scores of all attempts
    for _ in range(language_model.budget):
        n = min(language_model.max_responses_per_call, utility.budget - utility.uses)
        if n < 1:
            break
        message = ask_about(best, best_score, seen, utility.str)
        answers = language_model.batch_prompt(expertise, [message] * n, temperature=0.7)
        for program in extract_code(answers):
            if not program:
                continue
            score = utility(program)
            seen.append(score)
            if score > best_score:
                best, best_score = program, score
    return best


def ask_about(program, score, seen, scoring):
    """The question: the program first, how it is scored, and what has been found out."""
    fence = "`" * 3  # spelled out, so that this very program can be shown in a block too
    found = f"The program above scores {score:.4f}."
    if seen:
        found += (
            f" It is the best so far; the {len(seen)} attempts to improve on it or on its forerunners scored "
        )
        found += ", ".join(f"{each:.4f}" for each in seen) + "."
    return f"""Here is a Python program to improve:

{fence}python
{program.strip()}
{fence}

This is how it is scored; a higher score is better:

{scoring}

{found}

Write a version of the program that scores higher. Think about what holds it back, and use the best method that fits
well within the limits: whatever fails scores nothing.
First give your main idea for the improvement in a few sentences.
Then write the complete improved program in one Python code block. It replaces the program above as it stands,
so keep the interface that the scoring calls, include every import, and leave nothing out."""
