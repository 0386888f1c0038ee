"""What the shards of one sync tell each other through the store: small values, kept as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct, field

from duetrail.pipeline.stream_report import StreamReport, decoded
from duetrail.secrets import redacted
from duetrail.stores.shared import CLOSED, WHOLE_RUN, SharedStore

T = TypeVar("T")


class RunNote(Struct, kw_only=True):
    """A sync in shards, as a whole.

    Attributes:
        of: How many shards it has.
        asked: What it reads and how, as text: equal for all of its shards.
        sync_id: What its user calls it; empty for nothing.
        started_at: When it began, as the store writes times.
        since: The first run whose answers count: its own, or the interrupted one it goes on from.
        closed: How many of its stages are closed.
        streams: The reports of the streams of these, with what was concluded from them.
        exit_code: What it came to, once it is closed.
    """

    of: int
    asked: str
    sync_id: str
    started_at: str
    since: int
    closed: int = 0
    streams: dict[str, StreamReport] = field(default_factory=dict)
    exit_code: int = 0


class ShardNote(Struct):
    """One shard of it.

    Attributes:
        stage: How many stages it has read.
        streams: The reports of the streams of these.
        exit_code: What it came to, once it has read them all.
    """

    stage: int = 0
    streams: dict[str, StreamReport] = field(default_factory=dict)
    exit_code: int = 0


class Notes(Struct, frozen=True):
    """What is noted.

    Attributes:
        run: The number of the run; 0 where nothing is noted.
        whole: The sync, if it is open.
        closed: The sync, if it is closed.
        shards: Those of its shards that have begun, by number.
    """

    run: int = 0
    whole: RunNote | None = None
    closed: RunNote | None = None
    shards: Mapping[int, ShardNote] = field(default_factory=dict)

    @classmethod
    def of(cls, store: SharedStore) -> Notes:
        """What is noted in a store."""
        found = store.shard_notes()
        run = max((run for run, _ in found), default=0)
        texts = {shard: text for (number, shard), text in found.items() if number == run}
        whole, closed = texts.pop(WHOLE_RUN, None), texts.pop(CLOSED, None)
        return cls(
            run,
            _read(whole, RunNote) if whole else None,
            _read(closed, RunNote) if closed else None,
            {shard: _read(text, ShardNote) for shard, text in texts.items()},
        )


def encoded(note: RunNote | ShardNote, struck: Callable[[str], str] = str) -> str:
    """A note as it is kept.

    Args:
        note: The note.
        struck: Takes people out of JSON who are to be kept out.
    """
    plain = redacted(msgspec.to_builtins(note))
    return struck(msgspec.json.encode(plain).decode())


def _read(text: str, kind: type[T]) -> T:
    return msgspec.json.decode(text, type=kind, dec_hook=decoded)
