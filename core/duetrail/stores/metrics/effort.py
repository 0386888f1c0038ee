"""What was done about invoices, and what came of it."""

from __future__ import annotations

from duetrail.stores.metrics.columns import (
    count,
    day,
    days,
    flag,
    money,
    number,
    person,
    rate,
    text,
)
from duetrail.stores.metrics.declaring import Metric
from duetrail.stores.metrics.dialects import MetricDialect, both, chart, ratio
from duetrail.stores.metrics.followed import TRIED
from duetrail.stores.metrics.parameters import MetricParameters
from duetrail.stores.metrics.receivables import CURRENCY

# Costs of calls are fractions of a cent: they are counted in millionths of the currency.
_FINE = 6

_ANSWERED = "'answered', 'right_party', 'wrong_party'"

# A connection that never says it of any call, email or invoice says nothing by being silent: a rate
# of it would be 0, and mean nothing. So it has none.
ANSWER_TOLD = f"(SELECT connection FROM calls WHERE outcome IN ({_ANSWERED}))"
"""The connections that say of some call that it was answered."""
_BOUNCES_TOLD = (
    "(SELECT connection FROM emails WHERE bounced IS NOT NULL OR delivery_status <> 'unknown')"
)
_REPLIES_TOLD = "(SELECT connection FROM emails WHERE direction = 'inbound')"
_OPENED_TOLD = "(SELECT connection FROM emails WHERE opened_at IS NOT NULL)"


def _within(sql: MetricDialect, given: MetricParameters, day_: str) -> str:
    """A condition: a day is one of the period."""
    return f"{day_} BETWEEN {sql.literal(given.first)} AND {sql.literal(given.on)}"


def _promises(sql: MetricDialect, given: MetricParameters) -> str:
    paid = sql.between("r.paid_on", "r.promised_on")
    gone = sql.between(sql.literal(given.on), "r.promised_on")
    return f"""\
SELECT r.connection, r.id, r.number, r.customer_id, r.customer, r.currency,
  {both(sql, "CASE WHEN r.is_open = 1 THEN r.remaining ELSE r.total END", "amount")},
  r.promised_on, r.paid_on, CASE WHEN {paid} <= {given.grace_days} THEN 'kept'
    WHEN r.is_open = 0 AND r.closed_on IS NULL
      THEN CASE WHEN {gone} <= {given.grace_days} THEN 'kept' ELSE 'not known' END
    WHEN r.paid_on IS NULL AND {gone} <= {given.grace_days} THEN 'open'
    ELSE 'broken' END AS state
FROM metric_receivables AS r JOIN metric_currencies AS c ON c.currency = r.currency
WHERE r.left_out IS NULL AND r.promised_on IS NOT NULL AND coalesce(r.status, '') <> 'void'
  AND (r.issued_on IS NULL OR r.issued_on <= {sql.literal(given.on)})"""


def _promises_kept(sql: MetricDialect, given: MetricParameters) -> str:
    kept = "count(CASE WHEN state = 'kept' THEN 1 END)"
    broken = "count(CASE WHEN state = 'broken' THEN 1 END)"
    return f"""\
SELECT currency, count(*) AS promises, {kept} AS kept, {broken} AS broken,
  count(CASE WHEN state = 'open' THEN 1 END) AS still_open,
  count(CASE WHEN state = 'not known' THEN 1 END) AS not_known,
  {ratio(kept, f"{kept} + {broken}")} AS kept_rate
FROM promises
WHERE {_within(sql, given, "promised_on")}
GROUP BY currency"""


def _call_rates(sql: MetricDialect, given: MetricParameters) -> str:
    def of(outcome: str) -> str:
        return f"count(CASE WHEN outcome = '{outcome}' THEN 1 END)"

    answered = f"count(CASE WHEN outcome IN ({_ANSWERED}) THEN 1 END)"
    parties = f"{of('right_party')} + {of('wrong_party')}"
    known = "count(CASE WHEN outcome <> 'unknown' THEN 1 END)"
    at = "coalesce(started_at, created_at)"
    return f"""\
SELECT connection, coalesce(agent_kind, 'unknown') AS agent, count(*) AS calls,
  {known} AS outcome_known, {answered} AS answered, {of("right_party")} AS right_party,
  {of("wrong_party")} AS wrong_party, {of("voicemail")} AS voicemail,
  {of("no_answer")} AS no_answer, {of("busy")} AS busy, {of("bad_number")} AS bad_number,
  CASE WHEN connection IN {ANSWER_TOLD} THEN {ratio(answered, known)} END AS answer_rate,
  {ratio(of("right_party"), parties)} AS right_party_rate
FROM calls
WHERE direction = 'outbound' AND absent_since IS NULL
  AND coalesce(status, 'completed') <> 'planned' AND coalesce(outcome, 'unknown') <> 'cancelled'
  AND {_within(sql, given, sql.day(at))}
GROUP BY connection, coalesce(agent_kind, 'unknown')"""


def _answer_hours(sql: MetricDialect, given: MetricParameters) -> str:
    answered = f"count(CASE WHEN outcome IN ({_ANSWERED}) THEN 1 END)"
    return f"""\
SELECT {sql.weekday("local_day")} AS weekday, local_hour AS hour, count(*) AS calls,
  {answered} AS answered, {ratio(answered, "count(*)")} AS answer_rate
FROM metric_person_calls
WHERE seconds IS NOT NULL AND coalesce(outcome, 'unknown') <> 'unknown'
  AND told_by IN {ANSWER_TOLD}
  AND {_within(sql, given, "local_day")}
GROUP BY {sql.weekday("local_day")}, local_hour"""


def _email_rates(sql: MetricDialect, given: MetricParameters) -> str:
    replied = "count(CASE WHEN NOT bounced AND replied THEN 1 END)"
    opened = "count(CASE WHEN NOT bounced AND opened THEN 1 END)"
    bounced = "count(CASE WHEN bounced THEN 1 END)"
    delivered = f"(count(*) - {bounced})"
    return f"""\
WITH written AS (
  SELECT connection, id, thread_id, parent_id, direction, coalesce(sent_at, created_at) AS at,
    coalesce(bounced, false) OR coalesce(delivery_status, '') = 'bounced' AS bounced,
    opened_at IS NOT NULL AS opened
  FROM emails
  WHERE absent_since IS NULL AND coalesce(channel, 'email') = 'email'
    AND (direction = 'inbound' OR sent_at IS NOT NULL OR status IN ('sent', 'delivered'))
), threads AS (
  SELECT connection, thread_id, id, parent_id, direction, at,
    max(CASE WHEN direction = 'outbound' THEN at END) OVER (
      PARTITION BY connection, thread_id ORDER BY at, id
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS asked_at
  FROM written WHERE thread_id IS NOT NULL AND at IS NOT NULL
), answered AS (
  SELECT connection, parent_id AS id FROM written WHERE direction = 'inbound'
  UNION
  SELECT o.connection, o.id FROM threads AS a
  JOIN threads AS o ON o.connection = a.connection AND o.thread_id = a.thread_id
    AND o.direction = 'outbound' AND o.at = a.asked_at
  WHERE a.direction = 'inbound' AND a.parent_id IS NULL
)
SELECT connection, count(*) AS sent, {bounced} AS bounced, {delivered} AS delivered,
  {replied} AS replied, {opened} AS opened,
  CASE WHEN connection IN {_BOUNCES_TOLD} THEN {ratio(bounced, "count(*)")} END AS bounce_rate,
  CASE WHEN connection IN {_BOUNCES_TOLD} THEN {ratio(delivered, "count(*)")} END
    AS delivery_rate,
  CASE WHEN connection IN {_REPLIES_TOLD} THEN {ratio(replied, delivered)} END AS reply_rate,
  CASE WHEN connection IN {_OPENED_TOLD} THEN {ratio(opened, delivered)} END AS open_rate
FROM (
  SELECT w.connection, w.bounced, w.opened, a.id IS NOT NULL AS replied
  FROM written AS w LEFT JOIN answered AS a ON a.connection = w.connection AND a.id = w.id
  WHERE w.direction = 'outbound' AND {_within(sql, given, sql.day("w.at"))}
) AS sent GROUP BY connection"""


def _effort_per_paid_invoice(sql: MetricDialect, given: MetricParameters) -> str:
    return f"""\
SELECT currency, count(*) AS invoices, sum(calls) AS calls, sum(messages) AS messages,
  {ratio("sum(calls + messages)", "count(*)")} AS touches_per_invoice,
  count(CASE WHEN calls + messages = 0 THEN 1 END) AS untouched
FROM (
  SELECT r.currency, r.connection, r.id, count(CASE WHEN t.channel = 'call' THEN 1 END) AS calls,
    count(CASE WHEN t.channel <> 'call' THEN 1 END) AS messages
  FROM metric_receivables AS r
  LEFT JOIN metric_touched AS t ON t.invoice_connection = r.connection AND t.invoice_id = r.id
    AND t.direction = 'outbound' AND t.happened_on <= r.paid_on
  WHERE r.left_out IS NULL AND r.total > 0 AND {_within(sql, given, "r.paid_on")}
  GROUP BY r.currency, r.connection, r.id
) AS paid GROUP BY currency"""


def _cost_per_paid_invoice(sql: MetricDialect, given: MetricParameters) -> str:
    cost = sql.units("k.cost", str(_FINE), str(10**_FINE))
    return f"""\
SELECT currency, count(*) AS calls, count(*) - count(cost) AS without_cost,
  {sql.fine("sum(cost)", _FINE)} AS cost, {chart("sum(cost)", str(10**_FINE))} AS cost_chart,
  min(invoices) AS invoices,
  {chart(f"({ratio('sum(cost)', 'min(invoices)')})", str(10**_FINE))} AS cost_per_invoice
FROM (
  SELECT DISTINCT k.connection, k.id, coalesce(k.currency, 'none') AS currency, {cost} AS cost,
    (SELECT count(*) FROM metric_receivables AS p WHERE p.left_out IS NULL AND p.total > 0
      AND {_within(sql, given, "p.paid_on")}) AS invoices
  FROM metric_receivables AS r
  JOIN metric_touched AS t ON t.invoice_connection = r.connection AND t.invoice_id = r.id
    AND t.channel = 'call' AND t.happened_on <= r.paid_on
  JOIN calls AS k ON k.connection = t.connection AND k.id = t.id
  WHERE r.left_out IS NULL AND r.total > 0 AND {_within(sql, given, "r.paid_on")}
) AS called GROUP BY currency"""


def _ar_silent(sql: MetricDialect, given: MetricParameters) -> str:
    on = sql.literal(given.on)
    last = sql.between(on, "coalesce(t.last_on, o.due_on)")
    return f"""\
SELECT o.connection, o.id, o.part, o.number, o.customer_id, o.customer, o.currency,
  {both(sql, "o.remaining", "remaining")}, o.due_on, o.past_due, coalesce(t.touches, 0) AS touches,
  t.first_on AS first_touch_on, {sql.between("t.first_on", "o.due_on")} AS days_to_first_touch,
  t.last_on AS last_touch_on, {last} AS silent_days,
  CASE WHEN {last} > {given.silent_days} THEN 1 ELSE 0 END AS is_silent
FROM metric_open_items AS o JOIN metric_currencies AS c ON c.currency = o.currency
LEFT JOIN (
  SELECT i.connection, i.id, count(*) AS touches, max(t.happened_on) AS last_on,
    min(CASE WHEN t.happened_on >= i.due_on THEN t.happened_on END) AS first_on, i.part
  FROM metric_open_items AS i JOIN metric_touched AS t
    ON t.invoice_connection = i.connection AND t.invoice_id = i.id AND t.direction = 'outbound'
  GROUP BY i.connection, i.id, i.part
) AS t ON t.connection = o.connection AND t.id = o.id AND t.part = o.part
WHERE o.past_due > 0"""


def _ar_first_touch(sql: MetricDialect, given: MetricParameters) -> str:
    return f"""\
SELECT t.currency, t.overdue, t.touched, t.days_to_first_touch, t.silent,
  {both(sql, "t.amount", "silent_amount")}
FROM (
  SELECT s.currency, count(*) AS overdue, count(s.first_touch_on) AS touched,
    {ratio("sum(s.days_to_first_touch)", "count(s.first_touch_on)")} AS days_to_first_touch,
    sum(s.is_silent) AS silent, sum(s.is_silent * o.remaining) AS amount
  FROM ar_silent AS s
  JOIN metric_open_items AS o
    ON o.connection = s.connection AND o.id = s.id AND o.part = s.part
  GROUP BY s.currency
) AS t JOIN metric_currencies AS c ON c.currency = t.currency"""


def _touch_yield(sql: MetricDialect, given: MetricParameters) -> str:
    until = sql.plus("happened_on", str(given.within_days))
    paid = f"count(CASE WHEN paid_on <= {until} THEN 1 END)"
    return f"""\
SELECT channel, {sql.weekday("happened_on")} AS weekday,
  CASE WHEN attempt < 5 THEN attempt ELSE 5 END AS attempt, count(*) AS touches,
  {paid} AS followed_by_payment, {ratio(paid, "count(*)")} AS yield_rate
FROM (
  SELECT t.channel, t.happened_on, r.paid_on, row_number() OVER (
    PARTITION BY r.connection, r.id ORDER BY t.at, t.connection, t.record, t.id
  ) AS attempt
  {TRIED}
) AS tried
WHERE {_within(sql, given, "happened_on")} AND {until} <= {sql.literal(given.on)}
GROUP BY channel, {sql.weekday("happened_on")}, CASE WHEN attempt < 5 THEN attempt ELSE 5 END"""


_INVOICE = (
    text("connection", "whose invoice"),
    text("id", "its id"),
    text("number", "its number"),
    text("customer_id", "its customer's id"),
    person("customer", "its customer's name"),
    CURRENCY,
)

EFFORT = (
    Metric(
        name="promises",
        help="Every promise to pay, and what became of it.",
        formula="`kept`: paid in full by the promised day and `grace_days` more; `open`: that day "
        "is still to come; `not known`: it was paid on a day that nobody states; `broken`: none of "
        "these. A vendor shows the newest promise only, and without "
        "an amount.",
        source="Defined here.",
        uses=("metric_receivables", "metric_currencies"),
        columns=(
            *_INVOICE,
            *money("amount", "what is left to pay, or was invoiced where it is paid"),
            day("promised_on", "the day by which payment is promised"),
            day("paid_on", "the day it was paid in full"),
            text("state", "`kept`, `open`, `not known` or `broken`"),
        ),
        order="promised_on, connection, id",
        query=_promises,
    ),
    Metric(
        name="promises_kept",
        help="How many promises of the period were kept.",
        formula="Kept / (kept + broken), of promises whose day is in the period.",
        source="Defined here.",
        uses=("promises",),
        columns=(
            CURRENCY,
            count("promises", "promises whose day is in the period"),
            count("kept", "how many were kept"),
            count("broken", "how many were broken"),
            count("still_open", "of how many the days of grace are not over"),
            count("not_known", "of how many the invoice was paid on a day that nobody states"),
            rate("kept_rate", "kept of kept and broken"),
        ),
        order="currency",
        query=_promises_kept,
    ),
    Metric(
        name="call_rates",
        help="How many calls of the period were answered, by connection and by who called.",
        formula="Answered / outbound calls with a known outcome. Right party / (right party + "
        "wrong party). There is no answer rate of a connection that never says of any call that it "
        "was answered: it does not tell.",
        source="Defined here.",
        uses=(),
        columns=(
            text("connection", "the connection"),
            text("agent", "who called: `human`, `ai`, `automation` or `unknown`"),
            count("calls", "outbound calls made"),
            count("outcome_known", "how many of them have a known outcome"),
            count("answered", "answered"),
            count("right_party", "answered by the right person"),
            count("wrong_party", "answered by somebody else"),
            count("voicemail", "went to voicemail"),
            count("no_answer", "not answered"),
            count("busy", "busy"),
            count("bad_number", "to a number that is none"),
            rate("answer_rate", "answered of those with a known outcome"),
            rate("right_party_rate", "the right person of answers of which it is known who"),
        ),
        order="connection, agent",
        query=_call_rates,
    ),
    Metric(
        name="answer_hours",
        help="When calls are answered: by weekday and hour of the customer.",
        formula="Answered / outbound calls that were placed and have a known outcome, in the "
        "customer's own time. Calls to customers without a known time zone are left out, and those "
        "of connections that never say that a call was answered.",
        source="Defined here.",
        uses=("metric_person_calls",),
        columns=(
            count("weekday", "1 for Monday to 7 for Sunday"),
            count("hour", "the hour, 0 to 23"),
            count("calls", "calls made"),
            count("answered", "calls answered"),
            rate("answer_rate", "answered of all; says little where calls are few"),
        ),
        order="weekday, hour",
        query=_answer_hours,
    ),
    Metric(
        name="email_rates",
        help="How many emails of the period bounced, arrived and were replied to.",
        formula="Delivered = sent - bounced. Bounce rate = bounced / sent; delivery rate = "
        "delivered / sent; reply rate = delivered emails that were replied to / delivered: the "
        "answer names the email, or is the next in its thread. Open rate is inflated by mail "
        "programs that fetch images by themselves. A connection that never says of any email that "
        "it bounced or not, has no inbound one, or none that was opened, has no such rate.",
        source="Defined here.",
        uses=(),
        columns=(
            text("connection", "the connection"),
            count("sent", "outbound emails sent"),
            count("bounced", "bounced"),
            count("delivered", "the others"),
            count("replied", "delivered emails that were replied to"),
            count("opened", "delivered emails known to be opened"),
            rate("bounce_rate", "bounced of sent"),
            rate("delivery_rate", "delivered of sent"),
            rate("reply_rate", "replied of delivered"),
            rate("open_rate", "opened of delivered"),
        ),
        order="connection",
        query=_email_rates,
    ),
    Metric(
        name="effort_per_paid_invoice",
        help="How many touches an invoice took until it was paid.",
        formula="Outbound calls and messages about invoices paid in the period, up to the day of "
        "payment / those invoices. A touch about two invoices counts for each.",
        source="Defined here.",
        uses=("metric_receivables", "metric_touched"),
        columns=(
            CURRENCY,
            count("invoices", "invoices paid in the period"),
            count("calls", "outbound calls about them"),
            count("messages", "outbound emails and other messages about them"),
            number("touches_per_invoice", "both by invoice"),
            count("untouched", "invoices that nobody was called or written to about"),
        ),
        order="currency",
        query=_effort_per_paid_invoice,
    ),
    Metric(
        name="cost_per_paid_invoice",
        help="What calls cost until an invoice was paid, by the currency of the cost.",
        formula="Cost of calls about invoices paid in the period, up to the day of payment, each "
        "call once / all invoices paid in the period. Costs are counted in millionths.",
        source="Defined here.",
        uses=("metric_receivables", "metric_touched"),
        columns=(
            text("currency", "the currency of the costs; `none` where there is none"),
            count("calls", "calls about these invoices"),
            count("without_cost", "how many of them have no known cost"),
            *money("cost", "what the others cost; empty if no cost is known"),
            count("invoices", "invoices paid in the period, called about or not"),
            number("cost_per_invoice", "cost by invoice, of calls with a known cost"),
        ),
        order="currency",
        query=_cost_per_paid_invoice,
    ),
    Metric(
        name="ar_silent",
        help="Overdue items, with when they were first and last touched.",
        formula="Days from the due date to the first outbound touch at or after it; days since the "
        "last outbound touch, or since the due date where there was none. Silent: more than "
        "`silent_days`.",
        source="Defined here.",
        uses=("metric_currencies", "metric_open_items", "metric_touched"),
        columns=(
            *_INVOICE[:2],
            count("part", "the instalment, counted from 1; 0 for an invoice as a whole"),
            *_INVOICE[2:],
            *money("remaining", "what is left to pay"),
            day("due_on", "the day it was due"),
            days("past_due", "days since then"),
            count("touches", "outbound calls and messages about it"),
            day("first_touch_on", "the day of the first one since it was due"),
            days("days_to_first_touch", "days from the due date to that"),
            day("last_touch_on", "the day of the last one"),
            days("silent_days", "days without one"),
            flag("is_silent", "whether these are too many"),
        ),
        order="connection, id, part",
        query=_ar_silent,
    ),
    Metric(
        name="ar_first_touch",
        help="How soon overdue items are touched, and how much is silent.",
        formula="Mean of `days_to_first_touch` of `ar_silent` over items touched since they were "
        "due; count and amount of silent items.",
        source="Defined here.",
        uses=("ar_silent", "metric_currencies", "metric_open_items"),
        columns=(
            CURRENCY,
            count("overdue", "overdue items"),
            count("touched", "how many of them were touched since they were due"),
            number("days_to_first_touch", "mean days until then"),
            count("silent", "silent items"),
            *money("silent_amount", "what is left to pay of them"),
        ),
        order="currency",
        query=_ar_first_touch,
    ),
    Metric(
        name="touch_yield",
        help="How often payment in full followed a touch: an association, not a cause.",
        formula="Outbound touches after which the invoice was paid within `within_days` / all "
        "whose days are over, by channel, weekday (UTC) and how many touches came before. Who is "
        "touched is not chosen at random, so this does not show an effect of the touch. Invoices "
        "that were closed on a day that nobody states are left out.",
        source="Defined here.",
        uses=("metric_touched", "metric_receivables"),
        columns=(
            text("channel", "`call`, `email`, `sms` and so on"),
            count("weekday", "1 for Monday to 7 for Sunday"),
            count(
                "attempt",
                "1 for the first touch of the invoice; 5 for the fifth and later",
            ),
            count("touches", "touches"),
            count(
                "followed_by_payment",
                "how many of them were followed by payment in time",
            ),
            rate("yield_rate", "these of all"),
        ),
        order="channel, weekday, attempt",
        query=_touch_yield,
    ),
)
"""The metrics of effort and result."""
