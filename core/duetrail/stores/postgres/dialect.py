"""What PostgreSQL says in its own way, and statements as psycopg takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from duetrail.stores.database import Values
from duetrail.stores.postgres.texts import MARK, escaped, kept

_WORD = re.compile(r"'[^']*'|::|:(\w+)|\?|%")


@lru_cache(maxsize=1024)
def for_psycopg(sql: str) -> str:
    """A statement whose `?` and `:names` are what psycopg has for them."""
    return _WORD.sub(_for_psycopg, sql)


def _for_psycopg(word: re.Match[str]) -> str:
    text = word[0]
    if word[1]:
        return f"%({word[1]})s"
    return "%s" if text == "?" else text.replace("%", "%%")


def bound_by_psycopg(values: Values) -> Any:
    """Values as they are bound: a text as it can be kept."""
    if isinstance(values, Mapping):
        return {name: kept(value) for name, value in values.items()}
    return [kept(value) for value in values]


class PostgresDialect:
    """PostgreSQL's words (see `duetrail.stores.dialect.Dialect`)."""

    each = "(SELECT json_array_elements_text(CAST(? AS json)))"
    each_number = "(SELECT CAST(json_array_elements_text(CAST(? AS json)) AS bigint))"
    each_pair = (
        "(SELECT one.value ->> 0, one.value ->> 1 FROM json_array_elements(CAST(? AS json)) AS one)"
    )
    by_item = ""
    # JSON has no line breaks, so a line that is followed by another is no key alone.
    key = (
        """CASE WHEN o.within LIKE '"%' AND position(chr(10) IN o.within) = 0 """
        rf"THEN CAST(replace(o.within, '\u0000', '{MARK}0') AS jsonb) #>> '{{}}' ELSE o.within END"
    )

    def bound(self, values: Iterable[Any]) -> str:
        """A list as it is bound."""
        text = msgspec.json.encode(list(values)).decode()
        if "\\u0000" in text or escaped(text) != text:
            return msgspec.json.encode(_escaped(msgspec.json.decode(text))).decode()
        return text

    def listed(self, name: str, width: int = 1) -> str:
        """The rows of a list that is bound by name, each of so many columns."""
        source = f"json_array_elements(CAST(:{name} AS json)) AS one"
        if width == 1:
            return f"(SELECT one.value #>> '{{}}' FROM {source})"
        columns = ", ".join(f"one.value ->> {at}" for at in range(width))
        return f"(SELECT {columns} FROM {source})"

    def line(self, number: int) -> str:
        """A line of the `within` of an observation `o`, the first being 0."""
        return f"split_part(o.within, chr(10), {number + 1})"

    def among(self, hashes: Sequence[bytes]) -> Iterator[tuple[str, Sequence[Any]]]:
        """What stands behind a column that holds one of some hashes, and what is bound for it."""
        if hashes:
            yield "= ANY(?)", ([bytes(one) for one in hashes],)


POSTGRES = PostgresDialect()


def _escaped(value: Any) -> Any:
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    return kept(value)
