"""Puts a program in its own place, by every call that does so, which then answers through the wire.

stopped by: seccomp, landlock, root
canary: yes
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
EXECVE, EXECVEAT = {"x86_64": (59, 322), "aarch64": (221, 281)}[os.uname().machine]
ANSWER = r"printf '\013\000\000\000\224\246result\001\303\303' >&3"  # the first call's result: True


def attack(decoys):
    refused = ValueError("no spelling was tried")
    program = "/bin/sh"
    arguments = ["sh", "-c", ANSWER]
    pointers = (ctypes.c_char_p * 4)(*(word.encode() for word in arguments), None)
    for start in (
        lambda: os.execv(program, arguments),
        lambda: os.execve(program, arguments, {}),
        lambda: os.execvp(program, arguments),
        lambda: os.execve(os.open(program, os.O_RDONLY), arguments, {}),
        lambda: os.execve(os.open(program, os.O_PATH), arguments, {}),
        lambda: libc.execv(program.encode(), pointers),
        lambda: libc.execl(program.encode(), b"sh", b"-c", ANSWER.encode(), None),
        lambda: libc.syscall(EXECVE, program.encode(), pointers, None),
        lambda: libc.syscall(EXECVEAT, -100, program.encode(), pointers, None, 0),
    ):
        try:
            ctypes.set_errno(0)
            start()
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        except OSError as problem:
            refused = problem
    raise refused
