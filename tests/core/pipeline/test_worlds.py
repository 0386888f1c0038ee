"""Random vendors, read again and again: what is recognised changes nothing but the work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import pytest
from attrs import define, evolve, field
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from duetrail.pipeline.documents import knows_none
from duetrail.stores import Changes, open_store
from duetrail.stores.history import content_of
from duetrail.stores.situation import Past
from support.nightly import examples
from support.postgres import server

Json = dict[str, Any]


@define
class Vendor:
    """A vendor whose invoices change, go and come back between readings.

    Attributes:
        random: What decides.
        gives_versions: Whether it says which of two copies is newer.
        number: How often it was read.
    """

    random: Random
    gives_versions: bool
    number: int = 0
    _listed: dict[str, Json] = field(factory=dict)
    _gone: dict[str, Json] = field(factory=dict)

    def pages(self) -> list[tuple[str, Json]]:
        """What one reading shows: resources and pages."""
        self.number += 1
        stale = [row for id in ("i1", "i2", "i3") for row in self._change(id)]
        rows = [*self._listed.values(), *stale]
        self.random.shuffle(rows)
        most = self.random.randint(1, 3)
        pages = [("invoices", rows[at : at + most]) for at in range(0, len(rows), most)]
        customers = [self._thing(customer) for customer in self._some("u1", "u2")]
        return [(name, {name: some}) for name, some in [*pages, ("customers", customers)]]

    def _change(self, id: str) -> Iterator[Json]:
        """Change an invoice, or let it go; what is still shown of it as it was."""
        chance = self.random.random()
        before = self._listed.pop(id, None) or self._gone.pop(id, None)
        if before is not None and chance < 0.2:
            self._gone[id] = before
        elif before is not None and chance < 0.6:
            self._listed[id] = before  # just as it was, or just as it was when it went
        else:
            self._listed[id] = self._invoice(id)
            if before is not None and chance < 0.75:
                yield before
        if chance > 0.9:
            yield self._listed[id]

    def _invoice(self, id: str) -> Json:
        inside: Json = {
            "emails": [self._thing(email) for email in self._some("e1", "e2")],
            "calls": [self._call(call) for call in self._some("c1", "c2")],
        }
        if self.random.random() < 0.8:
            inside["customer"] = self._thing(self.random.choice(["u1", "u2"]))
        state = self.random.choice(["open", "open", "open", "test"])
        return self._versioned({"id": id, "state": state, **inside}, self.number)

    def _some(self, *ids: str) -> list[str]:
        return [id for id in ids if self.random.random() < 0.5]

    def _call(self, id: str) -> Json:
        call = self._thing(id)
        is_planned, is_bad = int(call["name"]) % 2, self.random.random() < 0.1
        return call | {"state": "planned" if is_planned else "done", "seconds": -1 if is_bad else 1}

    def _thing(self, id: str) -> Json:
        """Something that is told of in several places, in each as it was at some time."""
        number = self.random.randint(1, self.number)
        words = {"subject": str(number), "name": str(number), "colour": str(number)}
        return self._versioned({"id": id, **words}, number)

    def _versioned(self, thing: Json, version: int) -> Json:
        return thing | {"revision": version} if self.gives_versions else thing


def _read(toy: Any, ledger: Any, pages: Sequence[tuple[str, Json]], group: int) -> None:
    """Read pages, so many in one commit; what is recognised is left alone where they are many."""
    ledger.run()
    committer = ledger.committer
    known = committer.known if group > 1 else knows_none
    for at in range(0, len(pages), group):
        batches = [toy.batch(page, name, known=known) for name, page in pages[at : at + group]]
        committer.commit(*((batch, None) for batch in batches))
    run = len(ledger.column("runs", "run"))
    for name in ("invoices", "customers"):
        committer.end_listing(toy.connection, toy.source.resource(name), run, ["all"])
    with ledger.store.transaction():
        ledger.store.drop_superseded()


def _says(ledger: Any) -> Any:
    tables = ("invoices", "parties", "emails", "calls", "callouts")
    gone = {table: list(map(bool, ledger.column(table, "absent_since"))) for table in tables}
    return ledger.digest, ledger.links(), gone


@settings(max_examples=examples(15, 300), deadline=None, suppress_health_check=list(HealthCheck))
@example(seed=4079, versions=False, group=2)  # what once differed and does no more
@example(seed=8824, versions=False, group=2)  # two objects with one id differ in `extra` alone
@example(seed=330, versions=True, group=2)  # an older copy brings back what was missing
@example(seed=8378270, versions=True, group=2)  # a derived record goes and is back in one commit
@example(seed=191135378, versions=True, group=2)  # an older copy is met in another document
@given(st.integers(0, 2**32), st.booleans(), st.integers(2, 3))
def test_recognising_grouping_and_order_make_no_difference(
    toy: Any, ledgers: Callable[[], Any], seed: int, versions: bool, group: int
) -> None:
    """A store that maps every page, one by one, and one that does neither say the same.

    The second gets the pages in another order, several in a transaction, and maps only what it
    does not know.
    """
    vendor, order = Vendor(Random(seed), versions), Random(seed)
    plain, quick = ledgers(), ledgers()
    for _ in range(4):
        pages = vendor.pages()
        _read(toy, plain, pages, 1)
        _read(toy, quick, order.sample(pages, len(pages)), group)
        assert _says(plain) == _says(quick)


def _told(past: Past) -> tuple[str, int]:
    row, links = past
    return content_of(row, links), row.changed_run


def _check_past(store: Any) -> None:
    """Have a store check what it is told of the past, before it writes anything."""
    apply = store.apply

    def checked(changes: Changes) -> None:
        stored = store._past_before(changes.past, changes.run + 1)
        told = {ref: _told(past) for ref, past in changes.past.items()}
        assert told == {row.ref: _told((row, links)) for row, links in stored}
        assert changes.known <= told.keys()
        apply(changes)

    store.apply = checked


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@settings(max_examples=examples(5, 100), deadline=None, suppress_health_check=list(HealthCheck))
@example(seed=8378270, versions=True, group=2)  # a derived record goes and is back in one commit
@given(seed=st.integers(0, 2**32), versions=st.booleans(), group=st.integers(2, 9))
def test_a_decision_passes_on_what_is_stored(
    toy: Any, ledgers: Callable[[], Any], kind: str, seed: int, versions: bool, group: int
) -> None:
    """Of each record that it replaces: its row and all links, though pages before touched them."""
    vendor, ledger = Vendor(Random(seed), versions), ledgers()
    if kind == "postgresql":
        ledger = evolve(ledger, store=open_store(server().new_url(), create=True), committers=[])
    _check_past(ledger.store)
    for _ in range(4):
        _read(toy, ledger, vendor.pages(), group)
    if kind == "postgresql":
        ledger.store.close()
