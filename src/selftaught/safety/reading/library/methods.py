"""Methods of values: of text, numbers and what is not known here, of lists and dicts in files of their own."""

from __future__ import annotations

from selftaught.safety.reading import folding
from selftaught.safety.reading.core import Core
from selftaught.safety.reading.knowing import deep, marks_under, speaks
from selftaught.safety.reading.library.dicts import dict_method
from selftaught.safety.reading.library.holding import TEXT, call_back, callables, unknown_call
from selftaught.safety.reading.library.lists import list_method
from selftaught.safety.reading.library.tables import SPLITS, TESTS
from selftaught.safety.reading.marks import (
    BUDGET,
    CUT,
    GUARD,
    GUARD_SOME,
    HAS,
    LACKS,
    MOVED,
    NUMERIC,
    PIECE,
    UNLIMITED,
    WHOLE,
)
from selftaught.safety.reading.values import (
    NONE,
    Arguments,
    Bound,
    Choice,
    Contents,
    Generator,
    Instance,
    Items,
    Known,
    Table,
    Unknown,
    Value,
    join,
    join_all,
)


def method(machine: Core, owner: Value, name: str, arguments: Arguments) -> Value:
    """A call of a method of text, a number, a list, a dict, or of something unknown."""
    if isinstance(owner, Known):
        return _known_method(machine, owner, name, arguments)
    if isinstance(owner, Items):
        return list_method(machine, owner, name, arguments)
    if isinstance(owner, Table):
        return dict_method(machine, owner, name, arguments)
    if isinstance(owner, Generator):
        if name == "send" and arguments.values:
            sent = owner.state["sent"]
            given = arguments.values[0]
            new = given if sent is None else join(sent, given)
            if new is not sent:
                machine.put(owner.state, "sent", new)
                machine.put(owner.state, "yielded", None)
        elif name == "close":
            return NONE
        return machine.contents(owner).element()
    if isinstance(owner, Choice):
        return join_all([method(machine, one, name, arguments) for one in owner.options])
    if isinstance(owner, Unknown):
        return text_method(machine, owner, name, arguments)
    return unknown_call(machine, owner, arguments)


def _known_method(machine: Core, owner: Known, name: str, arguments: Arguments) -> Value:
    if isinstance(owner.value, (str, bytes)) and name == "join":
        first = arguments.get(0)
        contents = machine.contents(first) if first is not None else Contents()
        if contents.items is not None:
            folded = folding.fold_join(owner, contents.items)
            if folded is not None:
                return folded
        elements = contents.items if contents.items is not None else filter(None, (contents.each,))
        marks = marks_under(elements) & ~NUMERIC
        if marks & PIECE:
            marks = marks & ~PIECE | WHOLE
        return Unknown(marks & ~(HAS | LACKS | GUARD | GUARD_SOME), "str")
    folded = folding.fold_method(owner, name, arguments)
    if folded is not None:
        return folded
    if name in ("format", "format_map"):
        texts = [shown(machine, value) for value in arguments.every()]
        return Unknown(
            marks_under(texts) & ~NUMERIC & ~(GUARD | HAS | LACKS), "str", bool(owner.value) or None
        )
    return text_method(machine, Unknown(0, "str" if isinstance(owner.value, str) else ""), name, arguments)


def shown(machine: Core, value: Value) -> Value:
    """What ``str`` makes of a value."""
    if isinstance(value, Instance):
        how = value.kind.find("__str__") or value.kind.find("__repr__") or value.kind.find("__format__")
        if how is not None:
            return machine.call(
                Bound(how, value), Arguments([NONE] if how is value.kind.find("__format__") else [])
            )
    if isinstance(value, Known):
        return folding.shown(value)
    return Unknown(deep(value) & ~NUMERIC, "str")


def text_method(machine: Core, owner: Unknown, name: str, arguments: Arguments) -> Value:
    """A method of text that is not known, or of something that may be text."""
    values = arguments.every()
    given = marks_under(values)
    marks = owner.marks & ~(HAS | LACKS | GUARD | GUARD_SOME)

    about = any(speaks(value) for value in values)
    if name in SPLITS:
        if marks & (WHOLE | PIECE):
            marks = marks & ~WHOLE | PIECE | (UNLIMITED if about else 0)
        each = Unknown(marks, "str")
        if name.endswith("partition"):
            return Items("tuple", Contents(None, each, 0, 3))
        return Items("list", Contents(None, each, 0))
    if name in TESTS:
        if owner.marks & (WHOLE | PIECE):
            return Unknown(HAS if about else PIECE, "bool")
        return Unknown(0, "bool")
    if name in ("find", "index", "rfind", "count", "rindex", "__len__", "bit_length", "as_integer_ratio"):
        return Unknown(HAS if about and owner.marks & PIECE else 0, "number")
    if name == "replace" and owner.marks & WHOLE:
        gone, new = arguments.get(0), arguments.get(1)
        if (
            gone is not None
            and speaks(gone)
            and isinstance(new, Known)
            and isinstance(gone, Known)
            and len(str(new.value)) < len(str(gone.value))
        ):
            return Unknown(marks & ~WHOLE | CUT | UNLIMITED, "str")
        return Unknown(marks | given & TEXT, "str")
    if name in (
        "strip",
        "lstrip",
        "rstrip",
        "lower",
        "upper",
        "title",
        "casefold",
        "encode",
        "decode",
        "removeprefix",
        "removesuffix",
        "expandtabs",
        "replace",
        "capitalize",
        "center",
        "ljust",
        "rjust",
        "zfill",
        "translate",
        "format",
        "format_map",
        "swapcase",
    ):
        return Unknown(marks | given & TEXT, "str", None)
    if name == "join":
        return Unknown((marks | given) & TEXT & ~PIECE | (WHOLE if given & PIECE else 0), "str")
    for one in callables(values):
        call_back(machine, one, [owner, *[value for value in values if value is not one]])
    return Unknown(
        (marks | given & TEXT) & ~(BUDGET | MOVED)
        | (marks & (BUDGET | MOVED) if owner.kind == "number" or not owner.kind else 0)
    )
