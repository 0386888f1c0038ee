"""What became of what was owed: where it rolled to, and what of it was cured."""

from __future__ import annotations

from duetrail.stores.metrics.columns import count, money, number, rate, text
from duetrail.stores.metrics.declaring import Metric
from duetrail.stores.metrics.dialects import MetricDialect, both, ratio
from duetrail.stores.metrics.parameters import MetricParameters
from duetrail.stores.metrics.receivables import CURRENCY, OWED


def _ar_roll_rates(sql: MetricDialect, given: MetricParameters) -> str:
    return f"""\
SELECT t.currency, t.position, t.bucket, t.state, t.items, {both(sql, "t.amount", "amount")},
  {ratio("t.amount", "t.whole")} AS roll_rate, '{given.opening}' AS opening_from
FROM (
  SELECT s.currency, s.position, s.bucket, s.state, count(*) AS items, sum(s.amount) AS amount,
    sum(sum(s.amount)) OVER (PARTITION BY s.currency, s.position) AS whole
  FROM (
    SELECT o.currency, o.position, o.bucket, o.amount, CASE
      WHEN r.id IS NULL THEN 'no longer listed'
      WHEN r.left_out IS NOT NULL THEN r.left_out
      WHEN r.is_open = 0 AND r.paid_on IS NOT NULL THEN 'paid'
      WHEN r.is_open = 0 THEN coalesce(r.status, 'closed')
      WHEN r.remaining IS NULL THEN 'amount not known'
      ELSE coalesce(n.bucket, 'paid') END AS state
    FROM metric_opening AS o
    LEFT JOIN metric_first_of_same AS f ON f.connection = o.connection AND f.id = o.id
    LEFT JOIN metric_receivables AS r ON r.connection = coalesce(f.first_connection, o.connection)
      AND r.id = coalesce(f.first_id, o.id)
    LEFT JOIN (
      SELECT i.connection, i.id, min(i.bucket) AS bucket FROM metric_open_items AS i
      JOIN (SELECT connection, id, max(position) AS position FROM metric_open_items
        GROUP BY connection, id) AS l
        ON l.connection = i.connection AND l.id = i.id AND l.position = i.position
      GROUP BY i.connection, i.id
    ) AS n ON n.connection = r.connection AND n.id = r.id
  ) AS s GROUP BY s.currency, s.position, s.bucket, s.state
) AS t JOIN metric_currencies AS c ON c.currency = t.currency"""


def _ar_cures(sql: MetricDialect, given: MetricParameters) -> str:
    first, on = sql.literal(given.first), sql.literal(given.on)
    return f"""\
SELECT t.currency, t.overdue, t.cured, {both(sql, "coalesce(t.amount, 0)", "cured_amount")},
  {ratio("t.cured", "t.known")} AS cure_rate, {ratio("t.cure_days", "t.cured")} AS days_to_cure
FROM (
  SELECT currency, count(*) AS overdue,
    count(CASE WHEN connection NOT IN (
      SELECT connection FROM invoices WHERE status = 'paid'
      GROUP BY connection HAVING count(paid_at) + count(paid_on) = 0
    ) THEN 1 END) AS known,
    count(CASE WHEN paid_on <= {on} THEN 1 END) AS cured,
    sum(CASE WHEN paid_on <= {on} THEN total END) AS amount,
    sum(CASE WHEN paid_on <= {on} THEN {sql.between("paid_on", "due_on")} END) AS cure_days
  FROM metric_receivables
  WHERE left_out IS NULL AND total > 0 AND due_on < {on} AND coalesce(status, '') <> 'void'
    AND (is_open = 1 OR closed_on >= {first})
    AND (closed_on IS NULL OR closed_on > due_on)
  GROUP BY currency
) AS t JOIN metric_currencies AS c ON c.currency = t.currency"""


OUTCOMES = (
    Metric(
        name="ar_roll_rates",
        help="Roll rates: where what was owed before the period is now, by its bucket then.",
        formula="Amount owed at the end of the day before the period, by its bucket then and its "
        "bucket on the day (or `paid`, `void`, `written_off`) / all that was owed in that bucket. "
        "Amounts then are from history or from dates, as for `ar_cei`.",
        source="Defined here, after the migration analysis of credit portfolios.",
        uses=(*OWED, "metric_opening", "metric_receivables", "metric_first_of_same"),
        columns=(
            CURRENCY,
            count("position", "the place of the bucket then"),
            text("bucket", "the bucket then"),
            text("state", "the bucket on the day, how it was closed, or why it is left out now"),
            count("items", "invoices"),
            *money("amount", "what was owed of them then"),
            rate("roll_rate", "this amount of all in the bucket then"),
            text("opening_from", "where the amounts then are from: `history` or `dates`"),
        ),
        order="currency, position, state",
        query=_ar_roll_rates,
    ),
    Metric(
        name="ar_cures",
        help="Cures: how many overdue invoices were paid in full, and how soon.",
        formula="Invoices paid in the period after they were due / invoices that were overdue at "
        "some time of the period. Partial payments cure nothing. The rate leaves out connections "
        "that never say when an invoice was paid.",
        source="Defined here.",
        uses=("metric_currencies", "metric_receivables"),
        columns=(
            CURRENCY,
            count("overdue", "invoices that were overdue in the period"),
            count("cured", "how many of them were paid in full"),
            *money("cured_amount", "what these were issued for"),
            rate("cure_rate", "cured of overdue"),
            number("days_to_cure", "mean days from due date to payment"),
        ),
        order="currency",
        query=_ar_cures,
    ),
)
"""The metrics of what became of what was owed."""
