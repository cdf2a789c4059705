"""Returns a list that holds a new one of its kind whenever it is read, without end.

stopped by: frames
verdict: refused|memory
wants: the owner raises
"""


class _Endless(list):
    def __len__(self):
        return 1

    def __iter__(self):
        return iter([_Endless()])

    def __reduce__(self):
        return eval, ("(lambda f: f(f))(lambda f: f(f))",)


def attack(decoys):
    return _Endless()
