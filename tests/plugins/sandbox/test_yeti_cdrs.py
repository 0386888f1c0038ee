"""Yeti, calls: their forms, what kinds there are, how they make up the bills.

The field lists are written down from what the API is known to show, and not taken from the
sandbox, so that the two can disagree.
"""

from __future__ import annotations

import io
import re
import wave
from collections import Counter
from decimal import Decimal
from itertools import pairwise

import pytest


def named(text):
    """Give field names as a set."""
    return set(text.split())


EVER = {"filter[time-start-gteq]": "2020-01-01T00:00:00Z"}
SHARED = named(
    "time-start time-connect time-end duration success local-tag src-prefix-routing "
    "dst-prefix-routing rec"
)
# Without what this operator hides: diversion-in and the user agents.
CDR = SHARED | named(
    "customer-price customer-duration destination-initial-interval destination-next-interval "
    "destination-initial-rate destination-next-rate destination-fee destination-prefix "
    "src-name-in src-prefix-in dst-prefix-in from-domain to-domain ruri-domain orig-call-id "
    "lega-disconnect-code lega-disconnect-reason auth-orig-ip auth-orig-port "
    "auth-orig-transport-protocol-id"
)
INCOMING = SHARED | named(
    "vendor-price vendor-duration dialpeer-initial-interval dialpeer-next-interval "
    "dialpeer-initial-rate dialpeer-next-rate dialpeer-fee dialpeer-prefix src-name-out "
    "src-prefix-out dst-prefix-out diversion-out legb-disconnect-code legb-disconnect-reason "
    "sign-term-ip sign-term-port sign-term-transport-protocol-id term-call-id"
)
SIDES = {"cdrs": "customer", "incoming-cdrs": "vendor"}
MONEY = {"customer-price", "vendor-price"}
JSON_API = "application/vnd.api+json"


@pytest.fixture(scope="module")
def walk(yeti):
    """Give all rows of a list of calls, as pages show them."""

    def rows(kind, **asked):
        query = {"page[size]": 1000, "include": "account", "sort": "id"} | EVER | asked
        document = yeti(f"/{kind}", **query).json()
        assert len(document["data"]) == document["meta"]["total-count"]
        return document["data"]

    return rows


@pytest.fixture(scope="module")
def cdrs(walk):
    return walk("cdrs")


@pytest.fixture(scope="module")
def incoming(walk):
    return walk("incoming-cdrs")


@pytest.fixture(scope="module")
def bills(yeti):
    asked = {"page[size]": 1000, "include": "account", "sort": "start-date,id"}
    return yeti("/invoices", **asked).json()["data"]


@pytest.fixture(scope="module")
def recent(bills):
    """Bills of the periods whose calls are still there, without the deleted account's."""
    return [
        one
        for one in bills
        if one["attributes"]["start-date"] >= "2026-05-01"
        and one["relationships"]["account"]["data"] is not None
    ]


def facts(rows):
    return [row["attributes"] for row in rows]


def within(kind, bill, walk):
    """Give the calls of a bill's account and period, as a reader asks for them."""
    period = bill["attributes"]
    return walk(
        kind,
        **{
            "filter[account-id-eq]": bill["relationships"]["account"]["data"]["id"],
            "filter[time-start-gteq]": period["start-date"],
            "filter[time-start-lt]": period["end-date"],
        },
    )


def counted(rows, side):
    """Count calls in the words of an invoice, but for what they cost."""
    found = facts(rows)
    starts = sorted(one["time-start"] for one in found) or [None]
    return {
        "calls-count": len(found),
        "successful-calls-count": sum(one["success"] is True for one in found),
        "calls-duration": sum(one["duration"] or 0 for one in found),
        "billing-duration": sum(one[f"{SIDES[side]}-duration"] or 0 for one in found),
        "first-call-at": starts[0],
        "last-call-at": starts[-1],
    }


def billed(bill, direction):
    names = counted([], "cdrs")
    return {name: bill["attributes"][f"{direction}-{name}"] for name in names}


def differing(bills, kind, direction, walk):
    return [
        bill for bill in bills if counted(within(kind, bill, walk), kind) != billed(bill, direction)
    ]


@pytest.mark.parametrize(("kind", "fields"), [("cdrs", CDR), ("incoming-cdrs", INCOMING)])
def test_fields(walk, kind, fields):
    """A call has its side's attributes, without those the operator hides."""
    for row in walk(kind):
        assert row.keys() == {"id", "type", "links", "attributes", "relationships"}
        assert row["type"] == kind
        assert row["attributes"].keys() == fields
        assert row["relationships"].keys() == {"account"}


@pytest.mark.parametrize("kind", SIDES)
def test_types(walk, kind):
    """Ids are digits in text, money is plain decimal text, durations are whole seconds."""
    for row in walk(kind):
        assert re.fullmatch("[0-9]+", row["id"])
        for name, value in row["attributes"].items():
            if name in MONEY or name.endswith(("-rate", "-fee")):
                assert value is None or re.fullmatch(r"\d+\.(0|\d*[1-9])", value)
            elif name.endswith(("duration", "-interval", "-code", "-port")):
                assert value is None or type(value) is int
            elif name.startswith("time-"):
                assert value is None or re.fullmatch(r"[-\d]{10}T[:\d]{8}\.\d{3}Z", value)
            elif name in ("success", "rec"):
                assert value in (True, False, None)
            else:
                assert value is None or isinstance(value, str) or name.endswith("-protocol-id")


def test_no_number_or_address_is_anybodys(cdrs, incoming):
    """Numbers are 555-01xx, addresses are for documentation, domains are examples."""
    for one in facts([*cdrs, *incoming]):
        for name, value in one.items():
            if value is None:
                continue
            if "prefix-" in name and name.split("-")[0] in ("src", "dst"):
                assert re.fullmatch(r"(011|\+)?1\d{3}55501\d\d", value)
            elif name.endswith("-ip"):
                assert value.startswith(("192.0.2.", "198.51.100.", "203.0.113."))
            elif name.endswith("-domain"):
                assert re.fullmatch(r"\w+\.example\.(com|net|org)", value)


@pytest.mark.parametrize(
    ("code", "success"), [(200, True), (480, False), (486, False), (487, False), (500, None)]
)
def test_endings(cdrs, code, success):
    """Calls are answered, left unanswered, busy, cancelled, or nobody knows."""
    found = [one for one in facts(cdrs) if one["lega-disconnect-code"] == code]
    assert found
    assert {one["success"] for one in found} == {success}
    assert all((one["time-connect"] is not None) is (success is True) for one in found)


def test_nulls(cdrs):
    """Numbers, durations, prices and ends of calls may be null."""
    names = (
        "src-prefix-in src-prefix-routing dst-prefix-routing src-name-in time-end duration "
        "customer-price customer-duration success auth-orig-transport-protocol-id"
    )
    for name in names.split():
        assert 0 < sum(one[name] is None for one in facts(cdrs)) < len(cdrs)


def test_trap_9_successful_calls_may_cost_nothing_and_last_no_time(cdrs):
    """There are answered calls with a price of zero, and some of zero seconds."""
    answered = [one for one in facts(cdrs) if one["success"]]
    assert any(one["duration"] and one["customer-price"] == "0.0" for one in answered)
    assert any(one["duration"] == 0 for one in answered)


def test_trap_8_a_call_has_one_row_here_and_one_for_each_attempt_there(cdrs, incoming):
    """An attempt that failed is in /incoming-cdrs; /cdrs has the last one of the same tag."""
    tags = Counter(one["local-tag"] for one in facts(cdrs))
    assert set(tags.values()) == {1}
    shown = {row["id"] for row in cdrs}
    failed = [
        row for row in incoming if row["attributes"]["local-tag"] in tags and row["id"] not in shown
    ]
    assert failed
    assert {row["attributes"]["success"] for row in failed} == {False}


def test_one_id_in_two_lists(cdrs, incoming):
    """A call from one of the company's accounts to another is in both, with another account."""
    owners = {row["id"]: row["relationships"]["account"]["data"] for row in cdrs}
    both = [row for row in incoming if row["id"] in owners]
    assert both
    assert all(row["relationships"]["account"]["data"] != owners[row["id"]] for row in both)


def test_ids_are_given_when_calls_end(cdrs):
    """Ids grow with the ends of calls and not with their starts."""
    found = facts(cdrs)
    starts = [one["time-start"] for one in found]
    assert starts != sorted(starts)
    late = "2026-05-29T13:"
    ends = [
        one["time-end"] for one in found if one["time-end"] and not one["time-end"].startswith(late)
    ]
    assert all(early <= later for early, later in pairwise(ends))


def test_default_order(yeti):
    """Without asking, the latest call comes first."""
    found = facts(yeti("/cdrs", **EVER).json()["data"])
    starts = [one["time-start"] for one in found]
    assert len(starts) == 50
    assert starts == sorted(starts, reverse=True)


def test_order_by_start_and_id(walk):
    """Calls that began together are settled by their ids, which are numbers."""
    rows = walk("cdrs", sort="time-start,id")
    keys = [(row["attributes"]["time-start"], int(row["id"])) for row in rows]
    assert len({start for start, _ in keys}) < len(keys)
    assert keys == sorted(keys)


@pytest.mark.parametrize("kind", SIDES)
def test_order_that_breaks_the_server(yeti, kind):
    """Sorting by what is computed is 500."""
    answer = yeti(f"/{kind}", sort="rec")
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["code"] == "500"


@pytest.mark.parametrize("kind", SIDES)
def test_single_is_the_list_row(yeti, walk, kind):
    """One call asked for alone is the one of the list."""
    row = walk(kind)[0]
    document = yeti(f"/{kind}/{row['id']}", include="account").json()
    assert document["data"] == row


def test_bad_and_unknown_ids(yeti):
    """A call's id that is no number is 400/103; one that there is not is 404."""
    for path, status, code in (("/cdrs/abc", 400, "103"), ("/cdrs/7", 404, "404")):
        answer = yeti(path)
        assert answer.status_code == status
        assert answer.json()["errors"][0]["code"] == code


def test_trap_5_a_deleted_account_is_null_where_it_is_asked_for(yeti, cdrs):
    """With include it is null, without there is nothing, on its own URL it is null."""
    lost = [row for row in cdrs if row["relationships"]["account"]["data"] is None]
    assert lost
    path = f"/cdrs/{lost[0]['id']}"
    assert yeti(f"{path}/account").json() == {"data": None}
    assert yeti(f"{path}/relationships/account").json()["data"] is None
    assert "data" not in yeti(path).json()["data"]["relationships"]["account"]


def test_linkage(yeti, cdrs):
    """The account's name can be asked for alone, with the links of the relation."""
    row = next(row for row in cdrs if row["relationships"]["account"]["data"])
    document = yeti(f"/cdrs/{row['id']}/relationships/account").json()
    assert document == row["relationships"]["account"]
    assert yeti(f"/cdrs/{row['id']}/account").json()["data"]["id"] == document["data"]["id"]


def test_bills_are_sums_of_calls(recent, walk):
    """A recent bill's counters are those of its account's calls in its period."""
    late = differing(recent, "cdrs", "originated", walk)
    assert len(recent) - len(late) >= 3
    assert len(late) == 1
    assert sum(billed(bill, "originated")["calls-count"] for bill in recent) > 100


def test_one_bill_misses_late_calls(recent, walk):
    """One bill was filled before three of its calls were written, much later."""
    (bill,) = differing(recent, "cdrs", "originated", walk)
    rows = within("cdrs", bill, walk)
    known = billed(bill, "originated")
    assert counted(rows, "cdrs")["calls-count"] == known["calls-count"] + 3
    in_time = sorted(rows, key=lambda row: int(row["id"]))[:-3]
    assert counted(in_time, "cdrs") == known


def test_what_was_spent_is_the_sum_without_reverse_billing(recent, walk, yeti):
    """Reverse-billed calls are counted and cost nothing."""
    (late,) = differing(recent, "cdrs", "originated", walk)
    reverse = 0
    for bill in recent:
        if bill is late:
            continue
        query = {
            "filter[account-id-eq]": bill["relationships"]["account"]["data"]["id"],
            "filter[time-start-gteq]": bill["attributes"]["start-date"],
            "filter[time-start-lt]": bill["attributes"]["end-date"],
        }
        every = walk("cdrs", **query)
        asked = {**query, "filter[destination-reverse-billing-eq]": "true"}
        earned = {row["id"] for row in walk("cdrs", **asked)}
        paid = [row for row in every if row["id"] not in earned]
        spent = sum(Decimal(one["customer-price"] or 0) for one in facts(paid))
        assert spent == Decimal(bill["attributes"]["originated-amount-spent"])
        reverse += len(earned)
    assert reverse


def test_terminated_counters_are_sums_of_incoming_calls(recent, walk):
    """What reached an account is on its bill too, failed attempts included."""
    assert differing(recent, "incoming-cdrs", "terminated", walk) == []
    found = [bill for bill in recent if bill["attributes"]["terminated-calls-count"]]
    assert found
    assert all(Decimal(one["terminated-amount-spent"]) > 0 for one in facts(found))


def test_trap_7_old_bills_outlive_their_calls(bills, cdrs, walk):
    """Older bills have counters, and no calls are there any more."""
    old = [one for one in bills if one["attributes"]["end-date"] <= "2026-05-15"]
    assert any(one["attributes"]["originated-calls-count"] for one in old)
    for bill in old:
        if bill["relationships"]["account"]["data"] is not None:
            assert within("cdrs", bill, walk) == []
    assert min(one["time-start"] for one in facts(cdrs)) >= "2026-05-01"


def test_a_call_across_the_border_of_periods(recent, walk):
    """A call counts where it began, though it ended, and was written, in the next period."""
    for bill in recent:
        end = bill["attributes"]["end-date"]
        across = [
            one
            for one in facts(within("cdrs", bill, walk))
            if one["time-end"] is not None and one["time-end"] > end
        ]
        assert across or not bill["attributes"]["originated-calls-count"]


def test_a_call_on_the_border_of_periods(recent, walk):
    """A call that began at the very end belongs to the next period."""
    borders = {one["attributes"]["end-date"] for one in recent}
    assert borders & {one["time-start"] for one in facts(walk("cdrs"))}
    for bill in recent:
        starts = [one["time-start"] for one in facts(within("cdrs", bill, walk))]
        assert bill["attributes"]["end-date"] not in starts


def test_the_running_period_has_calls(cdrs):
    """There are calls that no bill knows yet."""
    assert any(one["time-start"] > "2026-06-15" for one in facts(cdrs))


def test_recordings(yeti, cdrs):
    """Who may hear recordings gets a sound; where there is none, 404 with nothing."""
    assert yeti("/auth").json() == {"allow-rec": True}
    with_sound = [row for row in cdrs if row["attributes"]["rec"]]
    without = next(row for row in cdrs if not row["attributes"]["rec"])
    answer = yeti(f"/cdrs/{with_sound[0]['id']}/rec")
    assert answer.headers["Content-Type"] == "audio/wav"
    with wave.open(io.BytesIO(answer.content)) as sound:
        assert sound.getnframes() > 0
    missing = yeti(f"/cdrs/{without['id']}/rec")
    assert (missing.status_code, missing.content) == (404, b"")
    assert yeti("/incoming-cdrs/7/rec").status_code == 404


def test_trap_6_a_bill_may_have_no_document(yeti, bills):
    """A bill with has-pdf gives a PDF with its name; one without gives 404 and nothing."""
    for bill in bills:
        answer = yeti(f"/invoices/{bill['id']}/download")
        if bill["attributes"]["has-pdf"]:
            assert answer.headers["Content-Type"] == "application/pdf"
            name = bill["attributes"]["reference"] or bill["id"]
            assert f'filename="{name}.pdf"' in answer.headers["Content-Disposition"]
            assert answer.content.startswith(b"%PDF-")
        else:
            assert (answer.status_code, answer.content) == (404, b"")
    assert {one["has-pdf"] for one in facts(bills)} == {True, False}


def test_the_document_is_whole(yeti, bills):
    """The table of a PDF leads to its objects, and its end to the table."""
    bill = next(one for one in bills if one["attributes"]["has-pdf"])
    content = yeti(f"/invoices/{bill['id']}/download").content
    table = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", content)[1])
    assert content[table:].startswith(b"xref\n0 6\n")
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n", content), 1):
        assert content[int(place) :].startswith(b"%d 0 obj" % number)


def test_no_document_of_no_bill(yeti):
    """The document of a bill that there is not is 404 with a document of errors."""
    answer = yeti("/invoices/11111111-2222-1333-8444-555555555555/download")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == JSON_API
