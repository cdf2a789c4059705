"""Makes a folder where anyone may.

stopped by: seccomp, landlock, root
"""

import contextlib
import os
import tempfile

SPELLINGS = (
    os.mkdir,
    os.makedirs,
    lambda path: os.mkdir(os.path.basename(path), dir_fd=os.open(os.path.dirname(path), os.O_PATH)),
    lambda path: os.rmdir(tempfile.mkdtemp(dir=os.path.dirname(path))),
)


def attack(decoys):
    refused = ValueError("no folder was made")
    path = os.path.join(decoys["folder"], "made")
    for spelling in SPELLINGS:
        try:
            spelling(path)
            return True
        except OSError as problem:
            refused = problem
        finally:
            with contextlib.suppress(OSError):
                os.rmdir(path)
    raise refused
