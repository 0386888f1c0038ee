"""A vendor that has to be logged in at; test_login_auth.py makes a fixture of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from attrs import field, frozen, mutable


@frozen
class Reply:
    status: int
    body: bytes = b"{}"
    headers: dict[str, str] = field(factory=dict)
    raw: None = None
    before: None = None


@mutable(eq=False)
class House:
    """Lets in who has the token it gave last and has not taken back.

    Attributes:
        vendor: The server it answers for.
        valid: The token that opens.
        logins: How often somebody logged in, or tried to.
        trouble: The statuses of the next logins.
        gives: The next tokens, instead of made-up ones.
        on_get: Called with each request that is no login.
    """

    vendor: Any
    valid: set[str] = field(factory=set)
    logins: int = 0
    trouble: list[int] = field(factory=list)
    gives: list[str] = field(factory=list)
    on_get: Callable[[Any], object] = lambda asked: None

    def answer(self, asked: Any) -> Reply:
        with self.vendor._lock:
            self.vendor.asked.append(asked)
            if asked.method == "POST":
                return self._login()
        self.on_get(asked)
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        return Reply(200 if token in self.valid else 401)

    def _login(self) -> Reply:
        self.logins += 1
        if self.trouble:
            return Reply(self.trouble.pop(0))
        token = self.gives.pop(0) if self.gives else f"made-up-token-{self.logins:04}"
        self.valid = {token}
        return Reply(201, json.dumps({"token": token}).encode())

    @property
    def asked(self) -> list[str]:
        return [one.method for one in self.vendor.asked]
