"""What is owed: open items, ageing, days sales outstanding, what is collected of it."""

from __future__ import annotations

from duetrail.stores.metrics.base import SAME
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
from duetrail.stores.metrics.dialects import MetricDialect, both, ratio, real
from duetrail.stores.metrics.parameters import MetricParameters

CURRENCY = text("currency", "the currency; amounts of different ones are never added up")

# Where nothing that is owed has a due date, nobody can say what is overdue.
_DATED = "coalesce(t.items, 0) = 0 OR t.dated > 0"


def _ar_open(sql: MetricDialect, given: MetricParameters) -> str:
    return f"""\
SELECT o.connection, o.id, o.part, o.number, o.customer_id, o.customer, o.currency,
  {both(sql, "o.remaining", "remaining")}, o.issued_on, o.due_on, o.past_due, o.bucket,
  o.in_dispute, o.promised_on
FROM metric_open_items AS o JOIN metric_currencies AS c ON c.currency = o.currency"""


def _ar_ageing(sql: MetricDialect, given: MetricParameters) -> str:
    return f"""\
SELECT g.currency, b.position, b.bucket, coalesce(t.items, 0) AS items,
  {both(sql, "coalesce(t.amount, 0)", "amount")}
FROM (SELECT DISTINCT currency FROM metric_open_items) AS g
CROSS JOIN metric_buckets AS b
JOIN metric_currencies AS c ON c.currency = g.currency
LEFT JOIN (
  SELECT currency, position, count(*) AS items, sum(remaining) AS amount
  FROM metric_open_items GROUP BY currency, position
) AS t ON t.currency = g.currency AND t.position = b.position"""


def _ar_ageing_by_customer(sql: MetricDialect, given: MetricParameters) -> str:
    return f"""\
SELECT t.connection, t.customer_id, t.customer, t.currency, t.position, t.bucket, t.items,
  {both(sql, "t.amount", "amount")}
FROM (
  SELECT connection, customer_id, min(customer) AS customer, currency, position, bucket,
    count(*) AS items, sum(remaining) AS amount
  FROM metric_open_items
  GROUP BY connection, customer_id, CASE WHEN customer_id IS NULL THEN customer END, currency,
    position, bucket
) AS t JOIN metric_currencies AS c ON c.currency = t.currency"""


def _ar_left_out(sql: MetricDialect, given: MetricParameters) -> str:
    return f"""\
SELECT r.connection, r.id, r.number,
  coalesce(nullif(r.left_out, 'credit_note'), CASE WHEN r.remaining IS NULL THEN 'amount not known'
    ELSE 'not issued yet' END) AS reason,
  i.currency, {sql.as_text("coalesce(i.amount_remaining, i.amount_due, i.total)")} AS amount,
  {sql.as_text("coalesce(i.amount_remaining_minor, i.amount_due_minor, i.total_minor)")} AS minor
FROM metric_receivables AS r
JOIN invoices AS i ON i.connection = r.connection AND i.id = r.id
WHERE r.is_open = 1 AND coalesce(r.left_out, '') <> '{SAME}' AND (
  coalesce(r.left_out, 'credit_note') <> 'credit_note'
  OR r.remaining IS NULL
  OR (r.remaining <> 0 AND r.issued_on > {sql.literal(given.on)}))"""


def _ar_credits(sql: MetricDialect, given: MetricParameters) -> str:
    issued = f"(issued_on IS NULL OR issued_on <= {sql.literal(given.on)})"
    return f"""\
SELECT t.currency, t.kind, t.items, {both(sql, "t.amount", "amount")}
FROM (
  SELECT currency, 'credit' AS kind, count(*) AS items, sum(-remaining) AS amount
  FROM metric_receivables
  WHERE left_out IS NULL AND is_open = 1 AND remaining < 0 AND {issued}
  GROUP BY currency
  UNION ALL
  SELECT currency, 'credit note', count(*), sum(remaining)
  FROM metric_receivables
  WHERE left_out = 'credit_note' AND is_open = 1 AND remaining > 0 AND {issued}
  GROUP BY currency
  UNION ALL
  SELECT currency, 'unapplied cash', count(*), sum(amount - applied)
  FROM metric_cash
  WHERE amount > applied
  GROUP BY currency
) AS t JOIN metric_currencies AS c ON c.currency = t.currency"""


def _ar_dso(sql: MetricDialect, given: MetricParameters) -> str:
    owed, current = "coalesce(t.owed, 0)", "coalesce(t.not_due, 0)"
    dso = ratio(f"{owed} * {given.days}", "s.sales")
    best = ratio(f"{current} * {given.days}", "s.sales")
    late = ratio(f"({owed} - {current}) * {given.days}", "s.sales")
    return f"""\
SELECT g.currency, {both(sql, owed, "receivables")}, {both(sql, current, "not_due")},
  {both(sql, f"{owed} - {current}", "overdue")}, {both(sql, "coalesce(s.sales, 0)", "sales")},
  {given.days} AS days, {dso} AS dso, CASE WHEN {_DATED} THEN {best} END AS best_possible_dso,
  CASE WHEN {_DATED} THEN {late} END AS average_days_delinquent
FROM (
  SELECT currency FROM metric_open_items UNION SELECT currency FROM metric_sales
) AS g
JOIN metric_currencies AS c ON c.currency = g.currency
LEFT JOIN metric_sales AS s ON s.currency = g.currency
LEFT JOIN (
  SELECT currency, sum(remaining) AS owed, count(*) AS items, count(due_on) AS dated,
    sum(CASE WHEN past_due > 0 THEN 0 ELSE remaining END) AS not_due
  FROM metric_open_items GROUP BY currency
) AS t ON t.currency = g.currency"""


def _ar_paid_late(sql: MetricDialect, given: MetricParameters) -> str:
    late = sql.between("paid_on", "due_on")
    return f"""\
SELECT currency, count(*) AS invoices, count(CASE WHEN {late} > 0 THEN 1 END) AS late,
  {ratio(f"sum({late})", "count(*)")} AS average_days_late,
  {
        ratio(
            f"sum(CASE WHEN {late} > 0 THEN {late} ELSE 0 END)",
            f"count(CASE WHEN {late} > 0 THEN 1 END)",
        )
    } AS average_days_of_late
FROM metric_receivables
WHERE left_out IS NULL AND paid_on BETWEEN {sql.literal(given.first)} AND {sql.literal(given.on)}
  AND due_on IS NOT NULL AND total > 0
GROUP BY currency"""


def _ar_cei(sql: MetricDialect, given: MetricParameters) -> str:
    opening, sales = "coalesce(o.amount, 0)", "coalesce(s.sales, 0)"
    owed, current = "coalesce(t.owed, 0)", "coalesce(t.not_due, 0)"
    monthly = f"{real(sales)} / {given.months}"
    total = ratio(f"{opening} + {sales} - {owed}", f"{opening} + {sales} - {current}")
    before = sql.literal(given.before)
    return f"""\
SELECT g.currency, {both(sql, opening, "opening")},
  {both(sql, "coalesce(o.undated, 0)", "opening_undated")},
  coalesce(l.items, 0) AS opening_left_out, '{given.opening}' AS opening_from,
  {both(sql, sales, "sales")},
  {both(sql, owed, "closing")}, {both(sql, current, "closing_not_due")},
  {given.months} AS months,
  CASE WHEN {_DATED} THEN {total} END AS cei_total_sales,
  CASE WHEN {_DATED} THEN ({real(f"{opening} - {owed}")} + {monthly})
    / nullif({real(f"{opening} - {current}")} + {monthly}, 0) END AS cei_monthly_sales
FROM (
  SELECT currency FROM metric_open_items UNION SELECT currency FROM metric_sales
  UNION SELECT currency FROM metric_opening
) AS g
JOIN metric_currencies AS c ON c.currency = g.currency
LEFT JOIN (
  SELECT currency, sum(amount) AS amount, sum(undated) AS undated
  FROM metric_opening GROUP BY currency
) AS o ON o.currency = g.currency
LEFT JOIN (
  SELECT currency, count(*) AS items FROM metric_receivables
  WHERE left_out IS NULL AND issued_on <= {before} AND is_open = 0 AND closed_on IS NULL
    AND total > 0 AND '{given.opening}' = 'dates'
  GROUP BY currency
) AS l ON l.currency = g.currency
LEFT JOIN metric_sales AS s ON s.currency = g.currency
LEFT JOIN (
  SELECT currency, sum(remaining) AS owed, count(*) AS items, count(due_on) AS dated,
    sum(CASE WHEN past_due > 0 THEN 0 ELSE remaining END) AS not_due
  FROM metric_open_items GROUP BY currency
) AS t ON t.currency = g.currency"""


def _ar_disputes(sql: MetricDialect, given: MetricParameters) -> str:
    disputed = "coalesce(t.disputed, 0)"
    return f"""\
SELECT t.currency, t.items, t.dispute_known, t.disputed_items, {both(sql, "t.amount", "amount")},
  {both(sql, disputed, "disputed")},
  {ratio("t.disputed_items", "t.dispute_known")} AS rate_by_count,
  {ratio(disputed, "t.known")} AS rate_by_amount
FROM (
  SELECT currency, count(*) AS items, sum(in_dispute) AS disputed_items, sum(remaining) AS amount,
    sum(in_dispute * remaining) AS disputed, sum(is_known) AS dispute_known,
    sum(is_known * remaining) AS known
  FROM (
    SELECT currency, in_dispute, remaining, CASE WHEN connection IN (
      SELECT connection FROM invoices WHERE in_dispute IS NOT NULL OR status = 'disputed'
    ) THEN 1 ELSE 0 END AS is_known
    FROM metric_open_items
  ) AS items GROUP BY currency
) AS t JOIN metric_currencies AS c ON c.currency = t.currency"""


OWED = ("metric_currencies", "metric_open_items")
"""The views of what is owed on the day."""

# Sources that a reader can look up, by their titles.
_AGEING = "The report Accounts Receivable of ERPNext."
_CRF = (
    "Credit Research Foundation, Performance Measures for Credit, Collections and Accounts "
    "Receivable"
)

RECEIVABLES = (
    Metric(
        name="ar_open",
        help="What is owed on the day, item by item.",
        formula="Receivables that are open (not a draft, paid, void or written off), were issued "
        "by the day, and have something left to pay. Of an invoice that two vendors have, "
        "only the one that the rule names first is there. Instalments that add up to what is "
        "left of their invoice are items of their own, unless too much was paid of one of them.",
        source=_AGEING,
        uses=OWED,
        columns=(
            text("connection", "whose invoice"),
            text("id", "its id"),
            count("part", "the instalment, counted from 1; 0 for an invoice as a whole"),
            text("number", "its number"),
            text("customer_id", "its customer's id"),
            person("customer", "its customer's name"),
            CURRENCY,
            *money("remaining", "what is left to pay"),
            day("issued_on", "the day it was issued"),
            day("due_on", "the day it is due"),
            days("past_due", "days since then; below 0 where it is not due yet"),
            text("bucket", "its ageing bucket"),
            flag("in_dispute", "whether it is disputed"),
            day("promised_on", "the day by which payment is promised"),
        ),
        order="connection, id, part",
        query=_ar_open,
    ),
    Metric(
        name="ar_ageing",
        help="What is owed on the day, by how long it is past due.",
        formula="Sum of what is left to pay, by days past due: current (due today or later), then "
        "each bucket. What has no due date is a bucket of its own.",
        source=_AGEING,
        uses=(*OWED, "metric_buckets"),
        columns=(
            CURRENCY,
            count("position", "the place of the bucket"),
            text("bucket", "the bucket, in days past due"),
            count("items", "open items; an instalment is one"),
            *money("amount", "what is left to pay"),
        ),
        order="currency, position",
        query=_ar_ageing,
    ),
    Metric(
        name="ar_ageing_by_customer",
        help="Ageing by customer.",
        formula="As `ar_ageing`; buckets in which a customer owes nothing are left out. Customers "
        "without an id are told apart by their names.",
        source=_AGEING,
        uses=OWED,
        columns=(
            text("connection", "whose customer"),
            text("customer_id", "the customer's id"),
            person("customer", "the customer's name"),
            CURRENCY,
            count("position", "the place of the bucket"),
            text("bucket", "the bucket, in days past due"),
            count("items", "open items"),
            *money("amount", "what is left to pay"),
        ),
        order="connection, customer_id NULLS FIRST, currency, position, customer NULLS FIRST",
        query=_ar_ageing_by_customer,
    ),
    Metric(
        name="ar_left_out",
        help="What is open and in no sum, each with the reason.",
        formula="Open invoices that are no receivables (usage bills, payables, unknown kinds), "
        "have no currency or one without an exponent, an amount that is unknown, not in whole "
        "minor units or too large (more than 15 digits in these), are not listed any more, or not "
        "issued yet. One that another vendor has, too, is left out only if not counted there.",
        source="Defined here.",
        uses=("metric_receivables",),
        columns=(
            text("connection", "whose invoice"),
            text("id", "its id"),
            text("number", "its number"),
            text("reason", "why it is left out; for another kind, that kind"),
            text("currency", "its currency, as the vendor gave it"),
            text("amount", "what is left to pay or due, digit by digit, where it is known"),
            text("minor", "the same in minor units, where only these are known"),
        ),
        order="connection, id",
        query=_ar_left_out,
    ),
    Metric(
        name="ar_credits",
        help="What is owed to customers: credits, and cash that is applied to nothing yet.",
        formula="`credit`: open receivables with less than nothing left to pay. `credit note`: "
        "what of open credit notes is not used; both issued by the day. `unapplied cash`: "
        "payments that have come (pending ones have not), less what was paid back or taken back by "
        "a bank (refunds and lost disputes), less what of them is applied to invoices: approved "
        "allocations of invoices, applications of payments. A payment that is applied in another "
        "currency is left out, and so are payments of connections without receivables, or of which "
        "nothing is said to be applied. None of them is taken off the ageing.",
        source="Defined here.",
        uses=("metric_receivables", "metric_currencies", "metric_cash"),
        columns=(
            CURRENCY,
            text("kind", "`credit`, `credit note` or `unapplied cash`"),
            count("items", "how many"),
            *money("amount", "how much, above 0"),
        ),
        order="currency, kind",
        query=_ar_credits,
    ),
    Metric(
        name="ar_dso",
        help="Days sales outstanding, the best that is possible, and average days delinquent.",
        formula="DSO = receivables / credit sales of the period * days of the period. Best "
        "possible DSO = the same of what is not due yet. Average days delinquent = DSO - best "
        "possible DSO. Sales are the totals invoiced in the period, voided invoices left out; "
        "without sales there is no DSO, and without any due date no best possible one.",
        source=f"{_CRF}: Days Sales Outstanding, Best Possible DSO, Average Days Delinquent.",
        uses=(*OWED, "metric_sales"),
        columns=(
            CURRENCY,
            *money("receivables", "what is owed on the day"),
            *money("not_due", "what of it is not due yet, or has no due date"),
            *money("overdue", "what of it is overdue"),
            *money("sales", "credit sales of the period"),
            count("days", "days of the period"),
            number("dso", "days sales outstanding"),
            number("best_possible_dso", "what it would be if nobody paid late"),
            number("average_days_delinquent", "the difference"),
        ),
        order="currency",
        query=_ar_dso,
    ),
    Metric(
        name="ar_paid_late",
        help="How late invoices were paid, invoice by invoice.",
        formula="Mean of (day paid in full - due date) over invoices paid in the period; early "
        "payments count below 0.",
        source="Defined here; the average days delinquent of `ar_dso` are another thing.",
        uses=("metric_receivables",),
        columns=(
            CURRENCY,
            count("invoices", "invoices paid in the period that had a due date"),
            count("late", "how many of them were paid late"),
            number("average_days_late", "days from due date to payment, over all"),
            number("average_days_of_late", "the same over those paid late"),
        ),
        order="currency",
        query=_ar_paid_late,
    ),
    Metric(
        name="ar_cei",
        help="The collection effectiveness index, in both of its variants.",
        formula="(opening + sales - closing) / (opening + sales - closing not due). "
        "`cei_total_sales` takes all sales of the period, `cei_monthly_sales` those of an average "
        "month of it (sales / months). For one period they differ much: compare like with like. "
        "The opening balance is taken from history where that reaches back so far for every "
        "connection, as the store knew it then. Else it is worked out from dates: what was issued "
        "before the period, less approved payments and credits that were applied before it. What "
        "was settled on days that nobody states is in `opening_undated`. An index below 0 says "
        "that more is owed at the end than that balance and these sales together. Where nothing "
        "that is owed has a due date there is no index.",
        source=f"{_CRF}: Collection Effectiveness Index, which divides the sales by the number of "
        "months; many leave that out, so both are shown.",
        uses=(*OWED, "metric_sales", "metric_opening", "metric_receivables"),
        columns=(
            CURRENCY,
            *money("opening", "receivables at the end of the day before the period"),
            *money(
                "opening_undated",
                "what was settled of these invoices on days that nobody states, by dates only: the "
                "opening balance may be off by up to this amount",
            ),
            count(
                "opening_left_out",
                "invoices of before the period that were closed on a day that nobody states, by "
                "dates only: they are not in the opening balance",
            ),
            text("opening_from", "where the opening balance is from: `history` or `dates`"),
            *money("sales", "credit sales of the period"),
            *money("closing", "receivables on the day"),
            *money("closing_not_due", "what of these is not due yet, or has no due date"),
            count("months", "months of the period"),
            number("cei_total_sales", "the index by all sales; 1 if all that was due is collected"),
            number("cei_monthly_sales", "the index by the sales of an average month"),
        ),
        order="currency",
        query=_ar_cei,
    ),
    Metric(
        name="ar_disputes",
        help="What of the receivables is disputed.",
        formula="Disputed open items / open items, by count and by amount. Both rates leave out "
        "connections that never say of any invoice whether it is disputed.",
        source="Defined here.",
        uses=OWED,
        columns=(
            CURRENCY,
            count("items", "open items"),
            count("dispute_known", "how many of them are of connections that tell of disputes"),
            count("disputed_items", "how many of them are disputed"),
            *money("amount", "what is left to pay"),
            *money("disputed", "what of it is disputed"),
            rate("rate_by_count", "disputed items of those of which it is known"),
            rate("rate_by_amount", "the same by amount"),
        ),
        order="currency",
        query=_ar_disputes,
    ),
)
"""The metrics of what is owed."""
