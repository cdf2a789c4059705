"""Methods of dicts, and of what stands for the attributes of something."""

from __future__ import annotations

from selftaught.safety.reading.core import Core
from selftaught.safety.reading.knowing import as_value, deep, hashable, length
from selftaught.safety.reading.library.given import look_inside
from selftaught.safety.reading.library.holding import TEXT
from selftaught.safety.reading.library.members import member
from selftaught.safety.reading.marks import FRAME
from selftaught.safety.reading.values import (
    ABSENT,
    FALSE,
    NONE,
    NOTHING,
    TRUE,
    Absent,
    Arguments,
    Contents,
    Given,
    GivenPart,
    Items,
    Known,
    Table,
    Unknown,
    Value,
    join_all,
    options,
)


def dict_method(machine: Core, owner: Table, name: str, arguments: Arguments) -> Value:
    """A method of a dict."""
    first, second = arguments.get(0), arguments.get(1)
    given = owner.given
    if isinstance(given, (Given, GivenPart)) and name in ("items", "values", "keys", "copy", "get", "pop"):
        if name in ("get", "pop") and isinstance(first, Known):
            return member(machine, given, str(first.value))
        look_inside(machine, given, "__dict__")
        return Unknown(FRAME)
    if name in ("get", "__getitem__", "setdefault", "pop", "move_to_end") and first is not None:
        return _get(machine, owner, name, first, second if second is not None else NONE)
    if name in ("items", "values", "keys"):
        return _view(machine, owner, name)
    if name in ("update", "__ior__"):
        for value in arguments.values:
            machine.update(owner, value)
        for key, value in arguments.named.items():
            machine.set_item(owner, Known(key), value)
        if arguments.named_more is not None:
            machine.set_item(owner, NOTHING, arguments.named_more)
        return NONE
    if name in ("copy", "__copy__"):
        made = Table(dict(owner.entries))
        made.rest = dict(owner.rest)
        return made
    if name == "clear":
        for entries in (owner.entries, owner.rest):
            for key in list(entries):
                machine.drop(entries, key)
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


def _get(machine: Core, owner: Table, name: str, key: Value, default: Value) -> Value:
    """What stands under a key, or the default; ``d["key"]`` has none."""
    found: list[Value] = []
    entries, has_default = owner.entries, name != "__getitem__"
    for one in options(key):
        place = hashable(one) if not isinstance(one, (Unknown, Absent)) else None
        if place is not None and place in entries:
            entry = entries[place]
            found.append(machine.present(entry))
            if ABSENT in options(entry) and has_default:
                found.append(default)
            if name == "pop":
                machine.drop(entries, place)
        elif place is not None:
            if owner.other is not None:
                found.append(owner.other)
            if has_default:
                found.append(default)
            elif "factory" in owner.rest:
                found.append(machine.subscript(owner, one))
        else:
            found.append(machine.subscript(owner, one))
            if has_default:
                found.append(default)
    if name == "setdefault":
        machine.set_item(owner, key, join_all(found) if found else default)
    return join_all(found) if found else NOTHING


def _view(machine: Core, owner: Table, name: str) -> Value:
    """``items``, ``keys`` or ``values``."""
    exact = owner.other is None and all(ABSENT not in options(one) for one in owner.entries.values())
    pairs = [(as_value(key), machine.present(value)) for key, value in owner.entries.items()]
    if owner.other is not None:
        pairs.append((owner.rest.get("key", NOTHING), owner.other))
    made: list[Value] = [key if name == "keys" else value for key, value in pairs]
    if name == "items":
        made = [Items("tuple", Contents(pair), own=True) for pair in pairs]
    if exact:
        return Items("list", Contents(tuple(made)), own=True)
    return Items("list", Contents(None, join_all(made) if made else None), own=True)
