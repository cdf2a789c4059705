"""The task "double": give back twice a number."""

TOML = """\
name = "double"
entry = "f"

[limits]
cpu_s = 1.0
memory_mb = 128

[splits]
search = 3
validation = 4
test = 4
"""
PROGRAM = "def f(x):\n    return x\n"
SCORE = '''\
def instance(rng):
    x = int(rng.integers(1, 1000))
    return (x,), 2 * x


def score(output, inputs, hidden):
    """1 for twice the number, less the farther from it."""
    if not isinstance(output, (int, float)):
        return 0.0
    return max(0.0, 1 - abs(output - hidden) / hidden)
'''
RIGHT = "def f(x):\n    return 2 * x\n"
NEAR = "def f(x):\n    return 1.5 * x\n"
"""Programs for the task "double": the start scores 0.5, this one 0.75, the right one 1."""
