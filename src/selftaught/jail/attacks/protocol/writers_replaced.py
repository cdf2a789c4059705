"""Replaces what answers are written with, in JSON, pickles and MessagePack, by what writes a number that is none.

stopped by: frames
verdict: ok|refused|error
wants: a value that may not cross
"""

import json
import pickle
import sys


def attack(decoys):
    json.dumps = lambda value, **kwargs: '{"fine": true, "result": NaN}'
    json.dump = lambda value, file, **kwargs: file.write(json.dumps(value))
    pickle.dumps = lambda value, **kwargs: b"\x80\x04."
    inside = sys.modules.get("selftaught.jail.inside")
    packers = inside.wire.msgpack if inside else sys.modules.get("msgpack")

    class Packer:
        def __init__(self, **kwargs):
            pass

        def pack(self, value):
            return b"\x94\xa6result\x01\xc3\xcb\x7f\xf8\0\0\0\0\0\0"

    if packers:
        packers.Packer = Packer
        packers.packb = packers.dumps = lambda value, **kwargs: Packer().pack(value)
    return 1.0
