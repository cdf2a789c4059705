"""Leaves the session or the process group that it was put in, so that what is sent there does not reach it.

stopped by: seccomp
"""

import os


def attack(decoys):
    refused = ValueError("nothing was tried")
    for leave in (lambda: os.setpgid(0, 0), os.setsid):
        try:
            leave()
            return True
        except OSError as problem:
            refused = problem
    raise refused
