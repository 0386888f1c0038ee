"""Spark: tables as DataFrames, by `format("duetrail")`, and merged by `records`."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from duetrail.engines.spark import records, tables
from duetrail.errors import UsageError
from support.engine_company import Company
from support.engines import engine, example
from support.read_back import digest_of, store_of

engine("pyspark")

pytestmark = pytest.mark.timeout(900)  # a session on a busy machine takes its time


def load(spark: Any, served: Company, connection: str, table: str, **options: str) -> Any:
    reader = spark.read.format("duetrail").option("config", str(served.path))
    reader = reader.option("connection", connection).option("table", table)
    return reader.options(**options).load()


def rows(df: Any) -> list[dict[str, Any]]:
    """The rows with exact decimals and times in UTC."""
    return df.toArrow().to_pylist()


def refusal(df: Any) -> str:
    """What is said, in the end, when a DataFrame cannot be made or computed."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - Spark wraps what is raised
        df().count()
    return str(caught.value)


def test_the_digest_is_that_of_one_process(served: Company, spark: Any, tmp_path: Path) -> None:
    """Every record of every table comes once, with the values and the links of a sync."""
    found: dict[str, list[dict[str, Any]]] = {}
    for connection, table in served.tables:
        found.setdefault(table, []).extend(rows(load(spark, served, connection, table)))
    with closing(store_of(found, tmp_path, served.config)) as store:
        assert digest_of(store) == served.digest()


def test_several_tables_are_read_once(served: Company, spark: Any, tmp_path: Path) -> None:
    """All of a vendor, merged; what one answer shows of several tables is asked for once."""
    names = served.by_connection["stuut"]
    before = len(served.sandbox.requests)
    found = {
        name: rows(df) for name, df in tables(spark, "stuut", *names, config=served.path).items()
    }
    asked = [(one.path, one.query) for one in served.sandbox.requests[before:]]
    assert len(asked) == len(set(asked))
    assert {name: len(some) for name, some in found.items()} == {
        name: served.count("stuut", name) for name in names
    }


def test_keys_come_from_a_dataframe(served: Company, spark: Any) -> None:
    """With the records that the keys came from, what is found is linked as in a sync."""
    invoices = load(spark, served, "stuut", "invoices")
    keys = invoices.selectExpr("remote_id AS key", "connection", "id")
    calls = records(spark, "credira", "calls", config=served.path, keys=keys)
    found = {"calls": rows(calls)}
    assert len(found["calls"]) == served.count("credira", "calls")
    wanted = {
        (one["id"], link.touch.id, link.invoice.id, link.how.value)
        for one in found["calls"]
        for link in served.links("credira", "calls", one["id"])
    }
    told = {
        (one["id"], one["id"], link["invoice_id"], link["how"])
        for one in found["calls"]
        for link in one["links"]
    }
    assert told
    assert told == {one for one in wanted if one[3] != "derived"}


def test_a_view_is_asked_in_sql(served: Company, spark: Any) -> None:
    """No registration, no Python: the data source is found by its package."""
    spark.sql(
        "CREATE OR REPLACE TEMPORARY VIEW payments USING duetrail OPTIONS "
        f"(connection 'stuut', table 'payments', config '{served.path}')"
    )
    (row,) = spark.sql("SELECT count(*), count(DISTINCT id) FROM payments").collect()
    assert tuple(row) == (served.count("stuut", "payments"),) * 2


def test_a_row_says_where_it_came_from(served: Company, spark: Any) -> None:
    """Plugin, resource, page and path stand in `_duetrail`."""
    (row,) = load(spark, served, "stuut", "invoices").limit(1).toArrow().to_pylist()
    origin = row["_duetrail"]
    assert origin["plugin"].startswith("stuut ")
    assert origin["resource"] == "invoices"
    assert origin["page"].startswith("http://127.0.0.1")
    assert origin["path"].startswith("$.")


def test_the_configuration_may_be_an_option(served: Company, spark: Any) -> None:
    """As JSON; what it names is the same as in the file."""
    settings = dict(served.config.connections["stuut"])
    given = json.dumps({"connections": {"stuut": settings}})
    df = load(spark, served, "stuut", "parties", config=given)
    assert df.count() == served.count("stuut", "parties")


def test_parts_that_may_show_one_record_are_not_read_apart(served: Company, spark: Any) -> None:
    """One task reads them, unless the user says that a record may come twice."""
    assert load(spark, served, "credira", "calls").rdd.getNumPartitions() == 1
    said = refusal(lambda: load(spark, served, "credira", "calls", numPartitions="2"))
    assert "several parts of the plan may show one of the calls" in said
    kept = load(spark, served, "credira", "calls", numPartitions="2", duplicates="keep")
    assert kept.rdd.getNumPartitions() == 2
    assert kept.select("id").distinct().count() == served.count("credira", "calls")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"connection": ""}, "the option connection is missing"),
        ({"table": "invoice"}, "there is no record table 'invoice'"),
        ({"tabel": "invoices"}, "there is no option 'tabel'"),
        ({"config": "/nowhere/duetrail.toml"}, "there is no configuration at /nowhere"),
        ({"connection": "stuub"}, "has no connection 'stuub'"),
        ({"since": "yesterday"}, "neither a day nor a time"),
        ({"numPartitions": "many"}, "no whole number"),
        ({"resource": "calls"}, "has no resource 'calls' with invoices"),
    ],
)
def test_a_wrong_option_is_one_clear_line(
    served: Company, spark: Any, options: dict[str, str], said: str
) -> None:
    """It says what is wrong."""
    named = {"connection": "stuut", "table": "invoices", **options}
    assert said in refusal(lambda: load(spark, served, **named))


def test_a_secret_that_does_not_resolve_on_a_worker(served: Company, spark: Any) -> None:
    """It is told with the reference and the machine."""
    settings = {**served.config.connections["stuut"], "token": "env:NOT_ON_THE_WORKERS"}
    given = json.dumps({"connections": {"stuut": settings}})
    said = refusal(lambda: load(spark, served, "stuut", "invoices", config=given))
    assert "NOT_ON_THE_WORKERS" in said
    assert "This was on " in said


def test_keys_without_a_column(served: Company, spark: Any) -> None:
    """The column of the keys is called `key`."""
    with pytest.raises(UsageError, match="no column `key`"):
        records(spark, "credira", "calls", config=served.path, keys=spark.range(3))


def test_the_example_of_the_page(
    served: Company, spark: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It prints how many invoices there are, and how many calls about them."""
    monkeypatch.chdir(served.path.parent)
    exec(compile(example("Spark"), "engines.md", "exec"), {"__name__": "page"})
    counts = (served.count("stuut", "invoices"), served.count("credira", "calls"))
    assert capsys.readouterr().out == "{}\n{}\n".format(*counts)
