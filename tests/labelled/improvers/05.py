import math

from helpers import extract_code

ADVICE = [
    "Replace the algorithm by one with a lower complexity.",
    "Keep the algorithm but tune its constants and use all the time allowed.",
    "Look for wrong results in corner cases and repair them.",
]


def improve_algorithm(initial_solution, utility, language_model):
    plays = [0] * len(ADVICE)
    gains = [0.0] * len(ADVICE)
    champion = initial_solution
    champion_score = utility(champion)

    def index_of(arm, t):
        if plays[arm] == 0:
            return float("inf")
        mean = gains[arm] / plays[arm]
        return mean + 0.5 * math.sqrt(2 * math.log(t) / plays[arm])

    for t in range(1, language_model.budget + 1):
        arm = max(range(len(ADVICE)), key=lambda a: index_of(a, t))
        prompt = (
            f"Improve this program.\n\n```python\n{champion}\n```\n\n"
            f"{utility.str}\n\n{ADVICE[arm]}\n\nAnswer with the complete program in a code block."
        )
        n = min(language_model.max_responses_per_call, utility.budget - utility.uses)
        if n < 1:
            break
        before = champion_score
        for code in extract_code(language_model.prompt("You are an expert in Python.", prompt, n)):
            if code is None:
                continue
            score = utility(code)
            if score > champion_score:
                champion, champion_score = code, score
        plays[arm] += 1
        gains[arm] += champion_score - before
    return champion
