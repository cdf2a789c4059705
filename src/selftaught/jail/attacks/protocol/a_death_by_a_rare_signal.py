"""Has itself ended by a signal that has no name.

stopped by: frames
verdict: error|killed
wants: the owner raises
"""

import os
import signal


def attack(decoys):
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.kill(os.getpid(), 40)
