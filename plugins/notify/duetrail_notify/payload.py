"""What is posted: the summary of a run that may be shared, as JSON or as a short text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from duetrail_notify.shareable import shareable

VERSION = 1
"""The version of what is posted as JSON; fields may be added to one, and none is removed."""

# Lines of a text about problems, and characters of one; chats cut longer texts anywhere.
_LINES = 10
_LONGEST = 300

_OUTCOMES = {0: "all is well", 1: "something failed", 3: "done, with something to look at"}


def body_of(format: str, event: str, facts: Mapping[str, Any]) -> bytes:
    """The body to post.

    Args:
        format: `json` or `slack`.
        event: `ended`, `failed` where there is no summary, or `test`.
        facts: What `duetrail sync --json` prints.
    """
    summary = shareable(facts)
    if format == "slack":
        lines = ["Duetrail: a test message"] if event == "test" else lines_of(summary)
        message: Mapping[str, Any] = {"text": _escaped("\n".join(lines))}
    else:
        at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        message = {"version": VERSION, "event": event, "at": at, "summary": summary}
    return json.dumps(message, ensure_ascii=False).encode()


def lines_of(summary: Mapping[str, Any]) -> Iterator[str]:
    """A short text about a run, line by line: how it ended, what was written, what went wrong."""
    yield _head(summary)
    if "error" in summary:
        yield _shortened(summary["error"]["message"])
    written = ", ".join(f"{count:,} {table}" for table, count in _records(summary))
    if written:
        yield f"Written: {written}."
    troubles = list(_troubles(summary))
    yield from map(_shortened, troubles[:_LINES])
    if len(troubles) > _LINES:
        yield f"And {len(troubles) - _LINES:,} more."
    if summary.get("open_rejects"):
        yield f"Set aside: {summary['open_rejects']:,} items that could not be mapped."


def _head(summary: Mapping[str, Any]) -> str:
    code, state = summary["exit_code"], summary.get("state", "ended")
    if "run" not in summary:
        return f"Duetrail: the sync did not run, exit code {code}"
    outcome = _OUTCOMES.get(code, "") if state == "ended" else state
    return f"Duetrail, run {summary['run']}: {outcome}, exit code {code}"


def _records(summary: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    return ((table, count) for table, count in summary.get("records", {}).items() if count)


def _troubles(summary: Mapping[str, Any]) -> Iterator[str]:
    for resource in summary.get("resources", ()):
        name = ".".join(filter(None, (resource["connection"], resource["resource"])))
        told = dict.fromkeys(f"{one['kind']}: {one['message']}" for one in resource["problems"])
        yield from (f"{name}: {text}" for text in told)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _escaped(text: str) -> str:
    """As Slack wants it: otherwise a vendor's text could call everybody, or make a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
