"""The one Yeti answer that is published, through `duetrail sync`, column by column.

It is the answer to a request for a single invoice, which is never made: lists show the same
object. So its object, byte for byte, is served as the only one of a list. The expected row was
written from Yeti's documentation, not from what the code does.
"""

from hashlib import sha256

import pytest

ID = "abb41d30-a26e-11ef-be6d-0242ac120003"
EMPTY = ("calls", "callouts", "emails", "payments", "links", "parties", "rejects")


@pytest.fixture
def synced(connect, switch, seed, words):
    opened = b'"data": '
    object_ = seed[seed.index(opened) + len(opened) : seed.rindex(b"}")].rstrip()
    switch.on("/invoices", b'{"data": [' + object_ + b"]}")
    project = connect(token=words.token)
    result = project.run("sync")
    assert result.exit_code == 0, result.output
    return project


def test_the_document_is_as_published(seed):
    """Nobody tidied the seed body."""
    assert sha256(seed).hexdigest() == (
        "2a075ca576bde4cd1613cfe2f8c1011d5103090bcb764ae64d9e48f6dee272d2"
    )


def test_an_invoice_without_money(synced):
    """An invoice without money: nothing was called, and the list did not show its account."""
    (row,) = synced.rows("invoices")
    known = {
        "connection": "yeti",
        "id": ID,
        "number": "23",
        "kind": "usage_bill",
        # The release of the seed shows no currency: the amount is the switch's own number.
        "total": "0.0",
        "period_start_at": "2024-11-07T09:56:08.253000Z",
        "period_end_at": "2024-11-13T09:56:08.253000Z",
        "outbound_calls": 0,
        "inbound_calls": 0,
        "changed_run": 1,
    }
    assert {name: value for name, value in row.items() if value is not None} == known


def test_nothing_else(synced):
    """No other record is made of it."""
    assert [table for table in EMPTY if synced.rows(table)] == []


def test_what_no_field_holds_comes_back(synced):
    """What no field has a home for comes back from `read`, as received."""
    (invoice,) = synced.read("yeti", "invoices")
    here = f"http://example.org/api/rest/customer/v1/invoices/{ID}"
    zero = dict.fromkeys(
        f"{side}-{what}"
        for side in ("originated", "terminated")
        for what in (
            "successful-calls-count",
            "calls-duration",
            "billing-duration",
        )
    )
    assert invoice.extra == {
        "type": "invoices",
        "links": {"self": here},
        "attributes": {
            **dict.fromkeys(zero, 0),
            "originated-amount-spent": "0.0",
            "originated-first-call-at": None,
            "originated-last-call-at": None,
            "terminated-amount-spent": "0.0",
            "terminated-first-call-at": None,
            "terminated-last-call-at": None,
            "services-amount-spent": "0.0",
            "service-transactions-count": 0,
        },
        "relationships": {
            "account": {
                "links": {
                    "self": f"{here}/relationships/account",
                    "related": f"{here}/account",
                }
            }
        },
    }


def test_the_same_answers_again_write_nothing(synced):
    """The same answers again write nothing."""
    assert synced.sync().written == 0


def test_requests_are_those_of_the_documentation(synced, switch, words):
    """The requests are those of the documentation."""
    lists = ("accounts", "invoices", "cdrs", "payments")
    assert set(switch.order) == {f"GET /{name}" for name in lists}
    for one in switch.asked:
        assert one.headers["accept"] == "application/vnd.api+json"
        assert one.headers["authorization"] == f"Bearer {words.token}"
