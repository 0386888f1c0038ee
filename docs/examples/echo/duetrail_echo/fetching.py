"""Answer from a file. A real plugin asks `session.get(path, params)` and yields its pages."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec

from duetrail import errors, hookimpl
from duetrail.source import Connection, Page, Shard

_decode = msgspec.json.Decoder(float_hook=Decimal).decode


@hookimpl
def fetch(shard: Shard, connection: Connection) -> Iterator[Page]:
    """The pages of one shard; a text in place of a page names the error to end with."""
    answers = _decode(Path(connection.options.answers).read_bytes()).get(shard.resource, [])
    if shard.key is not None:
        if shard.key.value not in answers:
            raise errors.UnknownKey(f"Echo knows no {shard.resource} of {shard.key.value}")
        answers = answers[shard.key.value]
    for number, data in enumerate(answers):
        url = f"echo:/{shard.resource}/{shard.name}/{number}"
        if isinstance(data, str):
            raise getattr(errors, data)(f"{url} answered {data}")
        yield Page(url=url, status=200, headers={}, body=msgspec.json.encode(data), data=data)
