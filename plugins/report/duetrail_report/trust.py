"""How far a report can be trusted: how old its data is, and what is not in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from attrs import frozen

from duetrail import Project
from duetrail.stores import StoredReject
from duetrail_report.numbers import Number, Numbers, Row, of_row

# Runs that are looked through for the last one in which a listing was complete: a year of nights.
_RUNS = 366

# Rows of each list on the page; commands tell the others.
MOST = 50
"""How many rows a list of the page has at most."""


@frozen
class Listing:
    """A resource of a connection, as the newest runs found it.

    Attributes:
        connection: The connection.
        resource: The resource; empty where the connection could not even begin.
        state: How the newest run that read it ended, such as `complete` or `failed`.
        complete_at: When it was last read as a whole, or brought up to date; None if never.
        message: What went wrong in the newest run, if anything.
    """

    connection: str
    resource: str
    state: str
    complete_at: datetime | None
    message: str


@frozen
class Connection:
    """A connection of the report.

    Attributes:
        name: Its name.
        data_as_of: When the oldest of its listings was last complete; None if one never was.
    """

    name: str
    data_as_of: datetime | None


@frozen(kw_only=True)
class Trust:
    """How far to trust a report.

    Attributes:
        connections: Each connection, with the time of its data.
        is_unfinished: Whether the newest run did not come to its end.
        incomplete: The listings that the newest run did not read to their end.
        rejects: Items that were set aside, and are in no number.
        reject_count: How many there are.
        disagreements: Where vendors disagree about an invoice: rows of `vendors_disagree`.
        disagreement_count: How many rows there are.
        left_out: Rows of `ar_left_out` by connection and reason, each with how many there are.
        left_out_count: How many invoices are left out.
        touches_left_out: Rows of `touches_left_out`, each with how many touches there are.
    """

    connections: Sequence[Connection]
    is_unfinished: bool
    incomplete: Sequence[Listing]
    rejects: Sequence[StoredReject]
    reject_count: int
    disagreements: Sequence[Row]
    disagreement_count: Number
    left_out: Sequence[tuple[str, str, Number]]
    left_out_count: Number
    touches_left_out: Sequence[tuple[Row, Number]]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is known to be missing."""
        lacks = self.incomplete or self.reject_count or self.disagreement_count
        return not (lacks or self.is_unfinished)


def trust(project: Project, numbers: Numbers) -> Trust:
    """Ask a project how far its numbers can be trusted.

    Args:
        project: The project.
        numbers: The metrics of the report.

    Raises:
        StoreError: There is no store, or it cannot be used.
    """
    chosen = numbers.scope.connections
    listings = [one for one in _listings(project) if not chosen or one.connection in chosen]
    rejects = [one for one in project.rejects() if not chosen or one.connection in chosen]
    return Trust(
        connections=_connections(listings),
        is_unfinished=_is_unfinished(project),
        incomplete=[one for one in listings if one.state != "complete"],
        rejects=rejects[:MOST],
        reject_count=len(rejects),
        disagreements=numbers.rows("vendors_disagree")[:MOST],
        disagreement_count=numbers.count("vendors_disagree", {}),
        left_out=_left_out(numbers),
        left_out_count=numbers.count("ar_left_out", {}),
        touches_left_out=[
            (row, of_row("touches_left_out", row, "touches", "connection", "record", "reason"))
            for row in numbers.rows("touches_left_out")
        ],
    )


def _is_unfinished(project: Project) -> bool:
    run = project.status()["last_run"]
    return run is not None and run["state"] not in ("ended", "remapped")


def _listings(project: Project) -> list[Listing]:
    """Every listing by the newest runs; mapping kept pages again reads nothing."""
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    complete: dict[tuple[str, str], str] = {}
    for run in islice(project.bare_store.runs(), _RUNS):
        if run.state == "remapped":
            continue
        summary = json.loads(run.summary or "{}")
        for entry in summary.get("resources", ()):
            key = (entry["connection"], entry["resource"])
            newest.setdefault(key, entry)
            if entry["state"] == "complete":
                complete.setdefault(key, run.started_at)
    return [_listing(key, entry, complete.get(key)) for key, entry in sorted(newest.items())]


def _listing(key: tuple[str, str], entry: dict[str, Any], complete_at: str | None) -> Listing:
    problems = entry.get("problems") or [{"message": ""}]
    at = datetime.fromisoformat(complete_at) if complete_at else None
    return Listing(*key, entry["state"], at, str(problems[0]["message"]))


def _connections(listings: Sequence[Listing]) -> list[Connection]:
    times: dict[str, list[datetime | None]] = {}
    for one in listings:
        times.setdefault(one.connection, []).append(one.complete_at)
    return [Connection(name, _oldest(found)) for name, found in times.items()]


def _oldest(times: Sequence[datetime | None]) -> datetime | None:
    known = [at for at in times if at is not None]
    return min(known) if len(known) == len(times) else None


def _left_out(numbers: Numbers) -> list[tuple[str, str, Number]]:
    kinds = dict.fromkeys((row["connection"], row["reason"]) for row in numbers.rows("ar_left_out"))
    return [
        (
            connection,
            reason,
            numbers.count("ar_left_out", {"connection": connection, "reason": reason}),
        )
        for connection, reason in sorted(kinds)
    ]
