"""Changes how the kernel treats it, by a call that does dozens of things and is asked for a few of them.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
ASKED = (
    (29, 1),  # PR_SET_TIMERSLACK
    (41, 1),  # PR_SET_THP_DISABLE
    (33, 1, 0),  # PR_MCE_KILL
    (23, 21),  # PR_CAPBSET_READ
    (39,),  # PR_GET_NO_NEW_PRIVS
    (53, 0, 1, 0),  # PR_SET_SPECULATION_CTRL
    (0x59616D61, 2**64 - 1),  # PR_SET_PTRACER: anyone
    (0x53564D41, 0, 0, 0, 0),  # PR_SET_VMA
)


def attack(decoys):
    for numbers in ASKED:
        arguments = [ctypes.c_ulong(number) for number in (*numbers, 0, 0, 0, 0)[1:5]]
        if libc.prctl(numbers[0], *arguments) >= 0:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
