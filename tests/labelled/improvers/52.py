from concurrent.futures import ThreadPoolExecutor

from helpers import extract_code


def improve_algorithm(initial_solution, utility, language_model):
    """All calls at once with one and the same question, then the best of what came back."""
    question = f"""Below is a Python program.

```python
{initial_solution}
```

{utility.str}

Please write the best program you can for this. Full source in one block."""

    def one_call(_):
        return language_model.prompt(
            "You are a skilled programmer.",
            question,
            n_responses=language_model.max_responses_per_call,
            temperature=0.8,
        )

    with ThreadPoolExecutor(max_workers=language_model.budget) as executor:
        batches = list(executor.map(one_call, range(language_model.budget)))

    winner = initial_solution
    winner_score = utility(initial_solution)
    for batch in batches:
        for text in batch:
            candidate = extract_code(text)
            if not candidate:
                continue
            candidate_score = utility(candidate)
            if candidate_score > winner_score:
                winner = candidate
                winner_score = candidate_score
    return winner
