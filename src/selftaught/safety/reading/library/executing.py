"""Built-ins that execute and import."""

from __future__ import annotations

from selftaught.safety.reading.core import Core
from selftaught.safety.reading.knowing import deep
from selftaught.safety.reading.library.holding import TEXT, hold
from selftaught.safety.reading.library.registry import handles
from selftaught.safety.reading.library.tables import ALIASES
from selftaught.safety.reading.library.world import imported, run_file, run_text
from selftaught.safety.reading.marks import OPAQUE, PROGRAM, RESOURCE
from selftaught.safety.reading.values import (
    NONE,
    NOTHING,
    Arguments,
    Bound,
    Contents,
    Function,
    Items,
    Known,
    Library,
    Partial,
    Scope,
    Table,
    Unknown,
    Value,
    join_all,
    options,
)


@handles("builtins.exec", "builtins.eval")
def _exec(machine: Core, arguments: Arguments) -> Value:
    text = arguments.get(0, "source")
    if text is None:
        return NOTHING
    space, local = arguments.get(1, "globals"), arguments.get(2, "locals")
    result: Value = NONE
    single = machine.called == "builtins.eval"
    for one in options(text):
        source = one
        if isinstance(one, Library) and one.path == "builtins.compile()":
            kept = [
                part
                for part in one.held.contents.items or ()
                if isinstance(part, Known) and isinstance(part.value, str)
            ]
            source = kept[0] if kept and not deep(one) & (PROGRAM | OPAQUE | RESOURCE) else one
            if not isinstance(source, Known):
                trees = [
                    part
                    for part in one.held.contents.items or ()
                    if isinstance(part, Library) and part.path == "ast.parse()"
                ]
                texts = [
                    part
                    for tree in trees
                    for part in tree.held.contents.items or ()
                    if isinstance(part, Known) and isinstance(part.value, str)
                ]
                if texts and not deep(one) & (PROGRAM | OPAQUE | RESOURCE):
                    source = texts[0]
        if isinstance(source, Known) and isinstance(source.value, (str, bytes)):
            code = source.value if isinstance(source.value, str) else source.value.decode("utf-8", "replace")
            result = _own_text(machine, code, space, local, single)
            continue
        if run_text(machine, [one], "eval" if single else "exec"):
            for table in (space, local):
                for each in options(table) if table is not None else ():
                    if isinstance(each, Table):
                        machine.set_item(each, NOTHING, Unknown(deep(one) & TEXT))
            result = Unknown(deep(one) & TEXT)
        else:
            result = NOTHING
    return result


def _own_text(machine: Core, code: str, space: Value | None, local: Value | None, single: bool) -> Value:
    here = machine.frames[-1].scope
    if isinstance(space, Table):
        outer = Scope("module", None, space.entries)
        scope = (
            Scope("module", outer, local.entries)
            if isinstance(local, Table) and local is not space
            else outer
        )
    elif isinstance(local, Table):
        scope = Scope("module", here, local.entries)
    else:
        scope = here
    if not single:
        return machine.execute_text(code, scope, False)
    result = machine.execute_text(code, scope, True)
    return result if result is not NOTHING else machine.execute_text(code, scope, False)


@handles("builtins.compile")
def _compile(machine: Core, arguments: Arguments) -> Value:
    held = Items("held", Contents())
    source = arguments.get(0, "source")
    hold(machine, held, [source] if source is not None else [])
    return Library("builtins.compile()", held)


@handles("types.FunctionType")
def _function_type(machine: Core, arguments: Arguments) -> Value:
    code = arguments.get(0, "code")
    found: list[Value] = []
    for one in options(code) if code is not None else ():
        if isinstance(one, Library) and one.path == "code":
            found += [part for part in one.held.contents.items or () if isinstance(part, Function)]
        elif (
            isinstance(one, Library)
            and one.path == "builtins.compile()"
            and not deep(one) & (PROGRAM | OPAQUE)
        ):
            found.append(Partial(Library("builtins.exec"), Arguments([one, *arguments.values[1:2]])))
        else:
            held = Items("held", Contents())
            hold(machine, held, [one])
            found.append(Library("types.FunctionType()", held))
    return join_all(found) if found else NOTHING


@handles("types.MethodType")
def _method_type(machine: Core, arguments: Arguments) -> Value:
    function, owner = arguments.get(0), arguments.get(1)
    return Bound(function, owner) if function is not None and owner is not None else NOTHING


@handles("builtins.__import__", "importlib.import_module")
def _import(machine: Core, arguments: Arguments) -> Value:
    name, called = arguments.get(0, "name"), machine.called
    found: list[Value] = []
    for one in options(name) if name is not None else ():
        if isinstance(one, Known) and isinstance(one.value, str):
            imported(machine, one.value)
            path = one.value
            if (
                called == "builtins.__import__"
                and not arguments.named.get("fromlist")
                and len(arguments.values) < 4
            ):
                path = path.partition(".")[0]
            found.append(Library(ALIASES.get(path, path)))
        else:
            run_file(machine, [], "an import by name")
            found.append(Library("?()", marks=OPAQUE if not deep(one) else 0))
    return join_all(found) if found else NOTHING
