"""Made-up documents in the form of Stuut's and Credira's answers, and what they add up to.

Everything follows from a document's number: any process can say what the vendor has. Names,
numbers and addresses are nobody's.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache

_STATES = ("open", "paid", "overdue", "processing", "open", "paid")
_CURRENCIES = ("USD", "USD", "EUR", "GBP")
_CUSTOMERS = 997

_ADDRESS = {
    "object": "address",
    "name": "Copper Ceramics",
    "line1": "50 Example Street",
    "line2": "Floor 7",
    "city": "Albany",
    "state": "NY",
    "postal_code": "12207",
    "country": "US",
    "phone": None,
    "created_at": "2024-03-19T09:30:00Z",
    "modified_at": "2024-03-19T09:30:00Z",
}

_SENTENCES = (
    "Good morning, this is the accounts team of Northlight calling about an open invoice.",
    "We have received the goods, but the purchase order number on the invoice is not ours.",
    "Could you send the corrected invoice to our accounts payable address, please?",
    "The payment run is on Thursday; if it is approved by then, it will be part of it.",
    "I see a partial payment from last month, which has been applied to the oldest item.",
    "Thank you, I will note the promised date and send a summary by email.",
    "There was a dispute about the delivery charge, which has been settled with a credit note.",
    "Is there a reference that you need on the remittance advice?",
)


def cents(number: int) -> int:
    """The total of an invoice in minor units."""
    return 1_000 + number * 7_919 % 900_001


def calls_of(number: int) -> int:
    """How many calls stand in a full invoice."""
    return 1 + number % 3


def emails_of(number: int) -> int:
    """How many emails stand in a full invoice."""
    return 1 + (number + 1) % 3


def expected(kind: str, count: int) -> dict[str, int]:
    """What must have landed of so many documents: rows of each kind, and the sum of money.

    Args:
        kind: `lean` or `full`.
        count: How many invoices.
    """
    found = {"invoices": count, "cents": sum(map(cents, range(count)))}
    if kind == "full":
        found["calls"] = sum(map(calls_of, range(count)))
        found["emails"] = sum(map(emails_of, range(count)))
    return found


def lean(number: int) -> str:
    """An invoice of 2.4 KB with its customer and a line, as JSON."""
    return _invoice(number, "[]", "[]")


def full(number: int) -> str:
    """An invoice of 30 KB with calls and emails inside, as JSON."""
    calls = ",".join(_call(number, place) for place in range(calls_of(number)))
    emails = ",".join(_email(number, place) for place in range(emails_of(number)))
    return _invoice(number, f"[{calls}]", f"[{emails}]")


KINDS: dict[str, Callable[[int], str]] = {"lean": lean, "full": full}
"""How an invoice of each kind is written."""


def page(kind: str, count: int, number: int, size: int) -> bytes:
    """A page of a list of invoices, as Stuut answers.

    Args:
        kind: `lean` or `full`.
        count: How many invoices there are.
        number: The page, from 0.
        size: Invoices a page.
    """
    write = KINDS[kind]
    rows = ",".join(map(write, range(number * size, min((number + 1) * size, count))))
    following = number + 1 if (number + 1) * size < count else "null"
    text = f'{{"data":[{rows}],"current_page":{number},"next_page":{following},'
    return (text + f'"total_records":{count}}}').encode()


def answer(resource: str, key: str) -> bytes:
    """The calls or callouts of an invoice, as Credira answers."""
    fields = {
        "id": f"{resource[:-1]}-{key}",
        "invoice_id": key,
        "status": "completed",
        "duration": 60 + len(key),
        "from": "+12025550100",
        "to": "+12025550101",
        "voice_agent_id": "agent-1",
        "type": "call",
        "priority": "normal",
        "scheduled_time": "2026-03-01T09:00:00Z",
        "target_contact": {"name": "Ana Moreau", "email": "ana@example.net", "phone": None},
        "created_time": "2026-03-01T08:00:00Z",
        "updated_time": "2026-03-01T10:00:00Z",
    }
    found = {"success": True, "data": [fields], "meta": {f"total_{resource}": 1}}
    return json.dumps(found).encode()


# --- the texts -----------------------------------------------------------------------------------


def _invoice(number: int, calls: str, emails: str) -> str:
    total, customer = cents(number), number % _CUSTOMERS
    money = f"{total // 100}.{total % 100:02d}"
    day = f"2026-{1 + number % 6:02d}-{1 + number % 28:02d}"
    return _INVOICE() % {
        "n": f"{number:07d}",
        "total": money,
        "due": "0.00" if number % 6 in (1, 5) else money,
        "currency": _CURRENCIES[number % len(_CURRENCIES)],
        "state": _STATES[number % len(_STATES)],
        "day": day,
        "customer": f"{customer:04d}",
        "calls": calls,
        "emails": emails,
    }


def _call(number: int, place: int) -> str:
    return _CALL() % {
        "id": f"call_{number:07d}_{place}",
        "n": f"{number:07d}",
        "seconds": 40 + (number + place) % 20,
        "customer": f"{number % _CUSTOMERS:04d}",
        "minute": f"{number % 60:02d}",
    }


def _email(number: int, place: int) -> str:
    return _EMAIL() % {
        "id": f"eml_{number:07d}_{place}",
        "n": f"{number:07d}",
        "customer": f"{number % _CUSTOMERS:04d}",
        "minute": f"{number % 60:02d}",
    }


def _template(document: object) -> str:
    """A document as text with its places `%(name)s`; those of numbers and lists lose their quotes.

    In the document such a place is written `"=%(name)s"`.
    """
    text = json.dumps(document, separators=(",", ":"))
    for name in ("total", "due", "calls", "emails", "seconds"):
        text = text.replace(f'"=%({name})s"', f"%({name})s")
    return text


@cache
def _INVOICE() -> str:
    return _template(
        {
            "object": "invoice",
            "id": "inv_%(n)s",
            "remote_id": "ERP-%(n)s",
            "number": "INV-%(n)s",
            "order_number": None,
            "purchase_order_number": "PO-%(n)s",
            "type": "receivable",
            "status": "%(state)s",
            "in_dispute": False,
            "currency": "%(currency)s",
            "total_amount": "=%(total)s",
            "subtotal": "=%(total)s",
            "total_tax": 0,
            "total_discount": 0,
            "amount_due": "=%(due)s",
            "issued_at": "%(day)sT09:30:00.123Z",
            "due_date": "%(day)sT00:00:00Z",
            "paid_at": None,
            "voided_at": None,
            "created_at": "%(day)sT08:00:00.000Z",
            "modified_at": "%(day)sT10:11:12.345Z",
            "partner_id": "ptn_%(customer)s",
            "remote_partner_id": "CUST-%(customer)s",
            "billing_email": "payables.%(customer)s@example.net",
            "billing_address": _ADDRESS,
            "shipping_address": _ADDRESS,
            "memo": "Thank you for your business. Please name the invoice number when you pay.",
            "last_outreach_at": "%(day)sT11:00:00Z",
            "last_outreach_channel": "email",
            "last_outreach_to": "payables.%(customer)s@example.net",
            "remote_invoice_pdf": "https://erp.example.com/pdf/ERP-%(n)s",
            "requires_line_item_sync": False,
            "linked_integration": {
                "id": "lin_0001",
                "integration_name": "erp",
                "credentials": {"user": "northlight", "secret": "not for anybody"},
            },
            "custom_fields": {"cost_center": 101},
            "line_items": [
                {
                    "object": "line_item",
                    "remote_id": "ERP-%(n)s-L1",
                    "line_number": 1,
                    "name": "Delivery",
                    "product_type": "good",
                    "quantity": 1,
                    "currency": "%(currency)s",
                    "unit_amount": "=%(total)s",
                    "total_amount": "=%(total)s",
                    "created_at": "%(day)sT08:00:00.000Z",
                    "modified_at": "%(day)sT08:00:00.000Z",
                }
            ],
            "payments": [],
            "partner": {
                "object": "partner",
                "id": "ptn_%(customer)s",
                "remote_id": "CUST-%(customer)s",
                "name": "Copper Ceramics %(customer)s",
                "legal_name": "Copper Ceramics %(customer)s Inc.",
                "is_company": True,
                "is_active": True,
                "account_number": "A-%(customer)s",
                "email": "payables.%(customer)s@example.net",
                "phone": "+12025550169",
                "timezone": "America/New_York",
                "currency": "USD",
                "is_email_disabled": False,
                "is_phone_disabled": False,
                "created_at": "2024-03-19T09:30:00Z",
                "modified_at": "2024-03-19T09:30:00Z",
            },
            "calls": "=%(calls)s",
            "emails": "=%(emails)s",
        }
    )


@cache
def _CALL() -> str:
    turns = [
        {
            "role": "agent" if place % 2 == 0 else "user",
            "content": _SENTENCES[place % len(_SENTENCES)],
            "words": [
                {"word": word, "start": place + at / 10, "end": place + at / 10 + 0.08}
                for at, word in enumerate(_SENTENCES[place % len(_SENTENCES)].split()[:5])
            ],
        }
        for place in range(20)
    ]
    return _template(
        {
            "object": "call",
            "id": "%(id)s",
            "retell_id": "rt_%(id)s",
            "direction": "outbound",
            "status": "completed",
            "disconnection_reason": "user_hangup",
            "in_voicemail": False,
            "from_number": "+12025550100",
            "to_number": "+12025550101",
            "start_time": "2026-04-01T10:%(minute)s:00.000Z",
            "end_time": "2026-04-01T10:%(minute)s:30.000Z",
            "duration": "=%(seconds)s",
            "is_automated": True,
            "agent_id": "agent-1",
            "call_reason": "invoice_overdue",
            "partner_id": "ptn_%(customer)s",
            "recording_url": None,
            "transcript_str": "\n".join(turn["content"] for turn in turns),
            "transcript": turns,
            "summary": "The customer promised to pay INV-%(n)s with the next run.",
            "sentiment": "neutral",
            "created_at": "2026-04-01T10:%(minute)s:00.000Z",
            "modified_at": "2026-04-01T10:%(minute)s:40.000Z",
        }
    )


@cache
def _EMAIL() -> str:
    body = "".join(f"<p>{_SENTENCES[place % len(_SENTENCES)]}</p>" for place in range(50))
    return _template(
        {
            "object": "email",
            "id": "%(id)s",
            "remote_id": "<%(id)s@mail.example.com>",
            "thread_id": "thr_%(n)s",
            "parent_email_id": None,
            "direction": "outbound",
            "status": "sent",
            "bounced_addresses": [],
            "from_email": "accounts@northlight.example.com",
            "to": ["payables.%(customer)s@example.net"],
            "cc": [],
            "bcc": [],
            "reply_to": ["accounts@northlight.example.com"],
            "subject": "Invoice INV-%(n)s",
            "body": f"<html><body>{body}</body></html>".replace("%", "%%"),
            "snippet": _SENTENCES[0],
            "sent_at": "2026-04-01T10:%(minute)s:00.000Z",
            "is_automated": True,
            "is_generated": True,
            "author": {"object": "user", "id": "usr_0003", "name": "Yuki Almeida"},
            "author_id": "usr_0003",
            "email_reason": "reminder",
            "error_message": None,
            "created_at": "2026-04-01T10:%(minute)s:00.000Z",
            "modified_at": "2026-04-01T10:%(minute)s:10.000Z",
            "attachments": [],
        }
    )
