"""Sends a signal to another process: the owner of its jail, the zygote, another jail, another process of the user's.

stopped by: seccomp, landlock, pid namespace
canary: quick
"""

import os
import signal


def attack(decoys):
    refused = ValueError("nobody to signal")
    for whom in ("victim", "owner", "zygote", "other"):
        for number in (0, signal.SIGURG):  # SIGURG: ignored by all but the victim, allowed like any other
            if decoys[whom] in (0, os.getpid()):
                continue
            try:
                os.kill(decoys[whom], number)
                return True
            except OSError as problem:
                refused = problem
    raise refused
