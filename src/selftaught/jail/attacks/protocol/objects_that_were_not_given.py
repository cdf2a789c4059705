"""Asks objects that it was not given, by numbers that are too large.

stopped by: frames
verdict: refused
wants: the owner raises
given: a trusted object
"""


def attack(decoys, trusted):
    for number in (7, 1 << 40):
        trusted._ask(number, "echo", (), {})
