"""Leaves something where a later jail would find it: a file in a place that processes share.

stopped by: landlock, root
"""

import contextlib
import os


def attack(decoys):
    refused = ValueError("nothing is left")
    places = (
        "/tmp",
        "/var/tmp",
        "/dev/shm",
        "/run",
        "/dev/mqueue",
        "/",
        ".",
        decoys["folder"],
        f"/run/user/{os.getuid()}",
    )
    for place in places:
        path = os.path.join(place, "a_mark_of_an_attack")
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
            if os.path.exists(path):
                return True
        except OSError as problem:
            refused = problem
        finally:
            with contextlib.suppress(OSError):
                os.unlink(path)
    raise refused
