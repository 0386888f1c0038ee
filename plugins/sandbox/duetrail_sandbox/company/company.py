"""The made-up company: built from two numbers, the same on any machine at any time.

From there it lives on, a day or an event at a time, just as reliably.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from random import Random

import attrs
from attrs import frozen

from duetrail_sandbox.company.billing import bill
from duetrail_sandbox.company.claims import Claim
from duetrail_sandbox.company.clock import NOW, TODAY, noon, office_time
from duetrail_sandbox.company.correspondence import claims
from duetrail_sandbox.company.events import Event
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.joint import tell_together
from duetrail_sandbox.company.ledger import Ledger
from duetrail_sandbox.company.life import end_day, happen, plan
from duetrail_sandbox.company.people import Customer, make_customer
from duetrail_sandbox.company.plots import Plot, deal
from duetrail_sandbox.company.showpiece import SHOWPIECE
from duetrail_sandbox.company.story import Scene
from duetrail_sandbox.company.telephony import Telephony
from duetrail_sandbox.company.touches import Callout, VoiceCall

__all__ = ["SHOWPIECE_INDEX", "Company"]

# INV-1042 is the invoice that the documentation likes to show.
SHOWPIECE_INDEX = 42


@frozen(slots=False, eq=False)
class Company:
    """One company with its customers and invoices.

    ``invoices`` is in the order of the ERP's numbers. The look-ups are by the id each vendor
    is asked with: Stuut's own, and for Credira the ERP's.

    A company is a value: :meth:`tomorrow` and :meth:`after` give another one. ``day`` counts
    the days it has lived, ``now`` is its clock, an aware UTC moment. ``founded`` is how many
    invoices it began with, ``written`` the last number that the ERP has given out, ``struck``
    the uids that Exante has deleted.
    """

    seed: int
    customers: tuple[Customer, ...]
    invoices: tuple[Invoice, ...]
    founded: int
    written: int
    day: int = 0
    now: datetime = NOW
    struck: frozenset[str] = frozenset()
    # Unknown until somebody asks, as long as nothing has happened.
    _claims: tuple[Claim, ...] | None = None
    _ahead: tuple[Event, ...] | None = None

    @classmethod
    def build(cls, invoices: int, seed: int) -> Company:
        """Make the company with this many invoices; the same arguments give the same company."""
        if invoices < 0:
            raise ValueError(f"a company cannot have {invoices} invoices: use 0 or more")
        rng = Random(f"{seed}/company")
        plots = deal(invoices, rng)
        if invoices:
            plots[min(invoices, SHOWPIECE_INDEX) - 1] = SHOWPIECE
        customers, owners = _customers(invoices, seed, rng)
        scenes = _scenes(plots, owners, seed)
        together: dict[int, list[Scene]] = defaultdict(list)
        for scene in scenes:
            together[scene.bill.customer.index].append(scene)
        for index in sorted(together):
            tell_together(together[index], Random(f"{seed}/together/{index}"))
        told = tuple(scene.close() for scene in scenes)
        return cls(seed, customers, told, founded=invoices, written=invoices)

    # Living on

    def happenings(self) -> tuple[Event, ...]:
        """What is still to happen today, in order; whom it strikes is not decided yet."""
        if self._ahead is None:
            return plan(self.seed, self.day, len(self.invoices), noon(self.day))
        return self._ahead

    def after(self, event: Event) -> Company:
        """The company when one of today's happenings has taken place; any of them may be next."""
        ahead = self.happenings()
        if event not in ahead:
            raise ValueError(f"{event} is not ahead: take one of happenings() of this company")
        books = self._books()
        happen(books, event)
        rest = tuple(one for one in ahead if one != event)
        return self._written(books, day=self.day, ahead=rest)

    def tomorrow(self) -> Company:
        """The company at the next noon: all that is still to happen today has taken place."""
        books = self._books()
        for event in self.happenings():
            happen(books, event)
        end_day(books)
        return self._written(books, day=self.day + 1, ahead=None)

    def next(self) -> Company:
        """The company one happening later; when none is left today, the day ends instead."""
        ahead = self.happenings()
        return self.after(ahead[0]) if ahead else self.tomorrow()

    def lived(self, days: int) -> Company:
        """The company so many days later."""
        if days < 0:
            raise ValueError(f"a company cannot live {days} days: use 0 or more")
        company = self
        for _ in range(days):
            company = company.tomorrow()
        return company

    def _books(self) -> Ledger:
        return Ledger(
            seed=self.seed,
            day=self.day,
            now=self.now,
            customers=self.customers,
            invoices=self.invoices,
            claims=[*self.claims.values()],
            showpiece=self._showpiece_index,
            written=self.written,
            struck=self.struck,
        )

    def _written(self, books: Ledger, *, day: int, ahead: tuple[Event, ...] | None) -> Company:
        return Company(
            seed=self.seed,
            customers=tuple(books.customers.values()),
            invoices=tuple(books.invoices.values()),
            founded=self.founded,
            written=books.written,
            day=day,
            now=books.now,
            struck=books.struck,
            claims=tuple(books.listed()),
            ahead=ahead,
        )

    # Looking things up

    @cached_property
    def by_id(self) -> dict[str, Invoice]:
        """Invoices by Stuut's id."""
        return {invoice.id: invoice for invoice in self.invoices}

    @cached_property
    def by_remote_id(self) -> dict[str, Invoice]:
        """Invoices by the ERP's id, which is what Credira is asked with."""
        return {invoice.remote_id: invoice for invoice in self.invoices}

    @cached_property
    def voice_calls(self) -> dict[str, tuple[Invoice, VoiceCall]]:
        """Credira's calls by id, each with the invoice it is about."""
        return {
            call.id: (invoice, call) for invoice in self.invoices for call in invoice.voice_calls
        }

    @cached_property
    def callouts(self) -> dict[str, tuple[Invoice, Callout]]:
        """Credira's callouts by id, each with the invoice it is about."""
        return {
            callout.id: (invoice, callout)
            for invoice in self.invoices
            for callout in invoice.callouts
        }

    @cached_property
    def claims(self) -> dict[str, Claim]:
        """The invoices that Exante has, by its own uid."""
        if self._claims is not None:
            return {claim.uid: claim for claim in self._claims}
        showpiece = self.showpiece if self.invoices else None
        return {claim.uid: claim for claim in claims(self.invoices, showpiece, self.seed)}

    @cached_property
    def telephony(self) -> Telephony:
        """What the company has at Yeti, as of the last noon."""
        return _telephony(self.founded, self.seed).lived(self.day)

    @property
    def showpiece(self) -> Invoice:
        """The invoice with the longest story: INV-1042 where there are so many invoices."""
        return next(one for one in self.invoices if one.index == self._showpiece_index)

    @property
    def _showpiece_index(self) -> int:
        return min(self.founded, SHOWPIECE_INDEX)


@lru_cache(maxsize=4)
def _telephony(invoices: int, seed: int) -> Telephony:
    """Build it once for all days."""
    return Telephony.build(invoices, seed)


def _customers(
    invoices: int, seed: int, rng: Random
) -> tuple[tuple[Customer, ...], list[Customer]]:
    """Make customers with three to nine invoices each, and say who owns which invoice."""
    customers: list[Customer] = []
    owners: list[Customer] = []
    while len(owners) < invoices:
        index = len(customers) + 1
        parent = customers[-1] if customers and rng.random() < 0.1 else None
        customers.append(make_customer(index, Random(f"{seed}/customer/{index}"), parent))
        owners += [customers[-1]] * rng.randint(3, 9)
    del owners[invoices:]
    rng.shuffle(owners)
    return tuple(customers), owners


def _scenes(plots: list[Plot], owners: list[Customer], seed: int) -> list[Scene]:
    """Tell every invoice's own story."""
    scenes: list[Scene] = []
    numbers = _reissued(plots, owners)
    for index, (plot, owner) in enumerate(zip(plots, owners, strict=True), 1):
        rng = Random(f"{seed}/invoice/{index}")
        written = bill(index, owner, rng, plot.kind)
        if index in numbers:
            written = attrs.evolve(written, number=numbers[index])
        # Four days at least: a weekend may push the start, and it must not pass today.
        ago = max(4, written.terms + plot.span + rng.randint(0, plot.slack))
        scene = Scene(written, rng, office_time(TODAY - timedelta(days=ago), rng))
        plot.tell(scene)
        scenes.append(scene)
    return scenes


def _reissued(plots: list[Plot], owners: list[Customer]) -> dict[int, str]:
    """Give one invoice the number of a voided one of the same customer.

    Numbers are not promised to be unique, and a reader must not take one for a key.
    """
    for index, (plot, owner) in enumerate(zip(plots, owners, strict=True), 1):
        if plot.name != "voided":
            continue
        for other in range(len(plots), 0, -1):
            usual = plots[other - 1].kind == "receivable" and plots[other - 1] is not SHOWPIECE
            if other != index and owners[other - 1] is owner and usual:
                return {other: f"INV-{1000 + index}"}
    return {}
