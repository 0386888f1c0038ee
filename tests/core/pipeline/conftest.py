"""Echo, the pretend vendor of docs/examples, made importable; its pages, stores and projects."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from attrs import evolve, field, frozen

from duetrail import api, plugins
from duetrail.http.body import decode
from duetrail.pipeline import Summary, digest, run
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.commit import Committer, Outcome
from duetrail.pipeline.documents import Known, knows_none
from duetrail.pipeline.mapping import map_page
from duetrail.plugins import Plugin
from duetrail.source import Connection, Key, KeySource, Page, Resource, Shape, Shard, Source, Unread
from duetrail.stores import Checkpoint, CountQuery, Store, open_store
from duetrail.streams import BoundSource

ECHO = Path(__file__).parents[3] / "docs" / "examples" / "echo"

Json = dict[str, Any]


@pytest.fixture(scope="module")
def echo_path(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What stands on `sys.path` where duetrail-echo is installed."""
    site = tmp_path_factory.mktemp("site")
    info = site / "duetrail_echo-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: duetrail-echo\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[duetrail]\necho = duetrail_echo\n")
    return [str(ECHO), str(site)]


@pytest.fixture(scope="module", autouse=True)
def _installed(echo_path: list[str]) -> Iterator[None]:
    sys.path[:0] = echo_path
    plugins.load.cache_clear()
    yield
    for folder in echo_path:
        sys.path.remove(folder)
    plugins.load.cache_clear()


class Toy:
    """Echo taken apart: its plugin, a connection to it, and batches of made-up pages."""

    def __init__(self) -> None:
        self.plugin = plugins.load("echo")
        assert self.plugin.source is not None
        self.source = self.plugin.source
        self.connection = self.connect()

    def connect(self, name: str = "echo", *, answers: str = "", **changes: Any) -> Connection:
        """A connection; `invoices` is where its keys come from, `source` and the rest its own."""
        options = self.source.options(
            answers=answers, invoices=changes.pop("invoices", KeySource())
        )
        facts = {"name": name, "source": self.source, "base_url": "http://127.0.0.1"}
        return Connection(**(facts | {"options": options} | changes))

    def hooked(self, **hooks: Callable[..., Any]) -> Plugin:
        """The plugin with other hooks, each taking all its arguments by name."""
        return evolve(self.plugin, implementations={**self.plugin.implementations, **hooks})

    def declaring(self, *resources: Resource) -> Source:
        """A source with other resources; what they do not yield is unsupported."""
        yielded = {record for resource in resources for record in resource.yields}
        main = [record for _, record in sorted(_main().items()) if record not in yielded]
        return evolve(self.source, resources=resources, unsupported=tuple(main))

    def shape(self, of: str, **changes: Any) -> Shape:
        """One of Echo's shapes, changed."""
        every = [shape for resource in self.source.resources for shape in resource.shapes]
        return evolve(next(shape for shape in every if shape.name == of), **changes)

    @staticmethod
    def page(data: Any) -> Page:
        """A page as a session gives it: bytes, of which the tree is built when somebody looks."""
        body = msgspec.json.Encoder(decimal_format="number").encode(data)
        return Page(url="echo:/page", status=200, headers={}, body=body, data=Unread(body, decode))

    def batch(
        self,
        data: Any,
        resource: str | Resource = "invoices",
        *,
        key: Key | None = None,
        plugin: Plugin | None = None,
        shard: str = "all",
        known: Known = knows_none,
    ) -> Batch:
        """A page, mapped, but for what is known of it."""
        if isinstance(resource, str):
            resource = self.source.resource(resource)
        asked = Shard(resource.name, key.value if key else shard, key)
        page = self.page(data)
        return map_page(plugin or self.plugin, self.connection, resource, asked, page, known=known)


def _main() -> dict[str, Any]:
    from duetrail.model import Call, Callout, Email, Invoice

    return {record.table: record for record in (Invoice, Call, Callout, Email)}


@pytest.fixture(scope="module")
def toy(_installed: None) -> Toy:
    return Toy()


NOW = "2026-01-01T00:00:00.000000Z"


@frozen
class Ledger:
    """A store and the runs that write to it, one committer each."""

    store: Store
    plugins: Mapping[str, Plugin]
    _committers: list[Committer] = field(factory=list)

    def run(self) -> Ledger:
        """Begin another run."""
        number = self.store.begin_run(NOW)
        self._committers.append(Committer(self.store, number, dict(self.plugins), NOW))
        return self

    def commit(self, *batches: Batch, done: str = "") -> Outcome:
        """Commit batches in the run that is going on, and `done`, the checkpoint of a shard."""
        if not self._committers:
            self.run()
        for batch in batches:
            (outcome,) = self._committers[-1].commit((batch, None))
        if done:
            batch = batches[-1]
            place = (batch.connection.name, batch.resource.name, done)
            point = Checkpoint(*place, len(self._committers), NOW, "done")
            self._committers[-1].commit((None, point))
            outcome = self._committers[-1].close_rejects(batch.connection, batch.resource, [done])
        return outcome

    @property
    def committer(self) -> Committer:
        """Of the run that is going on."""
        if not self._committers:
            self.run()
        return self._committers[-1]

    @property
    def digest(self) -> str:
        return digest(self.store)

    def column(self, table: str, column: str) -> list[Any]:
        """One column of a table, in order."""
        return [row[column] for row in self.store.select(f"SELECT * FROM {table} ORDER BY 1, 2, 3")]

    def links(self) -> set[tuple[str, str, str]]:
        """Every link as (touch, invoice, how)."""
        return {
            (row["id"], row["invoice_id"], row["how"])
            for row in self.store.select("SELECT * FROM links")
        }

    def count(self, table: str) -> int:
        return sum(self.store.counts(CountQuery(table)).values())


@pytest.fixture(scope="module")
def ledgers(toy: Toy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Ledger]]:
    """Makes fresh ledgers, each in a file of its own."""
    opened: list[Ledger] = []
    folder = tmp_path_factory.mktemp("ledgers")

    def make() -> Ledger:
        store = open_store(f"sqlite:///{len(opened)}.db", folder=folder, create=True)
        opened.append(Ledger(store, {"echo": toy.plugin}))
        return opened[-1]

    yield make
    for ledger in opened:
        ledger.store.close()


@pytest.fixture
def ledger(ledgers: Callable[[], Ledger]) -> Ledger:
    return ledgers()


@frozen
class Project:
    """A folder with answers, a configuration and a store."""

    folder: Path
    toy: Toy

    def answer(self, **answers: Any) -> Project:
        """Have Echo answer so from now on."""
        (self.folder / "answers.json").write_bytes(msgspec.json.encode(answers))
        return self

    def configure(self, **connections: Mapping[str, Any]) -> Path:
        """Write duetrail.toml; every connection is one to Echo unless it says otherwise."""
        lines = []
        for name, settings in connections.items():
            lines.append(f"[connections.{name}]")
            facts = {"plugin": "echo", "answers": str(self.folder / "answers.json"), **settings}
            lines += [f"{key} = {msgspec.json.encode(v).decode()}" for key, v in facts.items()]
        path = self.folder / "duetrail.toml"
        path.write_text("\n".join(lines))
        return path

    def sync(self, *names: str, **how: Any) -> Summary:
        """`duetrail.sync` with the configuration of this folder."""
        return api.sync(*names, config=self.folder / "duetrail.toml", **how)

    def run(self, plugin: Plugin, connection: Connection, **how: Any) -> Summary:
        """A run of one connection with a plugin of one's own."""
        with_store = self.store(create=True)
        try:
            sources = {connection.name: BoundSource(connection, plugin)}
            return run.sync(with_store, sources, [connection.name], **how)
        finally:
            with_store.close()

    def store(self, *, create: bool = False) -> Store:
        return open_store("sqlite:///duetrail.db", folder=self.folder, create=create)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a query gives."""
        store = self.store()
        try:
            return [tuple(row.values()) for row in store.select(sql)]
        finally:
            store.close()

    @property
    def digest(self) -> str:
        store = self.store()
        try:
            return digest(store)
        finally:
            store.close()


@pytest.fixture
def project(tmp_path: Path, toy: Toy) -> Project:
    """A project with one connection, `echo`, whose calls are asked for by its own invoices."""
    one = Project(tmp_path, toy)
    one.configure(echo={"invoices": "echo:number"})
    return one.answer()


@pytest.fixture
def projects(tmp_path: Path, toy: Toy) -> Callable[[str], Project]:
    """Makes further projects like `project`, side by side."""

    def make(name: str) -> Project:
        folder = tmp_path / name
        folder.mkdir()
        one = Project(folder, toy)
        one.configure(echo={"invoices": "echo:number"})
        return one.answer()

    return make
