"""Frames: what may cross comes out as it went in, and nothing else ever comes out."""

import contextlib
import itertools
import struct
import tracemalloc

import msgpack
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from selftaught.jail import wire
from selftaught.jail.wire import (
    MAX_DEPTH,
    MAX_FRAME_BYTES,
    MAX_ITEMS,
    Frames,
    Proxied,
    Refused,
    check,
    pack,
    unpack,
)

COMMON = settings(max_examples=80, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
ARRAY, PROXY, TUPLE = 1, 2, 3
DTYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]

arrays = st.sampled_from(DTYPES).flatmap(
    lambda name: hnp.arrays(np.dtype(name), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats()
    | st.text(st.characters(), max_size=20)  # surrogates among them
    | st.binary(max_size=20)
    | arrays
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


def same(a, b):
    """Whether two values are equal in kind and content, NaN being equal to itself."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, float):
        return struct.pack("<d", a) == struct.pack("<d", b) or a == b or (a != a and b != b)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return a == b


def body(message, **options):
    return pack(message, **options)[4:]


def raw(message):
    """MessagePack of what our own side would refuse to pack."""
    return msgpack.packb(message, unicode_errors="surrogatepass")


def arrived(data):
    """What the trusted side makes of a frame's body; only :class:`Refused` may come of a bad one."""
    value = unpack(data)
    check(value)
    return value


def means_something_or_is_refused(data):
    refusal = ""
    try:
        value = arrived(data)
    except Refused as problem:
        refusal = str(problem) or "no words"
    if refusal:
        assert refusal != "no words"
        assert "\n" not in refusal
    else:
        assert same(unpack(body(value)), value)


@COMMON
@given(values)
def test_what_may_cross_comes_out_as_it_went_in(value):
    assert same(unpack(body(value)), value)


@COMMON
@given(values, st.lists(st.integers(0, 400), max_size=8))
def test_frames_may_arrive_in_any_pieces(value, cuts):
    stream = pack(value) + pack("next") + pack(value)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    frames = Frames()
    bodies = [each for start, end in itertools.pairwise(edges) for each in frames.feed(stream[start:end])]
    assert len(bodies) == 3
    assert all(
        same(unpack(each), expected) for each, expected in zip(bodies, [value, "next", value], strict=True)
    )


def test_frames_may_arrive_byte_by_byte():
    frames = Frames()
    bodies = [each for byte in pack([1, "a"]) + pack(2) for each in frames.feed(bytes([byte]))]
    assert [unpack(each) for each in bodies] == [[1, "a"], 2]


def test_what_follows_a_frame_is_kept_when_only_one_is_taken():
    frames = Frames()
    for each in frames.feed(pack(1) + pack(2) + pack(3)[:2]):
        assert unpack(each) == 1
        break
    assert [unpack(each) for each in frames.feed(pack(3)[2:])] == [2, 3]


@COMMON
@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_refused_or_mean_something(data):
    means_something_or_is_refused(data)


@COMMON
@given(values, st.data())
def test_a_damaged_frame_is_refused_or_means_something(value, data):
    damaged = bytearray(body(["result", 1, True, value]))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    del damaged[data.draw(st.integers(0, len(damaged))) :]
    means_something_or_is_refused(bytes(damaged))


@COMMON
@given(st.lists(st.binary(max_size=40), max_size=6))
def test_a_stream_of_any_bytes_gives_frames_or_is_refused(chunks):
    frames = Frames()
    with contextlib.suppress(Refused):
        for chunk in chunks:
            for each in frames.feed(chunk):
                means_something_or_is_refused(each)


def raw_array(number, shape, content):
    """An array as it crosses: the number of its type, its dimensions, its shape, its content."""
    return bytes((number, len(shape))) + struct.pack(f"<{len(shape)}Q", *shape) + content


extensions = st.builds(
    lambda code, data: msgpack.ExtType(code, data),
    st.integers(0, 10),
    st.binary(max_size=30)
    | st.builds(
        lambda number, shape, content: raw_array(number, shape, content),
        st.integers(0, 15),
        st.lists(st.integers(0, 4) | st.sampled_from([8, 2**32, 2**63, 2**64 - 1]), max_size=4),
        st.binary(max_size=32),
    ),
)


@COMMON
@given(
    st.recursive(
        extensions | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.binary(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.integers(-(2**63), 2**64 - 1) | st.text(max_size=3), inner, max_size=3)
        ),
        max_leaves=6,
    )
)
def test_forged_extensions_are_refused_or_mean_something(message):
    means_something_or_is_refused(msgpack.packb(message))


BOOLEANS, INTEGERS, FLOATS = 0, 5, 11  # of 8 bytes


def array(number, shape, content):
    return raw(msgpack.ExtType(ARRAY, raw_array(number, shape, content)))


MARK = raw(msgpack.ExtType(TUPLE, b""))
ONES_AND_TWOS = [  # tuples whose hashes are equal, since those of -1 and -2 are
    b"\xdc\0\x15" + MARK + bytes(255 - (number >> bit & 1) for bit in range(20)) for number in range(2**16)
]


def nested_tuples(depth):
    return (b"\x92" + MARK) * depth + raw(1)


HOSTILE = {
    "nothing": b"",
    "a trailing byte": raw(1) + b"\0",
    "a reserved byte": b"\xc1",
    "half an array": b"\x92\x01",
    "100,000 open brackets": b"\x91" * 100_000,
    "1,000 closed brackets": b"\x91" * 1000 + b"\xc0",
    "100 closed brackets": b"\x91" * 100 + b"\xc0",
    "100 dicts in each other": b"\x81\xa1a" * 100 + b"\xc0",
    "100 tuples in each other": nested_tuples(100),
    "tuples and lists in turn": (b"\x92" + MARK + b"\x91") * 40 + raw(1),
    "four billion items": b"\xdd\xff\xff\xff\xff",
    "four billion keys": b"\xdf\xff\xff\xff\xff",
    "four billion characters": b"\xdb\xff\xff\xff\xff",
    "four billion bytes": b"\xc6\xff\xff\xff\xff",
    "an extension of four billion bytes": b"\xc9\xff\xff\xff\xff\x01",
    "more items than may be": b"\xdd" + struct.pack(">I", MAX_ITEMS + 1) + bytes(MAX_ITEMS + 1),
    "a foreign extension": raw(msgpack.ExtType(9, b"abc")),
    "a timestamp": raw(msgpack.Timestamp(1)),
    "a bad timestamp": b"\xd4\xff\x00",
    "a time stamp as a key": b"\x81\xd6\xff\x00\x00\x00\x00\xc0",
    "an integer of 64 bits": raw(2**64 - 1),
    "the smallest integer": raw(-(2**63)),
    "NaN": raw(float("nan")),
    "infinity": raw([1, float("inf")]),
    "integers as keys": raw({1: 2}),
    "None as a key": raw({None: 2}),
    "bytes as a key": raw({b"a": 2}),
    "a list as a key": b"\x81\x91\x01\xc0",
    "a dict as a key": b"\x81\x80\xc0",
    "an array as a key": b"\x81" + array(INTEGERS, [1], bytes(8)) + b"\xc0",
    "a tuple as a key": b"\x81\x92" + MARK + b"\1\xc0",
    "keys whose hashes are equal": b"\xdf" + struct.pack(">I", 2**15) + b"\xc0".join([*ONES_AND_TWOS[: 2**15], b""]),
    "times as keys": b"\x82\xd6\xff\0\0\0\0\xc0\xd6\xff\0\0\0\1\xc0",
    "text that is none": b"\xa2\xff\xfe",
    "a tuple's mark alone": MARK,
    "a tuple's mark as the second item": raw([1, msgpack.ExtType(TUPLE, b"")]),
    "a tuple's mark twice": raw([msgpack.ExtType(TUPLE, b"")] * 2),
    "a tuple's mark as a key": b"\x81" + MARK + b"\xc0",
    "a tuple's mark as what a key stands for": b"\x81\xa0" + MARK,
    "a tuple's mark with content": raw([msgpack.ExtType(TUPLE, b"\x91\1")]),
    "a proxy": body(Proxied(0, ("__call__",), (), {})),
    "a proxy of nonsense": raw(msgpack.ExtType(PROXY, raw([1]))),
    "an array of NaN": array(FLOATS, [1], struct.pack("<d", float("nan"))),
    "an array of a kind that there is not": array(14, [1], bytes(8)),
    "an array of nothing": raw(msgpack.ExtType(ARRAY, b"")),
    "an array without dimensions": raw(msgpack.ExtType(ARRAY, bytes([FLOATS]))),
    "an array without its shape": raw(msgpack.ExtType(ARRAY, bytes([FLOATS, 1]))),
    "an array too short": array(FLOATS, [2], bytes(8)),
    "an array too long": array(FLOATS, [1], bytes(16)),
    "an array of wrapping lengths": array(FLOATS, [2**32, 2**32], b""),
    "an empty array of impossible length": array(FLOATS, [0, 2**64 - 1], b""),
    "an empty array of enormous length": array(FLOATS, [0, 2**25], b""),
    "an array of 33 dimensions": array(FLOATS, [1] * 33, bytes(8)),
    "booleans that are neither": array(BOOLEANS, [2], b"\x00\x02"),
    "dicts in dicts, all announced large": (b"\xdf\0\x0f\xff\xff\xa0" * 60 + bytes(2**20)),
    "lists in lists, all announced large": (b"\xdd\0\x0f\xff\xff" * 900 + bytes(2**20)),
    "lists in lists, all long": ((b"\xdd\0\x0f\xff\xff" + b"\1" * (2**20 - 2)) * 15 + b"\1"),
    "half pairs without end": raw("\ud800" * (MAX_ITEMS + 1)),
    "half pairs without end, in pieces": raw(["\ud800" * 8] * (MAX_ITEMS // 8)),
    "more empty lists than may be": b"\xdd"
    + struct.pack(">I", 2)
    + 2 * (b"\xdd" + struct.pack(">I", MAX_ITEMS // 2 + 1) + b"\x90" * (MAX_ITEMS // 2 + 1)),
    "more tiny arrays than may be": b"\xdd"
    + struct.pack(">I", 2)
    + 2 * (b"\xdd" + struct.pack(">I", MAX_ITEMS // 2 + 1) + array(BOOLEANS, [], b"\1") * (MAX_ITEMS // 2 + 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_frames_are_refused(name):
    assert len(HOSTILE[name]) <= MAX_FRAME_BYTES
    with pytest.raises(Refused):
        arrived(HOSTILE[name])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (object(), "a foreign type: object"),
        ({1: 2}, "a dict with a key of type int, not str"),
        (2**63, "an integer of more than 63 bits"),
        (1j, "a foreign type: complex"),
        ({1, 2}, "a foreign type: set"),
        (np.array([None]), "a foreign type: an array of object"),
        ([0] * (MAX_ITEMS + 1), "a list of more than 1,048,576 items; use an array"),
        ("x" * MAX_FRAME_BYTES, "too large"),
        (np.zeros(2**22), "too large: an array of 33,554,432 bytes"),
        (np.zeros((0, 2**25)), "too large: an array of the shape (0, 33554432)"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 100 else type(value).__name__,
)
def test_what_may_not_cross_is_refused_in_words(value, words):
    for carried in (value, [value], {"a": (value,)}):
        with pytest.raises(Refused) as refusal:
            pack(carried)
        assert words in str(refusal.value)


def test_only_what_is_finite_crosses_where_that_is_asked():
    for value in (
        float("nan"),
        -float("inf"),
        np.array([1.0, np.inf]),
        np.float32("nan"),
        np.array([1j * np.inf]),
    ):
        assert body(value)
        with pytest.raises(Refused, match="finite"):
            pack([value], finite=True)
        with pytest.raises(Refused, match="finite"):
            arrived(body([value]))


def test_a_frame_of_the_largest_size_crosses_and_one_byte_more_does_not():
    largest = bytes(MAX_FRAME_BYTES - 5)  # MessagePack puts 5 bytes before them
    assert unpack(body(largest)) == largest
    with pytest.raises(Refused, match=r"too large: 16,777,217 bytes, of at most 16,777,216"):
        pack(largest + b"x")


def test_a_frame_that_is_announced_too_large_is_refused_before_it_arrives():
    with pytest.raises(Refused, match="too large: a frame of 16,777,217 bytes"):
        list(Frames().feed(struct.pack("<I", MAX_FRAME_BYTES + 1)))
    assert list(Frames().feed(struct.pack("<I", MAX_FRAME_BYTES))) == []


def test_as_deep_as_may_be_and_no_deeper():
    def nest(depth, wrap):
        value = None
        for _ in range(depth):
            value = wrap(value)
        return value

    for wrap in (lambda x: [x], lambda x: {"a": x}, lambda x: (x,)):
        arrived(body(nest(MAX_DEPTH - 4, wrap)))
        with pytest.raises(Refused, match="nested deeper than 64"):
            pack(nest(MAX_DEPTH + 10, wrap))


def test_as_many_values_as_may_be_and_no_more():
    most = [0] * (MAX_ITEMS - 1)
    assert unpack(body(most)) == most
    with pytest.raises(Refused, match="too large: more than 1,048,576 values; use an array"):
        pack([most])
    with pytest.raises(Refused, match="too large: more than 1,048,576 values"):
        unpack(raw([most]))


@pytest.mark.parametrize(
    ("value", "weight"), [(np.zeros(1), 8), (np.zeros((1,) * 32), 8), ((), 2), ({"": 0}, 3)]
)
def test_both_sides_count_alike(value, weight):
    number = (MAX_ITEMS - 1) // weight
    single = pack([value])[5:]
    refused = pytest.raises(Refused, match="too large")
    if len(single) * number <= MAX_FRAME_BYTES:
        assert len(unpack(b"\xdd" + struct.pack(">I", number) + single * number)) == number
    with refused:
        pack([value] * (number + 1))
    with refused:
        unpack(b"\xdd" + struct.pack(">I", number + 1) + single * (number + 1))


@pytest.mark.parametrize(
    "name",
    [name for name in HOSTILE if "announced" in name or "four billion" in name or "half pairs" in name],
)
def test_what_is_only_announced_or_too_much_is_never_made(name):
    tracemalloc.start()
    try:
        with pytest.raises(Refused):
            unpack(HOSTILE[name])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**16


def test_an_array_that_arrived_is_its_own_and_may_be_written():
    value = unpack(bytearray(body(np.arange(6).reshape(2, 3))))
    value[:] = 0
    assert value.flags.owndata
    assert value.flags.c_contiguous
    assert value.flags.aligned


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (np.array([[1, 2]]).view(np.matrix), np.array([[1, 2]])),
        (np.ma.masked_array([1, 2], [True, False]), np.array([1, 2])),
        (np.arange(3, dtype=">i4"), np.arange(3, dtype="<i4")),
        (np.arange(6.0).reshape(2, 3).T, np.array([[0.0, 3], [1, 4], [2, 5]])),
        (np.arange(6)[::2], np.array([0, 2, 4])),
        (np.array([0.5], dtype=np.longdouble), np.array([0.5])),
        (np.array([0.5j], dtype=np.clongdouble), np.array([0.5j])),
    ],
    ids=["matrix", "masked", "byte order", "transposed", "strided", "long double", "long complex"],
)
def test_arrays_of_other_kinds_become_plain_ones(given_, expected):
    assert same(unpack(body(given_)), expected)


def test_a_proxy_comes_out_only_where_it_is_asked_for():
    frame = body(["call", [Proxied(3, ("__call__", "many"), ("uses",), {"str": "what", "budget": 5})]])
    seen = unpack(frame, proxy=lambda described: described)[1][0]
    assert (seen.identity, seen.methods, seen.properties) == (3, ("__call__", "many"), ("uses",))
    assert seen.constants == {"str": "what", "budget": 5}
    with pytest.raises(Refused, match="extension 2"):
        unpack(frame)


def test_nothing_is_ever_unpickled():
    import ast
    from pathlib import Path

    names = {
        alias.name.partition(".")[0]
        for path in Path(wire.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert not names & {"pickle", "marshal", "shelve", "cloudpickle", "dill"}
