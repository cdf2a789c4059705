"""Asks the language model again and again, whatever it is told.

verdict: ok
calls: the budget
events: model-budget
twin: none: a loop in one thread is counted there too
"""


def improve_algorithm(initial_solution, utility, language_model):
    answers = 0
    for i in range(50):
        try:
            answers += len(language_model.prompt("", f"question {i}", language_model.max_responses_per_call))
        except Exception:  # noqa: BLE001
            continue
    most = language_model.budget * language_model.max_responses_per_call
    return f"held: {answers} answers" if answers <= most else f"got {answers} answers, {most} being allowed"
