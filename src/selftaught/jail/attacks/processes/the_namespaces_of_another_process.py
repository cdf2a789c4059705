"""Enters the namespaces of another process, by a descriptor of that process and by its files in /proc.

stopped by: capabilities, seccomp, landlock, root, namespaces, pid namespace
as: root
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
PIDFD_OPEN = 434  # the same on every machine
KINDS = {"mnt": 0x00020000, "uts": 0x04000000, "ipc": 0x08000000, "net": 0x40000000}


def attack(decoys):
    refused = ValueError("nobody to follow")
    for whom in ("victim", "owner"):
        if decoys[whom] == os.getpid():
            continue
        process = libc.syscall(PIDFD_OPEN, decoys[whom], 0)
        for name, kind in KINDS.items():
            if process >= 0 and libc.setns(process, kind) == 0:
                return True
            try:
                file = os.open(f"/proc/{decoys[whom]}/ns/{name}", os.O_RDONLY)
                if libc.setns(file, kind) == 0:
                    return True
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            except OSError as problem:
                refused = problem
    raise refused
