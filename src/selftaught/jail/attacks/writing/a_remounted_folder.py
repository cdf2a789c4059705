"""Has a file system that it sees mounted once more, for writing.

stopped by: capabilities, seccomp
as: root
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
REMOUNT, BIND = 32, 4096
MOUNT_SETATTR = 442  # the same on every machine
# what a mount has that is not to be changed: only in a user namespace of one's own may less be asked for
KEPT = {
    os.ST_NOSUID: 2,
    os.ST_NODEV: 4,
    os.ST_NOEXEC: 8,
    os.ST_NOATIME: 1024,
    os.ST_NODIRATIME: 2048,
    4096: 1 << 21,
}


def mount_of(path):
    while not os.path.ismount(path):
        path = os.path.dirname(path)
    return path


def flags_of(path):
    try:
        return os.statvfs(path).f_flag
    except OSError:
        return 0


def remounted(path, read_only):
    flags = sum(flag for had, flag in KEPT.items() if flags_of(path) & had)
    return libc.mount(None, path.encode(), None, ctypes.c_ulong(REMOUNT | BIND | flags | read_only), None)


def by_setattr(path, read_only):
    attributes = (ctypes.c_uint64 * 4)(read_only, not read_only, 0, 0)  # MOUNT_ATTR_RDONLY: set, cleared
    return libc.syscall(ctypes.c_long(MOUNT_SETATTR), -100, path.encode(), 0, attributes, ctypes.c_size_t(32))


def attack(decoys):
    for path in (decoys["library"], os.path.dirname(os.__file__), "/"):
        for spelling in (remounted, by_setattr):
            place = mount_of(path)
            was = flags_of(place) & os.ST_RDONLY
            if spelling(place, read_only=0) == 0:
                is_now = flags_of(place) & os.ST_RDONLY
                spelling(place, read_only=was)
                return not is_now
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
