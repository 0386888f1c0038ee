"""dlt: a connection into DuckDB and into PostgreSQL, the second time nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from duetrail.engines import dlt as engine_dlt
from duetrail.engines.dlt import source
from duetrail.engines.replication import TableChange
from duetrail.engines.row_schemas import TABLES
from duetrail.model import Call
from duetrail.project import Project
from duetrail.stores import Changes, to_row
from duetrail.stores.logical import LINKS
from duetrail_sandbox.server import Sandbox
from support.engine_company import Company
from support.engines import engine, example
from support.odd_records import odd_project
from support.passed_on import store_of_target
from support.read_back import digest_of

dlt = engine("dlt")
exceptions = engine("dlt.pipeline.exceptions")
_numbers = count(1)


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is told to anybody outside."""
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")


@pytest.fixture(params=["duckdb", "postgres"])
def pipeline(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A pipeline into an empty database."""
    if request.param == "duckdb":
        destination = dlt.destinations.duckdb(str(tmp_path / "warehouse.duckdb"))
    else:
        url = request.getfixturevalue("server").url()
        destination = dlt.destinations.postgres(url)
    return dlt.pipeline(
        f"receivables_{request.param}",
        destination=destination,
        dataset_name=f"set_{next(_numbers)}",
        pipelines_dir=str(tmp_path / "pipelines"),
    )


def loaded(pipeline: Any) -> dict[str, int]:
    """How many rows of each record table were loaded by the last run."""
    counts = pipeline.last_trace.last_normalize_info.row_counts
    return {name: count for name, count in counts.items() if name in TABLES}


def rows(pipeline: Any) -> dict[str, list[dict[str, Any]]]:
    """The rows of every record table, children and links in them."""
    schemas = pipeline.schemas.values()
    known = {t["name"] for one in schemas for t in one.data_tables(seen_data_only=True)}
    with pipeline.sql_client() as client:

        def select(table: str) -> list[dict[str, Any]]:
            sql = f"SELECT * FROM {client.make_qualified_table_name(table)}"
            with client.execute_query(sql) as found:
                names = [column[0] for column in found.description]
                return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

        return {table: _whole(select, table, known) for table in TABLES if table in known}


def _whole(
    select: Callable[[str], list[dict[str, Any]]], table: str, known: set[str]
) -> list[dict[str, Any]]:
    found = select(table)
    own, *_ = TABLES[table]
    for field in (*own.children, LINKS):
        nested = select(f"{table}__{field}") if f"{table}__{field}" in known else []
        nested.sort(key=lambda one: one["_dlt_list_idx"])
        of_parent: dict[str, list[dict[str, Any]]] = {}
        for one in nested:
            of_parent.setdefault(one["_dlt_parent_id"], []).append(one)
        for row in found:
            _parse(row)
            row[field] = of_parent.get(row["_dlt_id"], [])
    return found


def _parse(row: dict[str, Any]) -> None:
    """Any JSON is text in a warehouse."""
    parts = row.get("transcript_parts")
    if isinstance(parts, str):
        row["transcript_parts"] = json.loads(parts, parse_float=Decimal)


def digest(pipeline: Any, folder: Path) -> str:
    folder.mkdir()
    with closing(store_of_target(rows(pipeline), folder)) as store:
        return digest_of(store)


def test_a_warehouse_has_the_digest_of_the_store(
    served: Company, pipeline: Any, tmp_path: Path
) -> None:
    """Exact decimals, times in UTC, children and links; the second run loads nothing."""
    for name in served.config.connections:
        pipeline.run(source(name, config=served.path))
        assert sum(loaded(pipeline).values()) > 0
    pipeline.activate()
    assert digest(pipeline, tmp_path / "read") == served.digest()
    for name in served.config.connections:
        pipeline.run(source(name, config=served.path))
        assert loaded(pipeline) == {}
    assert digest(pipeline, tmp_path / "again") == served.digest()


def test_changes_are_merged(pipeline: Any, tmp_path: Path) -> None:
    """Some days later only a part is loaded; what was removed from the store is removed there."""
    config = tmp_path / "duetrail.toml"
    with Sandbox(invoices=12, vendors=("stuut",)) as sandbox:
        config.write_text(sandbox.config)
        pipeline.run(source("stuut", config=config))
        first = loaded(pipeline)
        sandbox.pass_days(10)
        pipeline.run(source("stuut", config=config))
    assert 0 < sum(loaded(pipeline).values()) < sum(first.values())
    with Project(config) as project:
        told = list(project.changes())
        assert digest(pipeline, tmp_path / "read") == digest_of(project.store)
    assert "delete" in {one.kind for one in told}
    stored = {(one.table, one.id) for one in told if one.kind != "delete"}
    assert {(table, row["id"]) for table, some in rows(pipeline).items() for row in some} == stored


def test_values_that_are_easily_spoiled(pipeline: Any, tmp_path: Path) -> None:
    """Long numbers, odd texts and any JSON are the same in a warehouse."""
    with odd_project(tmp_path) as project:
        pipeline.run(source("stuut", config=tmp_path / "duetrail.toml", sync=False))
        assert digest(pipeline, tmp_path / "read") == digest_of(project.store)


def test_a_character_that_no_destination_takes(pipeline: Any, tmp_path: Path) -> None:
    """A text with U+0000 stops nothing."""
    call = Call(connection="stuut", id="1", summary="a\0b", keywords=("a\0b",))
    with odd_project(tmp_path) as project, project.store.transaction():
        project.store.apply(Changes(run=1, rows={call.ref: to_row(call)}))
    pipeline.run(source("stuut", config=tmp_path / "duetrail.toml", sync=False, tables=["calls"]))
    (found,) = (row for row in rows(pipeline)["calls"] if row["id"] == "1")
    assert found["summary"] == "a\ufffdb"


def test_a_reading_that_is_cut_off_is_repeated(
    served: Company, pipeline: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bookmark moves with what is loaded: nothing is lost, and nothing comes twice."""
    usual, made = engine_dlt._row, count(1)

    def cut_off(change: TableChange) -> dict[str, Any]:
        if next(made) > 50:
            raise OSError("cut off")
        return usual(change)

    with monkeypatch.context() as broken:
        broken.setattr(engine_dlt, "_row", cut_off)
        with pytest.raises(exceptions.PipelineStepFailed, match="cut off"):
            pipeline.run(source("stuut", config=served.path, sync=False))
    pipeline.run(source("stuut", config=served.path, sync=False))
    for table, loads in loaded(pipeline).items():
        assert loads == served.count("stuut", table)


def test_the_example_of_the_page(
    served: Company,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It prints how many invoices there are."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "duetrail.toml").write_text(served.path.read_text())
    exec(compile(example("dlt"), "engines.md", "exec"), {"__name__": "page"})
    assert capsys.readouterr().out.endswith(f"{served.count('stuut', 'invoices')}\n")
