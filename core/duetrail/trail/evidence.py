"""What a touch shows of the invoice that it is about: numbers, contacts, and when it happened.

Nothing here reads a store. Where two answers are possible none is given: a link that is wrong is
worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parseaddr

from duetrail.errors import UsageError
from duetrail.model import (
    Call,
    Callout,
    Direction,
    Email,
    Invoice,
    InvoiceKind,
    InvoiceStatus,
    Party,
    Touch,
)
from duetrail.privacy.contacts import forms_of
from duetrail.privacy.forms import ContactKind

# --- numbers in a subject ------------------------------------------------------------------------

# A word with what may join the parts of a number. Not a part of something longer, nor an amount.
_WORD = re.compile(r"(?<![\w$€£¥%+@&=?.,/-])\w++(?:[-/._]\w++)*(?![\w%@€£$]|[.,/-]\w)")

# Behind these a number of digits alone is an invoice's; anywhere else it may be anything.
_INVOICE = frozenset(
    ("invoice", "invoices", "inv", "bill", "bills", "rechnung", "rechnungen", "faktura")
) | {"facture", "factures", "factura", "facturas", "fattura", "fatture"}
_NUMBER = frozenset(
    ("number", "numbers", "no", "nos", "nr", "nrs", "nummer", "num", "n", "nº", "núm")
) | {"numero", "número", "numéro"}

# The same, short, with the number right behind its point: `Nr.1042`.
_SHORT = re.compile(r"(?:nos?|nrs?|n|n[uú]m)\.(?=\w)", re.IGNORECASE)

# A subject with more numbers is a list of who knows what, and all of them would be looked up.
_MOST_NUMBERS = 20

# What stands between two numbers of one list, besides commas.
_JOINING = frozenset(("", "&", "+", "and", "or", "und", "oder", "et", "ou", "y", "e"))


def numbers_in(subject: str) -> set[str]:
    """The words of a subject that may be the number of an invoice, in lower case.

    A word with letters and digits (`INV-1042`, `2026/17`) may be one wherever it stands. Digits
    alone are one only behind a word for an invoice (`invoice no. 1042`), or in a list with one:
    else they are an amount, a year, the number of an order. Of a subject with more than twenty
    none is taken.
    """
    found: set[str] = set()
    is_said, end = False, 0
    for begin, written in _words(subject):
        text = written.casefold()
        is_digits = text.isdecimal()
        is_listed = end > 0 and _joins(subject[end:begin])
        if (is_digits and (is_said or is_listed)) or (not is_digits and _has_digits(text)):
            found.add(text)
            if len(found) > _MOST_NUMBERS:
                return set()
            is_said, end = False, begin + len(written)
        elif text not in _NUMBER:
            is_said = text in _INVOICE
    return found


def words_in(subject: str) -> Iterator[str]:
    """The words of a subject, as they are written, that may be a number."""
    return (written for _, written in _words(subject))


def _words(subject: str) -> Iterator[tuple[int, str]]:
    """Where each word begins, and the word, without a short word for a number before it."""
    for word in _WORD.finditer(subject):
        short = _SHORT.match(subject, word.start(), word.end())
        begin = short.end() if short else word.start()
        yield begin, subject[begin : word.end()]


def _joins(between: str) -> bool:
    """Whether what stands between two numbers makes a list of them."""
    words = between.replace("#", " ").replace("°", " ").casefold().split()
    text = " ".join(word for word in words if word.rstrip(".:") not in _NUMBER)
    return text != "" and text.strip(",; ") in _JOINING


def _has_digits(text: str) -> bool:
    return any(character.isdecimal() for character in text)


# --- contacts ------------------------------------------------------------------------------------


def contacts_of(touch: Touch) -> set[str]:
    """The customer's telephone numbers and addresses in a touch, each in one spelling.

    Where the direction is not known, both sides': the reader's own belong to no customer.
    """
    return {form for text in _customers_side(touch) if text for form in spellings(text)}


def contacts_of_party(party: Party) -> set[str]:
    """The telephone numbers and addresses of a customer and its people, in the same spelling."""
    texts = [party.email, party.phone]
    texts += [text for one in party.contacts for text in (one.email, one.phone)]
    return {form for text in texts if text for form in spellings(text)}


def spellings(contact: str) -> Iterator[str]:
    """A telephone number or address in one spelling; none where it is neither.

    A North American number is the same with its country code and without. A name around an address
    and a scheme before it (`Pat <pat@acme.example>`, `whatsapp:+12025550101`) are left out.
    """
    bare = parseaddr(contact)[1] if "<" in contact else contact
    try:
        forms = forms_of(bare.rpartition(":")[2])
    except UsageError:
        return
    yield from (form.text for form in forms if form.kind is not ContactKind.NAME)


def _customers_side(touch: Touch) -> Iterator[str | None]:
    match touch:
        case Call():
            if touch.direction is not Direction.INBOUND:
                yield touch.to_number
            if touch.direction is not Direction.OUTBOUND:
                yield touch.from_number
        case Email():
            if touch.direction is not Direction.INBOUND:
                yield from (*touch.to_addresses, *touch.cc_addresses)
            if touch.direction is not Direction.OUTBOUND:
                yield from (touch.from_address, *touch.reply_to_addresses)
        case Callout():
            yield from (touch.contact_email, touch.contact_phone)


# --- time ----------------------------------------------------------------------------------------


def time_of(touch: Touch) -> datetime | None:
    """When a touch happened or is to happen."""
    match touch:
        case Call():
            return touch.started_at or touch.created_at
        case Email():
            return touch.sent_at or touch.planned_at or touch.created_at
        case Callout():
            return touch.scheduled_at or touch.created_at
    return None


_CLOSED = (InvoiceStatus.PAID, InvoiceStatus.VOID, InvoiceStatus.WRITTEN_OFF)


def was_open(invoice: Invoice, at: datetime) -> bool | None:
    """Whether an invoice was open at a time; None where that is not certain.

    Usage bills, credit notes and what the reader owes are never open in this sense.
    """
    if invoice.kind not in (None, InvoiceKind.RECEIVABLE, InvoiceKind.UNKNOWN):
        return False
    if invoice.status is InvoiceStatus.DRAFT:
        return False
    begin = invoice.issued_at or _begin_of(invoice.issued_on) or invoice.created_at
    if begin is not None and at < begin:
        return False
    day = None if invoice.paid_at else _begin_of(invoice.paid_on)
    paid = day + timedelta(days=1) if day else invoice.paid_at
    ends = [end for end in (paid, invoice.voided_at, invoice.written_off_at) if end]
    if ends and at >= min(ends):
        return False
    if day and at >= day:  # at some time of that day it was paid
        return None
    is_certain = begin is not None and (bool(ends) or invoice.status not in _CLOSED)
    return True if is_certain else None


def _begin_of(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)
