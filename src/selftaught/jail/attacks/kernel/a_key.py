"""Leaves a key in the kernel's keeping, where the user's other processes find it, and asks for theirs.

stopped by: seccomp
canary: yes
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
ADD_KEY, REQUEST_KEY, KEYCTL = {"x86_64": (248, 249, 250), "aarch64": (217, 218, 219)}[os.uname().machine]
PROCESS_KEYRING, SESSION_KEYRING = -2, -3
GET_KEYRING_ID, JOIN_SESSION_KEYRING, DESCRIBE = 0, 1, 6


def attack(decoys):
    for arguments in (
        (ADD_KEY, b"user", b"a word", b"for another", ctypes.c_size_t(11), PROCESS_KEYRING),
        (REQUEST_KEY, b"user", b"a word", None, PROCESS_KEYRING),
        (KEYCTL, GET_KEYRING_ID, SESSION_KEYRING, 1),
        (KEYCTL, JOIN_SESSION_KEYRING, None),
        (KEYCTL, DESCRIBE, SESSION_KEYRING, None, ctypes.c_size_t(0)),
    ):
        if libc.syscall(*arguments) >= 0:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
