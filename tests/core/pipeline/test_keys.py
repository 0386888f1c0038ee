"""The keys of a keyed resource: distinct, complete, in portions, and never silently none."""

import pytest
from attrs import evolve

from duetrail.errors import ConfigError, FetchError
from duetrail.pipeline import plan
from duetrail.pipeline.plan import WHOLE, backfill_checkpoint, shards, without_key
from duetrail.pipeline.scope import Scope
from duetrail.source import KeySource
from duetrail.stores import Changes, Checkpoint
from duetrail.streams import Stream

NOW = "2026-01-01T00:00:00.000000Z"


def invoices(*rows):
    return {"invoices": list(rows)}


@pytest.fixture
def calls(toy):
    """The keyed resource `calls` of a connection whose keys come from there."""

    def make(**feed):
        connection = toy.connect(invoices=KeySource(**feed))
        return Stream(connection, toy.plugin, connection.source.resource("calls"))

    return make


def keys(stream, ledger):
    return [shard.key.value for shard in shards(stream, ledger.store)]


def test_from_rows(toy, ledger, calls):
    """Keys are the distinct values of a column, in order, each with the rows that hold it."""
    rows = [{"id": "i1", "number": "7"}, {"id": "i2", "number": "5"}, {"id": "i3", "number": "7"}]
    ledger.commit(toy.batch(invoices(*rows)))
    five, seven = shards(calls(connection="echo"), ledger.store)
    assert (five.name, five.key.value, seven.key.value) == ("5", "5", "7")
    assert [ref.id for ref in seven.key.rows] == ["i1", "i3"]
    assert seven.key.invoices == seven.key.rows


def test_the_user_may_name_another_column(toy, ledger, calls):
    """The user may name another column than the default."""
    ledger.commit(toy.batch(invoices({"id": "i1", "number": "7"})))
    assert keys(calls(connection="echo", column="id"), ledger) == ["i1"]


def test_only_of_that_connection(toy, ledger, calls):
    """Records of other connections give no keys."""
    other = evolve(toy.connection, name="other")
    page = toy.batch(invoices({"id": "i1", "number": "7"}))
    ledger.commit(page)
    stream = calls(connection="echo")
    assert keys(evolve(stream, connection=evolve(stream.connection, name="else")), ledger) == ["7"]
    with pytest.raises(FetchError):
        keys(calls(connection=other.name), ledger)


def test_without_key(toy, ledger, calls):
    """Records that hold no key are counted, and asked for by none."""
    rows = [{"id": "i1", "number": ""}, {"id": "i2"}, {"id": "i3", "number": "7"}]
    ledger.commit(toy.batch(invoices(*rows)))
    stream = calls(connection="echo")
    assert keys(stream, ledger) == ["7"]
    assert without_key(stream, ledger.store) == 2


def test_invoices_of_touches(toy, ledger):
    """Where keys are touches, the key's invoices are those they belong to."""
    planned = {"id": "c1", "state": "planned", "about": ["i2"]}
    ledger.commit(toy.batch(invoices({"id": "i1", "calls": [planned]})))
    replies = Stream(toy.connection, toy.plugin, toy.source.resource("replies"))
    (shard,) = shards(replies, ledger.store)
    assert shard.key.value == "call:c1"
    assert [ref.id for ref in shard.key.invoices] == ["i1", "i2"]


def test_listed_keys_keep_their_order(ledger, calls):
    """Listed keys keep their order, each once, and stand for no invoice."""
    stream = calls(values=("b", "a", "b"))
    assert keys(stream, ledger) == ["b", "a"]
    assert all(shard.key.invoices == () for shard in shards(stream, None))
    assert without_key(stream, ledger.store) == 0


def test_a_file_holds_a_key_a_line(tmp_path, ledger, calls):
    """A file holds a key a line; blank lines and repeats are left out."""
    path = tmp_path / "keys.txt"
    path.write_text("b\n\n  a \nb\n")
    assert keys(calls(file=path), ledger) == ["b", "a"]


def test_no_file(tmp_path, ledger, calls):
    """A file of keys that cannot be read is named."""
    with pytest.raises(ConfigError, match=r"gone\.txt"):
        keys(calls(file=tmp_path / "gone.txt"), ledger)


def test_never_read(ledger, calls):
    """Where nothing was ever read that could give keys, that is a failure with a way out."""
    with pytest.raises(FetchError, match="no invoices of 'echo' were ever read") as caught:
        keys(calls(connection="echo"), ledger)
    assert caught.value.hint == "Run `duetrail sync echo` first."


def test_read_and_empty(toy, ledger, calls):
    """Where the feeder was read and had none, there are no keys, and that is fine."""
    ledger.commit(toy.batch(invoices()), done="all")
    point = Checkpoint("echo", backfill_checkpoint("invoices"), WHOLE, 1, NOW, "done")
    ledger.store.apply(Changes(checkpoints=[point]))
    assert keys(calls(connection="echo"), ledger) == []


def test_another_resource_read(toy, ledger, calls):
    """That some other resource of the connection was read is no proof that there are none."""
    ledger.commit(toy.batch({"customers": [{"id": "u1"}]}, "customers"), done="all")
    with pytest.raises(FetchError):
        keys(calls(connection="echo"), ledger)


def test_in_portions(toy, ledger, calls, monkeypatch):
    """Keys are read a portion at a time, and all of them arrive."""
    monkeypatch.setattr(plan, "_PORTION", 2)
    ledger.commit(toy.batch(invoices(*({"id": f"i{n}", "number": str(n)} for n in range(7)))))
    portions = []
    read = ledger.store.values

    def values(query):
        portions.append(list(read(query)))
        return iter(portions[-1])

    monkeypatch.setattr(ledger.store, "values", values)
    assert keys(calls(connection="echo"), ledger) == [str(n) for n in range(7)]
    any_row, *found = [len(portion) for portion in portions]
    assert (any_row, found) == (1, [2, 2, 2, 1, 0])


def test_listed_in_portions(tmp_path, ledger, calls, monkeypatch):
    """Listed keys, too, are compared with what the store knows a portion at a time."""
    monkeypatch.setattr(plan, "_PORTION", 2)
    path = tmp_path / "keys.txt"
    path.write_text("\n".join("abcde"))
    asked = []
    known = ledger.store.checkpoints
    monkeypatch.setattr(
        ledger.store, "checkpoints", lambda query: asked.append(query.shards) or known(query)
    )
    assert keys(calls(file=path), ledger) == list("abcde")
    assert asked == [["a", "b"], ["c", "d"], ["e"]]


def test_portions_are_read_when_needed(toy, ledger, calls, monkeypatch):
    """The next portion is read when it is needed, so a million keys cost no memory."""
    monkeypatch.setattr(plan, "_PORTION", 2)
    ledger.commit(toy.batch(invoices(*({"id": f"i{n}", "number": str(n)} for n in range(7)))))
    going = shards(calls(connection="echo"), ledger.store)
    assert next(going).key.value == "0"
    ledger.commit(toy.batch(invoices({"id": "i9", "number": "99"})))
    assert [shard.key.value for shard in going][-1] == "99"


@pytest.mark.parametrize(
    ("state", "left"),
    [("done", ["5"]), ("unknown", ["5"]), ("failed", ["5", "7"]), ("incomplete", ["5", "7"])],
)
def test_answered_keys_are_left_out_when_resuming(toy, ledger, calls, state, left):
    """When resuming, keys that were answered since then are left out; the others are not."""
    rows = [{"id": "i1", "number": "7"}, {"id": "i2", "number": "5"}]
    ledger.commit(toy.batch(invoices(*rows)))
    with ledger.store.transaction():
        point = Checkpoint("echo", "calls", "7", 3, NOW, state)
        ledger.store.apply(Changes(checkpoints=[point]))
    stream = calls(connection="echo")
    assert [shard.name for shard in shards(stream, ledger.store, Scope(resumed=3))] == left
    assert [shard.name for shard in shards(stream, ledger.store, Scope(resumed=4))] == ["5", "7"]
    assert [shard.name for shard in shards(stream, ledger.store)] == ["5", "7"]
