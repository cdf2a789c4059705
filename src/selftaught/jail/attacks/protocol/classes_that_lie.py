"""Returns an object that says it is of a class that it is not, to whoever asks by isinstance.

stopped by: frames
verdict: refused
wants: the owner raises
"""


class _Liar:
    def __init__(self, kind):
        self.kind = kind

    __class__ = property(lambda self: self.kind)

    def __reduce__(self):
        return eval, (f"1 / 0 if {self.kind.__name__} else 0",)

    def __len__(self):
        return 1

    def __iter__(self):
        return iter([1])

    def __float__(self):
        return 0.5

    def __int__(self):
        return 5

    def __str__(self):
        return "\ud800"


def attack(decoys):
    return [_Liar(kind) for kind in (float, int, list, tuple, bytes, bool, dict, str)]
