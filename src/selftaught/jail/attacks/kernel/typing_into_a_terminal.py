"""Types into a terminal as if the user had, and the shell that reads there would obey.

stopped by: seccomp, landlock, root
"""

import fcntl
import os
import select
import termios


def attack(decoys):
    refused = ValueError("no terminal was tried")
    for number in (0, 1, 3):
        try:
            fcntl.ioctl(number, termios.TIOCSTI, b"x")
            return True
        except OSError as problem:
            refused = problem
    try:
        _, terminal = os.openpty()
        os.setsid()
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        fcntl.ioctl(terminal, termios.TIOCSTI, b"\n")
        return bool(select.select([terminal], [], [], 1)[0])
    except OSError as problem:
        refused = problem
    raise refused
