"""What the tests of reliability share: a small company, vendors behind a proxy, and the page.

`DUETRAIL_WRITE_DOCS=1 python -m pytest tests/reliability` tries every kill point there is and
writes what came of everything to docs/reliability.md; without it every few points are tried.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen, mutable
from click.testing import CliRunner

from duetrail.cli import main
from duetrail.model import RECORDS
from duetrail.pipeline import digest
from duetrail.stores import open_store
from duetrail.testing import FAULTS, Faulty, error_inside
from duetrail_sandbox.logins import PASSWORD
from duetrail_sandbox.server import Sandbox

INVOICES = 10
SEED = 7
WRITES = os.environ.get("DUETRAIL_WRITE_DOCS") == "1"
PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
KILLED = Path(__file__).with_name("killed.py")

# Short, so that faults that wait cost little; long enough for a busy machine to answer in.
_TIMEOUT = 1.0
_ATTEMPTS = 3


@frozen
class Vendor:
    """A vendor as these tests meet it.

    Attributes:
        title: Its name for people.
        list: The requests of the list that gets the faults, as a regular expression.
        rows: Where on a page of that list the rows are.
        id: The key of a row's id.
        table: The table a row becomes a record of.
        resource: The name of the resource.
        error: An error in the vendor's own words, for a good status over it.
        first: Which request of the list gets the fault: one after an answer with rows.
        before: Connections that must be synced first, since keys come from them.
        page_size: Rows a page; None where there are no pages.
    """

    title: str
    list: str
    rows: tuple[str, ...]
    table: str
    resource: str
    error: bytes
    id: str = "id"
    first: int = 2
    before: tuple[str, ...] = ()
    page_size: int | None = 3


VENDORS = {
    "stuut": Vendor(
        "Stuut",
        r"/v1/invoices\?",
        ("data",),
        "invoices",
        "stuut.invoices",
        b'{"data": null, "error": "internal", "message": "Try again later"}',
    ),
    "credira": Vendor(
        "Credira",
        r"/calls\?",
        ("data",),
        "calls",
        "credira.calls",
        b'{"success": false, "error": {"code": "INTERNAL", "message": "Try again later"}}',
        first=5,
        before=("stuut",),
        page_size=None,
    ),
    "exante": Vendor(
        "Exante",
        r"/api/invoices\?",
        ("data", "items"),
        "invoices",
        "exante.invoices",
        b'{"status": "error", "status_code": 500, "error": "Try again later"}',
        id="uid",
    ),
    "yeti": Vendor(
        "Yeti Switch",
        r"/invoices\?",
        ("data",),
        "invoices",
        "yeti.invoices",
        b'{"errors": [{"title": "Try again later", "detail": "", "code": "500"}]}',
        page_size=2,
    ),
}
FAULT_NAMES = [fault.name for fault in FAULTS] + [error_inside(b"").name]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that asks for a vendor, or for a fault, is there for each."""
    marks = metafunc.definition.iter_markers("parametrize")
    if "vendor" in metafunc.fixturenames and not any(m.args[0] == "vendor" for m in marks):
        metafunc.parametrize("vendor", VENDORS, scope="session")
    if "fault_name" in metafunc.fixturenames:
        metafunc.parametrize("fault_name", FAULT_NAMES)


# --- a bench per vendor --------------------------------------------------------------------------


@frozen
class Done:
    """How a sync ended: its exit code and everything it said."""

    code: int
    said: str


@frozen
class Kept:
    """What a store holds."""

    digest: str
    records: frozenset[tuple[str, str, str]] = field(repr=False)


@frozen
class Project:
    """A folder with a configuration and a store."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "duetrail.toml"

    @property
    def database(self) -> Path:
        return self.folder / "duetrail.db"

    def sync(self, *arguments: str) -> Done:
        """`duetrail sync` in this process; anything but an orderly end is a failure here."""
        words = ["--config", str(self.config), "sync", *(arguments or ("--workers", "1"))]
        result = CliRunner().invoke(main, words)
        orderly = result.exception is None or isinstance(result.exception, SystemExit)
        assert orderly, result.exc_info
        return Done(result.exit_code, result.stdout + result.stderr)

    def child(self, *command: str, **how: Any) -> subprocess.Popen[str]:
        """A process of its own in this folder, with this Python."""
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **how,
        )

    def copied(self) -> Project:
        """A copy of the folder as it is now, as after a power cut: nothing was closed."""
        folder = (
            self.folder.parent / f"{self.folder.name}-{len(list(self.folder.parent.iterdir()))}"
        )
        shutil.copytree(self.folder, folder)
        return Project(folder)

    def syncing(self, **how: Any) -> subprocess.Popen[str]:
        """`duetrail sync` as a process of its own, one worker."""
        code = "from duetrail.cli import main; main()"
        return self.child("-c", code, "sync", "--workers", "1", **how)

    def sound(self) -> bool:
        """Whether the store opens and SQLite finds nothing wrong with it."""
        with closing(open_store(f"sqlite:///{self.database}", create=True)) as store:
            (row,) = store.select("PRAGMA integrity_check")
            return list(row.values()) == ["ok"]

    def kept(self) -> Kept:
        """What the store holds now."""
        store = open_store(f"sqlite:///{self.database}")
        with closing(store):
            found = frozenset(
                (record.table, row["connection"], row["id"])
                for record in RECORDS
                for row in store.select(f"SELECT connection, id FROM {record.table}")
            )
            return Kept(digest(store), found)

    def everything(self) -> Iterator[bytes]:
        """All that is kept: the files as they are, and each page unpacked."""
        for file in self.folder.glob("duetrail.db*"):
            yield file.read_bytes()
        store = open_store(f"sqlite:///{self.database}")
        with closing(store):
            for row in store.select("SELECT number FROM pages"):
                page = store.page(row["number"])
                yield page.body + page.url.encode()


@frozen
class Bench:
    """A vendor's stand-in behind a proxy, and what an undisturbed sync makes of it."""

    name: str
    vendor: Vendor
    proxy: Faulty
    config: str
    folder: Path
    smooth: Kept
    people: frozenset[str] = field(repr=False)

    def project(self) -> Project:
        """A new folder, configured, without a store."""
        return _project(self.folder, self.config)

    def received(self) -> set[tuple[str, str, str]]:
        """The rows of the list in answers that came through undisturbed, as records."""
        vendor, found = self.vendor, set()
        for asked, answer in self.proxy.forwarded:
            if re.search(vendor.list, asked.target) and answer.status == 200:
                rows = json.loads(answer.body)
                for key in vendor.rows:
                    rows = (rows or {}).get(key)
                found |= {(vendor.table, self.name, row[vendor.id]) for row in rows or ()}
        return found


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(invoices=INVOICES, seed=SEED) as one:
        yield one


@pytest.fixture(scope="session")
def bench(
    vendor: str, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    """The vendor, with an undisturbed sync behind it."""
    folder = tmp_path_factory.mktemp(vendor)
    with Faulty(sandbox.base_urls[vendor]) as proxy:
        config = _config(sandbox, vendor, proxy.url)
        project = _project(folder, config)
        assert project.sync().code == 0
        yield Bench(
            vendor,
            VENDORS[vendor],
            proxy,
            config,
            folder,
            project.kept(),
            _people(project.database),
        )


def _project(folder: Path, config: str) -> Project:
    one = Project(folder / f"{len(list(folder.iterdir()))}")
    one.folder.mkdir()
    one.config.write_text(config, encoding="utf-8")
    return one


def _config(sandbox: Sandbox, vendor: str, url: str, **settings: Any) -> str:
    """A configuration of one vendor through the proxy, and of those its keys come from."""
    given = tomllib.loads(sandbox.config)["connections"]
    parts = []
    for name in (*VENDORS[vendor].before, vendor):
        facts = {**given[name], "timeout": _TIMEOUT, "attempts": _ATTEMPTS}
        if size := VENDORS[name].page_size:
            facts["page_size"] = size
        if name == vendor:
            facts |= {"base_url": url, **settings}
        lines = [f"{key} = {json.dumps(value)}" for key, value in facts.items()]
        parts.append("\n".join([f"[connections.{name}]", *lines, ""]))
    return "\n".join(parts)


@pytest.fixture
def points() -> Callable[[int, int], list[int]]:
    """Which of so many points are tried: the first, the last and some between; or all."""

    def chosen(count: int, step: int) -> list[int]:
        return [n for n in range(1, count + 1) if WRITES or n in (1, count) or n % step == 0]

    return chosen


@pytest.fixture
def python() -> str:
    """This Python."""
    return sys.executable


@pytest.fixture
def killed() -> Path:
    """The script of a sync that kills itself."""
    return KILLED


@pytest.fixture(scope="session")
def configured(sandbox: Sandbox) -> Callable[..., str]:
    """The configuration of a vendor at an address, with further settings."""

    def text(vendor: str, url: str, **settings: Any) -> str:
        return _config(sandbox, vendor, url, **settings)

    return text


# --- what must not be said -----------------------------------------------------------------------

_PERSONAL = {
    "parties": ("name", "legal_name", "email", "phone"),
    "invoices": ("customer_name",),
    "contacts": ("name", "email", "phone"),
    "calls": ("from_number", "to_number"),
    "callouts": ("contact_name", "contact_email", "contact_phone"),
    "emails": ("from_address", "subject"),
}


def _people(database: Path) -> frozenset[str]:
    """Names, numbers, addresses and subjects of a store."""
    with closing(sqlite3.connect(database)) as db:
        return frozenset(
            value
            for table, columns in _PERSONAL.items()
            for row in db.execute(f"SELECT {', '.join(columns)} FROM {table}")
            for value in row
            if value
        )


@pytest.fixture(scope="session")
def secrets(sandbox: Sandbox) -> frozenset[str]:
    """Every token and password of the sandbox, and the mark of what must never be kept."""
    connections = tomllib.loads(sandbox.config)["connections"].values()
    tokens = {facts["token"] for facts in connections if "token" in facts}
    return frozenset({*tokens, PASSWORD, "sandbox-secret-", "eyJ"})


# --- the page ------------------------------------------------------------------------------------


@mutable
class Results:
    """What came of the tests, cell by cell, and on the page what came of them before.

    Attributes:
        cells: What was found now, by table, row and column.
        totals: Numbers, added up.
    """

    cells: dict[tuple[str, str, str], str] = field(factory=dict)
    totals: dict[str, int] = field(factory=dict)

    def note(self, table: str, row: str, column: str, words: str) -> None:
        """Note one cell."""
        self.cells[table, row, column] = words

    def count(self, name: str, number: int) -> None:
        """Add to a number."""
        self.totals[name] = self.totals.get(name, 0) + number

    @staticmethod
    def on_page(table: str, row: str, column: str) -> str:
        """What the page says in a cell; empty where it has none."""
        text = PAGE.read_text(encoding="utf-8")
        part = text.partition(f"<!-- generated: {table} -->\n")[2].partition("<!-- end -->")[0]
        lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in part.splitlines()]
        found = [line for line in lines if line and line[0] == row]
        return found[0][lines[0].index(column)] if found and column in lines[0] else ""

    def write(self) -> None:
        """Write the tables anew; what was not tried this time stays as it was."""
        titles = [vendor.title for vendor in VENDORS.values()]
        self._write("faults", ["fault", *titles], FAULT_NAMES)
        self._write("kills", ["killed", *titles], KILL_POINTS)
        if len(self.cells) < len(titles) * (len(FAULT_NAMES) + len(KILL_POINTS)):
            return  # totals of a part would be none
        for name, number in self.totals.items():
            self.note("totals", name, "number", f"{number:,}")
        self._write("totals", ["what", "number"], TOTALS)

    def _write(self, table: str, heads: list[str], names: list[str]) -> None:
        rows = [
            [
                name,
                *(
                    self.cells.get((table, name, h)) or self.on_page(table, name, h)
                    for h in heads[1:]
                ),
            ]
            for name in names
        ]
        ruled = [heads, ["---"] * len(heads), *rows]
        lines = "".join("| " + " | ".join(row) + " |\n" for row in ruled)
        begin, end = f"<!-- generated: {table} -->\n", "<!-- end -->\n"
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
        after = rest.partition(end)[2]
        PAGE.write_text(before + begin + lines + end + after, encoding="utf-8")


KILL_POINTS = ["as a request arrives", "right before a commit", "right after a commit"]
TOTALS = [
    "faults tried",
    "requests that got one",
    "kill points tried",
    "cuts of the write-ahead log tried",
    "requests counted against a limit",
    "requests over the limit",
    "records lost",
    "secrets found in messages and stores",
    "names, numbers and addresses of people found in messages",
]


@pytest.fixture
def unnoticed() -> set[tuple[str, str]]:
    """Vendors and faults after which the store is wrong until the next sync, and nobody knows."""
    return UNNOTICED


@pytest.fixture
def on_page(results: Results) -> Callable[[str, str, str], str]:
    """What the page says in a cell of a table; what was found now, where the page is written."""

    def cell(table: str, row: str, column: str) -> str:
        found = results.cells.get((table, row, column), "") if WRITES else ""
        return found or results.on_page(table, row, column)

    return cell


@pytest.fixture(scope="session")
def results() -> Iterator[Results]:
    one = Results()
    yield one
    if WRITES:
        one.write()


# A plugin that cannot tell, and why. What is here is on the page as it is, and should go.
UNNOTICED = {
    # Rows carry `invoice_id`, which the plugin does not compare with the key it asked with.
    ("credira", "the answer before, again"),
}


# --- what the tests of the page ask for ----------------------------------------------------------


@pytest.fixture
def page_file() -> Path:
    return PAGE


@pytest.fixture
def titles() -> dict[str, str]:
    """The vendors' names for people."""
    return {name: vendor.title for name, vendor in VENDORS.items()}


@pytest.fixture
def kill_points() -> list[str]:
    return KILL_POINTS


@pytest.fixture
def totals() -> list[str]:
    return TOTALS


@pytest.fixture
def company() -> tuple[int, int]:
    """Invoices and seed."""
    return INVOICES, SEED
