"""The company lives on: the same for the same seed, by days, by events, under a reader's walk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
import requests

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.clock import NOW
from duetrail_sandbox.counts import counts
from duetrail_sandbox.server import Sandbox

VENDORS = ("stuut", "credira", "exante", "yeti")


def facts(company: Company) -> tuple[Any, ...]:
    notes = {uid: (claim.invoice, claim.notes) for uid, claim in company.claims.items()}
    return company.now, company.customers, company.invoices, notes


def by_id(company: Company) -> dict[str, Any]:
    return {one.id: one for one in company.invoices}


# The value


@pytest.mark.parametrize("seed", range(3))
def test_a_later_day_only_adds(seed):
    """Day by day, all days at once, and one event after the other: it is the same company."""
    company = Company.build(60, seed)
    slow = company
    while slow.day < 2:
        later = slow.next()
        assert slow.now < later.now
        slow = later
    assert facts(slow) == facts(company.lived(2)) == facts(company.lived(1).lived(1))
    assert facts(company) == facts(Company.build(60, seed))
    assert (company.day, company.now, slow.now) == (0, NOW, NOW + timedelta(days=2))


@pytest.mark.parametrize("invoices", [0, 1, 3])
def test_a_tiny_company_lives(invoices):
    """A company of next to nothing lives a month, and its truth can be told every day."""
    company = Company.build(invoices, 7)
    for _ in range(30):
        company = company.lived(1)
        assert counts(company, VENDORS)["stuut"]["invoices"] == len(by_id(company)) >= invoices
    assert company.day == 30


@pytest.mark.parametrize("seed", range(3))
def test_ids_stay_unique(seed):
    """After a month no two records of a kind share an id, and shared ones are one."""
    company = Company.build(150, seed).lived(30)
    rows = company.invoices
    callouts = [out for one in rows for out in one.callouts]
    kinds = [
        [one.id for one in rows],
        [one.remote_id for one in rows],
        [one.id for one in company.customers],
        [share.id for one in rows for share in one.allocations],
        [call.id for one in rows for call in one.voice_calls],
        [out.id for out in callouts],
        [mail.id for out in callouts for mail in out.emails],
        [note.uid for claim in company.claims.values() for note in claim.notes],
    ]
    for ids in kinds:
        assert len(ids) == len(set(ids)) > 20
    assert max(len(name) for ids in kinds[:5] for name in ids) <= 32
    found: dict[str, Any] = {}
    for one in rows:
        for touch in (*one.emails, *one.calls):
            assert found.setdefault(touch.id, touch) == touch


def moments(company: Company) -> Iterator[datetime | None]:
    """When things took place, as the company tells."""
    for one in company.invoices:
        yield from (one.created, one.modified, one.issued, one.settled)
        yield from (share.created for share in one.allocations)
        yield from (touch.modified for touch in (*one.emails, *one.calls))
        yield from (email.sent for email in one.emails)
        yield from (call.end for call in one.calls)
        yield from (call.updated for call in one.voice_calls)
        for out in one.callouts:
            yield from (out.created, out.updated, out.completed)
            for mail in out.emails:
                yield from (mail.sent, mail.opened, mail.clicked)
    for claim in company.claims.values():
        yield from (note.sent for note in claim.notes)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_happens_after_now(seed):
    """Whatever took place lies before the company's clock, every day; what is due is overdue."""
    company = Company.build(80, seed)
    for _ in range(8):
        assert all(moment <= company.now for moment in moments(company) if moment is not None)
        late = [one for one in company.invoices if one.due and one.due < company.now]
        assert all(one.status != "open" for one in late)
        company = company.lived(1)


def test_the_showpiece_stays():
    """The invoice that the documentation shows never leaves, neither Stuut nor Exante."""
    later = Company.build(60, 7).lived(40)
    assert later.showpiece.number == "INV-1042"
    assert later.showpiece.id in {claim.invoice.id for claim in later.claims.values()}


# What happens


def known(company: Company, kind: str) -> dict[str, Any]:
    """What there is of a kind, by id."""
    rows, outs = company.invoices, [out for _, out in company.callouts.values()]
    found: dict[str, Any] = {
        "invoices": rows,
        "emails": (email for one in rows for email in one.emails),
        "calls": (call for one in rows for call in one.calls),
        "callouts": outs,
        "mails": (mail for out in outs for mail in out.emails),
        "voice calls": (call for _, call in company.voice_calls.values()),
    }
    if kind == "notes":
        return {note.uid: note for one in company.claims.values() for note in one.notes}
    return {one.id: one for one in found[kind]}


class Day(NamedTuple):
    before: Company
    after: Company

    def pairs(self, kind: str) -> Iterator[tuple[Any, Any]]:
        """What was there before and is there after, where it has changed."""
        before = known(self.before, kind)
        for key, new in known(self.after, kind).items():
            if key in before and before[key] != new:
                yield before[key], new


@pytest.fixture(scope="module")
def days() -> list[Day]:
    found = []
    company = Company.build(200, 7)
    for _ in range(14):
        found.append(Day(company, company.lived(1)))
        company = found[-1].after
    return found


def test_every_day_brings_news_at_every_vendor(days):
    """Invoices come every day; emails, callouts and Exante's emails on every working day."""
    for day in days:
        assert by_id(day.after).keys() - by_id(day.before).keys()
        is_weekend = day.after.now.weekday() in (5, 6, 0)
        for what in () if is_weekend else ("emails", "callouts", "notes"):
            assert known(day.after, what) != known(day.before, what)


def test_one_invoice_a_day_vanishes(days):
    """It is gone from Stuut without a trace, and Exante keeps it where it has it."""
    kept = 0
    for day in days:
        (gone,) = by_id(day.before).keys() - by_id(day.after).keys()
        kept += any(claim.invoice.id == gone for claim in day.after.claims.values())
        assert not by_id(day.before)[gone].callouts
    assert kept


@pytest.mark.parametrize(
    ("before", "after"),
    [("draft", "open"), ("open", "overdue"), ("overdue", "paid"), ("processing", "paid")],
)
def test_invoices_change(days, before, after):
    """Drafts go out, what falls due is overdue, invoices are paid; the time of it is shown."""
    pairs = [pair for day in days for pair in day.pairs("invoices")]
    found = [new for old, new in pairs if (old.status, new.status) == (before, after)]
    assert found
    assert all(new.modified > NOW for new in found)


def test_disputes_credits_and_part_payments(days):
    """Invoices come to be in dispute and cease to be, are credited, and paid in part."""
    pairs = [pair for day in days for pair in day.pairs("invoices")]
    assert any(not old.in_dispute and new.in_dispute for old, new in pairs)
    assert any(old.in_dispute and new.in_dispute is False for old, new in pairs)
    assert any(new.amount_due < old.amount_due for old, new in pairs)
    assert any(0 <= old.paid < new.paid and new.remaining > 0 for old, new in pairs)


def test_emails_and_calls_change(days):
    """Prepared emails go out, planned calls are made, and emails bounce days after."""
    emails = [pair for day in days for pair in day.pairs("emails")]
    assert any(old.sent is None and new.sent for old, new in emails)
    late = [(old, new) for old, new in emails if new.bounced and not old.bounced]
    assert late
    for old, new in late:
        assert new.sent == old.sent < new.modified - timedelta(days=1)
    calls = [pair for day in days for pair in day.pairs("calls")]
    made = [(old, new) for old, new in calls if old.is_planned and not new.is_planned]
    assert made
    assert all(new.created == old.created <= new.start for old, new in made)


def test_a_changed_customer_modifies_no_invoice():
    """A customer is modified alone: its invoices only show it, and Exante does not."""
    company, seen = Company.build(60, 7), 0
    while seen < 5:
        later = company.next()
        before = {one.id: one for one in company.customers}
        for one in later.customers:
            if one.id in before and one != before[one.id]:
                seen += 1
                assert one.modified == later.now
        for claim in later.claims.values():
            assert claim.customer.modified is None
        company = later


def test_credira_is_heard_by_nobody():
    """What happens at Credira alone modifies no invoice at Stuut."""
    company, seen = Company.build(60, 7), 0
    while seen < 20:
        later = company.next()
        for key, old in by_id(company).items():
            new = by_id(later).get(key, old)
            if (old.callouts, old.voice_calls) != (new.callouts, new.voice_calls):
                hidden = {"callouts": 0, "voice_calls": 0}
                same = vars(new) | hidden == vars(old) | hidden
                seen += same
                assert same or new.modified == later.now
        company = later


def test_callouts_live(days):
    """Callouts come, are edited, carried out and deleted; attempts may leave the update alone."""
    pairs = [pair for day in days for pair in day.pairs("callouts")]
    assert any((old.status, new.status) == ("scheduled", "completed") for old, new in pairs)
    for name in ("priority", "contact_email", "scheduled"):
        assert any(getattr(old, name) != getattr(new, name) for old, new in pairs)
    silent = {
        old.updated == new.updated for old, new in pairs if len(old.attempts) < len(new.attempts)
    }
    assert silent == {True, False}
    assert any(
        known(day.before, "callouts").keys() - known(day.after, "callouts").keys() for day in days
    )


def test_attempts_change_in_silence(days):
    """An email of Credira's is opened, clicked or bounces, a call is filled in, later."""
    mails = [pair for day in days for pair in day.pairs("mails")]
    assert any(new.bounced and not old.bounced for old, new in mails)
    calls = [pair for day in days for pair in day.pairs("voice calls")]
    filled = [(old, new) for old, new in calls if old.status == "initiated"]
    assert filled
    assert all(new.duration > old.duration == 0 for old, new in filled)


def test_notes_live(days):
    """Exante's emails are prepared, sent, and bounce late with the same times; claims go."""
    pairs = [pair for day in days for pair in day.pairs("notes")]
    assert any(old.sent is None and new.status == "SENT" for old, new in pairs)
    late = [(old, new) for old, new in pairs if new.bounced and not old.bounced]
    assert any(old.sent and old.sent < NOW - timedelta(days=2) for old, _ in late)
    assert all(old.sent == new.sent for old, new in late)
    assert any(day.before.claims.keys() - day.after.claims.keys() for day in days)
    assert any(day.after.claims.keys() - day.before.claims.keys() for day in days)


def test_exante_follows_the_ledger(days):
    """An invoice stands at Exante as at Stuut, as long as Stuut has it."""
    company = days[-1].after
    both = [(one.invoice, by_id(company).get(one.invoice.id)) for one in company.claims.values()]
    assert any(shared is None for _, shared in both)
    for claimed, shared in both:
        if shared is not None:
            assert claimed == shared


# Served


Get = Callable[..., Any]


def getter(sandbox: Sandbox) -> Get:
    """Ask a running sandbox's vendors by name, with the right token."""

    def get(vendor: str, path: str, **params: Any) -> Any:
        headers = {"Authorization": f"Bearer sandbox-{vendor}-token"}
        return requests.get(sandbox.base_urls[vendor] + path, params, headers=headers, timeout=30)

    return get


@pytest.fixture
def living() -> Iterator[Sandbox]:
    with Sandbox(invoices=60, seed=7) as running:
        yield running


def walk(get: Get, limit: int = 50, **order: str) -> list[dict[str, Any]]:
    """Every row of Stuut's list, page by page."""
    found: list[dict[str, Any]] = []
    page: int | None = 0
    while page is not None:
        answer = get("stuut", "/v1/invoices", page=page, limit=limit, **order).json()
        found += answer["data"]
        page = answer["next_page"]
    return found


def test_days_pass(living):
    """Nothing happens by itself; after a day Stuut lists what is new and what has changed."""
    get = getter(living)
    before = {row["id"]: row for row in walk(get)}
    assert walk(get, 20) == [*before.values()]
    living.pass_days()
    after = {row["id"]: row for row in walk(get)}
    assert after.keys() - before.keys()
    assert len(before.keys() - after.keys()) == 1
    changed = [key for key in before.keys() & after.keys() if before[key] != after[key]]
    assert changed
    assert living.counts["stuut"]["invoices"] == len(after)


def test_answers_are_dated_by_the_company(living):
    """The date of an answer, and the time in Credira's, are the company's and not the host's."""
    get = getter(living)
    living.pass_days(2)
    answer = get("credira", "/callouts", invoice_id="ERP-000001")
    assert answer.headers["Date"] == "Thu, 02 Jul 2026 12:00:00 GMT"
    assert answer.json()["meta"]["timestamp"] == "2026-07-02T12:00:01Z"
    other = Sandbox(invoices=60, seed=7, day=2)
    assert other.company.invoices == living.company.invoices


@pytest.mark.parametrize(
    ("option", "words"),
    [("day", "-2 days"), ("bustle", "every -2 requests"), ("invoices", "-2 invoices")],
)
def test_less_than_nothing(option, words):
    """A negative number of days, of requests or of invoices is refused and named."""
    with pytest.raises(ValueError, match=words):
        Sandbox(**{option: -2})


def test_rows_move_under_a_walk():
    """With bustle one thing happens after every so many requests: rows move under a walk."""
    with Sandbox(invoices=120, seed=7, bustle=1) as sandbox:
        get = getter(sandbox)
        seen = [row["id"] for row in walk(get, 2, sort_by="last_outreach_at", sort_order="desc")]
        there = by_id(sandbox.company).keys()
    assert sandbox.now > NOW
    assert len(set(seen)) < len(seen)
    assert there - set(seen)


def test_many_readers_and_a_changing_company():
    """Days pass and things happen while many ask at once, and every answer is whole and noted."""
    with Sandbox(invoices=40, seed=7, bustle=2) as sandbox:
        get = getter(sandbox)

        def ask(number: int) -> int:
            if number % 10 == 0:
                sandbox.pass_days()
            answer = get("stuut", "/v1/invoices", limit=200)
            assert len(answer.json()["data"]) == answer.json()["total_records"]
            return int(answer.status_code)

        with ThreadPoolExecutor(6) as pool:
            assert set(pool.map(ask, range(60))) == {200}
        assert sandbox.company.day >= 6
        assert len(sandbox.requests) == 60
