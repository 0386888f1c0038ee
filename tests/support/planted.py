"""A world of touches that name no invoice, with the truth known: the sandbox's, and traps in it.

Invoices and customers are those of the sandbox's Stuut. Its emails and calls are taken away from
them, as if a mailbox and a telephone system had them, and traps are planted among them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any, TypeVar, cast

from attrs import evolve, frozen

from duetrail import api
from duetrail.config import TouchRule, read_config
from duetrail.model import Call, Direction, Email, Invoice, Party, Record, Ref
from duetrail.pipeline.summary import RuleSummary
from duetrail.stores import Changes, LinkQuery, RecordQuery, Store, from_row, open_store, to_row
from duetrail.trail import link_touches
from duetrail.trail.evidence import contacts_of_party, spellings
from duetrail_sandbox.server import Sandbox

R = TypeVar("R", bound=Record)
Truth = Mapping[Ref, frozenset[Ref]]

RULES = (
    TouchRule("number in the subject", "number", ("mailbox", "emails"), ("books", "number")),
    TouchRule("address of the customer", "contact", ("mailbox", "emails"), ("books", "")),
    TouchRule("telephone of the customer", "contact", ("telephony", "calls"), ("books", "")),
    TouchRule("same thread", "thread", ("mailbox", "emails")),
)

# How many in a hundred get a trap.
_SHARED, _QUOTING, _SILENT = 12, 15, 15


@frozen
class World:
    """Records, and which touch is about which invoices.

    Attributes:
        invoices: All invoices, look-alikes included.
        parties: The customers.
        emails: Those of the mailbox.
        calls: Those of the telephone system.
        truth: The invoices of each touch; none for a touch about none of them.
    """

    invoices: Sequence[Invoice]
    parties: Sequence[Party]
    emails: Sequence[Email]
    calls: Sequence[Call]
    truth: Truth

    @property
    def records(self) -> list[Record]:
        """Everything that is stored."""
        return [*self.invoices, *self.parties, *self.emails, *self.calls]


@frozen
class Measured:
    """What a rule came to in a world.

    Attributes:
        rule: The rule's own count.
        right: How many of its links are true.
        touches: How many touches of its table are about an invoice.
        found: How many of these any rule has linked rightly.
    """

    rule: RuleSummary
    right: int
    touches: int
    found: int


def planted(folder: Path, invoices: int, seed: int) -> World:
    """The sandbox's company, with traps: shared telephones, quoted numbers, look-alikes."""
    file = folder / "duetrail.toml"
    with Sandbox(invoices=invoices, seed=seed, vendors=("stuut",)) as sandbox:
        file.write_text(sandbox.config, encoding="utf-8")
        api.sync(config=read_config(file), workers=1)
    rng = Random(seed)
    with closing(open_store(f"sqlite:///{folder}/duetrail.db")) as store:
        bills = [evolve(one, connection="books") for one in _all(store, Invoice)]
        parties = [evolve(one, connection="books") for one in _all(store, Party)]
        bare: dict[str, Any] = {"customer_id": None, "callout_id": None, "invoices": ()}
        emails = [evolve(one, connection="mailbox", **bare) for one in _all(store, Email)]
        calls = [evolve(one, connection="telephony", **bare) for one in _all(store, Call)]
        truth = _truth(store)
    parties, calls = _share_telephones(rng, parties, calls, bills, truth)
    emails = _quote_and_silence(rng, emails, bills)
    strangers, looking_alike = _look_alikes(rng, bills, parties)
    truth = {**truth, **{one.ref: frozenset() for one in strangers}}
    return World(
        [*bills, *looking_alike],
        parties,
        [*emails, *(one for one in strangers if isinstance(one, Email))],
        [*calls, *(one for one in strangers if isinstance(one, Call))],
        truth,
    )


def measured(store: Store, world: World) -> tuple[Measured, ...]:
    """What the rules come to in a world: it is stored, linked, and compared with the truth."""
    rows = {record.ref: to_row(record) for record in world.records}
    with store.transaction():
        store.apply(Changes(rows=rows))
    changes = link_touches(store, RULES, run=1)
    links = list(store.links(LinkQuery(touches=world.truth)))
    right = [link for link in links if link.invoice in world.truth[link.touch]]
    found: dict[str, set[Ref]] = defaultdict(set)
    for link in right:
        found[link.touch.record].add(link.touch)
    told = []
    for rule, summary in zip(RULES, changes.touch_rules, strict=True):
        table = rule.touches[1]
        about = [ref for ref, invoices in world.truth.items() if invoices and ref.record == table]
        mine = sum(link.rule == rule.name for link in right)
        told.append(Measured(summary, mine, len(about), len(found[table])))
    return tuple(told)


# --- from the sandbox ----------------------------------------------------------------------------


def _all(store: Store, kind: type[R]) -> list[R]:
    return [cast("R", from_row(row)) for row in store.records(RecordQuery(kind.table))]


def _truth(store: Store) -> dict[Ref, frozenset[Ref]]:
    """Which touch is about which invoices, as Stuut says, under the names that they get here."""
    names = {"emails": "mailbox", "calls": "telephony"}
    found: dict[Ref, frozenset[Ref]] = {}
    for kind in (Email, Call):
        for one in _all(store, kind):
            links = store.links(LinkQuery(touches=[one.ref]))
            about = frozenset(link.invoice._replace(connection="books") for link in links)
            found[one.ref._replace(connection=names[kind.table])] = about
    return found


# --- traps ---------------------------------------------------------------------------------------


def _share_telephones(
    rng: Random, parties: list[Party], calls: list[Call], bills: Iterable[Invoice], truth: Truth
) -> tuple[list[Party], list[Call]]:
    """Pairs of customers that one telephone answers for, such as that of their accountant."""
    customer_of = {bill.ref: bill.customer_id for bill in bills}
    chosen = rng.sample(parties, max(2, len(parties) * _SHARED // 100 // 2 * 2))
    shared = {
        party.id: f"+1 202 555 {7000 + at // 2:04}" for at, party in enumerate(chosen)
    }  # two each

    def own(party: Party) -> Party:
        number = shared.get(party.id)
        if number is None:
            return party
        contacts = tuple(evolve(one, phone=number) for one in party.contacts)
        return evolve(party, phone=number, contacts=contacts)

    def answered(call: Call) -> Call:
        customers = {customer_of.get(invoice) for invoice in truth[call.ref]}
        number = next((shared[one] for one in sorted(filter(None, customers)) if one in shared), "")
        if not number:
            return call
        side = "from_number" if call.direction is Direction.INBOUND else "to_number"
        return evolve(call, **{side: number})

    return [own(party) for party in parties], [answered(call) for call in calls]


def _quote_and_silence(rng: Random, emails: list[Email], bills: Sequence[Invoice]) -> list[Email]:
    """Subjects that quote another invoice, too, and subjects that name none."""
    numbers = [bill.number for bill in bills if bill.number]

    def changed(email: Email) -> Email:
        dice = rng.randrange(100)
        if dice < _QUOTING:
            return evolve(email, subject=f"{email.subject} (as for {rng.choice(numbers)})")
        if dice < _QUOTING + _SILENT:
            return evolve(email, subject="Re: your message")
        return email

    return [changed(email) for email in emails]


def _look_alikes(
    rng: Random, bills: Sequence[Invoice], parties: Sequence[Party]
) -> tuple[list[Email | Call], list[Invoice]]:
    """Invoices, addresses and telephones that are nearly those of others; touches about none."""
    numbered = rng.sample([bill for bill in bills if bill.number], 20)
    others = [
        evolve(bill, id=f"{bill.id}-{at}", number=f"{bill.number}{end}", lines=(), allocations=())
        for at, bill in enumerate(numbered[:10])
        for end in ("0", "-2")
    ]
    strangers: list[Email | Call] = []
    for at, bill in enumerate(numbered):
        digits = (bill.number or "").rpartition("-")[2]
        subject = (
            f"Order no. {digits}",
            f"{digits}.00 USD for you",
            f"Ticket {bill.number}/7 is closed",
            f"PO {digits}, 10% off",
        )[at % 4]
        fields: dict[str, Any] = {"from_address": "news@shop.example", "sent_at": bill.issued_at}
        strangers.append(
            Email(connection="mailbox", id=f"stranger-{at}", subject=subject, **fields)
        )
    taken = frozenset().union(*map(contacts_of_party, parties))
    named = [party for party in parties if party.email and party.phone]
    for at, party in enumerate(rng.sample(named, min(20, len(named)))):
        when = bills[at].issued_at
        near = f"{party.phone}{at % 10}" if at % 2 else f"{(party.phone or '')[:-1]}{at % 10}"
        if not taken & {*spellings(near)}:
            fields = {"from_number": near, "direction": Direction.INBOUND, "started_at": when}
            strangers.append(Call(connection="telephony", id=f"stranger-{at}", **fields))
        fields = {"from_address": f"x{party.email}", "direction": Direction.INBOUND}
        strangers.append(
            Email(connection="mailbox", id=f"near-{at}", subject="Hello", sent_at=when, **fields)
        )
    return strangers, others
