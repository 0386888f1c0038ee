"""Who is logged in at Yeti: the tokens it gives out, and how long each of them is good.

A token is a JSON Web Token signed with HS256, as in the Yeti Customer API's documents; a
client cannot verify it but may read when it ends.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from threading import Lock
from time import time

from duetrail_sandbox.rendering import dumps

__all__ = ["LOGIN", "PASSWORD", "Logins"]

LOGIN = "sandbox-yeti-login"
PASSWORD = "sandbox-yeti-password"

_HEADER = {"alg": "HS256"}
_AUDIENCE = ["customer-v1"]
_API_ACCESS = 25
_KEY = b"a key that signs nothing of worth"


class Logins:
    """Tokens given out and judged by one clock, the host's, which can be put forward.

    It is the host's, and not the company's, because a client compares a token's ``exp`` with
    its own clock.
    """

    def __init__(self, lifetime: float) -> None:
        """Let every token be good for ``lifetime`` seconds."""
        self.lifetime = lifetime
        self._ahead = 0.0
        self._lock = Lock()

    def now(self) -> float:
        """The seconds since 1970 by this clock."""
        with self._lock:
            return time() + self._ahead

    def forward(self, seconds: float) -> None:
        """Put the clock forward, without anybody having to wait."""
        with self._lock:
            self._ahead += seconds

    def issue(self) -> str:
        """Give out a token."""
        claims = {
            "sub": _API_ACCESS,
            "aud": _AUDIENCE,
            "exp": int(self.now() + self.lifetime),
        }
        signed = f"{_packed(dumps(_HEADER).encode())}.{_packed(dumps(claims).encode())}"
        return f"{signed}.{_signature(signed)}"

    def accepts(self, token: str) -> bool:
        """Whether a token is one of ours and still good."""
        signed, _, signature = token.rpartition(".")
        # As bytes: a header may hold any letters, and texts are compared in ASCII only.
        if not hmac.compare_digest(signature.encode(), _signature(signed).encode()):
            return False
        packed = signed.rpartition(".")[2]
        claims = json.loads(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        return bool(claims["exp"] > self.now())


def _packed(plain: bytes) -> str:
    return urlsafe_b64encode(plain).rstrip(b"=").decode()


def _signature(signed: str) -> str:
    return _packed(hmac.digest(_KEY, signed.encode(), hashlib.sha256))
