"""A help desk: emails inside objects that are no record, one kind with a shape, one without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from duetrail import by_resource, hookimpl
from duetrail.declared import FieldMapping, parent
from duetrail.http import NoAuth, link, listed, once
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.source import Resource, Shape, Skip, Source
from duetrail.wire import Id

MAIL = FieldMapping(Email, id="id", text="text", subject=parent("subject"))
NOTE = FieldMapping(Email, id="id", text="text", subject=parent("about"), thread_id=parent("id"))


@attrs.frozen
class Options:
    """No settings."""


@attrs.frozen
class Ticket:
    """A ticket, which is no record."""

    id: Id
    subject: str | None = None


@hookimpl
def source() -> Source:
    """Tickets with mails, and topics with notes."""
    return Source(
        name="helpdesk",
        title="Help Desk",
        options=Options,
        base_url="https://api.helpdesk.example/v1",
        resources=(
            Resource(
                name="tickets",
                shapes=(
                    Shape(name="ticket", record=Email, wire=Ticket, path="$.tickets[*]"),
                    Shape(name="mail", mapping=MAIL, path="$.tickets[*].mails[*]"),
                ),
            ),
            Resource(
                name="topics",
                shapes=(Shape(name="note", mapping=NOTE, path="$.topics[*].notes[*]"),),
            ),
        ),
        unsupported=(Invoice, Call, Callout),
        auth=lambda options: NoAuth(),
    )


@hookimpl
def map_item(item: Any) -> Iterator[Skip]:
    """Leave out a ticket, of which its mails alone are kept."""
    yield Skip("a ticket is no record")


fetch = by_resource(
    tickets=listed(link, "/tickets", next="$.next", rows="$.tickets[*]"),
    topics=listed(once, "/topics", rows="$.topics[*]"),
)
