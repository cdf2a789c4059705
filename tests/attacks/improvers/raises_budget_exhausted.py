"""Raises the error that only its budgets raise.

verdict: error
cause: BudgetExhausted: all that the run has
calls: 0
twin: none: one error more is caught there
"""

from selftaught.jail.inside import BudgetExhausted


def improve_algorithm(initial_solution, utility, language_model):
    raise BudgetExhausted("all that the run has")
