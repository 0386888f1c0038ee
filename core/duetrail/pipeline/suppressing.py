"""A mapped page without the people who were erased, before anything is compared or written."""

from __future__ import annotations

from collections import Counter

from attrs import evolve
from msgspec.structs import replace

from duetrail.pipeline.batch import Batch, Mapped, Rejected
from duetrail.pipeline.spelling import respelled
from duetrail.privacy.suppression import Suppression


def suppressed(batch: Batch, suppression: Suppression) -> Batch:
    """The batch without the people; an object whose very id is a person is left out."""
    if not suppression:
        return batch
    kept = [one for one in batch.mapped if not suppression.is_personal_id(one.rows[0].id)]
    gone = len(batch.mapped) - len(kept)
    return evolve(
        batch,
        shard=evolve(batch.shard, name=suppression.lines(batch.shard.name)),
        mapped=tuple(_mapped(one, suppression) for one in kept),
        rejected=tuple(_rejected(one, suppression) for one in batch.rejected),
        skipped=batch.skipped + Counter({"a person who was erased": gone} if gone else {}),
    )


def _mapped(mapped: Mapped, suppression: Suppression) -> Mapped:
    is_personal_id = suppression.is_personal_id
    return replace(
        respelled(mapped),  # no longer possible without the people
        item=suppression.label(mapped.item),
        within=suppression.lines(mapped.within),
        rows=tuple(suppression.row(row) for row in mapped.rows if not is_personal_id(row.id)),
        links=tuple(
            one for one in mapped.links if not any(is_personal_id(ref.id) for ref in one[:2])
        ),
    )


def _rejected(rejected: Rejected, suppression: Suppression) -> Rejected:
    return evolve(
        rejected,
        within=suppression.lines(rejected.within),
        item=rejected.item and suppression.label(rejected.item),
        json_path=suppression.text(rejected.json_path),
        reason=suppression.text(rejected.reason),
        raw=suppression.body(rejected.raw),
    )
