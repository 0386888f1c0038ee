"""A sandbox on a loopback port, and the plain client that the tests ask it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
import requests
from duetrail_sandbox.server import Sandbox

STUUT_TOKEN = "sandbox-stuut-token"
CREDIRA_TOKEN = "sandbox-credira-token"


class Ask(Protocol):
    """Send one request to one vendor's base URL."""

    def __call__(
        self, path: str, *, token: str | None = ..., method: str = ..., **params: Any
    ) -> requests.Response: ...


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(invoices=200, seed=7) as running:
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
        return client.request(
            method, base_url + path, headers=headers, params=params, timeout=30
        )

    return ask


@pytest.fixture(scope="session")
def stuut(sandbox: Sandbox, client: requests.Session) -> Ask:
    return _asker(client, sandbox.base_urls["stuut"], STUUT_TOKEN)


@pytest.fixture(scope="session")
def credira(sandbox: Sandbox, client: requests.Session) -> Ask:
    return _asker(client, sandbox.base_urls["credira"], CREDIRA_TOKEN)


@pytest.fixture(scope="session")
def rows(stuut: Ask) -> list[dict[str, Any]]:
    """Every invoice, as a walk over the pages finds them."""
    found: list[dict[str, Any]] = []
    page: int | None = 0
    while page is not None:
        assert page < 4, "200 invoices at 60 a page are four pages"
        answer = stuut("/v1/invoices", page=page, limit=60).json()
        found += answer["data"]
        page = answer["next_page"]
    return found


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
