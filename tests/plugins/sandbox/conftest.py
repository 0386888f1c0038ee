"""A sandbox on a loopback port, and the plain client that the tests ask it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from duetrail_sandbox.server import Sandbox

YETI_LOGIN = {"login": "sandbox-yeti-login", "password": "sandbox-yeti-password"}
VENDORS = ("stuut", "credira", "exante", "yeti")


# Send one request to one vendor's base URL, with the right token unless another one is given.
Ask = Callable[..., requests.Response]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(invoices=200, seed=7, vendors=VENDORS) as running:
        yield running


@pytest.fixture(scope="session")
def client() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def _asker(client: requests.Session, base_url: str, right_token: str) -> Ask:
    def ask(
        path: str, *, token: str | None = right_token, method: str = "GET", **params: Any
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        return client.request(method, base_url + path, headers=headers, params=params, timeout=30)

    return ask


def _vendor(name: str) -> Any:
    @pytest.fixture(scope="session", name=name)
    def ask(sandbox: Sandbox, client: requests.Session) -> Ask:
        return _asker(client, sandbox.base_urls[name], f"sandbox-{name}-token")

    return ask


stuut, credira, exante = map(_vendor, VENDORS[:3])


@pytest.fixture(scope="module")
def yeti(sandbox: Sandbox, client: requests.Session) -> Ask:
    """Ask Yeti with a token of an hour at most: all tests together may take longer."""
    base_url = sandbox.base_urls["yeti"]
    answer = client.post(f"{base_url}/auth", json={"auth": YETI_LOGIN}, timeout=30)
    return _asker(client, base_url, answer.json()["jwt"])


@pytest.fixture(scope="session")
def items(exante: Ask) -> list[dict[str, Any]]:
    """Every invoice as Exante lists it, as a walk over the pages finds them."""
    pages = [exante("/api/invoices", page=page, per_page=100).json()["data"] for page in (1, 2)]
    return [item for page in pages for item in page["items"]]


@pytest.fixture(scope="session")
def timelines(exante: Ask, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The outreach timeline of every invoice at Exante."""
    paths = [f"/api/invoices/{item['uid']}/outreach" for item in items]
    return [exante(path).json()["data"] for path in paths]


@pytest.fixture(scope="session")
def rows(stuut: Ask) -> list[dict[str, Any]]:
    """Every invoice, as a walk over the pages finds them."""
    pages = [stuut("/v1/invoices", page=page, limit=100).json() for page in (0, 1)]
    return [row for page in pages for row in page["data"]]


@pytest.fixture(scope="session")
def every(rows: list[dict[str, Any]]) -> Callable[[str], list[dict[str, Any]]]:
    """Give every object at a path inside the invoices, such as ``calls[].workflow``."""

    def at(path: str) -> list[dict[str, Any]]:
        found: list[Any] = list(rows)
        for step in path.split(".") if path else []:
            name, many = step.removesuffix("[]"), step.endswith("[]")
            values = [one.get(name) for one in found]
            found = [each for value in values if value for each in (value if many else [value])]
        return found

    return at
