"""Threads, processes, executors, timers: what they are given to do is done at once."""

from __future__ import annotations

from selftaught.safety.reading.core import Core
from selftaught.safety.reading.library.holding import hold
from selftaught.safety.reading.library.iterating import map_
from selftaught.safety.reading.library.iterators import starmap
from selftaught.safety.reading.values import NOTHING, Arguments, Contents, Items, Library, Value, join_all


def start_thread(machine: Core, target: Value, arguments: Arguments) -> None:
    """A thread or process with a target is made."""
    given = arguments.named.get("args")
    named = arguments.named.get("kwargs")
    call_with = Arguments()
    if given is not None:
        contents = machine.contents(given)
        if contents.items is not None:
            call_with.values = list(contents.items)
        else:
            call_with.more = contents.element()
    if named is not None:
        machine.spread(call_with, named)
    machine.call(target, call_with)
    machine.later.append((target, call_with))


def pool(machine: Core, function: Library, name: str, arguments: Arguments) -> Value:
    """Threads, processes, executors: what they are given to do is done at once."""
    if name in ("Thread", "Process"):
        return _thread(machine, function, arguments)
    if name == "Timer":
        return _timer(machine, arguments)
    if name in ("enter", "enterabs"):
        return _scheduled(machine, arguments)
    values = list(arguments.values)
    if name == "gather":
        more = arguments.more
        return Items(
            "list", Contents(tuple(values)) if more is None else Contents(None, join_all([*values, more]))
        )
    if name in ("run_in_executor", "call_later", "finalize", "signal"):
        values = values[1:]
    if not values or name == "create_task":
        return values[0] if values else NOTHING
    if name in ("map", "imap", "imap_unordered", "map_async"):
        return map_(machine, Arguments(values))
    if name in ("starmap", "starmap_async"):
        return starmap(machine, Arguments(values))
    if name in ("apply", "apply_async", "start_new_thread"):
        result = machine.call(values[0], _listed(machine, values[1:], arguments.named))
    else:
        rest = Arguments(values[1:], dict(arguments.named), arguments.more, arguments.named_more)
        result = machine.call(values[0], rest)
    if name in ("to_thread", "run_in_executor", "apply", "run_sync"):
        return result
    return Library("future()", Items("held", Contents((result,))))


def _thread(machine: Core, function: Library, arguments: Arguments) -> Value:
    """``Thread(group, target, name, args, kwargs)``, or a process."""
    values = arguments.values
    target = arguments.named.get("target") or (values[1] if len(values) > 1 else None)
    if target is not None:
        if "args" not in arguments.named and len(values) > 3:
            arguments.named["args"] = values[3]
        start_thread(machine, target, arguments)
    held = Items("held", Contents())
    hold(machine, held, arguments.every())
    return Library(f"{function.path}()", held)


def _timer(machine: Core, arguments: Arguments) -> Value:
    """``Timer(interval, function, args, kwargs)``."""
    values = arguments.values[1:]
    arguments.named.setdefault("args", values[1] if len(values) > 1 else Items("tuple", Contents()))
    if values:
        start_thread(machine, values[0], arguments)
    return Library("threading.Timer()")


def _scheduled(machine: Core, arguments: Arguments) -> Value:
    """``scheduler.enter(delay, priority, action, argument)``."""
    actions = arguments.values[2:] + [one for key, one in arguments.named.items() if key == "action"]
    if not actions:
        return NOTHING
    rest = machine.contents(actions[1]) if len(actions) > 1 else Contents()
    return machine.call(actions[0], Arguments(list(rest.items or ()), {}, rest.each))


def _listed(machine: Core, values: list[Value], named: dict[str, Value]) -> Arguments:
    """Arguments that are given as a list and a dict."""
    given = values[0] if values else named.get("args")
    contents = machine.contents(given) if given is not None else Contents()
    call_with = Arguments(list(contents.items or ()), {}, contents.each)
    keywords = values[1] if len(values) > 1 else named.get("kwds")
    if keywords is not None:
        machine.spread(call_with, keywords)
    return call_with
