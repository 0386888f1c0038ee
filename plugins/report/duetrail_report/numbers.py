"""The numbers of a report: metrics, each asked once, and where on the page each value is from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from attrs import field, frozen
from markupsafe import Markup

from duetrail import Project
from duetrail.secrets import redact
from duetrail.stores.history import KeepsHistory
from duetrail.stores.metrics import MetricRows
from duetrail_report.charts import past_days

# Characters of a name, or of what somebody wrote or said, that a page shows, without --all.
_LONGEST = 600

Row = dict[str, Any]
"""A row of a metric by the names of its columns."""


@frozen(kw_only=True)
class Scope:
    """What a report is about.

    Attributes:
        on: The day that is looked at.
        as_of: The day at whose end records are taken from history; None for now.
        connections: Only these connections; all of them if empty.
        with_people: Whether names, addresses and what people wrote are shown.
    """

    on: date
    as_of: date | None = None
    connections: tuple[str, ...] = ()
    with_people: bool = True


@frozen
class Number:
    """A value on the page, and where it is from: so that it can be compared with its metric.

    Attributes:
        value: The value; None where it is not known.
        metric: The metric.
        column: The column; empty where rows are counted.
        where: The columns that tell the row, or the rows, from others, with their values.
        how: `value` of one row, `sum` of several rows, or how many `rows` there are.
        given: The parameters beside those of the whole report.
        unit: What stands behind it, such as `%`; a rate is shown in per cent.
    """

    value: Decimal | int | float | None
    metric: str
    column: str = ""
    where: Row = field(factory=dict)
    how: str = "value"
    given: Row = field(factory=dict)
    unit: str = ""

    def __bool__(self) -> bool:
        """Whether it is something else than nothing."""
        return bool(self.value)

    @property
    def text(self) -> str:
        """The value as it is shown."""
        if self.value is None:
            return "–"  # noqa: RUF001
        return f"{shown(self.value, is_rate=self.unit == '%')}{self.unit}"

    def __html__(self) -> str:
        """The value as an element that says where it is from."""
        source = {
            "metric": self.metric,
            "column": self.column,
            "where": self.where,
            "how": self.how,
            "given": self.given,
        }
        value = "" if self.value is None else str(self.value)
        plain = json.dumps(source, ensure_ascii=True, separators=(",", ":"), default=str)
        told = redact(plain)  # a name may be among what tells the row
        return Markup('<data value="{}" data-from="{}">{}</data>').format(value, told, self.text)


def shown(value: Decimal | int | float, *, is_rate: bool = False) -> str:
    """A number as people read it: amounts and counts with all their digits, others with one."""
    if isinstance(value, float):
        return f"{100 * value:,.1f}" if is_rate else f"{value:,.1f}"
    return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"


def shortened(text: str, *, whole: bool = False) -> str:
    """What a vendor wrote as far as a page shows it: the rest of a long text is left out.

    Secrets are taken out first: nobody would recognise the beginning of one.

    Args:
        text: The text.
        whole: Whether it is given whole.
    """
    text = redact(text)
    if whole or len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST].rstrip()}… (shortened)"


def shown_time(at: datetime | date | None) -> str:
    """A time to the minute in UTC, or a day."""
    if isinstance(at, datetime):
        return f"{at:%Y-%m-%d %H:%M} UTC"
    return at.isoformat() if at else "never"


class Numbers:
    """The metrics of one report.

    Attributes:
        scope: What the report is about.
        asked: What was asked so far, with its parameters beside those of the scope.
    """

    def __init__(self, project: Project, scope: Scope) -> None:
        self.scope = scope
        self.asked: dict[tuple[str, str], tuple[MetricRows, Row]] = {}
        self._project = project

    def metric(self, name: str, **given: Any) -> MetricRows:
        """A metric, as of the day and of the connections of the report.

        Args:
            name: Its name.
            **given: Parameters beside those.

        Raises:
            UsageError, StoreError: As for `Project.metric`.
        """
        key = (name, json.dumps(given, default=str))
        if key not in self.asked:
            scope = self.scope
            more = {"as_of": scope.as_of, "connections": scope.connections}
            found = self._project.metric(name, scope.on, **more, **given)
            self.asked[key] = (found, given)
        found, _ = self.asked[key]
        return found if self.scope.with_people else found.without_people()

    def past(self, name: str) -> list[tuple[date, MetricRows]]:
        """A metric as of the days before that history knows, and of the day itself."""
        scope = self.scope
        since = _history_since(self._project)
        days = past_days(since, scope.as_of or scope.on) if since else []
        return [
            (day, self._project.metric(name, day, as_of=day, connections=scope.connections))
            for day in days
        ]

    def rows(self, name: str, **given: Any) -> list[Row]:
        """The rows of a metric by the names of their columns."""
        return list(self.metric(name, **given).dicts())

    def value(
        self, name: str, column: str, where: Row, *, unit: str = "", given: Row | None = None
    ) -> Number:
        """The value of a column in the one row that is asked for."""
        given = given or {}
        found = next(iter(_matching(self.rows(name, **given), where)), {})
        return Number(found.get(column), name, column, where, given=given, unit=unit)

    def count(self, name: str, where: Row) -> Number:
        """How many rows there are."""
        return Number(len(_matching(self.rows(name), where)), name, "", where, "rows")

    def sum(self, name: str, column: str, where: Row) -> Number:
        """The sum of a column of amounts or counts, all in one currency."""
        values = [row[column] for row in _matching(self.rows(name), where)]
        return Number(sum(values, Decimal(0)), name, column, where, "sum")


def of_row(name: str, row: Row, column: str, *key: str, **how: Any) -> Number:
    """A value of a row that is at hand.

    Args:
        name: The metric.
        row: Its row.
        column: The column.
        *key: The columns that tell the row from others.
        **how: Other attributes of the number.
    """
    return Number(row[column], name, column, {one: row[one] for one in key}, **how)


def _history_since(project: Project) -> date | None:
    """The first day whose end history knows; None where none is kept."""
    store = project.bare_store
    state = store.history_state() if isinstance(store, KeepsHistory) else None
    return date.fromisoformat(state.since[:10]) if state and state.since else None


def _matching(rows: Iterable[Row], where: Row) -> list[Row]:
    return [row for row in rows if all(row[name] == value for name, value in where.items())]
