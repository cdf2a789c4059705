"""Takes more memory than its limit as the stack of a thread.

stopped by: limits
limits: memory_mb=64
"""

import ctypes
import threading

SIZE = 192 << 20
libc = ctypes.CDLL(None)
libc.pthread_self.restype = ctypes.c_void_p


def fill(found):
    attributes = ctypes.create_string_buffer(256)
    start, size = ctypes.c_void_p(), ctypes.c_size_t()
    libc.pthread_getattr_np(ctypes.c_void_p(libc.pthread_self()), attributes)
    libc.pthread_attr_getstack(attributes, ctypes.byref(start), ctypes.byref(size))
    ctypes.memset(start.value + (1 << 20), 120, SIZE - (4 << 20))  # all but what this thread stands on
    found.append(size.value)


def attack(decoys):
    threading.stack_size(SIZE)
    found = []
    thread = threading.Thread(target=fill, args=(found,))
    thread.start()
    thread.join()
    return found == [SIZE]
