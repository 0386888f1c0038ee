"""Credira by script on loopback, and made-up objects in its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.scripted import Project, Reply, Vendor

Json = dict[str, Any]

NOWHERE = "http://127.0.0.1:9"

NONE = {"calls": False, "callouts": [], "emails": False}
# What is shown alone, with the key of its id.
ALONE = {"call-details": "id", "responses": "callout_id"}


@pytest.fixture
def answer() -> Callable[..., Json]:
    """The envelope around rows; keywords go into `meta`."""

    def make(data: Any, **meta: Any) -> Json:
        meta = {"timestamp": "2026-01-01T00:00:00Z", "request_id": "req_1", **meta}
        return {"success": True, "data": data, "meta": meta}

    return make


@pytest.fixture
def refusal() -> Callable[..., Any]:
    """The envelope around an error, with a status."""

    def make(code: Any, status: int = 400, message: str = "No", **more: Any) -> Any:
        headers = more.pop("headers", {})
        error = {"code": code, "message": message, **more}
        body = {"success": False, "error": error, "meta": {"request_id": "req_9"}}
        return Reply(body, status, headers)

    return make


@pytest.fixture
def vendor(answer: Callable[..., Json]) -> Iterator[Any]:
    """Answers "none" to whatever is not scripted otherwise."""
    one = Vendor()
    for resource, none in NONE.items():
        one.on(f"/{resource}", answer(none))
    yield one
    one.close()


@pytest.fixture
def connect(project: Any, vendor: Any) -> Callable[..., Any]:
    """A project with Credira connected, with these settings."""

    def connect(**settings: Any) -> Any:
        settings = {"base_url": vendor.url, "attempts": 1, **settings}
        return project.connect("credira", **settings)

    return connect


@pytest.fixture
def credira(connect: Callable[..., Any]) -> Any:
    """A project with Credira connected, asked about two invoices, `a` and `b`."""
    return connect(invoices=["a", "b"])


@pytest.fixture
def deep(connect: Callable[..., Any]) -> Any:
    """A project with Credira connected, asked about invoice `a`, with all that is optional."""
    return connect(invoices=["a"], include=list(ALONE))


@pytest.fixture
def state(credira: Any) -> Callable[..., Any]:
    """Sync one resource; its summary."""

    def sync(resource: str = "calls", **how: Any) -> Any:
        summary = credira.sync(select=[resource], **how)
        return next(r for r in summary.resources if r.resource == resource)

    return sync


@pytest.fixture
def page(answer: Callable[..., Json]) -> Callable[..., Json]:
    """The answer that shows one object with the id `x`: a row of a list, or the object alone."""

    def show(resource: str, **row: Any) -> Json:
        if resource in ALONE:
            return answer({ALONE[resource]: "x", **row})
        return answer([{"id": "x", **row}])

    return show


@pytest.fixture
def mapped(offline: Any, page: Callable[..., Json]) -> Callable[..., Any]:
    """The record of one object, without a request; a reject is an error here."""

    def map_(resource: str, **row: Any) -> Any:
        batch = offline.map("credira", resource, page(resource, **row))
        assert batch.rejected == ()
        (one,) = batch.mapped
        return next(one.with_extra())

    return map_


@pytest.fixture
def rejected(offline: Any, page: Callable[..., Json]) -> Callable[..., Any]:
    """The reject one object becomes, without a request."""

    def map_(resource: str, **row: Any) -> Any:
        (one,) = offline.map("credira", resource, page(resource, **row)).rejected
        return one

    return map_


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A project that maps and never asks anybody."""
    one = Project(tmp_path_factory.mktemp("offline"))
    return one.connect("credira", base_url=NOWHERE, invoices=["a"])
