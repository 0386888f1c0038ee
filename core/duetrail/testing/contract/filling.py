"""Every field of the model is filled, or the author says that the vendor has no such thing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from duetrail.model import BY_TABLE, Record, children_of, fields_of, is_later
from duetrail.source import Resource, Shape
from duetrail.testing.contract.advice import expect_none, fail
from duetrail.testing.contract.edits import items, one_of_each
from duetrail.testing.contract.suite import Suite
from duetrail.testing.differences import with_children
from duetrail.testing.wires import covers

_RAW = "_raw"


class Filling(Suite):
    """What of the model the plugin fills."""

    def test_every_field_is_filled_or_declared_absent(self) -> None:
        """Each field of the records it yields is filled by the recording, or said to be absent.

        Of a field that a later contract than the first brought, nothing need be said.
        """
        tables = _tables()
        missing = {
            table: sorted(
                fields
                - self._filled[table]
                - _declared(self.absent, table)
                - {one.name for one in fields_of(tables[table]) if is_later(one)}
            )
            for table, fields in self._wanted().items()
        }
        missing = {table: names for table, names in missing.items() if names}
        if missing:
            fail(
                "fields are never filled",
                "absence",
                where=[f"{table}: {', '.join(names)}" for table, names in missing.items()],
                do="map them, record an account that has them, or declare them:\n"
                + _written(missing),
            )

    def test_what_is_declared_absent_is(self) -> None:
        """No field that is said to be absent is filled, and each of them exists."""
        wrong = []
        for table in self.absent:
            known = self._wanted().get(table, set())
            declared = _declared(self.absent, table)
            wrong += [
                f"{table}.{name} is filled" for name in declared & self._filled.get(table, set())
            ]
            wrong += [f"{table}.{name} does not exist here" for name in declared - known]
        expect_none(
            sorted(wrong), "`absent` is not true any more", "absence", do="take these out of it"
        )

    def test_a_shape_carries_what_it_fills(self) -> None:
        """The fields it says it carries exist, and what its items fill is carried by some shape."""
        wrong = []
        for resource, shape in self.harness.shapes:
            carried = shape.carries
            if carried is not None:
                where, known = f"{resource.name}, {shape.name}", _fields(shape.record)
                names = {one.name for one in fields_of(shape.record)}
                wrong += [f"{where}: no {name}" for name in sorted(carried - names - {"extra"})]
                filled = (self._filled_by(resource, shape) & known) - self._carried(shape.record)
                wrong += [f"{where}: {name} is filled" for name in sorted(filled)]
        expect_none(
            wrong,
            "shapes carry fields that do not exist, or fields are filled that none carries",
            "declaration",
            do="name in Shape(carries=...) every field that the mapping fills from it",
        )

    def test_what_a_shape_goes_by_is_shown(self) -> None:
        """What shapes name as their version is a key of the vendor: shown, or in the wire class."""
        missing = [
            f"{item.sample.resource.name}, {item.shape.name}: {item.shape.version}"
            for item in one_of_each(self.harness)
            if item.shape.version
            and not covers(item.shape.wire, (item.shape.version,))
            and not any(
                other.found.raw.get(item.shape.version) is not None
                for other in items(self.harness)
                if other.shape.version == item.shape.version
            )
        ]
        expect_none(
            missing,
            "no item has the version its shape names",
            "declaration",
            do="name a key of the vendor's object in Shape(version=...)",
        )

    def _carried(self, record: type[Record]) -> frozenset[str]:
        """The fields that some shape of a kind of record carries."""
        shapes = [shape for _, shape in self.harness.shapes if shape.record is record]
        everything = frozenset(_fields(record))
        return frozenset().union(
            *(everything if one.carries is None else one.carries for one in shapes)
        )

    def _filled_by(self, resource: Resource, shape: Shape) -> set[str]:
        """The fields that the recorded items of one shape fill."""
        made = [
            mapped.records[0]
            for sample in self.harness.samples
            if sample.resource is resource
            for mapped in sample.mapped(sample.page.data).mapped
            if mapped.shape is shape
        ]
        return {name for record in made for name in _filled_in(record)}

    @cached_property
    def _filled(self) -> Mapping[str, set[str]]:
        """By table, the fields that leaves become, recorded or made up, and those of records."""
        harness = self.harness
        found: dict[str, set[str]] = {table: set() for table in _tables()}
        names = {kind.__name__: table for table, kind in _tables().items()}
        for record in harness.good().records():
            for one in with_children(record):
                found[names[type(one).__name__]] |= _filled_in(one)
        for resource, shape in harness.shapes:
            for lineage in harness.lineages(resource, shape):
                for name in lineage.becomes:
                    kind, _, field = name.partition(".")
                    if kind in names and field:
                        found[names[kind]].add(field.partition(".")[0])
        return found

    def _wanted(self) -> dict[str, set[str]]:
        """By table, the fields of the records it yields; of children, if there are any."""
        harness = self.harness
        kinds: list[Any] = [kind for one in harness.resources for kind in one.yields]
        wanted = {kind.table: _fields(kind) for kind in kinds}
        for kind in kinds:
            for table, child in children_of(kind).values():
                if self._filled[table]:
                    wanted[table] = _fields(child)
        return wanted


def _tables() -> dict[str, Any]:
    """Every table with its class, those of children included."""
    tables: dict[str, Any] = dict(BY_TABLE)
    for kind in BY_TABLE.values():
        tables |= dict(children_of(kind).values())
    return tables


def _fields(kind: Any) -> set[str]:
    """What there is to fill; a vendor's own word goes with the canonical one."""
    names = {one.name for one in fields_of(kind)} - {"connection", "id", "extra"}
    if issubclass(kind, Record):
        names -= {"invoices"}  # linked by the core wherever the vendor shows where it belongs
    return {name for name in names if not (name.endswith(_RAW) and name[: -len(_RAW)] in names)}


def _filled_in(record: Any) -> set[str]:
    """The fields of a record, or of a child of one, that are filled."""
    names = (one.name for one in fields_of(type(record)))
    return {name for name in names if getattr(record, name) not in (None, ())}


def _declared(absent: Mapping[str, Any], table: str) -> set[str]:
    """The fields said to be absent, listed or in one text; by reason or not."""
    said = absent.get(table, ())
    groups = said.values() if isinstance(said, Mapping) else [said]
    listed = [group.split() if isinstance(group, str) else group for group in groups]
    return {name for names in listed for name in names}


def _written(missing: Mapping[str, list[str]]) -> str:
    """As an author may paste it."""
    tables = [f'    "{one}": {{"why": "{" ".join(names)}"}},' for one, names in missing.items()]
    return "\n".join(["absent = {", *tables, "}"])
