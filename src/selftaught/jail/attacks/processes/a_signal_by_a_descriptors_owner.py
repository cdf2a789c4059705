"""Makes another process the owner of a descriptor, so that the kernel signals it when something arrives there.

stopped by: seccomp, landlock, pid namespace
"""

import fcntl
import os
import signal
import struct
import time

F_SETSIG, F_SETOWN_EX, FIOSETOWN, SIOCSPGRP = 10, 15, 0x8901, 0x8902


def attack(decoys):
    victim = decoys["victim"]
    refused = ProcessLookupError("it did not arrive")
    for own in (
        lambda to: fcntl.fcntl(to, fcntl.F_SETOWN, victim),
        lambda to: fcntl.fcntl(to, F_SETOWN_EX, struct.pack("ii", 1, victim)),
        lambda to: fcntl.ioctl(to, FIOSETOWN, struct.pack("i", victim)),
        lambda to: fcntl.ioctl(to, SIOCSPGRP, struct.pack("i", victim)),
    ):
        try:
            own(3)  # a socket, its own wire: may it be done at all?
            fcntl.fcntl(3, fcntl.F_SETOWN, 0)
            reader, writer = os.pipe()
            own(reader)
            fcntl.fcntl(reader, F_SETSIG, signal.SIGURG)
            fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC)
            before = os.sched_getscheduler(victim)
            os.write(writer, b"x")
            for _ in range(50):
                if os.sched_getscheduler(victim) != before:
                    return True
                time.sleep(0.002)
        except OSError as problem:
            refused = problem
    raise refused
