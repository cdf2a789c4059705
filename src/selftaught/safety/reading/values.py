"""What is known of a value of a program that is read and not run.

A value is `Known` (a constant), `Unknown` (with marks that say where it may come from), a `Choice` of several, or a
`Thing` with an identity: a list, a dict, a function, an object, something of a library, the utility or the model.
Whatever may change lies in a dict, so that the machine can undo and join changes (see :class:`~.machine.Machine`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from selftaught.safety.reading.marks import SPEAKS, of_limits


class Value:
    """Anything that an expression may give."""

    __slots__ = ()


class Known(Value):
    """A constant: None, a truth value, a number, text, bytes, a slice. ``line`` is where it stands, or 0."""

    __slots__ = ("line", "value")

    def __init__(self, value: Any, line: int = 0) -> None:
        self.value, self.line = value, line


class Unknown(Value):
    """A value that depends on more than the program's text. ``truth`` where that is known all the same."""

    __slots__ = ("kind", "marks", "truth")

    def __init__(self, marks: int = 0, kind: str = "", truth: bool | None = None) -> None:
        self.marks, self.kind, self.truth = marks, kind, truth


class Choice(Value):
    """One of several, at least two. ``marks`` say what it depends on which."""

    __slots__ = ("marks", "options")

    def __init__(self, options: tuple[Value, ...], marks: int = 0) -> None:
        self.options, self.marks = options, marks


class Absent(Value):
    """What an entry is that need not be there."""

    __slots__ = ()


ABSENT = Absent()

NONE = Known(None)
TRUE, FALSE = Known(True), Known(False)

NOTHING = Unknown()


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a list, tuple or set: exactly ``items``; or any number of ``each``.

    ``marks`` say what the number depends on; ``most`` is an upper bound of it, where one is known.
    """

    items: tuple[Value, ...] | None = ()
    each: Value | None = None
    marks: int = 0
    most: int | None = None

    def element(self) -> Value:
        """What any of them may be."""
        if self.items is None:
            return self.each or NOTHING
        return join_all(self.items) if self.items else NOTHING

    def upto(self) -> int | None:
        """The largest number that there can be, None if that is not known."""
        return self.most if self.items is None else len(self.items)


class Thing(Value):
    """A value with an identity. Equal only to itself."""

    __slots__ = ()


class Items(Thing):
    """A list, tuple, set or anything that is gone through: ``kind`` says which.

    ``own`` is True of what the program itself makes as such: two of these are never taken for one, else a change of
    one would be thought a change of the other.
    """

    __slots__ = ("kind", "own", "state")

    def __init__(self, kind: str, contents: Contents, own: bool = False) -> None:
        self.kind, self.own = kind, own
        self.state: dict[str, Any] = {"contents": contents}

    @property
    def contents(self) -> Contents:
        """What is in it now."""
        return self.state["contents"]  # type: ignore[no-any-return]


class Table(Thing):
    """A dict: what is at each constant key, and ``rest["value"]`` at ``rest["key"]`` that are not constant."""

    __slots__ = ("entries", "given", "rest")

    def __init__(self, entries: dict[Any, Value] | None = None) -> None:
        self.entries: dict[Any, Value] = entries if entries is not None else {}
        self.rest: dict[str, Value] = {}
        self.given: Thing | None = None  # whose attributes these are

    @property
    def other(self) -> Value | None:
        """What may be at keys that are not known; None if there are none."""
        return self.rest.get("value")


class Scope:
    """The variables of a module, class or call; those of the one around it are ``outer``'s."""

    __slots__ = ("elsewhere", "kind", "outer", "stars", "variables")

    def __init__(
        self, kind: str, outer: Scope | None = None, variables: dict[str, Value] | None = None
    ) -> None:
        self.kind, self.outer = kind, outer
        self.variables: dict[str, Value] = {} if variables is None else variables
        self.elsewhere: dict[str, Scope] = {}  # names that are declared global or nonlocal
        self.stars: list[str] = []  # modules of which all names are imported


class Function(Thing):
    """A function or lambda of the program."""

    __slots__ = ("attributes", "defaults", "generates", "key_defaults", "name", "node", "owner", "scope")

    def __init__(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        scope: Scope,
        defaults: list[Value],
        key_defaults: dict[str, Value],
        generates: bool,
    ) -> None:
        self.node, self.scope, self.generates = node, scope, generates
        self.name = getattr(node, "name", "<lambda>")
        self.defaults, self.key_defaults = defaults, key_defaults
        self.attributes: dict[str, Value] = {}
        self.owner: Class | None = None


class Bound(Thing):
    """A function with its first argument: a method."""

    __slots__ = ("function", "owner")

    def __init__(self, function: Value, owner: Value) -> None:
        self.function, self.owner = function, owner


class Partial(Thing):
    """functools.partial."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: Value, arguments: Arguments) -> None:
        self.function, self.arguments = function, arguments


class Method(Thing):
    """A method of text, a number, a list, a dict."""

    __slots__ = ("name", "owner")

    def __init__(self, owner: Value, name: str) -> None:
        self.owner, self.name = owner, name


class Sender(Thing):
    """operator.methodcaller, attrgetter or itemgetter, by ``how``."""

    __slots__ = ("arguments", "how")

    def __init__(self, how: str, arguments: Arguments) -> None:
        self.how, self.arguments = how, arguments


class Wrapped(Thing):
    """property, staticmethod or classmethod, by ``how``."""

    __slots__ = ("function", "how", "setter")

    def __init__(self, how: str, function: Value, setter: Value | None = None) -> None:
        self.how, self.function, self.setter = how, function, setter


class Class(Thing):
    """A class of the program. ``bases`` may hold what is no class of it."""

    __slots__ = ("bases", "fields", "name", "namespace", "node")

    def __init__(
        self, name: str, bases: list[Value], namespace: dict[str, Value], node: ast.ClassDef
    ) -> None:
        self.name, self.bases, self.namespace, self.node = name, bases, namespace, node
        self.fields: list[str] | None = None  # of a dataclass or named tuple

    def lineage(self) -> list[Class]:
        """The class and those that it inherits from, nearest first."""
        found: list[Class] = []
        queue: list[Class] = [self]
        while queue and len(found) < 30:
            one = queue.pop(0)
            if one in found:
                found.remove(one)  # after all that inherit from it, as Python orders them
            found.append(one)
            queue[:0] = [base for base in one.bases if isinstance(base, Class)]
        return found

    def foreign(self) -> list[Library]:
        """The classes of libraries that it inherits from."""
        return [base for one in self.lineage() for base in one.bases if isinstance(base, Library)]

    def find(self, name: str) -> Value | None:
        """The attribute of the class, or of one that it inherits from."""
        for one in self.lineage():
            if name in one.namespace:
                return one.namespace[name]
        return None


class Instance(Thing):
    """An object of a class of the program."""

    __slots__ = ("attributes", "held", "kind")

    def __init__(self, kind: Class) -> None:
        self.kind = kind
        self.attributes: dict[str, Value] = {}
        self.held = Items("held", Contents())  # what was given to the library class that it inherits from


class Super(Thing):
    """``super()``: what ``kind``'s bases say of ``owner``."""

    __slots__ = ("kind", "owner")

    def __init__(self, kind: Class, owner: Value) -> None:
        self.kind, self.owner = kind, owner


class Library(Thing):
    """Something that is not of the program, by its path: ``os.environ``, ``re.compile().search``.

    ``held`` is what it was made of and given.
    """

    __slots__ = ("held", "marks", "path")

    def __init__(self, path: str, held: Items | None = None, marks: int = 0) -> None:
        self.path, self.marks = path, marks
        self.held = held if held is not None else Items("held", Contents())


class Given(Thing):
    """The utility or the language model (``role``), and what was set on it."""

    __slots__ = ("attributes", "role")

    def __init__(self, role: str) -> None:
        self.role = role
        self.attributes: dict[str, Value] = {}


class GivenPart(Thing):
    """A method of the utility or of the model; or its class, where ``name`` is "class"."""

    __slots__ = ("name", "owner")

    def __init__(self, owner: Given, name: str) -> None:
        self.owner, self.name = owner, name


class Generator(Thing):
    """A generator: carried out when it is gone through, again for each new thing that is sent to it."""

    __slots__ = ("arguments", "function", "state")

    def __init__(self, function: Function, arguments: dict[str, Value]) -> None:
        self.function, self.arguments = function, arguments
        self.state: dict[str, Any] = {"sent": None, "yielded": None, "result": NONE}


@dataclass(slots=True)
class Arguments:
    """What a call gives. ``more`` and ``named_more``: what further ones may be that are not known one by one."""

    values: list[Value] = field(default_factory=list)
    named: dict[str, Value] = field(default_factory=dict)
    more: Value | None = None
    named_more: Value | None = None

    def every(self) -> list[Value]:
        """All that is given, in no matter what place."""
        found = [*self.values, *self.named.values()]
        return found + [value for value in (self.more, self.named_more) if value is not None]

    def get(self, index: int, name: str = "") -> Value | None:
        """The argument at a place or of a name; None if it is not given."""
        if name and name in self.named:
            return self.named[name]
        if 0 <= index < len(self.values):
            return self.values[index]
        return self.more if index >= 0 else None


def options(value: Value) -> tuple[Value, ...]:
    """What the value may be, one by one."""
    return value.options if isinstance(value, Choice) else (value,)


MOST = 6  # options of a choice


def same(a: Value, b: Value) -> bool:
    """Whether nothing more is known of one than of the other. False where that takes long to see."""
    if a is b:
        return True
    if isinstance(a, Known) and isinstance(b, Known):
        return type(a.value) is type(b.value) and bool(a.value == b.value)
    if isinstance(a, Unknown) and isinstance(b, Unknown):
        return a.marks == b.marks and a.truth == b.truth
    if isinstance(a, Choice) and isinstance(b, Choice):
        return (
            a.marks == b.marks and len(a.options) == len(b.options) and all(map(same, a.options, b.options))
        )
    if isinstance(a, Items) and isinstance(b, Items) and not (a.own or b.own) and a.kind == b.kind:
        return same_contents(a.contents, b.contents)
    return (isinstance(a, Library) and isinstance(b, Library) and a.path == b.path and a.held is b.held) or (
        isinstance(a, Bound) and isinstance(b, Bound) and a.owner is b.owner and a.function is b.function
    )


def same_contents(a: Contents, b: Contents) -> bool:
    """Whether two lists hold the same, as far as is seen at once."""
    if a is b:
        return True
    if a.items is None or b.items is None:
        if a.items is not b.items or a.marks != b.marks or a.most != b.most:
            return False
        return a.each is b.each or (a.each is not None and b.each is not None and same(a.each, b.each))
    if len(a.items) != len(b.items) or len(a.items) > 20:
        return False
    simple = (Known, Unknown)
    return all(
        x is y or (isinstance(x, simple) and isinstance(y, simple) and same(x, y))
        for x, y in zip(a.items, b.items, strict=True)
    )


def join(a: Value, b: Value, wide: bool = False) -> Value:
    """What is known of a value that is one of two. ``wide``: two numbers are any number (for loops)."""
    if a is b or same(a, b):
        return a
    return join_all((a, b), wide)


def join_all(values: Iterable[Value], wide: bool = False, marks: int = 0) -> Value:
    """What is known of a value that is one of several."""
    found: list[Value] = []
    unknown: Unknown | None = None
    for value in values:
        if isinstance(value, Choice):
            marks |= value.marks
        for one in options(value):
            if isinstance(one, Unknown):
                unknown = one if unknown is None else _either(unknown, one)
            elif not any(one is other or same(one, other) for other in found):
                found = _merged(found, one)
    constants = [one for one in found if isinstance(one, Known) and type(one.value) in (int, float, str)]
    if len(constants) > (1 if wide else MOST):
        # Any text or number: what is left of them is whether they are all true, or all false.
        truths = {bool(one.value) for one in constants}
        kind = "str" if isinstance(constants[0].value, str) else "number"
        speaking = (
            SPEAKS if any(isinstance(one.value, str) and of_limits(one.value) for one in constants) else 0
        )
        any_of = Unknown(speaking, kind, truths.pop() if len(truths) == 1 else None)
        unknown = any_of if unknown is None else _either(unknown, any_of)
        found = [one for one in found if one not in constants]
    if unknown is not None:
        found.append(unknown)
    if len(found) > 2 * MOST:
        found = found[: 2 * MOST]
    if not found:
        return NOTHING
    if len(found) == 1 and not marks:
        return found[0]
    return Choice(tuple(found), marks)


def _either(a: Unknown, b: Unknown) -> Unknown:
    return Unknown(
        a.marks | b.marks,
        a.kind if a.kind == b.kind else "",
        a.truth if a.truth == b.truth else None,
    )


def _merged(found: list[Value], one: Value) -> list[Value]:
    """Add a value, if there are not enough like it."""
    if isinstance(one, Library):
        for other in found:
            if isinstance(other, Library) and other.path == one.path:
                other.held.state["contents"] = join_contents(other.held.contents, one.held.contents)
                return found
    elif (
        isinstance(one, Function)
        and sum(isinstance(other, Function) and other.node is one.node for other in found) >= 3
    ):
        return found
    return [*found, one]


def join_contents(a: Contents, b: Contents) -> Contents:
    """What is in a list that is one of two."""
    if same_contents(a, b):
        return a
    if a.items is not None and b.items is not None and len(a.items) == len(b.items):
        return Contents(tuple(map(join, a.items, b.items)), None, a.marks | b.marks)
    each = [*(a.items if a.items is not None else filter(None, (a.each,)))]
    each += [*(b.items if b.items is not None else filter(None, (b.each,)))]
    most = (a.upto(), b.upto())
    return Contents(
        None,
        join_all(each) if each else None,
        a.marks | b.marks,
        None if None in most else max(size for size in most if size is not None),
    )


def join_tables(a: Table, b: Table) -> Table:
    """A dict that is one of two."""
    table = Table()
    for key in {**a.entries, **b.entries}:
        table.entries[key] = join(a.entries.get(key, ABSENT), b.entries.get(key, ABSENT))
    for part in ("key", "value"):
        parts = [one.rest[part] for one in (a, b) if part in one.rest]
        if parts:
            table.rest[part] = join_all(parts)
    return table


def together(a: Contents, b: Contents) -> Contents:
    """One list after another."""
    if a.items is not None and b.items is not None and len(a.items) + len(b.items) <= 400:
        return Contents((*a.items, *b.items), None, a.marks | b.marks)
    parts = [*(a.items or ()), *filter(None, (a.each,)), *(b.items or ()), *filter(None, (b.each,))]
    most_a, most_b = a.upto(), b.upto()
    return Contents(
        None,
        join_all(parts) if parts else None,
        a.marks | b.marks,
        most_a + most_b if most_a is not None and most_b is not None else None,
    )


def distinct(values: tuple[Value, ...]) -> tuple[Value, ...]:
    """The different ones of some values, where they are constants."""
    found: list[Value] = []
    for value in values:
        if not any(same(value, other) and isinstance(value, Known) for other in found):
            found.append(value)
    return tuple(found)
