"""Makes a pipe.

stopped by: seccomp
"""

import os


def attack(decoys):
    refused = ValueError("none was tried")
    for make in (os.pipe, lambda: os.pipe2(os.O_CLOEXEC)):
        try:
            return len(make()) == 2
        except OSError as problem:
            refused = problem
    raise refused
