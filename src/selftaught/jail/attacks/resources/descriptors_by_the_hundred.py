"""Opens more files at once than a jail may: one file again and again, and copies of what is open.

stopped by: limits
limits: memory_mb=128
canary: yes
"""

import fcntl
import os


def attack(decoys):
    for number in range(250):
        os.dup(1)
        fcntl.fcntl(os.open(os.__file__, os.O_RDONLY), fcntl.F_DUPFD, number)
    return True
