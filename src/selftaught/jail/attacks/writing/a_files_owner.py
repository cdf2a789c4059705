"""Changes whose a file is.

stopped by: seccomp, root
"""

import os
import shutil

SPELLINGS = (
    lambda path, user, group: os.chown(path, user, group),
    lambda path, user, group: os.lchown(path, user, group),
    lambda path, user, group: os.fchown(os.open(path, os.O_RDONLY), user, group),
    lambda path, user, group: os.chown(f"/proc/self/fd/{os.open(path, os.O_PATH)}", user, group),
    lambda path, user, group: shutil.chown(path, user, group),
)


def attack(decoys):
    refused = ValueError("it is whose it was")
    for spelling in SPELLINGS:
        try:
            spelling(decoys["secret"], os.getuid(), os.getgid())
            return True
        except OSError as problem:
            refused = problem
    raise refused
