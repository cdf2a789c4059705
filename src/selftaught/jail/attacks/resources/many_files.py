"""Uses up a disk's names: makes files by the hundred, which are empty and so within every limit of their size.

stopped by: landlock, root
"""

import contextlib
import os


def attack(decoys):
    paths = [os.path.join(decoys["folder"], f"one-of-many-{number}") for number in range(300)]
    try:
        for path in paths:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        return True
    finally:
        for path in paths:
            with contextlib.suppress(OSError):
                os.unlink(path)
