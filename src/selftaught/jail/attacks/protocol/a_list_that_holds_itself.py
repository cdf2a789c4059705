"""Returns a list, a dict and a tuple that hold themselves.

stopped by: frames
verdict: refused
wants: a value that may not cross
"""


def attack(decoys):
    cyclic, mapping = [], {}
    both = (cyclic, mapping)
    cyclic.append(both)
    mapping["both"] = both
    return both
