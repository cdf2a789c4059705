"""Returns an object that is equal to everything, so that it is the right answer; it brings its class along.

stopped by: frames
verdict: refused
wants: a value that may not cross
"""

CLASS = """type("Right", (), {
    "__eq__": lambda self, other: True, "__ne__": lambda self, other: False, "__hash__": None,
    "__float__": lambda self: 1.0, "__lt__": lambda self, other: True, "__gt__": lambda self, other: True,
})()"""


class _Right:
    def __eq__(self, other):
        return True

    def __reduce__(self):
        return eval, (CLASS,)


def attack(decoys):
    return _Right()
