"""References to secrets: where a value is found, and where a renewed one is written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import field, frozen

from duetrail.errors import SecretError
from duetrail.secrets.hiding import HIDDEN, remember


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
            SecretError: The reference resolves to nothing, or to more than one line.
        """
        scheme, place = _scheme(self.reference), self._place
        if scheme == "env":
            value = _from_environment(place)
        elif scheme == "file":
            value = _from_file(self.folder, place)
        elif scheme == "keyring":
            value = _from_keyring(place)
        else:
            value = self.reference
        value = _one_line(value, _shown(self.reference))
        remember(value)
        return value

    @property
    def _place(self) -> str:
        return self.reference.removeprefix(f"{_scheme(self.reference)}:")


@frozen
class WritableSecret(Secret):
    """A secret that is renewed, such as tokens of OAuth2: `file:PATH` or `keyring:SERVICE/USER`.

    Options of this type hold what `duetrail auth` writes and each renewal writes anew; see
    `duetrail.http.token_store`.

    Attributes:
        reference: `file:PATH` or `keyring:SERVICE/USER`.
        folder: What a relative `file:` path is relative to.
    """

    @property
    def is_writable(self) -> bool:
        """Whether it can be written at all: neither the environment nor a plain value can."""
        return _scheme(self.reference) in {"file", "keyring"}

    @property
    def path(self) -> Path | None:
        """The file, behind all links; None where it is in the keyring.

        Raises:
            SecretError: There is no home folder to find it in.
        """
        if _scheme(self.reference) != "file":
            return None
        return _path(self.folder, self._place).resolve()

    def load(self) -> str:
        """What was written last; empty where nothing was. Nothing of it is remembered.

        Raises:
            SecretError: It cannot be read.
        """
        path = self.path
        if path is not None:
            return _text_of(path) if path.exists() else ""
        return _asked_keyring(self._place) or ""

    def save_in_keyring(self, text: str) -> None:
        """Write it where it is no file.

        Raises:
            SecretError: The keyring cannot be written.
        """
        service, _, user = self._place.partition("/")
        with _keyring() as keyring:
            keyring.set_password(service, user, text)


def _scheme(reference: str) -> str:
    scheme = reference.partition(":")[0]
    return scheme if scheme in {"env", "file", "keyring"} and ":" in reference else ""


def _shown(reference: str) -> str:
    return reference if _scheme(reference) else HIDDEN


def _one_line(value: str, shown: str) -> str:
    """The secret without the line breaks that an editor or a command put behind it."""
    line = value.rstrip("\r\n")
    if "\n" in line or "\r" in line:
        raise SecretError(
            f"the secret {shown} is more than one line",
            hint="Store the secret alone, on one line.",
        )
    return line


def _from_environment(name: str) -> str:
    value = os.environ.get(name, "")
    if not value.strip("\r\n"):
        raise SecretError(
            f"the environment variable {name} is not set",
            hint=f"Set it before the run: export {name}=...",
        )
    return value


def _from_file(folder: Path, place: str) -> str:
    path = _path(folder, place)
    value = _text_of(path)
    if not value:
        raise SecretError(f"the secret file {path} is empty")
    return value


def _path(folder: Path, place: str) -> Path:
    try:
        return folder / Path(place).expanduser()
    except RuntimeError:
        raise SecretError(f"there is no home folder for {place!r}") from None


def _text_of(path: Path) -> str:
    try:
        # Without the mark that some editors begin a file with.
        return path.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SecretError(
            f"the secret file {path} cannot be read: {why}",
            hint="Give the path of a file that holds the secret and nothing else.",
        ) from None


def _from_keyring(place: str) -> str:
    value = _asked_keyring(place)
    if not value or not value.strip("\r\n"):
        service, _, user = place.partition("/")
        raise SecretError(f"the keyring holds no password for {user!r} of service {service!r}")
    return value


def _asked_keyring(place: str) -> str | None:
    service, _, user = place.partition("/")
    with _keyring() as keyring:
        value: str | None = keyring.get_password(service, user)
    return value


@contextmanager
def _keyring() -> Iterator[Any]:
    """The keyring package; what the keyring refuses is a `SecretError`."""
    try:
        import keyring
    except ImportError:
        raise SecretError(
            "keyring references need the keyring package",
            hint="pip install 'duetrail[keyring]', or use env:NAME or file:PATH.",
        ) from None
    try:
        yield keyring
    except keyring.errors.KeyringError as error:
        raise SecretError(
            f"the keyring cannot be asked: {type(error).__name__}",
            hint="On a machine without a desktop, use env:NAME or file:PATH.",
        ) from None
