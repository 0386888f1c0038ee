"""`duetrail changes`, over what a real sync has brought."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import duetrail
from duetrail.errors import StoreError


@pytest.fixture
def ask(synced, run):
    """A command with the configuration of the synced folder."""
    return lambda *arguments: run("--config", synced / "duetrail.toml", *arguments)


def _lines(done: Any) -> list[dict[str, Any]]:
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()]


def test_everything_and_then_nothing(ask):
    """The first time everything is told, a line each; after its cursor, which ends it, nothing."""
    *told, end = _lines(ask("changes"))
    assert end == {"cursor": 1}
    assert {one["kind"] for one in told} == {"upsert"}
    assert sum(one["table"] == "invoices" and one["connection"] == "stuut" for one in told) == 12
    assert _lines(ask("changes", "--since", "1")) == [{"cursor": 1}]


def test_a_line_is_what_python_gets(ask, synced):
    """A line has what `duetrail.changes` gives, amounts digit by digit and times in UTC."""
    *told, _ = _lines(ask("changes", "--table", "invoices", "--connection", "stuut"))
    feed = duetrail.changes(
        config=synced / "duetrail.toml", tables=["invoices"], connections=["stuut"]
    )
    found = list(feed)
    assert len(told) == len(found) == 12
    for line, change in zip(told, found, strict=True):
        assert (line["id"], line["run"]) == (change.id, change.run)
        assert change.row is not None
        assert line["row"].keys() == change.row.keys()
        assert isinstance(change.row["total"], Decimal)
        assert line["row"]["total"] == str(change.row["total"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--since", "9"), "there was no run 9: the last one is 1"),
        (("--table", "invoice"), "there is no record table 'invoice'"),
        (("--connection", "stut"), "there is no connection 'stut'"),
    ],
)
def test_what_makes_no_sense_is_refused(ask, words, message):
    """What cannot be asked is wrong usage, in one line."""
    done = ask("changes", *words)
    assert done.code == 2
    assert message in done.err


def _bring(copy: dict[Any, Any], cursor: int, config: Path) -> int:
    """Apply what changed to a copy; the next cursor."""
    feed = duetrail.changes(cursor, config=config)
    for one in feed:
        assert one.row is not None  # nothing is removed in this test
        row = {name: value for name, value in one.row.items() if name != "changed_run"}
        copy[one.table, one.connection, one.id] = row
    return feed.cursor


def test_a_copy_over_syncs_that_are_killed(tmp_path: Path) -> None:
    """A copy that is kept while syncs run and are killed has everything in the end."""
    from duetrail_sandbox.server import Sandbox

    config = tmp_path / "duetrail.toml"
    copy: dict[Any, Any] = {}
    cursor = 0
    with Sandbox(invoices=40, seed=3) as sandbox:
        config.write_text(sandbox.config)
        words = [sys.executable, "-c", "from duetrail.cli import main; main()", "sync"]
        for more in (1, 200, None):  # so many further records are seen before the kill
            with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.DEVNULL) as syncing:
                goal = None if more is None else len(copy) + more
                while syncing.poll() is None and (goal is None or len(copy) < goal):
                    try:
                        cursor = _bring(copy, cursor, config)
                    except StoreError:  # there is none yet
                        continue
                syncing.kill()
    cursor = _bring(copy, cursor, config)
    whole: dict[Any, Any] = {}
    assert _bring(whole, 0, config) == cursor
    assert copy == whole
    assert len(whole) > 40
