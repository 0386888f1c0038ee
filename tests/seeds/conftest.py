"""The bodies of the vendors' public documents, served as they are by a real server on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.scripted import Project, Reply, Vendor

_ROOT = Path(__file__).parents[2]

INVOICE = "inv_987654321"


@pytest.fixture(scope="session")
def seeds() -> Path:
    return _ROOT / "cassettes/seeds"


@pytest.fixture
def vendor(seeds: Path) -> Iterator[Any]:
    """Answers what the documents show, byte for byte."""
    one = Vendor()
    one.on("/v1/invoices", (seeds / "stuut/invoices.json").read_bytes())
    one.on(f"/calls?invoice_id={INVOICE}", (seeds / "credira/calls.json").read_bytes())
    one.on(f"/callouts?invoice_id={INVOICE}", (seeds / "credira/callouts.json").read_bytes())
    yield one
    one.close()


@pytest.fixture
def project(tmp_path: Path) -> Any:
    return Project(tmp_path)


@pytest.fixture
def stuut(project: Any, vendor: Any) -> Any:
    """A project with Stuut connected."""
    return project.connect("stuut", base_url=vendor.url, cross_check=False)


@pytest.fixture
def credira(project: Any, vendor: Any) -> Any:
    """A project with Credira connected, asked about the one invoice of its documents."""
    return project.connect("credira", base_url=vendor.url, attempts=2, invoices=[INVOICE])


@pytest.fixture
def refusal(seeds: Path) -> Callable[..., Any]:
    """The body of an error sample, with the status that goes with its code by convention."""

    def reply(name: str, status: int, **headers: str) -> Any:
        body = (seeds / f"credira/error-{name}.json").read_bytes()
        return Reply(body, status, headers)

    return reply


@pytest.fixture
def synced(stuut: Any) -> Any:
    """The project after one `duetrail sync`."""
    result = stuut.run("sync")
    assert result.exit_code == 0, result.output
    return stuut


@pytest.fixture
def row(synced: Any) -> Callable[[str], Any]:
    """The only row of a table, with JSON read."""

    def read(table: str) -> Any:
        (one,) = synced.rows(table)
        assert (one.pop("absent_since", None), one.pop("changed_run", 1)) == (None, 1)
        for name in one:
            if one[name] is not None and name.endswith("_address") and table != "emails":
                one[name] = json.loads(one[name])
        return one

    return read
