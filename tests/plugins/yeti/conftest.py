"""Yeti by script on loopback, and made-up objects in its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.scripted import TOKEN, Project, Reply
from support.switch import LOGIN, PASSWORD, Switch, errors, jwt

_ROOT = Path(__file__).parents[3]

# What shows calls that are proven not to be reverse-billed.
_PAID_FOR = "https://vendor.example/cdrs?filter%5Bid-not-in%5D=0"

Json = dict[str, Any]


@pytest.fixture
def words() -> SimpleNamespace:
    """The login, the password and the ready token of every connection here; makers of answers."""
    return SimpleNamespace(
        login=LOGIN, password=PASSWORD, token=TOKEN, errors=errors, jwt=jwt, reply=Reply
    )


@pytest.fixture
def seed() -> bytes:
    """The one answer Yeti publishes, byte for byte: a single invoice."""
    return (_ROOT / "cassettes/seeds/yeti/invoice.json").read_bytes()


@pytest.fixture
def page() -> Callable[..., Json]:
    """The document around objects; `total` is what it reports, None for nothing."""

    def make(*rows: Json, total: Any = "as many as here", included: Any = ()) -> Json:
        document: Json = {"data": list(rows)}
        if total is not None:
            total = len(rows) if total == "as many as here" else total
            document["meta"] = {"total-count": total}
        return document | ({"included": list(included)} if included else {})

    return make


@pytest.fixture
def account() -> Callable[..., Json]:
    """An account as Yeti shows it; keywords are attributes."""

    def make(id: str = "acc-1", **attributes: Any) -> Json:
        shown = {"name": f"Account {id}", "balance": "-12.5", "currency": "EUR", **attributes}
        return {"id": id, "type": "accounts", "attributes": shown}

    return make


@pytest.fixture
def invoice() -> Callable[..., Json]:
    """An invoice of an account, thin; keywords are attributes, `-` written as `_`."""

    def make(id: str = "inv-1", account: Any = "acc-1", **attributes: Any) -> Json:
        shown = {key.replace("_", "-"): value for key, value in attributes.items()}
        relationship: Json = {"links": {"related": "http://inside.example/account"}}
        if account != "not asked":
            linkage = {"type": "accounts", "id": account} if account else None
            relationship["data"] = linkage
        return {
            "id": id,
            "type": "invoices",
            "attributes": {"amount-spent": "1.0"} | shown,
            "relationships": {"account": relationship},
        }

    return make


@pytest.fixture
def cdr() -> Callable[..., Json]:
    """A call somebody made; `start` is when it began, keywords are attributes, `-` as `_`."""
    return partial(_row, "cdrs")


@pytest.fixture
def incoming() -> Callable[..., Json]:
    """A call that came in, likewise."""
    return partial(_row, "incoming-cdrs")


@pytest.fixture
def payment() -> Callable[..., Json]:
    """A payment of an account; keywords are attributes, `-` as `_`."""
    return partial(_row, "payments")


def _row(
    type: str, id: int | str = 1, account: Any = "acc-1", reverse: Any = None, **attributes: Any
) -> Json:
    """A row; `reverse` is whether it is reverse-billed, which is never shown."""
    shown = {key.replace("_", "-"): value for key, value in attributes.items()}
    linkage = {"type": "accounts", "id": account} if account else None
    return {
        "id": str(id),
        "type": type,
        "attributes": shown,
        "relationships": {"account": {"data": linkage}},
    } | ({} if reverse is None else {"reverse": reverse})


@pytest.fixture
def switch() -> Iterator[Any]:
    """Has nothing until told otherwise."""
    one = Switch()
    for name in ("accounts", "invoices", "cdrs", "incoming-cdrs", "payments"):
        one.shows(name)
    yield one
    one.close()


@pytest.fixture
def connect(project: Any, switch: Any) -> Callable[..., Any]:
    """A project with Yeti connected, with these settings and no others."""

    def connect(**settings: Any) -> Any:
        project.config.unlink(missing_ok=True)
        usual = {"base_url": switch.url, "attempts": 1, "token": None}
        return project.connect("yeti", **usual | settings)

    return connect


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A project that maps and never asks anybody."""
    one = Project(tmp_path_factory.mktemp("offline"))
    return one.connect("yeti", base_url="http://127.0.0.1:9")


@pytest.fixture
def yeti(connect: Callable[..., Any], words: SimpleNamespace) -> Any:
    """A project with a ready token, its pages of two rows."""
    return connect(token=words.token, page_size=2)


@pytest.fixture
def logging_in(connect: Callable[..., Any], words: SimpleNamespace) -> Any:
    """The same with login and password."""
    return connect(login=words.login, password=words.password, page_size=2)


@pytest.fixture
def mapped(yeti: Any, page: Callable[..., Json]) -> Callable[..., Any]:
    """The record of one object, without a request; a reject is an error here."""

    def map_(one: Json, *included: Json, url: str = _PAID_FOR) -> Any:
        batch = yeti.map("yeti", one["type"], page(one, included=included), url=url)
        assert batch.rejected == ()
        (found,) = batch.mapped
        return next(found.with_extra())

    return map_


@pytest.fixture
def rejected(yeti: Any, page: Callable[..., Json]) -> Callable[..., Any]:
    """The reject one object becomes, without a request."""

    def map_(one: Json, *included: Json) -> Any:
        (found,) = yeti.map("yeti", one["type"], page(one, included=included)).rejected
        return found

    return map_
