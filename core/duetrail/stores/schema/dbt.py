"""The tables as sources of dbt: `sources.yml`, with descriptions and tests from the declaration.

Keys are tested as one text, since the generic tests of dbt look at one column: the parts of a key
with a character between them that stands in none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from duetrail.model import RECORDS, Invoice, LinkKind, Touch
from duetrail.stores.schema.engine import engine_tables
from duetrail.stores.schema.records import owner_of, record_tables
from duetrail.stores.schema.tables import ColumnSchema, Kind, TableSchema

SOURCE = "duetrail"
"""The name of the source: `source('duetrail', 'invoices')`."""

# The character between the parts of a key, as SQL: the unit separator.
_BETWEEN = " || '\x1f' || "

# The table that a column refers to, in the same connection. What it names need not be stored.
_REFERENCES = {
    "customer_id": "parties",
    "callout_id": "callouts",
    "payment_id": "payments",
    "refund_id": "payments",
    "refund_of_id": "payments",
    "original_invoice_id": "invoices",
    "credit_note_id": "invoices",
    "applied_invoice_id": "invoices",
    "invoice_id": "invoices",
}

Tree = Mapping[str, Any] | Sequence[Any] | str | int | bool


def dbt_sources() -> str:
    """The `sources.yml` of a dbt project over a store, or over an export to DuckDB.

    The schema is that of the target, or the variable `duetrail_schema`. What always holds is an
    error where it does not; that a reference leads to something stored is a warning.
    """
    tables = [*record_tables(), *(one for one in engine_tables() if one.name == "links")]
    source = {
        "name": SOURCE,
        "description": "Invoices and what was done about them, as Duetrail stores them.",
        "schema": f"{{{{ var('{SOURCE}_schema', target.schema) }}}}",
        "tables": [_table(table) for table in tables],
    }
    head = "# Written by `duetrail schema --dbt`; run it again after an upgrade.\n"
    return head + "\n".join(_lines({"version": 2, "sources": [source]})) + "\n"


def _table(table: TableSchema) -> dict[str, Any]:
    return {
        "name": table.name,
        "description": table.help,
        "data_tests": [*_key_tests(table), *_link_tests(table)],
        "columns": [_column(table, column) for column in table.parts],
    }


def _column(table: TableSchema, column: ColumnSchema) -> dict[str, Any]:
    told: dict[str, Any] = {"name": column.name, "description": column.help}
    if column.is_personal:
        told["config"] = {"meta": {"contains_pii": True}}
    tests: list[Any] = [] if column.nullable else ["not_null"]
    words = LinkKind if (table.name, column.name) == ("links", "how") else column.type
    if column.kind is Kind.ENUM or words is LinkKind:
        values = [str(word) for word in words]
        tests.append({"accepted_values": {"arguments": {"values": values}}})
    if tests:
        told["data_tests"] = tests
    return told


def _key_tests(table: TableSchema) -> Iterator[dict[str, Any]]:
    """Each key is there once; a child has its record, a reference leads to something."""
    yield {"unique": {"arguments": {"column_name": _BETWEEN.join(table.primary_key)}}}
    if table.parent is not None:
        yield _relationship(table, ("connection", table.parent), owner_of(table))
    if table.record is not None:
        for column in table.parts:
            other = _REFERENCES.get(column.name)
            if other and column.name != table.parent:
                yield _relationship(table, ("connection", column.name), other, is_sure=False)


def _link_tests(table: TableSchema) -> Iterator[dict[str, Any]]:
    """A link is of a record that is stored; the invoice need not be."""
    if table.name != "links":
        return
    for record in RECORDS:
        if record is Invoice or issubclass(record, Touch):
            yield _relationship(table, ("connection", "id"), record.table, where=record.table)
    yield _relationship(table, ("invoice_connection", "invoice_id"), "invoices", is_sure=False)


def _relationship(
    table: TableSchema,
    columns: tuple[str, str],
    other: str,
    *,
    is_sure: bool = True,
    where: str = "",
) -> dict[str, Any]:
    """A test that what two columns name is a record of another table.

    Args:
        table: Their table.
        columns: A connection and an id.
        other: The other table.
        is_sure: Whether it is stored for sure.
        where: Of links, only those of this table.
    """
    config = {} if is_sure else {"severity": "warn"}
    if where:
        config["where"] = f"record = '{where}'"
    arguments = {
        "column_name": _BETWEEN.join(columns),
        "to": f"source('{SOURCE}', '{other}')",
        "field": _BETWEEN.join(("connection", "id")),
    }
    return {
        "relationships": {
            "name": f"duetrail_{table.name}_{where or columns[1]}_in_{other}",
            "arguments": arguments,
            **({"config": config} if config else {}),
        }
    }


# --- YAML -----------------------------------------------------------------------------------------


def _lines(tree: Tree) -> Iterator[str]:
    """A tree in YAML's block style; every text in double quotes, as in JSON."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _beside(f"{key}:", value)
    elif isinstance(tree, Sequence) and not isinstance(tree, str):
        for value in tree:
            first, *rest = _lines(value)
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
    else:
        yield json.dumps(tree, ensure_ascii=False)


def _beside(key: str, value: Tree) -> Iterator[str]:
    if isinstance(value, str | int | bool):
        yield f"{key} {next(iter(_lines(value)))}"
    elif not value:
        yield f"{key} []"
    else:
        yield key
        yield from (f"  {line}" for line in _lines(value))
