"""Attributes and items of what is not of the program, read and set."""

from __future__ import annotations

import ast
import re

from selftaught.safety.reading import folding
from selftaught.safety.reading.core import Core
from selftaught.safety.reading.knowing import deep
from selftaught.safety.reading.library.given import look_inside, of_given
from selftaught.safety.reading.library.holding import CALLABLE, TEXT, held_by, hold
from selftaught.safety.reading.library.running import start_thread
from selftaught.safety.reading.library.tables import ALIASES, CONSTANTS, INTERFACE
from selftaught.safety.reading.library.world import environment, look_up_module, run_text
from selftaught.safety.reading.marks import (
    BUDGET,
    CUT,
    ENDLESS,
    ENVIRON,
    FRAME,
    NUMERIC,
    OPAQUE,
    PIECE,
    RESOURCE,
    WHOLE,
)
from selftaught.safety.reading.values import (
    NOTHING,
    Arguments,
    Bound,
    Choice,
    Contents,
    Function,
    Generator,
    Given,
    GivenPart,
    Instance,
    Items,
    Known,
    Library,
    Method,
    Partial,
    Table,
    Unknown,
    Value,
    join_all,
    options,
)


def builtin(name: str) -> Value:
    """A built-in function or constant."""
    path = "builtins." + name
    return Known(CONSTANTS[path]) if path in CONSTANTS else Library(path)


def member(machine: Core, owner: Value, name: str) -> Value:
    """An attribute of the utility, of the model, or of something of a library."""
    if isinstance(owner, Given):
        return of_given(machine, owner, name)
    if isinstance(owner, GivenPart):
        if owner.name == "class":
            if name in ("__name__", "__qualname__", "__doc__"):
                return Unknown(kind="str")
            if name == "__dict__":
                table = Table()
                table.given = owner
                return table
            if name in INTERFACE[owner.owner.role]:
                return GivenPart(owner.owner, name)
            look_inside(machine, owner, name)
            return Unknown(FRAME)
        if name in ("__name__", "__qualname__", "__doc__"):
            return Unknown(kind="str")
        if name == "__call__":
            return owner
        if name == "__self__":
            return owner.owner
        look_inside(machine, owner, name)
        return GivenPart(owner.owner, owner.name) if name == "__func__" else Unknown(FRAME)
    if not isinstance(owner, Library):
        return NOTHING
    path = owner.path
    if name == "__builtins__":
        return Library("builtins")
    if name == "__dict__" and "()" not in path:
        return owner
    if path.startswith("builtins.") and name == "__self__":
        return Library("builtins")
    full = f"{path}.{name}"
    for start, other in ALIASES.items():
        if full == start or full.startswith(start + "."):
            full = other + full[len(start) :]
    if full in CONSTANTS:
        return Known(CONSTANTS[full])
    if full in ("builtins.__dict__", "os.sys", "importlib.sys", "subprocess.sys"):
        return Library(full.rpartition(".")[2]) if not full.endswith("__dict__") else Library("builtins")
    if owner.marks & FRAME and name in ("f_locals", "f_globals", "f_builtins", "frame"):
        if owner.marks & RESOURCE:  # of a frame around the program
            machine.see("scorer", "looks into the frames of what called it")
        return Library(full, owner.held, owner.marks) if name == "frame" else Unknown(FRAME | OPAQUE)
    if owner.marks & FRAME and name == "f_back":
        return Library("frame()", owner.held, owner.marks | RESOURCE)
    if full in ("sys.meta_path", "sys.path_hooks", "sys.path_importer_cache"):
        return Library(full)
    return Library(full, owner.held if "()" in path else None, owner.marks)


def some_member(machine: Core, owner: Value, name: Value) -> Value:
    """An attribute whose name is not known."""
    if isinstance(owner, (Given, GivenPart)):
        if deep(name) & FRAME:
            look_inside(machine, owner, "all that there is")
        given = owner if isinstance(owner, Given) else owner.owner
        if given.role == "utility":
            return Choice((GivenPart(given, "__call__"), Unknown(WHOLE | BUDGET)))
        return Choice((GivenPart(given, "batch_prompt"), Unknown(BUDGET)))
    if isinstance(owner, Library):
        if owner.path in ("builtins", "os", "subprocess", "importlib", "runpy"):
            return Library("builtins.?")
        return Library(owner.path + ".?", owner.held, owner.marks)
    return Unknown(deep(owner))


def of_function(machine: Core, owner: Function, name: str) -> Value:
    """An attribute of one of the program's own functions."""
    if name in ("__name__", "__qualname__"):
        return Known(owner.name)
    if name == "__call__":
        return owner
    if name == "__globals__":
        machine.module.variables.setdefault("__builtins__", Library("builtins"))
        return Table(machine.module.variables)
    if name == "__defaults__":
        return Items("tuple", Contents(tuple(owner.defaults)))
    if name == "__kwdefaults__":
        return Table(owner.key_defaults)
    if name == "__code__":
        return Library("code", Items("held", Contents((owner,))))
    if name == "__doc__":
        node = owner.node
        return Known(ast.get_docstring(node) if not isinstance(node, ast.Lambda) else None)
    if name == "__closure__":
        return Unknown()
    return NOTHING


def of_value(machine: Core, owner: Value, name: str) -> Value:
    """An attribute of text, a number, a list, a dict, or of something unknown."""
    if name == "__builtins__":
        return Library("builtins")
    if isinstance(owner, Unknown) and owner.marks & FRAME and name in ("f_locals", "f_globals", "f_back"):
        machine.see("scorer", "looks into the frames of what called it")
        return Unknown(owner.marks)
    if isinstance(owner, Unknown) and owner.marks & FRAME:
        return Unknown(owner.marks)
    if isinstance(owner, Generator):
        if name in ("gi_frame", "gi_code"):
            return Unknown()
        return Method(owner, name)
    if name == "__class__":
        return machine.call(Library("builtins.type"), Arguments([owner]))
    if (
        isinstance(owner, Unknown)
        and owner.kind in ("error", "match")
        and name not in ("group", "groups", "start", "end", "span")
    ):
        return Unknown(owner.marks & TEXT)
    return Method(owner, name)


def inherited(machine: Core, owner: Instance, name: str) -> Value:
    """An attribute that an object of the program has from a class of a library, or from none."""
    for base in owner.kind.foreign():
        path = base.path
        if path in ("threading.Thread", "multiprocessing.Process", "threading.Timer") and name == "start":
            run = owner.kind.find("run")
            if run is not None:
                return Bound(run, owner)
        table = owner.attributes.get("__dict_self__")
        if table is not None:
            return (
                Bound(Library(f"builtins.{'dict' if isinstance(table, Table) else 'list'}.{name}"), owner)
                if name in ("__getitem__", "__setitem__")
                else Method(table, name)
            )
        return Library(f"{path}().{name}", owner.held)
    if name in (
        "__init__",
        "__init_subclass__",
        "__setattr__",
        "__enter__",
        "__exit__",
        "__new__",
        "__getattribute__",
    ):
        if name == "__setattr__":
            return Partial(Library("builtins.setattr"), Arguments([owner]))
        if name == "__getattribute__":
            return Partial(Library("builtins.getattr"), Arguments([owner]))
        if name == "__new__":
            return Library("builtins.object.__new__")
        return Library("builtins.object." + name)
    return NOTHING


def begin(machine: Core, instance: Instance, arguments: Arguments) -> None:
    """``__init__`` of the library class that an object of the program has for a base."""
    for base in instance.kind.foreign():
        last = base.path.rpartition(".")[2]
        if last in ("dict", "OrderedDict", "UserDict", "defaultdict", "Counter"):
            table = Table()
            if arguments.values:
                machine.update(table, arguments.values[-1 if last != "defaultdict" else 0])
            for key, value in arguments.named.items():
                machine.set_item(table, Known(key), value)
            machine.put(instance.attributes, "__dict_self__", table)
        elif last in ("list", "UserList", "deque", "set", "tuple"):
            first = arguments.get(0)
            contents = machine.contents(first) if first is not None else Contents()
            machine.put(
                instance.attributes, "__dict_self__", Items("list" if last != "set" else "set", contents)
            )
        else:
            hold(machine, instance.held, arguments.every())
            target = arguments.named.get("target")
            if target is not None:
                start_thread(machine, target, arguments)
            if last in ("str", "int", "float") and arguments.values:
                machine.put(instance.attributes, "_value_", arguments.values[0])


def set_member(machine: Core, owner: Value, name: str, value: Value) -> None:
    """An attribute of the utility, the model or something of a library is set."""
    off = "sandbox" in name.lower() and machine.true(value) is not True
    if isinstance(owner, (Given, GivenPart)):
        given = owner if isinstance(owner, Given) else owner.owner
        if off:
            machine.see("flag_off", f"sets {name} of the {given.role}")
        elif name in ("__defaults__", "__kwdefaults__"):
            held = (
                list(machine.contents(value).items or ())
                if name == "__defaults__"
                else list(machine.table(value).entries.values())
            )
            if any(machine.true(one) is not True for one in held):
                machine.see("flag_off", "changes the defaults of the utility")
        elif name in ("str", "__str__", "description", "__repr__", "text", "__doc__"):
            machine.see("description", f"edits {name} of the {given.role}")
        elif name in ("__call__", "prompt", "batch_prompt", "many", "__class__", "__code__"):
            machine.see("counter", f"puts something else in the place of {name} of the {given.role}")
        elif re.search(r"us(es|ed)|budget|remain|call|count|left|spent|limit|max_|quota|sample|_uses", name):
            machine.see("counter", f"sets {name} of the {given.role}")
        if isinstance(given, Given):
            machine.put(given.attributes, name, value)
    elif isinstance(owner, Library):
        if off:
            machine.see("flag_off", f"sets {name} of {owner.path}")
        full = f"{owner.path}.{name}"
        if full in ("sys.meta_path", "sys.path_hooks", "sys.modules", "sys.path"):
            machine.hooks.append(value)
        elif full == "helpers.extract_code" or owner.path.startswith("selftaught"):
            machine.see("counter", f"puts something else in the place of {full}")
        elif owner.path in ("time", "random", "os", "sys", "builtins") and isinstance(value, CALLABLE):
            hold(machine, owner.held, [value])
        if "()" in owner.path:
            hold(machine, owner.held, [value])
    elif isinstance(owner, Unknown) and owner.marks & FRAME:
        machine.see("counter", "changes something that it found by looking around")


def set_on_function(machine: Core, function: Function, name: str, value: Value) -> None:
    """An attribute of one of the program's own functions is set."""
    if name == "__code__":
        if not run_text(machine, [value], "a function's code is replaced; it"):
            for one in options(value):
                if isinstance(one, Library) and one.path == "code":
                    for other in one.held.contents.items or ():
                        if isinstance(other, Function):
                            function.node, function.generates = other.node, other.generates
    elif name == "__defaults__":
        contents = machine.contents(value)
        function.defaults = (
            list(contents.items)
            if contents.items is not None
            else [contents.element()] * len(function.defaults)
        )
    elif name == "__kwdefaults__":
        function.key_defaults = {str(key): entry for key, entry in machine.table(value).entries.items()}
    else:
        machine.put(function.attributes, name, value)


def set_library_item(machine: Core, owner: Library, key: Value, value: Value) -> None:
    """``thing[key] = value`` of something of a library."""
    if owner.path.startswith("os.environ"):
        if isinstance(key, Known) and "sandbox" in str(key.value).lower():
            machine.see("flag_off", "sets a variable of the environment that is named like the sandbox")
        return
    if owner.path == "sys.modules":
        machine.hooks.append(value)
    if owner.path == "builtins" or "()" not in owner.path:
        if isinstance(key, Known) and isinstance(key.value, str):
            set_member(machine, owner, key.value, value)
        return
    hold(machine, owner.held, [value])


def foreign_contents(machine: Core, value: Value) -> Contents:
    """What there is in something unknown, when it is gone through."""
    if isinstance(value, Library):
        if value.path.startswith("os.environ"):
            environment(machine, None)
            return Contents(None, Unknown(ENVIRON))
        if value.path == "sys.modules":
            machine.see("scorer", "searches the loaded modules")
            return Contents(None, Unknown(FRAME))
        if value.path.startswith("builtins.open()") or value.path.startswith("fileinput"):
            return Contents(None, Unknown(RESOURCE, "str"))
        return Contents(None, held_by(machine, value), value.marks & ENDLESS)
    if isinstance(value, Unknown):
        marks = value.marks
        if marks & WHOLE and value.kind == "str":
            marks = marks & ~WHOLE | PIECE
        return Contents(None, Unknown(marks & ~(NUMERIC | ENDLESS)), marks & (NUMERIC | ENDLESS))
    if isinstance(value, (Given, GivenPart)):
        return Contents(None, Unknown(FRAME))
    return Contents(None, NOTHING)


def item(machine: Core, owner: Value, key: Value) -> Value:
    """``owner[key]`` of text, of something unknown or of a library."""
    if isinstance(owner, Known):
        if isinstance(key, Known):
            return folding.fold_index(owner, key)
        return Unknown(0, "str" if isinstance(owner.value, str) else "")
    if isinstance(owner, Library):
        if owner.path.startswith("os.environ"):
            environment(machine, key)
            return Unknown(ENVIRON, "str")
        if owner.path == "sys.modules":
            if isinstance(key, Known) and key.value in ("builtins", "os", "subprocess", "sys", "importlib"):
                return Library(str(key.value))
            look_up_module(machine, key)
            return (
                Library(str(key.value))
                if isinstance(key, Known) and key.value != "__main__"
                else Unknown(FRAME)
            )
        if "()" not in owner.path and isinstance(key, Known) and isinstance(key.value, str):
            return member(machine, owner, key.value)
        if "()" not in owner.path:
            return some_member(machine, owner, key) if owner.path == "builtins" else owner
        found = held_by(machine, owner)
        return join_all([found, Library(owner.path, owner.held, owner.marks)])
    if isinstance(owner, Unknown):
        marks = owner.marks
        sliced = (isinstance(key, Known) and isinstance(key.value, slice)) or (
            isinstance(key, Unknown) and key.kind == "slice"
        )
        if marks & (WHOLE | PIECE) and owner.kind == "str" and not (sliced and _nearly_all(key)):
            marks = marks & ~(WHOLE | PIECE) | CUT
        return Unknown(
            marks & ~NUMERIC | (marks & NUMERIC if owner.kind != "str" else 0),
            owner.kind if sliced else "str" if owner.kind == "str" else "",
        )
    return NOTHING


def _nearly_all(key: Value) -> bool:
    """Whether a slice of a text leaves next to nothing away."""
    if not isinstance(key, Known):
        return False
    start, stop, step = key.value.start, key.value.stop, key.value.step
    if step not in (None, 1):
        return False
    few = start in (None, 0) or (isinstance(start, int) and 0 < start < 40)
    return few and (stop is None or (isinstance(stop, int) and (stop >= 1500 or -40 < stop < 0)))
