"""Asks for the number of the process it was forked from.

stopped by: pid namespace
"""

import os


def attack(decoys):
    if os.getppid() == 0:
        raise ProcessLookupError("it has no parent")
    return os.getppid() == decoys["zygote"]
