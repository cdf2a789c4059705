"""Makes a process that borrows its memory until it ends, by the system call itself, in instructions of its own.

stopped by: seccomp
"""

import ctypes
import mmap
import os

libc = ctypes.CDLL(None, use_errno=True)
CODE = {
    "x86_64": bytes.fromhex(
        "b83a000000"  # mov eax, 58: vfork
        "0f05"
        "85c0"  # test eax, eax
        "7509"  # jnz to the end, with the child's number
        "31ff"  # xor edi, edi
        "b8e7000000"  # mov eax, 231: exit_group
        "0f05"
        "c3"
    ),
    "aarch64": b"".join(
        word.to_bytes(4, "little")
        for word in (
            0xD2882220,  # mov x0, CLONE_VM | CLONE_VFORK | SIGCHLD
            0xD2800001,  # mov x1, 0, and so on
            0xD2800002,
            0xD2800003,
            0xD2800004,
            0xD2801B88,  # mov x8, 220: clone
            0xD4000001,
            0xB5000060,  # cbnz x0, to the end, with the child's number
            0xD2800BC8,  # mov x8, 94: exit_group
            0xD4000001,
            0xD65F03C0,
        )
    ),
}[os.uname().machine]


def attack(decoys):
    memory = mmap.mmap(-1, mmap.PAGESIZE)
    memory.write(CODE)
    where = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    if (
        libc.mprotect(ctypes.c_void_p(where), ctypes.c_size_t(mmap.PAGESIZE), mmap.PROT_READ | mmap.PROT_EXEC)
        < 0
    ):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    pid = ctypes.CFUNCTYPE(ctypes.c_int)(where)()
    if pid < 0:
        raise OSError(-pid, os.strerror(-pid))
    return os.waitpid(pid, 0)[0] == pid
