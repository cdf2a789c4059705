"""Objects and classes of the program, and attributes of anything: a layer of the machine."""

from __future__ import annotations

from selftaught.safety.reading import folding, library
from selftaught.safety.reading.containers import Containers
from selftaught.safety.reading.values import (
    ABSENT,
    NOTHING,
    Absent,
    Arguments,
    Bound,
    Choice,
    Class,
    Contents,
    Function,
    Given,
    GivenPart,
    Instance,
    Items,
    Known,
    Library,
    Partial,
    Sender,
    Super,
    Table,
    Unknown,
    Value,
    Wrapped,
    join,
    join_all,
    options,
)


class Objects(Containers):
    """Attributes, and the making of objects."""

    def attribute(self, owner: Value, name: str) -> Value:
        """``owner.name``."""
        if isinstance(owner, Choice):
            found = [self.attribute(one, name) for one in owner.options if not isinstance(one, Absent)]
            useful = [one for one in found if one is not NOTHING]
            return join_all(useful or found or [NOTHING])
        if isinstance(owner, Instance):
            return self._of_instance(owner, name)
        if isinstance(owner, Class):
            return self._of_class(owner, name)
        if isinstance(owner, (Given, GivenPart, Library)):
            return library.member(self, owner, name)
        if isinstance(owner, Super):
            return self._of_super(owner, name)
        if isinstance(owner, Function):
            if name in owner.attributes:
                return self.present(owner.attributes[name])
            return library.of_function(self, owner, name)
        if isinstance(owner, Bound) and name in ("__self__", "__func__"):
            return owner.owner if name == "__self__" else owner.function
        if isinstance(owner, Bound):
            return self.attribute(owner.function, name)
        if isinstance(owner, Partial) and name in ("func", "args", "keywords"):
            given = owner.arguments
            if name == "func":
                return owner.function
            return Items("tuple", Contents(tuple(given.values))) if name == "args" else Table(given.named)
        if isinstance(owner, Wrapped):
            if name in ("setter", "getter", "deleter"):
                return Sender("setter", Arguments([owner]))
            return library.member(self, Library("builtins.property"), name)
        return library.of_value(self, owner, name)

    def bind(self, found: Value, owner: Value) -> Value:
        """A class's attribute as seen from an object of it."""
        if isinstance(found, (Function, Sender)) and isinstance(owner, (Instance, Class)):
            return Bound(found, owner) if isinstance(found, Function) else found
        if isinstance(found, Wrapped):
            if found.how == "property":
                return self.call(found.function, Arguments([owner]))
            if found.how == "classmethod":
                return Bound(found.function, owner.kind if isinstance(owner, Instance) else owner)
            return found.function
        if (
            isinstance(found, Partial)
            and isinstance(found.function, Function)
            and found.function.owner is not None
        ):
            return Bound(found, owner)
        if isinstance(found, Instance):
            getter = found.kind.find("__get__")
            if getter is not None:
                kind = owner.kind if isinstance(owner, Instance) else owner
                return self.call(Bound(getter, found), Arguments([owner, kind]))
        return found

    def _of_instance(self, owner: Instance, name: str) -> Value:
        if name == "__class__":
            return owner.kind
        if name == "__dict__":
            table = Table(owner.attributes)
            table.given = owner
            return table
        found = owner.kind.find(name)
        if isinstance(found, Wrapped) and found.how == "property":
            return self.call(found.function, Arguments([owner]))
        hook = owner.kind.find("__getattribute__")
        if hook is not None and name not in ("__dict__", "__class__"):
            return self.call(Bound(hook, owner), Arguments([Known(name)]))
        kept = owner.attributes.get(name)
        if kept is not None and ABSENT not in options(kept):
            return kept
        values = [self.present(kept)] if kept is not None else []
        if found is not None:
            values.append(join_all([self.bind(one, owner) for one in options(found)]))
        if values:
            return join_all(values)
        hook = owner.kind.find("__getattr__")
        if hook is not None and not (name.startswith("__") and name.endswith("__")):
            return self.call(Bound(hook, owner), Arguments([Known(name)]))
        return library.inherited(self, owner, name)

    def _of_class(self, owner: Class, name: str) -> Value:
        if name in ("__name__", "__qualname__"):
            return Known(owner.name)
        if name == "__dict__":
            table = Table(owner.namespace)
            table.given = owner
            return table
        if name in ("__mro__", "__bases__"):
            kinds = (
                owner.lineage()
                if name == "__mro__"
                else [base for base in owner.bases if isinstance(base, Class)]
            )
            return Items("tuple", Contents(tuple(kinds)))
        if name == "__members__":
            return Table(
                {key: value for key, value in owner.namespace.items() if isinstance(value, Instance)}
            )
        found = owner.find(name)
        if found is None:
            for base in owner.foreign():
                return library.member(self, base, name)
            return NOTHING
        if isinstance(found, Wrapped) and found.how != "property":
            return self.bind(found, owner)
        return self.present(found)

    def _of_super(self, owner: Super, name: str) -> Value:
        this = owner.owner
        kind = this.kind if isinstance(this, Instance) else this if isinstance(this, Class) else owner.kind
        lineage = kind.lineage()
        after = (
            lineage[lineage.index(owner.kind) + 1 :] if owner.kind in lineage else owner.kind.lineage()[1:]
        )
        for one in after:
            if name in one.namespace:
                return self.bind(one.namespace[name], this)
        if isinstance(this, Instance):
            return library.inherited(self, this, name)
        return Library(f"builtins.object.{name}")

    def named_attribute(self, owner: Value, name: Value, default: Value | None = None) -> Value:
        """``getattr``."""
        found: list[Value] = []
        for one in options(name):
            if isinstance(one, Known) and isinstance(one.value, str):
                for each in options(owner):
                    value = self.attribute(each, one.value)
                    if value is NOTHING and default is not None:
                        value = default
                    elif default is not None and isinstance(each, Unknown):
                        value = join(value, default)
                    found.append(value)
            else:
                for each in options(owner):
                    if isinstance(each, Instance):
                        names = [
                            *each.attributes,
                            *(key for kind in each.kind.lineage() for key in kind.namespace),
                        ]
                        found += [
                            self.attribute(each, key)
                            for key in dict.fromkeys(names)
                            if not key.startswith("__")
                        ][:20]
                    else:
                        found.append(library.some_member(self, each, one))
        return join_all(found) if found else NOTHING

    def set_attribute(self, owner: Value, name: str, value: Value) -> None:
        """``owner.name = value``."""
        several = isinstance(owner, Choice)
        for one in options(owner):
            if isinstance(one, (Given, GivenPart, Library)):
                library.set_member(self, one, name, value)
            elif isinstance(one, Instance):
                found = one.kind.find(name)
                if isinstance(found, Wrapped) and found.how == "property" and found.setter is not None:
                    self.call(found.setter, Arguments([one, value]))
                    continue
                if isinstance(found, Instance) and found.kind.find("__set__") is not None:
                    self.call(Bound(found.kind.find("__set__") or NOTHING, found), Arguments([one, value]))
                    continue
                hook = one.kind.find("__setattr__")
                if hook is not None and not any(frame.function is hook for frame in self.frames):
                    self.call(Bound(hook, one), Arguments([Known(name), value]))
                    continue
                old = one.attributes.get(name, ABSENT)
                self.put(one.attributes, name, join(old, value) if several else value)
            elif isinstance(one, Class):
                self.put(
                    one.namespace, name, join(one.namespace.get(name, ABSENT), value) if several else value
                )
            elif isinstance(one, Function):
                library.set_on_function(self, one, name, value)
            elif isinstance(one, Bound) and isinstance(one.function, Function):
                library.set_on_function(self, one.function, name, value)
            elif isinstance(one, Unknown):
                library.set_member(self, one, name, value)

    # Making objects

    def make(self, kind: Class, arguments: Arguments) -> Value:
        """Make an object of a class of the program."""
        for base in kind.foreign():
            last = base.path.rpartition(".")[2]
            if "Enum" in last or last in ("Flag", "IntFlag"):
                return self._member_of(kind, arguments)
        new = kind.find("__new__")
        if new is not None:
            made = self.call(
                new.function if isinstance(new, Wrapped) else new,
                Arguments([kind, *arguments.values], arguments.named, arguments.more, arguments.named_more),
            )
            if not (isinstance(made, Instance) and made.kind is kind):
                return made
            instance = made
        else:
            instance = Instance(kind)
        init = kind.find("__init__")
        if init is not None:
            self.call(Bound(init, instance), arguments)
        else:
            fields: list[str] = []
            for one in reversed(kind.lineage()):
                fields += [name for name in one.fields or () if name not in fields]
            if fields:
                named = dict(zip(fields, arguments.values, strict=False)) | arguments.named
                for name in fields:
                    default = kind.find(name)
                    value = named.get(name)
                    if value is None:
                        value = (
                            self._field_default(default)
                            if default is not None
                            else (arguments.more or NOTHING)
                        )
                    self.put(instance.attributes, name, value)
                post = kind.find("__post_init__")
                if post is not None:
                    self.call(Bound(post, instance), Arguments())
            else:
                library.begin(self, instance, arguments)
        return instance

    def _field_default(self, default: Value) -> Value:
        if isinstance(default, Library) and default.path == "dataclasses.field()":
            for one in default.held.contents.items or ():
                if isinstance(one, Table):
                    factory = one.entries.get("default_factory")
                    if factory is not None:
                        return self.call(factory, Arguments())
                    return one.entries.get("default", NOTHING)
        return default

    def _member_of(self, kind: Class, arguments: Arguments) -> Value:
        wanted = arguments.get(0)
        members = [
            value for value in kind.namespace.values() if isinstance(value, Instance) and value.kind is kind
        ]
        if isinstance(wanted, Known):
            for member in members:
                value = member.attributes.get("value")
                if isinstance(value, Known) and folding.equal(value.value, wanted.value):
                    return member
        return join_all(members) if members else NOTHING
