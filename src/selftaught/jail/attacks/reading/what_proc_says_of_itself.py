"""Reads what /proc shows of the program's own process: its map, memory, program, mounts and descriptors.

stopped by: landlock, root
"""

import os

FILES = (
    "auxv", "cgroup", "cmdline", "environ", "exe", "io", "limits", "maps", "mem", "mountinfo", "net/tcp", "pagemap",
    "smaps", "stack", "stat", "status", "syscall", "uid_map", "wchan",
)  # fmt: skip
FOLDERS = ("", "cwd", "fd", "fdinfo", "map_files", "net", "ns", "root", "task")


def attack(decoys):
    refused = ValueError("no process is there")
    for pid in ("self", "thread-self", os.getpid(), f"self/task/{os.getpid()}"):
        for look, names in ((lambda way: open(way, "rb").read(9), FILES), (os.listdir, FOLDERS)):
            for name in names:
                try:
                    if look(f"/proc/{pid}/{name}"):
                        return True
                except OSError as problem:
                    refused = problem
    raise refused
