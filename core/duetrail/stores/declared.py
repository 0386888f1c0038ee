"""Declared mappings, compiled: from the bytes of an object to its row, with no record between.

The function that is written for a mapping takes objects that are as they should be, and raises
where there is anything to judge: then the object is decoded and mapped in two steps, as by
`FieldMapping.record`, which says what is wrong, or knows that it may be taken. So this knows no
rule of its own, only the plain cases of the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache, partial
from typing import Any

import attrs
import msgspec
from msgspec import Struct

from duetrail.declared import FieldMapping
from duetrail.declared.around import Parent
from duetrail.declared.itself import Itself
from duetrail.declared.lookup import Lookup, kept_keys
from duetrail.declared.made_of import MadeOf
from duetrail.declared.objects import Each, Nested
from duetrail.declared.rules import (
    Amount,
    Computed,
    Constant,
    Inner,
    Key,
    Local,
    Mentioned,
    Named,
    OfChildren,
    Outer,
    Rule,
    Summed,
    Word,
    bare,
)
from duetrail.declared.unused import left_by, plain_keys
from duetrail.declared.values import FirstOf, first_value, only_value
from duetrail.model import Invoice, Money, Ref, made_id
from duetrail.model.made_ids import is_short
from duetrail.model.money import exact_sum, is_plain
from duetrail.stores.codecs import digits, moment, to_json
from duetrail.stores.compiled import encoding, names
from duetrail.stores.json_text import kept
from duetrail.stores.rows import Row, Table, Values, table_of
from duetrail.stores.schema.tables import ColumnSchema, Kind
from duetrail.wire import attribute, is_kept, json_key
from duetrail.wire.compiled import FromJson, Unsure, element_of, kind_of, parse
from duetrail.wire.decoding import slow
from duetrail.wire.elements import before_lists, elements_of
from duetrail.wire.ids import id_text
from duetrail.wire.meant import Value, struct_is_meant, value_in_list
from duetrail.wire.usual_times import usual_time

# A time in the usual forms of UTC is nearly as a store writes it: it only has to be one.
_TIME = """
 {v} = {text} = {part}
 if {v} is not None:
  usual = usual_time({v})
  if usual:
   {v}, {text} = usual
  else:
   {v} = utc({v}) or slow_{place}({v})
   {text} = moment({v})""".splitlines()[1:]

# The usual number is none, and then a decimal.
_NUMBER = """
 {v} = {part}
 if {v} is not None and {v}.__class__ is not Decimal:
  if {v}.__class__ is not int: raise Unsure
  {v} = Decimal({v})""".splitlines()[1:]


class RowMaker(Struct, frozen=True):
    """Makes the rows of objects.

    It raises Exception, of whatever kind, where the object is not the plain case.

    Attributes:
        read: From the bytes of an object to its parts (see `duetrail.wire.JsonParts`).
        make: From these and the name of the connection to the row.
    """

    read: Callable[[Any], Any]
    make: Callable[[Any, str], Row]


def row_maker(mapping: FieldMapping[Any], options: Any, unless: Computed | None = None) -> RowMaker:
    """What makes rows of the objects of a mapping.

    Args:
        mapping: The mapping.
        options: The settings of the connection.
        unless: What is true for objects that are none for the mapping (see `Shape.unless`).
    """
    units = tuple(rule.in_minor(options) for rule in _amounts(mapping))
    return _row_maker(mapping, units, unless)


def _amounts(mapping: Inner) -> Iterator[Amount]:
    for rule in mapping.rules.values():
        if isinstance(rule, Amount):
            yield rule
        elif isinstance(rule, Each):
            yield from _amounts(rule.mapping)


@cache
def _row_maker(
    mapping: FieldMapping[Any], in_minor: tuple[bool, ...], unless: Computed | None
) -> RowMaker:
    table = table_of(mapping.kind.table)
    units = {id(rule): minor for rule, minor in zip(_amounts(mapping), in_minor, strict=True)}
    reading = FromJson(json_key, slow)
    function = _Function(mapping, reading, units, table.children)
    function.read()
    if unless is not None:
        function.lines.append(f" if {function.value(unless)}: raise Unsure")
    function.fill(one.schema for one in table.fields)
    function.leave_unused()
    children = ", ".join(
        function.child_table(name, child) for name, child in table.children.items()
    )
    function.lines += [
        f" id = {function.value(mapping.rules['id'])}",
        " if id.__class__ is not str or not id or not is_short(id): raise Unsure",
        f" return Row({table.name!r}, connection, id, ({function.values}), {{{children}}}, "
        f"{function.invoices()})",
    ]
    function.known |= {"Row": Row, "Ref": Ref, "is_short": is_short}
    make = function.compiled("source, connection")
    read = msgspec.json.Decoder(reading.struct(mapping.wire), float_hook=Decimal).decode
    return RowMaker(read, make)


class _Function(Struct):
    """Writes one function: what it reads of an object, and what it makes of that.

    Attributes:
        mapping: The mapping of the object.
        reading: Writes the lines that read.
        units: For each rule for money, by its id, whether it is in minor units.
        tables: The child tables, by the field that holds them.
        lines: The lines so far.
        known: What they know by name.
        values: The expressions of the columns.
    """

    mapping: Inner
    reading: FromJson
    units: dict[int, bool]
    tables: Mapping[str, Table] = {}
    lines: list[str] = []
    known: dict[str, Any] = {}
    values: str = ""
    _keys: dict[Any, str] = msgspec.field(default_factory=lambda: _Keys())
    _wires: dict[str, Any] = {}
    _kept: dict[str, str] = {}
    _times: dict[str, str] = {}
    _fields: dict[str, str] = {}
    _rows: set[str] = set()

    def read(self, wire: Any = None) -> None:
        """Write what reads the keys.

        Args:
            wire: The class of the object, where that has more keys than the mapping reads.
        """
        self.known |= names() | self.reading.names()
        objects = Nested | Each | Mentioned
        mapped = {rule.key for rule in self.mapping.rules.values() if isinstance(rule, objects)}
        self._read(wire or self.mapping.wire, "source", "", mapped)

    def _read(self, wire: Any, source: str, prefix: str, mapped: set[str]) -> None:
        attrs.resolve_types(wire)
        for at, one in enumerate(attrs.fields(wire)):
            key, part = f"{prefix}{json_key(one)}", f"{source}.part_{at}"
            if prefix:
                part = f"(None if {source} is None else {part})"
            is_led_into = any(other.startswith(f"{key}.") for other in self.mapping.keys)
            if key in mapped:
                self._keys[key], self._wires[key] = part, bare(one.type)
            if elements_of(one) is not None:
                self._read_list(one, key, f"{source}_{at}", part)
            elif is_led_into:
                inside = f"{source}_{at}"
                self.lines.append(f" {inside} = {part}")
                self._read(bare(one.type), inside, f"{key}.", mapped)
            elif key in mapped or key not in self.mapping.keys:
                continue  # what another mapping reads
            elif is_kept(one):
                self._kept[key] = part
                self._keys[key] = f"(None if {part} is None else parse({part}))"
            elif kind_of(one.type) == (datetime, True):
                self._read_time(one, key, f"{source}_{at}", part)
            elif kind_of(one.type) == (Decimal, True):
                self._keys[key] = f"value_{source}_{at}"
                self.lines += [line.format(v=self._keys[key], part=part) for line in _NUMBER]
            else:
                lines, self._keys[key] = self.reading.read(one, f"{source}_{at}", part, self.known)
                self.lines += lines

    def _read_list(self, one: attrs.Attribute[Any], key: str, place: str, part: str) -> None:
        """Write what decodes a list, and then takes of it what stands under each key."""
        lines, value = self.reading.read(one, place, part, self.known)
        self.lines += lines
        self.known["value_in_list"] = value_in_list
        for inner in self.mapping.keys:
            if inner.startswith(f"{key}["):
                self._keys[inner] = f"value_{place}_{len(self._keys)}"
                way = f"list{inner.removeprefix(key)}"
                self.lines.append(f" {self._keys[inner]} = value_in_list({value}, {way!r})")

    def _read_time(self, one: attrs.Attribute[Any], key: str, place: str, part: str) -> None:
        """Write what reads a time, and keeps its text where that is as a store writes it."""
        value, text = f"value_{place}", f"time_{place}"
        self.lines += [line.format(v=value, text=text, part=part, place=place) for line in _TIME]
        self.known |= {f"slow_{place}": slow(one.type), "moment": moment, "usual_time": usual_time}
        self._keys[key], self._times[key] = value, text

    def fill(self, columns: Iterable[ColumnSchema]) -> None:
        """Write what fills the columns of a table."""
        every = list(enumerate(columns))
        # Money goes with a currency, which may stand after it.
        for at, column in sorted(every, key=lambda one: one[1].kind is Kind.MONEY):
            rule = self.mapping.rules.get(column.name)
            if rule is None:
                self._keep_default(column, f"v{at}")
            elif isinstance(rule, Amount):
                self._fill_money(rule, column, f"v{at}")
            elif isinstance(rule, OfChildren):
                self._fill_of_children(rule, column, f"v{at}")
            else:
                self._fill(rule, column, f"v{at}")
        parts = [f"{self._fields[part.name]}, " for _, column in every for part in column.parts]
        self.values = "".join(parts)

    def _keep_default(self, column: ColumnSchema, v: str) -> None:
        default = attrs.fields_dict(self.mapping.kind)[column.name].default
        for part in column.parts:
            self._fields[part.name] = "None"
        if default is not None:
            self._encode(column, v, repr(default))

    def _fill(self, rule: Rule, column: ColumnSchema, v: str) -> None:
        value = self.value(rule)
        if isinstance(rule, Word):
            self.lines += [
                f" {v} = {value}",
                f" if {v} is not None: {v} = words_{v}.get({v}.casefold(), unknown_{v}) "
                f"if {v} != '' else None",
            ]
            words = {word.value: word.value for word in column.type}
            known = {spelt: word.value for spelt, word in rule.known.items()}
            self.known |= {
                f"words_{v}": words | known,
                f"unknown_{v}": column.type["UNKNOWN"].value,
            }
            self._fields[column.name] = v
        elif isinstance(rule, Nested) and (rule.is_list or rule.where or rule.mapping.parents):
            self.lines.append(" raise Unsure")  # so the record is made instead
            self._fields[column.name] = "None"
        elif isinstance(rule, Nested):
            self._fields[column.name] = f"(None if {value} is None else {v}({value}))"
            self.known[v] = self._address(rule.mapping, self._wires[rule.key])
        elif isinstance(rule, Itself):
            self._fields[column.name] = f"(None if first_value({value}) is None else {v}(source))"
            self.known["first_value"] = first_value
            self.known[v] = self._address(rule.mapping, self.mapping.wire)
        elif isinstance(rule, Key) and rule.key in self._kept:
            self._fields[column.name] = f"kept({self._kept[rule.key]})"
        elif isinstance(rule, Key) and column.kind is Kind.TEXT:
            self._fields[column.name] = value
        elif isinstance(rule, Key) and column.kind is Kind.TIME and rule.key in self._times:
            self._fields[column.name] = self._times[rule.key]
        else:
            is_list = isinstance(rule, Key | FirstOf) and column.kind is Kind.LIST
            self._encode(column, v, f"{value} or ()" if is_list else value)

    def _encode(self, column: ColumnSchema, v: str, value: str) -> None:
        self.lines.append(f" {v} = {value}{encoding(column, v, self.known)}")
        self._fields[column.name] = v

    def _fill_money(self, rule: Amount, column: ColumnSchema, v: str) -> None:
        currency = self._fields.get(column.currency or "", "None")
        is_minor = self.units[id(rule)]
        self.lines += [f" {v} = {self.value(rule.number)}", f" if {v} is None: {v}_minor = None"]
        if not isinstance(rule.number, Key):  # a key's value is known to be one
            self.lines.append(f" elif {v}.__class__ is not Decimal: raise Unsure")
        self.lines.append(f" else: {v}, {v}_minor = amount_{is_minor:d}(str({v}), {currency})")
        self.known[f"amount_{is_minor:d}"] = _minor_amount if is_minor else _major_amount
        self._fields |= {column.name: v, f"{column.name}_minor": f"{v}_minor"}

    def _fill_of_children(self, rule: OfChildren, column: ColumnSchema, v: str) -> None:
        """Write what takes a column from the rows of children, which are as columns are."""
        table = self.tables[rule.children]
        names = [part.name for one in table.fields for part in one.schema.parts]
        given = f"{self.rows(rule.children)}, {names.index(rule.of)}"
        if isinstance(rule, Summed):
            (currency,) = [one.currency for one in table.fields if one.name == rule.of]
            given += f", {names.index(currency or '')}, {self._fields[column.currency or '']}"
            self._fields[f"{column.name}_minor"] = "None"
        self.lines.append(f" {v} = {type(rule).__name__.lower()}({given})")
        self.known |= {"summed": _summed, "shared": _shared}
        self._fields[column.name] = v

    def leave_unused(self) -> None:
        """Write what gives up where something is read of which nothing is made."""
        plain = plain_keys(self.mapping)
        for name, rule in self.mapping.rules.items():
            if isinstance(rule, Each):
                for key in sorted(rule.mapping.parents.keys() - plain):
                    said = f"{self._keys[key]} not in (None, '', ())"
                    self.lines.append(f" if {said} and not {self.rows(name)}: raise Unsure")

    def rows(self, name: str) -> str:
        """The name of the rows of a child table, which are made once."""
        if name not in self._rows:
            self._rows.add(name)
            self.lines.append(f" rows_{name} = {self.children(name, self.tables[name])}")
        return f"rows_{name}"

    def value(self, rule: Rule) -> str:
        """The expression of what a rule takes before it is encoded."""
        if isinstance(rule, Itself):
            return f"({''.join(f'{self._keys[key]}, ' for key in rule.mapping.keys)})"
        if isinstance(rule, FirstOf):
            self.known["only_value"] = only_value
            return f"only_value(({''.join(f'{self._keys[key]}, ' for key in rule.keys)}))"
        if isinstance(rule, Lookup):
            name = f"lookup_{len(self.known)}"
            is_kept = rule.key in kept_keys(self.mapping.rules.values())
            self.known[name] = rule.found if is_kept else rule.expected
            return f"{name}({self._keys[rule.key]})"
        if isinstance(rule, Parent):
            return self._keys[rule]
        if isinstance(rule, Key | Nested | Each | Mentioned | Named):
            return self._keys[rule.key]
        if isinstance(rule, Word):
            return self.value(rule.word)
        if isinstance(rule, Outer):
            return f"outer_{rule.field}"
        if isinstance(rule, Local):  # a setting says how it is read, so the record is made instead
            self.lines.append(" raise Unsure")
            return "None"
        name = f"rule_{len(self.known)}"
        if isinstance(rule, Constant):
            self.known[name] = rule.constant
            return name
        if isinstance(rule, MadeOf):
            self.known[name] = made_id
            return f"{name}({', '.join(map(self.value, rule.parts))})"
        if not isinstance(rule, Computed):
            raise TypeError(type(rule).__name__)
        self.known[name] = rule.function
        return f"{name}({', '.join(self._keys[key] for key in rule.keys)})"

    def children(self, name: str, table: Table) -> str:
        """The expression of the rows of a child table."""
        rule = self.mapping.rules.get(name)
        if rule is None:
            return "()"
        if not isinstance(rule, Each):
            # A function gives the children: the record, which has them, is made instead.
            self.lines.append(" raise Unsure")
            return "()"
        outer = {r.field: None for r in rule.mapping.rules.values() if isinstance(r, Outer)}
        wire = element_of(self._wires[rule.key])
        function = _Function(rule.mapping, self.reading, self.units)
        function.read(wire)
        function.fill(one.schema for one in table.fields)
        function.lines.append(f" return ({function.values})")
        parameters = "".join(f", outer_{one}" for one in outer)
        parameters += "".join(f", {_around(key)}" for key in rule.mapping.parents)
        self.known[f"child_{name}"] = function.compiled(f"source{parameters}")
        given = "".join(f", {self.value(self.mapping.rules[one])}" for one in outer)
        given += "".join(f", {self._keys[key]}" for key in rule.mapping.parents)
        value = self.value(rule)
        meant = ""
        if rule.where:
            self.known[f"is_{name}"] = struct_is_meant(wire, rule.where.holds)
            meant = f" if is_{name}(one)"
        if left := left_by(self.mapping, rule):
            self.known[f"is_whole_{name}"] = struct_is_meant(wire, partial(_is_whole, left))
            meant += f" if is_whole_{name}(one)"
        return f"tuple([child_{name}(one{given}) for one in {value}{meant}]) if {value} else ()"

    def child_table(self, name: str, table: Table) -> str:
        """The part of the children of a row that a child table is."""
        if table.is_later and name in self.mapping.rules:
            rows = self.rows(name)
            return f"**({{{table.name!r}: {rows}}} if {rows} else {{}})"
        if table.is_later:
            return "**{}"
        rows = f"rows_{name}" if name in self._rows else self.children(name, table)
        return f"{table.name!r}: {rows}"

    def invoices(self) -> str:
        """The expression of the invoices that a touch names."""
        rule = self.mapping.rules.get("invoices")
        if rule is None:
            return "()"
        value = self.value(rule)
        if isinstance(rule, Named):
            return f"(Ref(connection, {Invoice.table!r}, {value}),) if {value} else ()"
        self.known["mentioned_ids"] = _mentioned_ids
        named = f"Ref(connection, {Invoice.table!r}, id) for id in mentioned_ids({value})"
        return f"tuple([{named}]) if {value} else ()"

    def _address(self, mapping: Inner, wire: Any) -> Callable[[Any], Any]:
        """What makes the JSON of an address, as its codec does: without what it does not say."""
        columns = [ColumnSchema(name, Kind.TEXT) for name in sorted(mapping.rules)]
        function = _Function(mapping, self.reading, self.units)
        function.read(wire)
        function.fill(columns)
        parts = [(column.name, str | None, None) for column in columns]
        parts_of = msgspec.defstruct("Parts", parts, omit_defaults=True, gc=False)
        function.known |= {"Parts": parts_of, "to_json": to_json}
        function.lines.append(f" return to_json(Parts({function.values})).decode()")
        return function.compiled("source")

    def compiled(self, parameters: str) -> Callable[..., Any]:
        """The function."""
        known = self.known | {"Unsure": Unsure, "Decimal": Decimal, "kept": kept, "parse": parse}
        exec("\n".join([f"def function({parameters}):", *self.lines]), known)
        made: Callable[..., Any] = known["function"]
        return made


def _is_whole(left: list[str], value: Value) -> bool:
    """Whether an object has nothing under keys that other rules read.

    Raises:
        ValueError: It has, which another rule may take or not.
    """
    if any(value(before_lists(key)) not in (None, "", ()) for key in left):
        raise ValueError("more than a rule takes")
    return True


def _mentioned_ids(objects: Any) -> list[str]:
    return sorted({id_text(one.part_0) for one in objects if one.part_0 not in (None, "")})


class _Keys(dict[Any, str]):
    """The expression of what stands under each key; one of the object around is a parameter."""

    def __missing__(self, key: Any) -> str:
        if isinstance(key, Parent):
            return _around(key.key)
        raise KeyError(key)


def _around(key: str) -> str:
    """The name of what stands under a key of the object around."""
    return f"around_{attribute(key)}"


# Of the amounts of a page many are the same.
@lru_cache(maxsize=4_096)
def _major_amount(text: str, currency: str | None) -> tuple[str | None, str | None]:
    """A number of major units as the two columns of money."""
    if is_plain(text):
        return text, None
    return _columns(Money.major(Decimal(text), currency))


@lru_cache(maxsize=4_096)
def _minor_amount(text: str, currency: str | None) -> tuple[str | None, str | None]:
    """A number of minor units as the two columns of money."""
    return _columns(Money.from_minor(Decimal(text), currency))


def _summed(rows: tuple[Values, ...], amount: int, currency: int, wanted: str | None) -> str | None:
    """The sum of an amount of the rows of children; None where one is not known."""
    amounts = [row[amount] for row in rows]
    if not amounts or None in amounts or {row[currency] for row in rows} != {wanted}:
        return None
    return digits(exact_sum(map(Decimal, amounts)))


def _shared(rows: tuple[Values, ...], at: int) -> Any:
    """What the rows of children have in common; None where there is none."""
    values = [row[at] for row in rows]
    return values[0] if values and values.count(values[0]) == len(values) else None


def _columns(money: Money | None) -> tuple[str | None, str | None]:
    amount, minor = (money.amount, money.minor) if money else (None, None)
    return (None if amount is None else digits(amount), None if minor is None else digits(minor))
