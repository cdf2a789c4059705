"""Opens a file for reading, or as a mere path, and then once more through /proc for writing.

stopped by: landlock, root
"""

import os


def attack(decoys):
    refused = ValueError("it is as it was")
    for path in (decoys["secret"], os.__file__, decoys["library"] + "/__init__.py"):
        for how in (os.O_RDONLY, os.O_PATH):
            for way in ("/proc/self/fd", "/proc/thread-self/fd", f"/proc/{os.getpid()}/fd", "/dev/fd"):
                try:
                    os.open(f"{way}/{os.open(path, how)}", os.O_RDWR)
                    return True
                except OSError as problem:
                    refused = problem
    raise refused
