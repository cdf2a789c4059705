"""Fills the disk, and what memory lies behind folders: with large files, wherever it may write, by several calls.

stopped by: limits, landlock, root
"""

import contextlib
import os

FOLDERS = ("/dev/shm", "/tmp", "/var/tmp", "/run", "/run/user", "/", ".")
SIZE = 8 << 20


def write(file):
    for _ in range(8):
        os.write(file, b"x" * (SIZE // 8))


SPELLINGS = (
    write,
    lambda file: os.pwrite(file, b"x", SIZE - 1),
    lambda file: os.posix_fallocate(file, 0, SIZE),
    lambda file: os.truncate(file, SIZE),
)


def attack(decoys):
    refused = ValueError("no folder was tried")
    for folder in (decoys["folder"], os.path.expanduser("~"), *FOLDERS):
        for number, spelling in enumerate(SPELLINGS):
            path = os.path.join(folder, f"large-{number}")
            try:
                file = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
                spelling(file)
                return os.fstat(file).st_size == SIZE
            except OSError as problem:
                refused = problem
            finally:
                with contextlib.suppress(OSError):
                    os.unlink(path)
    raise refused
