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
"""How many containers (arrays among them) a frame may hold, and how many items a list or dict; arrays hold more."""

_HEADER = struct.Struct("<I")
_ARRAY, _PROXY, _TUPLE = 1, 2, 3
_ARRAY_KINDS = "biufc"
_DTYPES = {
    name: np.dtype(name.decode())
    for name in b"|b1 |i1 <i2 <i4 <i8 |u1 <u2 <u4 <u8 <f2 <f4 <f8 <c8 <c16".split()
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}
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
        body = _packed(_plain(message, finite, 0, []))
    except (ValueError, OverflowError) as problem:
        raise Refused(f"cannot cross: {problem}") from None
    if len(body) > MAX_FRAME_BYTES:
        raise Refused(f"too large: {len(body):,} bytes, of at most {MAX_FRAME_BYTES:,}")
    return _HEADER.pack(len(body)) + body


def _packed(plain: Any) -> bytes:
    packer = msgpack.Packer(unicode_errors="surrogatepass", buf_size=4096)  # most frames are small
    packed: bytes = packer.pack(plain)
    return packed


def unpack(body: bytes | bytearray | memoryview, *, proxy: Callable[[Proxied], Any] | None = None) -> Any:
    """The message in a frame's body; raises :class:`Refused` for anything that is not a permitted value.

    ``proxy`` turns what stands for a trusted object into something that can be called; without it such an object
    is refused, as befits the trusted side.
    """
    try:
        return _Reader(len(body), proxy).decoded(body)
    except Refused:
        raise
    except Exception as problem:  # noqa: BLE001  untrusted bytes: whatever the parser thinks of them is a refusal
        raise Refused(f"malformed frame: {type(problem).__name__}") from None


class _Reader:
    """One frame's way from bytes to values: what tuples and proxies nest, and how many containers there are."""

    __slots__ = ("_containers", "_counted", "_depth", "_proxy")

    def __init__(self, size: int, proxy: Callable[[Proxied], Any] | None) -> None:
        self._proxy = proxy
        self._depth = 0
        self._containers = 0
        # a container takes at least a byte: in so few bytes there cannot be too many
        self._counted = None if size <= MAX_ITEMS else self._count

    def decoded(self, data: bytes | bytearray | memoryview) -> Any:
        self._depth += 1  # tuples are frames within frames: the parser's own limit starts anew in each
        if self._depth > MAX_DEPTH:
            raise Refused(f"nested deeper than {MAX_DEPTH}")
        value = msgpack.unpackb(
            data,
            strict_map_key=False,
            unicode_errors="surrogatepass",
            ext_hook=self._extension,
            list_hook=self._counted,
            object_hook=self._counted,
            max_array_len=MAX_ITEMS,
            max_map_len=MAX_ITEMS,
        )
        self._depth -= 1
        return value

    def _extension(self, code: int, data: bytes) -> Any:
        if code == _ARRAY:
            array = _array(data)
            return self._counted(array) if self._counted else array
        if code == _TUPLE:
            items = self.decoded(data)
            if type(items) is not list:
                raise Refused("malformed frame: a tuple that is none")
            return tuple(items)
        if code == _PROXY and self._proxy is not None:
            identity, methods, properties, constants = self.decoded(data)
            return self._proxy(Proxied(identity, tuple(methods), tuple(properties), constants))
        raise Refused(f"a foreign type: extension {code}")

    def _count(self, container: Any) -> Any:
        self._containers += 1
        if self._containers > MAX_ITEMS:
            raise Refused(f"too large: more than {MAX_ITEMS:,} containers")
        return container


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
    return msgpack.ExtType(_TUPLE, _packed(items)) if isinstance(value, tuple) else items


def _raw_array(array: np.ndarray[Any, Any], finite: bool) -> msgpack.ExtType:
    kind = array.dtype.kind
    if kind not in _ARRAY_KINDS:
        raise Refused(f"a foreign type: an array of {array.dtype}")
    if array.nbytes > MAX_FRAME_BYTES:
        raise Refused(f"too large: an array of {array.nbytes:,} bytes, of at most {MAX_FRAME_BYTES:,}")
    name = _NAMES.get(array.dtype)
    if name is None:  # of another byte order or precision
        array = array.astype(_nearest(array.dtype))
        name = _NAMES[array.dtype]
    if finite and kind in "fc" and not np.isfinite(array).all():
        raise Refused("an array that is not finite")
    shape = ",".join(map(str, array.shape)).encode()
    return msgpack.ExtType(_ARRAY, b"%b:%b:%b" % (name, shape, array.tobytes()))


def _nearest(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type of our own that holds what one of another byte order or precision does."""
    own = dtype.newbyteorder("<")
    if own in _NAMES:
        return own
    return _DTYPES[b"<c16" if dtype.kind == "c" else b"<f8"]


def _array(data: bytes) -> np.ndarray[Any, Any]:
    """An array of our own from its raw form; sizes are checked before anything is allocated."""
    name, shape_text, raw = data.split(b":", 2)
    dtype = _DTYPES.get(name)
    if dtype is None:
        raise Refused("a foreign type: an array of unknown numbers")
    shape = tuple(map(int, shape_text.split(b",", 32))) if shape_text else ()
    if len(shape) > 32 or min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(raw):
        raise Refused("malformed frame: an array whose shape does not fit its bytes")
    if dtype.kind == "b" and raw.strip(b"\x00\x01"):
        raise Refused("malformed frame: booleans that are neither")
    return np.ndarray(shape, dtype, raw).copy()
