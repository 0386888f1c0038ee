"""Stuut, what the other endpoints tell: calls, payments, remittances."""

from __future__ import annotations

from collections import Counter

import pytest


def named(text: str) -> set[str]:
    """Give field names as a set."""
    return set(text.split())


SHORT_INVOICE = named(
    "amount_due amount_paid created_at currency due_date id issued_at modified_at number object "
    "order_number paid_at partner_id purchase_order_number remote_id status total_amount type"
)
BANK_TRANSACTION = named(
    "account_id amount authorized_at check_number counterparty_email counterparty_name "
    "created_at currency currency_rate id invoice_numbers is_draft modified_at object partner "
    "posted reference_number timestamp type"
)
REMITTANCE = named(
    "agent_confidence_reason agent_confidence_score agent_error_code agent_uncertainties "
    "allocations attachment created_at currency email id modified_at object partner_id "
    "transaction_amount transaction_date transaction_number"
)
ADVICE = named(
    "amount_discount amount_paid amount_withheld invoice invoice_id invoice_number object "
    "remittance_id"
)


@pytest.fixture(scope="module")
def calls(stuut):
    return stuut("/v1/calls", limit=200).json()["data"]


@pytest.fixture(scope="module")
def remittances(stuut):
    return stuut("/v1/remittances", limit=200).json()["data"]


@pytest.fixture(scope="module")
def payments(stuut, every):
    ids = sorted({share["payment_id"] for share in every("payments[]")})
    return [stuut(f"/v1/payments/{payment_id}").json() for payment_id in ids]


def test_each_call_once(calls, every):
    """The list has every call of every invoice once, however many invoices have it."""
    ids = [call["id"] for call in calls]
    assert len(ids) == len(set(ids))
    nested = [call["id"] for call in every("calls[]")]
    assert set(ids) == set(nested)
    assert len(nested) > len(ids)


def test_call_is_the_nested_one(calls, every):
    """But for its invoices, a call is the same in the list and in an invoice."""
    listed = {call["id"]: call for call in calls}
    for call in every("calls[]"):
        assert listed[call["id"]] | {"invoices": []} == call


def test_invoices_of_a_call(calls, rows):
    """In the list a call names all its invoices."""
    for call in calls:
        holders = [row["id"] for row in rows if call["id"] in {one["id"] for one in row["calls"]}]
        assert [one["id"] for one in call["invoices"]] == holders
    assert max(len(call["invoices"]) for call in calls) > 1


def test_short_invoice(calls, rows):
    """A call's invoices are short: nothing nested, and every value as in the full one."""
    full = {row["id"]: row for row in rows}
    shorts = [one for call in calls for one in call["invoices"]]
    assert {key for one in shorts for key in one} == SHORT_INVOICE
    for one in shorts:
        assert one == {key: full[one["id"]][key] for key in one}


def test_call_partner(calls, every):
    """A call's customer is the thin copy here too, with the integration record in it."""
    nested = {key for partner in every("calls[].partner") for key in partner}
    assert {key for call in calls for key in call["partner"]} == nested
    for call in calls:
        assert call["partner"]["id"] == call["partner_id"]
        assert "sandbox-secret-" in call["partner"]["linked_integration"]["username"]


def test_retrieve_call(stuut, calls):
    """A call asked for alone is the bare object that the list shows."""
    for call in calls[::25]:
        answer = stuut(f"/v1/calls/{call['id']}")
        assert answer.status_code == 200
        assert answer.json() == call


def test_payment_fields(payments, every):
    """Alone, a payment has the fields of its copy in an invoice, its shares and the bank's side."""
    nested = {key for payment in every("payments[].payment") for key in payment}
    expected = nested | {"allocations", "bank_transaction"}
    assert {key for payment in payments for key in payment} == expected
    transactions = [payment["bank_transaction"] for payment in payments]
    assert {key for one in transactions for key in one} == BANK_TRANSACTION


def test_payment_is_the_nested_one(payments, every):
    """But for the remittance, what both forms of a payment show is the same."""
    alone = {payment["id"]: payment for payment in payments}
    for payment in every("payments[].payment"):
        shared = payment.keys() - {"remittance_id"}
        assert {key: alone[payment["id"]][key] for key in shared} == {
            key: payment[key] for key in shared
        }


def test_payment_allocations(payments, every):
    """A payment alone has all its shares, without itself inside them."""
    nested: dict[str, list[dict]] = {}
    for share in every("payments[]"):
        bare = {key: value for key, value in share.items() if key != "payment"}
        nested.setdefault(share["payment_id"], []).append(bare)
    for payment in payments:
        assert payment["allocations"] == nested[payment["id"]]
    assert max(len(payment["allocations"]) for payment in payments) > 1


def test_bank_transaction(payments, rows):
    """The bank's side has the payment's amount, and its customer with canaries."""
    numbers = {row["id"]: row.get("number") for row in rows}
    for payment in payments:
        bank = payment["bank_transaction"]
        assert bank["id"] == payment["bank_transaction_id"]
        assert bank["amount"] == payment["amount"]
        assert type(bank["amount"]) is int
        assert bank["posted"] is (payment["status"] == "matched")
        assert bank["partner"]["id"] == payment["partner_id"]
        assert "sandbox-secret-" in bank["partner"]["linked_integration"]["username"]
        shares = payment["allocations"]
        assert bank["invoice_numbers"] == [numbers[share["invoice_id"]] for share in shares]


def test_remittance_of_a_payment(payments, remittances, every):
    """A payment alone names its remittance, which the copy in an invoice does not."""
    known = {one["id"]: one for one in remittances}
    explained = [payment for payment in payments if payment.get("remittance_id")]
    assert {payment["remittance_id"] for payment in explained} == set(known)
    for payment in explained:
        told = known[payment["remittance_id"]]
        assert told["transaction_number"] == payment["reference_number"]
        assert told["transaction_amount"] == payment["amount"]
    assert all(one.get("remittance_id") is None for one in every("payments[].payment"))
    assert len(explained) < len(payments)


def test_remittance_fields(remittances):
    """Remittances and their lines together have the documented fields and no others."""
    assert {key for one in remittances for key in one} == REMITTANCE
    lines = [line for one in remittances for line in one["allocations"]]
    assert {key for line in lines for key in line} == ADVICE
    for one in remittances:
        for line in one["allocations"]:
            assert line["invoice_number"]
            assert line["object"]
            assert line["remittance_id"] == one["id"]


def test_remittance_adds_up(remittances):
    """The lines of a remittance add up to the amount of its payment."""
    for one in remittances:
        paid = [line["amount_paid"] for line in one["allocations"]]
        assert sum(paid) == one["transaction_amount"]
        assert {type(amount) for amount in paid} == {int}


def test_matched_numbers(remittances, rows):
    """A matched line has the invoice's id, number and short form."""
    full = {row["id"]: row for row in rows}
    lines = [line for one in remittances for line in one["allocations"]]
    matched = [line for line in lines if line.get("invoice_id")]
    assert matched
    for line in matched:
        assert line["invoice"]["id"] == line["invoice_id"]
        assert line["invoice"]["number"] == line["invoice_number"]
        assert line["invoice"].keys() <= SHORT_INVOICE
        assert line["invoice_id"] in full


def test_unmatched_numbers(remittances, rows):
    """Some numbers match no invoice: their lines have neither its id nor its short form."""
    numbers = {row.get("number") for row in rows}
    lines = [line for one in remittances for line in one["allocations"]]
    unmatched = [line for line in lines if not line.get("invoice_id")]
    assert unmatched
    for line in unmatched:
        assert line.get("invoice") is None
        assert line["invoice_number"] not in numbers


def test_ways_of_a_remittance(remittances, every):
    """It comes in an email about an invoice, in an email of its own, or with no email."""
    about_invoices = {email["id"] for email in every("emails[]")}
    ways = Counter(
        None if not one.get("email") else one["email"]["id"] in about_invoices
        for one in remittances
    )
    assert all(ways[way] > 5 for way in (True, False, None))


def test_emails_only_here(remittances, every):
    """Emails that no invoice has are whole, inbound, and the only copy."""
    known = {email["id"]: email for email in every("emails[]")}
    fields = {key for email in every("emails[]") for key in email}
    own = [one["email"] for one in remittances if one.get("email")]
    for email in own:
        assert email.keys() <= fields
        assert email["direction"] == "inbound"
        assert known.get(email["id"], email) == email
    assert len({email["id"] for email in own} - known.keys()) > 5


def test_remittance_attachment(remittances):
    """A file comes with a short-lived link that holds a canary, and is the email's too."""
    found = [one for one in remittances if one.get("attachment")]
    assert found
    for one in found:
        file = one["attachment"]
        assert "sandbox-secret-" in file["presigned_url"]
        assert file["file_type"] == "document"
        if one.get("email"):
            assert one["email"]["attachments"] == [file]
    assert len(found) < len(remittances)
