"""History of a store that several processes write to."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from duetrail import Project
from duetrail.config import parse_config
from duetrail.pipeline import sharded
from duetrail_sandbox.server import Sandbox
from support.bucket_ledger import ledger
from support.postgres import PostgresServer


@pytest.mark.parametrize("is_first", [True, False])
def test_history_follows_a_sync_in_shards(
    tmp_path: Path, pg: PostgresServer, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    """Whoever closes the sync keeps what all of its shards have changed; or each what it changes.

    The second where history is built last.
    """
    monkeypatch.setattr(sharded, "PATIENCE", 0.0)
    books = {}
    with (
        Sandbox(invoices=20, vendors=("stuut",)) as sandbox,
        Project(parse_config(sandbox.config, tmp_path / "duetrail.toml"), pg.new_url()) as project,
    ):
        for _ in range(3):
            now = sandbox.company.now + timedelta(hours=1)
            for shard in ("1/2", "2/2"):
                project.sync(full=True, shard=shard, sync_id=now.isoformat(), now=now)
            if not books and is_first:
                project.build_history(now=now)
            books[now.date()] = ledger(sandbox.company, now.date())
            sandbox.pass_days(1)
        project.build_history(now=now)
        for day, book in books.items():
            rows = project.metric("ar_ageing", on=day, as_of=day).dicts()
            found = {(one["currency"], one["bucket"]): one["amount"] for one in rows}
            assert {key: amount for key, amount in found.items() if amount} == book
    assert [*books] == [date(2026, 6, 30) + timedelta(days=at) for at in range(3)]
