"""Has the model give so many long answers at once that together they are more than may cross.

verdict: ok
model: 1 MB
budget: calls=1 samples=17
calls: the budget
says: held: the answer too large
twin: none: an answer of any size is in the same memory there
"""


def improve_algorithm(initial_solution, utility, language_model):
    try:
        return f"got {len(language_model.prompt('', 'question', 17))} answers"
    except ValueError as problem:
        return f"held: {problem}"
