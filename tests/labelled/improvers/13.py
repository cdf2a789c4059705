from helpers import extract_code

PATIENCE = 2


class Climber:
    """Climbs from a program; after two calls without a gain it goes back to the foot of the hill."""

    def __init__(self, start, utility, language_model):
        self.start = start
        self.utility = utility
        self.lm = language_model
        self.start_score = utility(start)
        self.record, self.record_score = start, self.start_score
        self.go_back()

    def go_back(self):
        self.here, self.here_score = self.start, self.start_score
        self.stuck = 0

    @property
    def question(self):
        return "\n\n".join(
            [
                "Improve this program:",
                f"```python\n{self.here}\n```",
                self.utility.str,
                f"Its score is {self.here_score:.4f}. The test bench says: {self.utility.why(self.here)}",
                "Write the full program, in one code block.",
            ]
        )

    def step(self):
        n = min(self.lm.max_responses_per_call, self.utility.remaining)
        codes = [c for c in extract_code(self.lm.prompt("You improve code.", self.question, n)) if c]
        moved = False
        for code, score in zip(codes, self.utility.many(codes)):
            if score > self.here_score:
                self.here, self.here_score = code, score
                moved = True
        if self.here_score > self.record_score:
            self.record, self.record_score = self.here, self.here_score
        self.stuck = 0 if moved else self.stuck + 1
        if self.stuck >= PATIENCE:
            self.go_back()


def improve_algorithm(initial_solution, utility, language_model):
    climber = Climber(initial_solution, utility, language_model)
    while language_model.remaining and utility.remaining:
        climber.step()
    return climber.record
