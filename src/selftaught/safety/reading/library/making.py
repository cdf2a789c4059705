"""What makes containers, records, numbers, text and wrapped functions, and what copies them."""

from __future__ import annotations

import ast
from typing import Any

from selftaught.safety.reading import folding
from selftaught.safety.reading.core import Core
from selftaught.safety.reading.knowing import deep, guarding, marks_of, marks_under
from selftaught.safety.reading.library.holding import CALLABLE, TEXT, held_by, hold
from selftaught.safety.reading.library.methods import shown
from selftaught.safety.reading.library.registry import handles
from selftaught.safety.reading.library.tables import COMPARISONS, OPERATORS
from selftaught.safety.reading.library.world import effects, environment, run_text
from selftaught.safety.reading.marks import DISTINCT, ENDLESS, ENVIRON, NUMERIC
from selftaught.safety.reading.values import (
    FALSE,
    NONE,
    NOTHING,
    TRUE,
    Arguments,
    Class,
    Contents,
    Generator,
    Instance,
    Items,
    Known,
    Library,
    Partial,
    Sender,
    Table,
    Unknown,
    Value,
    Wrapped,
    distinct,
    join_all,
    options,
)
from selftaught.syntax import fields_of


@handles(
    "builtins.list",
    "builtins.tuple",
    "builtins.set",
    "builtins.frozenset",
    "collections.deque",
    "collections.UserList",
    "builtins.iter",
    "tqdm.tqdm",
    "builtins.aiter",
)
def _list(machine: Core, arguments: Arguments) -> Value:
    called = machine.called
    kind = next((one for one in ("tuple", "set", "iter") if called.endswith(one)), "list")
    kind = "iterator" if kind == "iter" else kind
    first = arguments.get(0)
    if kind == "iterator" and first is not None:
        if len(arguments.values) == 2:
            each = machine.call(arguments.values[0], Arguments())
            return Items("iterator", Contents(None, each, ENDLESS))
        if isinstance(first, (Generator, Items)):
            return first
    contents = machine.contents(first) if first is not None else Contents()
    if kind == "set":
        if contents.items is not None:
            contents = Contents(distinct(contents.items), None, contents.marks)
        elif contents.each is not None:
            contents = Contents(None, contents.each, contents.marks | DISTINCT, contents.most)
    return Items(kind, contents, own=True)


@handles(
    "builtins.dict",
    "collections.OrderedDict",
    "collections.UserDict",
    "collections.Counter",
    "weakref.WeakKeyDictionary",
    "weakref.WeakValueDictionary",
)
def _dict(machine: Core, arguments: Arguments) -> Value:
    table = Table()
    counter = machine.called.endswith("Counter")
    for value in arguments.values[:1]:
        if counter and not isinstance(value, Table):
            machine.set_item(table, machine.contents(value).element(), Unknown(kind="number"))
        elif isinstance(value, Library) and value.path.startswith("os.environ"):
            environment(machine, None)
            table.rest = {"key": Unknown(ENVIRON), "value": Unknown(ENVIRON)}
        else:
            machine.update(table, value)
    if counter:
        table.rest["factory"] = Partial(Library("builtins.int"), Arguments([Known(0)]))
    for key, value in arguments.named.items():
        machine.set_item(table, Known(key), value)
    if arguments.named_more is not None:
        machine.set_item(table, NOTHING, arguments.named_more)
    return table


@handles("collections.defaultdict")
def _defaultdict(machine: Core, arguments: Arguments) -> Value:
    table = Table()
    if len(arguments.values) > 1:
        machine.update(table, arguments.values[1])
    if arguments.values:
        table.rest["factory"] = arguments.values[0]
    return table


@handles("collections.ChainMap")
def _chain_map(machine: Core, arguments: Arguments) -> Value:
    table = Table()
    for value in reversed(arguments.values):
        machine.update(table, value)
    return table


def fromkeys(machine: Core, arguments: Arguments) -> Value:
    """``dict.fromkeys``."""
    keys, value = arguments.get(0), arguments.get(1)
    table = Table()
    contents = machine.contents(keys) if keys is not None else Contents()
    for key in contents.items if contents.items is not None else filter(None, (contents.each,)):
        machine.set_item(table, key, value if value is not None else NONE)
    return table


@handles("types.SimpleNamespace", "argparse.Namespace", "threading.local")
def _namespace(machine: Core, arguments: Arguments) -> Value:
    kind = Class(
        "SimpleNamespace",
        [],
        {},
        ast.ClassDef(name="SimpleNamespace", bases=[], keywords=[], body=[], decorator_list=[]),
    )
    made = Instance(kind)
    made.attributes.update(arguments.named)
    return made


@handles("collections.namedtuple", "dataclasses.make_dataclass", "typing.NamedTuple", "enum.Enum")
def _namedtuple(machine: Core, arguments: Arguments) -> Value:
    kind = Class(
        "named", [], {}, ast.ClassDef(name="named", bases=[], keywords=[], body=[], decorator_list=[])
    )
    names = arguments.get(1, "field_names")
    found: list[str] = []
    if isinstance(names, Known) and isinstance(names.value, str):
        found = names.value.replace(",", " ").split()
    elif names is not None:
        for one in machine.contents(names).items or ():
            first = (machine.contents(one).items or (one,))[0] if isinstance(one, Items) else one
            if isinstance(first, Known) and isinstance(first.value, str):
                found.append(first.value)
    kind.fields = found
    defaults = arguments.named.get("defaults")
    if defaults is not None:
        values = machine.contents(defaults).items or ()
        kind.namespace.update(zip(found[len(found) - len(values) :], values, strict=False))
    return kind


@handles("dataclasses.field")
def _field(machine: Core, arguments: Arguments) -> Value:
    return Library("dataclasses.field()", Items("held", Contents((Table(dict(arguments.named)),))))


@handles("dataclasses.replace", "copy.replace")
def _replace(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    effects(machine, Library("copy.copy"), arguments)
    if isinstance(first, Instance):
        made = Instance(first.kind)
        made.attributes.update(first.attributes)
        made.attributes.update(arguments.named)
        return made
    return first if first is not None else NOTHING


@handles("dataclasses.asdict", "dataclasses.astuple")
def _asdict(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    return Table(dict(first.attributes)) if isinstance(first, Instance) else NOTHING


@handles("copy.copy", "copy.deepcopy")
def _copy(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    if first is None:
        return NOTHING
    effects(machine, Library("copy.copy"), arguments)
    found: list[Value] = []
    for one in options(first):
        if isinstance(one, Items):
            found.append(Items(one.kind, one.contents, own=True))
        elif isinstance(one, Table):
            made = Table(dict(one.entries))
            made.rest = dict(one.rest)
            found.append(made)
        elif isinstance(one, Instance):
            twin = Instance(one.kind)
            twin.attributes.update(one.attributes)
            found.append(twin)
        else:
            found.append(one)
    return join_all(found)


@handles("builtins.str", "builtins.repr", "builtins.format")
def _str(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    if first is None:
        return Known("")
    if isinstance(first, Known) and len(arguments.values) > 1 and isinstance(first.value, bytes):
        return Known(first.value.decode("utf-8", "replace"))
    return join_all([shown(machine, one) for one in options(first)])


@handles(
    "builtins.int",
    "builtins.float",
    "builtins.complex",
    "decimal.Decimal",
    "fractions.Fraction",
    "builtins.abs",
    "builtins.round",
)
def _number(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    name = next(
        (one for one in ("int", "float", "abs", "round") if machine.called == "builtins." + one), "float"
    )
    if first is None:
        return Known(0)
    folded = folding.fold_number(name, arguments)
    if folded is not None:
        return folded

    return Unknown(
        marks_of(first) & (NUMERIC | ENDLESS),
        "number",
        first.truth
        if isinstance(first, Unknown) and first.kind in ("number", "bool") and name == "int"
        else None,
    )


@handles("builtins.bool", "operator.truth")
def _bool(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    if first is None:
        return FALSE
    sure = machine.true(first)

    return Unknown(guarding(first), "bool") if sure is None else TRUE if sure else FALSE


@handles("builtins.print")
def _print(machine: Core, arguments: Arguments) -> Value:
    file = arguments.named.get("file")
    if file is not None:
        machine.written |= marks_under(arguments.values)
        for one in options(file):
            if isinstance(one, Library) and "()" in one.path:
                hold(machine, one.held, arguments.values)
                if one.path.startswith(("subprocess", "os.popen")):
                    run_text(machine, arguments.values, "a process")
    return NONE


@handles("builtins.property", "functools.cached_property")
def _property(machine: Core, arguments: Arguments) -> Value:
    getter, setter = arguments.get(0, "fget"), arguments.get(1, "fset")
    return Wrapped("property", getter, setter) if getter is not None else Library("builtins.property()")


@handles("builtins.staticmethod")
def _static(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    return Wrapped("staticmethod", first) if first is not None else NOTHING


@handles("builtins.classmethod")
def _class_method(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    return Wrapped("classmethod", first) if first is not None else NOTHING


def decorate(machine: Core, decorator: Value, value: Value) -> Value:
    """What a function or class is after a decorator."""
    found: list[Value] = []
    for one in options(decorator):
        if isinstance(one, Library):
            path = one.path
            if path in ("builtins.property", "functools.cached_property", "functools.cached_property()"):
                found.append(Wrapped("property", value))
            elif path in ("builtins.staticmethod", "builtins.classmethod"):
                found.append(Wrapped(path.rpartition(".")[2], value))
            elif path.startswith("dataclasses.dataclass") or path.startswith("attr"):
                if isinstance(value, Class):
                    value.fields = fields_of(value.node)
                found.append(value)
            elif path == "atexit.register":
                machine.call(one, Arguments([value]))
                found.append(value)
            else:
                found.append(value)
        elif isinstance(one, Sender) and one.how == "setter":
            wrapped = one.arguments.values[0]
            if isinstance(wrapped, Wrapped):
                found.append(Wrapped("property", wrapped.function, value))
        elif isinstance(one, Unknown):
            found.append(value)
        else:
            found.append(machine.call(one, Arguments([value])))
    return join_all(found) if found else value


@handles("functools.partial", "functools.partialmethod")
def _partial(machine: Core, arguments: Arguments) -> Value:
    if not arguments.values:
        return NOTHING
    rest = Arguments(arguments.values[1:], dict(arguments.named), arguments.more, arguments.named_more)
    return Partial(arguments.values[0], rest)


@handles("functools.wraps")
def _wraps(machine: Core, arguments: Arguments) -> Value:
    return Library("functools.wraps()")


@handles("functools.lru_cache", "functools.cache")
def _cache(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    return first if isinstance(first, CALLABLE) else Library("functools.lru_cache()")


@handles("operator.methodcaller", "operator.attrgetter", "operator.itemgetter")
def _sender(machine: Core, arguments: Arguments) -> Value:
    return Sender(machine.called.rpartition(".")[2], arguments)


def operate(machine: Core, name: str, arguments: Arguments) -> Value:
    """Operator."""
    a, b = arguments.get(0), arguments.get(1)
    if name == "call" and a is not None:
        return machine.call(
            a, Arguments(arguments.values[1:], arguments.named, arguments.more, arguments.named_more)
        )
    if name == "not_" and a is not None:
        return machine.negated(a)
    if name == "getitem" and a is not None and b is not None:
        return machine.subscript(a, b)
    if name == "setitem" and a is not None and b is not None and len(arguments.values) > 2:
        machine.set_item(a, b, arguments.values[2])
        return NONE
    if name in OPERATORS and a is not None and b is not None:
        return machine.binary(OPERATORS[name](), a, b)
    if name in COMPARISONS and a is not None and b is not None:
        return machine.compare(COMPARISONS[name](), a, b)
    if name == "contains" and a is not None and b is not None:
        return machine.compare(ast.In(), b, a)
    if name in ("neg", "inv", "invert", "pos", "abs", "index") and isinstance(a, Known):
        return folding.fold_unary(
            {"neg": ast.USub(), "inv": ast.Invert(), "invert": ast.Invert()}.get(name, ast.UAdd()), a
        )
    return Unknown(marks_under(arguments.every()) & TEXT)


@handles("multiprocessing.Pipe", "multiprocessing.get_context().Pipe")
def _pipe(machine: Core, arguments: Arguments) -> Value:
    end = Library("multiprocessing.Pipe()")
    return Items("tuple", Contents((end, end)))


@handles("helpers.extract_code")
def _extract(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    found: list[Value] = []
    for one in options(first) if first is not None else ():
        if isinstance(one, (Items, Generator)):
            contents = machine.contents(one)
            if contents.items is not None:
                found.append(
                    Items(
                        "list",
                        Contents(tuple(Unknown(deep(item) & TEXT, "str") for item in contents.items)),
                        own=True,
                    )
                )
            else:
                found.append(
                    Items(
                        "list",
                        Contents(
                            None,
                            Unknown(deep(contents.element()) & TEXT, "str"),
                            contents.marks,
                            contents.most,
                        ),
                        own=True,
                    )
                )
        else:
            found.append(Unknown(deep(one) & TEXT, "str"))
    return join_all(found) if found else NOTHING


@handles("json.dumps")
def _dumps(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    held = Items("held", Contents())
    hold(machine, held, [first] if first is not None else [])
    return Library("json.dumps()", held)


@handles("json.loads", "json.load")
def _loads(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    if isinstance(first, Known):
        made = folding.from_json(first)
        if made is not None:
            return machine_value(made)
    if isinstance(first, Library) and first.path == "json.dumps()":
        return join_all(first.held.contents.items or (NOTHING,))
    if isinstance(first, Library):
        return join_all([held_by(machine, first), Unknown(first.marks)])
    return Unknown(deep(first) & TEXT)


@handles("ast.literal_eval")
def _literal(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    if isinstance(first, Known):
        made = folding.from_literal(first)
        if made is not None:
            return machine_value(made[0])
    return Unknown(deep(first) & TEXT)


def machine_value(data: Any, rooms: int = 6) -> Value:
    """A value made of constants."""
    if rooms and isinstance(data, dict):
        return Table(
            {
                key if key is not None else NONE: machine_value(value, rooms - 1)
                for key, value in list(data.items())[:200]
                if isinstance(key, (str, int, float, bool))
            }
        )
    if rooms and isinstance(data, (list, tuple, set)):
        kind = type(data).__name__
        return Items(kind, Contents(tuple(machine_value(one, rooms - 1) for one in list(data)[:400])))
    return Known(data) if isinstance(data, (str, int, float, bool, bytes, type(None))) else NOTHING
