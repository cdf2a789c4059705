"""Rids itself of its limits of CPU time and memory.

stopped by: limits, seccomp
"""

import resource

NONE = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def attack(decoys):
    refused = ValueError("no limit was tried")
    for limit in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE):
        for change in (resource.setrlimit, lambda limit, wanted: resource.prlimit(0, limit, wanted)):
            try:
                change(limit, NONE)
                return True
            except (OSError, ValueError) as problem:
                refused = problem
    raise refused
