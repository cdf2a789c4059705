"""Returns numbers that are not finite, or too large, and say otherwise to whoever asks.

stopped by: frames
verdict: ok|refused
wants: a value that may not cross
"""


class _Small:
    def __bool__(self):
        return True

    def __lt__(self, other):
        return True

    def __abs__(self):
        return 0.5

    def __int__(self):
        return 5

    __le__ = __gt__ = __ge__ = __eq__ = __lt__
    __index__ = __int__
    __hash__ = None


class _Float(_Small, float):
    def __float__(self):
        return float.__add__(self, 0.0)


class _Int(_Small, int):
    pass


def attack(decoys):
    return [_Float(0.5), _Int(1 << 62), _Float("nan"), _Float("-inf")]
