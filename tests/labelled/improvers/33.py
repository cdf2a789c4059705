from helpers import extract_code

K = 3
STALE_LIMIT = 1


def question(program, utility):
    return "\n\n".join(
        [
            "Improve the program below. Return all of it in a Python code block.",
            f"```python\n{program}\n```",
            "Result of its last evaluation: " + utility.why(program),
            "Evaluation rules:\n" + utility.str,
        ]
    )


def improve_algorithm(initial_solution, utility, language_model):
    start = (utility(initial_solution), initial_solution)
    champion = start
    frontier = [start]
    stale = 0
    while language_model.remaining > 0 and utility.remaining > 0:
        slots = min(language_model.max_responses_per_call, utility.remaining)
        # every member of the frontier gets its share of the call
        messages = [question(frontier[i % len(frontier)][1], utility) for i in range(slots)]
        answers = language_model.batch_prompt("You optimise programs.", messages, temperature=0.8)
        programs = [p for p in extract_code(answers) if p]
        children = list(zip(utility.many(programs), programs)) if programs else []
        frontier = sorted(frontier + children, key=lambda pair: pair[0], reverse=True)[:K]
        if frontier[0][0] > champion[0]:
            champion = frontier[0]
            stale = 0
        else:
            stale += 1
        if stale > STALE_LIMIT:
            # nothing new for too long: throw the frontier away, begin again at the given program
            frontier = [start]
            stale = 0
    return champion[1]
