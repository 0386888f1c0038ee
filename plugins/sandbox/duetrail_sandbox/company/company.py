"""The made-up company: built from two numbers, the same on any machine at any time.

Every invoice has a story; the company at a moment is what has happened up to then.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from random import Random

from attrs import Factory, frozen

from duetrail_sandbox.company.account import Account, Beginning
from duetrail_sandbox.company.clock import FOREVER, NOW, TODAY, noon, office_time
from duetrail_sandbox.company.correspondence import Claim
from duetrail_sandbox.company.invoices import Invoice, bill
from duetrail_sandbox.company.people import Customer, make_customer
from duetrail_sandbox.company.records import Record
from duetrail_sandbox.company.scenarios import SCENARIOS, SHOWPIECE, WEIGHTS, Scenario, deal
from duetrail_sandbox.company.telephony import Telephony

# INV-1042 is the invoice that the documentation likes to show.
_SHOWPIECE_INDEX = 42


@frozen(slots=False, eq=False)
class Company:
    """One company with its customers and invoices at one moment, ``now``, aware and in UTC.

    ``invoices`` is in the order of the ERP's numbers. The look-ups are by the id each vendor
    is asked with. A company is a value: :meth:`lived` and :meth:`next` give another one.
    ``founded`` is how many invoices it began with.
    """

    seed: int
    founded: int
    now: datetime = NOW
    # What is known already of customers, by index, from an earlier moment of the day.
    _known: dict[int, Account] = Factory(dict)

    @classmethod
    def build(cls, invoices: int, seed: int) -> Company:
        """Make the company with this many invoices; the same arguments give the same company."""
        if invoices < 0:
            raise ValueError(f"a company cannot have {invoices} invoices: use 0 or more")
        return cls(seed, invoices)

    # Living on

    @property
    def day(self) -> int:
        """How many days the company has lived."""
        return (self.now - NOW).days

    def lived(self, days: int) -> Company:
        """The company at the noon so many days later."""
        if days < 0:
            raise ValueError(f"a company cannot live {days} days: use 0 or more")
        return Company(self.seed, self.founded, noon(self.day + days)) if days else self

    def next(self) -> Company:
        """The company when the next thing has happened, or at the next noon."""
        tomorrow = noon(self.day + 1)
        moment = min([tomorrow, *(account.following for account in self._accounts.values())])
        known = {} if moment == tomorrow else self._accounts
        return Company(self.seed, self.founded, moment, known)

    @cached_property
    def _accounts(self) -> dict[int, Account]:
        """Every customer as it is now; who has had no news today is not told again."""
        tried = _tried(self.founded, self.seed)
        beginnings: dict[int, list[Beginning]] = defaultdict(list)
        for one in _written(self.founded, self.seed, self.day + 1):
            beginnings[one.bill.customer.index].append(one)
        found = {}
        for index in sorted(beginnings):
            known = self._known.get(index)
            if known is None or known.following <= self.now:
                known = Account(beginnings[index], self.seed, self.now, index in tried)
            found[index] = known
        return found

    # Looking things up

    @cached_property
    def customers(self) -> list[Customer]:
        """Everybody who has, or had, an invoice."""
        return [account.customer for account in self._accounts.values() if account.written]

    @cached_property
    def invoices(self) -> list[Invoice]:
        """The invoices that Stuut has, in the order of the ERP's numbers."""
        found = [one for account in self._accounts.values() for one in account.invoices]
        return sorted(found, key=lambda one: one.index)

    @cached_property
    def by_remote_id(self) -> dict[str, Invoice]:
        """Invoices by the ERP's id, which is what Credira is asked with."""
        return {invoice.remote_id: invoice for invoice in self.invoices}

    @cached_property
    def voice_calls(self) -> dict[str, tuple[Invoice, Record]]:
        """Credira's calls by id, each with the invoice it is about."""
        return {call.id: (one, call) for one in self.invoices for call in one.voice_calls}

    @cached_property
    def callouts(self) -> dict[str, tuple[Invoice, Record]]:
        """Credira's callouts by id, each with the invoice it is about."""
        return {callout.id: (one, callout) for one in self.invoices for callout in one.callouts}

    @cached_property
    def claims(self) -> dict[str, Claim]:
        """The invoices that Exante has, by its own uid, in the order of the ERP's numbers."""
        found = [one for account in self._accounts.values() for one in account.claims]
        return {one.uid: one for one in sorted(found, key=lambda one: one.invoice.index)}

    @cached_property
    def telephony(self) -> Telephony:
        """What the company has at Yeti, as of the last noon."""
        return _telephony(self.founded, self.seed).lived(self.day)

    @property
    def showpiece(self) -> Invoice:
        """The invoice with the longest story: INV-1042 where there are so many invoices."""
        index = min(self.founded, _SHOWPIECE_INDEX)
        return next(one for one in self.invoices if one.index == index)


# Built once for all days.
_telephony = lru_cache(maxsize=4)(Telephony.build)


# Which invoices there are


@lru_cache(maxsize=32)
def _written(founded: int, seed: int, days: int) -> tuple[Beginning, ...]:
    """The invoices written before the first day, and in so many days since."""
    if not founded:
        return ()
    if days < 1:
        return tuple(_founding(founded, seed))
    before = _written(founded, seed, days - 1)
    rng = Random(f"{seed}/day/{days}")
    kept = _with_losses(before, rng, _tried(founded, seed), days)
    return (*kept, *_new(before, rng, seed, founded, days))


def _founding(founded: int, seed: int) -> Iterator[Beginning]:
    """The invoices that the company begins with."""
    rng = Random(f"{seed}/company")
    scenarios = deal(founded - 1, rng)
    scenarios.insert(min(founded, _SHOWPIECE_INDEX) - 1, SHOWPIECE)
    owners = _owners(founded, seed, rng)
    numbers = _reissued(scenarios, owners)
    for index, (scenario, owner) in enumerate(zip(scenarios, owners, strict=True), 1):
        rng = Random(f"{seed}/invoice/{index}")
        written = bill(index, owner, rng, scenario.kind)
        written.number = numbers.get(index, written.number)
        # Four days at least: a weekend may push the start, and it must not pass today.
        ago = max(4, written.terms + scenario.span + rng.randint(0, scenario.slack))
        start = office_time(TODAY - timedelta(days=ago), rng)
        yield Beginning(bill=written, start=start, scenario=scenario, rng=rng)


def _owners(founded: int, seed: int, rng: Random) -> list[Customer]:
    """Make customers with three to nine invoices each, and say who owns which invoice."""
    owners: list[Customer] = []
    last: Customer | None = None
    index = 0
    while len(owners) < founded:
        index += 1
        parent = last if last and rng.random() < 0.1 else None
        last = make_customer(index, Random(f"{seed}/customer/{index}"), parent)
        owners += [last] * rng.randint(3, 9)
    del owners[founded:]
    rng.shuffle(owners)
    return owners


def _reissued(scenarios: list[Scenario], owners: list[Customer]) -> dict[int, str]:
    """Give one invoice the number of a voided one of the same customer.

    Numbers are not promised to be unique, and a reader must not take one for a key.
    """
    dealt = list(enumerate(zip(scenarios, owners, strict=True), 1))
    for index, (scenario, owner) in dealt:
        for other, (chosen, other_owner) in reversed(dealt if scenario.name == "voided" else []):
            usual = chosen.kind == "receivable" and chosen is not SHOWPIECE
            if other != index and other_owner is owner and usual:
                return {other: f"INV-{1000 + index}"}
    return {}


def _new(
    before: tuple[Beginning, ...], rng: Random, seed: int, founded: int, days: int
) -> Iterator[Beginning]:
    """The invoices of a day, at times to a new customer."""
    known = {one.bill.customer.index: one.bill.customer for one in before}
    for place in range(max(1, founded // 50)):
        index = len(before) + place + 1
        if rng.random() < 0.1:
            newcomer = max(known) + 1
            customer = make_customer(newcomer, Random(f"{seed}/customer/{newcomer}"), None)
            known[newcomer] = customer.but(created=noon(days - 1))
        owner = known[rng.choice(sorted(known))]
        scenario = rng.choices(SCENARIOS, WEIGHTS)[0]
        own = Random(f"{seed}/invoice/{index}")
        start = _during(days, rng)
        written = bill(index, owner, own, scenario.kind)
        yield Beginning(bill=written, start=start, scenario=scenario, rng=own)


def _during(days: int, rng: Random) -> datetime:
    """A moment of the day that ends at a noon, so many days after the first."""
    return noon(days - 1) + timedelta(minutes=rng.randint(1, 1400))


def _with_losses(
    before: tuple[Beginning, ...], rng: Random, tried: frozenset[int], days: int
) -> Iterator[Beginning]:
    """Let Stuut lose one invoice a day, and Exante delete one, but for those that must stay.

    Stuut loses none that is the first of its customer, nor one that Credira has; Exante deletes
    none of a number that is there twice.
    """
    first = {one.bill.customer.index: one for one in reversed(before)}
    losable = [
        one
        for one in before
        if one.scenario.is_silent
        and one.lost_at == FOREVER
        and one is not first[one.bill.customer.index]
    ]
    shared = _shared_numbers(before)
    deletable = [
        one
        for one in before
        if one.bill.customer.index in tried
        and one.is_claimed
        and one.deleted_at == FOREVER
        and one.scenario is not SHOWPIECE
        and one.bill.number not in shared
    ]
    lost, deleted = (rng.choice(found) if found else None for found in (losable, deletable))
    lost_at, deleted_at = _during(days, rng), _during(days, rng)
    for one in before:
        ends = {"lost_at": lost_at} if one is lost else {}
        ends |= {"deleted_at": deleted_at} if one is deleted else {}
        yield one.but(**ends)


def _shared_numbers(beginnings: tuple[Beginning, ...]) -> set[str]:
    numbers = Counter(one.bill.number for one in beginnings)
    return {number for number, times in numbers.items() if number and times > 1}


@lru_cache(maxsize=32)
def _tried(founded: int, seed: int) -> frozenset[int]:
    """The customers with whom Exante is tried out, those of a shared number in any case."""
    beginnings = _written(founded, seed, 0)
    shared = _shared_numbers(beginnings)
    chosen = {
        one.bill.customer.index
        for one in beginnings
        if one.scenario is SHOWPIECE or one.bill.number in shared
    }
    rng = Random(f"{seed}/exante")
    return frozenset(chosen | {index for index in range(1, 10_000) if rng.random() < 0.55})
