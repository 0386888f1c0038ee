"""Tokens of OAuth2 in the secret they live in: one line of JSON, changed under a lock.

A vendor that rotates refresh tokens gives a new one with each renewal and refuses the old one soon
after. So whoever renews holds the lock, writes what came before it is used, and finds at the next
look what another process has written meanwhile. A file is replaced as a whole: what was written
beside it by a process that was killed before the replacement is taken over.

A secret may also hold a bare refresh token, as somebody put it there by hand.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from attrs import field, frozen

from duetrail.errors import SecretError, Unavailable
from duetrail.http.private_folder import private_folders
from duetrail.secrets import WritableSecret, remember

# Seconds; whoever holds the lock waits for one answer of the token host.
_LONGEST_LOCK = 300.0


@frozen(kw_only=True)
class Tokens:
    """What the token host gave.

    Attributes:
        access_token: What requests are let in by.
        expires_at: When that ends; None where it was not said.
        refresh_token: What the next tokens are asked for with.
        consent: What tells one consent of somebody from the next; it stays the same while tokens
            are renewed.
        asked_at: When a renewal was begun whose answer was not written; None otherwise.
    """

    access_token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    refresh_token: str = field(default="", repr=False)
    consent: str = field(default="", repr=False)
    asked_at: datetime | None = None

    @classmethod
    def parse(cls, text: str) -> Tokens:
        """Read what was written; a text that is no JSON is a bare refresh token.

        Raises:
            SecretError: It is JSON, and holds something else.
        """
        if not text.startswith("{"):
            # Its hash says which consent it is of once it has been replaced.
            return cls(refresh_token=text, consent=sha256(text.encode()).hexdigest()[:32])
        try:
            return cls(**_known(json.loads(text)))
        except (ValueError, TypeError, AttributeError):
            raise SecretError("the secret holds JSON that is no tokens of Duetrail") from None

    def dump(self) -> str:
        """One line of JSON."""
        facts = {
            "access_token": self.access_token,
            "expires_at": _text(self.expires_at),
            "refresh_token": self.refresh_token,
            "consent": self.consent,
            "asked_at": _text(self.asked_at),
        }
        return json.dumps({key: value for key, value in facts.items() if value})

    def remembered(self) -> Tokens:
        """Have both tokens taken out of whatever is shown or stored from now on."""
        for token in (self.access_token, self.refresh_token):
            if token:
                remember(token, token=True)
        return self


class TokenStore:
    """The tokens of one secret.

    Args:
        secret: Where they are.
    """

    def __init__(self, secret: WritableSecret) -> None:
        self._secret = secret

    @property
    def reference(self) -> str:
        """Where they are, for people."""
        return self._secret.reference

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep all others, in this process and in others, from reading and writing meanwhile.

        Raises:
            Unavailable: Another process did not let go within five minutes.
            SecretError: The lock cannot be made.
        """
        from filelock import FileLock, Timeout

        place = self._lock_file()
        if place is None:
            yield
            return
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FileLock(place, mode=0o600)
            lock.acquire(timeout=_LONGEST_LOCK)
        except Timeout:
            raise Unavailable(
                f"another process is renewing the tokens in {self.reference} and comes to no end",
                hint=f"It holds {place}.",
            ) from None
        except OSError as error:
            raise SecretError(f"{place} cannot be locked: {error.strerror}") from None
        try:
            yield
        finally:
            lock.release()

    def read(self) -> Tokens:
        """What is there; empty where nothing is. Within `locked`, or to look only.

        Raises:
            SecretError: It cannot be read, or is no tokens.
        """
        text = self._secret.load()
        return (Tokens.parse(text) if text else Tokens()).remembered()

    def recovered(self) -> Tokens:
        """The same; what a process wrote that was killed before the last step is taken over.

        Within `locked`.
        """
        path = self._secret.path
        draft = _draft(path) if path else None
        if path is None or draft is None or not draft.exists():
            return self.read()
        with suppress(SecretError, OSError, UnicodeDecodeError):
            text = draft.read_text()
            if text.endswith("\n"):  # else it breaks off, and what it replaces is still there
                Tokens.parse(text.strip())
                draft.replace(path)
        draft.unlink(missing_ok=True)
        return self.read()

    def write(self, tokens: Tokens) -> Tokens:
        """Write them, so that they outlast this process and the machine. Within `locked`.

        Raises:
            SecretError: They cannot be written.
        """
        path = self._secret.path
        text = tokens.remembered().dump()
        if path is None:
            self._secret.save_in_keyring(text)
            return tokens
        try:
            _replace(path, f"{text}\n")
        except OSError as error:
            raise SecretError(
                f"the tokens cannot be written to {path}: {error.strerror}",
                hint="Its folder has to be writable: each renewal may bring a new token.",
            ) from None
        return tokens

    def _lock_file(self) -> Path | None:
        path = self._secret.path
        if path is not None:
            return path.with_name(f"{path.name}.lock")
        folder = next(private_folders(), None)
        name = sha256(self._secret.reference.encode()).hexdigest()[:16]
        return None if folder is None else folder / f"tokens-{name}.lock"


def consent_of(secret: WritableSecret, connection: str) -> str:
    """What tells the consent behind some tokens from others, however often they were renewed.

    Args:
        secret: Where they are.
        connection: Whose, for the message.

    Raises:
        SecretError: There are none yet, or they cannot be read.
    """
    tokens = TokenStore(secret).read()
    if not tokens.refresh_token and not tokens.access_token:
        raise no_tokens(secret.reference, connection)
    return tokens.consent


def no_tokens(reference: str, connection: str) -> SecretError:
    """The error for a connection that nobody has agreed to yet."""
    return SecretError(
        f"connection {connection!r} has no tokens yet: there is nothing in {reference}",
        hint=f"Run `duetrail auth {connection}`.",
    )


def new_consent() -> str:
    """The mark of a consent that was just given."""
    return secrets.token_hex(16)


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    texts = {name: facts.get(name, "") for name in ("access_token", "refresh_token", "consent")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise TypeError
    times = {name: _time(facts.get(name)) for name in ("expires_at", "asked_at")}
    return {**texts, **times}


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _replace(path: Path, text: str) -> None:
    """Replace a file as a whole; for its owner only."""
    draft = _draft(path)
    draft.unlink(missing_ok=True)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Have the name of a new file outlast a power cut, where the system can do that."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
