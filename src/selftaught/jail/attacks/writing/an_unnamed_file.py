"""Opens a file without a name in a folder, to keep what memory would not hold.

stopped by: landlock, root
canary: yes
"""

import os
import tempfile

SPELLINGS = (
    lambda folder: os.open(folder, os.O_TMPFILE | os.O_RDWR),
    lambda folder: os.open(folder, os.O_TMPFILE | os.O_WRONLY | os.O_EXCL, 0o600),
    lambda folder: os.open(".", os.O_TMPFILE | os.O_RDWR, dir_fd=os.open(folder, os.O_PATH)),
    lambda folder: tempfile.TemporaryFile(dir=folder),
)


def attack(decoys):
    refused = ValueError("no file was made")
    for place in (decoys["folder"], "/tmp", "/var/tmp", "/dev/shm", "/", ".", decoys["library"]):
        for spelling in SPELLINGS:
            try:
                spelling(place)
                return True
            except OSError as problem:
                refused = problem
    raise refused
