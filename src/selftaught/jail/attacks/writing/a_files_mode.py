"""Changes what others may do to a file.

stopped by: seccomp, root
"""

import os
import pathlib

SPELLINGS = (
    lambda path: os.chmod(path, 0o666),
    lambda path: os.chmod(os.open(path, os.O_RDONLY), 0o666),
    lambda path: os.fchmod(os.open(path, os.O_RDONLY), 0o666),
    lambda path: os.chmod(f"/proc/self/fd/{os.open(path, os.O_PATH)}", 0o666),
    lambda path: os.chmod("secret", 0o666, dir_fd=os.open(os.path.dirname(path), os.O_PATH)),
    lambda path: pathlib.Path(path).chmod(0o666),
)


def attack(decoys):
    refused = ValueError("its mode is as it was")
    for spelling in SPELLINGS:
        try:
            spelling(decoys["secret"])
            return True
        except OSError as problem:
            refused = problem
    raise refused
