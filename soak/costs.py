"""What the dearest frames cost whoever reads them: CPU time and memory, each in a process of its own.

    python -m soak.costs

*Honest* frames are the largest that a program can return; *hostile* ones are made to cost more than they weigh. What
is promised of memory is said at ``wire.MAX_ITEMS``; of time, that none costs much more than the dearest honest one.
"""

import json
import math
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgpack
import numpy as np

from selftaught.jail import wire
from selftaught.jail.wire import MAX_FRAME_BYTES, MAX_ITEMS

PROMISED_MIB = 192
"""Of memory, for one frame."""
EXTRA_S = 1.0
"""Of CPU time, beyond what the dearest honest frame costs."""
_MARK = msgpack.packb(msgpack.ExtType(3, b""))


def _raw(value: Any) -> bytes:
    packed: bytes = msgpack.packb(value, unicode_errors="surrogatepass")
    return packed


def _many(pieces: list[bytes]) -> bytes:
    return b"\xdd" + struct.pack(">I", len(pieces)) + b"".join(pieces)


def _times(piece: bytes, number: int) -> bytes:
    """A list of ``number`` of the same, or as many as fit."""
    return _many([piece] * min(number, (MAX_FRAME_BYTES - 5) // len(piece)))


def _in_lists(piece: bytes) -> bytes:
    """As many of the same as fit, in lists that open one within the other: none ends before the frame does."""
    left, data = (MAX_FRAME_BYTES - 200) // len(piece), b""
    while left:
        size = min(left, MAX_ITEMS - 2)
        data += b"\xdd" + struct.pack(">I", size + 1) + piece * size
        left -= size
    return data + b"\xc0"


def _array(shape: tuple[int, ...], kind: int = 2) -> bytes:
    content = bytes(math.prod(shape))
    return _raw(
        msgpack.ExtType(1, bytes((kind, len(shape))) + struct.pack(f"<{len(shape)}Q", *shape) + content)
    )


def _equal_hashes(number: int) -> list[bytes]:
    """Tuples of -1 and -2, whose hashes are equal."""
    return [b"\xdc\0\x15" + _MARK + bytes(255 - (n >> bit & 1) for bit in range(20)) for n in range(number)]


HONEST: dict[str, Callable[[], bytes]] = {
    "an array of 16 MiB": lambda: wire.pack(np.zeros(MAX_FRAME_BYTES // 8 - 8))[4:],
    "a list of a million floats": lambda: wire.pack([0.1] * (MAX_ITEMS - 1))[4:],
    "a list of a million integers": lambda: wire.pack(list(range(MAX_ITEMS - 1)))[4:],
    "a list of a million words": lambda: wire.pack([f"word{n:07}" for n in range(MAX_ITEMS - 1)])[4:],
    "a dict of half a million words": lambda: wire.pack(
        {f"word{n:07}": n for n in range(MAX_ITEMS // 2 - 1)}
    )[4:],
    "half a million short tuples": lambda: wire.pack([(n, n) for n in range(MAX_ITEMS // 4 - 1)])[4:],
    "as many arrays as may be": lambda: wire.pack([np.zeros(3)] * (MAX_ITEMS // 8 - 1))[4:],
    "16 MiB of text": lambda: wire.pack("x" * (MAX_FRAME_BYTES - 8))[4:],
    "16 MiB of text and one emoji": lambda: wire.pack("x" * (MAX_FRAME_BYTES - 16) + "\U0001f600")[4:],
    "a million lone surrogates": lambda: wire.pack("\ud800" * (MAX_ITEMS - 1))[4:],
}
HOSTILE: dict[str, Callable[[], bytes]] = {
    "a million words, each with an emoji": lambda: _times(_raw("x" * 10 + "\U0001f600"), MAX_ITEMS - 1),
    "dicts of one key, all different": lambda: _many([_raw({f"\u0100{n}": None}) for n in range(MAX_ITEMS // 3 - 1)]),
    "a dict of half a million keys": lambda: _raw({f"\u0100{n}": None for n in range(MAX_ITEMS // 2 - 1)}),
    "empty lists, after one tuple": lambda: _many([b"\x91" + _MARK] + [b"\x90"] * (MAX_ITEMS - 4)),
    "tuples of nothing": lambda: _times(b"\x91" + _MARK, MAX_ITEMS // 2 - 1),
    "tuples' marks alone": lambda: _times(_MARK, MAX_ITEMS - 1),
    "arrays of one byte": lambda: _times(_array((1,)), MAX_ITEMS // 8 - 1),
    "arrays of 32 dimensions": lambda: _times(_array((1,) * 32), MAX_ITEMS // 8 - 1),
    "arrays of one byte, all that fit": lambda: _times(_array((1,)), MAX_FRAME_BYTES),
    "short words, all that fit": lambda: _in_lists(b"\xa2\xc4\x80"),
    "small integers, all that fit": lambda: _in_lists(b"\x07"),
    "half pairs, all that fit": lambda: _in_lists(b"\xbf" + b"\xed\xa0\x80" * 10 + b"x"),
    "half pairs in one text": lambda: _raw("\ud800" * (MAX_FRAME_BYTES // 3 - 8)),
    "empty dicts, all that fit": lambda: _in_lists(b"\x80"),
    "brackets, all that fit": lambda: b"\x91" * (MAX_FRAME_BYTES - 1) + b"\xc0",
    "lists of a million, only announced": lambda: b"\xdd\0\x0f\xff\xff" * 900 + bytes(MAX_FRAME_BYTES - 4500),
    "keys whose hashes are equal": lambda: b"\xdf\0\0\x80\0" + b"\xc0".join([*_equal_hashes(0x8000), b""]),
    "an array and one NaN": lambda: wire.pack(np.append(np.zeros(MAX_FRAME_BYTES // 8 - 8), np.nan))[4:],
    "text that ends ill": lambda: _raw("x" * (MAX_FRAME_BYTES - 6))[:-1] + b"\xff",
}  # fmt: skip
FRAMES = {**HONEST, **HOSTILE}


def measure(name: str) -> dict[str, Any]:
    """Seconds and MiB that reading this frame takes, and what is said of it."""
    body = FRAMES[name]()
    assert len(body) <= MAX_FRAME_BYTES, name
    told = subprocess.run(
        [sys.executable, "-m", "soak.costs", "--read"],
        input=struct.pack("<I", len(body)) + body,
        stdout=subprocess.PIPE,
        check=False,
        cwd=Path(__file__).parent.parent,
    )
    ended = {"seconds": math.inf, "mib": math.inf, "said": f"its reader ended with {told.returncode}"}
    facts = ended if told.returncode else json.loads(told.stdout)
    return {"frame": name, "kind": "honest" if name in HONEST else "hostile", **facts}


def table(measured: list[dict[str, Any]]) -> str:
    """Markdown, the dearest first."""
    lines = ["| frame | | CPU, s | memory, MiB | |", "|---|---|--:|--:|---|"]
    for each in sorted(measured, key=lambda each: -each["seconds"]):
        lines.append("| {frame} | {kind} | {seconds:.2f} | {mib:.0f} | {said} |".format(**each))
    return "\n".join(lines)


def too_dear(measured: list[dict[str, Any]]) -> list[str]:
    """Those that cost more than is promised."""
    honest = max((each["seconds"] for each in measured if each["kind"] == "honest"), default=0)
    return [
        f"{each['frame']}: {each['seconds']:.2f} s, {each['mib']:.0f} MiB"
        for each in measured
        if each["mib"] > PROMISED_MIB or each["seconds"] > honest + EXTRA_S
    ]


def _read() -> dict[str, Any]:
    """Read frames from standard input as a jail's are read."""
    frames, said, value = wire.Frames(), "nothing", None
    before, began = _peak_mib(), time.process_time()
    while data := os.read(0, wire.READ_BYTES):
        try:
            for body in frames.feed(data):
                value = wire.unpack(body)
                wire.check(value)
                said = "taken"
        except wire.Refused as problem:
            said = str(problem)
    seconds, mib = time.process_time() - began, _peak_mib() - before
    del value
    return {"seconds": round(seconds, 3), "mib": round(mib, 1), "said": said}


def _peak_mib() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def main() -> None:
    """Measure them all."""
    if sys.argv[1:] == ["--read"]:
        print(json.dumps(_read()))
        return
    measured = [measure(name) for name in FRAMES]
    print(table(measured))
    sys.exit(bool(too_dear(measured)))


if __name__ == "__main__":
    main()
