"""Status: the last run, and how much a store holds."""

from __future__ import annotations

import json
from typing import Any

from attrs import asdict, evolve

from duetrail.model import RECORDS
from duetrail.stores import CountQuery, Store, is_held


def status(store: Store) -> dict[str, Any]:
    """What `duetrail status --json` says of a store, as plain values.

    Returns:
        `store` (its URL), `last_run` (None before the first), `counts` and `absent` (records by
        connection and table: those that are listed, and those no longer), and `rejects` (how many
        are open).
    """
    return {"store": store.url, "last_run": _last_run(store), **_content(store)}


def _last_run(store: Store) -> dict[str, Any] | None:
    run = next(store.runs(), None)
    if run is None:
        return None
    if run.state == "running" and not is_held(store):
        run = next(store.runs())  # it may have ended meanwhile
        if run.state == "running":  # its process is dead
            run = evolve(run, state="interrupted")
    return {**asdict(run), "summary": json.loads(run.summary or "null")}


def _content(store: Store) -> dict[str, Any]:
    counts: dict[str, dict[str, int]] = {}
    absent: dict[str, dict[str, int]] = {}
    for record in RECORDS:
        asked = CountQuery(record.table)
        gone = store.counts(asked._replace(is_absent=True))
        for connection, count in store.counts(asked).items():
            missing = gone.get(connection, 0)
            if count > missing:
                counts.setdefault(str(connection), {})[record.table] = count - missing
            if missing:
                absent.setdefault(str(connection), {})[record.table] = missing
    rejects = sum(store.counts(CountQuery("rejects")).values())
    return {"counts": counts, "absent": absent, "rejects": rejects}
