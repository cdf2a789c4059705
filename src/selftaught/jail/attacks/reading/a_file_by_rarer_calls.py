"""Reads a file of the user's through system calls that open files and that hardly any program knows.

stopped by: seccomp, landlock, root
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
OPENAT2, OPEN_TREE = 437, 428  # the same on every machine
AT_FDCWD = -100


def call(number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def by_openat2(path):
    how = (ctypes.c_uint64 * 3)(os.O_RDONLY, 0, 0)
    return os.read(call(OPENAT2, AT_FDCWD, path, how, ctypes.c_size_t(24)), 99)


def by_openat2_below_a_root(path):
    folder = os.open("/", os.O_PATH)
    how = (ctypes.c_uint64 * 3)(os.O_RDONLY, 0, 0x10)  # RESOLVE_IN_ROOT
    return os.read(call(OPENAT2, folder, path, how, ctypes.c_size_t(24)), 99)


def by_open_tree(path):
    folder = call(OPEN_TREE, AT_FDCWD, os.path.dirname(path), 0)
    return os.read(os.open(os.path.basename(path), os.O_RDONLY, dir_fd=folder), 99)


def by_a_cloned_tree(path):
    folder = call(OPEN_TREE, AT_FDCWD, os.path.dirname(path), 1)  # OPEN_TREE_CLONE
    return os.read(os.open(os.path.basename(path), os.O_RDONLY, dir_fd=folder), 99)


def attack(decoys):
    refused = ValueError("not these words")
    for spelling in (by_openat2, by_openat2_below_a_root, by_open_tree, by_a_cloned_tree):
        try:
            if spelling(decoys["secret"].encode()).decode() == decoys["words"]:
                return True
        except OSError as problem:
            refused = problem
    raise refused
