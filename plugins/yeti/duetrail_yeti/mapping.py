"""Yeti's objects as canonical records.

Source: Yeti's customer API. It shows approved invoices only, and neither an issue date nor a due
date nor a payment: none of them is inferred.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from duetrail import hookimpl
from duetrail.errors import BadItem
from duetrail.model import Invoice, InvoiceKind, Money, Party, Record
from duetrail.source import Connection, Item, Page
from duetrail.wire import decode
from duetrail_yeti import wire

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record]:
    """One row as one record."""
    match item.wire:
        case wire.Account() as account:
            yield _party(account, connection)
        case wire.Invoice() as invoice:
            yield _invoice(invoice, item.page, connection)


def _party(account: wire.Account, connection: Connection) -> Party:
    return Party(
        connection=connection.name,
        id=account.id,
        name=_attributes(account).name,
        currency=_currency(account, connection),
    )


def _invoice(invoice: wire.Invoice, page: Page, connection: Connection) -> Invoice:
    facts = invoice.attributes or wire.InvoiceAttributes()
    account = _account(invoice, page)
    currency = _currency(account, connection)
    return Invoice(
        connection=connection.name,
        id=invoice.id,
        number=facts.reference,
        kind=InvoiceKind.USAGE_BILL,
        currency=currency,
        total=Money.major(_amount(facts.amount_spent), currency),
        period_start_at=facts.start_date,
        period_end_at=facts.end_date,
        customer_id=account.id if account else None,
        customer_name=_attributes(account).name,
        document_url=_document(invoice, connection) if facts.has_pdf else None,
    )


# --- accounts ------------------------------------------------------------------------------------


def _account(invoice: wire.Invoice, page: Page) -> wire.Account | None:
    """The account an invoice names, with what stands of it in `included`; None where it is gone."""
    account = invoice.relationships.account if invoice.relationships else None
    if account is None or account.data is None:
        return None
    for other in _included(page):
        if (other.get("type"), other.get("id")) == ("accounts", account.data.id):
            return _decoded(other)
    return wire.Account(account.data.id)


def _decoded(account: dict[str, Any]) -> wire.Account:
    try:
        return decode(wire.Account, account)
    except BadItem as error:
        raise BadItem(f"its account: {error}", path="$.relationships.account.data") from None


def _included(page: Page) -> Iterator[dict[str, Any]]:
    included = page.data.get("included")
    for other in included if isinstance(included, list) else ():
        if isinstance(other, dict):
            yield other


def _attributes(account: wire.Account | None) -> wire.AccountAttributes:
    return (account.attributes if account else None) or wire.AccountAttributes()


def _currency(account: wire.Account | None, connection: Connection) -> str | None:
    """The account's own, else the configured one; never a guess."""
    currency: str | None = connection.options.currency
    return _attributes(account).currency or currency


# --- values --------------------------------------------------------------------------------------


def _amount(text: str | None) -> Decimal | None:
    if text is None:
        return None
    if not _DECIMAL.fullmatch(text):
        raise BadItem("expected a number as text", path="$.attributes.amount-spent")
    return Decimal(text)


def _document(invoice: wire.Invoice, connection: Connection) -> str:
    return f"{connection.base_url}/invoices/{quote(invoice.id, safe='')}/download"
