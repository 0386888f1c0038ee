"""Cropping: of a page on which little is new, only that is kept.

What the store knows already stands on the page that it was kept with. On the later page it is
`null`, so that every JSON path of the rest stays as it was.
"""

from __future__ import annotations

from collections.abc import Collection

from duetrail.pipeline.outer_objects import takes_documents
from duetrail.pipeline.slices import Slice, slices
from duetrail.source import Resource

_NULL = b"null"


def cropped(resource: Resource, body: bytes, paths: Collection[str]) -> bytes:
    """A page's body with `null` in place of some of its documents.

    Args:
        resource: What the page shows.
        body: Its JSON, known to be valid.
        paths: The JSON paths of the documents that stay.

    Returns:
        The body as it is where a document's bytes cannot be told from those around it, or where
        the mapping of another one reads them.
    """
    parts = None if takes_documents(resource) else slices(resource, body)
    if parts is None:
        return body
    result = _without(body, parts, paths)
    return result if _is_right(slices(resource, result), parts, paths) else body


def _without(body: bytes, parts: Collection[Slice], paths: Collection[str]) -> bytes:
    kept, at = [], 0
    for part in parts:
        text = bytes(part.body)
        begin = body.find(text, at)
        if begin < 0:  # of several lists the later may stand before the earlier
            return body
        kept += [body[at:begin], text if part.path in paths else _NULL]
        at = begin + len(text)
    return b"".join([*kept, body[at:]])


def _is_right(
    found: Collection[Slice] | None, parts: Collection[Slice], paths: Collection[str]
) -> bool:
    """Whether just these documents were taken out: equal bytes may stand before a list, too."""
    wanted = [(p.path, bytes(p.body) if p.path in paths else _NULL) for p in parts]
    return found is not None and [(one.path, bytes(one.body)) for one in found] == wanted
