"""Who is logged in at Yeti: the tokens it gives out, and how long each of them is good.

A token looks like a JSON Web Token, as in the Yeti Customer API's documents; a client cannot
verify it but may read when it ends.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from threading import Lock
from time import time

from duetrail_sandbox.forms import dumps

__all__ = ["LOGIN", "PASSWORD", "Logins"]

LOGIN = "sandbox-yeti-login"
PASSWORD = "sandbox-yeti-password"


class Logins:
    """Tokens given out and judged by one clock, the host's, which can be put forward.

    It is the host's, and not the company's, because a client compares a token's ``exp`` with
    its own clock.
    """

    def __init__(self, lifetime: float) -> None:
        """Let every token be good for ``lifetime`` seconds."""
        self.lifetime = lifetime
        self._ahead = 0.0
        self._ends: dict[str, float] = {}
        self._lock = Lock()

    def now(self) -> float:
        """The seconds since 1970 by this clock."""
        return time() + self._ahead

    def forward(self, seconds: float) -> None:
        """Put the clock forward, without anybody having to wait."""
        self._ahead += seconds

    def issue(self) -> str:
        """Give out a token."""
        with self._lock:
            end = int(self.now() + self.lifetime)
            claims = {"sub": 25, "aud": ["customer-v1"], "exp": end}
            parts = [_packed(dumps(part).encode()) for part in ({"alg": "HS256"}, claims)]
            signature = _packed(sha256(f"{id(self)}/{len(self._ends)}".encode()).digest())
            token = ".".join([*parts, signature])
            self._ends[token] = end
        return token

    def accepts(self, token: str) -> bool:
        """Whether a token is one of ours and still good."""
        return self._ends.get(token, 0) > self.now()


def _packed(plain: bytes) -> str:
    return urlsafe_b64encode(plain).rstrip(b"=").decode()
