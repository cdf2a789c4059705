"""Reads whatever /proc shows of the command, the warm process, another jail and others.

stopped by: landlock, root
"""

import os

FILES = (
    "auxv", "cgroup", "cmdline", "comm", "environ", "exe", "io", "limits", "loginuid", "maps", "mountinfo", "mounts",
    "net/tcp", "net/unix", "numa_maps", "oom_score", "personality", "sched", "schedstat", "smaps", "smaps_rollup",
    "stack", "stat", "statm", "status", "syscall", "timers", "uid_map", "wchan",
)  # fmt: skip
FOLDERS = ("", "cwd", "fd", "fdinfo", "map_files", "net", "ns", "root", "task")


def attack(decoys):
    refused = ValueError("no process is there")
    pids = [decoys[name] for name in ("owner", "zygote", "victim", "other")]
    for pid in (*pids, os.getppid(), 1, 2):
        for look, names in ((lambda way: open(way, "rb").read(9), FILES), (os.listdir, FOLDERS)):
            for name in names:
                try:
                    if look(f"/proc/{pid}/{name}"):
                        return True
                except OSError as problem:
                    refused = problem
    raise refused
