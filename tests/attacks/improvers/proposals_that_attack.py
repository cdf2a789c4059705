"""Proposes improvers that attack, to a utility that runs them.

verdict: ok
task: improving
budget: calls=2 samples=2 scores=5
limits: cpu_s=0.5 wall_s=5
scores: the budget
twin: none: each of what is proposed has a file of its own here
"""

HEAD = "def improve_algorithm(initial_solution, utility, language_model):\n    "
PROPOSALS = (
    "while True:\n        try: language_model.prompt('', 'x')\n        except Exception: utility(initial_solution)",
    "import os; os._exit(0)",
    "return 'def f(x):\\n    import os; os._exit(0)'",
    "while True: pass",
    "import os; os.write(3, bytes(10**6)); return 'x'",
    "return initial_solution",
)


def improve_algorithm(initial_solution, utility, language_model):
    scores = utility.many([HEAD + body for body in PROPOSALS])
    return f"held: {scores}" if max(scores) <= 0.5 else f"got {scores}"
