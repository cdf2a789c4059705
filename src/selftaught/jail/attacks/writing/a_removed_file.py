"""Removes a file of the user's.

stopped by: seccomp, landlock, root
"""

import os
import pathlib

SPELLINGS = (
    os.unlink,
    os.remove,
    lambda path: pathlib.Path(path).unlink(),
    lambda path: os.unlink(os.path.basename(path), dir_fd=os.open(os.path.dirname(path), os.O_PATH)),
)


def attack(decoys):
    refused = ValueError("it is still there")
    spare = decoys["spare"]
    for spelling in SPELLINGS:
        try:
            spelling(spare)
            os.close(os.open(spare, os.O_CREAT | os.O_EXCL, 0o666))  # for who comes next
            return True
        except OSError as problem:
            refused = problem
    raise refused
