"""Shows the model an improvement of another program before it asks for one of this."""

from helpers import extract_code

BEFORE = '''\
def count_pairs(numbers, target):
    pairs = 0
    for i in range(len(numbers)):
        for j in range(i + 1, len(numbers)):
            if numbers[i] + numbers[j] == target:
                pairs += 1
    return pairs
'''

AFTER = '''\
from collections import Counter


def count_pairs(numbers, target):
    seen = Counter()
    pairs = 0
    for number in numbers:
        pairs += seen[target - number]
        seen[number] += 1
    return pairs
'''


def fenced(code):
    return f"```python\n{code.strip()}\n```"


def build(program, scoring):
    return f"""Programs are to be rewritten so that they score higher. An example of what is meant:

Scoring: how many inputs of up to 100,000 numbers are answered correctly within a second.

Program:
{fenced(BEFORE)}

Rewritten program:
{fenced(AFTER)}

Now yours.

Scoring: {scoring}

Program:
{fenced(program)}

Rewritten program:"""


def improve_algorithm(initial_solution, utility, language_model):
    how_many = min(language_model.max_responses_per_call, utility.budget - 1)
    answers = language_model.prompt(
        "You rewrite programs, and answer with nothing but a code block.",
        build(initial_solution, utility.str),
        n_responses=how_many,
        temperature=0.7,
    )
    rewritten = [code for code in extract_code(answers) if code]
    return max([initial_solution, *rewritten], key=utility)
