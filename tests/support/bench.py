"""A vendor's stand-in behind a proxy, and projects that sync from it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import field, frozen
from click.testing import CliRunner

from duetrail.cli import main
from duetrail.model import RECORDS
from duetrail.pipeline import digest
from duetrail.stores import Store, open_store
from duetrail.stores.schema import engine_tables, record_tables
from duetrail.testing import FaultProxy
from duetrail_sandbox.server import Sandbox
from support.postgres import server

# Short, so that faults that wait cost little; long enough for a busy machine to answer in.
_TIMEOUT = 0.5
_MAX_TIME = 2.0
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
        page_size: Rows a page; None where there are no pages, so that nothing moves from one to
            the next.
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
        first=6,
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


# --- projects ------------------------------------------------------------------------------------

SQLITE, POSTGRESQL = "sqlite", "postgresql"

STORES: Mapping[str, Callable[[Path], str]] = {
    SQLITE: lambda folder: f"sqlite:///{folder}/duetrail.db",
    POSTGRESQL: lambda _: server().new_url(),
}
"""The URL of a store of each kind that is not made yet, for a project in a folder."""


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
    """A folder with a configuration, and a store, in the folder or on a server.

    Attributes:
        folder: The folder.
        url: The URL of the store.
    """

    folder: Path
    url: str

    @property
    def config(self) -> Path:
        return self.folder / "duetrail.toml"

    @property
    def database(self) -> Path:
        """The file of the store, where it is one."""
        return self.folder / "duetrail.db"

    def configure(self, config: str) -> None:
        """Give it a configuration, in which the place of the store is left out."""
        text = f"[store]\nurl = {json.dumps(self.url)}\n\n{config}"
        self.config.write_text(text, encoding="utf-8")

    def opened(self) -> closing[Store]:
        """The store, until it is closed."""
        return closing(open_store(self.url))

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
        """A copy of the folder as it is now, as after a power cut: nothing was closed.

        Its store is a file.
        """
        folder = (
            self.folder.parent / f"{self.folder.name}-{len(list(self.folder.parent.iterdir()))}"
        )
        shutil.copytree(self.folder, folder)
        one = Project(folder, STORES[SQLITE](folder))
        one.config.write_text(self.config.read_text().replace(self.url, one.url))
        return one

    def syncing(self, **how: Any) -> subprocess.Popen[str]:
        """`duetrail sync` as a process of its own, one worker."""
        code = "from duetrail.cli import main; main()"
        return self.child("-c", code, "sync", "--workers", "1", **how)

    def sound(self) -> bool:
        """Whether the store opens and SQLite finds nothing wrong with it."""
        with closing(open_store(self.url, create=True)) as store:
            (row,) = store.select("PRAGMA integrity_check")
            return list(row.values()) == ["ok"]

    def kept(self) -> Kept:
        """What the store holds now."""
        with self.opened() as store:
            found = frozenset(
                (record.table, row["connection"], row["id"])
                for record in RECORDS
                for row in store.select(f"SELECT connection, id FROM {record.table}")
            )
            return Kept(digest(store), found)

    def everything(self) -> Iterator[bytes]:
        """All that is kept: the files as they are, or every row, and each page unpacked."""
        for file in self.folder.glob("duetrail.db*"):
            yield file.read_bytes()
        with self.opened() as store:
            if self.url.startswith(POSTGRESQL):
                for table in (*record_tables(), *engine_tables()):
                    sql = f"SELECT CAST(t AS text) AS line FROM {table.name} AS t"
                    yield from (row["line"].encode() for row in store.select(sql))
            for row in store.select("SELECT number FROM pages"):
                page = store.page(row["number"])
                yield page.body + page.url.encode()


@frozen
class Bench:
    """A vendor's stand-in behind a proxy, and what an undisturbed sync makes of it."""

    name: str
    vendor: Vendor
    proxy: FaultProxy
    config: str
    folder: Path
    smooth: Kept
    people: frozenset[str] = field(repr=False)
    kind: str

    def project(self) -> Project:
        """A new folder, configured, without a store."""
        return project_in(self.folder, self.config, self.kind)

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


def project_in(folder: Path, config: str, kind: str) -> Project:
    """A new project in a folder of projects.

    Args:
        folder: Where.
        config: Its configuration, without the place of its store.
        kind: The kind of its store, of `STORES`.
    """
    own = folder / f"{len(list(folder.iterdir()))}"
    own.mkdir()
    one = Project(own, STORES[kind](own))
    one.configure(config)
    return one


def config_of(sandbox: Sandbox, vendor: str, url: str, **settings: Any) -> str:
    """A configuration of one vendor through the proxy, and of those its keys come from."""
    given = tomllib.loads(sandbox.config)["connections"]
    parts = []
    for name in (*VENDORS[vendor].before, vendor):
        facts = {**given[name], "timeout": _TIMEOUT, "max_time": _MAX_TIME}
        facts["attempts"] = _ATTEMPTS
        if size := VENDORS[name].page_size:
            facts["page_size"] = size
        if name == vendor:
            facts |= {"base_url": url, **settings}
        lines = [f"{key} = {json.dumps(value)}" for key, value in facts.items()]
        parts.append("\n".join([f"[connections.{name}]", *lines, ""]))
    return "\n".join(parts)


# --- what must not be said -----------------------------------------------------------------------

_PERSONAL = {
    "parties": ("name", "legal_name", "email", "phone"),
    "invoices": ("customer_name",),
    "contacts": ("name", "email", "phone"),
    "calls": ("from_number", "to_number"),
    "callouts": ("contact_name", "contact_email", "contact_phone"),
    "emails": ("from_address", "subject"),
}


def people_in(project: Project) -> frozenset[str]:
    """Names, numbers, addresses and subjects of a store."""
    with project.opened() as store:
        return frozenset(
            value
            for table, columns in _PERSONAL.items()
            for row in store.select(f"SELECT {', '.join(columns)} FROM {table}")
            for value in row.values()
            if value
        )
