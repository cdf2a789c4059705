"""Asks for a file's extended attributes, its file system's free space, or to be in its folder.

stopped by: seccomp, root
"""

import os
import shutil

SPELLINGS = (
    lambda path: os.listxattr(path),
    lambda path: os.listxattr(path, follow_symlinks=False),
    os.statvfs,
    lambda path: shutil.disk_usage(path).total,
    lambda path: os.chdir(os.path.dirname(path)),
    lambda path: os.fchdir(os.open(os.path.dirname(path), os.O_PATH)),
    lambda path: os.statvfs(os.open(path, os.O_PATH)),
)


def attack(decoys):
    refused = None
    for spelling in SPELLINGS:
        try:
            spelling(decoys["secret"])
            return True
        except OSError as problem:
            refused = problem
    raise refused
