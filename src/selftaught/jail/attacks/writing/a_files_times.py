"""Changes when a file seems to have been read and changed.

stopped by: seccomp, root
"""

import os
import pathlib
import shutil
import time

SPELLINGS = (
    lambda path: os.utime(path, (time.time(), time.time())),
    lambda path: os.utime(path, ns=(time.time_ns(), time.time_ns()), follow_symlinks=False),
    lambda path: os.utime(os.open(path, os.O_RDONLY), (time.time(), time.time())),
    lambda path: os.utime(
        "secret", (time.time(), time.time()), dir_fd=os.open(os.path.dirname(path), os.O_PATH)
    ),
    lambda path: pathlib.Path(path).touch(),
    lambda path: shutil.copystat(os.__file__, path),
)


def attack(decoys):
    refused = ValueError("its times are as they were")
    for spelling in SPELLINGS:
        try:
            before = os.stat(decoys["secret"]).st_mtime_ns
            spelling(decoys["secret"])
            if os.stat(decoys["secret"]).st_mtime_ns != before:
                return True
        except OSError as problem:
            refused = problem
    raise refused
