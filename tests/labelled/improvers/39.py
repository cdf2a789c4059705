from helpers import extract_code

SYSTEM_MESSAGE = """You are a senior software engineer. You are known for programs that are correct, that keep to
their limits, and that score highly in competitions."""

USER_MESSAGE = """I have this program:

```python
{program}
```

The rules of the competition are these:

{rules}

Let's think step by step about how it could be made better. At the very end, give me the complete new program in
one Python code block. Do not leave anything out, and do not change the names that the rules ask for."""


def improve_algorithm(initial_solution, utility, language_model):
    """Ask once for one answer; take it if it is better than what we had."""
    user_message = USER_MESSAGE.format(program=initial_solution, rules=utility.str)
    responses = language_model.prompt(SYSTEM_MESSAGE, user_message, n_responses=1, temperature=0.2)
    improved_solution = extract_code(responses[0])
    if improved_solution is None:
        return initial_solution
    if utility(improved_solution) > utility(initial_solution):
        return improved_solution
    return initial_solution
