"""The object around an item, where that has no shape: what a mapping takes of it by `parent`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import frozen

from duetrail import hookimpl, plugins
from duetrail.declared import FieldMapping, made_of, parent
from duetrail.errors import PluginError
from duetrail.http import NoAuth
from duetrail.model import Call, Callout, Email, Invoice, Party, Ref
from duetrail.pipeline.drift import drift
from duetrail.pipeline.explain import explain
from duetrail.pipeline.remap import remap
from duetrail.plugins import Plugin
from duetrail.source import Connection, Resource, Shape, Shard, Source
from duetrail.streams import BoundSource

MAIL = FieldMapping(
    Email,
    id="id",
    text="text",
    subject=parent("subject"),
    customer_id=parent("customer.id"),
    sent_at=parent("at"),
)
NAMELESS = FieldMapping(Email, id=made_of(parent("id"), "text"), text="text")
MAILS = "$._embedded.conversations[*]._embedded.threads[*]"


@frozen
class Options:
    """No settings."""


class Desk:
    """A vendor of conversations that are no record, with the mails in them."""

    def __init__(self, *shapes: Shape, **resource: Any) -> None:
        self.pages: list[Any] = []
        self.shapes = shapes or (Shape(name="mail", mapping=MAIL, path=MAILS),)
        self.resource = {"name": "conversations", "shapes": self.shapes, **resource}

    @hookimpl
    def source(self) -> Source:
        return Source(
            name="desk",
            title="Desk",
            options=Options,
            base_url="http://127.0.0.1",
            resources=(Resource(**self.resource),),
            unsupported=(Invoice, Call, Callout),
            auth=lambda options: NoAuth(),
        )

    @hookimpl
    def fetch(self, shard: Shard) -> Iterator[Any]:
        yield from self.pages


def conversation(id: str, *threads: Any, **more: Any) -> dict[str, Any]:
    """A conversation with mails."""
    return {"id": id, "_embedded": {"threads": list(threads)}, **more}


def listed(*conversations: Any, **more: Any) -> dict[str, Any]:
    """A page of conversations."""
    return {"_embedded": {"conversations": list(conversations)}, **more}


def mail(id: str, **more: Any) -> dict[str, Any]:
    """A mail."""
    return {"id": id, "text": f"about {id}", **more}


class Bound:
    """A desk, bound, and a project to sync it into."""

    def __init__(self, desk: Desk, project: Any) -> None:
        self.desk, self.project = desk, project
        self.plugin: Plugin = plugins.bind("desk", desk)
        assert self.plugin.source is not None
        self.connection = Connection(
            name="desk", source=self.plugin.source, base_url="http://127.0.0.1", options=Options()
        )
        self.sources = {"desk": BoundSource(self.connection, self.plugin)}

    def sync(self, *pages: Any) -> Any:
        self.desk.pages = [self.project.toy.page(page) for page in pages]
        (entry,) = self.project.run(self.plugin, self.connection).resources
        return entry

    def mails(self, columns: str = "id, subject, customer_id") -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.project.rows(
            f"SELECT {columns} FROM emails ORDER BY id"
        )
        return found


@pytest.fixture
def bound(project: Any) -> Bound:
    return Bound(Desk(), project)


FIRST = conversation("k1", mail("m1"), mail("m2"), subject="Reminder", customer={"id": "u1"})
SECOND = conversation("k2", mail("m3"), subject="Invoice 7")


def test_an_object_without_a_shape_gives_what_is_taken_of_it(bound: Bound) -> None:
    """Each mail has the subject of its own conversation; what is not there is none."""
    entry = bound.sync(listed(FIRST, SECOND))
    assert (entry.mapped, entry.rejected) == (3, 0)
    assert bound.mails() == [
        ("m1", "Reminder", "u1"),
        ("m2", "Reminder", "u1"),
        ("m3", "Invoice 7", None),
    ]


def test_where_only_the_object_around_changes_what_is_in_it_is_mapped_anew(bound: Bound) -> None:
    """Only there, and only if what is taken of it changes."""
    bound.sync(listed(FIRST, SECOND))
    assert bound.sync(listed(FIRST, SECOND)).unchanged == 3
    entry = bound.sync(listed({**FIRST, "subject": "Last reminder", "seen": 3}, SECOND))
    assert (entry.mapped, entry.unchanged) == (2, 1)
    assert [subject for _, subject, _ in bound.mails()] == ["Last reminder"] * 2 + ["Invoice 7"]
    again = bound.sync(listed({**FIRST, "subject": "Last reminder", "seen": 4}, SECOND))
    assert (again.mapped, again.unchanged, again.written) == (0, 3, 0)


def test_what_is_volatile_around_is_no_change(project: Any) -> None:
    """As inside an item."""
    bound = Bound(Desk(volatile=frozenset({"customer"})), project)
    bound.sync(listed(FIRST))
    assert bound.sync(listed({**FIRST, "customer": {"id": "u2"}})).unchanged == 2


@pytest.mark.parametrize("key", ["to[0].email", "more.to[0].email", "to[*].email"])
def test_a_change_in_a_list_around_is_one(project: Any, key: str) -> None:
    """Where something of its elements is taken; drift knows the list."""
    field = "to_addresses" if "*" in key else "customer_id"
    fields: dict[str, Any] = {"id": "id", "text": "text", field: parent(key)}
    bound = Bound(
        Desk(Shape(name="mail", mapping=FieldMapping(Email, **fields), path=MAILS)), project
    )

    def told(email: str) -> Any:
        to = [{"email": email}]
        return listed(conversation("k1", mail("m1"), to=to, more={"to": to}))

    bound.sync(told("a@x.example"))
    assert bound.sync(told("a@x.example")).unchanged == 1
    assert bound.sync(told("b@x.example")).mapped == 1
    assert "b@x.example" in str(bound.mails(field))
    with closing(bound.project.store()) as store:
        assert list(drift(store, bound.sources)) == []


@pytest.mark.parametrize("key", ["to[0].email", "to[*].email"])
def test_a_volatile_list_around_is_no_change(project: Any, key: str) -> None:
    """Whatever is taken of its elements."""
    field = "to_addresses" if "*" in key else "customer_id"
    fields: dict[str, Any] = {"id": "id", "text": "text", field: parent(key)}
    shape = Shape(name="mail", mapping=FieldMapping(Email, **fields), path=MAILS)
    bound = Bound(Desk(shape, volatile=frozenset({"to"})), project)
    bound.sync(listed(conversation("k1", mail("m1"), to=[{"email": "a@x.example"}])))
    later = listed(conversation("k1", mail("m1"), to=[{"email": "b@x.example"}]))
    assert bound.sync(later).unchanged == 1


def test_with_no_list_around_it_is_the_page(project: Any) -> None:
    """What is said once for all rows is read so."""
    mapping = FieldMapping(Email, id="id", subject=parent("title"), thread_id=parent("data.set"))
    shape = Shape(name="mail", mapping=mapping, path="$.data.rows[*]")
    bound = Bound(Desk(shape), project)
    bound.sync({"title": "Batch", "data": {"set": 7, "rows": [mail("m1"), mail("m2")]}})
    assert bound.mails("id, subject, thread_id") == [("m1", "Batch", "7"), ("m2", "Batch", "7")]


def test_an_id_may_be_made_of_it(project: Any) -> None:
    """Where the object itself has none."""
    shape = Shape(name="mail", mapping=NAMELESS, path=MAILS, id="text")
    bound = Bound(Desk(shape), project)
    entry = bound.sync(listed(conversation("k1", {"text": "Hi"}), conversation("k2")))
    assert (entry.mapped, entry.rejected) == (1, 0)


@pytest.mark.parametrize("is_read", [False, True], ids=["bytes", "tree"])
def test_of_another_type_it_costs_what_stands_inside(bound: Bound, is_read: bool) -> None:
    """As strictly as any key; the path is that in the object around."""
    pages = [bound.project.toy.page(listed({**FIRST, "subject": 5}, SECOND))]
    assert not is_read or pages[0].data
    bound.desk.pages = pages
    (entry,) = bound.project.run(bound.plugin, bound.connection).resources
    assert (entry.mapped, entry.rejected) == (1, 2)
    with closing(bound.project.store()) as store:
        told = [(one.path, one.json_path, one.reason) for one in store.rejects()]
    assert [path for path, *_ in sorted(told)] == [
        f"$._embedded.conversations[0]._embedded.threads[{at}]" for at in (0, 1)
    ]
    assert {(path, reason) for _, path, reason in told} == {
        ("$.subject", "in the object around it: expected text, got a whole number")
    }
    assert bound.sync(listed({**FIRST, "subject": "5"}, SECOND)).mapped == 2


@pytest.mark.parametrize("customer", [None, {}, {"id": None}])
def test_what_was_none_and_is_of_another_type_is_a_change(bound: Bound, customer: Any) -> None:
    """Else nobody would hear of it."""
    bound.sync(listed({**FIRST, "customer": customer}))
    entry = bound.sync(listed({**FIRST, "customer": 5}))
    assert (entry.unchanged, entry.rejected) == (0, 2)


@pytest.mark.parametrize("needs_id", [True, False])
def test_an_item_around_without_an_id_is_read_all_the_same(project: Any, needs_id: bool) -> None:
    """Be it a bad item, or left out."""
    around = FieldMapping(Party, id="id", name="subject")
    inner = FieldMapping(Email, id="id", text="text", subject=parent("subject"))
    shapes = (
        Shape(name="customer", mapping=around, path="$.data[*]", needs_id=needs_id),
        Shape(name="mail", mapping=inner, path="$.data[*].threads[*]"),
    )
    bound = Bound(Desk(*shapes), project)
    entry = bound.sync({"data": [{"subject": "Hi", "threads": [mail("m1")]}]})
    assert (entry.mapped, entry.rejected) == (1, int(needs_id))
    assert bound.mails() == [("m1", "Hi", None)]


@pytest.mark.parametrize("path", ["$", "$[*]", "$.rows[*][*]"])
def test_where_no_object_is_around_nothing_is_taken(path: str) -> None:
    """And the shape is refused."""
    with pytest.raises(PluginError, match="stands in none"):
        Resource(name="mails", shapes=(Shape(name="mail", mapping=MAIL, path=path),))


def test_a_kept_page_still_shows_it(bound: Bound) -> None:
    """One that was cropped, too: to map it again, and to explain a value."""
    others = [conversation(f"o{at}", mail(f"x{at}")) for at in range(5)]
    bound.sync(listed(FIRST, *others))
    bound.sync(listed({**FIRST, "subject": "Second"}, *others))
    with closing(bound.project.store()) as store:
        remap(store, bound.sources, datetime.now(UTC))
        found = explain(store, bound.sources, Ref("desk", "emails", "m2"), "subject")
    assert ("m2", "Second", "u1") in bound.mails()
    assert [(one.path, one.value) for one in found.origins] == [
        ("$._embedded.conversations[0].subject", "Second")
    ]


def test_a_kept_page_still_shows_what_is_an_item_of_its_own(project: Any) -> None:
    """Although the store knows that item already, the other's mapping reads it there again."""
    customer = FieldMapping(Party, id="id", name="name")
    of_first = FieldMapping(Email, id="id", text="text", customer_id=parent("customers[0].id"))
    shapes = (
        Shape(name="customer", mapping=customer, path="$.data[*].customers[*]"),
        Shape(name="mail", mapping=of_first, path="$.data[*].threads[*]"),
    )
    bound = Bound(Desk(*shapes), project)
    whole = {"customers": [{"id": "u1", "name": "Acme"}]}
    bound.sync({"data": [{**whole, "threads": [mail("m1"), mail("m2")]}]})
    bound.sync({"data": [{**whole, "threads": [mail("m1"), mail("m2"), mail("m3")]}]})
    with closing(bound.project.store()) as store:
        found = explain(store, bound.sources, Ref("desk", "emails", "m3"), "customer_id")
    assert [(one.path, one.value) for one in found.origins] == [("$.data[0].customers[0].id", "u1")]


def test_drift_tells_what_is_never_sent_around(bound: Bound) -> None:
    """And what is of more than one kind there; what nobody takes is nobody's."""
    bound.sync(listed({**FIRST, "new": 1}, {**SECOND, "subject": 5}))
    with closing(bound.project.store()) as store:
        found = {(one.shape, one.kind, one.path) for one in drift(store, bound.sources)}
    assert found == {
        ("mail", "never seen", "$._embedded.conversations[*].at"),
        ("mail", "several kinds", "$._embedded.conversations[*].subject"),
    }
