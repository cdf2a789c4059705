"""Has the kernel carry a file's content over, from descriptor to descriptor, without reading it itself.

stopped by: seccomp, landlock, root
"""

import os


def by_sendfile(file, spare):
    end, start = os.pipe()
    os.sendfile(start, file, 0, 99)
    return os.read(end, 99)


def by_splice(file, spare):
    end, start = os.pipe()
    os.splice(file, start, 99)
    return os.read(end, 99)


def by_copy_file_range(file, spare):
    copy = os.open(spare, os.O_RDWR)
    return os.pread(copy, os.copy_file_range(file, copy, 99, 0, 0), 0)


def into_memory(file, spare):
    memory = os.memfd_create("copy")
    return os.pread(memory, os.sendfile(memory, file, 0, 99), 0)


def attack(decoys):
    refused = ValueError("not these words")
    for spelling in (by_sendfile, by_splice, by_copy_file_range, into_memory):
        try:
            file = os.open(decoys["secret"], os.O_RDONLY)
            if spelling(file, decoys["spare"]).decode() == decoys["words"]:
                return True
        except OSError as problem:
            refused = problem
    raise refused
