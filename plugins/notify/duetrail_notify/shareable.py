"""The summary of a run without what tells of people.

Messages of errors hold neither secrets nor personal data (`duetrail.errors`), but they may name
the key that was asked for, and a key comes from a vendor's data. So a key is posted as `KEY`. What
plugins notice is their own text, so it is masked like a vendor's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from duetrail.http.masking import masked_message
from duetrail.json_tree import map_texts
from duetrail.secrets import redacted

KEY = "KEY"


def shareable(facts: Mapping[str, Any]) -> dict[str, Any]:
    """A summary without keys, and without secrets, of texts that UTF-8 has."""
    plain: dict[str, Any] = map_texts(redacted(dict(facts)), _encodable, keys=True)
    if "resources" in plain:
        plain["resources"] = [_without_keys(one) for one in plain["resources"]]
    if (shard := plain.get("shard")) and shard["whole"]:
        plain["shard"] = {**shard, "whole": shareable(shard["whole"])}
    return plain


def _encodable(text: str) -> str:
    """A text without halves of characters, as of a file's name that is no UTF-8."""
    return text.encode(errors="replace").decode()


def _without_keys(resource: Mapping[str, Any]) -> dict[str, Any]:
    problems = [_without_key(one, resource["resource"]) for one in resource["problems"]]
    return {
        **resource,
        "problems": problems,
        "notices": [masked_message(text) for text in resource["notices"]],
    }


def _without_key(problem: Mapping[str, Any], resource: str) -> dict[str, Any]:
    shard = problem["shard"]
    if shard in ("", "all", resource):
        return dict(problem)
    message = problem["message"]
    for spelling in sorted({shard, quote(shard, safe=""), quote(shard)}, key=len, reverse=True):
        message = message.replace(spelling, KEY)
    return {**problem, "shard": KEY, "message": message}
