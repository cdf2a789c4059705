"""Replaces the functions that carry its answers out by some that send what those would have refused.

stopped by: frames
verdict: refused
wants: a value that may not cross
"""

import sys

BODY = b"\x94\xa6result\x01\xc3\x81\xc0\xcb\xff\xf0\0\0\0\0\0\0"


def attack(decoys):
    forged = len(BODY).to_bytes(4, "little") + BODY
    if inside := sys.modules.get("selftaught.jail.inside"):
        inside._frame = inside.wire.pack = lambda *args, **kwargs: forged
        inside._call = inside._load = inside._failure = lambda *args: [True, None]
        inside.wire.Refused = inside.BudgetExhausted = BaseException
    sys.modules["__main__"].pack = lambda message: BODY
    return 1.0
