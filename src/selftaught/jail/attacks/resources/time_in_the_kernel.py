"""Has the kernel work for longer than its limit, and itself hardly at all: on pages made and given back.

stopped by: watch
verdict: timeout
limits: cpu_s=0.05 wall_s=20
"""

import mmap
import os


def attack(decoys):
    began = os.times().system
    while os.times().system < began + 0.3:
        mmap.mmap(-1, 16 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE).close()
    return True
