"""Secrets: references in the configuration, values only at the moment of use.

A reference says where a secret is: `env:NAME`, `file:PATH` or `keyring:SERVICE/USER`. Each value
that a reference resolves to, and each token a login gives, is remembered here, so that `redact` can
take it out of any text before that text reaches a person, a log or a file.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from attrs import field, frozen

from duetrail.errors import SecretError

HIDDEN = "[secret]"

# Shorter values would blot out ordinary words; a credential that short protects nothing.
_SHORTEST = 6

# Shorter tokens might stand in a vendor's data by chance, and data must not be changed by chance.
_SHORTEST_TOKEN = 16

_known: set[str] = set()
_tokens: set[str] = set()


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
        value = _one_line(value, _shown(self.reference))
        remember(value)
        return value


def remember(value: str, *, token: bool = False) -> None:
    """Have `redact` remove this value, in each of its `forms`, from now on.

    Args:
        value: A secret; one of less than 6 characters is not remembered.
        token: Whether it goes to the vendor as it is and no data can hold it by chance, so that
            `without_tokens` may take it out of data, too.
    """
    if len(value) < _SHORTEST:
        return
    _known.update(forms(value))
    if token and len(value) >= _SHORTEST_TOKEN:
        _tokens.update(forms(value))


def forms(value: str) -> set[str]:
    """Every form in which a value may show: plain, in URLs, in JSON, in a repr, in base64."""
    quoted = {f(value, safe=safe) for f in (quote, quote_plus) for safe in ("", "/")}
    lower = {_ESCAPE.sub(lambda found: found[0].lower(), text) for text in quoted}
    escaped = {json.dumps(value, ensure_ascii=ascii)[1:-1] for ascii in (True, False)}
    escaped |= {text.replace("/", "\\/") for text in escaped}
    # A body that is JSON may stand as text in other JSON: in a reject that is shown, for one.
    escaped |= {json.dumps(text, ensure_ascii=False)[1:-1] for text in escaped}
    return {value, repr(value)[1:-1], *quoted, *lower, *escaped, *_in_base64(value.encode())}


def redact(text: str) -> str:
    """The text with every remembered secret replaced by `[secret]`."""
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return text


def redacted(value: Any) -> Any:
    """Plain JSON values with every remembered secret taken out of every text in them."""
    return _mapped(value, redact)


def holds_token(text: bytes) -> bool:
    """Whether a token that goes to the vendor stands in there."""
    # A copy: another thread may log in meanwhile.
    return any(token.encode() in text for token in tuple(_tokens))


def without_tokens(value: Any) -> Any:
    """Plain JSON values with those tokens taken out of every text in them."""

    def clean(text: str) -> str:
        for token in sorted(_tokens, key=len, reverse=True):
            text = text.replace(token, HIDDEN)
        return text

    return _mapped(value, clean)


_ESCAPE = re.compile("%[0-9A-F]{2}")


def _in_base64(value: bytes) -> Iterator[str]:
    """The value encoded by itself, and what never changes of it when it stands inside other bytes.

    Three bytes make four characters, so there are three ways in which it may begin: the password
    of `user:password` begins in one that depends on the user.
    """
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(value).decode().rstrip("=")
        for before in range(3):
            text = encode(bytes(before) + value).decode()
            # Characters of which some bits belong to the neighbours are left out.
            yield text[-(-before * 8 // 6) : (before + len(value)) * 8 // 6]


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {_mapped(k, change): _mapped(v, change) for k, v in value.items()}
    if isinstance(value, list):
        return [_mapped(element, change) for element in value]
    return value


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
    if not value or not value.strip("\r\n"):
        raise SecretError(f"the keyring holds no password for {user!r} of service {service!r}")
    return value
