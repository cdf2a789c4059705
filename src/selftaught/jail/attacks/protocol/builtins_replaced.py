"""Replaces the built-in functions by which any answer is checked and written.

stopped by: frames
verdict: ok|refused|error|timeout
limits: cpu_s=0.3 wall_s=5
wants: a value that may not cross
"""

import builtins
import os


def attack(decoys):
    builtins.print = lambda *args, **kwargs: os.write(1, b'{"fine": true, "result": Infinity}\n')
    builtins.isinstance = lambda value, kind: True
    builtins.len = lambda value: 1
    builtins.float = builtins.int = builtins.str = builtins.bytes = lambda *args: float
    builtins.type = lambda *args: list
    return {1: {2: 3}}
