"""What stands inside an object is there as long as that is, whatever becomes of it."""

import random

import pytest

from duetrail.source import Resource, Skip


@pytest.fixture
def desk(toy, project):
    """Syncs objects that are invoices or calls by their kind, or none, with emails inside."""
    shapes = (
        toy.shape("invoice", where={"kind": "invoice"}),
        toy.shape("call", path="$.invoices[*]", where={"kind": "call"}),
        toy.shape("in.email"),
    )
    connection = toy.connect(source=toy.declaring(Resource(name="invoices", shapes=shapes)))

    def kept(item, connection):
        if getattr(item.wire, "state", "") == "test":
            return [Skip("test")]
        return [item.shape.record(connection=connection.name, id=item.id)]

    def show(*rows):
        pages = [toy.page({"invoices": list(rows)})]
        project.run(toy.hooked(map_item=kept, fetch=lambda shard, **_: pages), connection)
        found = project.rows("SELECT id FROM absent WHERE record = 'emails'")
        return sorted(id for (id,) in found)

    return show


def one(id, kind, *emails, state="open"):
    return {"id": id, "kind": kind, "state": state, "emails": [{"id": each} for each in emails]}


@pytest.mark.parametrize("before", ["open", "test"])
@pytest.mark.parametrize("after", ["open", "test"])
@pytest.mark.parametrize("left", [["e1", "e2"], ["e1"]], ids=["all", "some"])
def test_what_stands_in_an_object_stays_as_long_as_that_is_listed(desk, before, after, left):
    """Of whichever shape it is, and whether a record or none; then it goes with it."""
    assert desk(one("i1", "invoice", "e1", "e2", state=before)) == []
    assert desk(one("i1", "call", *left, state=after)) == []
    assert desk(one("i1", "call", *left, state=after)) == []
    assert desk(one("i9", "call")) == ["e1", "e2"]


@pytest.mark.parametrize("states", [(5,), ("open", 5), (5, "open"), (5, "test", 5), ("test", 5)])
def test_what_stands_in_a_bad_item_goes_with_it(desk, states):
    """Whatever the object around was before; and comes back with it."""
    other = one("i9", "call")
    for state in states:
        assert desk(one("i1", "invoice", "e1", state=state), other) == []
    assert desk(other) == ["e1"]
    assert desk(one("i1", "invoice", "e1", state=states[-1]), other) == []


@pytest.mark.parametrize("seed", range(4))
def test_an_email_is_absent_when_nothing_that_it_stood_in_is_listed(desk, seed):
    """Whatever is listed in which order; a reading with a bad item proves nothing."""
    chance, there = random.Random(seed), {}
    for _ in range(7):
        emails = chance.sample(["e1", "e2", "e3"], 3)
        listed = chance.sample(["i1", "i2", "i3"], chance.randrange(4))
        rows = [
            one(
                id,
                chance.choice(["invoice", "call"]),
                *[emails.pop() for _ in range(min(len(emails), chance.randrange(3)))],
                state=chance.choice(["open", "open", "test", 5]),
            )
            for id in listed
        ]
        absent = desk(*rows)
        if all(row["state"] != 5 for row in rows):
            there |= {(id, email): False for id, email in there if id not in listed}
        there |= {(row["id"], email["id"]): True for row in rows for email in row["emails"]}
        shown = {email for (_, email), is_there in there.items() if is_there}
        assert absent == sorted({email for _, email in there} - shown)
