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
    values = list(arguments.values)
    if name in ("Thread", "Process"):
        target = arguments.named.get("target") or (values[1] if len(values) > 1 else None)
        if target is not None:
            if "args" not in arguments.named and len(values) > 3:
                arguments.named["args"] = values[3]
            start_thread(machine, target, arguments)
        held = Items("held", Contents())
        hold(machine, held, arguments.every())
        return Library(f"{function.path}()", held)
    if name == "Timer" or name in ("run_in_executor", "call_later", "finalize", "signal"):
        values = values[1:]
        if name == "Timer":
            arguments.named.setdefault(
                "args",
                arguments.named.get("args") or (values[1] if len(values) > 1 else Items("tuple", Contents())),
            )
            if values:
                start_thread(machine, values[0], arguments)
            return Library("threading.Timer()")
    if name in ("enter", "enterabs"):
        actions = values[2:] + [one for key, one in arguments.named.items() if key == "action"]
        rest = machine.contents(actions[1]) if len(actions) > 1 else Contents()
        if actions:
            return machine.call(actions[0], Arguments(list(rest.items or ()), {}, rest.each))
        return NOTHING
    if name == "gather":
        contents = Contents(tuple(values))
        if arguments.more is not None:
            contents = Contents(None, join_all([*values, arguments.more]))
        return Items("list", contents)
    if not values:
        return NOTHING
    target, rest_values = values[0], values[1:]
    if name == "start_new_thread":
        inner = machine.contents(rest_values[0]) if rest_values else Contents()
        machine.call(target, Arguments(list(inner.items or ()), {}, inner.each))
        return NOTHING
    if name in ("map", "imap", "imap_unordered", "map_async"):
        return map_(machine, Arguments([target, *rest_values]))
    if name in ("starmap", "starmap_async"):
        return starmap(machine, Arguments(values))
    if name in ("apply", "apply_async"):
        call_with = Arguments()
        if rest_values:
            contents = machine.contents(rest_values[0])
            call_with = Arguments(list(contents.items or ()), {}, contents.each)
        named = rest_values[1] if len(rest_values) > 1 else arguments.named.get("kwds")
        if named is not None:
            machine.spread(call_with, named)
        if "args" in arguments.named:
            contents = machine.contents(arguments.named["args"])
            call_with.values = list(contents.items or ())
        result = machine.call(target, call_with)
    elif name == "create_task":
        return target
    else:
        named_arguments = dict(arguments.named.items())
        result = machine.call(
            target, Arguments(rest_values, named_arguments, arguments.more, arguments.named_more)
        )
    if name in ("to_thread", "run_in_executor", "apply", "run_sync"):
        return result
    return Library("future()", Items("held", Contents((result,))))
