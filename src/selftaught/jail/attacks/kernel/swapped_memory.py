"""Has the kernel swap to a file, or stop swapping, or write an account of all that ends.

stopped by: capabilities, seccomp, root, namespaces, pid namespace
as: root
"""

import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
REFUSALS = (errno.EPERM, errno.EACCES, errno.ENOSYS)


def attack(decoys):
    nowhere = decoys["folder"].encode() + b"/no_file_of_this_name"
    for call in (
        lambda: libc.swapon(nowhere, 0),
        lambda: libc.swapoff(nowhere),
        lambda: libc.acct(nowhere),
    ):
        if call() == 0 or ctypes.get_errno() not in REFUSALS:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
