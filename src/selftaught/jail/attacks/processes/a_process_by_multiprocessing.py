"""Starts processes by multiprocessing, in each of its ways.

stopped by: seccomp
"""

import multiprocessing


def attack(decoys):
    refused = ValueError("no way was tried")
    for way in ("fork", "forkserver", "spawn"):
        try:
            process = multiprocessing.get_context(way).Process(target=int)
            process.start()
            process.join()
            if process.exitcode == 0:
                return True
        except OSError as problem:
            refused = problem
    raise refused
