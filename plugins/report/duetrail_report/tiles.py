"""The tiles at the top of a report: what matters of each currency, in a few numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from attrs import frozen

from duetrail_report.numbers import Number, Numbers, Row

# Promises are looked back at for so many days.
_LAST_DAYS = 30


@frozen
class Tile:
    """A number that matters, with what one has to know beside it.

    Attributes:
        title: What it is.
        number: The number.
        unit: What it counts, if that is not the currency of its group.
        notes: Further numbers: words with `{}` where the number stands.
        metric: The metric that the footer explains.
    """

    title: str
    number: Number
    unit: str
    notes: Sequence[tuple[str, Number]]
    metric: str


@frozen
class Money:
    """The tiles of one currency.

    Attributes:
        currency: The currency.
        tiles: Its tiles; none where there are only credits.
        credits: What is owed to customers, by its kind; taken off nothing.
    """

    currency: str
    tiles: Sequence[Tile]
    credits: Sequence[tuple[str, Number]]


def tiles(numbers: Numbers) -> list[Money]:
    """The tiles of each currency, the one with most open items first.

    Args:
        numbers: The metrics of the report.
    """
    open_items = {row["currency"]: row["items"] for row in numbers.rows("ar_disputes")}
    told = {row["currency"] for row in numbers.rows("ar_dso")}
    found = list(told | {row["currency"] for row in numbers.rows("ar_credits")})
    found.sort(key=lambda currency: (-open_items.get(currency, 0), currency))
    return [
        Money(one, _tiles(numbers, one) if one in told else [], _credits(numbers, one))
        for one in found
    ]


def _tiles(numbers: Numbers, currency: str) -> list[Tile]:
    of: Row = {"currency": currency}
    lately = {"days": _LAST_DAYS}
    on = numbers.scope.on
    week = {**of, "week": on - timedelta(days=on.weekday())}
    return [
        Tile(
            "Open",
            numbers.value("ar_dso", "receivables", of),
            "",
            [("open items: {}", numbers.value("ar_disputes", "items", of))],
            "ar_dso",
        ),
        Tile(
            "Overdue",
            numbers.value("ar_dso", "overdue", of),
            "",
            [
                ("overdue items: {}", numbers.value("ar_first_touch", "overdue", of)),
                ("of them silent: {}", numbers.value("ar_first_touch", "silent", of)),
                *_without_due_date(numbers, of),
            ],
            "ar_first_touch",
        ),
        Tile(
            "DSO",
            numbers.value("ar_dso", "dso", of),
            "days",
            [
                ("best possible {} days", numbers.value("ar_dso", "best_possible_dso", of)),
                ("delinquent {} days", numbers.value("ar_dso", "average_days_delinquent", of)),
            ],
            "ar_dso",
        ),
        Tile(
            "CEI by total sales",
            numbers.value("ar_cei", "cei_total_sales", of, unit="%"),
            "",
            [
                ("by monthly sales {}", numbers.value("ar_cei", "cei_monthly_sales", of, unit="%")),
                (_opening(numbers, currency), numbers.value("ar_cei", "opening", of)),
            ],
            "ar_cei",
        ),
        Tile(
            "Promised this week",
            numbers.value("ar_coming", "promised", week),
            "",
            [
                ("items: {}", numbers.value("ar_coming", "promised_items", week)),
                (
                    f"{{}} of promises kept in {_LAST_DAYS} days",
                    numbers.value("promises_kept", "kept_rate", of, unit="%", given=lately),
                ),
            ],
            "ar_coming",
        ),
        Tile(
            "Unreachable",
            numbers.count("unreachable_customers", of),
            "customers",
            [("they owe {}", numbers.sum("unreachable_customers", "amount", of))],
            "unreachable_customers",
        ),
    ]


def _without_due_date(numbers: Numbers, of: Row) -> list[tuple[str, Number]]:
    """What may be overdue, and nobody knows: nothing is said where every due date is known."""
    where = {**of, "bucket": "no due date"}
    unknown = numbers.sum("ar_ageing_by_customer", "amount", where)
    return [("without due date, not counted: {}", unknown)] if unknown else []


def _opening(numbers: Numbers, currency: str) -> str:
    """Where the opening balance is from, which the index hangs on."""
    origins = {row["currency"]: row["opening_from"] for row in numbers.rows("ar_cei")}
    if origins.get(currency) == "history":
        return "opening balance {}, as history knows it"
    return "opening balance {}, worked out from dates"


def _credits(numbers: Numbers, currency: str) -> list[tuple[str, Number]]:
    rows = [row for row in numbers.rows("ar_credits") if row["currency"] == currency]
    return [
        (
            row["kind"],
            numbers.value("ar_credits", "amount", {"currency": currency, "kind": row["kind"]}),
        )
        for row in rows
    ]
