"""One well-prepared question, one answer."""

from typing import Any

from helpers import extract_code

SYSTEM_MESSAGE: str = (
    "You are a world-class expert in algorithms, data structures and numerical methods. "
    "You write clean, correct and efficient Python 3 with the standard library."
)

USER_MESSAGE: str = """\
I have a Python program that works but is not good enough.

--- PROGRAM ---
```python
{program}
```

--- EVALUATION ---
{evaluation}

--- WHAT I NEED ---
A replacement with the same interface that gets a higher score in the evaluation.
Reason carefully before you write. Do not leave out any part of the program, and
do not print anything. Put the replacement in exactly one ```python code block.
"""


def improve_algorithm(initial_solution: str, utility: Any, language_model: Any) -> str:
    """Ask the model once and hand back what it wrote.

    Parameters
    ----------
    initial_solution
        Source of the program.
    utility
        Only its description is needed here.
    language_model
        Asked once.
    """
    user_message = USER_MESSAGE.format(program=initial_solution.strip(), evaluation=utility.str)
    answers = language_model.prompt(SYSTEM_MESSAGE, user_message, n_responses=1, temperature=0.2)
    replacement = extract_code(answers[0])
    if replacement is None:
        return initial_solution
    return replacement
