"""How often a page tells the server something: as seldom where it is large as where it is small."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from duetrail import api
from duetrail.stores import open_store
from support.postgres import PostgresServer

VENDOR = Path(__file__).parents[3] / "benchmarks/vendor.py"
MOST = 12

_CONFIG = """
[connections.stuut]
base_url = "{url}/lean/{count}"
token = "bench-token-of-24-letters"
page_size = {size}
amounts = "major"
cross_check = false
"""
_LINE = re.compile(r"LOG:  (?:statement|execute [^:]*):\s+(\w+)")


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    """The vendor of the benchmarks."""
    with subprocess.Popen(
        [sys.executable, VENDOR], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.stdin.close()


@pytest.fixture
def counted(pg: PostgresServer, vendor: str, tmp_path: Path) -> Callable[..., list[str]]:
    """Syncs pages of a size into a store; the first words of what the server was told meanwhile."""

    def sync(url: str, pages: int, size: int) -> list[str]:
        config = tmp_path / "duetrail.toml"
        config.write_text(_CONFIG.format(url=vendor, count=pages * size, size=size))
        log = pg.folder / "log"
        before = log.stat().st_size
        store = f"{url}&options=-clog_statement%3Dall"
        done = api.sync(config=config, store=store, workers=1, select=["invoices"], full=True)
        assert done.exit_code == 0
        with log.open("rb") as file:
            file.seek(before)
            return _LINE.findall(file.read().decode(errors="replace"))

    return sync


@pytest.mark.parametrize("size", [20, 200])
@pytest.mark.parametrize("kind", ["new", "known", "changed"])
def test_a_page(pg: PostgresServer, counted, size: int, kind: str) -> None:
    """A new page, one of which all is known, and one of which all has changed."""
    costs = []
    for pages in (2, 4):
        url = pg.new_url()
        told = counted(url, pages, size)
        if kind != "new":
            if kind == "changed":
                _change(url)
            told = counted(url, pages, size)
        costs.append(told)
    few, many = costs
    assert len(many) - len(few) <= 2 * MOST, many[-40:]
    assert len(many) > len(few) + 2


def _change(url: str) -> None:
    """Make everything stored differ from what the vendor shows."""
    store = open_store(url)
    with store.transaction():
        for statement in (
            "UPDATE documents SET hash = substr(hash, 1, 12)",
            "UPDATE observations SET hash = decode('00', 'hex')",
            "UPDATE invoices SET number = 'another'",
            "UPDATE invoice_lines SET description = 'another'",
        ):
            store._read(statement)
    store.close()
