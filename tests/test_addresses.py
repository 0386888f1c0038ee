"""Addresses in answers are data: a sync of all vendors reaches nobody but the vendors."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from duetrail import api
from duetrail.http.network import Network
from duetrail_sandbox.server import Sandbox

VENDORS = ("stuut", "credira", "exante", "yeti")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(invoices=60, seed=7, vendors=VENDORS) as running:
        yield running


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> set[Any]:
    """Every name that is looked up and every address a socket connects to."""
    seen: set[Any] = set()
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def noted_connect(self: socket.socket, address: Any) -> None:
        seen.add(address)
        connect(self, address)

    def noted_look_up(host: Any, *more: Any, **how: Any) -> Any:
        seen.add(host)
        return look_up(host, *more, **how)

    monkeypatch.setattr(socket.socket, "connect", noted_connect)
    monkeypatch.setattr(socket, "getaddrinfo", noted_look_up)
    return seen


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The method and the address of each request."""
    requests: list[tuple[str, str]] = []
    send = Network.send

    def noted(self: Network, request: Any) -> Any:
        requests.append((request.method, request.url))
        return send(self, request)

    monkeypatch.setattr(Network, "send", noted)
    return requests


def test_nobody_else_is_reached(
    sandbox: Sandbox, tmp_path: Path, reached: set[Any], asked: list[tuple[str, str]]
) -> None:
    """The answers are full of links to documents, recordings and pages, and none is asked for."""
    config = tmp_path / "duetrail.toml"
    config.write_text(sandbox.config)
    assert api.sync(config=config).exit_code == 0
    hosts = {urlsplit(url).netloc for url in sandbox.base_urls.values()}
    assert {urlsplit(url).netloc for _, url in asked} == hosts
    names = {f"{one[0]}:{one[1]}" if isinstance(one, tuple) else one for one in reached}
    assert names <= hosts | {host.partition(":")[0] for host in hosts}
    links = _links(config.with_name("duetrail.db"))
    assert len(links) > 50
    assert links & {url for _, url in asked} == set()


def test_nothing_is_written_to_a_vendor(
    sandbox: Sandbox, tmp_path: Path, asked: list[tuple[str, str]]
) -> None:
    """All is asked with GET, but for the login that one vendor wants."""
    config = tmp_path / "duetrail.toml"
    config.write_text(sandbox.config)
    api.sync(config=config)
    assert {url for method, url in asked if method != "GET"} <= {
        f"{sandbox.base_urls['yeti']}/auth"
    }


def _links(store: Path) -> set[str]:
    """The addresses that stand in the records."""
    columns = [("invoices", "document_url"), ("invoices", "payment_url"), ("attachments", "url")]
    columns += [("calls", "recording_url")]
    found: set[str] = set()
    with closing(sqlite3.connect(store)) as db:
        for table, column in columns:
            known = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
            if column in known:
                found |= {url for (url,) in db.execute(f"SELECT {column} FROM {table}") if url}
    return found
