"""Built-ins that look into objects and change them by name."""

from __future__ import annotations

import ast

from selftaught.safety.reading.core import Core
from selftaught.safety.reading.library.given import ask
from selftaught.safety.reading.library.holding import CALLABLE
from selftaught.safety.reading.library.members import set_member
from selftaught.safety.reading.library.registry import handles
from selftaught.safety.reading.library.tables import INTERFACE, KINDS
from selftaught.safety.reading.marks import FRAME
from selftaught.safety.reading.values import (
    FALSE,
    NONE,
    NOTHING,
    TRUE,
    Absent,
    Arguments,
    Bound,
    Class,
    Contents,
    Function,
    Given,
    GivenPart,
    Instance,
    Items,
    Known,
    Library,
    Table,
    Unknown,
    Value,
    join,
    join_all,
    options,
)


@handles("builtins.getattr", "inspect.getattr_static")
def _getattr(machine: Core, arguments: Arguments) -> Value:
    owner, name = arguments.get(0), arguments.get(1)
    if owner is None or name is None:
        return NOTHING
    return machine.named_attribute(owner, name, arguments.get(2))


@handles("builtins.setattr")
def _setattr(machine: Core, arguments: Arguments) -> Value:
    owner, name, value = arguments.get(0), arguments.get(1), arguments.get(2)
    if owner is None or name is None or value is None:
        return NONE
    for one in options(name):
        if isinstance(one, Known) and isinstance(one.value, str):
            machine.set_attribute(owner, one.value, value)
        elif any(isinstance(each, (Given, GivenPart)) for each in options(owner)):
            machine.see(
                "counter", "sets attributes of what it was given by names that are not known", sure=False
            )
        else:
            for each in options(owner):
                if isinstance(each, Instance):
                    for key in list(each.attributes):
                        machine.put(each.attributes, key, join(each.attributes[key], value))
    return NONE


def of_object(machine: Core, name: str, arguments: Arguments) -> Value:
    """``object.name(…)``."""
    if name == "__setattr__":
        return _setattr(machine, arguments)
    if name in ("__getattribute__", "__getattr__"):
        return _getattr(machine, arguments)
    if name == "__new__":
        kind = arguments.get(0)
        if isinstance(kind, Class):
            return Instance(kind)
        if isinstance(kind, GivenPart):
            return ask(machine, kind.owner, "class", Arguments())
    return NONE


@handles("builtins.delattr")
def _delattr(machine: Core, arguments: Arguments) -> Value:
    owner, name = arguments.get(0), arguments.get(1)
    if owner is not None and isinstance(name, Known) and isinstance(owner, (Given, GivenPart)):
        set_member(machine, owner, str(name.value), NOTHING)
    return NONE


@handles("builtins.hasattr")
def _hasattr(machine: Core, arguments: Arguments) -> Value:
    owner, name = arguments.get(0), arguments.get(1)
    if isinstance(name, Known) and isinstance(name.value, str):
        if isinstance(owner, Given):
            return (
                TRUE
                if name.value in INTERFACE[owner.role] or name.value in owner.attributes
                else Unknown(kind="bool")
            )
        if isinstance(owner, Instance):
            if name.value in owner.attributes or owner.kind.find(name.value) is not None:
                return TRUE
            return Unknown(kind="bool") if owner.kind.foreign() or owner.kind.find("__getattr__") else FALSE
    return Unknown(kind="bool")


@handles("builtins.vars")
def _vars(machine: Core, arguments: Arguments) -> Value:
    owner = arguments.get(0)
    if owner is None:
        return _locals(machine, arguments)
    return machine.attribute(owner, "__dict__")


@handles("builtins.globals")
def _globals(machine: Core, arguments: Arguments) -> Value:
    table = Table(machine.module.variables)
    if "__builtins__" not in machine.module.variables:
        machine.module.variables["__builtins__"] = Library("builtins")
    return table


@handles("builtins.locals")
def _locals(machine: Core, arguments: Arguments) -> Value:
    return Table(machine.frames[-1].scope.variables)


@handles("builtins.dir")
def _dir(machine: Core, arguments: Arguments) -> Value:
    around = any(isinstance(one, (Given, GivenPart)) for one in arguments.values)
    return Items("list", Contents(None, Unknown(FRAME if around else 0, "str")))


@handles("builtins.type")
def _type(machine: Core, arguments: Arguments) -> Value:
    owner = arguments.get(0)
    if len(arguments.values) == 3:
        name, bases, space = arguments.values
        node_class = ast.ClassDef(name="made", bases=[], keywords=[], body=[], decorator_list=[])
        kinds = [one for base in machine.contents(bases).items or () for one in options(base)]
        table = machine.table(space)
        return Class(
            str(name.value) if isinstance(name, Known) else "made",
            kinds,
            {str(key): value for key, value in table.entries.items()},
            node_class,
        )
    found: list[Value] = []
    for one in options(owner) if owner is not None else ():
        if isinstance(one, Instance):
            found.append(one.kind)
        elif isinstance(one, (Given,)):
            found.append(GivenPart(one, "class"))
        elif isinstance(one, Known):
            found.append(Library("builtins." + type(one.value).__name__))
        elif isinstance(one, Items):
            found.append(Library("builtins." + one.kind))
        elif isinstance(one, Table):
            found.append(Library("builtins.dict"))
        elif isinstance(one, (Function, Bound)):
            found.append(Library("types.FunctionType"))
        elif isinstance(one, Unknown) and one.kind == "str":
            found.append(Library("builtins.str"))
        else:
            found.append(Library("builtins.object"))
    return join_all(found) if found else NOTHING


@handles("builtins.isinstance")
def _isinstance(machine: Core, arguments: Arguments) -> Value:
    value, kinds = arguments.get(0), arguments.get(1)
    if value is None or kinds is None:
        return Unknown(kind="bool")
    wanted = [
        one
        for part in ((machine.contents(kinds).items or ()) if isinstance(kinds, Items) else (kinds,))
        for one in options(part)
    ]
    found = []
    for one in options(value):
        found.append(_is_kind(one, wanted))
    if all(one is True for one in found):
        return TRUE
    if all(one is False for one in found):
        return FALSE
    return Unknown(kind="bool")


def _is_kind(value: Value, wanted: list[Value]) -> bool | None:
    unsure = False
    for kind in wanted:
        if isinstance(kind, Class):
            if isinstance(value, Instance):
                if kind in value.kind.lineage():
                    return True
            elif isinstance(value, (Unknown, Absent)):
                unsure = True
            continue
        if not isinstance(kind, Library):
            unsure = True
            continue
        name = kind.path.rpartition(".")[2]
        if isinstance(value, Known):
            if name in KINDS and isinstance(value.value, KINDS[name]):
                return True
            unsure |= name not in KINDS and name not in (
                "list",
                "dict",
                "tuple",
                "set",
                "frozenset",
                "Callable",
                "FunctionType",
                "Mapping",
            )
        elif isinstance(value, Items):
            if name == value.kind or (
                name in ("Iterable", "Sequence", "Collection") and value.kind in ("list", "tuple", "set")
            ):
                return True
        elif isinstance(value, Table):
            if name in ("dict", "Mapping", "MutableMapping"):
                return True
        elif isinstance(value, Unknown):
            if value.kind == name or (
                value.kind == "number" and name in ("int", "float", "Number") and len(wanted) > 1
            ):
                return True
            unsure |= not (
                value.kind in ("str", "number", "bool") and name in (*KINDS, "list", "dict", "tuple", "set")
            )
        elif isinstance(value, Instance):
            unsure |= bool(value.kind.foreign())
        elif isinstance(value, (Library, Given, GivenPart)):
            unsure = True
        elif isinstance(value, CALLABLE) and name in ("Callable", "FunctionType", "LambdaType"):
            return True
    return None if unsure else False


@handles("builtins.callable")
def _callable(machine: Core, arguments: Arguments) -> Value:
    value = arguments.get(0)
    if isinstance(value, (*CALLABLE, Library)):
        return TRUE
    return FALSE if isinstance(value, (Known, Items, Table)) else Unknown(kind="bool")
