"""What metrics of touches are made of: touches that took place, and whose they are."""

from __future__ import annotations

from duetrail.stores.metrics.declaring import BaseView
from duetrail.stores.metrics.dialects import MetricDialect
from duetrail.stores.metrics.parameters import MetricParameters


def was_placed(status: str, outcome: str) -> str:
    """Whether a call was placed. A vendor may call one `failed` that rang and was not answered."""
    return (
        f"coalesce({status}, 'completed') <> 'planned' "
        f"AND coalesce({outcome}, 'unknown') NOT IN ('cancelled', 'failed', 'bad_number') "
        f"AND (coalesce({status}, 'completed') <> 'failed' "
        f"OR {outcome} IN ('no_answer', 'rejected'))"
    )


def _touches(sql: MetricDialect, given: MetricParameters) -> str:
    """Every call and message that took place by the end of the day, not what is planned."""
    return f"""\
SELECT connection, record, id, channel, at, {sql.day("at")} AS happened_on, direction, agent,
  outcome, customer_id
FROM (
  SELECT connection, 'calls' AS record, id, 'call' AS channel,
    coalesce(started_at, created_at) AS at, direction, agent_kind AS agent, outcome, customer_id
  FROM calls
  WHERE absent_since IS NULL AND {was_placed("status", "outcome")}
  UNION ALL
  SELECT connection, 'emails', id, coalesce(channel, 'email'), coalesce(sent_at, created_at),
    direction, initiator_kind, CASE WHEN bounced OR delivery_status = 'bounced' THEN 'bounced' END,
    customer_id
  FROM emails
  WHERE absent_since IS NULL
    AND (sent_at IS NOT NULL OR direction = 'inbound' OR status IN ('sent', 'delivered'))
) AS every
WHERE {sql.day("at")} <= {sql.literal(given.on)}"""


def _touched(sql: MetricDialect, given: MetricParameters) -> str:
    """Every touch with each receivable that it is about, as that is counted."""
    return """\
SELECT DISTINCT t.connection, t.record, t.id, t.channel, t.at, t.happened_on, t.direction,
  t.agent, t.outcome, r.connection AS invoice_connection, r.id AS invoice_id
FROM metric_touches AS t
JOIN links AS l ON l.connection = t.connection AND l.record = t.record AND l.id = t.id
LEFT JOIN metric_first_of_same AS f
  ON f.connection = l.invoice_connection AND f.id = l.invoice_id
JOIN metric_receivables AS r ON r.left_out IS NULL
  AND r.connection = coalesce(f.first_connection, l.invoice_connection)
  AND r.id = coalesce(f.first_id, l.invoice_id)"""


def _zones(sql: MetricDialect, given: MetricParameters) -> str:
    """The time zones of customers: seconds to add to UTC from a second until another."""
    rows = [f"('{one.zone}', {one.begin}, {one.end}, {one.offset})" for one in given.zones] or [
        "('', 0, 0, 0)"
    ]
    values = ",\n".join(rows)
    return (
        f"WITH known (zone, begins, ends, seconds) AS (VALUES\n{values})\n"
        "SELECT zone, begins, ends, seconds FROM known"
    )


_BLANKS = (" ", "-", "(0)", "(", ")", ".", "/")


def _number(column: str) -> str:
    """A telephone number without what people write between its digits."""
    for sign in _BLANKS:
        column = f"replace({column}, '{sign}', '')"
    return column


# As two numbers are the same to `duetrail erase`: "+" and "00" begin the country, and a North
# American number may lack its 1.
_PERSON = """\
CASE WHEN number IS NULL OR ltrim(number, '+0123456789') <> '' OR length(number) < 7
    THEN 'customer ' || connection || ':' || coalesce(customer_id, id)
  WHEN substr(number, 1, 1) = '+' THEN substr(number, 2)
  WHEN substr(number, 1, 2) = '00' THEN substr(number, 3)
  WHEN length(number) = 10 AND substr(number, 1, 1) BETWEEN '2' AND '9'
    AND substr(number, 4, 1) BETWEEN '2' AND '9' THEN '1' || number
  ELSE number END"""


def _phone_calls(sql: MetricDialect, given: MetricParameters) -> str:
    """Every call that was placed, as each vendor lists it, with the person and their own time.

    Who has no number is told by the customer. Calls are one if their `call_key` is: the id at the
    telephony provider, which may be a vendor itself. Else ids of different vendors say nothing.
    """
    at, zone = "coalesce(k.started_at, k.created_at)", "coalesce(z.seconds, 0)"
    return f"""\
WITH placed AS (
  SELECT k.connection, k.id, k.customer_id, k.direction,
    coalesce(k.provider_id, o.provider_id, k.connection || ':' || k.id) AS call_key,
    CASE WHEN k.direction = 'inbound' THEN k.from_number ELSE k.to_number END AS written,
    {at} AS at, k.outcome, p.timezone AS zone, z.seconds, {sql.moved(at, zone)} AS local_hour
  FROM calls AS k
  LEFT JOIN (SELECT DISTINCT provider_id FROM calls) AS o ON o.provider_id = k.id
  LEFT JOIN parties AS p ON p.connection = k.connection AND p.id = k.customer_id
  LEFT JOIN metric_zones AS z ON z.zone = p.timezone
    AND {sql.seconds(at)} >= z.begins AND {sql.seconds(at)} < z.ends
  WHERE k.direction IN ('outbound', 'inbound') AND k.absent_since IS NULL
    AND {was_placed("k.status", "k.outcome")}
    AND {sql.day(at)} <= {sql.literal(given.on)}
), numbered AS (
  SELECT placed.*, {_number("written")} AS number FROM placed
)
SELECT connection, id, customer_id, direction, call_key, at, outcome, zone, seconds, local_hour,
  {_PERSON} AS person
FROM numbered"""


# Of what several vendors say of one call, what tells most.
_TELLS = """\
CASE WHEN outcome IN ('right_party', 'wrong_party') THEN 1 WHEN outcome = 'answered' THEN 2
      WHEN coalesce(outcome, 'unknown') = 'unknown' THEN 4 ELSE 3 END, connection, id"""


def _person_calls(sql: MetricDialect, given: MetricParameters) -> str:
    """Every outbound call that was placed, once, with the person called and their own time.

    A call that two vendors list is one: its id at the telephony provider is the same. `told_by` is
    the connection that says most of how it ended.
    """
    return f"""\
SELECT connection, id, customer_id, call_key, at, outcome, told_by, zone, seconds, person,
  {sql.as_day("substr(local_hour, 1, 10)")} AS local_day,
  CAST(substr(local_hour, 12, 2) AS integer) AS local_hour
FROM (
  SELECT connection, id, customer_id, call_key, at, zone, seconds, person, local_hour,
    first_value(outcome) OVER (PARTITION BY person, call_key ORDER BY {_TELLS}) AS outcome,
    first_value(connection) OVER (PARTITION BY person, call_key ORDER BY {_TELLS}) AS told_by,
    row_number() OVER (
      PARTITION BY person, call_key
      ORDER BY CASE WHEN seconds IS NULL THEN 1 ELSE 0 END, at, connection, id
    ) AS place
  FROM metric_phone_calls WHERE direction = 'outbound'
) AS ranked WHERE place = 1"""


TOUCHES = (
    BaseView("metric_touches", (), _touches),
    BaseView(
        "metric_touched",
        ("metric_touches", "metric_first_of_same", "metric_receivables"),
        _touched,
    ),
    BaseView("metric_zones", (), _zones),
    BaseView("metric_phone_calls", ("metric_zones",), _phone_calls),
    BaseView("metric_person_calls", ("metric_phone_calls",), _person_calls),
)
"""The views that metrics of touches are made of."""
