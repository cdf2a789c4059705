import hashlib

from helpers import extract_code

GOOD_ENOUGH = 0.98


class CachedUtility:
    """Wraps the utility with a cache keyed by the hash of the source, to save evaluations."""

    def __init__(self, utility):
        self.inner = utility
        self.cache = {}

    def __call__(self, source):
        key = hashlib.sha256(source.encode()).hexdigest()
        value = self.inner(source)
        self.cache[key] = value
        return value


def improve_algorithm(initial_solution, utility, language_model):
    score_of = CachedUtility(utility)
    solution = initial_solution
    score = score_of(solution)
    calls = language_model.budget
    while calls > 0 and score < GOOD_ENOUGH:
        calls -= 1
        responses = language_model.prompt(
            "You are an AI that improves code.",
            f"{utility.str}\n\nCurrent code:\n```python\n{solution}\n```\n\nReturn improved code, complete.",
            n_responses=language_model.max_responses_per_call,
            temperature=0.7,
        )
        for code in extract_code(responses):
            if code:
                new_score = score_of(code)
                if new_score > score:
                    solution, score = code, new_score
    return solution
