"""Stuut, what stands in the fields: sums, words, copies and the known oddities."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

MONEY = {
    "amount_due",
    "total_amount",
    "amount_paid",
    "subtotal",
    "total_discount",
    "total_tax",
    "unit_amount",
    "amount",
    "amount_refunded",
}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Give every scalar with its path, array places left out."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, f"{path}[]")
    else:
        yield path, value


def test_required_fields(rows):
    """The required fields of an invoice are always there and never null."""
    for row in rows:
        for name in ("amount_due", "currency", "object", "remote_id", "total_amount", "id"):
            assert row[name] is not None


def test_required_embedded_fields(every):
    """The required fields of calls, emails, lines and allocations are never missing."""
    required = {
        "calls[]": "direction object to_number id",
        "emails[]": "object thread_id id",
        "line_items[]": "invoice_id object remote_id",
        "payments[]": "amount invoice_id object payment_id strategy",
        "partner.contacts[]": "email object partner_id",
        "emails[].attachments[]": "file_type mime_type name object organization_id",
    }
    for path, names in required.items():
        assert all(one[name] is not None for one in every(path) for name in names.split())


def test_ids_are_short_and_unique(rows):
    """Ids have their prefix, at most 32 characters, and are unique; so are ERP ids."""
    assert all(re.fullmatch(r"inv_\w{1,28}", row["id"]) for row in rows)
    assert all(re.fullmatch(r"ERP-\d{6}", row["remote_id"]) for row in rows)
    assert len({row["id"] for row in rows}) == len({row["remote_id"] for row in rows}) == 200


def test_numbers_are_not_unique(rows):
    """One number belongs to two invoices, and drafts have none: a number is no key."""
    numbers = [row.get("number") for row in rows]
    known = [number for number in numbers if number is not None]
    assert None in numbers
    assert len(known) == len(set(known)) + 1
    assert known.count("INV-1042") == 1


def test_money_is_whole_minor_units(rows):
    """Money is JSON integers, never a fraction and never text."""
    for path, value in leaves(rows):
        if path.rpartition(".")[2] in MONEY and value is not None:
            assert type(value) is int, path


def test_currencies(rows):
    """Currencies are mixed, with minor units of 0, 2 and 3 digits."""
    assert {row["currency"] for row in rows} == {"EUR", "GBP", "JPY", "KWD", "USD"}


def test_sums_agree(rows):
    """Total is subtotal plus tax less discount, and complete lines add up to the subtotal."""
    for row in rows:
        assert row["total_amount"] == row["subtotal"] + row["total_tax"] - row["total_discount"]
        lines = sum(line["total_amount"] for line in row["line_items"])
        assert (lines == row["subtotal"]) is not row["requires_line_item_sync"]


def test_paid_is_what_was_approved(rows):
    """Only approved allocations count as paid; proposed ones occur and do not."""
    shares = [share for row in rows for share in row["payments"]]
    for row in rows:
        approved = sum(one["amount"] for one in row["payments"] if one.get("approved"))
        assert (row.get("amount_paid") or 0) == approved
    assert any(share.get("approved") is False for share in shares)
    assert any(share.get("approved") is None for share in shares)


def test_nothing_paid_has_three_forms(rows):
    """An invoice without payments shows amount_paid as 0, as null, or not at all."""
    unpaid = [row for row in rows if not row["payments"]]
    assert {row.get("amount_paid", "absent") for row in unpaid} == {0, None, "absent"}


def test_due_does_not_go_down(rows):
    """amount_due stays the total when something was paid; a credit is the exception."""
    paid = [row for row in rows if row.get("amount_paid")]
    credited = [row for row in paid if row["amount_due"] != row["total_amount"]]
    assert 0 < len(credited) < len(paid) / 4
    assert all(row["amount_due"] + row["amount_paid"] != row["total_amount"] for row in credited)


def test_negative_and_payable(rows):
    """Credits with negative sums and bills to pay stand in the same list."""
    assert any(row["total_amount"] < 0 for row in rows)
    assert {row["type"] for row in rows} == {"payable", "receivable"}


def test_one_payment_over_several_invoices(every):
    """A payment may cover two invoices; its whole amount is repeated, the shares add up."""
    shares: dict[str, list[dict[str, Any]]] = {}
    for share in every("payments[]"):
        shares.setdefault(share["payment_id"], []).append(share)
    split = [found for found in shares.values() if len(found) > 1]
    assert split
    for found in split:
        assert len({share["invoice_id"] for share in found}) == len(found)
        assert len({share["payment"]["amount"] for share in found}) == 1
        assert sum(share["amount"] for share in found) == found[0]["payment"]["amount"]


def test_no_hidden_sort_values(rows):
    """What can be sorted by but is not in the payload is nowhere in it."""
    names = {path.rpartition(".")[2] for path, _ in leaves(rows)}
    assert not names & {"amount_remaining", "last_inbound_at"}


def test_nested_invoices_are_cut(every):
    """A call inside an invoice has an empty list of invoices."""
    assert all(call["invoices"] == [] for call in every("calls[]"))


@pytest.mark.parametrize("kind", ["calls", "emails"])
def test_shared_outreach(rows, kind):
    """A call or email about several invoices is the same object in each of them."""
    seen: dict[str, list[tuple[dict[str, Any], str]]] = {}
    for row in rows:
        for one in row[kind]:
            seen.setdefault(one["id"], []).append((one, row["partner_id"]))
    shared = [places for places in seen.values() if len(places) > 1]
    assert {len(places) for places in shared} == {2, 3}
    for places in shared:
        assert all(place == places[0] for place in places)


def test_email_names_no_invoice(every):
    """The link of an email to its invoices is containment alone."""
    for email in every("emails[]"):
        assert not {"invoice_id", "invoices", "partner", "partner_id"} & set(email)


def test_email_words(every):
    """Emails come in both directions and in all five documented states."""
    emails = every("emails[]")
    assert {email["direction"] for email in emails} == {"inbound", "outbound"}
    assert {email["status"] for email in emails} == {"draft", "pending", "sending", "sent", "error"}


def test_unsent_email_has_no_time(every):
    """Only sent emails have sent_at, and a failed one says why."""
    for email in every("emails[]"):
        assert bool(email.get("sent_at")) is (email["status"] == "sent")
        assert bool(email.get("error_message")) is (email["status"] == "error")


def test_inbound_may_be_pending(every):
    """Pending alone does not make an email planned outreach: some inbound ones are."""
    assert any(
        email["direction"] == "inbound" and email["status"] == "pending"
        for email in every("emails[]")
    )


def test_bounce_is_no_status(every):
    """A bounced email is sent; bounced_addresses names the address it was sent to."""
    bounced = [email for email in every("emails[]") if email["bounced_addresses"]]
    assert bounced
    assert all(email["status"] == "sent" for email in bounced)
    assert all(set(email["bounced_addresses"]) <= set(email["to"]) for email in bounced)


def test_pending_call_did_not_take_place(every):
    """A call that waits for approval has neither start, end nor transcript."""
    waiting = [call for call in every("calls[]") if call["status"] == "pending_approval"]
    assert waiting
    for call in waiting:
        assert not any(call.get(name) for name in ("start_time", "end_time", "transcript"))


def test_untyped_fields(every):
    """recording_url is a text, an object or nothing, as an untyped field may be."""
    kinds = {type(call.get("recording_url")) for call in every("calls[]")}
    assert kinds == {str, dict, type(None)}


def test_optional_keys_come_and_go(rows):
    """Optional fields are sometimes null and sometimes absent."""
    for name in ("paid_at", "memo", "promised_to_pay_date", "purchase_order_number"):
        assert {row.get(name, "absent") for row in rows} >= {None, "absent"}


def test_times(rows):
    """Times are RFC 3339 in UTC; a promise is a plain date, a due date is midnight."""
    shapes = {
        "created_at": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
        "promised_to_pay_date": r"\d{4}-\d\d-\d\d",
        "due_date": r"\d{4}-\d\d-\d\dT00:00:00Z",
    }
    for name, shape in shapes.items():
        shown = [row[name] for row in rows if row.get(name)]
        assert shown
        assert all(re.fullmatch(shape, value) for value in shown)


def test_three_states_of_dispute(rows):
    """in_dispute is true, false, or unknown."""
    assert {row.get("in_dispute") for row in rows} == {True, False, None}


def test_integration_is_marked(every):
    """In the integration record, every free text a reader must not keep is marked as secret."""
    kept = {".id", ".integration_name", ".health.status"}
    words = {"fetch", "any", "text", "accounting", "scheduled", "incomplete"}
    for record in every("partner.linked_integration"):
        for path, value in leaves(record):
            plain = path in kept or path.endswith((".object", "_at", "_start", "_end"))
            if isinstance(value, str) and not plain and value not in words:
                assert "sandbox-secret-" in value, path


@pytest.mark.parametrize(
    ("path", "name"),
    [("emails[].attachments[]", "presigned_url"), ("partner.ap_portals[]", "account_key")],
)
def test_short_lived_values_are_marked(every, path, name):
    """Presigned links and portal keys are marked as secret."""
    values = [one[name] for one in every(path)]
    assert values
    assert all("sandbox-secret-" in value for value in values)


def test_marks_are_nowhere_else(rows):
    """What a reader may keep holds no such mark."""
    for path, value in leaves(rows):
        if "linked_integration" not in path and "sandbox-secret-" in str(value):
            assert path.endswith((".presigned_url", ".account_key")), path


def test_letters_outside_ascii(stuut):
    """Text outside ASCII is sent as UTF-8 and not as escapes."""
    body = stuut("/v1/invoices", limit=200).content
    assert not body.isascii()
    assert json.loads(body.decode("utf-8"))


def test_strangers_write_markup(every):
    """Some inbound mail holds markup that a reader must not run."""
    inbound = [one for one in every("emails[]") if one["direction"] == "inbound"]
    assert any("<script>" in one["body"] for one in inbound)
