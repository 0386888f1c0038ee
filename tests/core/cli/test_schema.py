"""`duetrail schema` prints the schema, and needs neither configuration nor store."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

from duetrail.model import RECORDS
from duetrail.stores.schema import record_tables


def test_the_sql_makes_an_empty_store(run) -> None:
    """The SQL makes an empty store, as it is printed."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(run("schema").out)
        names = {name for (name,) in db.execute("SELECT name FROM sqlite_schema")}
    assert {*(record.table for record in RECORDS), "links", "touches"} <= names


def test_sql_as_json(run) -> None:
    """With --json, one statement after the other."""
    statements = json.loads(run("schema", "--dialect", "postgresql", "--json").out)
    assert statements[0].startswith("CREATE TABLE invoices (")


def test_json_schema(run) -> None:
    """JSON Schema is JSON, with --json or without."""
    plain = json.loads(run("schema", "--format", "json-schema").out)
    assert "Invoice" in plain["$defs"]
    assert plain == json.loads(run("schema", "--format", "json-schema", "--json").out)


def test_each_table_has_an_arrow_schema(run) -> None:
    """An Arrow schema of each table, by its name."""
    schemas = json.loads(run("schema", "--format", "arrow").out)
    assert schemas["payments"]["fields"][0]["name"] == "connection"


def test_short_forms(run) -> None:
    """`--sql`, `--arrow` and `--dbt` are short for a format."""
    for short, form in (("--sql", "ddl"), ("--arrow", "arrow"), ("--dbt", "dbt")):
        assert run("schema", short).out == run("schema", "--format", form).out
    assert run("schema", "--sql", "--dialect", "postgresql").out.startswith("CREATE TABLE")


def test_sources_of_dbt(run) -> None:
    """YAML that names every table of records and the links, whose texts JSON reads, too."""
    told = run("schema", "--dbt").out
    names = [line.strip().removeprefix("- name: ") for line in told.splitlines()]
    tables = {table.name for table in record_tables()} | {"links"}
    assert {f'"{name}"' for name in tables} <= set(names)
    scalars = [line.partition(": ")[2] for line in told.splitlines() if ': "' in line]
    assert all(isinstance(json.loads(scalar), str) for scalar in scalars)


def test_another_format(run) -> None:
    """Another format is a usage error that names those there are."""
    refused = run("schema", "--format", "avro")
    assert refused.code == 2
    assert "json-schema" in refused.err
