"""Starts a program by the shell: os.system, os.popen, a terminal of its own, and the C library's calls.

stopped by: seccomp, landlock, root
"""

import ctypes
import os
import pty
import subprocess

libc = ctypes.CDLL(None)


def by_popen():
    with os.popen("exit 3") as pipe:
        pipe.read()
    return True


def in_a_terminal():
    return os.waitstatus_to_exitcode(pty.spawn(["/bin/sh", "-c", "exit 3"], lambda _: b"")) == 3


def attack(decoys):
    refused = PermissionError("the shell was not started")
    for start in (
        lambda: os.waitstatus_to_exitcode(os.system("exit 3")) == 3,
        lambda: libc.system(b"exit 3") == 3 << 8,
        lambda: subprocess.getstatusoutput("exit 3")[0] == 3,
        by_popen,
        in_a_terminal,
    ):
        try:
            if start():
                return True
        except (OSError, ValueError) as problem:
            refused = problem
    raise refused
