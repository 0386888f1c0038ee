"""Stuut, List Invoices: token, paging, ranges, order, filters."""

from __future__ import annotations

from typing import Any

import pytest

ENVELOPE = {"data", "current_page", "total_records", "next_page"}
# The closed list of the reference. Two of them sort by something the payload does not show.
SHOWN_KEYS = [
    "amount_due",
    "due_date",
    "issued_at",
    "paid_at",
    "number",
    "last_outreach_at",
    "total_amount",
]
HIDDEN_KEYS = ["amount_remaining", "last_inbound_at"]
STATUSES = ["draft", "open", "uncollectible", "paid", "void", "processing", "overdue"]


def ids(answer: Any) -> list[str]:
    return [row["id"] for row in answer.json()["data"]]


def test_page_envelope(stuut):
    """A list answer has data, current_page, total_records and next_page, and no more."""
    answer = stuut("/v1/invoices", limit=3)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json().keys() == ENVELOPE


def test_first_page_is_zero(stuut):
    """Pages count from zero, and zero is what one gets without asking."""
    unasked = stuut("/v1/invoices", limit=3)
    assert unasked.json()["current_page"] == 0
    assert ids(unasked) == ids(stuut("/v1/invoices", limit=3, page=0))
    assert not set(ids(unasked)) & set(ids(stuut("/v1/invoices", limit=3, page=1)))


def test_default_limit_is_fifty(stuut):
    """Without a limit a page has fifty rows."""
    assert len(stuut("/v1/invoices").json()["data"]) == 50


@pytest.mark.parametrize("limit", [1, 7, 50, 64, 200])
def test_walk_is_complete(stuut, limit):
    """Following next_page until it is null gives every invoice once, whatever the limit."""
    seen: list[str] = []
    page = 0
    while page is not None:
        assert page < 200, "no walk has more pages than rows"
        answer = stuut("/v1/invoices", page=page, limit=limit)
        assert answer.json()["current_page"] == page
        assert answer.json()["total_records"] == 200
        assert answer.json()["next_page"] in (page + 1, None)
        seen += ids(answer)
        page = answer.json()["next_page"]
    assert len(seen) == len(set(seen)) == 200


def test_beyond_the_end(stuut):
    """A page beyond the last is empty and has no next page."""
    answer = stuut("/v1/invoices", page=9).json()
    assert answer == {"data": [], "current_page": 9, "total_records": 200, "next_page": None}


@pytest.mark.parametrize("token", [None, "", "wrong", "sandbox-credira-token"])
def test_token_is_asked_for(stuut, token):
    """Without the right bearer token the answer is 401 with data, error and message."""
    answer = stuut("/v1/invoices", token=token)
    assert answer.status_code == 401
    assert answer.json().keys() == {"data", "error", "message"}
    assert answer.json()["data"] is None
    assert answer.json()["error"] == "unauthorized"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", 0),
        ("limit", 201),
        ("limit", "ten"),
        ("limit", "1.5"),
        ("limit", ""),
        ("page", -1),
        ("page", "first"),
        ("sort_by", "created_at"),
        ("sort_by", "modified_at"),
        ("sort_by", "id"),
        ("sort_order", "up"),
        ("status", "late"),
        ("has_outreach", "maybe"),
        ("customer_outreach_paused", "2"),
    ],
)
def test_out_of_range(stuut, name, value):
    """A parameter outside its documented range is refused with 422 and named in detail."""
    answer = stuut("/v1/invoices", **{name: value})
    assert answer.status_code == 422
    assert answer.json().keys() == {"detail"}
    (fault,) = answer.json()["detail"]
    assert fault.keys() == {"loc", "msg", "type"}
    assert fault["loc"] == ["query", name]


def test_all_faults_at_once(stuut):
    """Several wrong parameters give several entries in detail."""
    detail = stuut("/v1/invoices", limit=0, page=-1, sort_order="x").json()["detail"]
    assert {fault["loc"][1] for fault in detail} == {"limit", "page", "sort_order"}


@pytest.mark.parametrize("key", SHOWN_KEYS)
def test_ascending_order(stuut, key):
    """Ascending order has the smallest first and nulls last."""
    answer = stuut("/v1/invoices", limit=200, sort_by=key, sort_order="asc")
    values = [row.get(key) for row in answer.json()["data"]]
    known = [value for value in values if value is not None]
    assert len(known) > 20
    assert values == sorted(known) + [None] * (len(values) - len(known))


@pytest.mark.parametrize("key", SHOWN_KEYS)
def test_descending_order(stuut, key):
    """Descending order has nulls first, then the largest."""
    answer = stuut("/v1/invoices", limit=200, sort_by=key, sort_order="desc")
    values = [row.get(key) for row in answer.json()["data"]]
    known = [value for value in values if value is not None]
    assert values == [None] * (len(values) - len(known)) + sorted(known, reverse=True)


@pytest.mark.parametrize("key", ["paid_at", "issued_at"])
def test_some_sort_values_are_null(stuut, key):
    """Nulls in a sort key do occur: unpaid invoices, and drafts."""
    answer = stuut("/v1/invoices", limit=200, sort_by=key, sort_order="desc")
    assert answer.json()["data"][0].get(key) is None


@pytest.mark.parametrize("key", HIDDEN_KEYS)
def test_hidden_sort_keys(stuut, key):
    """Two sort keys are accepted although no row shows their value."""
    answer = stuut("/v1/invoices", limit=200, sort_by=key, sort_order="desc")
    assert answer.status_code == 200
    assert len(set(ids(answer))) == 200
    assert not any(key in row for row in answer.json()["data"])


def test_last_inbound_order(stuut):
    """The hidden last_inbound_at is the newest inbound email or call of the row."""
    answer = stuut("/v1/invoices", limit=200, sort_by="last_inbound_at", sort_order="asc")
    heard = []
    for row in answer.json()["data"]:
        times = [
            mail["sent_at"]
            for mail in row["emails"]
            if mail["direction"] == "inbound" and mail.get("sent_at")
        ]
        times += [call["start_time"] for call in row["calls"] if call["direction"] == "inbound"]
        heard.append(max(times, default=None))
    known = [time for time in heard if time is not None]
    assert heard == sorted(known) + [None] * (len(heard) - len(known))


@pytest.mark.parametrize("status", STATUSES)
def test_status_filter(stuut, rows, status):
    """One status gives exactly the rows that show it, and every status occurs."""
    answer = stuut("/v1/invoices", limit=200, status=status)
    expected = {row["id"] for row in rows if row["status"] == status}
    assert expected
    assert set(ids(answer)) == expected
    assert answer.json()["total_records"] == len(expected)


def test_repeated_status_is_a_union(stuut, rows):
    """A status given twice asks for either."""
    answer = stuut("/v1/invoices", limit=200, status=["paid", "void"])
    assert set(ids(answer)) == {row["id"] for row in rows if row["status"] in ("paid", "void")}


def test_number_filter(stuut):
    """Numbers given by repeated keys find their invoices."""
    answer = stuut("/v1/invoices", number=["INV-1042", "INV-1001"])
    assert "INV-1042" in {row["number"] for row in answer.json()["data"]}
    assert {row["number"] for row in answer.json()["data"]} <= {"INV-1042", "INV-1001"}


def test_unknown_number_finds_nothing(stuut):
    """A number that no invoice has gives an empty page and not an error."""
    answer = stuut("/v1/invoices", number="INV-0")
    assert answer.json() == {"data": [], "current_page": 0, "total_records": 0, "next_page": None}


def test_task_filter(stuut, rows):
    """A task id gives the invoices whose calls raised that task."""
    tasks = {
        task["id"]: row["id"]
        for row in rows
        for call in row["calls"]
        for kind in call["classifications"]
        for task in kind["tasks"]
    }
    task_id, invoice_id = sorted(tasks.items())[0]
    assert ids(stuut("/v1/invoices", task=task_id)) == [invoice_id]
    assert ids(stuut("/v1/invoices", task="tsk_none")) == []


@pytest.mark.parametrize("wanted", ["true", "false"])
def test_outreach_filter(stuut, rows, wanted):
    """has_outreach separates invoices by whether they show a last outreach."""
    has = wanted == "true"
    expected = {row["id"] for row in rows if bool(row.get("last_outreach_at")) is has}
    assert expected
    assert set(ids(stuut("/v1/invoices", limit=200, has_outreach=wanted))) == expected


@pytest.mark.parametrize("wanted", ["true", "false"])
def test_paused_filter(stuut, rows, wanted):
    """customer_outreach_paused separates invoices by their customer's two flags."""
    flags = ("is_call_outreach_manually_paused", "is_email_outreach_manually_paused")
    expected = {
        row["id"]
        for row in rows
        if any(row["partner"][flag] for flag in flags) is (wanted == "true")
    }
    assert expected
    assert set(ids(stuut("/v1/invoices", limit=200, customer_outreach_paused=wanted))) == expected


@pytest.mark.parametrize("name", ["amount_remaining", "istatus", "issued_at", "no_such_thing"])
def test_undocumented_grammar_is_ignored(stuut, name):
    """A filter whose grammar nobody documents changes nothing, which looks like success."""
    assert stuut("/v1/invoices", **{name: "x"}).json()["total_records"] == 200


def test_retrieve_is_the_list_row(stuut):
    """One invoice asked for alone is the bare object that the list shows."""
    row = stuut("/v1/invoices", number="INV-1042").json()["data"][0]
    answer = stuut(f"/v1/invoices/{row['id']}")
    assert answer.status_code == 200
    assert answer.json() == row


@pytest.mark.parametrize("path", ["/v1/invoices/inv_none", "/v1/emails", "/v1/", "/v2/invoices"])
def test_not_found(stuut, path):
    """An unknown invoice and an unknown path are 404 in Stuut's error form."""
    answer = stuut(path)
    assert answer.status_code == 404
    assert answer.json().keys() == {"data", "error", "message"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_read_only(stuut, method):
    """Anything but GET is 405, known path or not: no write can go unnoticed."""
    for path in ("/v1/invoices", "/v1/emails"):
        answer = stuut(path, method=method)
        assert answer.status_code == 405
        assert answer.headers["Allow"] == "GET"
