"""Changes the resource limits of another process, so that it fails later.

stopped by: seccomp, pid namespace
"""

import os
import resource


def attack(decoys):
    refused = ValueError("nobody to limit")
    for whom in ("victim", "owner", "zygote", "other"):
        if decoys[whom] in (0, os.getpid()):
            continue
        try:
            soft, hard = resource.prlimit(decoys[whom], resource.RLIMIT_CORE)
            resource.prlimit(decoys[whom], resource.RLIMIT_CORE, (0, hard))
            resource.prlimit(decoys[whom], resource.RLIMIT_CORE, (soft, hard))
            return True
        except OSError as problem:
            refused = problem
    raise refused
