"""Exante by script on loopback, and made-up objects in its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from duetrail.model import Ref
from duetrail.source import Key
from duetrail_sandbox.server import Sandbox
from support.scripted import Project, Reply, Vendor
from support.vendors import connected

_ROOT = Path(__file__).parents[3]

Json = dict[str, Any]
Make = Callable[..., Json]


class Exante(Vendor):
    """Answers by script; of keys it has none unless it is told so."""

    def reply(self, asked: Any) -> Any:
        keys = "/api/api-keys"  # asked in every sync, and no affair of most tests
        is_asked = asked.path == keys and keys not in self._script
        return Reply(status=404) if is_asked else super().reply(asked)

    def pages(self, path: str, rows: list[Json], envelope: Callable[..., Json]) -> None:
        """Page through rows, by number and size."""

        def page(asked: Any) -> Json:
            number, size = (int(asked.query[name][0]) for name in ("page", "per_page"))
            return envelope(rows[(number - 1) * size : number * size], number, size, len(rows))

        self.on(path, page)


@pytest.fixture
def uid() -> Callable[[int], str]:
    """The made-up uid of a number."""
    return lambda number: f"00000000-0000-4000-8000-{number:012d}"


@pytest.fixture
def timeline_of(uid: Callable[[int], str]) -> Callable[[int], str]:
    """Where the timeline of an invoice is."""
    return lambda number: f"/api/invoices/{uid(number)}/outreach"


@pytest.fixture
def vendor() -> Iterator[Any]:
    one = Exante()
    yield one
    one.close()


@pytest.fixture
def seed() -> bytes:
    """The one answer Exante publishes with its page, byte for byte."""
    return (_ROOT / "cassettes/seeds/exante/outreach.json").read_bytes()


@pytest.fixture
def connect(project: Any, vendor: Any) -> Callable[..., Any]:
    """A project with Exante connected, with these settings."""

    def connect(**settings: Any) -> Any:
        settings = {"base_url": vendor.url, "attempts": 1, **settings}
        return project.connect("exante", **settings)

    return connect


@pytest.fixture
def exante(connect: Callable[..., Any]) -> Any:
    """A project with Exante connected, its pages of two invoices."""
    return connect(page_size=2)


@pytest.fixture
def invoice(uid: Callable[[int], str]) -> Callable[..., Json]:
    """A row of the list, thin; keywords add and replace."""

    def make(number: int = 1, **fields: Any) -> Json:
        return {"uid": uid(number), "invoice_number": f"INV-{number}", "status": "sent", **fields}

    return make


@pytest.fixture
def email(uid: Callable[[int], str]) -> Callable[..., Json]:
    """An email of a timeline."""

    def make(number: int = 901, **fields: Any) -> Json:
        return {"uid": uid(number), "status": "SENT", "is_bounced": False, **fields}

    return make


@pytest.fixture
def page() -> Callable[..., Json]:
    """The envelope around rows of the list; keywords are its `_meta`."""

    def make(*rows: Json, next: str | None = None, **meta: Any) -> Json:
        data = {"items": list(rows), "_meta": meta, "_links": {"next": next}}
        return {"status": "success", "status_code": 200, "message": "Success", "data": data}

    return make


@pytest.fixture
def pages(vendor: Any, page: Make) -> Callable[..., Any]:
    """Let the vendor page through these invoices."""

    def envelope(part: list[Json], number: int, size: int, total: int) -> Json:
        pages = -(-total // size)
        meta = {"page": number, "per_page": size, "total_pages": pages, "total_items": total}
        return page(*part, next="more" if number < pages else None, **meta)

    def set_(*rows: Json) -> Any:
        vendor.pages("/api/invoices", list(rows), envelope)
        return vendor

    return set_


@pytest.fixture
def timeline(uid: Callable[[int], str]) -> Callable[..., Json]:
    """The envelope around a header and its emails; `header` adds and replaces."""

    def make(*emails: Json, number: int = 1, bouncing: Any = (), **header: Any) -> Json:
        invoice = {"uid": uid(number), "currency": "USD", **header}
        data = {"invoice": invoice, "emails": list(emails), "bouncing_recipient_emails": bouncing}
        return {"status": "success", "status_code": 200, "message": "Success", "data": data}

    return make


@pytest.fixture
def detail(invoice: Make) -> Make:
    """The envelope around one invoice alone."""

    def make(number: int = 1, **fields: Any) -> Json:
        data = invoice(number, **{"currency": "USD", **fields})
        return {"status": "success", "status_code": 200, "message": "Success", "data": data}

    return make


@pytest.fixture
def draft(uid: Callable[[int], str]) -> Make:
    """An email that is not sent, about invoice 1."""

    def make(number: int = 901, **fields: Any) -> Json:
        about = {"context_type": "invoice", "context_id": uid(1)}
        return {"uid": uid(number), "status": "draft", "planned_send_at": None, **about, **fields}

    return make


@pytest.fixture
def bare() -> Make:
    """A list of drafts: no envelope at all."""
    return lambda *drafts, **more: {"items": list(drafts), "count": len(drafts), **more}


@pytest.fixture
def message(uid: Callable[[int], str]) -> Make:
    """A message of a conversation."""
    return lambda number=501, **fields: {"uid": uid(number), "direction": "inbound", **fields}


@pytest.fixture
def talk(uid: Callable[[int], str]) -> Make:
    """A conversation as it is listed."""

    def make(number: int = 401, **fields: Any) -> Json:
        return {"uid": uid(number), "channel": "email", "party_uid": uid(700), **fields}

    return make


@pytest.fixture
def talks(vendor: Any, message: Make) -> Callable[..., Any]:
    """Let the vendor page through these conversations, and answer each with its messages."""

    def envelope(more: int, part: list[Json], number: int, size: int, total: int) -> Json:
        place = {"page": number, "per_page": size, "total_pages": -(-total // size)}
        place["total"] = total + more
        listed = [{key: row[key] for key in row if key != "messages"} for row in part]
        return {"status": "success", "data": {"items": listed, "pagination": place}}

    def set_(*rows: Json, one_too_many: int = 0) -> Any:
        vendor.pages("/api/conversations", list(rows), partial(envelope, one_too_many))
        for place, row in enumerate(rows):
            whole = {"messages": [message(900 + place)], **row}
            vendor.on(f"/api/conversations/{row['uid']}", {"status": "success", "data": whole})
        return vendor

    return set_


@pytest.fixture
def key(uid: Callable[[int], str]) -> Callable[[int], Key]:
    """The key of an invoice's timeline."""

    def make(number: int = 1) -> Key:
        return Key(uid(number), *[(Ref("exante", "invoices", uid(number)),)] * 2)

    return make


@pytest.fixture
def mapped(exante: Any, page: Callable[..., Json]) -> Callable[..., Any]:
    """The record of one row of the list, without a request; a reject is an error here."""

    def map_(invoice: Json, record: str = "invoices") -> Any:
        batch = exante.map("exante", "invoices", page(invoice))
        assert batch.rejected == ()
        (one,) = [r for m in batch.mapped for r in m.with_extra() if r.table == record]
        return one

    return map_


@pytest.fixture
def sent(exante: Any, timeline: Callable[..., Json], key: Callable[[], Key]) -> Callable[..., Any]:
    """The record of one email of a timeline, without a request; a reject is an error here."""

    def map_(email: Json, **more: Any) -> Any:
        batch = exante.map("exante", "outreach", timeline(email, **more), key())
        assert batch.rejected == ()
        (one,) = [r for m in batch.mapped for r in m.with_extra() if r.table == "emails"]
        return one

    return map_


@pytest.fixture
def rejected(
    exante: Any, page: Callable[..., Json], timeline: Callable[..., Json], key: Callable[[], Key]
) -> Callable[..., Any]:
    """The one reject among the items of a page, without a request."""

    def map_(item: Json, resource: str = "invoices") -> Any:
        data = page(item) if resource == "invoices" else timeline(item)
        (one,) = exante.map(
            "exante", resource, data, key() if resource == "outreach" else None
        ).rejected
        return one

    return map_


@pytest.fixture
def scripted(
    vendor: Any,
    page: Callable[..., Json],
    invoice: Callable[..., Json],
    timeline: Callable[..., Json],
    timeline_of: Callable[[int], str],
) -> Callable[..., Any]:
    """The vendor with invoice 1 on its list and these emails on its timeline."""

    def script(*emails: Json, **header: Any) -> Any:
        vendor.on("/api/invoices", page(invoice(1)))
        vendor.on(timeline_of(1), timeline(*emails, **header))
        return vendor

    return script


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A project that maps and never asks anybody."""
    one = Project(tmp_path_factory.mktemp("offline"))
    return one.connect("exante", base_url="http://127.0.0.1:9")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A company of forty invoices."""
    with Sandbox(invoices=40, vendors=("exante",)) as running:
        yield running


@pytest.fixture
def company(project: Any, sandbox: Sandbox) -> Any:
    """A project that reads from the sandbox, with all that is optional of it."""
    return connected(project, sandbox, "exante")
