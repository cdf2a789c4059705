"""Lists, dicts and what else is gone through: a layer of the machine."""

from __future__ import annotations

from selftaught.safety.reading import folding, library
from selftaught.safety.reading.core import Core
from selftaught.safety.reading.knowing import as_value, deep, hashable, selected
from selftaught.safety.reading.marks import CUT, DISTINCT, NUMERIC, PIECE
from selftaught.safety.reading.values import (
    ABSENT,
    NOTHING,
    Absent,
    Arguments,
    Bound,
    Choice,
    Class,
    Contents,
    Generator,
    Given,
    GivenPart,
    Instance,
    Items,
    Known,
    Library,
    Table,
    Thing,
    Unknown,
    Value,
    distinct,
    join,
    join_all,
    join_contents,
    join_tables,
    options,
    together,
)


class Containers(Core):
    """What is in things, taken out of them and put into them."""

    def contents(self, value: Value) -> Contents:
        """What there is when the value is gone through."""
        self.step()
        if isinstance(value, Items):
            return value.contents
        if isinstance(value, Table):
            if value.given is not None and isinstance(value.given, (Given, GivenPart)):
                library.look_inside(self, value.given, "__dict__")
            keys = tuple(as_value(key) for key in value.entries)
            if value.other is None and all(ABSENT not in options(entry) for entry in value.entries.values()):
                return Contents(keys)
            rest = [value.rest["key"]] if "key" in value.rest else []
            return Contents(None, join_all([*keys, *rest]) if keys or rest else None)
        if isinstance(value, Known):
            return folding.constant_contents(value)
        if isinstance(value, Choice):
            contents = None
            for one in value.options:
                if isinstance(one, Absent) or (isinstance(one, Known) and one.value is None):
                    continue
                more = self.contents(one)
                contents = more if contents is None else join_contents(contents, more)
            return contents or Contents()
        if isinstance(value, Generator):
            return self.run_generator(value)
        if isinstance(value, Instance):
            table = value.attributes.get("__dict_self__")
            if isinstance(table, (Table, Items)) and value.kind.find("__iter__") is None:
                return self.contents(table)
            method = value.kind.find("__iter__") or value.kind.find("__aiter__")
            if method is not None:
                made = self.call(Bound(method, value), Arguments())
                if made is not value:
                    return self.contents(made)
            method = value.kind.find("__next__") or value.kind.find("__anext__")
            if method is not None:
                return Contents(None, self.call(Bound(method, value), Arguments()))
            method = value.kind.find("__getitem__")
            if method is not None:
                return Contents(None, self.call(Bound(method, value), Arguments([Unknown(kind="number")])))
            if value.kind.fields:
                return Contents(tuple(value.attributes.get(name, NOTHING) for name in value.kind.fields))
        if isinstance(value, Class):
            members = tuple(
                one for one in value.namespace.values() if isinstance(one, Instance) and one.kind is value
            )
            return Contents(members)
        return library.foreign_contents(self, value)

    def extend(self, items: Items, more: Contents) -> None:
        """Add to a list or set."""
        contents = together(items.contents, more)
        if items.kind == "set":
            contents = Contents(
                contents.items if contents.items is None else distinct(contents.items),
                contents.each,
                contents.marks & ~DISTINCT,
                contents.most,
            )
        self.put(items.state, "contents", contents)

    def subscript(self, owner: Value, key: Value) -> Value:
        """``owner[key]``."""
        if isinstance(owner, Choice):
            found = [
                self.subscript(one, key) for one in owner.options if not isinstance(one, (Absent, Known))
            ]
            useful = [one for one in found if one is not NOTHING]
            return join_all(useful or found or [NOTHING])
        if isinstance(key, Choice) and not isinstance(owner, Library):
            return join_all([self.subscript(owner, one) for one in key.options])
        if isinstance(owner, Items):
            return self._of_items(owner, key)
        if isinstance(owner, Table):
            return self._of_table(owner, key)
        if isinstance(owner, Instance):
            method = owner.kind.find("__getitem__")
            if method is not None:
                return self.call(Bound(method, owner), Arguments([key]))
            base = owner.attributes.get("__dict_self__")
            if base is not None:
                found_one = self.subscript(base, key)
                missing = owner.kind.find("__missing__")
                if missing is not None and isinstance(base, Table) and hashable(key) not in base.entries:
                    return self.call(Bound(missing, owner), Arguments([key]))
                return found_one
            if owner.kind.fields and isinstance(key, Known):
                return folding.fold_item(
                    tuple(owner.attributes.get(name, NOTHING) for name in owner.kind.fields), key
                )
        if isinstance(owner, Class):
            if isinstance(key, Known) and isinstance(key.value, str) and key.value in owner.namespace:
                return owner.namespace[key.value]
            members = [
                one for one in owner.namespace.values() if isinstance(one, Instance) and one.kind is owner
            ]
            return join_all(members) if members else owner
        if isinstance(owner, Generator):
            return self.contents(owner).element()
        return library.item(self, owner, key)

    def _of_items(self, owner: Items, key: Value) -> Value:
        contents = owner.contents
        part = (isinstance(key, Known) and isinstance(key.value, slice)) or (
            isinstance(key, Unknown) and key.kind == "slice"
        )
        if contents.items is not None:
            if isinstance(key, Known):
                if part:
                    return Items(owner.kind, Contents(folding.fold_slice(contents.items, key)))
                return folding.fold_item(contents.items, key)
            if part:
                return Items(
                    owner.kind,
                    Contents(
                        None,
                        contents.element() if contents.items else None,
                        contents.marks | key.marks & NUMERIC if isinstance(key, Unknown) else 0,
                        len(contents.items),
                    ),
                )
            return contents.element()
        each = contents.each
        if each is None:
            return Items(owner.kind, contents) if part else NOTHING
        if deep(each) & PIECE:
            each = selected(each, CUT)
        if part:
            most = contents.most
            if isinstance(key, Known) and isinstance(key.value.stop, int) and key.value.stop >= 0:
                most = key.value.stop if most is None else min(most, key.value.stop)
            marks = contents.marks | (key.marks & NUMERIC if isinstance(key, Unknown) else 0)
            return Items(owner.kind, Contents(None, each, marks, most))
        return each

    def _of_table(self, owner: Table, key: Value) -> Value:
        if isinstance(owner.given, (Given, GivenPart)):
            if isinstance(key, Known) and isinstance(key.value, str):
                return library.member(self, owner.given, key.value)
            library.look_inside(self, owner.given, "__dict__")
        if isinstance(key, (Known, Thing)):
            place = hashable(key)
            found = owner.entries.get(place) if place is not None else None
            if found is not None:
                present = self.present(found)
                return (
                    present
                    if owner.other is None or ABSENT not in options(found)
                    else join(present, owner.other)
                )
            if owner.other is not None:
                return owner.other
            factory = owner.rest.get("factory")
            if factory is not None and place is not None:
                made = self.call(factory, Arguments())
                self.put(owner.entries, place, made)
                return made
            return NOTHING
        values = [self.present(entry) for entry in owner.entries.values()]
        if owner.other is not None:
            values.append(owner.other)
        elif "factory" in owner.rest:
            made = self.call(owner.rest["factory"], Arguments())
            self.put(owner.rest, "key", Unknown(deep(key)))
            self.put(owner.rest, "value", made)
            values.append(made)
        return join_all(values) if values else NOTHING

    def set_item(self, owner: Value, key: Value, value: Value) -> None:
        """``owner[key] = value``."""
        several = isinstance(owner, Choice)
        for one in options(owner):
            if isinstance(one, Table):
                if one.given is not None and not isinstance(one.given, (Instance, Class)):
                    if isinstance(key, Known) and isinstance(key.value, str):
                        library.set_member(self, one.given, key.value, value)
                    continue
                for each in options(key):
                    place = hashable(each) if isinstance(each, (Known, Thing)) else None
                    if place is not None:
                        old = one.entries.get(place, ABSENT)
                        weak = several or isinstance(key, Choice)
                        self.put(one.entries, place, join(old, value) if weak else value)
                    else:
                        self.put(one.rest, "key", join(one.rest["key"], each) if "key" in one.rest else each)
                        self.put(
                            one.rest,
                            "value",
                            join(one.rest["value"], value) if "value" in one.rest else value,
                        )
            elif isinstance(one, Items):
                contents = one.contents
                if (
                    contents.items is not None
                    and isinstance(key, Known)
                    and type(key.value) is int
                    and -len(contents.items) <= key.value < len(contents.items)
                ):
                    items = list(contents.items)
                    items[key.value] = value if not several else join(items[key.value], value)
                    self.put(one.state, "contents", Contents(tuple(items), None, contents.marks))
                elif isinstance(key, Known) and key.value == slice(None, None, None):
                    self.put(one.state, "contents", self.contents(value))
                else:
                    given = (
                        self.contents(value).element()
                        if isinstance(key, Known) and isinstance(key.value, slice)
                        else value
                    )
                    each = join_all([*(contents.items or ()), *filter(None, (contents.each,)), given])
                    self.put(one.state, "contents", Contents(None, each, contents.marks, contents.upto()))
            elif isinstance(one, Instance):
                method = one.kind.find("__setitem__")
                if method is not None:
                    self.call(Bound(method, one), Arguments([key, value]))
                elif isinstance(one.attributes.get("__dict_self__"), (Table, Items)):
                    self.set_item(one.attributes["__dict_self__"], key, value)
            elif isinstance(one, Library):
                library.set_library_item(self, one, key, value)

    def update(self, table: Table, value: Value) -> None:
        """``dict.update`` with a dict, or with pairs."""
        choices = [one for one in options(value) if not isinstance(one, (Absent, Known))]
        for one in choices:
            if isinstance(one, (Items, Generator)):
                contents = self.contents(one)
                for pair in contents.items if contents.items is not None else filter(None, (contents.each,)):
                    parts = self.contents(pair).items
                    if parts is not None and len(parts) == 2:
                        self.set_item(table, parts[0], parts[1])
                    else:
                        self.set_item(table, Unknown(deep(pair)), Unknown(deep(pair)))
                continue
            other = self.table(one)
            for key, entry in list(other.entries.items()):
                weak = len(choices) > 1 or ABSENT in options(entry)
                if table.given is not None and not isinstance(table.given, (Instance, Class)):
                    self.set_item(table, as_value(key), self.present(entry))
                else:
                    old = table.entries.get(key, ABSENT)
                    self.put(table.entries, key, join(old, self.present(entry)) if weak else entry)
            if other.other is not None:
                self.set_item(
                    table,
                    other.rest.get("key", NOTHING)
                    if not isinstance(other.rest.get("key"), Known)
                    else NOTHING,
                    other.other,
                )

    def table(self, value: Value) -> Table:
        """A value as a dict."""
        if isinstance(value, Table):
            return value
        if isinstance(value, Instance):
            base = value.attributes.get("__dict_self__")
            if isinstance(base, Table):
                return base
            keys = value.kind.find("keys")
            if keys is not None:
                found = Table()
                for key in self.contents(self.call(Bound(keys, value), Arguments())).items or ():
                    self.set_item(found, key, self.subscript(value, key))
                return found
        if isinstance(value, Library):
            held = [one for one in self.contents(value.held).items or () if isinstance(one, Table)]
            if held:
                merged = Table()
                for one in reversed(held):  # in a ChainMap the first wins
                    self.update(merged, one)
                return merged
        found = Table()
        if isinstance(value, (Unknown, Library)):
            found.rest = {"key": Unknown(deep(value), "str"), "value": Unknown(deep(value))}
        return found

    def spread(self, arguments: Arguments, value: Value) -> None:
        """``**value``."""
        tables = list(options(value))
        if len(tables) > 1:
            joined: Table | None = None
            for one in tables:
                table = self.table(one)
                joined = table if joined is None else join_tables(joined, table)
            table = joined or Table()
        else:
            table = self.table(value)
        for key, entry in table.entries.items():
            if isinstance(key, str):
                if ABSENT in options(entry) and key in arguments.named:
                    entry = join(arguments.named[key], self.present(entry))
                arguments.named[key] = entry
        if table.other is not None:
            more = table.other
            arguments.named_more = more if arguments.named_more is None else join(arguments.named_more, more)

    def present(self, value: Value) -> Value:
        """The value of an entry where it is there."""
        if not isinstance(value, Choice):
            return NOTHING if value is ABSENT else value
        return join_all([one for one in value.options if one is not ABSENT], marks=value.marks)

    def holds(self, container: Value, one: Value) -> bool | None:
        """Whether a thing is in a container; None where that is not known."""
        if isinstance(container, Known) and isinstance(one, Known):
            return folding.fold_in(container, one)
        if isinstance(container, Table):
            if isinstance(one, (Known, Thing)):
                key = hashable(one)
                if key is not None and key in container.entries:
                    return True if ABSENT not in options(container.entries[key]) else None
                if container.other is None:
                    return False
            elif not container.entries and container.other is None:
                return False
            return None
        if isinstance(container, Items):
            items = container.contents.items
            if items is None:
                return False if container.contents.each is None else None
            if not items:
                return False
            if isinstance(one, Known) and all(isinstance(item, Known) for item in items):
                return any(isinstance(item, Known) and folding.equal(item.value, one.value) for item in items)
            if any(item is one and not isinstance(item, Unknown) for item in items):
                return True
        return None
