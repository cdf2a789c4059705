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
READ_BYTES = 2**16
"""What is read at once: what is larger is mapped anew by each read, which costs more than several reads."""
MAX_DEPTH = 64
"""How deep containers may be nested."""
MAX_INT = 2**63
"""Integers are smaller than this in magnitude."""
MAX_ITEMS = 2**20
"""How many values a frame may hold: containers, each value in them, and each key; an array counts as 8, a tuple as 2.

This is what bounds a frame's cost to its reader: about a second of CPU time, and 192 MiB of memory.
"""

_HEADER = struct.Struct("<I")
_ARRAY, _PROXY, _TUPLE = 1, 2, 3
_ARRAY_KINDS = "biufc"
_DTYPES = [np.dtype("?"), np.dtype("i1"), np.dtype("u1")]
_DTYPES += [
    np.dtype(f"<{kind}") for kind in ("i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
]
_NUMBERS = {dtype: number for number, dtype in enumerate(_DTYPES)}
_SHAPES = [struct.Struct(f"<{dimensions}Q") for dimensions in range(33)]
_ARRAY_ITEMS = 8  # an array of one number takes its reader as long as so many numbers
_ENVELOPE_DEPTH = 4  # the containers that a frame itself wraps round the values it carries
_TUPLE_MARK = msgpack.ExtType(_TUPLE, b"")  # the first item of a list that is a tuple


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
        body = _packed(_plain(message, finite, 0, []))
    except (ValueError, OverflowError) as problem:
        raise Refused(f"cannot cross: {problem}") from None
    if len(body) > MAX_FRAME_BYTES:
        raise Refused(f"too large: {len(body):,} bytes, of at most {MAX_FRAME_BYTES:,}")
    if len(body) > MAX_ITEMS // 2:  # in fewer bytes there are not too many
        _weigh(body)
    return _HEADER.pack(len(body)) + body


def _packed(plain: Any) -> bytes:
    packer = msgpack.Packer(unicode_errors="surrogatepass", buf_size=4096)  # most frames are small
    packed: bytes = packer.pack(plain)
    return packed


def unpack(body: bytes | bytearray, *, proxy: Callable[[Proxied], Any] | None = None) -> Any:
    """The message in a frame's body; raises :class:`Refused` for anything that is not a permitted value.

    ``proxy`` turns what stands for a trusted object into something that can be called; without it such an object
    is refused, as befits the trusted side.
    """
    try:
        return _Reader(proxy).value(body, _weigh(body))
    except Refused:
        raise
    except Exception as problem:  # noqa: BLE001  untrusted bytes: whatever the parser thinks of them is a refusal
        raise Refused(f"malformed frame: {type(problem).__name__}") from None


class _Reader:
    """One frame's way from bytes to values: what MessagePack has no types for."""

    __slots__ = ("_marks", "_proxy")

    def __init__(self, proxy: Callable[[Proxied], Any] | None) -> None:
        self._proxy = proxy
        self._marks = 0

    def value(self, body: bytes | bytearray, tuples: bool) -> Any:
        value = msgpack.unpackb(
            body,
            unicode_errors="surrogatepass",
            ext_hook=self._extension,
            list_hook=self._list if tuples else None,
        )
        if self._marks:
            raise Refused("malformed frame: a tuple that is none")
        return value

    def _list(self, items: list[Any]) -> Any:
        if not items or items[0] is not _TUPLE_MARK:
            return items
        self._marks -= 1
        return tuple(items[1:])

    def _extension(self, code: int, data: bytes) -> Any:
        if code == _ARRAY:
            return _array(data)
        if code == _TUPLE and not data:
            self._marks += 1
            return _TUPLE_MARK
        if code == _PROXY and self._proxy is not None:
            identity, methods, properties, constants = unpack(data)
            return self._proxy(Proxied(identity, tuple(methods), tuple(properties), constants))
        raise Refused(f"a foreign type: extension {code}")


def _weigh(body: bytes | bytearray) -> bool:
    """Raise :class:`Refused` unless ``body`` is one whole value, made of at most so many; whether any is a tuple.

    Nothing is made of it yet: what is only announced, and what would cost much to make, ends here. Text counts as one
    value more for each byte 0xED, with which half a surrogate pair begins: each takes its reader as long as a value.
    """
    at, expected, items, tuples = 0, 1, 1, False
    while expected:
        first = body[at]  # beyond the end: an IndexError
        expected -= 1
        if length := _LENGTHS[first]:
            at += length
            continue
        kind, width, size = _FORMATS[first]
        at += 1
        if width:
            size += int.from_bytes(body[at : at + width], "big")
            at += width
        if kind == _SCALAR:
            at += size
            continue
        if kind in (_LIST, _DICT):
            size *= kind
            expected += size
            items += size
        elif kind == _TEXT:
            items += body.count(0xED, at, at + size)
            at += size
        else:
            code = body[at]
            if code == _TUPLE:
                tuples = True
            elif code == _ARRAY:
                items += _ARRAY_ITEMS - 1
            elif code != _PROXY:
                raise Refused(f"a foreign type: extension {code}")
            at += 1 + size
        if items > MAX_ITEMS:
            raise Refused(f"too large: more than {MAX_ITEMS:,} values; use an array")
    if at != len(body):
        raise Refused("malformed frame: its length is not its content's")
    return tuples


_SCALAR, _LIST, _DICT, _TEXT, _EXTENSION = range(5)  # a list holds one value for each item, a dict two


def _formats() -> list[tuple[int, int, int]]:
    """What a value's first byte says: its kind, how many bytes its size has, and what is known of its size.

    See MessagePack's specification. A size is of the bytes that follow, or of a container's items.
    """
    formats = [(_SCALAR, 0, 0)] * 256  # small numbers, None, booleans
    for first in range(16):
        formats[0x80 + first] = (_DICT, 0, first)
        formats[0x90 + first] = (_LIST, 0, first)
    for first in range(32):
        formats[0xA0 + first] = (_TEXT, 0, first)
    for exponent, width in enumerate((1, 2, 4)):
        formats[0xC4 + exponent] = (_SCALAR, width, 0)  # bytes
        formats[0xC7 + exponent] = (_EXTENSION, width, 0)
        formats[0xD9 + exponent] = (_TEXT, width, 0)
    for exponent, size in enumerate((1, 2, 4, 8)):
        formats[0xCC + exponent] = formats[0xD0 + exponent] = (_SCALAR, 0, size)  # integers
    for exponent, size in enumerate((1, 2, 4, 8, 16)):
        formats[0xD4 + exponent] = (_EXTENSION, 0, size)
    formats[0xCA], formats[0xCB] = (_SCALAR, 0, 4), (_SCALAR, 0, 8)  # floats
    formats[0xDC], formats[0xDD] = (_LIST, 2, 0), (_LIST, 4, 0)
    formats[0xDE], formats[0xDF] = (_DICT, 2, 0), (_DICT, 4, 0)
    return formats


_FORMATS = _formats()
_LENGTHS = bytes(0 if width or kind != _SCALAR else 1 + size for kind, width, size in _FORMATS)


_FLOATS = {float}
_HARMLESS = {str, bytes, bool, type(None)}


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
        kinds = set(map(type, value))  # what is long is, as a rule, of one kind
        if kinds <= _HARMLESS or (kinds == _FLOATS and all(map(math.isfinite, value))):
            return
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
        while len(self._buffer) >= _HEADER.size:
            (length,) = _HEADER.unpack_from(self._buffer)
            if length > MAX_FRAME_BYTES:
                raise Refused(f"too large: a frame of {length:,} bytes, of at most {MAX_FRAME_BYTES:,}")
            end = _HEADER.size + length
            if len(self._buffer) < end:
                return
            with memoryview(self._buffer) as held:
                body = bytes(held[_HEADER.size : end])
            del self._buffer[:end]
            yield body


def _plain(value: Any, finite: bool, depth: int, open_containers: list[int]) -> Any:
    """``value`` with subclasses stripped to the permitted types, ready for MessagePack."""
    if value is None or value is True or value is False:
        return value
    kind = type(value)
    if kind is str or kind is bytes:
        return value
    # most numbers: NumPy, and in a jail the pages that it lies in, are not touched for them
    if (kind is int and -MAX_INT < value < MAX_INT) or (kind is float and math.isfinite(value)):
        return value
    if kind is list or kind is dict or kind is tuple:
        return _plain_container(value, finite, depth, open_containers)
    if kind is np.ndarray:
        return _raw_array(value, finite)
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if finite and not math.isfinite(number):
            raise Refused(f"not finite: {number}")
        return number
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        integer = int(value)
        if not -MAX_INT < integer < MAX_INT:
            raise Refused("an integer of more than 63 bits")
        return integer
    if isinstance(value, np.ndarray):
        return _raw_array(np.asarray(value), finite)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, Proxied):
        described = [value.identity, list(value.methods), list(value.properties), value.constants]
        return msgpack.ExtType(_PROXY, _packed(_plain(described, False, depth + 1, open_containers)))
    if isinstance(value, (list, tuple, dict)):
        return _plain_container(value, finite, depth, open_containers)
    raise Refused(f"a foreign type: {kind.__name__}")


def _plain_container(value: Any, finite: bool, depth: int, open_containers: list[int]) -> Any:
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
            kind = type(value).__name__
            raise Refused(f"too large: a {kind} of more than {MAX_ITEMS:,} items; use an array")
        items = [_plain(item, finite, depth + 1, open_containers) for item in value]
    finally:
        open_containers.pop()
    return [_TUPLE_MARK, *items] if isinstance(value, tuple) else items


def _raw_array(array: np.ndarray[Any, Any], finite: bool) -> msgpack.ExtType:
    kind = array.dtype.kind
    if kind not in _ARRAY_KINDS:
        raise Refused(f"a foreign type: an array of {array.dtype}")
    if array.nbytes > MAX_FRAME_BYTES:
        raise Refused(f"too large: an array of {array.nbytes:,} bytes, of at most {MAX_FRAME_BYTES:,}")
    if max(array.shape, default=0) > MAX_FRAME_BYTES:  # and nothing in it
        raise Refused(f"too large: an array of the shape {array.shape}")
    if array.ndim >= len(_SHAPES):
        raise Refused(f"an array of {array.ndim} dimensions, of at most {len(_SHAPES) - 1}")
    number = _NUMBERS.get(array.dtype)
    if number is None:  # of another byte order or precision
        array = array.astype(_nearest(array.dtype))
        number = _NUMBERS[array.dtype]
    if finite and kind in "fc" and not np.isfinite(array).all():
        raise Refused("an array that is not finite")
    shape = _SHAPES[array.ndim].pack(*array.shape)
    return msgpack.ExtType(_ARRAY, bytes((number, array.ndim)) + shape + array.tobytes())


def _nearest(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type of our own that holds what one of another byte order or precision does."""
    own = dtype.newbyteorder("<")
    if own in _NUMBERS:
        return own
    return np.dtype("<c16" if dtype.kind == "c" else "<f8")


def _array(data: bytes) -> np.ndarray[Any, Any]:
    """An array of our own from its raw form: its type's number, its dimensions, its shape, its content."""
    dtype, sizes = _DTYPES[data[0]], _SHAPES[data[1]]
    shape, start = sizes.unpack_from(data, 2), 2 + sizes.size
    if math.prod(shape) * dtype.itemsize != len(data) - start or max(shape, default=0) > MAX_FRAME_BYTES:
        raise Refused("malformed frame: an array whose shape does not fit its bytes")
    if dtype.kind == "b" and data[start:].strip(b"\x00\x01"):
        raise Refused("malformed frame: booleans that are neither")
    return np.ndarray(shape, dtype, data, start).copy()
