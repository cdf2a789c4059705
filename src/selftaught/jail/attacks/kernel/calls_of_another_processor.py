"""Makes a socket by a 32-bit system call, whose numbers mean other calls than the filter's.

stopped by: seccomp
verdict: killed|error
canary: yes
"""

import ctypes
import mmap
import os

CODE = {
    "x86_64": bytes.fromhex(
        "53"  # push rbx
        "b867010000"  # mov eax, 359: socket, of i386
        "bb01000000"  # mov ebx, 1: AF_UNIX
        "b901000000"  # mov ecx, 1: SOCK_STREAM
        "31d2"  # xor edx, edx
        "cd80"  # int 0x80
        "5b"  # pop rbx
        "c3"  # ret
    ),
}


def attack(decoys):
    if decoys["machine"] not in CODE:
        raise OSError("this processor has no such call that a 64-bit program could make")
    memory = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(CODE[decoys["machine"]])
    call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))
    result = call()
    if result < 0:
        raise OSError(-result, os.strerror(-result))
    return True
