"""Returns containers that are longer than they say, or hold other things the second time they are asked.

stopped by: frames
verdict: ok|refused|error
wants: the owner raises
"""


class _List(list):
    def __len__(self):
        return 3

    def __iter__(self):
        return iter([float("nan")] * 5)

    def __getitem__(self, index):
        return [self]


class _Dict(dict):
    def __len__(self):
        return 7

    def items(self):
        return [("same", 1), ("same", [2])]


def attack(decoys):
    return [_Dict(a=1), _List([1, 2, 3, 4])]
