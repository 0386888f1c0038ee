"""Every error Duetrail raises, sorted by what happens next.

    DuetrailError
      UsageError        the run does not start: fix the command line (exit 2)
        ConfigError     ... or the configuration
        SecretError     ... or the place a secret reference points to
      PluginError       a plugin is missing or broken; all others go on
      StoreError        the store cannot be used; nothing was changed
        NoStore         ... because there is none yet
      FetchError        one request did not give what was asked
        Unauthorized    the connection stops: its credentials are refused
        Forbidden       the resource stops: this credential may not read it
        UnknownKey      the key is noted as unknown to the vendor; the others go on
        Unavailable     tried again, then the shard fails
          RateLimited   ... after a pause shared by all workers of the credential
        ProtocolError   the shard fails: the answer is not what the vendor documents
        Incomplete      everything received is kept; the listing is not proven complete
      BadItem           the item is set aside as a reject; the others go on
      Stopped           the run is being stopped (in duetrail.http)

Messages hold no secret and no personal data: they name places (connection, resource, item,
key, JSON path) and repeat a vendor's own error text, short and masked (`duetrail.http.masking`),
never values out of its data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class DuetrailError(Exception):
    """The root: a message for people, and the exit code of a command that ends with it.

    Args:
        message: What happened and where, in one sentence.
        hint: What to do next, in one sentence; empty where there is nothing to add.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class UsageError(DuetrailError):
    """The command or call asks for something that cannot be done as asked."""

    exit_code = 2


class ConfigError(UsageError):
    """The configuration is missing, unreadable, or says something impossible."""


class SecretError(UsageError):
    """A secret reference resolves to nothing."""


class PluginError(DuetrailError):
    """A plugin is missing, does not load, or breaks the contract."""


class StoreError(DuetrailError):
    """The store cannot be opened, read or written."""


class NoStore(StoreError):
    """There is no store where one is looked for."""


class FetchError(DuetrailError):
    """One request did not give what was asked.

    Args:
        message: What happened.
        hint: What to do next.
        status: The HTTP status, where there was an answer.
        code: The vendor's own error code, where it gave one.
        request_id: The vendor's id of the request, for its support.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code
        self.request_id = request_id


class Unauthorized(FetchError):
    """The credentials are refused (HTTP 401): the whole connection stops."""


class Forbidden(FetchError):
    """The credentials may not read this resource (HTTP 403): the resource stops."""


class UnknownKey(FetchError):
    """The vendor does not know the key it was asked for (HTTP 404): the next key follows."""


class Unavailable(FetchError):
    """No answer, or one that may be better next time (time-out, 5xx): tried again."""


class RateLimited(Unavailable):
    """Too many requests (HTTP 429).

    Args:
        message: What happened.
        retry_after: Seconds the vendor asks to wait; None if it does not say.
        **facts: As in `FetchError`.
    """

    def __init__(
        self, message: str, *, retry_after: float | None = None, **facts: str | int | None
    ) -> None:
        super().__init__(message, **facts)  # type: ignore[arg-type]
        self.retry_after = retry_after


class ProtocolError(FetchError):
    """The answer is not what the vendor documents: HTML, broken JSON, a missing envelope."""


class Incomplete(FetchError):
    """A listing that ended without proof that it held everything."""


class BadItem(DuetrailError):
    """An item that cannot be mapped: kept whole as a reject, to be replayed after a fix.

    Args:
        reason: What is wrong, in words a collections clerk understands.
        path: Where in the item, as a JSON path (`$.total_amount`).
    """

    def __init__(self, reason: str, *, path: str = "$") -> None:
        super().__init__(f"{reason} at {path}")
        self.reason = reason
        self.path = path


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is written most like another; None where none is like it."""
    from difflib import get_close_matches  # only a mistake needs it

    return next(iter(get_close_matches(word, list(known), 1)), None)


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """The hint for a word that is not known: the nearest one that is.

    Args:
        word: What the user wrote.
        known: What could have been meant.
        otherwise: The hint where no known word is near.
    """
    near = nearest(word, known)
    return otherwise if near is None else f"Did you mean {near!r}?"
