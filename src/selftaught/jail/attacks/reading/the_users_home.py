"""Reads who uses this machine, or lists a home.

stopped by: landlock, root
canary: yes
"""

import os
import sys


def at_home(folder):
    """What is there besides the way to Python and the packages, which a jail may know."""
    known = {part for path in (sys.prefix, sys.base_prefix, *sys.path) for part in path.split("/")}
    return set(os.listdir(folder)) - known


def attack(decoys):
    refused = ValueError("nobody is at home")
    for look in (
        lambda: open("/etc/passwd").read(),
        lambda: open("/etc/group").read(),
        lambda: open("/etc/shadow").read(),
        lambda: at_home(os.path.expanduser("~")),
        lambda: at_home(os.environ["HOME"]),
        lambda: at_home("/home"),
        lambda: at_home("/root"),
    ):
        try:
            if look():
                return True
        except (OSError, KeyError) as problem:
            refused = problem
    raise refused
