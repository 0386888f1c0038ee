"""Secrets: references in the configuration, values only at the moment of use.

A reference says where a secret is: `env:NAME`, `file:PATH` or `keyring:SERVICE/USER`. Each value
that a reference resolves to is remembered here, so that `redact` can take it out of any text
before that text reaches a person, a log or a file.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from urllib.parse import quote

from attrs import field, frozen

from duetrail.errors import SecretError

HIDDEN = "[secret]"

# Shorter values would blot out ordinary words; a credential that short protects nothing.
_SHORTEST = 6
_known: set[str] = set()


@frozen
class Secret:
    """A reference to a secret; resolved late, never printed, never stored.

    Attributes:
        reference: `env:NAME`, `file:PATH`, `keyring:SERVICE/USER`, or a plain throw-away value.
        folder: What a relative `file:` path is relative to.
    """

    reference: str = field(repr=lambda reference: repr(_shown(reference)))
    folder: Path = field(default=Path(), repr=False)

    @property
    def is_plain(self) -> bool:
        """Whether the value itself stands in the configuration; only loopback servers get it."""
        return _scheme(self.reference) == ""

    def resolve(self) -> str:
        """The value.

        Raises:
            SecretError: The reference resolves to nothing.
        """
        scheme = _scheme(self.reference)
        place = self.reference[len(scheme) + 1 :]
        if scheme == "env":
            value = _from_environment(place)
        elif scheme == "file":
            value = _from_file(self.folder, place)
        elif scheme == "keyring":
            value = _from_keyring(place)
        else:
            value = self.reference
        remember(value)
        return value


def remember(value: str) -> None:
    """Have `redact` remove this value, and its URL, JSON and base64 forms, from now on."""
    if len(value) < _SHORTEST:
        return
    encoded = value.encode()
    _known.update(
        {
            value,
            quote(value, safe=""),
            json.dumps(value)[1:-1],
            json.dumps(value, ensure_ascii=False)[1:-1],
            base64.b64encode(encoded).decode().rstrip("="),
            base64.urlsafe_b64encode(encoded).decode().rstrip("="),
        }
    )


def redact(text: str) -> str:
    """The text with every remembered secret replaced by `[secret]`."""
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return text


def _scheme(reference: str) -> str:
    scheme = reference.partition(":")[0]
    return scheme if scheme in {"env", "file", "keyring"} and ":" in reference else ""


def _shown(reference: str) -> str:
    return reference if _scheme(reference) else HIDDEN


def _from_environment(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise SecretError(
            f"the environment variable {name} is not set",
            hint=f"Set it before the run: export {name}=...",
        )
    return value


def _from_file(folder: Path, place: str) -> str:
    try:
        path = folder / Path(place).expanduser()
    except RuntimeError:
        raise SecretError(f"there is no home folder for {place!r}") from None
    try:
        value = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SecretError(
            f"the secret file {path} cannot be read: {why}",
            hint="Give the path of a file that holds the secret and nothing else.",
        ) from None
    if not value:
        raise SecretError(f"the secret file {path} is empty")
    return value


def _from_keyring(place: str) -> str:
    service, _, user = place.partition("/")
    try:
        import keyring
    except ImportError:
        raise SecretError(
            "keyring references need the keyring package",
            hint="pip install 'duetrail[keyring]', or use env:NAME or file:PATH.",
        ) from None
    try:
        value: str | None = keyring.get_password(service, user)
    except keyring.errors.KeyringError as error:
        raise SecretError(
            f"the keyring cannot be asked: {type(error).__name__}",
            hint="On a machine without a desktop, use env:NAME or file:PATH.",
        ) from None
    if not value:
        raise SecretError(f"the keyring holds no password for {user!r} of service {service!r}")
    return value
