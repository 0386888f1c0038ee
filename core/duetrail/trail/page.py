"""One invoice as a page: a file of HTML that opens from disk, runs nothing and asks for nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from duetrail.model import Invoice, InvoiceKind, Money, Ref
from duetrail.trail.drawing import TRAIL_CSS, draw_time, draw_trail
from duetrail.trail.events import amount, period, word
from duetrail.trail.markup import escaped
from duetrail.trail.telling import Timeline

_STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8") + TRAIL_CSS


def draw_page(found: Timeline) -> str:
    """The page of one invoice: its name, amounts and facts, and its trail.

    Its policy allows this one style and nothing else: no script, no request, no form, not even if
    a browser took some text for markup.
    """
    record = found.record
    name = (record.number if record else None) or found.invoice.id
    kind = _kind(record)
    title = " · ".join(filter(None, (f"{kind} {name}", found.customer)))
    hash = b64encode(sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escaped(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<header>
<p class="kind">{escaped(kind)}</p>
<h1>{escaped(name)}{"".join(_badges(record))}</h1>
{f'<p class="customer">{escaped(found.customer)}</p>' if found.customer else ""}
</header>
{_list("amounts", _amounts(record))}
{_list("facts", _facts(found))}
<h2>Trail</h2>
{draw_trail(found)}
<footer>Drawn by duetrail from what its store holds. Times are in UTC.</footer>
</main>
</body>
</html>
"""


def _kind(record: Invoice | None) -> str:
    kinds = {
        InvoiceKind.USAGE_BILL: "Usage bill",
        InvoiceKind.CREDIT_NOTE: "Credit note",
        InvoiceKind.PAYABLE: "Payable invoice",
    }
    return kinds.get(record.kind, "Invoice") if record and record.kind else "Invoice"


def _badges(record: Invoice | None) -> Iterator[str]:
    """Where the invoice stands, in words; what asks for attention has a colour, too."""
    if record is None:
        return
    if status := word(record.status, record.status_raw):
        style = "badge good" if record.status == "paid" else "badge"
        yield f' <span class="{style}">{escaped(status)}</span>'
    if record.overdue:
        yield ' <span class="badge bad">overdue</span>'
    if record.in_dispute and record.status != "disputed":
        yield ' <span class="badge bad">disputed</span>'


def _list(style: str, rows: Iterator[tuple[str, str]]) -> str:
    """Names and values as `<dl>`; nothing where there are none. Values are HTML."""
    told = "".join(f"<div><dt>{escaped(name)}</dt><dd>{value}</dd></div>" for name, value in rows)
    return f'<dl class="{style}">{told}</dl>' if told else ""


def _amounts(record: Invoice | None) -> Iterator[tuple[str, str]]:
    if record is None:
        return
    price = "Price" if record.kind == InvoiceKind.USAGE_BILL else "Total"
    told: tuple[tuple[str, Money | None], ...] = (
        (price, record.total),
        ("Due", record.amount_due),
        ("Paid", record.amount_paid),
        ("Credited", _unless_zero(record.amount_credited)),
        ("Written off", _unless_zero(record.amount_written_off)),
        ("Remaining", record.amount_remaining),
    )
    for name, money in told:
        if money is not None:
            yield name, escaped(amount(money))


def _unless_zero(money: Money | None) -> Money | None:
    return money if money and (money.amount or money.minor) else None


def _facts(found: Timeline) -> Iterator[tuple[str, str]]:
    record = found.record
    if record is None:
        yield "Known by", "touches that name it; no vendor lists the invoice itself"
    else:
        yield from _dates(record)
        texts = (
            ("Period", period(record)),
            ("Outbound calls", _count(record.outbound_calls)),
            ("Inbound calls", _count(record.inbound_calls)),
            ("Purchase order", record.purchase_order),
            ("Sales order", record.order_number),
            ("Corrects", record.original_invoice_id),
            ("ERP id", record.remote_id),
        )
        for name, text in texts:
            if text:
                yield name, escaped(text)
    yield "Record", _reference(found.invoice)
    if found.same:
        yield "The same invoice", "<br>".join(map(_reference, found.same))


def _dates(record: Invoice) -> Iterator[tuple[str, str]]:
    told: tuple[tuple[str, datetime | date | None], ...] = (
        ("Issued", record.issued_at or record.issued_on),
        ("Due by", record.due_on or record.due_at),
        ("Promised by", record.promised_to_pay_on),
        ("Paid at", record.paid_at or record.paid_on),
        ("Voided at", record.voided_at),
        ("Written off at", record.written_off_at),
    )
    for name, at in told:
        if at is not None:
            yield name, draw_time(at)


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _reference(ref: Ref) -> str:
    """By what it can be asked for again."""
    return f"<code>{escaped(f'{ref.connection}:{ref.id}')}</code>"
