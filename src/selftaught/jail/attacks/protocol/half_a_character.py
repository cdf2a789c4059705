"""Returns half a character, which crosses, and which no file and no database takes.

stopped by: frames
verdict: ok
wants: the owner raises
"""


def attack(decoys):
    return "half \ud800 a character \udfff"
