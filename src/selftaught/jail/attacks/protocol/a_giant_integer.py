"""Returns an integer of 100,000 digits, and lets it be written out.

stopped by: frames
verdict: refused
wants: a value that may not cross
"""

import sys


def attack(decoys):
    sys.set_int_max_str_digits(0)
    return 1 << 332_000
