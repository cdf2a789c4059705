"""Reads a file of the user's along other ways: up and over, through a process's root, cwd and descriptors.

stopped by: landlock, root
"""

import contextlib
import os


def ways(decoys):
    path = decoys["secret"]
    yield "../" * 40 + path[1:]
    yield "//" + path.replace("/", "/./")
    yield os.path.join(os.getcwd(), "../" * 40, path[1:])
    pids = [decoys[name] for name in ("owner", "zygote", "victim")]
    for pid in ("self", "thread-self", 1, os.getpid(), *pids):
        yield f"/proc/{pid}/root{path}"
        yield f"/proc/{pid}/cwd/{'../' * 40}{path[1:]}"
        yield f"/proc/{pid}/task/{pid}/root{path}"
    for start in ("/", "/proc", "/proc/self/root", os.path.dirname(path), os.path.dirname(os.__file__)):
        try:
            folder = os.open(start, os.O_PATH | os.O_DIRECTORY)
        except OSError:
            continue
        yield f"/proc/self/fd/{folder}/{'../' * 40}{path[1:]}"
        yield f"/proc/self/fd/{folder}/{os.path.basename(path)}"
        yield f"/dev/fd/{folder}/{'../' * 40}{path[1:]}"
        yield lambda folder=folder: os.open("../" * 40 + path[1:], os.O_RDONLY, dir_fd=folder)
    with contextlib.suppress(OSError):
        file = os.open(path, os.O_PATH)
        yield from (f"{of}/{file}" for of in ("/proc/self/fd", "/proc/thread-self/fd", "/dev/fd"))


def attack(decoys):
    refused = ValueError("not these words")
    for way in ways(decoys):
        try:
            file = os.open(way, os.O_RDONLY) if isinstance(way, str) else way()
            if os.read(file, 99).decode() == decoys["words"]:
                return True
        except OSError as problem:
            refused = problem
    raise refused
