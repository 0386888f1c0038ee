"""What no metric of touches counts, and why."""

from __future__ import annotations

from duetrail.stores.metrics.columns import count, text
from duetrail.stores.metrics.declaring import Metric
from duetrail.stores.metrics.dialects import MetricDialect
from duetrail.stores.metrics.effort import ANSWER_TOLD
from duetrail.stores.metrics.parameters import MetricParameters
from duetrail.stores.metrics.touches import was_placed

_EVERY = "every metric of touches"
_BY_INVOICE = (
    "ar_silent, ar_first_touch, touch_yield, yield_by_agent, emails_paid, "
    "effort_per_paid_invoice, cost_per_paid_invoice"
)


def _touches_left_out(sql: MetricDialect, given: MetricParameters) -> str:
    period = f"BETWEEN {sql.literal(given.first)} AND {sql.literal(given.on)}"
    outbound = f"t.direction = 'outbound' AND t.happened_on {period}"

    def of(reason: str, left_out_of: str, condition: str, record: str = "t.record") -> str:
        return (
            f"SELECT t.connection, {record} AS record, '{reason}' AS reason, "
            f"'{left_out_of}' AS left_out_of, t.id FROM {condition}"
        )

    calls = f"metric_touches AS t WHERE t.record = 'calls' AND {outbound}"
    parts = (
        of(
            "direction not known",
            _EVERY,
            "metric_touches AS t WHERE coalesce(t.direction, 'unknown') = 'unknown' "
            f"AND t.happened_on {period}",
        ),
        of(
            "time not known",
            _EVERY,
            "calls AS t WHERE t.absent_since IS NULL AND t.started_at IS NULL "
            f"AND t.created_at IS NULL AND {was_placed('t.status', 't.outcome')}",
            "'calls'",
        ),
        of(
            "time not known",
            _EVERY,
            "emails AS t WHERE t.absent_since IS NULL AND t.sent_at IS NULL "
            "AND t.created_at IS NULL "
            "AND (t.direction = 'inbound' OR t.status IN ('sent', 'delivered'))",
            "'emails'",
        ),
        of(
            "about no receivable that is counted",
            _BY_INVOICE,
            f"metric_touches AS t WHERE {outbound} AND NOT EXISTS (SELECT 1 FROM metric_touched "
            "AS d WHERE d.connection = t.connection AND d.record = t.record AND d.id = t.id)",
        ),
        of(
            "outcome not known",
            "call_rates, answer_hours",
            f"{calls} AND coalesce(t.outcome, 'unknown') = 'unknown'",
        ),
        of(
            "its connection never says that a call was answered",
            "call_rates, answer_hours",
            f"{calls} AND coalesce(t.outcome, 'unknown') <> 'unknown' "
            f"AND t.connection NOT IN {ANSWER_TOLD}",
        ),
        of(
            "time zone of the customer not known",
            "contact_hours, answer_hours",
            "metric_phone_calls AS t WHERE t.direction = 'outbound' AND t.seconds IS NULL "
            f"AND {sql.day('t.at')} {period}",
            "'calls'",
        ),
    )
    every = "\nUNION ALL\n".join(parts)
    return f"""\
SELECT connection, record, reason, left_out_of, count(*) AS touches
FROM (
{every}
) AS every GROUP BY connection, record, reason, left_out_of"""


LEFT_OUT = (
    Metric(
        name="touches_left_out",
        help="Calls and messages that took place and are in no metric, or not in all: how many, "
        "and why.",
        formula="Touches of the period, and those without any time, by what is missing. A touch "
        "that lacks two things is counted under both.",
        source="Defined here.",
        uses=("metric_touches", "metric_touched", "metric_phone_calls"),
        columns=(
            text("connection", "whose"),
            text("record", "`calls` or `emails`; messages of other channels are among these"),
            text("reason", "why they are left out"),
            text("left_out_of", "of which metrics"),
            count("touches", "how many"),
        ),
        order="connection, record, reason",
        query=_touches_left_out,
    ),
)
"""The metrics of what is left out."""
