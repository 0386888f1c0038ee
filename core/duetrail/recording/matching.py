"""Matching: whether a request is the one on a cassette.

A cassette has no secrets: where one was taken out, any text matches.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from duetrail.recording.interactions import media
from duetrail.secrets import HIDDEN, redact, redacted


def same_address(asked: Any, kept: Any) -> bool:
    """Host, path and query, however they are escaped and ordered."""
    one, other = urlsplit(redact(asked.uri)), urlsplit(kept.uri)
    return (
        (one.scheme, one.netloc) == (other.scheme, other.netloc)
        and _fits(_parts(one.path), _parts(other.path))
        and _fits(_pairs(one.query), _pairs(other.query))
    )


def _parts(path: str) -> list[str]:
    return [unquote(part) for part in path.split("/")]


def _pairs(query: str) -> list[list[str]]:
    return sorted(list(pair) for pair in parse_qsl(query, keep_blank_values=True))


def same_media(asked: Any, kept: Any) -> bool:
    """The media types of the request."""
    return media(asked.headers) == media(kept.headers)


def same_content(asked: Any, kept: Any) -> bool:
    """The body, JSON in any order of its keys."""
    return _fits(_content(asked), _content(kept))


def _content(request: Any) -> Any:
    if not request.body:
        return None
    try:
        return redacted(json.loads(request.body))
    except ValueError:
        return redact(request.body.decode(errors="replace"))


def _fits(asked: Any, kept: Any) -> bool:
    """Whether these are the same but for the secrets, of which a cassette has none."""
    if kept == HIDDEN:
        return True
    if isinstance(kept, dict):
        return (
            isinstance(asked, dict)
            and asked.keys() == kept.keys()
            and all(_fits(asked[key], part) for key, part in kept.items())
        )
    if isinstance(kept, list):
        return isinstance(asked, list) and len(asked) == len(kept) and all(map(_fits, asked, kept))
    if isinstance(kept, str) and HIDDEN in kept:
        pattern = ".+".join(map(re.escape, kept.split(HIDDEN)))
        return isinstance(asked, str) and re.fullmatch(pattern, asked, re.DOTALL) is not None
    return bool(asked == kept)
