"""Methods of text, lists and dicts."""

from __future__ import annotations

from selftaught.safety.reading import folding
from selftaught.safety.reading.core import Core
from selftaught.safety.reading.knowing import as_value, deep, hashable, length, marks_under, speaks
from selftaught.safety.reading.library.given import look_inside
from selftaught.safety.reading.library.holding import TEXT, call_back, callables, unknown_call
from selftaught.safety.reading.library.members import member
from selftaught.safety.reading.library.tables import SPLITS, TESTS
from selftaught.safety.reading.marks import (
    BUDGET,
    CUT,
    FRAME,
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
    ABSENT,
    FALSE,
    NONE,
    NOTHING,
    TRUE,
    Absent,
    Arguments,
    Bound,
    Choice,
    Contents,
    Generator,
    Given,
    GivenPart,
    Instance,
    Items,
    Known,
    Table,
    Unknown,
    Value,
    join,
    join_all,
    options,
    together,
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


def list_method(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value:
    """A method of a list, tuple, set or queue."""
    contents = owner.contents
    first = arguments.get(0)
    if name in ("append", "add", "appendleft", "put", "push") and first is not None:
        if owner.kind == "set":
            machine.extend(owner, Contents((first,)))
        elif name == "appendleft":
            machine.put(owner.state, "contents", together(Contents((first,)), contents))
        else:
            machine.extend(owner, Contents((first,)))
        return NONE
    if name in ("extend", "update", "extendleft", "__iadd__") and arguments.values:
        for value in arguments.values:
            machine.extend(owner, machine.contents(value))
        return NONE
    if name == "insert" and len(arguments.values) > 1:
        value = arguments.values[1]
        if (
            contents.items is not None
            and isinstance(first, Known)
            and type(first.value) is int
            and abs(first.value) <= len(contents.items)
        ):
            items = list(contents.items)
            items.insert(first.value, value)
            machine.put(owner.state, "contents", Contents(tuple(items), None, contents.marks))
        else:
            machine.extend(owner, Contents((value,)))
        return NONE
    if name in ("pop", "popleft", "popitem"):
        if contents.items and (first is None or (isinstance(first, Known) and type(first.value) is int)):
            index = first.value if isinstance(first, Known) else 0 if name == "popleft" else -1
            if -len(contents.items) <= index < len(contents.items):
                items = list(contents.items)
                value = items.pop(index)
                machine.put(owner.state, "contents", Contents(tuple(items), None, contents.marks))
                return value
        return contents.element()
    if name in ("sort", "reverse"):
        key = arguments.named.get("key")
        if key is not None:
            machine.call(key, Arguments([contents.element()]))
        if name == "reverse" and contents.items is not None:
            machine.put(owner.state, "contents", Contents(contents.items[::-1], None, contents.marks))
        elif contents.items is not None and len(contents.items) > 1:
            folded = folding.fold_sorted(contents.items, arguments)
            each = join_all(contents.items)
            machine.put(
                owner.state,
                "contents",
                Contents(
                    folded if folded is not None else (each,) * len(contents.items), None, contents.marks
                ),
            )
        return NONE
    if name == "clear":
        machine.put(owner.state, "contents", Contents())
        return NONE
    if name in ("remove", "discard", "difference_update", "intersection_update"):
        if contents.items is not None:
            kept = contents.items
            if (
                isinstance(first, Known)
                and name in ("remove", "discard")
                and all(isinstance(one, Known) for one in kept)
            ):
                index = next(
                    (
                        i
                        for i, one in enumerate(kept)
                        if isinstance(one, Known) and folding.equal(one.value, first.value)
                    ),
                    None,
                )
                kept = kept if index is None else (*kept[:index], *kept[index + 1 :])
                machine.put(owner.state, "contents", Contents(kept, None, contents.marks))
            elif kept:
                machine.put(
                    owner.state, "contents", Contents(None, contents.element(), contents.marks, len(kept))
                )
        return NONE
    if name in ("copy", "__iter__", "__copy__"):
        return Items(owner.kind, contents, own=True)
    if name in ("union", "intersection", "difference", "symmetric_difference", "__add__", "__or__"):
        for value in arguments.values if name in ("union", "__add__", "__or__") else ():
            contents = together(contents, machine.contents(value))
        return Items(
            owner.kind,
            contents
            if name in ("union", "__add__", "__or__")
            else Contents(None, contents.element(), contents.marks, contents.upto()),
        )
    if name in ("index", "count", "__len__"):
        return length(owner) if name == "__len__" else Unknown(0, "number")
    if name == "__getitem__" and first is not None:
        return machine.subscript(owner, first)
    if name == "__setitem__" and len(arguments.values) > 1:
        machine.set_item(owner, arguments.values[0], arguments.values[1])
        return NONE
    if name == "__contains__" and first is not None:
        sure = machine.holds(owner, first)
        return Unknown(0, "bool") if sure is None else TRUE if sure else FALSE
    if name == "__next__":
        return contents.element()
    return Unknown(deep(owner) & TEXT)


def dict_method(machine: Core, owner: Table, name: str, arguments: Arguments) -> Value:
    """A method of a dict."""
    first, second = arguments.get(0), arguments.get(1)
    if isinstance(owner.given, (Given, GivenPart)) and name in (
        "items",
        "values",
        "keys",
        "copy",
        "get",
        "pop",
    ):
        if name in ("get", "pop") and isinstance(first, Known):
            return member(machine, owner.given, str(first.value))
        look_inside(machine, owner.given, "__dict__")
        return Unknown(FRAME)
    entries = owner.entries
    exact = owner.other is None and all(ABSENT not in options(one) for one in entries.values())
    if name in ("get", "__getitem__", "setdefault", "pop", "move_to_end") and first is not None:
        default = second if second is not None else NONE
        found: list[Value] = []

        for one in options(first):
            place = hashable(one) if not isinstance(one, (Unknown, Absent)) else None
            if place is not None and place in entries:
                entry = entries[place]
                found.append(machine.present(entry))
                if ABSENT in options(entry) and name != "__getitem__":
                    found.append(default)
                if name == "pop":
                    machine.drop(entries, place)
            elif place is not None:
                if owner.other is not None:
                    found.append(owner.other)
                if name != "__getitem__":
                    found.append(default)
                elif "factory" in owner.rest:
                    found.append(machine.subscript(owner, one))
            else:
                found.append(machine.subscript(owner, one))
                if name != "__getitem__":
                    found.append(default)
        if name == "setdefault":
            machine.set_item(owner, first, join_all(found) if found else default)
        return join_all(found) if found else NOTHING
    if name in ("items", "values", "keys"):
        pairs = [(as_value(key), machine.present(value)) for key, value in entries.items()]
        if owner.other is not None:
            pairs.append((owner.rest.get("key", NOTHING), owner.other))
        made: list[Value] = [key if name == "keys" else value for key, value in pairs]
        if name == "items":
            made = [Items("tuple", Contents(pair), own=True) for pair in pairs]
        if exact:
            return Items("list", Contents(tuple(made)), own=True)
        return Items("list", Contents(None, join_all(made) if made else None), own=True)
    if name in ("update", "__ior__"):
        for value in arguments.values:
            machine.update(owner, value)
        for key, value in arguments.named.items():
            machine.set_item(owner, Known(key), value)
        if arguments.named_more is not None:
            machine.set_item(owner, NOTHING, arguments.named_more)
        return NONE
    if name in ("copy", "__copy__"):
        made_table = Table(dict(entries))
        made_table.rest = dict(owner.rest)
        return made_table
    if name == "clear":
        for key in list(entries):
            machine.drop(entries, key)
        for key in list(owner.rest):
            machine.drop(owner.rest, key)
        return NONE
    if name == "__setitem__" and first is not None and second is not None:
        machine.set_item(owner, first, second)
        return NONE
    if name == "__contains__" and first is not None:
        sure = machine.holds(owner, first)
        return Unknown(0, "bool") if sure is None else TRUE if sure else FALSE
    if name == "__len__":
        return length(owner)
    return Unknown(deep(owner) & TEXT)
