"""Spark's streams: what is new since the last batch, and nothing twice after a restart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.engine_company import Company, company
from support.engines import engine

engine("pyspark")

from duetrail.engines.spark.options import options_of  # noqa: E402
from duetrail.engines.spark.stream import StreamReader  # noqa: E402

pytestmark = pytest.mark.timeout(900)  # a session on a busy machine takes its time

Batches = Callable[..., list[list[dict[str, Any]]]]


@pytest.fixture
def batches(spark: Any, tmp_path: Path) -> Batches:
    """Run a query until nothing is new, from where its checkpoint says; its batches."""

    def run(served: Company, table: str = "invoices", **options: str) -> list[list[dict[str, Any]]]:
        found: list[list[dict[str, Any]]] = []
        reader = spark.readStream.format("duetrail").option("config", str(served.path))
        df = reader.options(connection="stuut", table=table, **options).load()
        query = (
            df.writeStream.foreachBatch(lambda df, _: found.append(df.toArrow().to_pylist()))
            .option("checkpointLocation", str(tmp_path / "checkpoint"))
            .trigger(availableNow=True)
            .start()
        )
        query.awaitTermination()
        return [rows for rows in found if rows]

    return run


@pytest.fixture
def moving(tmp_path: Path) -> Any:
    """A company of its own, whose days pass."""
    (folder := tmp_path / "company").mkdir()
    with company(folder, 150) as one:
        yield one


def test_a_query_goes_on_where_it_was(moving: Company, batches: Batches) -> None:
    """First everything, then nothing, then what days have changed."""
    first = batches(moving, maxRows="10")
    ids = {row["id"] for rows in first for row in rows}
    assert len(ids) == moving.count("stuut", "invoices")
    assert batches(moving) == []
    before = {row["id"]: row for rows in first for row in rows}
    moving.sandbox.pass_days(1)
    changed = {row["id"]: row for rows in batches(moving) for row in rows}
    assert 0 < len(changed) < len(ids)
    assert any(before.get(id) != row for id, row in changed.items())
    assert batches(moving) == []


def test_what_has_no_cursor_is_no_stream(moving: Company, batches: Batches) -> None:
    """It would be read whole each time: it is refused, and the resource named."""
    with pytest.raises(Exception, match=r"stuut\.\w+ cannot be read as a stream"):
        batches(moving, table="callouts", resource="tasks")


def test_a_batch_that_is_run_again_is_read_again(moving: Company) -> None:
    """After a restart the rows between two offsets are the same, though nobody kept them."""
    options = {"connection": "stuut", "table": "invoices", "config": str(moving.path)}
    reader, restarted = (StreamReader(options_of(options)) for _ in range(2))
    start = reader.initialOffset()
    end = reader.latestOffset(start, reader.getDefaultReadLimit())
    first = [row for part in reader.partitions(start, end) for row in part.rows]
    again = [row for part in restarted.partitions(start, end) for row in part.rows]
    assert len(first) == moving.count("stuut", "invoices")
    assert again == first
    assert reader.latestOffset(end, reader.getDefaultReadLimit()) == end
