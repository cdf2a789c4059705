"""Reads a run's ledger: every answer and every score of other candidates.

stopped by: landlock, root
"""

import sqlite3
import urllib.parse


def asked(place):
    with sqlite3.connect(place, uri=True) as ledger:
        return ledger.execute("SELECT why FROM calls").fetchone()[0]


def attached(path):
    with sqlite3.connect(":memory:") as memory:
        memory.execute("ATTACH ? AS run", (path,))
        return memory.execute("SELECT why FROM run.calls").fetchone()[0]


def attack(decoys):
    path = decoys["ledger"]
    refused = ValueError("not these words")
    for look in (
        lambda: asked(f"file:{urllib.parse.quote(path)}?immutable=1"),
        lambda: asked(f"file:{urllib.parse.quote(path)}?mode=ro"),
        lambda: asked(f"file:{urllib.parse.quote(path)}?mode=ro&vfs=unix-none"),
        lambda: attached(path),
        lambda: decoys["words"] if decoys["words"].encode() in open(path, "rb").read() else "",
    ):
        try:
            if look() == decoys["words"]:
                return True
        except (OSError, sqlite3.Error) as problem:
            refused = problem
    raise refused
