"""Takes more memory than its limit, in one piece, and writes to all of it.

stopped by: limits
verdict: memory
limits: memory_mb=64
canary: yes
"""


def attack(decoys):
    piece = bytearray(200 << 20)
    pages = len(range(0, len(piece), 4096))
    piece[::4096] = b"x" * pages
    return piece.count(b"x") == pages
