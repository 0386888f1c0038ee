"""Stuut: lists, pages, order, filters, refusals, and what stands in the fields."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import Any

import pytest

from duetrail.json_tree import leaves

ENVELOPE = {"data", "current_page", "total_records", "next_page"}
SHOWN_KEYS = ["issued_at", "paid_at", "last_outreach_at"]
STATUSES = ["draft", "open", "uncollectible", "paid", "void", "processing", "overdue"]
COUNTED, BARE = ["/v1/invoices", "/v1/calls", "/v1/tasks"], ["/v1/partners", "/v1/remittances"]
MONEY = {"amount_due", "total_amount", "amount_paid", "subtotal", "unit_amount", "amount"}
AGING = "/v1/analytics/collections/aging-balance"


def ids(answer: Any) -> list[str]:
    return [row["id"] for row in answer.json()["data"]]


@pytest.fixture(scope="module")
def walk(stuut):
    """Give every row of a list, by the rule for lists that tell no next page."""

    def rows(path: str, limit: int = 40) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for page in range(50):
            data = stuut(path, page=page, limit=limit).json()["data"]
            found += data
            if len(data) < limit:
                return found
        raise AssertionError("no list here has so many pages")

    return rows


# Lists


@pytest.mark.parametrize("path", [*COUNTED, *BARE])
def test_pages_add_up(stuut, walk, path):
    """Pages count from zero and give the same rows in the same order, whatever the limit."""
    found = [row["id"] for row in walk(path)]
    assert found == [row["id"] for row in walk(path, 13)]
    assert len(found) == len(set(found))
    first = stuut(path, limit=2)
    assert first.json().keys() == (ENVELOPE if path in COUNTED else {"data"})
    assert ids(first) == ids(stuut(path, limit=2, page=0)) == found[:2]
    assert stuut(path, page=99).json()["data"] == []
    assert len(ids(stuut(path))) == min(50, len(found))


@pytest.mark.parametrize("path", COUNTED)
def test_next_page_ends(stuut, path):
    """A counted list says how many there are, and the last page has no next one."""
    total = stuut(path).json()["total_records"]
    assert stuut(path, limit=2).json()["next_page"] == 1
    last = stuut(path, limit=2, page=(total - 1) // 2).json()
    assert (last["next_page"], last["total_records"]) == (None, total)


@pytest.mark.parametrize("path", COUNTED)
@pytest.mark.parametrize(
    ("name", "value"), [("limit", 0), ("limit", 201), ("limit", "ten"), ("page", -1)]
)
def test_out_of_range(stuut, path, name, value):
    """A parameter outside its documented range is refused with 422 and named in detail."""
    answer = stuut(path, **{name: value})
    assert answer.status_code == 422
    (fault,) = answer.json()["detail"]
    assert fault.keys() == {"loc", "msg", "type"}
    assert fault["loc"] == ["query", name]


@pytest.mark.parametrize("path", ["/v1/calls/none", "/v1/payments/none", "/v1/payments", "/v2/x"])
def test_not_found(stuut, path):
    """What does not exist is 404 in Stuut's error form, and so is the list of payments."""
    answer = stuut(path)
    assert answer.status_code == 404
    assert answer.json().keys() == {"data", "error", "message"}


@pytest.mark.parametrize("key", SHOWN_KEYS)
def test_nulls_come_last_in_ascending_order(stuut, key):
    """Ascending order has nulls last; descending order has them first, then the largest."""
    up, down = (
        [
            row.get(key)
            for row in stuut("/v1/invoices", limit=200, sort_by=key, sort_order=o).json()["data"]
        ]
        for o in ("asc", "desc")
    )
    known = sorted(value for value in up if value is not None)
    nulls = [None] * (len(up) - len(known))
    assert (up, down) == (known + nulls, nulls + known[::-1])
    assert len(known) > 20


def test_order_by_what_is_not_shown(stuut):
    """The hidden last_inbound_at is the newest inbound email or call of the row."""
    heard = []
    answer = stuut("/v1/invoices", limit=200, sort_by="last_inbound_at", sort_order="asc")
    for row in answer.json()["data"]:
        inbound = [one for one in (*row["emails"], *row["calls"]) if one["direction"] == "inbound"]
        times = [one.get("sent_at") or one.get("start_time") for one in inbound]
        heard.append(max(filter(None, times), default=None))
        assert not {"last_inbound_at", "amount_remaining"} & row.keys()
    known = [time for time in heard if time is not None]
    assert heard == sorted(known) + [None] * (len(heard) - len(known))


@pytest.mark.parametrize("status", STATUSES)
def test_status_filter(stuut, rows, status):
    """One status gives exactly the rows that show it, given twice it is a union."""
    expected = {row["id"] for row in rows if row["status"] == status}
    assert expected
    assert set(ids(stuut("/v1/invoices", limit=200, status=status))) == expected
    both = stuut("/v1/invoices", limit=200, status=[status, "void"])
    assert set(ids(both)) == expected | {row["id"] for row in rows if row["status"] == "void"}


@pytest.mark.parametrize("wanted", [True, False])
def test_other_filters(stuut, rows, wanted):
    """Invoices can be asked for by outreach, by pauses, by number and by task."""
    flags = ("is_call_outreach_manually_paused", "is_email_outreach_manually_paused")
    paused = {row["id"] for row in rows if any(row["partner"][f] for f in flags) is wanted}
    reached = {row["id"] for row in rows if bool(row.get("last_outreach_at")) is wanted}
    ask = {"limit": 200, "customer_outreach_paused": str(wanted).lower()}
    assert set(ids(stuut("/v1/invoices", **ask))) == paused
    ask = {"limit": 200, "has_outreach": str(wanted).lower()}
    assert set(ids(stuut("/v1/invoices", **ask))) == reached
    found = stuut("/v1/invoices", number=["INV-1042", "INV-0"]).json()["data"]
    assert {row["number"] for row in found} == {"INV-1042"}
    assert ids(stuut("/v1/invoices", task="tsk_none")) == []


@pytest.mark.parametrize("name", ["amount_remaining", "istatus", "issued_at", "no_such_thing"])
def test_undocumented_grammar_is_ignored(stuut, name):
    """A filter whose grammar nobody documents changes nothing, which looks like success."""
    assert stuut("/v1/invoices", **{name: "x"}).json()["total_records"] == 200


# Invoices


def test_numbers_are_not_unique(rows):
    """One number belongs to two invoices, and drafts have none; ids are unique and short."""
    known = [row["number"] for row in rows if row.get("number")]
    assert len(known) == len(set(known)) + 1 < len(rows)
    assert known.count("INV-1042") == 1
    assert all(re.fullmatch(r"inv_\w{1,28}", row["id"]) for row in rows)
    assert len({row["id"] for row in rows}) == len({row["remote_id"] for row in rows}) == 200


def test_money_is_whole_minor_units_and_sums_agree(rows):
    """Money is whole minor units of several currencies, and sums agree."""
    for steps, value in leaves(rows):
        if steps[-1] in MONEY and value is not None:
            assert type(value) is int, steps
    assert {row["currency"] for row in rows} == {"EUR", "GBP", "JPY", "KWD", "USD"}
    for row in rows:
        assert row["total_amount"] == row["subtotal"] + row["total_tax"] - row["total_discount"]
        lines = sum(line["total_amount"] for line in row["line_items"])
        assert (lines == row["subtotal"]) is not row["requires_line_item_sync"]
    assert any(row["total_amount"] < 0 for row in rows)
    assert {row["type"] for row in rows} == {"payable", "receivable"}


def test_payments_in_invoices(rows, every):
    """Only approved shares count as paid; one payment may cover two invoices."""
    for row in rows:
        approved = sum(one["amount"] for one in row["payments"] if one.get("approved"))
        assert (row.get("amount_paid") or 0) == approved
    assert {share.get("approved") for share in every("payments[]")} == {True, False, None}
    unpaid = [row for row in rows if not row["payments"]]
    assert {row.get("amount_paid", "absent") for row in unpaid} == {0, None, "absent"}
    shares = defaultdict(list)
    for share in every("payments[]"):
        shares[share["payment_id"]].append(share)
    split = [found for found in shares.values() if len(found) > 1]
    assert split
    for found in split:
        assert sum(share["amount"] for share in found) == found[0]["payment"]["amount"]


@pytest.mark.parametrize("kind", ["calls", "emails"])
def test_shared_outreach(rows, kind):
    """A call or email about several invoices is the same object in each of them."""
    seen = defaultdict(list)
    for row in rows:
        for one in row[kind]:
            seen[one["id"]].append(one)
    assert {2, 3} <= {len(places) for places in seen.values()}
    assert all(place == places[0] for places in seen.values() for place in places)


def test_emails_have_all_five_states(every):
    """Emails have all five states; only sent ones have a time, a bounce is no status."""
    emails = every("emails[]")
    assert {email["status"] for email in emails} == {"draft", "pending", "sending", "sent", "error"}
    for email in emails:
        assert not {"invoice_id", "invoices", "partner", "partner_id"} & set(email)
        assert bool(email.get("sent_at")) is (email["status"] == "sent")
        assert bool(email.get("error_message")) is (email["status"] == "error")
        assert not email["bounced_addresses"] or email["status"] == "sent"
    assert any(email["bounced_addresses"] for email in emails)
    inbound = [email for email in emails if email["direction"] == "inbound"]
    assert any(email["status"] == "pending" for email in inbound)
    assert any("<script>" in email["body"] for email in inbound)


def test_calls_in_invoices(every):
    """A call that waits for approval did not take place; recording_url is untyped."""
    calls = every("calls[]")
    waiting = [call for call in calls if call["status"] == "pending_approval"]
    assert waiting
    assert not any(call.get("start_time") or call.get("transcript") for call in waiting)
    assert {type(call.get("recording_url")) for call in calls} == {str, dict, type(None)}
    assert all(call["invoices"] == [] for call in calls)


def test_forms_of_values(rows):
    """Optional fields are null or absent; a promise is a plain date; disputes have three states."""
    for name in ("paid_at", "memo", "promised_to_pay_date", "purchase_order_number"):
        assert {row.get(name, "absent") for row in rows} >= {None, "absent"}
    assert {row.get("in_dispute") for row in rows} == {True, False, None}
    promised = [row["promised_to_pay_date"] for row in rows if row.get("promised_to_pay_date")]
    assert promised
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", one) for one in promised)
    assert all(re.fullmatch(r"[-\d]{10}T[:\d]{8}Z", row["created_at"]) for row in rows)


def test_secrets_are_marked(rows, every):
    """Every free text that a reader must not keep is marked as secret, and nothing else is."""
    kept = {("id",), ("integration_name",), ("health", "status")}
    words = {"fetch", "any", "text", "accounting", "scheduled", "incomplete"}
    for steps, value in leaves(every("partner.linked_integration")[0]):
        plain = steps in kept or str(steps[-1]).endswith(("object", "_at", "_start", "_end"))
        if isinstance(value, str) and not plain and value not in words:
            assert "sandbox-secret-" in value, steps
    marked = {steps for steps, value in leaves(rows) if "sandbox-secret-" in str(value)}
    others = {steps[-1] for steps in marked if "linked_integration" not in steps}
    assert others == {"presigned_url", "account_key"}


# The other lists


def test_the_list_of_calls_has_each_once(stuut, rows, every):
    """The list has each call once, with all its invoices in short; else it is the nested one."""
    calls = {call["id"]: call for call in stuut("/v1/calls", limit=200).json()["data"]}
    full = {row["id"]: row for row in rows}
    assert {call["id"] for call in every("calls[]")} == calls.keys()
    for call in every("calls[]"):
        assert calls[call["id"]] | {"invoices": []} == call
    for call in calls.values():
        for one in call["invoices"]:
            assert one == {key: full[one["id"]][key] for key in one}
            assert call["id"] in {each["id"] for each in full[one["id"]]["calls"]}
    assert max(len(call["invoices"]) for call in calls.values()) > 1
    some = next(iter(calls))
    assert stuut(f"/v1/calls/{some}").json() == calls[some]


def test_a_payment_alone_is_the_nested_one_with_more(stuut, walk, every):
    """Alone, a payment is the nested one with its shares, the bank's side and its remittance."""
    told = {one["id"]: one for one in walk("/v1/remittances")}
    nested = {one["payment_id"]: one["payment"] for one in every("payments[]")}
    explained = set()
    for key, copy in nested.items():
        alone = stuut(f"/v1/payments/{key}").json()
        shared = copy.keys() - {"remittance_id"}
        assert {name: alone[name] for name in shared} == {name: copy[name] for name in shared}
        own = [share for share in every("payments[]") if share["payment_id"] == key]
        assert [one["id"] for one in alone["allocations"]] == [one["id"] for one in own]
        bank = alone["bank_transaction"]
        assert (bank["amount"], bank["posted"]) == (copy["amount"], copy["status"] == "matched")
        if alone.get("remittance_id"):
            explained.add(alone["remittance_id"])
            assert told[alone["remittance_id"]]["transaction_amount"] == copy["amount"]
    assert explained == told.keys()
    assert len(explained) < len(nested)


def test_lines_of_a_remittance_add_up(walk, rows, every):
    """Lines add up, some match no invoice; the email is an invoice's, an own one, or none."""
    numbers = {row["id"]: row.get("number") for row in rows}
    about = {email["id"] for email in every("emails[]")}
    told = walk("/v1/remittances")
    ways = Counter(one["email"]["id"] in about if one.get("email") else None for one in told)
    assert all(ways[way] > 5 for way in (True, False, None))
    matched = Counter()
    for one in told:
        assert sum(line["amount_paid"] for line in one["allocations"]) == one["transaction_amount"]
        for line in one["allocations"]:
            key = line.get("invoice_id")
            matched[key is not None] += 1
            assert key is None or line["invoice_number"] == numbers[key]
            assert key is not None or line["invoice_number"] not in numbers.values()
    assert matched.keys() == {True, False}
    files = [one["attachment"] for one in told if one.get("attachment")]
    assert all("sandbox-secret-" in file["presigned_url"] for file in files)


def test_a_task_is_of_a_call_or_of_an_email(walk, every):
    """A task is of a call, and then the nested one, or of an email that has come in."""
    tasks = {task["id"]: task for task in walk("/v1/tasks")}
    nested = every("calls[].classifications[].tasks[]")
    assert nested
    assert all(tasks[task["id"]] == task for task in nested)
    of_emails = [task for task in tasks.values() if task["data"][0]["source"] == "email"]
    inbound = [one for one in every("emails[]") if one["direction"] == "inbound"]
    arrived = {email["id"] for email in inbound if email["status"] == "sent"}
    assert {task["data"][0]["data"]["email_id"] for task in of_emails} == arrived
    assert {task["status"] for task in tasks.values()} == {"open", "closed"}
    assert "activity_summary_outreach" in {task["type"] for task in tasks.values()}


def is_owed(row: dict[str, Any]) -> bool:
    return row["type"] == "receivable" and row["status"] in ("open", "overdue", "processing")


def remaining(row: dict[str, Any]) -> int:
    return int(row["amount_due"] - (row.get("amount_paid") or 0))


def test_partners_and_aging(stuut, walk, rows):
    """Balances, newest contacts and the aging buckets are those of the invoices."""
    partners = walk("/v1/partners")
    assert {partner["id"] for partner in partners} == {row["partner_id"] for row in rows}
    for partner in partners:
        own = [row for row in rows if row["partner_id"] == partner["id"]]
        owed = [row for row in own if is_owed(row)]
        late = [row for row in owed if row["status"] == "overdue"]
        reached = [row["last_outreach_at"] for row in own if row.get("last_outreach_at")]
        assert partner["num_open_invoices"] == len(owed)
        assert partner["invoice_balance"] == sum(map(remaining, owed))
        assert partner["total_overdue"] == sum(map(remaining, late))
        assert partner["last_outreach_at"] == max(reached, default=None)
    aging = stuut(AGING).json()
    counts = [value for name, value in aging.items() if name.endswith("_count")]
    amounts = [value for name, value in aging.items() if name.endswith("_amount")]
    assert len(counts) == len(amounts) == 5
    assert sum(counts) == sum(map(is_owed, rows))
    assert sum(amounts) == sum(partner["invoice_balance"] for partner in partners)
