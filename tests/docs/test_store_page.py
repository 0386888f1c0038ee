"""docs/store.md has every table, column and kind of link."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from duetrail.model import RECORDS, LinkKind
from duetrail.stores import open_store, table_of
from duetrail.stores.schema import engine_tables

TABLES = {
    one.name: one
    for record in RECORDS
    for one in (table_of(record.table), *table_of(record.table).children.values())
}
ENGINE = {table.name: table for table in engine_tables()}


@pytest.fixture
def schema(tmp_path: Path) -> dict[str, list[str]]:
    """The columns of every table and view of a new store."""
    open_store("sqlite:///s.db", folder=tmp_path, create=True).close()
    db = sqlite3.connect(tmp_path / "s.db")
    names = db.execute("SELECT name FROM sqlite_schema WHERE type <> 'index'").fetchall()
    found = {n: [row[1] for row in db.execute(f"PRAGMA table_info({n})")] for (n,) in names}
    db.close()
    return found


@pytest.mark.parametrize("name", TABLES)
def test_a_record_table_is_described_column_by_column(name, generated) -> None:
    """The columns on the page are those of the table, in order."""
    columns = [column.name for column in (*TABLES[name].identity, *TABLES[name].columns)]
    columns += [] if TABLES[name].parent else ["absent_since", "changed_run"]
    generated("store.md", name, ", ".join(f"`{column}`" for column in columns) + ".\n")


def test_every_table_and_view_has_a_heading(schema, page) -> None:
    """Whoever lists the tables of a store finds each of them on the page."""
    text = page("store.md").text
    assert [name for name in schema if f"### {name}\n" not in text] == []


@pytest.mark.parametrize("name", ENGINE)
def test_a_table_of_the_engine_is_described_as_it_is_declared(name, schema, generated) -> None:
    """Tables that hold no records have their columns on the page, too, each with its meaning."""
    if name in schema:
        rows = [f"| `{column.name}` | {column.help} |" for column in ENGINE[name].columns]
        lines = ["| column | holds |", "|---|---|", *rows, ""]
        generated("store.md", name, "\n".join(lines))


def test_every_column_of_the_engine_is_on_the_page(schema, page) -> None:
    """What is described of a table is what a new store has, in order."""
    for name in schema.keys() - TABLES.keys() - {"touches", "absent"}:
        told = [cells[0] for cells in page("store.md").section(name).rows()]
        assert told == [f"`{column}`" for column in schema[name]], name


@pytest.mark.parametrize("view", ["touches", "absent"])
def test_a_view_is_described_column_by_column(schema, page, view) -> None:
    """Every column of a view is named."""
    text = page("store.md").section(view).text
    assert [column for column in schema[view] if f"`{column}`" not in text] == []


def test_every_kind_of_link_is_explained(page) -> None:
    """The words of the column `how` are those of the model, in its order."""
    rows = page("store.md").section("How a link is known").rows()
    assert [cells[0] for cells in rows] == [f"`{how}`" for how in LinkKind]
