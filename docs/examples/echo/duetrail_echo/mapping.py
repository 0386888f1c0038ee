"""Echo's objects as canonical records. Nothing is guessed: what Echo does not say is None."""

from __future__ import annotations

from collections.abc import Iterator

from duetrail import hookimpl, model
from duetrail.errors import BadItem
from duetrail.model import Money, Record, Ref, canonical
from duetrail.source import Connection, Item, Skip
from duetrail_echo import wire


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record | Skip]:
    """One record an item; a planned call makes a callout, too."""
    name = connection.name
    match item.wire:
        case wire.Invoice(state="test"):
            yield Skip("a test invoice")
        case wire.Invoice() as invoice:
            yield model.Invoice(
                connection=name,
                id=invoice.id,
                number=invoice.number,
                status=canonical(model.InvoiceStatus, invoice.state),
                status_raw=invoice.state,
                currency=invoice.currency,
                total=Money.from_minor(invoice.cents, invoice.currency),
            )
        case wire.Customer(id, title, email):
            yield model.Party(connection=name, id=id, name=title, email=email)
        case wire.Email(id, sender, subject, about):
            yield model.Email(
                connection=name,
                id=id,
                invoices=_invoices(about, connection),
                from_address=sender,
                subject=subject,
            )
        case wire.Call() as call:
            yield from _call(call, connection)


def _call(call: wire.Call, connection: Connection) -> Iterator[Record]:
    if call.seconds is not None and call.seconds < 0:
        raise BadItem("a call lasts less than nothing", path="$.seconds")
    invoices = _invoices(call.about, connection)
    yield model.Call(
        connection=connection.name,
        id=call.id,
        invoices=invoices,
        status=canonical(model.CallStatus, call.state),
        status_raw=call.state,
        duration_seconds=call.seconds,
    )
    if call.state == "planned":  # Echo has no callouts: this one is read off the call
        yield model.Callout(
            connection=connection.name,
            id=f"call:{call.id}",
            derived=True,
            invoices=invoices,
            scheduled_at=call.planned,
        )


def _invoices(ids: tuple[str, ...] | None, connection: Connection) -> tuple[Ref, ...]:
    return tuple(connection.ref(model.Invoice, id) for id in ids or ())
