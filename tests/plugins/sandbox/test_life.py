"""The company lives on: the same for the same seed, day by day or event by event."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import attrs
import pytest

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.clock import NOW, noon
from duetrail_sandbox.company.life import KINDS
from duetrail_sandbox.counts import counts

VENDORS = ("stuut", "credira", "exante", "yeti")


def facts(company: Company) -> tuple[Any, ...]:
    return company.now, company.customers, company.invoices, company.claims


@pytest.fixture(scope="module")
def steps() -> list[tuple[Any, Company, Company]]:
    """A day of a company, one event at a time: the event, and the company before and after."""
    company = Company.build(200, 7).tomorrow()
    found = []
    for event in company.happenings():
        after = company.after(event)
        found.append((event, company, after))
        company = after
    return found


def moved(before: Company, after: Company) -> Iterator[tuple[Any, Any]]:
    """The invoices that are other than they were, new ones with None before them."""
    for one in after.invoices:
        old = before.by_id.get(one.id)
        if old != one:
            yield old, one


# The value


def test_same_seed_same_life():
    """Two companies of one seed and size are the same after ten days."""
    assert facts(Company.build(120, 3).lived(10)) == facts(Company.build(120, 3).lived(10))


def test_another_seed_another_life():
    """What happens depends on the seed."""
    kinds = [[event.kind for event in Company.build(120, seed).happenings()] for seed in (1, 2)]
    assert Counter(kinds[0]) == Counter(kinds[1])
    assert kinds[0] != kinds[1]


def test_the_original_stays():
    """A company is a value: its tomorrow leaves it as it was."""
    company, twin = Company.build(120, 3), Company.build(120, 3)
    company.tomorrow().tomorrow()
    company.next()
    assert facts(company) == facts(twin)
    assert company.day == 0


def test_day_and_now():
    """A company begins on day 0 at the fixed noon, and each day ends at the next noon."""
    company = Company.build(30, 7)
    assert (company.day, company.now) == (0, NOW)
    assert (company.lived(3).day, company.lived(3).now) == (3, NOW + timedelta(days=3))


def test_lived():
    """So many days are so many tomorrows, and none is the company itself."""
    company = Company.build(60, 7)
    assert facts(company.lived(2)) == facts(company.tomorrow().tomorrow())
    assert company.lived(0) is company


def test_no_day_back():
    """Nobody lives backwards, and the error names the number."""
    with pytest.raises(ValueError, match="-1 days"):
        Company.build(3, 7).lived(-1)


def test_event_by_event_is_the_same_day():
    """A day's happenings one at a time, and then the end of the day, make the same tomorrow."""
    company = Company.build(200, 3).tomorrow()
    slow = company
    while slow.day == company.day:
        slow = slow.next()
    assert facts(slow) == facts(company.tomorrow())


def test_tomorrow_from_the_middle_of_a_day():
    """Whatever has happened already does not happen again at the end of the day."""
    company = Company.build(120, 3)
    assert facts(company.next().next().tomorrow()) == facts(company.tomorrow())


def test_happenings_are_used_up():
    """An event that has happened is no more ahead, and cannot happen again."""
    company = Company.build(60, 7)
    first, *rest = company.happenings()
    later = company.after(first)
    assert later.happenings() == tuple(rest)
    assert later.now == first.at
    with pytest.raises(ValueError, match="not ahead"):
        later.after(first)


def test_any_happening_may_be_next():
    """Events may be taken out of their order; the clock does not go back for them."""
    company = Company.build(60, 7)
    *_, last = company.happenings()
    late = company.after(last)
    assert late.after(late.happenings()[0]).now == last.at


def test_every_kind_is_ahead_every_day():
    """A day has every kind of event at least once, and more of them in a larger company."""
    small, large = (Company.build(size, 7).tomorrow().happenings() for size in (3, 2000))
    assert {event.kind for event in small} == {event.kind for event in large} == set(KINDS)
    assert len(large) > 10 * len(small)


def test_one_invoice_a_day_vanishes():
    """However large the company, not more than one invoice a day is gone from Stuut."""
    company = Company.build(2000, 7)
    later = company.tomorrow()
    assert len(company.by_id.keys() - later.by_id.keys()) == 1


# Whatever the size


@pytest.mark.parametrize("invoices", [0, 1, 3])
def test_a_tiny_company_lives(invoices):
    """A company of next to nothing lives a month, and its truth can be told every day."""
    company = Company.build(invoices, 7)
    for _ in range(30):
        company = company.tomorrow()
        counted = counts(company, VENDORS)
        assert counted["stuut"]["invoices"] == len(company.by_id) >= invoices


def test_nobody_no_news():
    """To a company without invoices nothing happens, only time passes."""
    company = Company.build(0, 7)
    assert company.happenings() == ()
    assert company.next().day == 1
    assert company.lived(30).invoices == ()


def test_a_day_is_quick():
    """One day of two thousand invoices takes well under a second."""
    company = Company.build(2000, 7).tomorrow()
    begun = time.perf_counter()
    company.tomorrow()
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize("invoices", [1, 30, 200])
def test_the_showpiece_stays(invoices):
    """The invoice that the documentation shows never leaves, neither Stuut nor Exante."""
    company = Company.build(invoices, 7)
    later = company.lived(30)
    assert later.showpiece.id == company.showpiece.id
    assert any(claim.invoice.id == company.showpiece.id for claim in later.claims.values())


# The truth


@pytest.mark.parametrize("seed", range(3))
def test_ids_stay_unique(seed):
    """After a month no two records of a kind share an id."""
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
    names = [name for ids in kinds[:6] for name in ids]
    assert max(len(name) for name in names if not name.startswith("callout")) <= 32


@pytest.mark.parametrize("touches", ["emails", "calls"])
def test_shared_touches_are_one(touches):
    """An email or call about several invoices is the same in each of them, whatever happens."""
    company = Company.build(150, 2).lived(20)
    found: dict[str, Any] = {}
    for one in company.invoices:
        for touch in getattr(one, touches):
            assert found.setdefault(touch.id, touch) == touch
    assert len(found) < sum(len(getattr(one, touches)) for one in company.invoices)


def test_new_ids_sort_anywhere():
    """The ids of new invoices do not come after the old ones."""
    company = Company.build(200, 7)
    later = company.lived(10)
    order = sorted(later.by_id)
    places = [order.index(name) for name in later.by_id.keys() - company.by_id.keys()]
    assert min(places) < len(order) / 4
    assert max(places) > len(order) * 3 / 4


@pytest.mark.parametrize("seed", range(4))
def test_nothing_happens_after_now(seed):
    """Whatever took place lies before the company's clock, every day."""
    company = Company.build(120, seed)
    for _ in range(12):
        company = company.tomorrow()
        for moment in _moments(company):
            assert moment <= company.now


def _moments(company: Company) -> Iterator[Any]:
    for one in company.invoices:
        moments = [one.created, one.modified, one.issued, one.paid_at, one.voided_at]
        moments += [share.created for share in one.allocations]
        moments += [touch.modified for touch in (*one.emails, *one.calls)]
        moments += [email.sent for email in one.emails] + [call.end for call in one.calls]
        moments += [call.updated for call in one.voice_calls]
        for out in one.callouts:
            moments += [out.created, out.updated, out.completed]
            moments += [at for mail in out.emails for at in (mail.sent, mail.opened, mail.clicked)]
        yield from (moment for moment in moments if moment is not None)
    for claim in company.claims.values():
        yield from (note.sent for note in claim.notes if note.sent is not None)


def test_what_falls_due_is_overdue():
    """At the end of a day every open invoice whose due date has passed is overdue, as modified."""
    company = Company.build(200, 7)
    for _ in range(10):
        before, company = company, company.tomorrow()
        late = [one for one in company.invoices if one.due is not None and one.due < company.now]
        assert all(one.status != "open" for one in late)
        for old, new in moved(before, company):
            if old is not None and (old.status, new.status) == ("open", "overdue"):
                assert new.modified > before.now


def test_exante_follows_the_ledger():
    """An invoice stands at Exante as at Stuut, as long as Stuut has it."""
    company = Company.build(200, 7).lived(10)
    both = [(one.invoice, company.by_id.get(one.invoice.id)) for one in company.claims.values()]
    assert any(shared is None for _, shared in both)
    settled = 0
    for claimed, shared in both:
        if shared is not None:
            known = attrs.evolve(shared, customer=claimed.customer, calls=claimed.calls)
            assert claimed == known
            settled += shared.paid_at is not None and shared.paid_at > NOW
    assert settled


def test_look_ups_tell_of_the_day():
    """Every look-up finds what is there on the day, and nothing that is gone."""
    company = Company.build(200, 7).lived(10)
    assert [*company.by_id.values()] == [*company.by_remote_id.values()] == [*company.invoices]
    outs = {out.id for one in company.invoices for out in one.callouts}
    assert company.callouts.keys() == outs
    for out_id, (invoice, out) in company.callouts.items():
        assert out_id == out.id
        assert out in invoice.callouts
    made = {call.id for one in company.invoices for call in one.voice_calls}
    assert company.voice_calls.keys() == made
    indexes = [claim.invoice.index for claim in company.claims.values()]
    assert indexes == sorted(indexes)


# Nothing else moves


def test_stuut_bumps_what_changes(steps):
    """After an event at Stuut whatever it changed is modified at that moment, and only that."""
    for event, before, after in steps:
        if event.vendor != "stuut" or event.kind == "customer_changed":
            continue
        for old, new in moved(before, after):
            assert new.modified == event.at
            known = {touch.id: touch for touch in (*old.emails, *old.calls)} if old else {}
            for touch in (*new.emails, *new.calls):
                assert known.get(touch.id) == touch or touch.modified == event.at


def test_an_event_at_stuut_is_about_one_invoice(steps):
    """An event at Stuut touches one invoice, or those that share an email or call."""
    for event, before, after in steps:
        if event.vendor == "stuut" and event.kind != "customer_changed":
            assert len({new.customer.id for _, new in moved(before, after)}) <= 1
            assert len([*moved(before, after)]) <= 3


def test_a_changed_customer_modifies_no_invoice(steps):
    """A customer is modified alone: its invoices, and the calls in them, only show it."""
    seen = 0
    for event, before, after in steps:
        if event.kind != "customer_changed":
            continue
        for old, new in moved(before, after):
            calls = tuple(attrs.evolve(one, customer=new.customer) for one in old.calls)
            assert new == attrs.evolve(old, customer=new.customer, calls=calls)
            assert new.customer.modified == event.at
            seen += 1
        assert before.claims == after.claims
    assert seen


def test_stuut_leaves_the_others_alone(steps):
    """An event at Stuut changes nothing at Credira, and no email of Exante's."""
    for event, before, after in steps:
        if event.vendor != "stuut":
            continue
        for old, new in moved(before, after):
            if old is not None:
                assert (old.callouts, old.voice_calls) == (new.callouts, new.voice_calls)
        assert [(key, claim.notes) for key, claim in before.claims.items()] == [
            (key, claim.notes) for key, claim in after.claims.items()
        ]


def test_credira_is_heard_by_nobody(steps):
    """An event at Credira changes nothing at Stuut, not even a time, and no claim of Exante's."""
    for event, before, after in steps:
        if event.vendor != "credira":
            continue
        assert before.by_id.keys() == after.by_id.keys()
        for old, new in moved(before, after):
            assert old == attrs.evolve(new, callouts=old.callouts, voice_calls=old.voice_calls)
        for key, claim in after.claims.items():
            assert claim.notes == before.claims[key].notes


def test_exante_is_heard_by_nobody_but_in_a_credit(steps):
    """An event at Exante changes nothing at the others; a credit is one invoice's at both."""
    for event, before, after in steps:
        if event.vendor == "exante":
            changes = [*moved(before, after)]
            assert before.by_id.keys() == after.by_id.keys()
            assert len(changes) <= (event.kind == "claim_credited")


def test_closed_claims_rest():
    """A claim that was closed more than sixty days ago does not move any more."""
    company = Company.build(300, 7)
    for _ in range(10):
        before, company = company, company.tomorrow()
        limit = before.now - timedelta(days=60)
        for key, claim in before.claims.items():
            closed = claim.invoice.paid_at
            if closed is not None and closed < limit and key in company.claims:
                assert company.claims[key].notes == claim.notes
                assert company.claims[key].bounced_addresses == claim.bounced_addresses


def test_noon():
    """The clock's noons are a day apart and begin at the fixed one."""
    assert noon(0) == NOW
    assert noon(31) - noon(30) == timedelta(days=1)
