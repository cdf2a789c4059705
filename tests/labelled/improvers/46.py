from helpers import extract_code


def clamp(x, lo, hi):
    return lo if x < lo else hi if x > hi else x


def improve_algorithm(initial_solution, utility, language_model):
    """Climb. The longer nothing is found, the hotter the sampling; in the end go back to where we came from."""
    origin = initial_solution
    origin_score = utility(origin)
    peaks = [(origin_score, origin)]
    current, current_score = origin, origin_score
    misses = 0
    calls_made = 0

    while calls_made < language_model.budget:
        temperature = clamp(0.4 + 0.3 * misses, 0.0, 1.4)
        prompt = "\n".join(
            [
                "Task:",
                utility.str,
                "",
                "Current program:",
                "```python",
                current,
                "```",
                "",
                "Write a stronger program for the task, starting from the current one. Complete code only.",
            ]
        )
        answers = language_model.prompt(
            "You are an algorithm designer.",
            prompt,
            n_responses=language_model.max_responses_per_call,
            temperature=temperature,
        )
        calls_made += 1

        improved = False
        for program in extract_code(answers):
            if not program:
                continue
            score = utility(program)
            if score > current_score:
                current, current_score = program, score
                improved = True

        if improved:
            misses = 0
            peaks.append((current_score, current))
        else:
            misses += 1
            if misses == 2:
                current, current_score, misses = origin, origin_score, 0

    return max(peaks, key=lambda peak: peak[0])[1]
