"""The options of `spark.read.format("duetrail")`, read and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from attrs import frozen

from duetrail.config import Config, read_config
from duetrail.config.reading import config_of
from duetrail.engines.reading import Request
from duetrail.errors import ConfigError, UsageError, did_you_mean
from duetrail.source import Key

NAMES = (
    "config",
    "connection",
    "duplicates",
    "failures",
    "keys",
    "maxRows",
    "numPartitions",
    "readers",
    "rejects",
    "resource",
    "since",
    "table",
)
"""Every option there is."""


@frozen
class Options:
    """What `.option(...)` said.

    Attributes:
        asked: What is asked for.
        partitions: At most so many partitions; None for one for each part of the plan.
        readers: At most so many tasks read at once; None for all of them.
        keep_duplicates: Whether a record that several parts show may come once for each of them.
        max_rows: Rows after which a batch of a stream ends, at the next cursor.
    """

    asked: Request
    partitions: int | None
    readers: int | None
    keep_duplicates: bool
    max_rows: int

    @property
    def table(self) -> str:
        """The table that is asked for."""
        return self.asked.tables[0]


def options_of(given: Mapping[str, str]) -> Options:
    """Options by name, in whatever case, as Spark hands them over.

    Raises:
        UsageError: One is missing, unknown or wrong.
    """
    by_lower = {name.lower(): name for name in NAMES}
    values: dict[str, str] = {}
    for name, value in given.items():
        if name.lower() not in by_lower:
            hint = did_you_mean(name, NAMES) or f"There are {', '.join(NAMES)}."
            raise UsageError(f"there is no option {name!r}", hint=hint)
        values[by_lower[name.lower()]] = value
    asked = Request(
        config=config_at(values.get("config")),
        connection=_needed(values, "connection"),
        tables=(_needed(values, "table"),),
        resource=values.get("resource", ""),
        keys=_keys(values.get("keys")),
        since=_since(values.get("since")),
        rejects=_word(values, "rejects", ("fail", "skip")),
        failures=_word(values, "failures", ("fail", "skip")),
    )
    return Options(
        asked,
        _count(values, "numPartitions"),
        _count(values, "readers"),
        _word(values, "duplicates", ("refuse", "keep")) == "keep",
        _count(values, "maxRows") or 10_000,
    )


def config_at(given: str | None) -> Config:
    """The configuration in a file, or in the option itself as JSON.

    Raises:
        ConfigError: It is missing or wrong.
    """
    if given is None or not given.lstrip().startswith("{"):
        return read_config(given)
    try:
        data: Any = json.loads(given)
    except ValueError as error:
        raise ConfigError(f"the option config is neither a path nor JSON: {error}") from None
    # Relative paths in it are beside this file, which need not be there.
    return config_of(Path.cwd() / "the option config", data)


def _needed(values: Mapping[str, str], name: str) -> str:
    if not values.get(name):
        example = {"connection": "stuut", "table": "invoices"}[name]
        raise UsageError(
            f"the option {name} is missing", hint=f'Add .option("{name}", "{example}").'
        )
    return values[name]


def _keys(text: str | None) -> tuple[Key, ...] | None:
    if text is None:
        return None
    try:
        values: Any = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise UsageError(
            "the option keys is no JSON list of texts",
            hint='Write \'["INV-1", "INV-2"]\'; for keys in a DataFrame there is '
            "duetrail.engines.spark.records.",
        )
    return tuple(map(Key, values))


def _since(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        if len(text) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        return datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"the option since: {text!r} is neither a day nor a time",
            hint="Write 2026-01-31 or 2026-01-31T08:00:00Z.",
        ) from None


def _word(values: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    word = values.get(name, words[0])
    if word not in words:
        raise UsageError(f"the option {name}: {word!r} is none of {', '.join(words)}")
    return word


def _count(values: Mapping[str, str], name: str) -> int | None:
    text = values.get(name)
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"the option {name}: {text!r} is no whole number of at least 1")
    return int(text)
