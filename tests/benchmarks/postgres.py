"""Measure writing to PostgreSQL beside a bare COPY of the same rows into the same tables.

    python tests/benchmarks/postgres.py [--kind lean|full] [--records 10000] [--rounds 5]

What is written is ready in memory: the changes of a first sync, page by page. Both write a page in
a transaction, into a store with all its indexes, on a server of their own that syncs no disk.
Printed are the minima of the rounds: seconds by the clock, and of processor time of the client and
the server's process together.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import compress
from pathlib import Path
from typing import Any

import attrs
from measuring import vendor

sys.path.insert(0, str(Path(__file__).parents[1]))

import duetrail
from duetrail.stores import Changes, open_store
from duetrail.stores.packing import pack
from duetrail.stores.postgres.store import PostgresStore
from duetrail.stores.records import LINK, child_rows, link_values
from duetrail.stores.rows import table_of
from duetrail.stores.sightings import OBSERVATION
from duetrail.stores.sqlite import SqliteStore
from support.postgres import PostgresServer

_CONFIG = """
[connections.stuut]
base_url = "{url}/{kind}/{records}"
token = "bench-token-of-24-letters"
page_size = 200
amounts = "major"
cross_check = false
"""
_TICKS = os.sysconf("SC_CLK_TCK")

Copies = list[tuple[str, list[tuple[Any, ...]]]]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser("python tests/benchmarks/postgres.py", description=__doc__)
    parser.add_argument("--kind", choices=["lean", "full"], default="lean")
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    pages = changes(wanted.kind, wanted.records)
    seen: set[tuple[Any, ...]] = set()
    copies = [[*tables(page, seen)] for page in pages]
    rows = sum(len(some) for page in copies for _, some in page)
    server = PostgresServer()
    costs: dict[str, list[tuple[float, float]]] = {"COPY": [], "store.apply": []}
    for _ in range(wanted.rounds):
        for name, write in (
            ("COPY", lambda store: bare(store, copies)),
            ("store.apply", lambda store: apply(store, pages)),
        ):
            store = open_store(server.new_url(), create=True)
            assert isinstance(store, PostgresStore)
            costs[name].append(cost(store, write))
            store.close()
    server.close()
    sys.stdout.write(f"{wanted.kind}, {len(pages)} pages, {rows:,} rows in all tables\n")
    for name, each in costs.items():
        wall, cpu = (min(times) for times in zip(*each, strict=True))
        sys.stdout.write(
            f"{name:12} {wall:6.2f} s wall, {rows / wall:9,.0f} rows/s;"
            f" {cpu:6.2f} s CPU, {rows / cpu:9,.0f} rows/s\n"
        )
    walls, cpus = ([min(one[at] for one in each) for each in costs.values()] for at in (0, 1))
    sys.stdout.write(f"store.apply of COPY: {walls[0] / walls[1]:.0%} wall")
    sys.stdout.write(f", {cpus[0] / cpus[1]:.0%} CPU\n")
    return 0


def changes(kind: str, records: int) -> list[Changes]:
    """What a first sync writes, page by page."""
    found: list[Changes] = []

    class Noting(SqliteStore):
        def apply(self, changes: Changes) -> None:
            found.append(changes)
            super().apply(changes)

    from duetrail import stores

    stores.SqliteStore = Noting  # type: ignore[misc]
    with vendor() as url, tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "duetrail.toml")
        config.write_text(_CONFIG.format(url=url, kind=kind, records=records))
        assert duetrail.sync(config=config, workers=1, select=["invoices"]).exit_code == 0
    return [one for one in found if one.rows]


def tables(page: Changes, seen: set[tuple[Any, ...]]) -> Iterator[tuple[str, Any]]:
    """What a bare COPY writes of a page: the statement and the rows, without empty columns.

    Pages of a list overlap a little; what is written again is left out, for COPY cannot.
    """
    groups: dict[str, list[Any]] = {}
    for row in page.rows.values():
        groups.setdefault(row.table, []).append(row)
    for name, group in groups.items():
        table = table_of(name)
        names = [column.name for column in (*table.identity, *table.columns)]
        yield copy(name, names, [(row.connection, row.id, *row.values) for row in group])
        for child in table.children.values():
            names = [column.name for column in (*child.identity, *child.columns)]
            if rows := child_rows(child, group):
                yield copy(child.name, names, rows)
    if page.links:
        yield copy("links", LINK.split(", "), [link_values(link) for link in page.links])
    observations = [one for one in page.observations.values() if one[:6] not in seen]
    documents = [one for one in page.documents.values() if one[:1] not in seen]
    seen |= {one[:6] for one in observations} | {one[:1] for one in documents}
    yield copy("observations", OBSERVATION.split(", "), observations)
    yield copy("documents", ["document", "hash", "page", "run", "items"], documents)
    for number, one in page.pages.items():
        kept = attrs.asdict(attrs.evolve(one, body=pack(one.body)))
        yield copy("pages", ["number", *kept], [(number, *kept.values())])


def copy(
    table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> tuple[str, list[tuple[Any, ...]]]:
    """A COPY of the columns in which any row holds something."""
    columns = [*zip(*rows, strict=True)]
    filled = [any(value is not None for value in column) for column in columns]
    some = ", ".join(compress(names, filled))
    return f"COPY {table} ({some}) FROM STDIN", [
        *zip(*compress(columns, filled), strict=True)  # a bool is 0 or 1
    ]


def bare(store: PostgresStore, pages: list[Copies]) -> None:
    """Write pages by nothing but COPY."""
    for page in pages:
        with store.transaction(), store._db.cursor() as cursor:
            for sql, rows in page:
                with cursor.copy(sql) as to:
                    for row in rows:
                        to.write_row(row)


def apply(store: PostgresStore, pages: list[Changes]) -> None:
    """Write pages as a sync does."""
    for page in pages:
        with store.transaction():
            store.apply(page)


def cost(store: PostgresStore, write: Callable[[PostgresStore], None]) -> tuple[float, float]:
    """Seconds by the clock, and of processor time of both processes."""
    server = store._db.info.backend_pid
    wall, mine, other = time.perf_counter(), time.process_time(), _cpu(server)
    write(store)
    return (
        time.perf_counter() - wall,
        time.process_time() - mine + _cpu(server) - other,
    )


def _cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    sys.exit(main())
