"""Yeti's lists as documents: what is sent to ask for one, and what stands in the answer.

Source: Yeti's customer API, and JSON:API 1.0, sections Document Structure and Pagination. The
links of an answer are built from what the last proxy asked for, and may lead inside the operator's
network: they are never followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from attrs import define

from duetrail.errors import FetchError
from duetrail.http import Session, count, required
from duetrail.source import Page

Query = Mapping[str, str | int | None]

_ACCEPT = "application/vnd.api+json"


# Which fields of an account are asked for beside its invoices, calls and payments: not the balance,
# which changes so often that no ETag would hold. Older releases refuse to show a currency, and an
# operator may hide more.
_OF_ACCOUNTS = ("name,currency", "name", None)

_NO_SUCH_FIELD = "104"


@define
class Client:
    """Gets pages of lists, and remembers which fields of accounts the switch shows.

    Attributes:
        session: What they are asked through.
    """

    session: Session
    _refused: int = 0  # how many of the ways to ask for accounts this switch refuses

    def ask(self, name: str, query: Query, etag: str | None = None) -> Page:
        """One page of a list.

        Args:
            name: The list, such as `invoices`.
            query: Its parameters.
            etag: Of an earlier answer to the same question; the page has status 304 if it still
                holds.
        """
        while True:
            try:
                return self.session.get(f"/{name}", self._with(query), accept=_ACCEPT, etag=etag)
            except FetchError as error:
                if error.code != _NO_SUCH_FIELD or not self._can_give_way(query):
                    raise
                self._refused += 1

    def _with(self, query: Query) -> Query:
        if "include" not in query:
            return query
        return {**query, "fields[accounts]": _OF_ACCOUNTS[self._refused]}

    def _can_give_way(self, query: Query) -> bool:
        return "include" in query and self._refused < len(_OF_ACCOUNTS) - 1


def rows(page: Page) -> list[object]:
    """The objects of a page.

    Raises:
        ProtocolError: There is no list of them.
    """
    return required(page, page.data, "data", list)


def total(page: Page) -> int | None:
    """How many objects there are on all pages, by `meta.total-count`; None where it is not told.

    Raises:
        ProtocolError: What is told is no count.
    """
    meta = page.data.get("meta")
    return count(page, meta, "total-count") if isinstance(meta, dict) else None


def instant(moment: datetime) -> str:
    """A time as Yeti cannot misread it: whole seconds, in UTC, and saying so.

    A time without a zone would be read in the server's, and one that cannot be read would drop
    its filter in silence.

    Args:
        moment: Aware; a part of a second is cut off.

    Raises:
        ValueError: It is not aware.
    """
    if moment.tzinfo is None:
        raise ValueError("a filter needs a time with a zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
