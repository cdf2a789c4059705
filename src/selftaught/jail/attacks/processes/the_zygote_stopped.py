"""Stops the process that jails are forked from, so that nobody buries the dead or forks anew; and lets it go again.

stopped by: seccomp, landlock, pid namespace
"""

import os
import signal


def attack(decoys):
    refused = ProcessLookupError("it has no parent")
    for parent in (os.getppid(), decoys["zygote"]):
        if parent in (0, os.getpid()):
            continue
        try:
            os.kill(parent, signal.SIGSTOP)
            os.kill(parent, signal.SIGCONT)
            return True
        except OSError as problem:
            refused = problem
    raise refused
