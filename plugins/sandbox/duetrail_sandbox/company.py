"""The made-up company: built from two numbers, the same on any machine at any time."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from functools import cached_property
from random import Random

import attrs
from attrs import frozen

from duetrail_sandbox.billing import bill
from duetrail_sandbox.cast import customer
from duetrail_sandbox.claims import Claim
from duetrail_sandbox.clock import TODAY, office_time
from duetrail_sandbox.correspondence import claims
from duetrail_sandbox.invoices import Invoice
from duetrail_sandbox.joint import tell_together
from duetrail_sandbox.people import Customer
from duetrail_sandbox.plots import Plot, deal
from duetrail_sandbox.showpiece import SHOWPIECE
from duetrail_sandbox.story import Scene
from duetrail_sandbox.telephony import Telephony
from duetrail_sandbox.touches import Callout, VoiceCall

__all__ = ["SHOWPIECE_INDEX", "Company"]

# INV-1042 is the invoice that the documentation likes to show.
SHOWPIECE_INDEX = 42


@frozen(slots=False, eq=False)
class Company:
    """One company with its customers and invoices.

    ``invoices`` is in the order of the ERP's numbers. The look-ups are by the id each vendor
    is asked with: Stuut's own, and for Credira the ERP's.
    """

    seed: int
    customers: tuple[Customer, ...]
    invoices: tuple[Invoice, ...]

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
        return cls(seed, customers, tuple(scene.close() for scene in scenes))

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
        showpiece = self.showpiece if self.invoices else None
        return {claim.uid: claim for claim in claims(self.invoices, showpiece, self.seed)}

    @cached_property
    def telephony(self) -> Telephony:
        """The company's accounts and bills at Yeti."""
        return Telephony.build(len(self.invoices), self.seed)

    @property
    def showpiece(self) -> Invoice:
        """The invoice with the longest story: INV-1042 where there are so many invoices."""
        return self.invoices[min(len(self.invoices), SHOWPIECE_INDEX) - 1]


def _customers(
    invoices: int, seed: int, rng: Random
) -> tuple[tuple[Customer, ...], list[Customer]]:
    """Make customers with three to nine invoices each, and say who owns which invoice."""
    customers: list[Customer] = []
    owners: list[Customer] = []
    while len(owners) < invoices:
        index = len(customers) + 1
        parent = customers[-1] if customers and rng.random() < 0.1 else None
        customers.append(customer(index, Random(f"{seed}/customer/{index}"), parent))
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
