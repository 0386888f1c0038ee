"""What several processes read of one stream, put together, is what one would have read."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from duetrail.errors import FetchError
from duetrail.pipeline.shard_notes import ShardNote, encoded
from duetrail.pipeline.stream_report import StreamReport, decoded, together
from duetrail.pipeline.summary import ResourceSummary


def _entry(**counts: object) -> ResourceSummary:
    return ResourceSummary("acme", "calls", **counts)


def test_numbers_add_up() -> None:
    """Counts are summed; what each process sees of the whole is counted once."""
    one = StreamReport(
        _entry(requests=2, items=3, records=Counter(calls=2), without_key=4, notices=["a"]),
        ["x"],
        new={"call": 2},
    )
    other = StreamReport(
        _entry(requests=1, items=1, records=Counter(calls=1), without_key=4, notices=["a", "b"]),
        ["y"],
        new={"call": 1, "email": 1},
    )
    whole = together([one, other])
    assert (whole.entry.requests, whole.entry.items, whole.entry.without_key) == (3, 4, 4)
    assert whole.entry.records == {"calls": 3}
    assert whole.entry.notices == ["a", "b"]
    assert whole.ended == ["x", "y"]
    assert whole.new == {"call": 3, "email": 1}
    assert (one.entry.requests, one.ended) == (2, ["x"])


@pytest.mark.parametrize(
    ("states", "worst"),
    [
        (("complete", "complete"), "complete"),
        (("complete", "incomplete"), "incomplete"),
        (("failed", "complete"), "failed"),
        (("incomplete", "failed"), "failed"),
        (("limited", "complete"), "limited"),
    ],
)
def test_the_worst_state_counts(states: tuple[str, str], worst: str) -> None:
    """A part that failed makes the whole fail."""
    assert together(StreamReport(_entry(state=one)) for one in states).entry.state == worst


def test_what_one_left_out_is_left_out() -> None:
    """One part that was not read from its beginning is enough."""
    parts = [StreamReport(_entry()), StreamReport(_entry(), is_partly=True, is_early=True)]
    whole = together(parts)
    assert (whole.is_partly, whole.is_early) == (True, True)


def test_it_is_kept_as_json() -> None:
    """A note is read as it was written."""
    entry = _entry(skipped=Counter(old=1))
    entry.add_problem("failed", "k", FetchError("no answer", hint="try again"))
    note = ShardNote(1, {"acme.calls": StreamReport(entry, ["a"], new={"call": 1})}, 3)
    read = msgspec.json.decode(encoded(note), type=ShardNote, dec_hook=decoded)
    assert read == note


def test_what_one_found_inside_objects_is_there() -> None:
    """What the objects that one process saw lack, those of another may have."""
    parts = [
        StreamReport(_entry(), inner_lists={"mail": False, "note": False}),
        StreamReport(_entry(), inner_lists={"mail": True, "call": True}),
    ]
    assert together(parts).inner_lists == {"mail": True, "note": False, "call": True}
    assert parts[0].inner_lists == {"mail": False, "note": False}
