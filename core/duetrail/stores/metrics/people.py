"""Whom not to call again, whom one cannot reach, and where vendors disagree."""

from __future__ import annotations

from datetime import date

from duetrail.stores.metrics.columns import count, day, money, person, text, time
from duetrail.stores.metrics.conversations import PERSON
from duetrail.stores.metrics.declaring import Metric
from duetrail.stores.metrics.dialects import MetricDialect, both
from duetrail.stores.metrics.parameters import MetricParameters
from duetrail.stores.metrics.receivables import CURRENCY

_WEEK = 7

# Any day: days are counted from it.
_EPOCH = date(2000, 1, 1)


def _contact_frequency(sql: MetricDialect, given: MetricParameters) -> str:
    first, last = sql.literal(given.first), sql.literal(given.on)
    return f"""\
WITH counted AS (
  SELECT person, local_day, count(*) OVER (
    PARTITION BY person ORDER BY {sql.between("local_day", sql.literal(_EPOCH))}
    RANGE BETWEEN {_WEEK - 1} PRECEDING AND CURRENT ROW
  ) AS calls
  FROM metric_person_calls
), worst AS (
  SELECT person, local_day, calls, row_number() OVER (
    PARTITION BY person ORDER BY calls DESC, local_day
  ) AS place
  FROM counted WHERE calls > {given.most_calls} AND local_day BETWEEN {first} AND {last}
)
SELECT t.person, t.calls, {sql.plus("t.local_day", str(1 - _WEEK))} AS from_day,
  t.local_day AS to_day, t.connections, t.connection, t.customer_id,
  coalesce(p.name, p.legal_name) AS customer
FROM (
  SELECT w.person, w.calls, w.local_day, k.connection, min(k.customer_id) AS customer_id,
    count(*) OVER (PARTITION BY w.person) AS connections,
    row_number() OVER (PARTITION BY w.person ORDER BY k.connection) AS place
  FROM worst AS w JOIN metric_person_calls AS k ON k.person = w.person
    AND k.local_day BETWEEN {sql.plus("w.local_day", str(1 - _WEEK))} AND w.local_day
  WHERE w.place = 1
  GROUP BY w.person, w.calls, w.local_day, k.connection
) AS t LEFT JOIN parties AS p ON p.connection = t.connection AND p.id = t.customer_id
WHERE t.place = 1"""


def _contact_hours(sql: MetricDialect, given: MetricParameters) -> str:
    hour = "k.local_hour"
    return f"""\
SELECT k.connection, k.id, k.person, k.customer_id, coalesce(p.name, p.legal_name) AS customer,
  k.at, k.zone, k.local_day, k.local_hour
FROM metric_person_calls AS k
LEFT JOIN parties AS p ON p.connection = k.connection AND p.id = k.customer_id
WHERE k.seconds IS NOT NULL AND ({hour} < {given.from_hour} OR {hour} >= {given.to_hour})
  AND k.local_day BETWEEN {sql.literal(given.first)} AND {sql.literal(given.on)}"""


def _vendors_disagree(sql: MetricDialect, given: MetricParameters) -> str:
    def differs(field: str, one: str, other: str, condition: str = "true") -> str:
        return (
            f"SELECT connection, id, number, other_connection, other_id, '{field}' AS field, "
            f"{sql.as_text(one)} AS says, {sql.as_text(other)} AS other_says FROM pairs "
            f"WHERE {one} <> {other} AND {condition}"
        )

    amounts = "a_currency = b_currency"
    parts = [
        differs("status", "a_status", "b_status"),
        differs("currency", "a_currency", "b_currency"),
        differs("total", "a_total", "b_total", f"{amounts} AND a_units <> b_units"),
        differs("amount_remaining", "a_left", "b_left", f"{amounts} AND a_owed <> b_owed"),
        differs("due_on", "a_due", "b_due"),
    ]
    one, other = "metric_receivables AS a", "metric_receivables AS b"
    return f"""\
WITH pairs AS (
  SELECT a.connection, a.id, a.number, b.connection AS other_connection, b.id AS other_id,
    a.status AS a_status, b.status AS b_status, a.currency AS a_currency,
    b.currency AS b_currency, i.total AS a_total, j.total AS b_total, a.total AS a_units,
    b.total AS b_units, i.amount_remaining AS a_left, j.amount_remaining AS b_left,
    CASE WHEN i.amount_remaining IS NOT NULL THEN a.remaining END AS a_owed,
    CASE WHEN j.amount_remaining IS NOT NULL THEN b.remaining END AS b_owed,
    a.due_on AS a_due, b.due_on AS b_due
  FROM metric_same_invoices AS s
  JOIN {one} ON a.connection = s.connection AND a.id = s.id
  JOIN {other} ON b.connection = s.other_connection AND b.id = s.other_id
  JOIN invoices AS i ON i.connection = a.connection AND i.id = a.id
  JOIN invoices AS j ON j.connection = b.connection AND j.id = b.id
  WHERE (s.connection < s.other_connection
    OR (s.connection = s.other_connection AND s.id < s.other_id))
    AND i.absent_since IS NULL AND j.absent_since IS NULL
)
{" UNION ALL ".join(parts)}"""


_NOT_ERASED = "<> '[erased]'"


def _unreachable_customers(sql: MetricDialect, given: MetricParameters) -> str:
    def way(field: str, extra: str, failed: str, failure: str) -> str:
        own = f"p.{field} {_NOT_ERASED} AND NOT coalesce(p.{field}_disabled, false)"
        contact = (
            "SELECT 1 FROM contacts AS k WHERE k.connection = g.connection "
            f"AND k.party_id = g.customer_id AND k.{field} {_NOT_ERASED}"
        )
        usable = f"{contact} AND NOT coalesce(k.{field}_disabled, false)"
        return (
            f"CASE WHEN {failed} THEN '{failure}' WHEN ({own}) OR EXISTS ({usable}){extra} "
            f"THEN 'reachable' WHEN p.{field} {_NOT_ERASED} OR EXISTS ({contact}) "
            "THEN 'disabled' ELSE 'none' END"
        )

    def last(table: str, at: str, counts: str, bad: str) -> str:
        """Of each customer whether the newest of their outbound touches failed in this way."""
        return f"""\
SELECT connection, customer_id, failed FROM (
  SELECT l.connection, l.customer_id, {bad} AS failed, row_number() OVER (
    PARTITION BY l.connection, l.customer_id ORDER BY {at} DESC, l.id DESC
  ) AS place
  FROM {table} AS l
  WHERE l.direction = 'outbound' AND l.absent_since IS NULL AND {at} IS NOT NULL AND {counts}
) AS ranked WHERE place = 1"""

    bounced = last(
        "emails",
        "l.sent_at",
        "coalesce(l.channel, 'email') = 'email'",
        "coalesce(l.bounced, false) OR coalesce(l.delivery_status, '') = 'bounced'",
    )
    bad = last(
        "calls",
        "coalesce(l.started_at, l.created_at)",
        "coalesce(l.status, 'completed') <> 'planned' "
        "AND coalesce(l.outcome, 'unknown') <> 'cancelled'",
        "l.outcome = 'bad_number'",
    )
    billing = f" OR g.billing {_NOT_ERASED}"
    return f"""\
WITH last_emails AS (
{bounced}
), last_calls AS (
{bad}
)
SELECT t.connection, t.customer_id, t.customer, t.email, t.phone, t.currency, t.items,
  {both(sql, "t.amount", "amount")}
FROM (
  SELECT g.connection, g.customer_id, g.customer, g.currency, g.items, g.amount,
    {way("email", billing, "coalesce(e.failed, false)", "bounced")} AS email,
    {way("phone", "", "coalesce(b.failed, false)", "bad number")} AS phone
  FROM (
    SELECT o.connection, o.customer_id, min(o.customer) AS customer, o.currency,
      count(*) AS items, sum(o.remaining) AS amount, max(i.billing_email) AS billing
    FROM metric_open_items AS o JOIN invoices AS i ON i.connection = o.connection AND i.id = o.id
    WHERE o.customer_id IS NOT NULL
    GROUP BY o.connection, o.customer_id, o.currency
  ) AS g
  LEFT JOIN parties AS p ON p.connection = g.connection AND p.id = g.customer_id
  LEFT JOIN last_emails AS e ON e.connection = g.connection AND e.customer_id = g.customer_id
  LEFT JOIN last_calls AS b ON b.connection = g.connection AND b.customer_id = g.customer_id
) AS t JOIN metric_currencies AS c ON c.currency = t.currency
WHERE t.email <> 'reachable' AND t.phone <> 'reachable'"""


PEOPLE = (
    Metric(
        name="contact_frequency",
        help="Who was called too often: more than so many times in seven days, by all vendors.",
        formula="Outbound calls that were placed to one number in seven days in a row of the "
        "person's own time (else UTC), more than `most_calls`; the worst seven days of each person "
        "that end in the period. A call that two vendors list counts once. One that nobody took "
        "counts; one that could not be placed, or whose direction is not known, does not.",
        source="12 CFR 1006.14(b)(2)(i)(A) for consumer debts and third-party collectors: more "
        "than seven about one debt (here calls about all debts count together); elsewhere a limit "
        "of your own.",
        uses=("metric_person_calls",),
        columns=(
            PERSON,
            count("calls", "calls in these seven days"),
            day("from_day", "the first of them"),
            day("to_day", "the last of them"),
            count("connections", "how many connections called"),
            text("connection", "the first of these"),
            text("customer_id", "the customer there"),
            person("customer", "the customer's name"),
        ),
        order="calls DESC, person",
        query=_contact_frequency,
    ),
    Metric(
        name="contact_hours",
        help="Calls outside the hours of the customer.",
        formula="Outbound calls of the period that were placed before `from_hour` or from "
        "`to_hour` on, in the customer's time zone; calls to customers without a known one are "
        "left out.",
        source="8:00 to 21:00 by 12 CFR 1006.6(b)(1) for consumer debts; elsewhere a limit of "
        "your own.",
        uses=("metric_person_calls",),
        columns=(
            text("connection", "who called"),
            text("id", "the call"),
            PERSON,
            text("customer_id", "the customer"),
            person("customer", "the customer's name"),
            time("at", "when it was"),
            text("zone", "the customer's time zone"),
            day("local_day", "the day there"),
            count("local_hour", "the hour there, 0 to 23"),
        ),
        order="at, connection, id",
        query=_contact_hours,
    ),
    Metric(
        name="vendors_disagree",
        help="Where two vendors say different things of one invoice.",
        formula="Pairs of invoices that are the same by a rule, for each field that both fill "
        "differently; amounts are compared by value, where the currency is the same.",
        source="Defined here.",
        uses=("metric_same_invoices", "metric_receivables"),
        columns=(
            text("connection", "one connection"),
            text("id", "the invoice there"),
            text("number", "its number"),
            text("other_connection", "the other connection"),
            text("other_id", "the invoice there"),
            text("field", "what they disagree about"),
            text("says", "what the one says"),
            text("other_says", "what the other says"),
        ),
        order="connection, id, other_connection, other_id, field",
        query=_vendors_disagree,
    ),
    Metric(
        name="unreachable_customers",
        help="Customers who owe something and can be reached neither by email nor by telephone.",
        formula="By email: none is known, all are disabled, or the last email sent bounced. By "
        "telephone: none is known, all are disabled, or the last call that was made went to a bad "
        "number.",
        source="Defined here.",
        uses=("metric_currencies", "metric_open_items"),
        columns=(
            text("connection", "the connection"),
            text("customer_id", "the customer"),
            person("customer", "the customer's name"),
            text("email", "`none`, `disabled` or `bounced`"),
            text("phone", "`none`, `disabled` or `bad number`"),
            CURRENCY,
            count("items", "open items"),
            *money("amount", "what is left to pay"),
        ),
        order="connection, customer_id, currency",
        query=_unreachable_customers,
    ),
)
"""The metrics of people and vendors."""
