"""A page that stays bytes becomes what its tree becomes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duetrail.errors import ProtocolError
from duetrail.http.body import decode
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.mapping import map_page
from duetrail.source import Page, Shard, Unread
from support.nightly import examples

_scalars = st.sampled_from(
    ["i1", "i2", "", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.1234567+02:00", "planned"]
) | st.sampled_from([None, True, 0, 7, 1.5, 2**65, "1.50", "\U0001f600", "a\nb"])
_odd = st.recursive(
    _scalars,
    lambda below: (
        st.lists(below, max_size=2)
        | st.dictionaries(st.sampled_from(["id", "name", "revision", "x"]), below, max_size=2)
    ),
    max_leaves=5,
)


def _object(**inside: Any) -> Any:
    """An object that is mostly as it should be."""
    right = {
        "id": st.sampled_from(["i1", "i2", 3]),
        "number": st.just("1"),
        "cents": st.integers(0, 9),
        "revision": st.integers(0, 3) | st.just("2026-01-02T03:04:05Z"),
        "state": st.sampled_from(["planned", "open"]),
        "from": st.just("a@example.net"),
        "age_days": st.integers(0, 3),
    }
    keys = st.sampled_from(["id", "name", "cents", "from", "planned", "revision", "x", *inside])
    return st.tuples(
        st.fixed_dictionaries({}, optional=right | inside), st.dictionaries(keys, _odd, max_size=1)
    ).map(lambda both: {**both[0], **both[1]})


_invoices = _object(
    customer=_object() | st.none(),
    emails=st.lists(_object() | _odd, max_size=2),
    calls=st.lists(_object(), max_size=2) | st.none(),
)
_pages = st.fixed_dictionaries({"invoices": st.lists(_invoices | _odd, max_size=3)})


def _told(batch: Batch) -> Any:
    """All that is made of a page, but for the hashes of documents."""
    mapped = [
        (m.shape, m.item, m.path, m.within, m.version, m.records, m.rows, m.links, m.raw, m.extra)
        for m in batch.mapped
    ]
    rejected = [
        (r.shape, r.key, r.within, r.item, r.path, r.json_path, r.reason, r.raw)
        for r in batch.rejected
    ]
    documents = [(d.path, d.items, d.hash is None) for d in batch.documents]
    hashes = [m.hash for m in batch.mapped]
    return mapped, rejected, batch.skipped, documents, hashes


@settings(
    max_examples=examples(60, 300), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(tree=_pages | _odd, indent=st.sampled_from([None, 1]), ascii=st.booleans())
def test_bytes_become_what_the_tree_becomes(
    toy: Any, tree: Any, indent: int | None, ascii: bool
) -> None:
    """Records, rows, links, rejects with their paths, skips and leftovers are the same."""
    body = json.dumps(tree, indent=indent, ensure_ascii=ascii).encode()
    page = Page(url="", status=200, headers={}, body=body, data=Unread(body, decode))
    resource = toy.source.resource("invoices")
    everything = (toy.plugin, toy.connection, resource, Shard("invoices"))
    try:
        wanted = _told(map_page(*everything, evolve(page, data=decode(body))))
    except ProtocolError as error:
        with pytest.raises(ProtocolError, match=f"^{error.message[:20]}"):
            map_page(*everything, page)
        return
    assert _told(map_page(*everything, page)) == wanted


def test_rows_alone_are_the_same(toy: Any) -> None:
    """Without the records, all else that is made of a page is the same, leftovers, too."""
    tree = {"invoices": [{"id": "i1", "cents": 5, "x": [1], "calls": [{"id": "c", "y": 2}]}]}
    everything = (toy.plugin, toy.connection, toy.source.resource("invoices"), Shard("invoices"))
    whole, rows = (map_page(*everything, toy.page(tree), rows_only=only) for only in (False, True))
    assert [m.records for m in rows.mapped] == [(), ()]
    assert [(m.rows, m.extra, m.hash) for m in rows.mapped] == [
        (m.rows, m.extra, m.hash) for m in whole.mapped
    ]
