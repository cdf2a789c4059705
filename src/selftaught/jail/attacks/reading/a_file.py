"""Reads a file of the user's.

stopped by: landlock, root
canary: quick
"""


def attack(decoys):
    return open(decoys["secret"]).read() == decoys["words"]
