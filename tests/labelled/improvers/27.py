import random
from typing import Dict, List

from helpers import extract_code


class ProgramSearch:
    """Search with a handful of programs at a time.

    The handful is filled slot by slot. Nine slots in ten get the best program that is left; the tenth a program
    drawn at random.
    """

    def __init__(self, utility, language_model, slots: int = 3, chance: float = 0.1):
        self._utility = utility
        self._lm = language_model
        self._slots = slots
        self._chance = chance
        self._rng = random.Random(99)
        self._scores: Dict[str, float] = {}

    def score(self, code: str) -> float:
        try:
            return self._scores[code]
        except KeyError:
            value = self._scores[code] = self._utility(code)
            return value

    def fill_slots(self, candidates: List[str]) -> List[str]:
        left = list(candidates)
        chosen = []
        while left and len(chosen) < self._slots:
            if self._rng.random() < self._chance:
                taken = self._rng.choice(left)
            else:
                taken = max(left, key=self.score)
            left.remove(taken)
            chosen.append(taken)
        return chosen

    def successors(self, handful: List[str]) -> List[str]:
        capacity = self._lm.max_responses_per_call
        messages = []
        while len(messages) + len(handful) <= max(capacity, len(handful)):
            messages += [self._message(code) for code in handful]
        answers = self._lm.batch_prompt("You are a software optimiser.", messages[:capacity], temperature=0.8)
        return [code for code in extract_code(answers) if code]

    def _message(self, code: str) -> str:
        return (
            "Optimise this program with respect to its score.\n\n"
            f"SCORE\n{self._utility.str}\n\nPROGRAM\n```python\n{code}\n```\n\n"
            "Output the optimised program, whole, in a fenced block."
        )

    def run(self, start: str) -> str:
        handful = [start]
        winner = start
        for _ in range(self._lm.budget):
            candidates = handful + self.successors(handful)
            winner = max([winner, *candidates], key=self.score)
            handful = self.fill_slots(candidates)
        return winner


def improve_algorithm(initial_solution, utility, language_model):
    return ProgramSearch(utility, language_model).run(initial_solution)
