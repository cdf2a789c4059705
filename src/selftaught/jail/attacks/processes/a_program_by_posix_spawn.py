"""Starts a program by posix_spawn and by the os.spawn functions.

stopped by: seccomp, landlock
"""

import os

PROGRAMS = (  # the loader is a program, too, and is there wherever shared libraries are
    "/bin/true",
    "/usr/lib64/ld-linux-x86-64.so.2",
    "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
    "/usr/lib/ld-linux-aarch64.so.1",
    "/usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1",
)


def spawned(start):
    def status(path, arguments):
        return os.waitstatus_to_exitcode(os.waitpid(start(path, arguments, {}), 0)[1])

    return status


def attack(decoys):
    refused = ValueError("no spelling was tried")
    for path in PROGRAMS:
        for start in (
            spawned(os.posix_spawn),
            spawned(os.posix_spawnp),
            lambda path, arguments: os.spawnv(os.P_WAIT, path, arguments),
            lambda path, arguments: os.spawnvpe(os.P_WAIT, path, arguments, {}),
        ):
            try:
                if start(path, [path, "--version"]) == 0:
                    return True
            except OSError as problem:
                refused = problem
    raise refused
