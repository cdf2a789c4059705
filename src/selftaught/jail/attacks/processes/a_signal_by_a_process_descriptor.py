"""Opens another process and signals it by the descriptor, which no reuse of its number can lead astray.

stopped by: seccomp, landlock, pid namespace
"""

import os
import signal


def attack(decoys):
    refused = ValueError("nobody to signal")
    for whom in ("victim", "owner", "zygote", "other"):
        if decoys[whom] in (0, os.getpid()):
            continue
        try:
            signal.pidfd_send_signal(os.pidfd_open(decoys[whom]), signal.SIGURG)
            return True
        except OSError as problem:
            refused = problem
    raise refused
