from helpers import extract_code


def improve_algorithm(initial_solution, utility, language_model):
    """Hill climbing: always go on from the best program so far, and learn from the failures of earlier attempts."""
    best = initial_solution
    versions = [best]
    for attempt in range(language_model.budget):
        text = f"""Revise this program once more. Every revision should make it a little better.

```python
{best}
```

{utility.str}

Answer with the complete revised program."""
        answer = language_model.prompt("You revise programs.", text, n_responses=1, temperature=0.6)[0]
        best = extract_code(answer) or best
        versions.append(best)
    scores = utility.many(versions[: utility.budget])
    return versions[scores.index(max(scores))]
