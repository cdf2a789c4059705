"""Methods of lists, tuples, sets and queues."""

from __future__ import annotations

from collections.abc import Callable

from selftaught.safety.reading import folding
from selftaught.safety.reading.core import Core
from selftaught.safety.reading.knowing import deep, length
from selftaught.safety.reading.library.holding import TEXT
from selftaught.safety.reading.values import (
    FALSE,
    NONE,
    TRUE,
    Arguments,
    Contents,
    Items,
    Known,
    Unknown,
    Value,
    join_all,
    together,
)

_Method = Callable[[Core, Items, str, Arguments], Value | None]
_METHODS: dict[str, _Method] = {}


def list_method(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value:
    """A method of a list, tuple, set or queue."""
    how = _METHODS.get(name)
    found = how(machine, owner, name, arguments) if how is not None else None
    return found if found is not None else Unknown(deep(owner) & TEXT)


def _does(*names: str) -> Callable[[_Method], _Method]:
    def keep(how: _Method) -> _Method:
        _METHODS.update(dict.fromkeys(names, how))
        return how

    return keep


def _is_now(machine: Core, owner: Items, items: tuple[Value, ...]) -> None:
    machine.put(owner.state, "contents", Contents(items, None, owner.contents.marks))


@_does("append", "add", "put", "push", "appendleft")
def _append(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return None
    if name == "appendleft" and owner.kind != "set":
        machine.put(owner.state, "contents", together(Contents((first,)), owner.contents))
    else:
        machine.extend(owner, Contents((first,)))
    return NONE


@_does("extend", "update", "extendleft", "__iadd__")
def _extend(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value | None:
    for value in arguments.values:
        machine.extend(owner, machine.contents(value))
    return NONE if arguments.values else None


@_does("insert")
def _insert(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value | None:
    if len(arguments.values) < 2:
        return None
    place, value = arguments.values[:2]
    items = owner.contents.items
    known = isinstance(place, Known) and type(place.value) is int
    if items is not None and isinstance(place, Known) and known and abs(place.value) <= len(items):
        made = list(items)
        made.insert(place.value, value)
        _is_now(machine, owner, tuple(made))
    else:
        machine.extend(owner, Contents((value,)))
    return NONE


@_does("pop", "popleft", "popitem")
def _pop(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value:
    items, first = owner.contents.items, arguments.get(0)
    if items and (first is None or (isinstance(first, Known) and type(first.value) is int)):
        index = first.value if isinstance(first, Known) else 0 if name == "popleft" else -1
        if -len(items) <= index < len(items):
            rest = list(items)
            value = rest.pop(index)
            _is_now(machine, owner, tuple(rest))
            return value
    return owner.contents.element()


@_does("sort", "reverse")
def _sort(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value:
    items, key = owner.contents.items, arguments.named.get("key")
    if key is not None:
        machine.call(key, Arguments([owner.contents.element()]))
    if name == "reverse" and items is not None:
        _is_now(machine, owner, items[::-1])
    elif items is not None and len(items) > 1:
        folded = folding.fold_sorted(items, arguments)
        _is_now(machine, owner, folded if folded is not None else (join_all(items),) * len(items))
    return NONE


@_does("clear")
def _clear(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value:
    machine.put(owner.state, "contents", Contents())
    return NONE


@_does("remove", "discard", "difference_update", "intersection_update")
def _remove(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value:
    contents, first = owner.contents, arguments.get(0)
    kept = contents.items
    if kept is None:
        return NONE
    one = name in ("remove", "discard")
    if one and isinstance(first, Known) and all(isinstance(each, Known) for each in kept):
        alike = [
            i
            for i, each in enumerate(kept)
            if isinstance(each, Known) and folding.equal(each.value, first.value)
        ]
        _is_now(machine, owner, (*kept[: alike[0]], *kept[alike[0] + 1 :]) if alike else kept)
    elif kept:
        most = len(kept)
        machine.put(owner.state, "contents", Contents(None, contents.element(), contents.marks, most))
    return NONE


@_does("copy", "__iter__", "__copy__")
def _copy(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value:
    return Items(owner.kind, owner.contents, own=True)


@_does("union", "__add__", "__or__")
def _union(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value:
    contents = owner.contents
    for value in arguments.values:
        contents = together(contents, machine.contents(value))
    return Items(owner.kind, contents)


@_does("intersection", "difference", "symmetric_difference")
def _part(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value:
    contents = owner.contents
    return Items(owner.kind, Contents(None, contents.element(), contents.marks, contents.upto()))


@_does("index", "count")
def _index(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value:
    return Unknown(0, "number")


@_does("__len__")
def _len(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value:
    return length(owner)


@_does("__getitem__")
def _get(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value | None:
    first = arguments.get(0)
    return machine.subscript(owner, first) if first is not None else None


@_does("__setitem__")
def _set(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value | None:
    if len(arguments.values) < 2:
        return None
    machine.set_item(owner, arguments.values[0], arguments.values[1])
    return NONE


@_does("__contains__")
def _contains(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return None
    sure = machine.holds(owner, first)
    return Unknown(0, "bool") if sure is None else TRUE if sure else FALSE


@_does("__next__")
def _next(machine: Core, owner: Items, name: str, arguments: Arguments) -> Value:
    return owner.contents.element()
