import heapq

from helpers import extract_code

FENCE = "`" * 3


def block(code):
    return f"{FENCE}python\n{code}\n{FENCE}"


def improve_algorithm(initial_solution, utility, language_model):
    lm, n = language_model, language_model.max_responses_per_call
    base = utility(initial_solution)

    drafts = lm.prompt(
        "You are an excellent Python programmer.",
        f"Improve this program:\n{block(initial_solution)}\nHow it is scored: {utility.str}",
        n_responses=n,
        temperature=0.9,
    )
    rated = [(base, initial_solution)] + [(utility(d), d) for d in extract_code(drafts) if d]
    if lm.budget < 2:
        return max(rated, key=lambda r: r[0])[1]

    # Now all good ideas into one program.
    top = heapq.nlargest(3, rated, key=lambda r: r[0])
    shown = "\n\n".join(f"Solution {i}:\n{block(code)}" for i, (_, code) in enumerate(top, 1))
    merged = lm.prompt(
        "You are an excellent Python programmer.",
        f"{shown}\n\nThese solve the same problem: {utility.str}\n\n"
        "Merge them into a single program that has the best ideas of all of them.",
        n_responses=n,
        temperature=0.5,
    )
    rated += [(utility(m), m) for m in extract_code(merged) if m]
    return max(rated, key=lambda r: r[0])[1]
