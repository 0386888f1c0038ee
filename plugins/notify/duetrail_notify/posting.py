"""Post to a webhook: a few attempts in a bounded time, signed, and to no other place.

Signatures are those of the Standard Webhooks specification 1.0.0, which has libraries to check
them: HMAC-SHA256 over id, time and body. The id is the same for each attempt, so that a receiver
can leave out what comes twice.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from requests import Request

from duetrail.errors import ConfigError, DuetrailError, FetchError, SecretError, Unavailable
from duetrail.http import Backoff, NoAuth, retry_after
from duetrail.http.address import Address
from duetrail.http.answer import Answer
from duetrail.http.network import Network
from duetrail.secrets import HIDDEN, Secret, redact, remember
from duetrail_notify.settings import Webhook

ATTEMPTS = 3
"""How often one message is sent at most."""

# MiB of an answer; nothing in it is read.
_MOST = 1.0

# Characters of a path or query that may be a secret; a shorter one is a word as in other addresses.
_SHORTEST = 16

_MAY_IMPROVE = frozenset({408, 425, 429, *range(500, 600)})

_BACKOFF = Backoff(base=0.5, cap=5.0)


def post(
    webhook: Webhook,
    body: bytes,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Post a message.

    Args:
        webhook: Where to, signed with what, and how long it may take.
        body: JSON.
        clock: Seconds, for how long it takes.
        sleep: Waits so many seconds.

    Raises:
        SecretError: The URL or the secret cannot be had, or is none.
        ConfigError: The URL is none of https, or of http on this machine.
        FetchError: It was not delivered.
    """
    url = webhook.url.resolve()
    address = _address(url)
    key = None if webhook.secret is None else _key(webhook.secret)
    message_id = f"msg_{uuid.uuid4().hex}"
    end = clock() + webhook.timeout
    for attempt in range(1, ATTEMPTS + 1):
        headers = _headers(message_id, body, key)
        try:
            _send_once(url, address, body, headers, max(end - clock(), 0.1))
            return
        except _Again as again:
            pause = again.pause if again.pause is not None else _BACKOFF.seconds(attempt)
            if attempt == ATTEMPTS or clock() + pause >= end:
                raise _undelivered(address, again.told, attempt) from None
        sleep(pause)


class _Again(Exception):
    """An attempt that failed, where another one may not.

    Args:
        reason: Why it failed.
        pause: Seconds that the receiver wants to be left alone; None where it does not say.
    """

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pause = pause

    @property
    def told(self) -> str:
        """The reason, with how long the receiver wants to be left alone."""
        wait = f", and asks to wait {self.pause:,.0f} s" if self.pause else ""
        return f"{self.reason}{wait}"


def _send_once(
    url: str, address: Address, body: bytes, headers: Mapping[str, str], seconds: float
) -> None:
    network = Network(address, NoAuth(), seconds, _MOST, seconds)
    try:
        answer = network.send(Request("POST", url, data=body, headers=headers))
    except Unavailable as error:
        raise _Again(_shown(error)) from None
    except FetchError as error:
        raise _undelivered(address, _shown(error), 1) from None
    finally:
        network.close()
    _check(address, answer)


def _check(address: Address, answer: Answer) -> None:
    if 200 <= answer.status < 300:
        return
    reason = f"it answered {_phrase(answer.status)}"
    if answer.status in _MAY_IMPROVE:
        raise _Again(reason, retry_after(answer.headers))
    raise _undelivered(address, reason, 1)


def _address(url: str) -> Address:
    """Where a URL leads; what of it lets somebody post is kept out of messages from now on."""
    try:
        parts = urlsplit(url)
        bare = parts._replace(path="", query="", fragment="").geturl()
    except ValueError:
        bare, parts = "", urlsplit("")
    for part in (parts.path, parts.query):
        if len(part) >= _SHORTEST:
            remember(part)
    try:
        return Address.of(bare, "notify", "url")
    except ConfigError as error:
        why = redact(error.message).replace("of connection 'notify' ", "")
        raise ConfigError(why, hint="Write it like https://hooks.example/…") from None


def _key(secret: Secret) -> bytes:
    value = secret.resolve().removeprefix("whsec_")
    remember(value)
    try:
        key = base64.b64decode(value, validate=True)
    except binascii.Error:
        key = b""
    if not 24 <= len(key) <= 64:
        raise SecretError(
            f"the secret {secret.reference} is not `whsec_` and 24 to 64 bytes in base64",
            hint="Make one: echo whsec_$(openssl rand -base64 32)",
        )
    return key


def _headers(message_id: str, body: bytes, key: bytes | None) -> dict[str, str]:
    at = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": at,
    }
    if key is not None:
        signed = b".".join((message_id.encode(), at.encode(), body))
        digest = hmac.new(key, signed, hashlib.sha256).digest()
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers


def _undelivered(address: Address, reason: str, attempts: int) -> FetchError:
    tried = f" (after {attempts} attempts)" if attempts > 1 else ""
    return FetchError(f"not delivered to {address.host}: {reason}{tried}")


def _shown(error: DuetrailError) -> str:
    return redact(error.message).removeprefix(f"{HIDDEN}: ").removeprefix(f"{HIDDEN} ")


def _phrase(status: int) -> str:
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)
