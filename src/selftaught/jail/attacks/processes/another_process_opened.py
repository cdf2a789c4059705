"""Opens another process, to wait for it, to signal it, or to be told what it is.

stopped by: seccomp, pid namespace
"""

import os


def attack(decoys):
    refused = ValueError("nobody to open")
    for whom in ("victim", "owner", "zygote", "other"):
        if decoys[whom] in (0, os.getpid()):
            continue
        try:
            return os.pidfd_open(decoys[whom]) >= 0
        except OSError as problem:
            refused = problem
    raise refused
