"""What the tests of reliability share: a small company, vendors behind a proxy, and the page.

`DUETRAIL_WRITE_DOCS=1 python -m pytest tests/reliability` tries every kill point there is and
writes what came of everything to docs/reliability.md. The nightly run tries as much, and faults
must come to what the page says. A push tries some points, and each fault at one vendor.
"""

from __future__ import annotations

import os
import random
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from duetrail.stores import open_store
from duetrail.testing import FAULTS, FaultProxy, error_inside
from duetrail_sandbox.logins import PASSWORD
from duetrail_sandbox.server import Sandbox
from support.bad_inputs import VALUES, Desk
from support.bad_inputs import spots as spots_of
from support.bench import (
    POSTGRESQL,
    SQLITE,
    STORES,
    VENDORS,
    Bench,
    config_of,
    people_in,
    project_in,
)
from support.engines import REQUIRED
from support.nightly import NIGHTLY, nightly
from support.postgres import skip_without_server
from support.reliability_page import KILL_POINTS, PAGE, STORE_NAMES, TOTALS, Results

_HERE = Path(__file__).parent

# Of the values of a vendor's items so many are replaced in a usual run of the tests, and so many
# where a whole run is on PostgreSQL.
SOME = 12
MORE = 60

INVOICES = 10
SEED = 12
# What the items of bad inputs are drawn with.
DRAWN = 7
# Of a company that lives on: enough for every list of it to have pages, whose size lets each
# begin with a row of the one before.
LIVELY = 60
LIVELY_PAGE = 5
WRITES = os.environ.get("DUETRAIL_WRITE_DOCS") == "1"
BAD_VALUES = list(VALUES)
FAULT_NAMES = [fault.name for fault in FAULTS] + [error_inside(b"").name]

# In the environment of PostgreSQL nothing is tried again that SQLite has proven without it.
KINDS = [POSTGRESQL] if REQUIRED else list(STORES)

# What a push tries on PostgreSQL: what a page that is cut off, repeated or left out means to a
# store, and values that its columns and indexes may not take as SQLite's do.
ON_POSTGRESQL = {
    "503",
    "401 in mid-walk",
    "body shorter than announced",
    "connection reset amid the body",
    "the answer before, again",
    "a number of 40 digits",
    "a number of 5,000 digits",
    "one more than 64 bits",
    "a fraction of 60 places",
    "a number beyond a decimal",
    "a text of 100,000 letters",
    "a time after the last",
    "a time before the first",
    "a NUL",
    "half a character",
    "200 lists in each other",
    "before",
    "after",
}

# Tests that a push has run at several vendors on SQLite run at one on PostgreSQL, or at none, where
# a test of the store says the same.
AT_ONE = {
    "test_a_list_that_moves": "exante",
    "test_killed_at_a_request": "exante",
    "test_two_bad_values_lose_nothing": "yeti",
    "test_down_for_good": "",
    "test_one_pause_for_all": "",
    "test_what_is_lost_is_noticed": "",
}

# Not of the kit: the stand-in itself lives on.
MOVING = "rows that move under the walk"
ROWS = [*FAULT_NAMES, MOVING]

# After these the store is wrong until the next sync, and the exit code does not say so.
ONLY_NOTICED = {
    # Calls of another invoice are linked to the one that was asked for: a vendor may have reasons
    # of its own to show them there.
    ("credira", "the answer before, again"),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that asks for a vendor, a store, or a fault, is there for each."""
    marks = {mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")}
    for name, values in {"vendor": VENDORS, "kind": KINDS}.items():
        if name in metafunc.fixturenames and name not in marks:
            metafunc.parametrize(name, values, scope="session")
    if "fault_name" in metafunc.fixturenames:
        metafunc.parametrize("fault_name", FAULT_NAMES)
    if "bad_value" in metafunc.fixturenames:
        metafunc.parametrize("bad_value", BAD_VALUES)


@pytest.hookimpl(tryfirst=True)  # before what is marked is left out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A push tries each fault, bad value and end at one vendor, the next one at the next vendor."""
    lists = {"fault_name": FAULT_NAMES, "bad_value": BAD_VALUES, "when": ["before", "after"]}
    for item in items:
        if Path(__file__).parent not in item.path.parents:  # all tests are given, not those here
            continue
        given = item.callspec.params if hasattr(item, "callspec") else {}
        for name in lists.keys() & given.keys():
            is_its_turn = _turn(lists[name].index(given[name])) == given["vendor"]
            is_left_out = given.get("kind") == POSTGRESQL and given[name] not in ON_POSTGRESQL
            if is_left_out or not is_its_turn:
                item.add_marker(nightly)
        name = getattr(item, "originalname", "")
        if given.get("kind") == POSTGRESQL and given["vendor"] != AT_ONE.get(name, given["vendor"]):
            item.add_marker(nightly)


def _turn(at: int) -> str:
    """The vendor at which a push tries the value at a place of a list."""
    return list(VENDORS)[at % len(VENDORS)]


# --- the bench -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(invoices=INVOICES, seed=SEED) as one:
        yield one


@pytest.fixture(scope="session")
def bench(
    vendor: str, kind: str, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """The vendor, with an undisturbed sync into SQLite behind it, and one into the store's kind."""
    if kind == POSTGRESQL:
        skip_without_server()
    folder = tmp_path_factory.mktemp(f"{vendor}-{kind}")
    with FaultProxy(sandbox.base_urls[vendor]) as proxy:
        config = config_of(sandbox, vendor, proxy.url)
        smooth, *others = [project_in(folder, config, one) for one in dict.fromkeys([SQLITE, kind])]
        for project in (smooth, *others):
            assert project.sync().code == 0
        kept, people = smooth.kept(), people_in(smooth)
        assert all(other.kept() == kept for other in others)
        yield Bench(vendor, VENDORS[vendor], proxy, config, folder, kept, people, kind)


@pytest.fixture
def lively(vendor: str, kind: str, tmp_path: Path) -> Callable[[int], Any]:
    """Makes a company of one's own behind a proxy, and projects that sync the vendor from it."""

    @contextmanager
    def one(seed: int) -> Iterator[tuple[Sandbox, FaultProxy, Callable[[], Any]]]:
        folder = tmp_path / str(seed)
        folder.mkdir()
        with Sandbox(invoices=LIVELY, seed=seed) as own, FaultProxy(own.base_urls[vendor]) as proxy:
            settings = {"page_size": LIVELY_PAGE} if VENDORS[vendor].page_size else {}
            config = config_of(own, vendor, proxy.url, **settings)
            yield own, proxy, lambda: project_in(folder, config, kind)

    return one


@pytest.fixture(scope="session")
def configured(sandbox: Sandbox) -> Callable[..., str]:
    """The configuration of a vendor at an address, with further settings."""

    def text(vendor: str, url: str, **settings: Any) -> str:
        return str(config_of(sandbox, vendor, url, **settings))

    return text


@pytest.fixture(scope="session")
def secrets(sandbox: Sandbox) -> frozenset[str]:
    """Every token and password of the sandbox, and the mark of what must never be kept."""
    connections = tomllib.loads(sandbox.config)["connections"].values()
    tokens = {facts["token"] for facts in connections if "token" in facts}
    # Yeti's tokens are made at login; all of them begin like this.
    return frozenset({*tokens, PASSWORD, "sandbox-secret-", "eyJ"})


@pytest.fixture
def only_noticed() -> set[tuple[str, str]]:
    """Vendors and faults after which links are wrong for a while, and there is but a notice."""
    return ONLY_NOTICED


@pytest.fixture
def points() -> Callable[[int], list[int]]:
    """Which of so many points are tried: the first, one amid them and the last; or all."""

    def chosen(count: int) -> list[int]:
        return list(range(1, count + 1)) if NIGHTLY else sorted({1, (1 + count) // 2, count})

    return chosen


@pytest.fixture
def python() -> str:
    """This Python."""
    return sys.executable


@pytest.fixture
def killed(kind: str) -> Path:
    """The script of a sync that kills itself."""
    return _HERE / f"killed_in_{kind}.py"


# --- bad inputs ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def spots(vendor: str, samples: Any) -> list[Any]:
    """Every value of the vendor's items that can be replaced."""
    return list(spots_of(samples, vendor, DRAWN))


@pytest.fixture
def desk(samples: Any, kind: str, tmp_path: Path) -> Iterator[Any]:
    """A new store that takes what comes of bad pages."""
    with closing(open_store(STORES[kind](tmp_path), create=True)) as store:
        yield Desk(store, samples, datetime(2026, 6, 30, tzinfo=UTC))


@pytest.fixture(scope="session")
def bad_values() -> dict[str, str]:
    """Bad values as JSON, by name."""
    return dict(VALUES)


@pytest.fixture
def some(spots: list[Any], kind: str) -> Callable[[str], list[Any]]:
    """Which values are replaced: some, drawn with the seed and a word; or all, in SQLite."""
    if NIGHTLY and kind == SQLITE:
        return lambda word: spots
    count = min(MORE if NIGHTLY else SOME, len(spots))
    return lambda word: random.Random(f"{DRAWN} {word}").sample(spots, count)


# --- the page ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def titles() -> dict[str, str]:
    """The vendors' names for people."""
    return {name: vendor.title for name, vendor in VENDORS.items()}


@pytest.fixture(scope="session")
def page(titles: dict[str, str]) -> Iterator[Any]:
    """What comes of the tests; written to the page in the end, if that is wanted."""
    one = Results()
    yield one
    if WRITES:
        one.write(list(titles.values()), ROWS, BAD_VALUES)


@pytest.fixture
def results(page: Any, kind: str) -> Any:
    """Takes what comes of a test with a store of one kind."""
    return page.of(kind)


@pytest.fixture
def on_page(page: Any) -> Callable[[str, str, str], str]:
    """What the page says in a cell of a table; what was found now, where the page is written."""

    def cell(table: str, row: str, column: str) -> str:
        found = page.cells.get((SQLITE, table, row, column), "") if WRITES else ""
        return found or str(page.on_page(table, row, column))

    return cell


@pytest.fixture
def page_file() -> Path:
    return Path(PAGE)


@pytest.fixture
def fault_names() -> list[str]:
    """The rows of the table of faults."""
    return ROWS


@pytest.fixture
def moving() -> str:
    """The row of lists that move."""
    return MOVING


@pytest.fixture
def kill_points() -> list[str]:
    return list(KILL_POINTS)


@pytest.fixture
def totals() -> list[str]:
    return list(TOTALS)


@pytest.fixture
def stores() -> list[str]:
    """The names of the stores on the page."""
    return list(STORE_NAMES.values())


@pytest.fixture
def company() -> tuple[int, int]:
    """Invoices and seed."""
    return INVOICES, SEED
