"""What landed in a store: rows of each kind and the sum of money, counted by what a peer lacks.

SQLite files are read here, DuckDB files by the environment of the peer that wrote them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from measuring import Failed


def in_sqlite(file: Path, money: str, kind: str) -> dict[str, int]:
    """The rows of an SQLite file.

    Args:
        file: The file.
        money: The column of an invoice's total.
        kind: `lean`, or `full`, where calls and emails are counted, too.
    """
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as store:
        totals = [row[0] for row in store.execute(f"SELECT {money} FROM invoices")]
    found = {"invoices": len(totals), "cents": in_cents(totals)}
    return found | rows_in_sqlite(file, ["calls", "emails"] if kind == "full" else [])


def rows_in_sqlite(file: Path, tables: Sequence[str]) -> dict[str, int]:
    """How many rows each table of an SQLite file has."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as store:
        return {
            table: store.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables
        }


def in_cents(totals: list[object]) -> int:
    """A sum of amounts in minor units; floats are rounded one by one."""
    return sum(int((Decimal(str(one)) * 100).to_integral_value()) for one in totals)


def refuse_other(who: str, found: dict[str, int], wanted: dict[str, int]) -> None:
    """Refuse a run that landed something else than the vendor had.

    Raises:
        Failed: It did.
    """
    wrong = [
        f"{name} {found.get(name)} of {wanted[name]}"
        for name in wanted
        if found.get(name) != wanted[name]
    ]
    if wrong:
        raise Failed(f"{who} landed {', '.join(wrong)}")
