"""Reflexion: after each trial the agent reflects on what went wrong and learns lessons for the next one."""

from helpers import extract_code


class ReflexionAgent:
    def __init__(self, utility, language_model):
        self.utility = utility
        self.language_model = language_model
        self.lessons = []

    def act(self, program):
        prompt = f"""Improve the program.

```python
{program}
```

Scoring:
{self.utility.str}

Write the whole improved program in a code block."""
        n = min(self.language_model.max_responses_per_call, self.utility.remaining)
        answers = self.language_model.prompt("You are an agent that writes programs.", prompt, n_responses=n)
        return [code for code in extract_code(answers) if code]

    def reflect(self, program, score):
        lesson = f"scored {score:.3f}: {self.utility.why(program)}"
        self.lessons.append(lesson)

    def report(self):
        print(f"{len(self.lessons)} lessons learned")
        for lesson in self.lessons:
            print(" -", lesson)


def improve_algorithm(initial_solution, utility, language_model):
    agent = ReflexionAgent(utility, language_model)
    attempts = [(utility(initial_solution), initial_solution)]
    while language_model.remaining and utility.remaining:
        for program in agent.act(initial_solution):
            score = utility(program)
            agent.reflect(program, score)
            attempts.append((score, program))
    agent.report()
    return max(attempts, key=lambda attempt: attempt[0])[1]
