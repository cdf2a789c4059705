import random

from helpers import extract_code


class AnnealedArchive:
    """An annealed archive of programs with a cooling schedule.

    While it is hot, worse programs may displace better ones; as `heat` falls this becomes rare.
    """

    def __init__(self, heat=1.0, cooling=0.9):
        self.heat = heat
        self.cooling = cooling
        self.cells = {}

    @staticmethod
    def cell(source):
        return len(source) // 400, source.count("for ") + source.count("while ") > 4

    def insert(self, source, value):
        key = self.cell(source)
        if key not in self.cells or self.cells[key][0] < value:
            self.cells[key] = (value, source)

    def parent(self):
        return random.choice(list(self.cells.values()))[1]

    def winner(self):
        return max(self.cells.values(), key=lambda c: c[0])[1]


def improve_algorithm(initial_solution, utility, language_model):
    archive = AnnealedArchive()
    archive.insert(initial_solution, utility(initial_solution))
    for _ in range(language_model.budget):
        parents = [archive.parent() for _ in range(language_model.max_responses_per_call)]
        requests = [
            f"Mutate this program, in the hope of a higher score.\n\n```python\n{p}\n```\n\n{utility.str}"
            for p in parents
        ]
        offspring = extract_code(language_model.batch_prompt("You mutate programs.", requests, temperature=1.0))
        for source in filter(None, offspring):
            if utility.uses < utility.budget:
                archive.insert(source, utility(source))
    return archive.winner()
