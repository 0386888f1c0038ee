"""Who was called again too soon after a conversation."""

from __future__ import annotations

from duetrail.stores.metrics.columns import days, person, text, time
from duetrail.stores.metrics.declaring import Metric
from duetrail.stores.metrics.dialects import MetricDialect
from duetrail.stores.metrics.parameters import MetricParameters

PERSON = person("person", "the digits of the number that was called; without one, the customer")


def _called_after_conversation(sql: MetricDialect, given: MetricParameters) -> str:
    day = sql.as_day("substr(local_hour, 1, 10)")
    # Written as a cross join, or SQLite would go through all conversations for every call.
    last = sql.plus("t.local_day", str(given.quiet_days - 1))
    gap = sql.between("k.local_day", "t.local_day")
    return f"""\
WITH linked AS (
  SELECT p.person, p.call_key, i.kind, coalesce(f.first_connection, i.connection) AS of_connection,
    coalesce(f.first_id, i.id) AS of_id
  FROM metric_phone_calls AS p
  JOIN links AS l ON l.connection = p.connection AND l.record = 'calls' AND l.id = p.id
  JOIN invoices AS i ON i.connection = l.invoice_connection AND i.id = l.invoice_id
  LEFT JOIN metric_first_of_same AS f ON f.connection = i.connection AND f.id = i.id
), known AS (
  SELECT DISTINCT person, call_key FROM linked
), debts AS (
  SELECT DISTINCT person, call_key, of_connection, of_id FROM linked
  WHERE coalesce(kind, 'unknown') IN ('receivable', 'unknown')
), talks AS (
  SELECT person, call_key, at, connection, id, {day} AS local_day
  FROM (
    SELECT person, call_key, at, connection, id, local_hour, row_number() OVER (
      PARTITION BY person, call_key
      ORDER BY CASE WHEN seconds IS NULL THEN 1 ELSE 0 END, at, connection, id
    ) AS place
    FROM metric_phone_calls WHERE outcome IN ('answered', 'right_party')
  ) AS every WHERE place = 1
), pairs AS (
  SELECT k.connection, k.id, k.person, k.call_key, k.customer_id, k.at, {gap} AS days_after,
    t.connection AS talk_connection, t.id AS talk_id, t.at AS talked_at, t.call_key AS talk_key
  FROM talks AS t CROSS JOIN metric_person_calls AS k
  WHERE t.person = k.person AND t.call_key <> k.call_key AND t.at < k.at
    AND k.local_day BETWEEN t.local_day AND {last}
    AND k.local_day BETWEEN {sql.literal(given.first)} AND {sql.literal(given.on)}
), shared AS (
  SELECT DISTINCT p.person, p.call_key, p.talk_key FROM pairs AS p
  JOIN debts AS a ON a.person = p.person AND a.call_key = p.call_key
  JOIN debts AS b ON b.person = p.person AND b.call_key = p.talk_key
    AND b.of_connection = a.of_connection AND b.of_id = a.of_id
)
SELECT r.connection, r.id, r.person, r.customer_id, coalesce(c.name, c.legal_name) AS customer,
  r.at, r.days_after, r.talk_connection, r.talk_id, r.talked_at, r.about
FROM (
  SELECT f.*, row_number() OVER (
    PARTITION BY person, call_key ORDER BY about DESC, talked_at DESC, talk_connection, talk_id
  ) AS place
  FROM (
    SELECT p.*, CASE WHEN s.person IS NOT NULL THEN 'the same invoice' ELSE 'not known' END AS about
    FROM pairs AS p
    LEFT JOIN shared AS s
      ON s.person = p.person AND s.call_key = p.call_key AND s.talk_key = p.talk_key
    LEFT JOIN known AS a ON a.person = p.person AND a.call_key = p.call_key
    LEFT JOIN known AS b ON b.person = p.person AND b.call_key = p.talk_key
    WHERE s.person IS NOT NULL OR a.person IS NULL OR b.person IS NULL
  ) AS f
) AS r
LEFT JOIN parties AS c ON c.connection = r.connection AND c.id = r.customer_id
WHERE r.place = 1"""


CONVERSATIONS = (
    Metric(
        name="called_after_conversation",
        help="Calls to somebody who had been spoken to within seven days, by whichever vendor.",
        formula="Outbound calls of the period that were placed after a conversation with the same "
        "person, on its day or one of the next, together `quiet_days`, in the person's own time "
        "(else UTC). A conversation is a call in either direction that was answered by the right "
        "party, or of which only that it was answered is known. Both calls are about one invoice, "
        "or one of them is linked to none, so that it is not known; what is linked to usage bills "
        "or payables only is about no debt. Of several conversations the "
        "last one is shown. Whether the person had asked to be called again is not known.",
        source="12 CFR 1006.14(b)(2)(i)(B) for consumer debts and third-party collectors: the day "
        "of the conversation is the first of seven; elsewhere a limit of your own.",
        uses=("metric_phone_calls", "metric_person_calls", "metric_first_of_same"),
        columns=(
            text("connection", "who called again"),
            text("id", "that call"),
            PERSON,
            text("customer_id", "the customer"),
            person("customer", "the customer's name"),
            time("at", "when it was"),
            days("days_after", "days since the conversation; 0 on the same day"),
            text("talk_connection", "who had spoken to the person"),
            text("talk_id", "that call"),
            time("talked_at", "when that was"),
            text("about", "`the same invoice`, or `not known` where a call is linked to none"),
        ),
        order="at, connection, id",
        query=_called_after_conversation,
    ),
)
"""The metrics of calls after conversations."""
