"""Frames between the two sides of a jail: MessagePack with raw arrays, capped in size, checked on arrival.

A frame is its length (4 bytes, little-endian) and that many bytes of MessagePack. Both sides use this module. The
trusted side believes nothing: whatever is not exactly one of the permitted values raises :class:`Refused`, which is
an outcome of the jail, never a failure of ours. Nothing is ever unpickled.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from typing import Any

import msgpack
import numpy as np

MAX_FRAME_BYTES = 16 * 2**20
"""What may cross at once, in either direction."""
MAX_DEPTH = 64
"""How deep containers may be nested."""
MAX_INT = 2**63
"""Integers are smaller than this in magnitude."""
MAX_ITEMS = 2**20
"""How many containers a frame may hold, and how many items a list or dict of it; arrays hold more."""

_HEADER = struct.Struct("<I")
_ARRAY, _PROXY, _TUPLE = 1, 2, 3
_ARRAY_KINDS = "biufc"
_ENVELOPE_DEPTH = 4  # the containers that a frame itself wraps round the values it carries


class Refused(Exception):
    """A value or a frame that may not cross; ``str()`` says why in one line."""


class Proxied:
    """What stands, in a frame, for a trusted object: its number and what can be asked of it."""

    __slots__ = ("constants", "identity", "methods", "properties")

    def __init__(
        self,
        identity: int,
        methods: tuple[str, ...],
        properties: tuple[str, ...],
        constants: dict[str, Any],
    ) -> None:
        self.identity = identity
        self.methods = methods
        self.properties = properties
        self.constants = constants


def pack(message: Any, *, finite: bool = False) -> bytes:
    """One frame holding ``message``; raises :class:`Refused` for what may not cross.

    With ``finite``, NaN and infinite numbers are refused as well: results must be finite, arguments need not be.
    """
    try:
        body: bytes = msgpack.packb(
            _plain(message, finite, 0, []), use_bin_type=True, unicode_errors="surrogatepass"
        )
    except (ValueError, OverflowError) as problem:
        raise Refused(f"cannot cross: {problem}") from None
    if len(body) > MAX_FRAME_BYTES:
        raise Refused(f"too large: {len(body):,} bytes, of at most {MAX_FRAME_BYTES:,}")
    return _HEADER.pack(len(body)) + body


def unpack(body: bytes | bytearray | memoryview, *, proxy: Callable[[Proxied], Any] | None = None) -> Any:
    """The message in a frame's body; raises :class:`Refused` for anything that is not a permitted value.

    ``proxy`` turns what stands for a trusted object into something that can be called; without it such an object
    is refused, as befits the trusted side.
    """

    def extension(code: int, data: bytes) -> Any:
        if code == _ARRAY:
            return _array(data)
        if code == _TUPLE:
            return tuple(decode(data))
        if code == _PROXY and proxy is not None:
            identity, methods, properties, constants = decode(data)
            return proxy(Proxied(identity, tuple(methods), tuple(properties), constants))
        raise Refused(f"a foreign type: extension {code}")

    depth = 0
    containers = 0

    def counted(container: Any) -> Any:
        nonlocal containers
        containers += 1
        if containers > MAX_ITEMS:
            raise Refused(f"too large: more than {MAX_ITEMS:,} containers")
        return container

    def decode(data: bytes | bytearray | memoryview) -> Any:
        nonlocal depth
        depth += 1  # tuples are frames within frames: the parser's own limit starts anew in each
        if depth > MAX_DEPTH:
            raise Refused(f"nested deeper than {MAX_DEPTH}")
        value = msgpack.unpackb(
            data,
            raw=False,
            strict_map_key=False,
            unicode_errors="surrogatepass",
            ext_hook=extension,
            list_hook=counted,
            object_hook=counted,
            max_array_len=MAX_ITEMS,
            max_map_len=MAX_ITEMS,
        )
        depth -= 1
        return value

    try:
        return decode(body)
    except Refused:
        raise
    except Exception as problem:  # noqa: BLE001  untrusted bytes: whatever the parser thinks of them is a refusal
        raise Refused(f"malformed frame: {type(problem).__name__}") from None


def check(value: Any, *, depth: int = 0) -> None:
    """Raise :class:`Refused` unless a decoded ``value`` is finite, shallow and of the permitted types.

    Decoding yields only permitted types already; what is left to check is what a forged frame can smuggle in.
    """
    if depth > MAX_DEPTH + _ENVELOPE_DEPTH:
        raise Refused(f"nested deeper than {MAX_DEPTH}")
    kind = type(value)
    if kind is float:
        if not math.isfinite(value):
            raise Refused(f"not finite: {value}")
    elif kind is int:
        if not -MAX_INT < value < MAX_INT:
            raise Refused("an integer of more than 63 bits")
    elif kind is list or kind is tuple:
        for item in value:
            check(item, depth=depth + 1)
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise Refused(f"a dict with a key of type {type(key).__name__}, not str")
            check(item, depth=depth + 1)
    elif kind is np.ndarray:
        if value.dtype.kind in "fc" and not np.isfinite(value).all():
            raise Refused("an array that is not finite")
    elif value is not None and kind is not bool and kind is not str and kind is not bytes:
        raise Refused(f"a foreign type: {kind.__name__}")


class Frames:
    """Bytes in, bodies of whole frames out; raises :class:`Refused` once more is announced than may cross."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take what has arrived, give every frame that it completes."""
        self._buffer += data
        start = 0
        try:
            while len(self._buffer) - start >= _HEADER.size:
                (length,) = _HEADER.unpack_from(self._buffer, start)
                if length > MAX_FRAME_BYTES:
                    raise Refused(f"too large: a frame of {length:,} bytes, of at most {MAX_FRAME_BYTES:,}")
                end = start + _HEADER.size + length
                if len(self._buffer) < end:
                    break
                body = bytes(self._buffer[start + _HEADER.size : end])
                start = end
                yield body
        finally:
            del self._buffer[:start]


def _plain(value: Any, finite: bool, depth: int, open_containers: list[int]) -> Any:
    """``value`` with subclasses stripped to the permitted types, ready for MessagePack."""
    if value is None or value is True or value is False:
        return value
    kind = type(value)
    if kind is str or kind is bytes:
        return value
    if kind is float or isinstance(value, (float, np.floating)):
        number = float(value)
        if finite and not math.isfinite(number):
            raise Refused(f"not finite: {number}")
        return number
    if isinstance(value, np.bool_):
        return bool(value)
    if kind is int or isinstance(value, (int, np.integer)):
        integer = int(value)
        if not -MAX_INT < integer < MAX_INT:
            raise Refused("an integer of more than 63 bits")
        return integer
    if isinstance(value, np.ndarray):
        return _raw_array(value, finite)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, Proxied):
        described = [value.identity, list(value.methods), list(value.properties), value.constants]
        return msgpack.ExtType(_PROXY, msgpack.packb(_plain(described, False, depth + 1, open_containers)))
    if not isinstance(value, (list, tuple, dict)):
        raise Refused(f"a foreign type: {kind.__name__}")
    if id(value) in open_containers:
        raise Refused("cyclic: a container that holds itself")
    if depth > MAX_DEPTH + _ENVELOPE_DEPTH:
        raise Refused(f"nested deeper than {MAX_DEPTH}")
    open_containers.append(id(value))
    try:
        if isinstance(value, dict):
            plain = {}
            for key, item in value.items():
                if not isinstance(key, str):
                    raise Refused(f"a dict with a key of type {type(key).__name__}, not str")
                plain[str.__str__(key)] = _plain(item, finite, depth + 1, open_containers)
            return plain
        if len(value) > MAX_ITEMS:
            raise Refused(f"too large: a {kind.__name__} of more than {MAX_ITEMS:,} items; use an array")
        items = [_plain(item, finite, depth + 1, open_containers) for item in value]
    finally:
        open_containers.pop()
    if isinstance(value, tuple):
        return msgpack.ExtType(
            _TUPLE, msgpack.packb(items, use_bin_type=True, unicode_errors="surrogatepass")
        )
    return items


def _raw_array(array: np.ndarray[Any, Any], finite: bool) -> msgpack.ExtType:
    array = np.asarray(array)
    if array.dtype.kind not in _ARRAY_KINDS:
        raise Refused(f"a foreign type: an array of {array.dtype}")
    if array.nbytes > MAX_FRAME_BYTES:
        raise Refused(f"too large: an array of {array.nbytes:,} bytes, of at most {MAX_FRAME_BYTES:,}")
    if array.dtype.itemsize > 16 or array.dtype.str[1:] in ("f16", "c32"):
        array = array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)
    if finite and array.dtype.kind in "fc" and not np.isfinite(array).all():
        raise Refused("an array that is not finite")
    if array.dtype.byteorder == ">":
        array = array.astype(array.dtype.newbyteorder("<"))
    head = f"{array.dtype.str}:{','.join(map(str, array.shape))}:".encode()
    return msgpack.ExtType(_ARRAY, head + array.tobytes())


def _array(data: bytes) -> np.ndarray[Any, Any]:
    """An array of our own from its raw form; sizes are checked before anything is allocated."""
    name, shape_text, raw = data.split(b":", 2)
    if len(name) > 4:
        raise Refused("a foreign type: an array of unknown numbers")
    dtype = np.dtype(name.decode("ascii"))
    if dtype.kind not in _ARRAY_KINDS or dtype.itemsize > 16:
        raise Refused("a foreign type: an array of unknown numbers")
    shape = tuple(int(part) for part in shape_text.split(b",")) if shape_text else ()
    if len(shape) > 32 or min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(raw):
        raise Refused("malformed frame: an array whose shape does not fit its bytes")
    array = np.frombuffer(raw, dtype=dtype).reshape(shape).copy()
    if dtype.kind == "b" and raw.strip(b"\x00\x01"):
        raise Refused("malformed frame: booleans that are neither")
    return array
