"""What has to be known to decide on pages: the question that a store answers in one read."""

from __future__ import annotations

from collections.abc import Iterable

from duetrail.model import Ref
from duetrail.pipeline.batch import Batch, Rejected
from duetrail.pipeline.reject_decisions import reject_key
from duetrail.stores import Place, Question, RejectKey


def question(batches: Iterable[Batch]) -> Question:
    """What has to be known to decide on some batches."""
    sights: dict[Ref, list[tuple[Place, bytes | None]]] = {}
    rows: set[Ref] = set()
    rejects: set[RejectKey] = set()
    mapped: dict[tuple[str, str], list[str]] = {}
    for batch in batches:
        resource = batch.resource.name
        for one in batch.mapped:
            seen = ((resource, one.shape.name, one.within), one.hash)
            sights.setdefault(one.rows[0].ref, []).append(seen)
            if len(one.rows) > 1:
                rows.update(row.ref for row in one.rows[1:])
        ids = mapped.setdefault((batch.connection.name, resource), [])
        ids.extend([one.item for one in batch.mapped])
        for bad in batch.rejected:
            rejects.add(reject_key(batch, bad))
            if bad.item:  # it may have been good before
                place = good_place(batch, bad)
                sights.setdefault(good_ref(batch, bad), []).append((place, None))
    return Question(sights, frozenset(rows), frozenset(rejects), mapped)


def good_ref(batch: Batch, rejected: Rejected) -> Ref:
    """The record that a reject would be, were it good."""
    return batch.connection.ref(rejected.shape.record, rejected.item or "")


def good_place(batch: Batch, rejected: Rejected) -> Place:
    """The place it would stand in."""
    return (batch.resource.name, rejected.shape.name, rejected.within)
