"""Who is logged in at Yeti: the tokens it gives out, and how long each of them is good."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from time import time
from uuid import uuid4

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

    def forward(self, seconds: float) -> None:
        """Put the clock forward, without anybody having to wait."""
        self._ahead += seconds

    def issue(self) -> str:
        """Give out a token that looks like a JSON Web Token: a client may read when it ends."""
        end = int(time() + self._ahead + self.lifetime)
        claims = f'{{"sub":25,"aud":["customer-v1"],"exp":{end}}}'
        parts = ('{"alg":"HS256"}', claims, f"signature {uuid4()}")
        coded = (urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)
        token = ".".join(coded)
        self._ends[token] = end
        return token

    def accepts(self, token: str) -> bool:
        """Whether a token is one of ours and still good."""
        return self._ends.get(token, 0) > time() + self._ahead
