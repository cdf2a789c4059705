"""3-SAT, harder: as `three_sat`, with 50 to 200 variables and 4.2 clauses a variable.

The ratio is close to where random formulas stop being satisfiable (4.27). Planted formulas of this size remain easy
for WalkSAT, which needs a few hundred flips; a plain random walk gets lost.
"""

import numpy as np

from selftaught import Score

FEWEST, MOST = 50, 200  # variables
CLAUSES = 4.2  # a variable


def instance(rng):
    variables = int(rng.integers(FEWEST, MOST + 1))
    return (planted(rng, variables, int(CLAUSES * variables)).tolist(),), None


def planted(rng, variables, clauses):
    """Clauses as an array (clauses, 3) of literals that one assignment, drawn first, satisfies."""
    assignment = rng.random(variables + 1) < 0.5
    kept = np.empty((0, 3), int)
    while len(kept) < clauses:
        drawn = rng.integers(1, variables + 1, (3 * clauses, 3))
        signs = rng.random(drawn.shape) < 0.5
        a, b, c = drawn.T
        fine = (a != b) & (b != c) & (c != a) & (assignment[drawn] == signs).any(axis=1)
        kept = np.concatenate([kept, np.where(signs, drawn, -drawn)[fine]])
    return kept[:clauses]


def score(output, inputs, hidden):
    clauses = np.array(inputs[0])
    values, fault = _vector(output, abs(clauses).max())
    if fault:
        return Score(0.0, feedback=f"a truth value for each variable is wanted, but the result {fault}")
    satisfied = ((values[abs(clauses) - 1] > 0) == (clauses > 0)).any(axis=1)
    missed = int((~satisfied).sum())
    return Score(
        float(missed == 0), raw=float(missed == 0), feedback=f"{missed} of {len(clauses)} clauses unsatisfied"
    )


def _vector(result, variables):
    """Return the values of variables 1, 2, ... as a vector, and what is wrong with them."""
    # What stands at index 0 is nobody's value. No list reaches NumPy before its entries are known to be numbers: of
    # strings it would give each the room of the longest.
    if isinstance(result, (list, tuple)) and all(
        isinstance(entry, (bool, int, float)) for entry in result[1:]
    ):
        result = np.array([0, *result[1:]] if result else [])
    if not isinstance(result, np.ndarray) or result.dtype.kind not in "biuf":
        return None, "is not an array, nor a list, of them"
    if result.ndim != 1 or len(result) <= variables:
        return None, f"has the shape {result.shape} where variable {variables} is at index {variables}"
    if not np.isfinite(result).all():
        return None, "holds something that is not finite"
    return result[1:], ""
