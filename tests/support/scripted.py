"""A vendor on loopback that answers by script, and a project that syncs from it."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from attrs import field, frozen
from click.testing import CliRunner, Result

from duetrail import api
from duetrail.cli import main
from duetrail.config import read_config
from duetrail.model import Record
from duetrail.pipeline import Summary
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.mapping import map_page
from duetrail.plugins import Plugin
from duetrail.source import Connection, Key, Page, Shard
from duetrail.stores import Store, open_store
from duetrail.testing import Answer, LoopbackServer, Request

TOKEN = "made-up-token-0001"


@frozen
class Reply:
    """An answer that is not simply 200 with JSON."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Vendor(LoopbackServer):
    """Answers each target with what it was told, in order, the last answer again and again.

    An answer may be a function of what is asked.
    """

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self._script: dict[str, list[Any]] = {}
        self._lock = threading.Lock()
        super().__init__(self._respond)

    def on(self, target: str, *answers: Any) -> Vendor:
        """Set the answers to a path, or to a path with exactly this query."""
        self._script[target] = [*answers]
        return self

    def reply(self, asked: Request) -> Reply:
        with self._lock:
            self.asked.append(asked)
            for target in (asked.target, asked.path):
                if answers := self._script.get(target):
                    answer = answers.pop(0) if len(answers) > 1 else answers[0]
                    answer = answer(asked) if callable(answer) else answer
                    return answer if isinstance(answer, Reply) else Reply(answer)
        return Reply(f"the test scripts no answer to {asked.target}".encode(), 500)

    def _respond(self, request: Request) -> Answer:
        reply = self.reply(request)
        return Answer(status=reply.status, headers=reply.headers, body=reply.content)


def _toml(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else json.dumps(value)


class Project:
    """A folder with a `duetrail.toml`, and what one does there."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "duetrail.toml"
        self.database = folder / "duetrail.db"

    def connect(self, name: str, **settings: Any) -> Project:
        """Add a connection; without another token a made-up one, and with `None` none."""
        settings = {"token": TOKEN, **settings}
        lines = [f"{k} = {_toml(value)}" for k, value in settings.items() if value is not None]
        with self.config.open("a") as file:
            file.write("\n".join([f"[connections.{name}]", *lines, ""]))
        return self

    def sync(self, *connections: str, workers: int = 1, **how: Any) -> Summary:
        return api.sync(*connections, config=self.config, workers=workers, **how)

    def read(self, connection: str, name: str, **how: Any) -> list[Record]:
        return list(api.read(connection, name, config=self.config, **how))

    def run(self, *args: str) -> Result:
        """The command itself, in this process."""
        return CliRunner().invoke(main, ["--config", str(self.config), *args])

    def map(
        self, connection: str, resource: str, data: Any, key: Key | None = None, **how: Any
    ) -> Batch:
        """What becomes of one page, without a request."""
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        parsed = msgspec.json.Decoder(float_hook=Decimal).decode(body)
        return self.map_parsed(connection, resource, parsed, key, **how)

    def map_parsed(
        self,
        connection: str,
        resource: str,
        parsed: Any,
        key: Key | None = None,
        url: str = "https://vendor.example/",
    ) -> Batch:
        """The same of a page that is parsed already; `url` is what it was asked with."""
        opened, plugin = self._opened(connection)
        page = Page(url=url, status=200, headers={}, body=b"", data=parsed)
        shard = Shard(resource, key.value, key) if key else Shard(resource)
        return map_page(plugin, opened, opened.source.resource(resource), shard, page)

    @cache  # noqa: B019 - a project lives as long as its test
    def _opened(self, connection: str) -> tuple[Connection, Plugin]:
        return read_config(self.config).connection(connection)

    def rows(self, table: str, columns: str = "*") -> list[dict[str, Any]]:
        """Rows as SQLite has them, in the order of their primary key."""
        with closing(sqlite3.connect(self.database)) as db:
            db.row_factory = sqlite3.Row
            order = [c[1] for c in db.execute(f"PRAGMA table_info({table})") if c[5]]
            by = f" ORDER BY {', '.join(order)}" if order else ""
            return [dict(row) for row in db.execute(f"SELECT {columns} FROM {table}{by}")]

    def links(self) -> set[tuple[str, ...]]:
        """Every link as (touch's table, its id, the invoice's connection, its id, how)."""
        columns = "record, id, invoice_connection, invoice_id, how"
        return {tuple(row.values()) for row in self.rows("links", columns)}

    def store(self) -> Store:
        return open_store(f"sqlite:///{self.database}")

    def everything(self) -> Iterator[bytes]:
        """All that is kept: the files as they are, and each page unpacked."""
        for file in self.database.parent.glob(f"{self.database.name}*"):
            yield file.read_bytes()
        with closing(self.store()) as store:
            for row in store.select("SELECT number FROM pages"):
                page = store.page(row["number"])
                yield page.body + page.url.encode()
