"""Becomes another user, or a member of other groups.

stopped by: capabilities, seccomp, root, namespaces, pid namespace
as: root
"""

import os


def attack(decoys):
    refused = ValueError("nothing was tried")
    for become in (
        lambda: os.setgroups([12]),
        lambda: os.setresgid(12, 12, 12),
        lambda: os.setresuid(12, 12, 0),
        lambda: os.seteuid(12),
        lambda: os.setuid(12),
    ):
        try:
            become()
            return True
        except OSError as problem:
            refused = problem
    raise refused
