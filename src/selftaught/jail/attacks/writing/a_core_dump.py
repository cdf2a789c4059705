"""Crashes a child of its own so that the kernel writes its memory into a folder.

stopped by: limits, seccomp, landlock, root
"""

import contextlib
import os
import resource
import signal


def attack(decoys):
    child = os.fork()
    if child == 0:
        with contextlib.suppress(Exception):
            most = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (most, most))
            os.chdir(decoys["folder"])
            signal.signal(signal.SIGSEGV, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGSEGV)
        os._exit(1)
    _, how = os.waitpid(child, 0)
    for name in os.listdir(decoys["folder"]):
        if name.startswith("core"):
            os.unlink(os.path.join(decoys["folder"], name))
            return True
    if not os.WCOREDUMP(how):
        raise OSError("nothing was written")
    return True
