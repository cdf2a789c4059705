from helpers import extract_code

GOOD_ENOUGH = 0.995


def improve_algorithm(initial_solution, utility, language_model):
    ground = utility(initial_solution)

    def tries(program):
        n = min(utility.remaining, language_model.max_responses_per_call)
        message = f"{utility.str}\n\nMake this better:\n\n```python\n{program}\n```\n\nAnswer: the complete program."
        codes = [c for c in extract_code(language_model.prompt("Master of Python", message, n, 0.9)) if c]
        return list(zip(utility.many(codes), codes))

    def better(a, b):
        return b if b[0] > a[0] else a

    def climb(score, program, misses):
        here = (score, program)
        if score >= GOOD_ENOUGH:
            return here
        if not (language_model.remaining and utility.remaining):
            return here
        if misses == 2:
            return better(here, climb(ground, initial_solution, 0))
        top = here
        for attempt in tries(program):
            top = better(top, attempt)
        return climb(*top, misses + 1 if top == here else 0)

    return climb(ground, initial_solution, 0)[1]
