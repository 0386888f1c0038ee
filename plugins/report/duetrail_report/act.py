"""Act today: what to do something about, the most money first."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from attrs import evolve, frozen

from duetrail.exports.csv_files import inert
from duetrail.secrets import redact
from duetrail_report.customers import Key
from duetrail_report.numbers import Number, Numbers, Row, of_row, shortened

ITEM = ("connection", "id", "part")
"""What tells an open item from others."""


@frozen(kw_only=True)
class Action:
    """An open item, or a customer, and why to do something.

    Attributes:
        currency: The currency.
        amount: What is left to pay.
        connection: Whose.
        key: What tells the customer from others.
        customer_id: The customer.
        customer: The customer's name.
        invoice: The number of the invoice; empty where it is about the customer.
        due_on: The day it was due.
        past_due: Days since then.
        reasons: Why, each in a few words.
    """

    currency: str
    amount: Number
    connection: str
    key: Key
    customer_id: str | None
    customer: str
    invoice: str
    due_on: date | None
    past_due: int | None
    reasons: Sequence[str]


def actions(numbers: Numbers, *, whole: bool = False) -> list[Action]:
    """What to do something about: by currency, the most money first.

    Args:
        numbers: The metrics of the report.
        whole: Whether long names are given whole.
    """
    every = (*_items(numbers), *_unreachable(numbers))
    found = [evolve(one, customer=shortened(one.customer, whole=whole)) for one in every]
    found.sort(key=lambda one: (one.currency, -Decimal(str(one.amount.value)), one.invoice))
    return found


def called_too_often(numbers: Numbers, *, whole: bool = False) -> list[Row]:
    """Whom not to call today: rows of `contact_frequency`, with the name that is shown.

    Args:
        numbers: The metrics of the report.
        whole: Whether long names are given whole.
    """
    return [_with_name(row, whole) for row in numbers.rows("contact_frequency")]


def called_again(numbers: Numbers, *, whole: bool = False) -> list[tuple[Row, Number]]:
    """Who was called soon after a conversation, the newest call first, each with the days between.

    Args:
        numbers: The metrics of the report.
        whole: Whether long names are given whole.
    """
    return [
        (
            _with_name(row, whole),
            of_row("called_after_conversation", row, "days_after", "connection", "id"),
        )
        for row in reversed(numbers.rows("called_after_conversation"))
    ]


def _with_name(row: Row, whole: bool) -> Row:
    name = row.get("customer") or row["customer_id"] or "–"  # noqa: RUF001
    return row | {"customer": shortened(name, whole=whole)}


def as_link(found: Sequence[Action]) -> str:
    """A `data:` link to all of them as CSV, with no text that a spreadsheet would run."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(
        ("currency", "amount", "connection", "customer_id", "customer", "invoice", "due_on",
         "days_past_due", "why")
    )  # fmt: skip
    for one in found:
        row = (one.currency, one.amount.value, one.connection, one.customer_id, one.customer,
               one.invoice, one.due_on, one.past_due, "; ".join(one.reasons))  # fmt: skip
        writer.writerow([_cell(value) for value in row])
    # A spreadsheet takes CSV for UTF-8 only where it begins with this mark.
    plain = f"\ufeff{lines.getvalue()}".encode()
    return f"data:text/csv;charset=utf-8;base64,{base64.b64encode(plain).decode()}"


def _cell(value: Any) -> object:
    return inert(redact(value)) if isinstance(value, str) else value


def _items(numbers: Numbers) -> Iterator[Action]:
    reasons = _reasons(numbers)
    for row in numbers.rows("ar_open"):
        why = reasons.get(tuple(row[name] for name in ITEM), [])
        if row["in_dispute"]:
            why = [*why, "in dispute"]
        if why:
            past_due = row["past_due"]
            yield Action(
                currency=row["currency"],
                amount=of_row("ar_open", row, "remaining", *ITEM),
                connection=row["connection"],
                key=_key(row),
                customer_id=row["customer_id"],
                customer=_name(row),
                invoice=row["number"] or row["id"],
                due_on=row["due_on"],
                past_due=past_due if past_due is not None and past_due > 0 else None,
                reasons=why,
            )


def _reasons(numbers: Numbers) -> dict[tuple[Any, ...], list[str]]:
    """Why to do something about an open item."""
    found: dict[tuple[Any, ...], list[str]] = {}

    def add(row: Row, part: int, why: str) -> None:
        found.setdefault((row["connection"], row["id"], part), []).append(why)

    for row in numbers.rows("ar_silent"):
        if row["is_silent"]:
            ever = "not touched" if row["touches"] else "never touched"
            add(row, row["part"], f"{ever} for {row['silent_days']} days")
    parts: dict[tuple[str, str], list[int]] = {}
    for row in numbers.rows("ar_open"):
        parts.setdefault((row["connection"], row["id"]), []).append(row["part"])
    for row in numbers.rows("promises"):
        if row["state"] == "broken":
            for part in parts.get((row["connection"], row["id"]), ()):
                add(row, part, f"promise of {row['promised_on']} broken")
    for row in numbers.rows("vendors_disagree"):
        for side in ("", "other_"):
            ref = (row[f"{side}connection"], row[f"{side}id"])
            for part in parts.get(ref, ()):
                other = row["connection"] if side else row["other_connection"]
                why = f"{other} says another {row['field'].replace('_', ' ')}"
                found.setdefault((*ref, part), []).append(why)
    return found


def _unreachable(numbers: Numbers) -> Iterator[Action]:
    for row in numbers.rows("unreachable_customers"):
        key = ("connection", "customer_id", "currency")
        yield Action(
            currency=row["currency"],
            amount=of_row("unreachable_customers", row, "amount", *key),
            connection=row["connection"],
            key=_key(row),
            customer_id=row["customer_id"],
            customer=_name(row),
            invoice="",
            due_on=None,
            past_due=None,
            reasons=[f"cannot be reached: email {row['email']}, telephone {row['phone']}"],
        )


def _key(row: Row) -> Key:
    return Key.of(row["connection"], row["customer_id"], row.get("customer"))


def _name(row: Row) -> str:
    return row.get("customer") or row["customer_id"] or "no customer known"
