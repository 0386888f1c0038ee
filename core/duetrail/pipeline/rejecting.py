"""Reject an item: it is kept whole, with the reason and the JSON path."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec

from duetrail.errors import BadItem
from duetrail.model.made_ids import is_short
from duetrail.pipeline.batch import Rejected
from duetrail.pipeline.documents import Document, steady
from duetrail.pipeline.items import Found
from duetrail.pipeline.surroundings import within
from duetrail.source import Resource, Shard

# What is no JSON of its own, `UnrepresentableNumber`, is its text.
_json = msgspec.json.Encoder(decimal_format="number", order="deterministic", enc_hook=str).encode


def as_json(raw: Any) -> bytes:
    """Parsed JSON, written the same in whatever order its keys stand."""
    try:
        return _json(raw)
    except RecursionError:  # nested too deeply to be written again: it is whole on the kept page
        return b"null"


def is_nameless(found: Found) -> bool:
    """Whether an item has no id, and its shape needs none."""
    return found.id is None and not found.wrong and not found.place.shape.needs_id


def is_usable(id: str) -> bool:
    """Whether a text can be the id of an item."""
    return is_short(id) and "\0" not in id


def rejected(
    found: Found, resource: Resource, shard: Shard, error: BadItem, document: Document
) -> Rejected:
    """An item that could not be mapped.

    Args:
        found: What stands there.
        resource: The resource it was fetched for.
        shard: The shard its page belongs to.
        error: Why.
        document: The top-level object it stands in, or is.
    """
    shape, raw, item = found.place.shape, found.own, found.id
    encoded, content = as_json(raw), as_json(steady(raw, resource.volatile))
    if item and not is_usable(item):
        item = None
    around = within(found, shard)
    identity = _json((around, item or "")) + content
    return Rejected(
        shape=shape,
        key=blake2b(identity, digest_size=16).hexdigest(),
        within=around,
        item=item,
        path=found.path,
        json_path=error.path,
        reason=error.reason,
        raw=encoded,
        document=document,
    )
