"""Empties a file of the user's by opening it.

stopped by: landlock, root
"""

import os

SPELLINGS = (
    lambda path: open(path, "w"),
    lambda path: os.open(path, os.O_WRONLY | os.O_TRUNC),
    lambda path: os.open(path, os.O_RDONLY | os.O_TRUNC),
    lambda path: os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
)


def attack(decoys):
    refused = ValueError("it is as it was")
    for spelling in SPELLINGS:
        try:
            spelling(decoys["spare"])
            return os.path.getsize(decoys["spare"]) == 0
        except OSError as problem:
            refused = problem
    raise refused
