"""Opens and reads a file of the user's through an io_uring.

stopped by: limits, seccomp, landlock, root
"""

import ctypes
import mmap
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
SETUP, ENTER = 425, 426  # the same on every machine
AT_FDCWD, GETEVENTS, SQES = -100, 1, 0x10000000


class Ring:
    """An io_uring with room for one call at a time."""

    def __init__(self):
        self.parameters = ctypes.create_string_buffer(120)
        self.file = self._checked(libc.syscall(SETUP, 1, self.parameters))
        self.queues = mmap.mmap(self.file, 4096)  # both of them: every kernel since 5.4 maps them together
        self.entries = mmap.mmap(self.file, 4096, offset=SQES)

    def _checked(self, result):
        if result < 0:
            raise OSError(ctypes.get_errno() or -result, os.strerror(ctypes.get_errno() or -result))
        return result

    def call(self, number, file=-1, offset=0, address=0, length=0, flags=0):
        """Have one call carried out: its result."""
        self.entries[:64] = struct.pack("<BBHiQQII32x", number, 0, 0, file, offset, address, length, flags)
        offsets = struct.unpack("<20I", self.parameters[40:120])
        _, tail, mask, _, _, _, array = offsets[:7]
        done, _, done_mask, _, _, results = offsets[10:16]
        place = self._number(tail)
        struct.pack_into("<I", self.queues, array + 4 * (place & self._number(mask)), 0)
        struct.pack_into("<I", self.queues, tail, place + 1)
        self._checked(libc.syscall(ENTER, self.file, 1, 1, GETEVENTS, None, ctypes.c_size_t(0)))
        first = self._number(done)
        _, result, _ = struct.unpack_from(
            "<QiI", self.queues, results + 16 * (first & self._number(done_mask))
        )
        struct.pack_into("<I", self.queues, done, first + 1)
        ctypes.set_errno(0)
        return self._checked(result)

    def _number(self, where):
        return struct.unpack_from("<I", self.queues, where)[0]


OPENAT, READ = 18, 22


def attack(decoys):
    ring = Ring()
    path = ctypes.create_string_buffer(decoys["secret"].encode())
    file = ring.call(OPENAT, AT_FDCWD, address=ctypes.addressof(path), flags=os.O_RDONLY)
    words = ctypes.create_string_buffer(64)
    size = ring.call(READ, file, address=ctypes.addressof(words), length=64)
    return words.raw[:size].decode() == decoys["words"]
