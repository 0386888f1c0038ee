"""dbt on DuckDB: the sources that `duetrail schema --dbt` writes are parsed, tested and used."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from duetrail.exports import Target, export
from duetrail.stores.schema.dbt import dbt_sources
from support.engine_company import Company, company
from support.engines import engine, tools

duckdb = engine("duckdb")
engine("pyarrow")

pytestmark = pytest.mark.timeout(600)  # dbt takes its time to begin

PROJECT = """
name: collections
version: "1.0"
profile: here
flags:
  send_anonymous_usage_stats: false
  use_colors: false
"""

PROFILES = """
here:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: ar.duckdb
      threads: 1
"""

OPEN_ITEMS = """
{{ config(materialized="table") }}
select connection, currency, count(*) as invoices, sum(amount_due) as due
from {{ source("duetrail", "invoices") }}
where status in ('open', 'partially_paid') and absent_since is null
group by connection, currency
"""

Results = dict[str, tuple[str, int]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("company"), 40) as one:
        yield one


@pytest.fixture
def project(served: Company, tmp_path: Path) -> Path:
    """A dbt project over an export, with one model."""
    export(served.store, Target("duckdb", tmp_path / "ar.duckdb"))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "sources.yml").write_text(dbt_sources(), encoding="utf-8")
    (tmp_path / "models" / "open_items.sql").write_text(OPEN_ITEMS)
    (tmp_path / "dbt_project.yml").write_text(PROJECT)
    (tmp_path / "profiles.yml").write_text(PROFILES)
    return tmp_path


@pytest.fixture
def dbt(project: Path) -> Callable[..., tuple[int, str]]:
    """Runs dbt in the project; its exit code, and what it printed."""
    program = tools("dbt") / "dbt"

    def run(*words: str) -> tuple[int, str]:
        command = [program, *words, "--project-dir", project, "--profiles-dir", project]
        environment = {**os.environ, "DO_NOT_TRACK": "1", "DBT_VERSION_CHECK": "false"}
        done = subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    return run


def results(project: Path) -> Results:
    """How each test and model ended, and how many rows failed."""
    found: list[dict[str, Any]] = json.loads(
        (project / "target" / "run_results.json").read_text(encoding="utf-8")
    )["results"]
    return {one["unique_id"].split(".")[2]: (one["status"], one["failures"]) for one in found}


def test_every_table_and_column_is_a_described_source(dbt: Any, project: Path) -> None:
    """The file is read without a warning, and every column has its description."""
    code, told = dbt("parse")
    assert code == 0, told
    assert "WARNING" not in told.upper(), told
    manifest = json.loads((project / "target" / "manifest.json").read_text(encoding="utf-8"))
    sources = {one["name"]: one for one in manifest["sources"].values()}
    with duckdb.connect(str(project / "ar.duckdb"), read_only=True) as db:
        columns = db.execute("SELECT table_name, column_name FROM duckdb_columns()").fetchall()
    there = {(table, name) for table, name in columns if table in sources}
    told_of = {(name, column) for name, one in sources.items() for column in one["columns"]}
    assert told_of == there
    described = [c["description"] for one in sources.values() for c in one["columns"].values()]
    assert all(described)


def test_what_was_synced_holds(dbt: Any, project: Path, served: Company) -> None:
    """Keys are unique, words are known, children and links have their records; a model is made."""
    code, told = dbt("build")
    assert code == 0, told
    found = results(project)
    assert {status for status, _ in found.values()} <= {"pass", "success", "warn"}
    warned = [name for name, (status, _) in found.items() if status == "warn"]
    assert all(name.startswith("duetrail_") for name in warned)  # references to what is not stored
    assert len(found) > 80
    with duckdb.connect(str(project / "ar.duckdb"), read_only=True) as db:
        ((count,),) = db.execute("SELECT sum(invoices) FROM open_items").fetchall()
    (expected,) = next(
        iter(
            served.store.select(  # type: ignore[attr-defined]
                "SELECT count(*) FROM invoices WHERE status IN ('open', 'partially_paid') "
                "AND absent_since IS NULL"
            )
        )
    ).values()
    assert count == expected > 0


BROKEN = {
    "UPDATE invoices SET status = 'nobody knows'": "accepted_values_duetrail_invoices_status",
    "UPDATE links SET how = 'somehow'": "accepted_values_duetrail_links_how",
    "UPDATE emails SET id = NULL": "not_null_duetrail_emails_id",
    "INSERT INTO parties SELECT * FROM parties LIMIT 1": "unique_duetrail_parties",
    "DELETE FROM invoices WHERE id IN (SELECT min(invoice_id) FROM invoice_lines)": (
        "duetrail_invoice_lines_invoice_id_in_invoices"
    ),
    "DELETE FROM calls": "duetrail_links_calls_in_calls",
}
"""What breaks a promise of the store, and the test that has to find it."""


def test_what_does_not_hold_is_found(dbt: Any, project: Path) -> None:
    """A word nobody knows, a key that is there twice or not at all, a child without its record."""
    with duckdb.connect(str(project / "ar.duckdb")) as db:
        for sql in BROKEN:
            db.execute(sql)
    code, _ = dbt("test")
    assert code == 1
    failed = [name for name, (status, _) in results(project).items() if status == "fail"]
    assert [test for test in BROKEN.values() if not any(test in name for name in failed)] == []


def test_no_error_is_raised_by_a_test(dbt: Any, project: Path) -> None:
    """Every test is SQL that DuckDB runs, also where a table is empty."""
    with duckdb.connect(str(project / "ar.duckdb")) as db:
        for (name,) in db.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            db.execute(f"DELETE FROM {name}")
    code, told = dbt("test")
    assert code == 0, told
    assert {status for status, _ in results(project).values()} == {"pass"}
