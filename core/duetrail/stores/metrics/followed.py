"""What was followed by payment: touches by who acted, and emails."""

from __future__ import annotations

from duetrail.stores.metrics.columns import count, rate, text
from duetrail.stores.metrics.declaring import Metric
from duetrail.stores.metrics.dialects import MetricDialect, ratio
from duetrail.stores.metrics.parameters import MetricParameters

TRIED = """\
FROM metric_touched AS t
JOIN metric_receivables AS r ON r.connection = t.invoice_connection AND r.id = t.invoice_id
WHERE t.direction = 'outbound' AND (r.closed_on IS NULL OR r.closed_on >= t.happened_on)
  AND r.total > 0 AND (r.is_open = 1 OR r.closed_on IS NOT NULL)"""
"""Outbound touches `t`, each with an invoice `r` that payment could follow on."""


def _paid(sql: MetricDialect, given: MetricParameters) -> str:
    """A condition: the invoice `r` was paid in full soon enough after the touch `t`."""
    return f"r.paid_on <= {sql.plus('t.happened_on', str(given.within_days))}"


def _tried(sql: MetricDialect, given: MetricParameters) -> str:
    """`TRIED`, of touches of the period whose days are over."""
    until = sql.plus("t.happened_on", str(given.within_days))
    first, on = sql.literal(given.first), sql.literal(given.on)
    return f"""\
{TRIED}
  AND t.happened_on BETWEEN {first} AND {on} AND {until} <= {on}"""


def _yield_by_agent(sql: MetricDialect, given: MetricParameters) -> str:
    paid = f"count(CASE WHEN {_paid(sql, given)} THEN 1 END)"
    agent = "coalesce(t.agent, 'unknown')"
    return f"""\
SELECT t.channel, {agent} AS agent, count(*) AS touches, {paid} AS followed_by_payment,
  {ratio(paid, "count(*)")} AS yield_rate
{_tried(sql, given)}
GROUP BY t.channel, {agent}"""


def _emails_paid(sql: MetricDialect, given: MetricParameters) -> str:
    return f"""\
SELECT connection, count(*) AS emails, sum(is_paid) AS followed_by_payment,
  {ratio("sum(is_paid)", "count(*)")} AS paid_rate
FROM (
  SELECT t.connection, t.id, max(CASE WHEN {_paid(sql, given)} THEN 1 ELSE 0 END) AS is_paid
  {_tried(sql, given)}
    AND t.record = 'emails' AND t.channel = 'email' AND coalesce(t.outcome, '') <> 'bounced'
  GROUP BY t.connection, t.id
) AS written GROUP BY connection"""


FOLLOWED = (
    Metric(
        name="yield_by_agent",
        help="How often payment in full followed a touch, by who acted: an association, not a "
        "cause.",
        formula="As `touch_yield`, by channel and by who called or wrote. Who is left to whom is "
        "not chosen at random, so this does not show who does better.",
        source="Defined here.",
        uses=("metric_touched", "metric_receivables"),
        columns=(
            text("channel", "`call`, `email`, `sms` and so on"),
            text("agent", "who acted: `human`, `ai`, `automation` or `unknown`"),
            count("touches", "touches"),
            count("followed_by_payment", "how many of them were followed by payment in time"),
            rate("yield_rate", "these of all"),
        ),
        order="channel, agent",
        query=_yield_by_agent,
    ),
    Metric(
        name="emails_paid",
        help="How many delivered emails were followed by payment: an association, not a cause.",
        formula="Outbound emails of the period that did not bounce, are about an invoice that was "
        "not closed yet, and whose `within_days` are over; of these, those after which an invoice "
        "was paid in full within these days. An email about several invoices counts once.",
        source="Defined here.",
        uses=("metric_touched", "metric_receivables"),
        columns=(
            text("connection", "the connection"),
            count("emails", "such emails"),
            count("followed_by_payment", "how many of them were followed by payment in time"),
            rate("paid_rate", "these of all"),
        ),
        order="connection",
        query=_emails_paid,
    ),
)
"""The metrics of payment that followed."""
