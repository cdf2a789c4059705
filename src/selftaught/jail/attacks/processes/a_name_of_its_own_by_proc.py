"""Gives itself another name through its own files in /proc.

stopped by: landlock, root
"""


def attack(decoys):
    refused = ValueError("nothing was tried")
    for path in ("/proc/self/comm", "/proc/thread-self/comm"):
        try:
            with open(path, "w") as file:
                return file.write("init") > 0
        except OSError as problem:
            refused = problem
    raise refused
