"""Day by day: incremental syncs come to what a fresh one finds, and cost what the pages say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

import duetrail
from duetrail import plugins
from duetrail.pipeline import Summary
from duetrail_sandbox.server import Sandbox
from support.nightly import at_push
from support.stored import digest_at

DAYS = 3
SIZES = (40, 120)

# A small company on small pages shows what a large one costs.
PAGES = {"stuut": "page_size = 5\n"}

# Who is synced for whom: Credira is asked about the invoices that Stuut knows.
FEEDERS = {"credira": ("stuut",)}
VENDORS = ("stuut", "credira", "exante", "yeti")

CURSORS = (("stuut", "invoices"), ("yeti", "cdrs"), ("yeti", "invoices"))


@frozen
class Lived:
    """What a vendor's connection came to over some days.

    Attributes:
        first: The first sync.
        days: One sync a day, after the company has lived that day.
        full: A full one at the end, of the same day as the last.
        digests: Of this store after that, and of a fresh one of the final state.
        ended: Exit codes of all of them.
    """

    first: Summary
    days: tuple[Summary, ...]
    full: Summary
    digests: tuple[str, str]


def _live(vendor: str, invoices: int, folder: Path) -> Lived:
    names = (*FEEDERS.get(vendor, ()), vendor)
    with Sandbox(invoices=invoices, seed=11) as sandbox:
        config = folder / "duetrail.toml"
        config.write_text(_with_everything(sandbox.config))

        def sync(store: str, **how: Any) -> Summary:
            url = f"sqlite:///{folder}/{store}.db"
            # One worker: whose request brings a login along must not be chance.
            how = {"workers": 1, "now": sandbox.now, **how}
            return duetrail.sync(*names, config=config, store=url, **how)

        first = sync("lived")
        days = []
        for _ in range(DAYS):
            sandbox.pass_days(1)
            days.append(sync("lived"))
        full = sync("lived", full=True)
        sync("fresh")
    return Lived(first, tuple(days), full, (_digest(folder, "lived"), _digest(folder, "fresh")))


def _with_everything(config: str) -> str:
    """The configuration with every optional resource of every connection."""
    for vendor in VENDORS:
        source = plugins.load(vendor).source
        assert source is not None
        optional = ", ".join(f'"{r.name}"' for r in source.resources if r.optional)
        heading = f"[connections.{vendor}]\n"
        settings = f"include = [{optional}]\n{PAGES.get(vendor, '')}"
        config = config.replace(heading, heading + settings)
    return config


def _digest(folder: Path, name: str) -> str:
    return digest_at(f"sqlite:///{name}.db", folder=folder)


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, int], Lived]:
    """Every vendor's life in a small and a larger company, as far as it is asked for."""
    known: dict[tuple[str, int], Lived] = {}

    class Lives(dict):  # type: ignore[type-arg]
        def __missing__(self, key: tuple[str, int]) -> Lived:
            known[key] = self[key] = _live(*key, tmp_path_factory.mktemp(f"{key[0]}-{key[1]}"))
            return known[key]

    return Lives()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("vendor", VENDORS)
def test_days_of_news_and_one_full_reading_are_a_fresh_sync(lives, vendor) -> None:
    """After some days of incremental syncs and one full one, the store is what a new one is."""
    lived, fresh = lives[vendor, SIZES[0]].digests
    assert lived == fresh


@pytest.mark.timeout(300)
@pytest.mark.parametrize("vendor", VENDORS)
def test_something_happens_every_day(lives, vendor) -> None:
    """The company really lives: each day's sync of the vendor finds news."""
    for summary in lives[vendor, SIZES[0]].days:
        assert sum(entry.written for entry in _own(summary, vendor)) > 0


@pytest.mark.timeout(300)
@pytest.mark.parametrize("vendor", at_push(VENDORS, "exante", "yeti"))
def test_what_a_day_costs(lives, vendor, generated) -> None:
    """The requests of a first sync, an ordinary day and a full one stand on the vendor's page."""
    rows = dict(_rows([lives[vendor, size] for size in SIZES], vendor))
    columns = [f"{what}, {size}" for size in SIZES for what in ("first", "a day", "full")]
    lines = [["resource", *columns], ["---", *["---:"] * len(columns)]]
    lines += [[f"`{name}`", *map(str, numbers)] for name, numbers in rows.items()]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    generated(f"vendors/{vendor}.md", "requests", table)


def _rows(lived: list[Lived], vendor: str) -> Iterator[tuple[str, list[int]]]:
    """Each resource with its requests: first, the mean of the days, full, for each company."""
    for place, entry in enumerate(_own(lived[0].first, vendor)):
        numbers = []
        for one in lived:
            days = [_own(summary, vendor)[place].requests for summary in one.days]
            mean = round(sum(days) / len(days))
            numbers += [_own(one.first, vendor)[place].requests, mean]
            numbers += [_own(one.full, vendor)[place].requests]
        yield entry.resource, numbers


def _own(summary: Summary, vendor: str) -> list[Any]:
    return [entry for entry in summary.resources if entry.connection == vendor]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("vendor", "resource"),
    at_push(CURSORS, ("yeti", "cdrs"), ("yeti", "invoices")),
)
def test_with_a_cursor_a_day_costs_its_news(lives, vendor, resource) -> None:
    """Where there is a cursor, a company four times as large costs not four times as much a day."""
    small, large = (dict(_rows([lives[vendor, size]], vendor))[resource][1] for size in SIZES)
    assert large < 3 * max(small, 1)
