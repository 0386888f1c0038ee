"""Numbers by ISO week: what is coming, what was done and what was received."""

from __future__ import annotations

from datetime import timedelta

from duetrail.stores.metrics.columns import count, day, money, text
from duetrail.stores.metrics.declaring import BaseView, Metric
from duetrail.stores.metrics.dialects import MetricDialect, both
from duetrail.stores.metrics.parameters import MetricParameters
from duetrail.stores.metrics.payments import NOT_RECEIVED
from duetrail.stores.metrics.receivables import CURRENCY

_WEEK = timedelta(weeks=1)

# The week of the day that is looked at, and seven more.
_COMING = 8


def _weeks(sql: MetricDialect, given: MetricParameters) -> str:
    """The Mondays of the weeks of the period (`coming` 0 or 1), and of those to come (1 or 2)."""
    monday = given.first - timedelta(days=given.first.weekday())
    this = given.on - timedelta(days=given.on.weekday())
    rows = []
    while monday < this + _COMING * _WEEK:
        coming = 0 if monday < this else 1 if monday == this else 2
        rows.append(f"({sql.literal(monday)}, {coming})")
        monday += _WEEK
    values = ",\n".join(rows)
    return f"WITH known (week, coming) AS (VALUES\n{values})\nSELECT week, coming FROM known"


def _monday(sql: MetricDialect, day_: str) -> str:
    """The Monday of a day's ISO week."""
    return sql.plus(day_, f"1 - ({sql.weekday(day_)})")


def _ar_coming(sql: MetricDialect, given: MetricParameters) -> str:
    def by_week(day_: str) -> str:
        return f"""\
SELECT currency, week, count(*) AS items, sum(remaining) AS amount
  FROM (SELECT currency, remaining, {_monday(sql, day_)} AS week FROM metric_open_items
    WHERE {day_} >= {sql.literal(given.on)}) AS later
  GROUP BY currency, week"""

    return f"""\
SELECT g.currency, w.week, coalesce(d.items, 0) AS due_items,
  {both(sql, "coalesce(d.amount, 0)", "due")}, coalesce(p.items, 0) AS promised_items,
  {both(sql, "coalesce(p.amount, 0)", "promised")}
FROM (SELECT DISTINCT currency FROM metric_open_items) AS g
CROSS JOIN metric_weeks AS w
JOIN metric_currencies AS c ON c.currency = g.currency
LEFT JOIN (
  {by_week("due_on")}
) AS d ON d.currency = g.currency AND d.week = w.week
LEFT JOIN (
  {by_week("promised_on")}
) AS p ON p.currency = g.currency AND p.week = w.week
WHERE w.coming > 0"""


def _touches_by_week(sql: MetricDialect, given: MetricParameters) -> str:
    return f"""\
WITH done AS (
  SELECT channel, {_monday(sql, "happened_on")} AS week, count(*) AS touches
  FROM metric_touches
  WHERE direction = 'outbound'
    AND happened_on BETWEEN {sql.literal(given.first)} AND {sql.literal(given.on)}
  GROUP BY channel, {_monday(sql, "happened_on")}
)
SELECT w.week, g.channel, coalesce(d.touches, 0) AS touches
FROM (SELECT DISTINCT channel FROM done) AS g
CROSS JOIN metric_weeks AS w
LEFT JOIN done AS d ON d.channel = g.channel AND d.week = w.week
WHERE w.coming < 2"""


def _cash_by_week(sql: MetricDialect, given: MetricParameters) -> str:
    credited = "coalesce(" + sql.units("i.amount_credited") + ", 0)"
    return f"""\
WITH allocated AS (
  SELECT r.connection, r.id, a.position, a.payment_id, r.currency, a.received_on AS happened_on,
    {sql.units("a.amount")} AS amount
  FROM metric_receivables AS r
  JOIN metric_applied AS a ON a.connection = r.connection AND a.invoice_id = r.id
  JOIN metric_currencies AS c ON c.currency = r.currency AND c.currency = a.currency
  WHERE r.left_out IS NULL AND a.is_applied = 1
    AND coalesce(a.status, 'settled') NOT IN ({NOT_RECEIVED})
), summed AS (
  SELECT connection, payment_id, currency, happened_on, amount, sum(amount) OVER (
    PARTITION BY connection, payment_id, currency
    ORDER BY happened_on NULLS LAST, id, position ROWS UNBOUNDED PRECEDING
  ) AS so_far
  FROM allocated
), told AS (
  SELECT connection, id FROM allocated WHERE amount IS NOT NULL
  UNION
  SELECT connection, invoice_id FROM metric_applied
    WHERE is_applied = 1 AND status IN ({NOT_RECEIVED})
), received AS (
  SELECT s.currency, s.happened_on, CASE
    WHEN p.id IS NULL OR s.so_far <= p.amount THEN s.amount
    WHEN s.so_far - s.amount < p.amount THEN p.amount - (s.so_far - s.amount) END AS amount
  FROM summed AS s LEFT JOIN metric_payments AS p
    ON p.connection = s.connection AND p.id = s.payment_id AND p.currency = s.currency
  UNION ALL
  SELECT r.currency, r.paid_on, coalesce({sql.units("i.amount_paid")}, r.total - {credited})
  FROM metric_receivables AS r
  JOIN invoices AS i ON i.connection = r.connection AND i.id = r.id
  JOIN metric_currencies AS c ON c.currency = r.currency
  LEFT JOIN told AS a ON a.connection = r.connection AND a.id = r.id
  WHERE r.left_out IS NULL AND a.id IS NULL
), weekly AS (
  SELECT currency, {_monday(sql, "happened_on")} AS week, count(amount) AS payments,
    sum(amount) AS amount
  FROM received
  WHERE happened_on BETWEEN {sql.literal(given.first)} AND {sql.literal(given.on)}
  GROUP BY currency, {_monday(sql, "happened_on")}
)
SELECT g.currency, w.week, coalesce(t.payments, 0) AS payments,
  {both(sql, "coalesce(t.amount, 0)", "amount")}
FROM (SELECT DISTINCT currency FROM weekly) AS g
CROSS JOIN metric_weeks AS w
JOIN metric_currencies AS c ON c.currency = g.currency
LEFT JOIN weekly AS t ON t.currency = g.currency AND t.week = w.week
WHERE w.coming < 2"""


_WEEK_OF = day("week", "the Monday of the ISO week")

WEEKS = BaseView("metric_weeks", (), _weeks)
"""The weeks that the metrics of this module are made of."""

WEEKLY = (
    Metric(
        name="ar_coming",
        help="What falls due and what is promised: by week, from the day on, for eight weeks.",
        formula="Sum of what is left to pay of open items, by the ISO week of their due date and, "
        "apart, of the day by which payment is promised; both from the day that is looked at on. "
        "An item that is due and promised is in both sums.",
        source="Defined here.",
        uses=("metric_open_items", "metric_weeks", "metric_currencies"),
        columns=(
            CURRENCY,
            _WEEK_OF,
            count("due_items", "open items due in the week"),
            *money("due", "what is left to pay of them"),
            count("promised_items", "open items for which payment is promised in the week"),
            *money("promised", "what is left to pay of those"),
        ),
        order="currency, week",
        query=_ar_coming,
    ),
    Metric(
        name="touches_by_week",
        help="Outbound calls and messages by ISO week and channel.",
        formula="Touches of the period, by the week (UTC) in which they took place; weeks that "
        "begin before the period, or end after it, hold only their days in it.",
        source="Defined here.",
        uses=("metric_touches", "metric_weeks"),
        columns=(
            _WEEK_OF,
            text("channel", "`call`, `email`, `sms` and so on"),
            count("touches", "touches"),
        ),
        order="week, channel",
        query=_touches_by_week,
    ),
    Metric(
        name="cash_by_week",
        help="Cash received for receivables, by ISO week.",
        formula="Sum of what of payments is applied to invoices in their currency (approved "
        "allocations of invoices, applications of payments), by the week (UTC) of the payment, "
        "else of the approval or application; of an invoice without any of which the amount is "
        "known, what was paid of it, by the day it was paid in full. Shares of a payment count up "
        "to what was neither paid back nor taken back by a bank (refunds and lost disputes), "
        "earlier ones first. Payments that are pending, failed or were paid back whole are left "
        "out, and so is cash that is applied to nothing, or to a part of an invoice on a day that "
        "nobody states.",
        source="Defined here.",
        uses=(
            "metric_receivables",
            "metric_weeks",
            "metric_currencies",
            "metric_payments",
            "metric_applied",
        ),
        columns=(
            CURRENCY,
            _WEEK_OF,
            count("payments", "shares of payments, and invoices paid without one"),
            *money("amount", "what was received"),
        ),
        order="currency, week",
        query=_cash_by_week,
    ),
)
"""The metrics by week."""
