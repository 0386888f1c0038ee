"""Stuut by script on loopback, and made-up objects in its words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from duetrail_sandbox.app import ordered
from duetrail_sandbox.server import Sandbox
from support.scripted import Project, Reply, Vendor
from support.vendors import connected

Json = dict[str, Any]

DAY = "2026-03-{:02}T12:00:00Z"
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def vendor() -> Iterator[Any]:
    one = Vendor()
    yield one
    one.close()


class Lists(Vendor):
    """Stuut with lists that page really: by number and size, in the order that is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.nulls_first = True
        self.envelope = True
        self._lists: dict[str, list[Json]] = {}
        self._changes: dict[int, Callable[[list[Json]], None]] = {}

    def holds(self, path: str, rows: Iterable[Json]) -> Lists:
        """Set what stands in a list."""
        self._lists[path] = list(rows)
        return self

    def before(self, request: int, change: Callable[[list[Json]], None]) -> None:
        """Let something happen to the invoices before the request of this number, from 1."""
        self._changes[request] = change

    def reply(self, asked: Any) -> Any:
        if asked.path not in self._lists:
            return super().reply(asked)
        self.asked.append(asked)
        if change := self._changes.pop(len(self.asked), None):
            change(self._lists[asked.path])
        query = {key: values[0] for key, values in asked.query.items()}
        rows = self._ordered(self._chosen(self._lists[asked.path], query), query)
        page, limit = int(query["page"]), int(query["limit"])
        end = (page + 1) * limit
        envelope = {
            "current_page": page,
            "total_records": len(rows),
            "next_page": page + 1 if end < len(rows) else None,
        }
        # Stuut sorts by it, and does not show it.
        shown = [{k: v for k, v in row.items() if k != "last_inbound_at"} for row in rows]
        data = {"data": shown[page * limit : end]}
        return Reply(data | envelope if self.envelope else data)

    def _chosen(self, rows: list[Json], query: dict[str, str]) -> list[Json]:
        if "status" in query:
            rows = [row for row in rows if row.get("status") == query["status"]]
        if query.get("has_outreach") == "true":
            rows = [row for row in rows if row.get("last_outreach_at")]
        return rows

    def _ordered(self, rows: list[Json], query: dict[str, str]) -> list[Json]:
        key = query.get("sort_by", "")
        if not key:
            return rows
        is_descending = query["sort_order"] == "desc"
        found = ordered(rows, lambda row: row.get(key), descending=is_descending)
        return found if self.nulls_first else sorted(found, key=lambda row: row.get(key) is None)

    def walked(self, sort_by: str) -> list[int]:
        """The numbers of the pages that were asked for in this order."""
        in_order = [a for a in self.asked if a.query.get("sort_by") == [sort_by]]
        return [int(a.query["page"][0]) for a in in_order]


@pytest.fixture
def lists() -> Iterator[Lists]:
    one = Lists()
    yield one
    one.close()


@pytest.fixture
def paged(project: Any, lists: Lists) -> Callable[..., Any]:
    """A project that reads those lists, with these settings."""

    def connect(**settings: Any) -> Any:
        usual = {"base_url": lists.url, "attempts": 1, "page_size": 4, "cross_check": False}
        return project.connect("stuut", **usual | settings)

    return connect


@pytest.fixture
def day() -> Callable[[int], str]:
    """Noon of a day of March 2026."""
    return lambda number: DAY.format(number)


@pytest.fixture
def connect(project: Any, vendor: Any) -> Callable[..., Any]:
    """A project with Stuut connected, with these settings."""

    def connect(**settings: Any) -> Any:
        settings = {"base_url": vendor.url, "attempts": 1, "cross_check": False, **settings}
        return project.connect("stuut", **settings)

    return connect


@pytest.fixture
def stuut(connect: Callable[..., Any]) -> Any:
    """A project with Stuut connected, its pages of two invoices."""
    return connect(page_size=2)


@pytest.fixture
def invoice() -> Callable[..., Json]:
    """An invoice as Stuut shows it, thin; keywords add and replace."""

    def make(id: str = "inv_1", **fields: Any) -> Json:
        required = {"amount_due": 1000, "currency": "USD", "object": "invoice"}
        return required | {"remote_id": f"R-{id}", "total_amount": 1000, "id": id} | fields

    return make


@pytest.fixture
def email() -> Callable[..., Json]:
    """An email as it stands inside an invoice."""

    def make(id: str = "eml_1", **fields: Any) -> Json:
        return {"object": "email", "thread_id": "thr_1", "id": id, **fields}

    return make


@pytest.fixture
def call() -> Callable[..., Json]:
    """A call as it stands inside an invoice."""

    def make(id: str = "call_1", **fields: Any) -> Json:
        return {"direction": "outbound", "object": "call", "to_number": "+1", "id": id, **fields}

    return make


@pytest.fixture
def payment() -> Callable[..., Json]:
    """A payment as it stands inside an allocation, or by itself."""

    def make(id: str = "pay_1", **fields: Any) -> Json:
        return {"object": "payment", "currency": "USD", "amount": 5000, "id": id, **fields}

    return make


@pytest.fixture
def page() -> Callable[..., Json]:
    """The envelope around invoices, of the last page unless `next_page` is given."""

    def make(*rows: Json, **envelope: Any) -> Json:
        return {"data": list(rows), "next_page": None} | envelope

    return make


@pytest.fixture
def mapped(offline: Any, page: Callable[..., Json]) -> Callable[..., Any]:
    """The record of one invoice, without a request; a reject is an error here."""

    def map_(invoice: Json, record: str = "invoices") -> Any:
        batch = offline.map("stuut", "invoices", page(invoice))
        assert batch.rejected == ()
        (one,) = [r for m in batch.mapped for r in m.records if r.table == record]
        return one

    return map_


@pytest.fixture
def rejected(offline: Any, page: Callable[..., Json]) -> Callable[..., Any]:
    """The one reject among the items of an invoice, without a request."""

    def map_(invoice: Any) -> Any:
        (one,) = offline.map("stuut", "invoices", page(invoice)).rejected
        return one

    return map_


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A project that maps and never asks anybody."""
    one = Project(tmp_path_factory.mktemp("offline"))
    one.connect("stuut", base_url=NOWHERE)
    return one.connect("whole", plugin="stuut", base_url=NOWHERE, amounts="major")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A company of forty invoices."""
    with Sandbox(invoices=40) as running:
        yield running


@pytest.fixture
def company(project: Any, sandbox: Sandbox) -> Any:
    """A project that reads from the sandbox."""
    return connected(project, sandbox, "stuut")
