"""What Python makes of small constants: computed here, with harmless functions and bounded sizes."""

from __future__ import annotations

import ast
import base64
import binascii
import codecs
import json
import math
import operator
import re
import zlib
from collections.abc import Callable, Sequence
from typing import Any

from selftaught.safety.reading.values import (
    NOTHING,
    Arguments,
    Contents,
    Items,
    Known,
    Unknown,
    Value,
)

_LONGEST = 20_000  # characters of a text, or bytes
_LARGEST = 1 << 64
_Failure = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError, MemoryError)


def _small(value: Any) -> bool:
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return True
    if isinstance(value, int):
        return -_LARGEST < value < _LARGEST
    if isinstance(value, (str, bytes)):
        return len(value) <= _LONGEST
    if isinstance(value, (list, tuple)):
        return len(value) <= 400 and all(map(_small, value))
    return isinstance(value, (slice, complex, type(...)))


def _made(value: Any, line: int = 0) -> Value | None:
    if isinstance(value, (list, tuple)) and _small(value):
        parts = [_made(one) for one in value]
        if any(part is None for part in parts):
            return None
        return Items(type(value).__name__, Contents(tuple(part for part in parts if part is not None)))
    if isinstance(value, (str, bytes, int, float, bool, type(None))) and _small(value):
        return Known(value, line)
    return None


_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}


_UNARY: dict[type, Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}
_NUMBERS: dict[str, Callable[..., Any]] = {"int": int, "float": float, "abs": abs, "round": round}


def _kind(*values: Any) -> str:
    if any(isinstance(value, (str, bytes)) for value in values):
        return "str"
    return "number" if all(isinstance(value, (int, float)) for value in values) else ""


def fold_binary(op: ast.operator, left: Known, right: Known) -> Value:
    """A binary operator on two constants."""
    a, b = left.value, right.value
    unknown = Unknown(0, _kind(a, b))
    function = _BINARY.get(type(op))
    if function is None or not (_small(a) and _small(b)):
        return unknown
    if isinstance(op, ast.Pow) and not (
        isinstance(a, (int, float)) and isinstance(b, (int, float)) and abs(a) <= 1e6 and abs(b) <= 64
    ):
        return unknown
    if isinstance(op, ast.LShift) and not (isinstance(b, int) and 0 <= b <= 64):
        return unknown
    if isinstance(op, ast.Mult) and (isinstance(a, (str, bytes)) or isinstance(b, (str, bytes))):
        text, times = (a, b) if isinstance(a, (str, bytes)) else (b, a)
        if not isinstance(times, int) or len(text) * max(0, times) > _LONGEST:
            return unknown
    if isinstance(op, ast.Mod) and isinstance(a, (str, bytes)) and re.search(r"\d{4}|\*", str(a)):
        return unknown
    try:
        made = _made(function(a, b), left.line or right.line)
    except _Failure:
        return unknown
    return made or unknown


def fold_unary(op: ast.unaryop, value: Known) -> Value:
    """A unary operator on a constant."""
    function = _UNARY.get(type(op))
    try:
        made = _made(function(value.value), value.line) if function and _small(value.value) else None
    except _Failure:
        made = None
    return made or Unknown()


_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def equal(a: Any, b: Any) -> bool:
    """Whether two constants are equal, as Python compares them."""
    try:
        return bool(a == b)
    except _Failure:
        return False


def fold_compare(op: ast.cmpop, left: Known, right: Known) -> Value:
    """A comparison of two constants. Equal constants count as identical."""
    a, b = left.value, right.value
    if isinstance(op, (ast.Is, ast.IsNot)):
        return Known((type(a) is type(b) and equal(a, b)) is isinstance(op, ast.Is), left.line or right.line)
    function = _COMPARE.get(type(op))
    try:
        return Known(bool(function(a, b)), left.line or right.line) if function else Unknown(0, "bool")
    except _Failure:
        return Unknown(0, "bool")


def fold_in(container: Known, one: Known) -> bool | None:
    """Whether a constant is in another."""
    try:
        return bool(one.value in container.value)
    except _Failure:
        return None


def fold_slice(items: tuple[Value, ...], key: Known) -> tuple[Value, ...]:
    """Some of a list."""
    try:
        return items[key.value]  # type: ignore[no-any-return]
    except _Failure:
        return items


def fold_item(items: tuple[Value, ...], key: Known) -> Value:
    """One of a list."""
    try:
        found = items[key.value]
        return found if isinstance(found, Value) else NOTHING
    except _Failure:
        return NOTHING


def fold_index(owner: Known, key: Known) -> Value:
    """A part of a constant."""
    try:
        return _made(owner.value[key.value], owner.line) or NOTHING
    except _Failure:
        return NOTHING


def fold_join(owner: Known, items: Sequence[Value]) -> Value | None:
    """``owner.join(items)``; None if not all are constants."""
    texts = [item.value for item in items if isinstance(item, Known)]
    if len(texts) != len(items):
        return None
    try:
        if sum(map(len, texts)) + len(owner.value) * len(texts) > _LONGEST:
            return None
        return _made(owner.value.join(texts))
    except _Failure:
        return None


_METHODS = {
    "lower", "upper", "strip", "lstrip", "rstrip", "title", "swapcase", "capitalize", "casefold",
    "replace", "split", "rsplit", "splitlines", "partition", "rpartition", "startswith", "endswith",
    "find", "rfind", "index", "count", "encode", "decode", "removeprefix", "removesuffix", "isdigit",
    "isalpha", "isupper", "islower", "isidentifier", "isspace", "isalnum", "zfill", "center", "ljust",
    "rjust", "hex", "bit_length", "is_integer", "format", "__len__", "__add__", "__eq__", "__ne__",
    "__lt__", "__gt__", "__contains__", "__getitem__", "__bool__", "__invert__", "__xor__", "__and__",
    "__or__", "__not__", "__int__", "__mod__", "conjugate", "as_integer_ratio", "__sub__",
}  # fmt: skip


def _constants(arguments: Arguments) -> list[Any] | None:
    """The positional arguments, if all that is given are small constants."""
    if arguments.more is not None or arguments.named_more is not None:
        return None
    found = []
    for value in arguments.values:
        plain = _plain(value)
        if plain is None:
            return None
        found.append(plain[0])
    return found


def _plain(value: Value, rooms: int = 3) -> tuple[Any] | None:
    """The constant that a value is, in a tuple; None if it is none."""
    if isinstance(value, Known):
        return (value.value,) if _small(value.value) else None
    if (
        rooms
        and isinstance(value, Items)
        and value.contents.items is not None
        and len(value.contents.items) <= 400
    ):
        parts = [_plain(one, rooms - 1) for one in value.contents.items]
        if any(part is None for part in parts):
            return None
        made = [part[0] for part in parts if part is not None]
        return (tuple(made) if value.kind == "tuple" else made,)
    return None


def _wide(values: Sequence[Any]) -> bool:
    """Whether some number or format asks for a great width."""
    return any(
        (isinstance(value, int) and abs(value) > 4096)
        or (isinstance(value, str) and re.search(r"\d{4}", value) is not None and "{" in value)
        for value in values
    )


def fold_method(owner: Known, name: str, arguments: Arguments) -> Value | None:
    """A method of a constant; None if not all are constants, or it is not one of the harmless ones."""
    values = _constants(arguments)
    if values is None or name not in _METHODS or not _small(owner.value):
        return None
    named: dict[str, Any] = {}
    for key, value in arguments.named.items():
        plain = _plain(value)
        if plain is None:
            return None
        named[key] = plain[0]
    if name in ("center", "ljust", "rjust", "zfill", "format", "__mod__") and _wide(
        [*values, *named.values(), owner.value]
    ):
        return None
    if name == "format" and (
        re.search(r"\{[^}]*[.\[{]", str(owner.value))
        or not all(isinstance(one, (str, int, float)) for one in (*values, *named.values()))
    ):
        return None
    if name == "replace" and (
        len(values) < 2 or len(str(owner.value)) * max(1, len(str(values[1]))) > _LONGEST
    ):
        return None
    if (
        name in ("encode", "decode")
        and values
        and str(values[0]).lower() not in ("utf-8", "utf8", "ascii", "latin-1", "latin1")
    ):
        return None
    try:
        return _made(getattr(owner.value, name)(*values, **named), owner.line)
    except _Failure:
        return None


def fold_static(kind: str, name: str, arguments: Arguments) -> Value | None:
    """``bytes.fromhex`` and its like; ``str.upper("a")`` is for :func:`fold_method`."""
    values = _constants(arguments)
    if not values:
        return None
    try:
        if (kind, name) == ("bytes", "fromhex"):
            return _made(bytes.fromhex(values[0]))
    except _Failure:
        return None
    return None


def _unzip(data: Any) -> bytes:
    return zlib.decompressobj().decompress(data, _LONGEST)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "builtins.chr": chr,
    "builtins.ord": ord,
    "builtins.hex": hex,
    "builtins.bin": bin,
    "builtins.oct": oct,
    "builtins.bytes": lambda data=b"", encoding="utf-8": (
        data.encode()
        if isinstance(data, str)
        else bytes(data)
        if isinstance(data, (list, tuple, bytes))
        else b""
    ),
    "builtins.bytearray": lambda data=b"": bytes(data) if isinstance(data, (list, tuple, bytes)) else b"",
    "builtins.divmod": divmod,
    "builtins.pow": lambda a, b: operator.pow(a, b) if abs(a) <= 1e6 and abs(b) <= 64 else None,
    "base64.b64decode": base64.b64decode,
    "base64.b64encode": base64.b64encode,
    "base64.urlsafe_b64decode": base64.urlsafe_b64decode,
    "base64.standard_b64decode": base64.standard_b64decode,
    "base64.b32decode": base64.b32decode,
    "base64.b16decode": base64.b16decode,
    "base64.b85decode": base64.b85decode,
    "base64.a85decode": base64.a85decode,
    "binascii.unhexlify": binascii.unhexlify,
    "binascii.a2b_hex": binascii.a2b_hex,
    "binascii.a2b_base64": binascii.a2b_base64,
    "zlib.decompress": _unzip,
    "codecs.decode": lambda data, how="utf-8": (
        codecs.decode(data, how) if how in ("rot13", "rot_13", "utf-8", "ascii", "hex", "base64") else None
    ),
    "codecs.encode": lambda data, how="utf-8": (
        codecs.encode(data, how) if how in ("rot13", "rot_13", "utf-8", "ascii") else None
    ),
    "math.floor": math.floor,
    "math.ceil": math.ceil,
    "math.sqrt": math.sqrt,
    "math.log": math.log,
    "math.isclose": math.isclose,
    "math.isinf": math.isinf,
    "math.isnan": math.isnan,
    "math.copysign": math.copysign,
    "math.gcd": math.gcd,
    "math.trunc": math.trunc,
}


def fold_function(path: str, arguments: Arguments) -> Value | None:
    """A harmless function of a library on constants; None if it is none, or not all are constants."""
    function = _FUNCTIONS.get(path)
    if function is None or arguments.named:
        return None
    values = _constants(arguments)
    if values is None:
        return None
    try:
        return _made(function(*values))
    except (*_Failure, zlib.error):
        return None


def fold_number(name: str, arguments: Arguments) -> Value | None:
    """``int``, ``float``, ``abs`` or ``round`` of constants."""
    values = _constants(arguments)
    if not values or any(isinstance(value, (str, bytes)) and len(value) > 100 for value in values):
        return None
    try:
        return _made(_NUMBERS[name](*values))
    except _Failure:
        return None


def fold_extreme(values: Sequence[Value], largest: bool) -> Value | None:
    """The largest or smallest of some constants."""
    found = [value for value in values if isinstance(value, Known)]
    if len(found) != len(values) or not found:
        return None
    try:
        return (max if largest else min)(found, key=lambda one: one.value)
    except _Failure:
        return None


def fold_sum(values: Sequence[Value], start: Value | None) -> Value | None:
    """The sum of some constants."""
    found = [
        value.value for value in values if isinstance(value, Known) and isinstance(value.value, (int, float))
    ]
    if len(found) != len(values) or (start is not None and not isinstance(start, Known)):
        return None
    try:
        return _made(sum(found, start.value if isinstance(start, Known) else 0))
    except _Failure:
        return None


def fold_sorted(values: Sequence[Value], arguments: Arguments) -> tuple[Value, ...] | None:
    """Some constants in order."""
    found = [value for value in values if isinstance(value, Known)]
    if len(found) != len(values) or "key" in arguments.named:
        return None if len(values) > 1 else tuple(values)
    backwards = arguments.named.get("reverse")
    try:
        return tuple(
            sorted(
                found,
                key=lambda one: one.value,
                reverse=isinstance(backwards, Known) and bool(backwards.value),
            )
        )
    except _Failure:
        return None


def constant_contents(value: Known) -> Contents:
    """What there is in a constant when it is gone through."""
    data = value.value
    if isinstance(data, (str, bytes)):
        if len(data) <= 400:
            return Contents(tuple(Known(one) for one in data))
        return Contents(None, Unknown(0, "str" if isinstance(data, str) else "number"), 0, len(data))
    return Contents()


def shown(value: Known) -> Value:
    """``str`` of a constant."""
    if isinstance(value.value, (str, int, float, bool, type(None))) and _small(value.value):
        return Known(str(value.value), value.line)
    return Unknown(0, "str")


def from_json(text: Known) -> Any:
    """What a JSON text says; None if it is none."""
    if not isinstance(text.value, (str, bytes)) or len(text.value) > _LONGEST:
        return None
    try:
        return json.loads(text.value)
    except _Failure:
        return None


def from_literal(text: Known) -> tuple[Any] | None:
    """The constant that a text spells, in a tuple; None if it spells none."""
    if not isinstance(text.value, str) or len(text.value) > 5000:
        return None
    try:
        return (ast.literal_eval(text.value.strip()),)
    except (*_Failure, SyntaxError):
        return None
