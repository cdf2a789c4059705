"""Sets its own resource limits: CPU, memory, open files, and what it may write.

stopped by: seccomp
"""

import resource


def attack(decoys):
    refused = ValueError("no limit was tried")
    for limit in (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE):
        soft, hard = resource.getrlimit(limit)
        for wanted in ((hard, hard), (soft, hard)):
            try:
                resource.setrlimit(limit, wanted)
                return True
            except (OSError, ValueError) as problem:
                refused = problem
    raise refused
