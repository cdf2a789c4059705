"""Makes a file in a folder that anyone may write to.

stopped by: landlock, root
canary: quick
"""

import contextlib
import ctypes
import os
import pathlib
import tempfile

libc = ctypes.CDLL(None, use_errno=True)
libc.fopen.restype = ctypes.c_void_p


def by_c(path):
    if not libc.fopen(path.encode(), b"w"):
        raise OSError(ctypes.get_errno(), "fopen")


SPELLINGS = (
    lambda path: open(path, "w"),
    lambda path: open(path, "x"),
    lambda path: open(path, "ab", buffering=0),
    lambda path: open(path, "w+b", buffering=0),
    lambda path: os.open(path, os.O_CREAT | os.O_RDONLY),
    lambda path: os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o777),
    lambda path: os.open(
        os.path.basename(path), os.O_CREAT, dir_fd=os.open(os.path.dirname(path), os.O_PATH)
    ),
    lambda path: pathlib.Path(path).open("w"),
    lambda path: tempfile.NamedTemporaryFile(dir=os.path.dirname(path)),
    lambda path: tempfile.mkstemp(dir=os.path.dirname(path), prefix=os.path.basename(path)),
    by_c,
)


def attack(decoys):
    refused = ValueError("no file was made")
    path = os.path.join(decoys["folder"], "made")
    for spelling in SPELLINGS:
        try:
            made = spelling(path)
            if isinstance(made, tuple):
                os.unlink(made[1])
            return True
        except OSError as problem:
            refused = problem
        finally:
            with contextlib.suppress(OSError):
                os.unlink(path)
    raise refused
