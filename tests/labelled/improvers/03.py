"""Simulated annealing over programs.

The temperature T starts at 1 and is cooled by 15 % after each call. At a high temperature the
search also takes worse programs, so that it can leave local optima; as T falls it freezes.
"""

from helpers import extract_code

T_START = 1.0
COOLING = 0.85


def metropolis(old, new, T):
    """Metropolis criterion: is the new program accepted at temperature T?"""
    delta = new - old
    return delta > 0


def neighbours(program, language_model, task, n):
    message = f"""Change the program below so that it does better at its task.

{task}

```python
{program}
```

Return the full changed program as one ```python block."""
    answers = language_model.prompt("You are a senior algorithm engineer.", message, n_responses=n, temperature=0.7)
    return filter(None, extract_code(answers))


def improve_algorithm(initial_solution, utility, language_model):
    T = T_START
    state = initial_solution
    energy = utility(state)
    while language_model.remaining > 0 and utility.remaining > 0:
        n = min(language_model.max_responses_per_call, utility.remaining)
        for neighbour in neighbours(state, language_model, utility.str, n):
            e = utility(neighbour)
            if metropolis(energy, e, T):
                state, energy = neighbour, e
        T *= COOLING  # the system cools down
    return state
