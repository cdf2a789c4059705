"""Lists a folder of the user's.

stopped by: landlock, root
canary: yes
"""

import ctypes
import glob
import os
import pathlib

libc = ctypes.CDLL(None, use_errno=True)
libc.opendir.restype = libc.readdir.restype = ctypes.c_void_p


def by_c(folder):
    stream = libc.opendir(folder.encode())
    if not stream:
        raise OSError(ctypes.get_errno(), "opendir")
    while entry := libc.readdir(ctypes.c_void_p(stream)):
        yield ctypes.string_at(entry + 19).decode()  # d_name in struct dirent, on 64 bits


def by_path_descriptor(folder):
    again = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=os.open(folder, os.O_PATH))
    return os.listdir(again)


SPELLINGS = (
    os.listdir,
    lambda folder: [entry.name for entry in os.scandir(folder)],
    lambda folder: os.listdir(os.open(folder, os.O_RDONLY)),
    lambda folder: next(os.walk(folder, onerror=print))[2],
    lambda folder: next(os.fwalk(folder, onerror=print))[2],
    lambda folder: glob.glob("*", root_dir=folder),
    lambda folder: [path.name for path in pathlib.Path(folder).iterdir()],
    by_c,
    by_path_descriptor,
)


def attack(decoys):
    refused = ValueError("an empty folder")
    for spelling in SPELLINGS:
        try:
            if "secret" in spelling(decoys["folder"]):
                return True
        except Exception as problem:
            refused = problem
    raise refused
