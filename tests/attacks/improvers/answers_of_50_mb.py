"""Has the model answer with 50 MB.

verdict: ok
model: 50 MB
budget: calls=1 samples=2
calls: the budget
says: held: [1048576, 1048576] of 52,428,800
twin: none: an answer of any size is in the same memory there
"""


def improve_algorithm(initial_solution, utility, language_model):
    lengths = []
    while language_model.remaining:
        lengths = [len(answer) for answer in language_model.prompt("", f"{language_model.remaining}", 2)]
    words = language_model.outcomes[0]
    return f"held: {lengths} of {words.split()[2]}: {words}"
