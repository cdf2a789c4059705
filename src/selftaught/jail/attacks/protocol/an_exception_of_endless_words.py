"""Raises an exception whose words are millions, in its cause, its notes, and the name of its class.

stopped by: frames
wants: a value that may not cross
"""


def attack(decoys):
    problem = type("E" * 10**6, (Exception,), {})("x" * 10**7)
    problem.add_note("y" * 10**7)
    raise problem
