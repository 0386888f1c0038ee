"""Documents: what a page's top-level objects are known again by."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from operator import attrgetter, methodcaller
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from duetrail.model import Invoice, Ref
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.documents import is_recognised
from duetrail.pipeline.fingerprint import fingerprint
from duetrail.pipeline.mapping import map_page
from duetrail.source import Key, Shard, Skip

ONE = {"id": "i1", "gross": "1.00", "currency": "EUR"}
TWO = {"id": "i2", "gross": "2.00", "currency": "EUR"}


def _hashes(batch: Batch) -> list[bytes | None]:
    """What documents are recognised by."""
    return [one.hash if is_recognised(one.hash) else None for one in batch.documents]


def _page(toy: Any, *invoices: Any) -> Any:
    return toy.page({"invoices": list(invoices)})


def test_the_same_object_has_the_same_hash_on_any_page(toy: Any) -> None:
    """A document's hash does not depend on what stands beside it."""
    first = toy.batch({"invoices": [ONE, TWO]})
    second = toy.batch({"invoices": [TWO], "next": "x"})
    assert [d.path for d in first.documents] == ["$.invoices[0]", "$.invoices[1]"]
    assert _hashes(first)[1] == _hashes(second)[0] is not None


def test_a_changed_object_has_another_hash(toy: Any) -> None:
    """One changed value is enough."""
    assert _hashes(toy.batch({"invoices": [ONE]})) != _hashes(
        toy.batch({"invoices": [ONE | {"gross": "1.01"}]})
    )


def test_what_is_mapped_names_its_document(toy: Any) -> None:
    """Each mapped item and each reject carries the document it stands in."""
    batch = toy.batch({"invoices": [ONE, {"id": "bad", "currency": 1}]})
    assert [m.document for m in batch.mapped] == [batch.documents[0]]
    assert [r.document for r in batch.rejected] == [batch.documents[1]]
    assert batch.documents[0].items == 1


def test_a_document_with_a_reject_is_never_known_again(toy: Any) -> None:
    """What could not be mapped is looked at again each time."""
    assert _hashes(toy.batch({"invoices": [{"id": "bad", "currency": 1}]})) == [None]


def test_a_document_with_a_skip_is_never_known_again(toy: Any) -> None:
    """What was left out is counted each time."""
    plugin = toy.hooked(map_item=lambda item, connection: [Skip("no")])
    assert _hashes(toy.batch({"invoices": [ONE]}, plugin=plugin)) == [None]


@pytest.mark.parametrize(
    "look",
    [
        attrgetter("data"),
        attrgetter("url"),
        attrgetter("headers"),
        attrgetter("body"),
        attrgetter("unread"),
        methodcaller("only", "$.invoices[*].id"),
    ],
)
def test_a_mapping_that_looks_at_the_page_is_never_known_again(toy: Any, look: Any) -> None:
    """What else stands on the page may change what is made of the object, and of those after it.

    A plugin may keep what it has found for the rest of the page.
    """
    mapping = toy.plugin.implementations["map_item"]

    def looking(item: Any, connection: Any) -> Any:
        if item.id == "i1":
            look(item.page)
        return mapping(item=item, connection=connection)

    three = {"id": "i3"}
    batch = toy.batch({"invoices": [TWO, ONE, three]}, plugin=toy.hooked(map_item=looking))
    assert [hash is None for hash in _hashes(batch)] == [False, True, True]
    assert [m.document for m in batch.mapped] == list(batch.documents)


def test_a_mapping_that_asks_for_the_place_is_never_known_again(toy: Any) -> None:
    """The same object may stand elsewhere on the next page; of its items inside, too."""
    mapping = toy.plugin.implementations["map_item"]

    def asking(item: Any, connection: Any) -> Any:
        assert item.path.startswith("$.invoices[")
        return mapping(item=item, connection=connection)

    batch = toy.batch({"invoices": [ONE]}, plugin=toy.hooked(map_item=asking))
    assert _hashes(batch) == [None]
    assert [m.path for m in batch.mapped] == ["$.invoices[0]"]


def test_what_is_known_is_not_mapped(toy: Any) -> None:
    """Known documents are asked for once a page, and left alone."""
    resource, shard = toy.source.resource("invoices"), Shard("invoices")
    (known,) = _hashes(toy.batch({"invoices": [TWO]}))
    asked: list[Sequence[bytes]] = []

    def knows(hashes: Sequence[bytes]) -> set[bytes]:
        asked.append(hashes)
        return {known} if known else set()

    batch = map_page(toy.plugin, toy.connection, resource, shard, _page(toy, ONE, TWO), known=knows)
    assert len(asked) == 1
    assert known in asked[0]
    assert batch.known == (known,)
    assert [m.item for m in batch.mapped] == ["i1"]
    assert not batch.is_empty


def test_only_some_documents_are_mapped(toy: Any) -> None:
    """Those with the hashes that are asked for, and no others, however well they are known."""
    resource, shard = toy.source.resource("invoices"), Shard("invoices")
    (wanted,) = _hashes(toy.batch({"invoices": [TWO]}))
    assert wanted is not None
    batch = map_page(
        toy.plugin, toy.connection, resource, shard, _page(toy, ONE, TWO), only=[wanted]
    )
    assert [(m.item, m.path) for m in batch.mapped] == [("i2", "$.invoices[1]")]
    assert batch.known == ()


def test_the_key_is_part_of_the_hash(toy: Any) -> None:
    """The same answer to a key whose invoices changed makes other links."""
    resource = toy.source.resource("invoices")
    invoice = Ref("echo", Invoice.table, "i9")

    def asked(key: Key) -> list[bytes | None]:
        shard = Shard("invoices", key.value, key)
        return _hashes(map_page(toy.plugin, toy.connection, resource, shard, _page(toy, ONE)))

    assert asked(Key("k")) == asked(Key("k"))
    assert asked(Key("k")) != asked(Key("k", invoices=(invoice,)))
    assert asked(Key("k")) != asked(Key("k", rows=(invoice,)))


def test_volatile_keys_are_no_part_of_the_hash(toy: Any) -> None:
    """A value that changes by itself makes no document another."""
    resource = evolve(toy.source.resource("invoices"), volatile=frozenset({"age"}))
    assert _hashes(toy.batch({"invoices": [ONE | {"age": 1}]}, resource)) == _hashes(
        toy.batch({"invoices": [ONE | {"age": 2}]}, resource)
    )


def test_the_fingerprint_changes_with_version_code_settings_and_transforms(toy: Any) -> None:
    """Whatever may change what comes out of a mapping makes it another one."""
    seen = {
        fingerprint(toy.plugin, toy.connection),
        fingerprint(evolve(toy.plugin, version="9"), toy.connection),
        fingerprint(toy.hooked(map_item=lambda item, connection: []), toy.connection),
        fingerprint(toy.plugin, evolve(toy.connection, transforms={"t": _same})),
        fingerprint(toy.plugin, evolve(toy.connection, base_url="http://127.0.0.2")),
        fingerprint(
            toy.plugin,
            evolve(toy.connection, options=evolve(toy.connection.options, answers="elsewhere")),
        ),
    }
    assert None not in seen
    assert len(seen) == 6
    assert fingerprint(toy.plugin, evolve(toy.connection)) in seen


def _same(record: Any) -> Any:
    return record


def test_the_fingerprint_changes_with_every_file_of_the_plugin(
    toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table of words that a plugin reads is a part of its mapping, too."""
    package = tmp_path / "tabled"
    package.mkdir()
    (package / "__init__.py").write_text("def map_item(item, connection):\n    return []\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = set()
    for words in ("paid", "open"):
        (package / "words.json").write_text(f'["{words}"]')
        monkeypatch.delitem(sys.modules, "tabled", raising=False)
        tabled = importlib.import_module("tabled")
        found.add(fingerprint(toy.hooked(map_item=tabled.map_item), toy.connection))
    assert None not in found
    assert len(found) == 2
