"""The made-up company: the same anywhere, made up in every detail, told in a sensible order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import timedelta
from itertools import pairwise

import pytest

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.clock import FOREVER, NOW
from duetrail_sandbox.company.telephony import Telephony

# Tells a company in a process of its own.
DIGEST = """
import hashlib, sys
from duetrail_sandbox.company import Company
company = Company.build(40, int(sys.argv[1])).lived(2)
notes = [claim.notes for claim in company.claims.values()]
told = company.invoices, notes, company.telephony.bills, company.telephony.calls
print(hashlib.sha256(repr(told).encode()).hexdigest())
"""


def digest(seed: int, hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": f"UTC-{hash_seed}"}
    command = [sys.executable, "-c", DIGEST, str(seed)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def test_same_seed_same_company():
    """Two processes tell the same company for a seed, and another one for another."""
    assert digest(7, "1") == digest(7, "2") != digest(8, "1")


@pytest.mark.parametrize("invoices", [0, 1, 2, 3, 17, 42, 43, 250])
def test_any_size(invoices):
    """A company has as many invoices as asked for, none included."""
    company = Company.build(invoices, 7)
    assert len({one.id for one in company.invoices}) == len(company.by_remote_id) == invoices
    assert len({one.customer.id for one in company.invoices}) == len(company.customers)


@pytest.mark.parametrize("invoices", [1, 12, 41, 42, 200])
def test_any_company_has_one_rich_invoice(invoices):
    """Any company has one rich invoice, with everything a reader wants to be shown.

    From 42 invoices on it is INV-1042, which is ERP-000042.
    """
    company = Company.build(invoices, 7)
    rich = company.showpiece
    (claim,) = [one for one in company.claims.values() if one.invoice is rich]
    assert [note for note in claim.notes if note.bounced]
    assert len([note for note in claim.notes if note.sent]) >= 5
    assert [note for note in claim.notes if note.status == "DRAFT"]
    assert invoices < 42 or (rich.number, rich.remote_id) == ("INV-1042", "ERP-000042")
    assert len(rich.emails) + len(rich.calls) + len(rich.voice_calls) >= 10
    assert any(email.bounced for email in rich.emails)
    assert any(callout.emails for callout in rich.callouts)
    assert rich.calls
    assert rich.voice_calls
    assert rich.promised_on is not None
    assert any(share.approved for share in rich.allocations)


def test_customers_have_several_invoices():
    """Customers have several invoices each, and no more than nine."""
    company = Company.build(200, 7)
    owned = [sum(one.customer is owner for one in company.invoices) for owner in company.customers]
    assert len(owned) > 20
    assert max(owned) <= 9
    assert sum(count > 2 for count in owned) > len(owned) / 2


@pytest.mark.parametrize("seed", range(6))
def test_order_of_events(seed):
    """Written, issued, handed over after the final notice, paid last: across both vendors."""
    for one in Company.build(120, seed).invoices:
        begun = [*(email.created for email in one.emails), *(call.created for call in one.calls)]
        assert one.created <= min([one.issued or NOW, *begun])
        written = [
            email.sent
            for email in one.emails
            if email.sent is not None
            and email.reason in ("payment_overdue", "final_notice", "second_notice")
        ]
        if one.callouts:
            assert max(written) < min(callout.created for callout in one.callouts)
        if one.paid_at is not None:
            touched = [callout.updated for callout in one.callouts]
            touched += [call.end for call in one.calls if call.end is not None]
            assert max(touched, default=one.created) < one.paid_at


@pytest.mark.parametrize("seed", range(3))
def test_a_bounce_is_followed_by_the_right_address(seed):
    """Within three working days after a bounce the email goes to another address."""
    for one in Company.build(120, seed).invoices:
        for bounced in (e for e in one.emails if e.bounced and e.to[0].startswith("former.")):
            again = [
                email
                for email in one.emails
                if email.reason == bounced.reason and email.created > bounced.created
            ]
            assert again
            assert again[0].to != bounced.to
            assert again[0].created - bounced.created < timedelta(days=5)


def test_ids_never_collide():
    """No two records of a kind share an id, in a company of two thousand invoices."""
    company = Company.build(2000, 1)
    calls = [call.id for one in company.invoices for call in one.voice_calls]
    callouts = [callout.id for one in company.invoices for callout in one.callouts]
    shares = [share.id for one in company.invoices for share in one.allocations]
    for ids in (calls, callouts, shares):
        assert len(ids) == len(set(ids)) > 500


def test_people_are_made_up(stuut):
    """Mail addresses are of the example domains, phone numbers of the ranges for fiction."""
    text = stuut("/v1/invoices", limit=200).text
    hosts = set(re.findall(r"@([\w.-]+)", text))
    assert hosts == {"example.com", "example.org", "example.net"}
    links = set(re.findall(r"https?://([\w.-]+)", text))
    assert links
    assert all(host.endswith(".example.com") or host == "example.com" for host in links)
    numbers = re.findall(r'"(?:phone|to_number|from_number)":"([^"]+)"', text)
    assert numbers
    assert all(re.search(r"555-?01\d\d$", number) for number in numbers)


# The company at its carrier, day by day: what comes, what changes, what vanishes.

DAYS = 36


@pytest.fixture(scope="module")
def days():
    """The company on its first day and on those after it."""
    first = Telephony.build(200, 7)
    return [first, *(first.lived(day) for day in range(1, DAYS))]


def has_pdf(bill, telephony):
    return (bill.printed or FOREVER) <= telephony.now


def by_uid(found):
    return {one.uid: one for one in found}


def test_days_are_reliable(days):
    """The same day is the same, whether one lived through the others or not."""
    for one in (Telephony.build(200, 7).lived(DAYS - 1), days[3].lived(DAYS - 1)):
        assert one.bills == days[-1].bills
        assert one.calls == days[-1].calls
        assert one.payments == days[-1].payments
    others = {row.id for row in Telephony.build(200, 8).calls}
    assert others != {row.id for row in days[0].calls}


def test_nothing_is_made_before_it_is_asked_for():
    """A company that nobody asks for its calls has made none."""
    company = Telephony.build(10_000, 7)
    assert company.switchboard._days == {}
    assert company.calls
    assert company.switchboard._days != {}


def test_calls_stay_and_new_ones_come_some_late(days):
    """Every day brings calls and changes none; a row may come late with a lower id."""
    late = []
    for early, later in pairwise(days):
        known = {row.id: row for row in later.calls}
        assert all(known[row.id] == row for row in early.calls)
        assert len(known) > len(early.calls)
        highest, old = max(row.id for row in early.calls), {row.id for row in early.calls}
        late += [highest - one for one in known if one < highest and one not in old]
    assert len(late) > DAYS / 4
    assert max(late) < 50


def test_bills_come_and_never_change(days):
    """Bills appear when periods end, some weeks later; what they say stays, a document comes."""
    assert len(days[1].bills) == len(days[0].bills) + 1
    waits = []
    for early, later in pairwise(days):
        known = by_uid(later.bills)
        for uid, bill in by_uid(early.bills).items():
            assert known[uid] == bill
            assert has_pdf(bill, early) <= has_pdf(bill, later)
        new = known.keys() - by_uid(early.bills).keys()
        waits += [(later.now - known[uid].end).days for uid in new]
    assert min(waits) < 5
    assert sum(14 <= wait < 60 for wait in waits) == 2
    assert any(has_pdf(bill, days[1]) > has_pdf(bill, days[0]) for bill in days[0].bills)


def test_trap_7_calls_are_dropped_after_120_days(days):
    """Rows are kept for 120 days; the bills they made up stay."""
    later = days[0].lived(100)
    assert min(row.start for row in later.calls).date().isoformat() > "2026-06-09"
    assert by_uid(days[0].bills).keys() <= by_uid(later.bills).keys()
