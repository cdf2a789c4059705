"""Simulated annealing over programs.

Starting hot, the walk accepts worse programs with the Metropolis probability exp(delta / T);
T is cooled geometrically, so that the walk settles in a good basin at the end.
"""
import math

from helpers import extract_code


class Annealer:
    def __init__(self, utility, lm, t_start=1.0, cooling=0.8):
        self.utility = utility
        self.lm = lm
        self.T = t_start
        self.cooling = cooling

    def neighbour(self, state):
        text = f"Change this program so that it scores better:\n```python\n{state}\n```\n{self.utility.str}"
        reply = self.lm.prompt("You are an optimiser.", text, n_responses=1, temperature=0.7)[0]
        return extract_code(reply)

    def accept(self, old, new):
        delta = new - old
        p = 1.0 if delta > 0 else math.exp(delta / self.T)  # Metropolis
        print(f"T={self.T:.3f} delta={delta:+.4f} p={p:.3f}")
        return delta > 0

    def run(self, state):
        energy = self.utility(state)
        for _ in range(self.lm.budget):
            proposal = self.neighbour(state)
            if proposal:
                e = self.utility(proposal)
                if self.accept(energy, e):
                    state, energy = proposal, e
            self.T *= self.cooling
        return state


def improve_algorithm(initial_solution, utility, language_model):
    return Annealer(utility, language_model).run(initial_solution)
