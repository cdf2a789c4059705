"""Finds out which processes there are, by asking after their folders in /proc.

stopped by: root
"""

import os


def attack(decoys):
    for pid in (decoys["owner"], decoys["zygote"], decoys["victim"], decoys["other"]):
        if os.path.exists(f"/proc/{pid}"):
            return True
    raise FileNotFoundError("as if there were none")
