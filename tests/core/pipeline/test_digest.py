"""The digest: what a store says, and nothing of how it came to say it."""

from itertools import permutations

import pytest

ROW = {
    "id": "i1",
    "number": "1",
    "currency": "EUR",
    "cents": 100,
    "emails": [{"id": "e1", "subject": "s", "about": ["i1"]}],
    "calls": [{"id": "c1", "state": "planned", "seconds": 5}],
}


def digest(toy, ledger, *rows):
    for row in rows:
        ledger.commit(toy.batch({"invoices": [row]}))
    return ledger.digest


def test_two_empty_stores_say_the_same(ledgers):
    """Two empty stores say the same."""
    assert ledgers().digest == ledgers().digest


def test_the_order_of_records_does_not_matter(toy, ledgers):
    """The order in which records came does not matter."""
    rows = [{**ROW, "id": id} for id in ("i1", "i2", "i3")]
    assert len({digest(toy, ledgers(), *order) for order in permutations(rows)}) == 1


def test_batching_does_not_matter(toy, ledgers):
    """Nor does how many came together."""
    one, other = ledgers(), ledgers()
    rows = [ROW, {**ROW, "id": "i2"}]
    one.commit(toy.batch({"invoices": rows}))
    assert one.digest == digest(toy, other, *rows)


def test_runs_pages_and_checkpoints(toy, ledgers):
    """Nor do runs, pages and checkpoints."""
    one, other = ledgers(), ledgers()
    digest(toy, one, {**ROW, "revision": 1}, {**ROW, "revision": 2})
    for _ in range(3):
        other.run()
    other.commit(toy.batch({"invoices": [{**ROW, "revision": 2}]}, shard="part"), done="part")
    assert one.count("pages") != other.count("pages")
    assert one.digest == other.digest


@pytest.mark.parametrize(
    "row",
    [
        {**ROW, "number": "2"},
        {**ROW, "cents": 101},
        {**ROW, "currency": "USD"},
        {**ROW, "currency": None},
        {**ROW, "state": "paid"},
        {**ROW, "id": "i2"},
        {**ROW, "emails": []},
        {**ROW, "emails": [{"id": "e1", "subject": "t", "about": ["i1"]}]},
        {**ROW, "emails": [{"id": "e1", "subject": "s", "about": ["i2"]}]},
        {**ROW, "calls": [{"id": "c1", "state": "completed", "seconds": 5}]},
        {**ROW, "calls": [{"id": "c1", "state": "planned", "seconds": None}]},
        {**ROW, "customer": {"id": "u1"}},
        {**ROW, "number": 1},
    ],
    ids=lambda row: str({key: value for key, value in row.items() if ROW.get(key) != value}),
)
def test_every_value_counts(toy, ledgers, row):
    """Every value, link and reject counts."""
    assert digest(toy, ledgers(), ROW) != digest(toy, ledgers(), row)


def test_rejects_count(toy, ledgers):
    """So does what a reject holds, and why."""
    bad = [{"id": "i1", "number": 1}, {"id": "i1", "number": 2}, {"id": "i1", "state": 1}]
    assert len({digest(toy, ledgers(), row) for row in bad}) == 3


def test_child_rows_count(toy, ledgers):
    """So do child rows, and their order."""
    from duetrail.model import Invoice, InvoiceLine

    def lines(*names):
        made = tuple(InvoiceLine(name=name) for name in names)
        return toy.hooked(
            map_item=lambda item, connection: [
                Invoice(connection=connection.name, id=item.id, lines=made)
            ]
        )

    found = set()
    for names in ((), ("a",), ("a", "b"), ("b", "a")):
        ledger = ledgers()
        ledger.commit(toy.batch({"invoices": [{"id": "i1"}]}, plugin=lines(*names)))
        found.add(ledger.digest)
    assert len(found) == 4
