"""Parquet and DuckDB: what is read back is what was stored, and has the store's digest."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from duetrail.errors import StoreError, UsageError
from duetrail.exports import Target, export, tables
from duetrail.model import Invoice, InvoiceLine
from duetrail.pipeline.digest import digest
from duetrail.stores import Changes, Store, to_row
from support.engine_company import company
from support.engines import engine
from support.export_samples import change, odd_store
from support.read_back import digest_of
from support.read_exports import SCHEMAS, Tables, apply, of_arrow, read_folder, store_of, stored

pa = engine("pyarrow")
pq = engine("pyarrow.parquet")
duckdb = engine("duckdb")
parquet = engine("duetrail.exports.parquet")

WIDE = Invoice(connection="odd", id="wide", lines=(InvoiceLine(quantity=Decimal("1e20")),))


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Store]:
    """A store with what exports may stumble over."""
    with closing(odd_store(tmp_path)) as store:
        yield store


def read_parquet(folder: Path) -> Tables:
    return read_folder(folder, lambda file, table: of_arrow(pq.read_table(file), table), ".parquet")


def read_duckdb(file: Path) -> Tables:
    with duckdb.connect(str(file), read_only=True) as db:
        db.execute("SET TimeZone = 'UTC'")
        names = {
            name for (name,) in db.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        }
        return {
            table.name: of_arrow(db.sql(f"FROM {table.name}").to_arrow_table(), table)
            for table in SCHEMAS
            if table.name in names
        }


READ = {"parquet": read_parquet, "duckdb": read_duckdb}


@pytest.fixture(params=READ)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def check(found: Tables, store: Store, folder: Path) -> None:
    """What was read back has the digest of the store, but for zeros at the end of numbers."""
    folders = folder / "found", folder / "stored"
    for one in folders:
        one.mkdir(parents=True)
    with (
        closing(store_of(found, folders[0], normal=True)) as again,
        closing(store_of(stored(store), folders[1], normal=True)) as first,
    ):
        assert digest(again) == digest(first)
    assert {name: len(rows) for name, rows in found.items() if name != "removals"} == {
        name: len(rows) for name, rows in stored(store).items()
    }


def test_everything_is_there(odd: Store, form: str, tmp_path: Path) -> None:
    """Exact decimals, times in UTC, nulls, lists, addresses, JSON, and texts of every kind."""
    done = export(odd, Target(form, tmp_path / "out"))
    found = READ[form](tmp_path / "out")
    assert done.rows == {name: len(rows) for name, rows in found.items()}
    check(found, odd, tmp_path)
    absent = [row["id"] for row in found["invoices"] if row["absent_since"]]
    assert absent == ["t1"]


def test_a_company(form: str, tmp_path: Path) -> None:
    """A made-up company that was synced comes out whole, links by rules included."""
    with company(tmp_path, 40) as one:
        export(one.store, Target(form, tmp_path / "out"))
        found = READ[form](tmp_path / "out")
        assert len(found["invoices"]) >= 40
        assert any(row["how"] == "derived" for row in found["links"])
        check(found, one.store, tmp_path)
        (tmp_path / "again").mkdir()
        with closing(store_of(found, tmp_path / "again")) as again:
            assert digest_of(again) == one.digest()


def test_what_changed(odd: Store, form: str, tmp_path: Path) -> None:
    """Changes brought into a whole export make what a later whole export is; DuckDB does it."""
    out = tmp_path / "out"
    first = export(odd, Target(form, out))
    change(odd)
    assert export(odd, Target(form, out), first.cursor).cursor == 2
    found = READ[form](out)
    if form == "parquet":
        apply(found, read_parquet(out / "since-1"))
    check(found, odd, tmp_path)
    # Once more what was told already: nothing comes twice.
    export(odd, Target(form, out), first.cursor)
    if form == "duckdb":
        check(read_duckdb(out), odd, tmp_path / "again")


def test_every_column_has_its_own_type(odd: Store, form: str, tmp_path: Path) -> None:
    """Money is an exact decimal, a time has its zone, a day is a day, and columns are described."""
    out = tmp_path / "out"
    export(odd, Target(form, out), tables=["invoices"])
    if form == "parquet":
        schema = pq.read_schema(out / "invoices.parquet")
        metadata = pq.ParquetFile(out / "invoices.parquet").metadata
        assert metadata.row_group(0).column(0).compression == "ZSTD"
        assert all(field.metadata[b"description"] for field in schema)
        names = ("total", "issued_at", "due_on", "overdue")
        assert [str(schema.field(name).type) for name in names] == [
            "decimal128(38, 18)",
            "timestamp[us, tz=UTC]",
            "date32[day]",
            "bool",
        ]
        return
    with duckdb.connect(str(out)) as db:
        types = dict(
            db.execute(
                "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'invoices'"
            ).fetchall()
        )
        (told,) = db.execute(
            "SELECT count(comment) FROM duckdb_columns() WHERE table_name = 'invoices'"
        ).fetchone()
    assert types["total"] == "DECIMAL(38,18)"
    assert types["issued_at"] == "TIMESTAMP WITH TIME ZONE"
    assert (types["due_on"], types["overdue"]) == ("DATE", "BOOLEAN")
    assert told == len(types)


def test_a_number_that_does_not_fit(odd: Store, form: str, tmp_path: Path) -> None:
    """It is refused by its record, never rounded, and what was exported before stays."""
    out = tmp_path / "out"
    export(odd, Target(form, out))
    before = READ[form](out)
    with odd.transaction():
        odd.apply(Changes(1, rows={WIDE.ref: to_row(WIDE)}))
    with pytest.raises(StoreError, match=r"invoice_lines\.quantity of odd:wide:0 has 21 digits"):
        export(odd, Target(form, out))
    assert READ[form](out) == before
    export(odd, Target("csv", tmp_path / "csv"))  # as the error says


_KILLED = """
import os, signal, sys
from pathlib import Path
from duetrail.exports import Target, export, run
from duetrail.stores import open_store

whole, count = run.chunks, [0]

def chunks(*args):
    for chunk in whole(*args):
        count[0] += 1
        if count[0] == int(sys.argv[4]):
            os.kill(os.getpid(), signal.SIGKILL)
        yield chunk

run.chunks = chunks
store = open_store("sqlite:///odd.db", folder=Path(sys.argv[1]))
export(store, Target(sys.argv[2], Path(sys.argv[1]) / "out"), int(sys.argv[3]))
"""


def test_a_failure_leaves_no_new_file(odd: Store, form: str, tmp_path: Path) -> None:
    """Where nothing stood before, nothing stands after an export that failed."""
    with odd.transaction():
        odd.apply(Changes(1, rows={WIDE.ref: to_row(WIDE)}))
    (tmp_path / "here").mkdir()
    with pytest.raises(StoreError, match="has 21 digits"):
        export(odd, Target(form, tmp_path / "here" / "out"))
    assert [file for file in (tmp_path / "here").rglob("*") if file.is_file()] == []


def test_files_are_private(odd: Store, form: str, tmp_path: Path) -> None:
    """What is made is for its owner only, as the store is."""
    export(odd, Target(form, tmp_path / "here" / "out" if form == "parquet" else tmp_path / "out"))
    made = [file for file in tmp_path.rglob("*out*") if file.is_file()]
    made += list(tmp_path.rglob("*.parquet"))
    assert made
    assert {file.stat().st_mode & 0o777 for file in made} == {0o600}


@pytest.mark.parametrize(("since", "chunk"), [(0, 2), (0, 7), (1, 6)])
def test_a_killed_export_leaves_what_was_there(
    odd: Store, form: str, tmp_path: Path, since: int, chunk: int
) -> None:
    """Killed in mid-way, everything is as it was, and the next export is whole."""
    out = tmp_path / "out"
    export(odd, Target(form, out))
    before = READ[form](out)
    change(odd)
    command = [sys.executable, "-c", _KILLED, str(tmp_path), form, str(since), str(chunk)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert READ[form](out) == before
    export(odd, Target(form, out), 1 if form == "duckdb" else 0)
    check(READ[form](out), odd, tmp_path)


def test_other_tables_of_a_duckdb_file_stay(odd: Store, tmp_path: Path) -> None:
    """An export replaces its own tables only: a model, or a view on it, is still there."""
    out = tmp_path / "out"
    export(odd, Target("duckdb", out))
    with duckdb.connect(str(out)) as db:
        db.execute("CREATE TABLE mine AS SELECT 1 AS one")
        db.execute("CREATE VIEW odd_ones AS SELECT id FROM invoices")
    export(odd, Target("duckdb", out))
    with duckdb.connect(str(out)) as db:
        assert db.execute("FROM mine").fetchall() == [(1,)]
        assert len(db.execute("FROM odd_ones").fetchall()) == len(stored(odd)["invoices"])


@pytest.mark.parametrize("chosen", [(), ("calls",)])
def test_a_gap_is_refused(odd: Store, tmp_path: Path, chosen: tuple[str, ...]) -> None:
    """Changes are only brought into a file that has all changes before them."""
    out = tmp_path / "out"
    if chosen:
        export(odd, Target("duckdb", out), tables=["invoices"])
    change(odd)
    with pytest.raises(UsageError, match="cannot take what changed since run 1: its table"):
        export(odd, Target("duckdb", out), 1, chosen)
    export(odd, Target("duckdb", out))
    change(odd)
    change(odd)
    with pytest.raises(UsageError, match="its table invoices ends at run 2"):
        export(odd, Target("duckdb", out), 3)


@pytest.mark.parametrize(
    ("first", "then", "state"),
    [
        (["odd"], [], "odd"),
        (["odd"], ["other"], "odd"),
        ([], ["odd"], "every connection"),
    ],
)
def test_other_connections_are_refused(
    odd: Store, tmp_path: Path, first: list[str], then: list[str], state: str
) -> None:
    """A file with some connections is not brought up to date with others: it would have gaps."""
    out = Target("duckdb", tmp_path / "out")
    cursor = export(odd, out, connections=first).cursor
    change(odd)
    with pytest.raises(UsageError, match=f"its table invoices has {state}"):
        export(odd, out, cursor, connections=then)
    assert export(odd, out, cursor, connections=first).cursor == 2


def test_a_file_of_an_older_version(odd: Store, tmp_path: Path) -> None:
    """A file that has no column for what changed is refused, with what to do; no cursor is lost."""
    out = tmp_path / "out"
    cursor = export(odd, Target("duckdb", out)).cursor
    with duckdb.connect(str(out)) as db:
        db.execute("ALTER TABLE duetrail_export DROP COLUMN connections")
    change(odd)
    assert export(odd, Target("duckdb", out), cursor).cursor == 2
    with duckdb.connect(str(out)) as db:
        db.execute("ALTER TABLE invoices DROP COLUMN number")
    with pytest.raises(UsageError, match="its table invoices has no column number"):
        export(odd, Target("duckdb", out), 2)


def test_a_duckdb_file_that_is_used(odd: Store, tmp_path: Path) -> None:
    """Another program that has the file open is told of; so is a file of another kind."""
    out = tmp_path / "out"
    export(odd, Target("duckdb", out))
    code = "import duckdb, sys; db = duckdb.connect(sys.argv[1]); print(flush=True); input()"
    command = [sys.executable, "-c", code, str(out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(StoreError, match="cannot be written"):
            export(odd, Target("duckdb", out))
        other.communicate(b"\n")
    (tmp_path / "text").write_text("no database")
    with pytest.raises(StoreError, match="cannot be written"):
        export(odd, Target("duckdb", tmp_path / "text"))


def test_batches_are_bounded(odd: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are written whenever there are enough of them: memory does not grow with the table."""
    monkeypatch.setattr(tables, "_PORTION", 5)
    monkeypatch.setattr(parquet, "_ROWS", 10)
    export(odd, Target("parquet", tmp_path / "out"))
    metadata: Any = pq.ParquetFile(tmp_path / "out" / "invoices.parquet").metadata
    sizes = [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)]
    assert sizes == [10, 10, len(stored(odd)["invoices"]) - 20]
