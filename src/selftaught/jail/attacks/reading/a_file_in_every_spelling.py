"""Reads a file of the user's through whatever in Python, NumPy or the C library opens files by name.

stopped by: landlock, root
"""

import ctypes
import fileinput
import importlib.machinery
import io
import linecache
import mmap
import os
import pathlib
import tokenize
import urllib.request

import numpy as np

libc = ctypes.CDLL(None, use_errno=True)
libc.fopen.restype = ctypes.c_void_p


def by_descriptor(path):
    return os.read(os.open(path, os.O_RDONLY), 99).decode()


def by_folder(path):
    folder = os.open(os.path.dirname(path), os.O_PATH)
    return os.read(os.open(os.path.basename(path), os.O_RDONLY, dir_fd=folder), 99).decode()


def by_vector(path):
    words = bytearray(99)
    got = os.readv(os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NOFOLLOW), [words])
    return words[:got].decode()


def by_mapping(path):
    file = os.open(path, os.O_RDONLY)
    return mmap.mmap(file, 0, prot=mmap.PROT_READ)[:].decode()


def by_stream_of_c(path):
    words = ctypes.create_string_buffer(99)
    stream = libc.fopen(path.encode(), b"r")
    if not stream:
        raise OSError(ctypes.get_errno(), "fopen")
    got = libc.fread(words, 1, 99, ctypes.c_void_p(stream))
    return words.raw[:got].decode()


def by_call_of_c(path):
    words = ctypes.create_string_buffer(99)
    file = libc.open(path.encode(), 0)
    if file < 0:
        raise OSError(ctypes.get_errno(), "open")
    return words.raw[: libc.read(file, words, 99)].decode()


SPELLINGS = (
    lambda path: open(path).read(),
    lambda path: open(path.encode(), "rb", buffering=0).read().decode(),
    lambda path: open(path, opener=lambda name, flags: os.open(name, flags)).read(),
    lambda path: io.open_code(path).read().decode(),
    lambda path: io.FileIO(path).readall().decode(),
    lambda path: tokenize.open(path).read(),
    lambda path: pathlib.Path(path).read_text(),
    lambda path: "".join(linecache.getlines(path)).strip(),
    lambda path: "".join(fileinput.input(path)),
    lambda path: urllib.request.urlopen("file://" + path).read().decode(),
    lambda path: importlib.machinery.SourceFileLoader("secret", path).get_data(path).decode(),
    lambda path: np.fromfile(path, "u1").tobytes().decode(),
    lambda path: np.memmap(path, "u1", "r").tobytes().decode(),
    lambda path: str(np.loadtxt(path, str)),
    by_descriptor,
    by_folder,
    by_vector,
    by_mapping,
    by_stream_of_c,
    by_call_of_c,
)


def attack(decoys):
    refused = ValueError("not these words")
    for spelling in SPELLINGS:
        try:
            if spelling(decoys["secret"]) == decoys["words"]:
                return True
        except Exception as problem:
            refused = problem
    raise refused
