"""Stuut by script on loopback, and made-up objects in its words."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from duetrail_sandbox.server import Sandbox

# Test folders are no packages, so what they share is run, not imported.
_SCRIPTED = runpy.run_path(str(Path(__file__).parents[1] / "scripted.py"))

Json = dict[str, Any]

NOWHERE = "http://127.0.0.1:9"
PUBLIC = "https://api.stuut.ai"
CASSETTES = Path(__file__).parents[3] / "cassettes/plugins/stuut"
SETTINGS = {"token": "env:STUUT_TOKEN", "attempts": 1, "page_size": 3}


@pytest.fixture
def vendor() -> Iterator[Any]:
    one = _SCRIPTED["Vendor"]()
    yield one
    one.close()


@pytest.fixture
def project(tmp_path: Path) -> Any:
    return _SCRIPTED["Project"](tmp_path)


@pytest.fixture
def reply() -> Callable[..., Any]:
    """An answer with a status and headers: `reply(body, 503, {"Retry-After": "1"})`."""
    return _SCRIPTED["Reply"]


@pytest.fixture
def connect(project: Any, vendor: Any) -> Callable[..., Any]:
    """A project with Stuut connected, with these settings."""

    def connect(**settings: Any) -> Any:
        settings = {"base_url": vendor.url, "attempts": 1, **settings}
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
    one = _SCRIPTED["Project"](tmp_path_factory.mktemp("offline"))
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
    url = sandbox.base_urls["stuut"]
    return project.connect("stuut", base_url=url, token="sandbox-stuut-token")


@pytest.fixture(scope="session")
def generated() -> SimpleNamespace:
    """Made-up items of any wire class."""
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "generated.py")))


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """How cassettes are made and played."""
    module = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "recording.py")))
    module.open_one_at_a_time(monkeypatch)
    return module


@pytest.fixture
def cassette(
    recording: SimpleNamespace, project: Any, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Any]]:
    """Put a cassette in, and have the project connected to what it plays.

    With `--record-mode=rewrite` it is recorded anew, from a sandbox of six invoices.
    """
    with ExitStack() as stack:

        def put_in(name: str, **settings: Any) -> Any:
            local = None
            if request.config.getoption("--record-mode") == "rewrite":
                local = stack.enter_context(Sandbox(invoices=6)).base_urls["stuut"]
            project.connect("stuut", base_url=local or PUBLIC, **(SETTINGS | settings))
            path = CASSETTES / f"{name}.yaml"
            return stack.enter_context(recording.cassette(path, PUBLIC, local))

        yield put_in


@pytest.fixture
def cassettes() -> Path:
    """Where this vendor's cassettes are."""
    return CASSETTES
