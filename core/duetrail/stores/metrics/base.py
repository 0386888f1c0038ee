"""What metrics are made of: currencies, each invoice once, and what is owed on it."""

from __future__ import annotations

from duetrail.model.money import EXPONENTS
from duetrail.stores.metrics.declaring import BaseView
from duetrail.stores.metrics.dialects import MetricDialect
from duetrail.stores.metrics.parameters import MetricParameters
from duetrail.stores.metrics.payments import APPLIED, CASH, NO_CASH, PAID_IN_PART


def _currencies(sql: MetricDialect, _: MetricParameters) -> str:
    """Every currency of ISO 4217 that has an exponent."""
    rows = ",\n".join(sql.currency_row(code, digits) for code, digits in EXPONENTS.items())
    columns = sql.currency_columns
    return f"WITH known ({columns}) AS (VALUES\n{rows})\nSELECT {columns} FROM known"


def _buckets(sql: MetricDialect, given: MetricParameters) -> str:
    """The ageing buckets: days past due from `low` to `high`; neither for no due date."""
    bounds = given.buckets
    rows = ["(1, 'current', NULL, 0)"]
    low = 1
    for place, high in enumerate(bounds, 2):
        rows.append(f"({place}, '{low}-{high}', {low}, {high})")
        low = high + 1
    rows.append(f"({len(bounds) + 2}, '{bounds[-1]}+', {low}, NULL)")
    rows.append(f"({len(bounds) + 3}, 'no due date', NULL, NULL)")
    values = ", ".join(rows)
    return (
        f"WITH known (position, bucket, low, high) AS (VALUES {values})\n"
        "SELECT position, bucket, low, high FROM known"
    )


SAME = "the same as another invoice"
"""Why an invoice is left out that is counted as another vendor has it."""

OPENING = "metric_opening"
"""The view of opening balances; from history it is put together otherwise."""

# A rule links every invoice to the one that the rule names first.
_SAME = """\
WITH RECURSIVE pairs AS (
  SELECT connection, id, invoice_connection AS other_connection, invoice_id AS other_id
  FROM links WHERE record = 'invoices'
  UNION
  SELECT invoice_connection, invoice_id, connection, id FROM links WHERE record = 'invoices'
), reached AS (
  SELECT connection, id, connection AS other_connection, id AS other_id FROM pairs
  UNION
  SELECT r.connection, r.id, p.other_connection, p.other_id
  FROM reached AS r JOIN pairs AS p
    ON p.connection = r.other_connection AND p.id = r.other_id
)
SELECT connection, id, other_connection, other_id FROM reached"""


def _same_invoices(sql: MetricDialect, given: MetricParameters) -> str:
    """Every invoice that is the same as others, with each of them and itself."""
    return _SAME


def _first_of_same(sql: MetricDialect, given: MetricParameters) -> str:
    """For each invoice that is the same as others the one of them that is counted.

    It is a present receivable and no draft, and rather one that others are linked to than one that
    is linked.
    """
    return """\
SELECT connection, id, other_connection AS first_connection, other_id AS first_id
FROM (
  SELECT s.connection, s.id, s.other_connection, s.other_id, row_number() OVER (
    PARTITION BY s.connection, s.id
    ORDER BY CASE WHEN EXISTS (
      SELECT 1 FROM links WHERE links.record = 'invoices'
        AND links.connection = s.other_connection AND links.id = s.other_id
    ) THEN 1 ELSE 0 END, s.other_connection, s.other_id
  ) AS place
  FROM metric_same_invoices AS s JOIN invoices AS o
    ON o.connection = s.other_connection AND o.id = s.other_id
  WHERE o.kind = 'receivable' AND o.absent_since IS NULL AND coalesce(o.status, '') <> 'draft'
) AS ranked
WHERE place = 1"""


def _credits(sql: MetricDialect, given: MetricParameters) -> str:
    """Each share of a credit note: of which note, and on which invoice, or none if paid back.

    A vendor shows it at the note or at the invoice.
    """
    return f"""\
SELECT a.connection, coalesce(a.credit_note_id, a.invoice_id) AS note_id,
  CASE WHEN a.refund_id IS NOT NULL THEN NULL WHEN a.applied_invoice_id IS NOT NULL
    THEN a.applied_invoice_id WHEN a.credit_note_id IS NOT NULL THEN a.invoice_id END AS invoice_id,
  a.currency, {sql.day("a.applied_at")} AS happened_on, {sql.units("a.amount")} AS amount
FROM credit_allocations AS a LEFT JOIN metric_currencies AS c ON c.currency = a.currency"""


def _credited(side: str) -> str:
    """What of credit notes is used, for each `note_id` or `invoice_id`; NULL if not countable."""
    return f"""\
SELECT connection, {side} AS id, min(currency) AS currency,
    CASE WHEN count(amount) = count(*) AND min(currency) = max(currency) THEN sum(amount) END
      AS amount
  FROM metric_credits GROUP BY connection, {side}"""


def _status(invoice: str) -> str:
    """Where an invoice stands; by the day it was closed where no known word says it."""
    return (
        f"CASE WHEN coalesce({invoice}.status, 'unknown') <> 'unknown' THEN {invoice}.status "
        f"WHEN {invoice}.voided_at IS NOT NULL THEN 'void' "
        f"WHEN {invoice}.written_off_at IS NOT NULL THEN 'written_off' ELSE {invoice}.status END"
    )


def _receivables(sql: MetricDialect, given: MetricParameters) -> str:
    """Every receivable once, in whole minor units, as it is known now; `left_out` says why not.

    `remaining` is what the vendor says is still to pay, else the total less what was paid, credited
    and written off; where nothing is said to be paid, only of an invoice that is not partly paid.
    Of a credit note it is what is neither applied to an invoice nor paid back.
    """
    total, paid = sql.units("i.total"), sql.units("i.amount_paid")
    paid_on = f"coalesce(i.paid_on, {sql.day('i.paid_at')})"
    first = "coalesce(i.amount_remaining, i.amount_due, i.total)"
    used, credited = (
        f"CASE WHEN {one}.id IS NULL THEN 0 WHEN {one}.currency = i.currency THEN {one}.amount END"
        for one in ("u", "v")
    )
    written_off = sql.units("i.amount_written_off")
    gone = (
        f"CASE WHEN i.amount_credited IS NULL THEN {credited} "
        f"ELSE {sql.units('i.amount_credited')} END"
        f" + CASE WHEN i.amount_written_off IS NULL THEN 0 ELSE {written_off} END"
    )
    return f"""\
SELECT connection, id, number, kind, status, currency, customer_id, customer, in_dispute,
  promised_on, issued_on, due_on, paid_on, closed_on, total, remaining, is_open, left_out
FROM (
  SELECT i.connection, i.id, i.number, i.kind, {_status("i")} AS status, i.currency, i.customer_id,
    coalesce(p.name, p.legal_name, i.customer_name, i.customer_id) AS customer,
    CASE WHEN i.in_dispute OR i.status = 'disputed' THEN 1 ELSE 0 END AS in_dispute,
    i.promised_to_pay_on AS promised_on,
    coalesce(i.issued_on, {sql.day("i.issued_at")}) AS issued_on,
    coalesce(i.due_on, {sql.day("i.due_at")}) AS due_on,
    CASE WHEN i.voided_at IS NULL AND i.written_off_at IS NULL
      AND coalesce(i.status, 'paid') NOT IN ('void', 'written_off')
      THEN {paid_on} END AS paid_on,
    coalesce({paid_on}, {sql.day("i.voided_at")}, {sql.day("i.written_off_at")}) AS closed_on,
    {total} AS total,
    CASE WHEN i.amount_remaining IS NOT NULL THEN {sql.units("i.amount_remaining")}
      WHEN i.kind = 'credit_note' AND u.id IS NOT NULL THEN {total} - ({used})
      WHEN i.amount_paid IS NOT NULL THEN {total} - {paid} - ({gone})
      WHEN i.status IN ('open', 'payment_pending', 'disputed') AND a.id IS NULL
        THEN {total} - ({gone}) END AS remaining,
    CASE WHEN i.status IN ('open', 'partially_paid', 'payment_pending', 'disputed') THEN 1
      WHEN coalesce(i.status, 'unknown') = 'unknown' AND i.paid_on IS NULL AND i.paid_at IS NULL
        AND i.voided_at IS NULL AND i.written_off_at IS NULL THEN 1 ELSE 0 END AS is_open,
    CASE WHEN f.id IS NOT NULL AND (f.first_connection <> i.connection OR f.first_id <> i.id)
        THEN '{SAME}'
      WHEN i.absent_since IS NOT NULL THEN 'no longer listed'
      WHEN i.kind IS NULL OR i.kind = 'unknown' THEN 'kind not known'
      WHEN i.kind <> 'receivable' THEN i.kind
      WHEN i.status = 'draft' THEN 'draft'
      WHEN i.currency IS NULL THEN 'no currency'
      WHEN c.currency IS NULL THEN 'currency without an exponent'
      WHEN {first} IS NOT NULL
        AND coalesce({sql.units("i.amount_remaining")}, {sql.units("i.amount_due")}, {total})
          IS NULL THEN CASE WHEN {sql.is_too_large(first)} THEN 'too large'
            ELSE 'no whole minor units' END
    END AS left_out
  FROM invoices AS i
  LEFT JOIN metric_currencies AS c ON c.currency = i.currency
  LEFT JOIN parties AS p ON p.connection = i.connection AND p.id = i.customer_id
  LEFT JOIN metric_first_of_same AS f ON f.connection = i.connection AND f.id = i.id
  LEFT JOIN ({_credited("note_id")}) AS u ON u.connection = i.connection AND u.id = i.id
  LEFT JOIN ({_credited("invoice_id")}) AS v ON v.connection = i.connection AND v.id = i.id
  LEFT JOIN ({PAID_IN_PART}) AS a ON a.connection = i.connection AND a.id = i.id
) AS every"""


def _instalments(sql: MetricDialect, given: MetricParameters) -> str:
    """What is left of each instalment, where they add up to what is left of their invoice.

    Where too much was paid of one of them, they do not: the invoice ages as a whole.
    """
    amount, paid = sql.units("t.amount"), sql.units("t.amount_paid")
    return f"""\
WITH parts AS (
  SELECT t.connection, t.invoice_id, t.position + 1 AS part,
    coalesce(t.due_on, {sql.day("t.due_at")}) AS due_on,
    CASE WHEN t.amount_remaining IS NOT NULL THEN {sql.units("t.amount_remaining")}
      WHEN t.status = 'paid' OR t.paid_at IS NOT NULL THEN 0
      WHEN t.amount_paid IS NOT NULL THEN {amount} - {paid} ELSE {amount} END AS remaining
  FROM instalments AS t
  JOIN invoices AS i ON i.connection = t.connection AND i.id = t.invoice_id
  LEFT JOIN metric_currencies AS c ON c.currency = coalesce(t.currency, i.currency)
    AND c.currency = i.currency
), whole AS (
  SELECT connection, invoice_id, sum(remaining) AS remaining FROM parts
  GROUP BY connection, invoice_id HAVING count(*) = count(remaining) AND min(remaining) >= 0
)
SELECT p.connection, p.invoice_id, p.part, p.due_on, p.remaining
FROM parts AS p
JOIN whole AS w ON w.connection = p.connection AND w.invoice_id = p.invoice_id
JOIN metric_receivables AS r ON r.connection = p.connection AND r.id = p.invoice_id
  AND r.remaining = w.remaining"""


def _open_items(sql: MetricDialect, given: MetricParameters) -> str:
    """What is owed on the day: open receivables that were issued by then, by instalment."""
    on = sql.literal(given.on)
    past = sql.between(on, "o.due_on")
    return f"""\
SELECT o.connection, o.id, o.part, o.number, o.status, o.currency, o.customer_id, o.customer,
  o.in_dispute, o.promised_on, o.issued_on, o.due_on, o.total, o.remaining, {past} AS past_due,
  b.position, b.bucket
FROM (
  SELECT r.connection, r.id, coalesce(t.part, 0) AS part, r.number, r.status, r.currency,
    r.customer_id, r.customer, r.in_dispute, r.promised_on, r.issued_on, r.total,
    CASE WHEN t.part IS NULL THEN r.due_on ELSE t.due_on END AS due_on,
    coalesce(t.remaining, r.remaining) AS remaining
  FROM metric_receivables AS r
  LEFT JOIN metric_instalments AS t ON t.connection = r.connection AND t.invoice_id = r.id
  WHERE r.left_out IS NULL AND r.is_open = 1 AND r.remaining > 0
    AND (r.issued_on IS NULL OR r.issued_on <= {on})
) AS o
{_in_bucket("o.due_on", past)}
WHERE o.remaining > 0"""


def _in_bucket(due: str, past: str) -> str:
    """A join with the bucket `b` of what is so many days past due."""
    return f"""\
JOIN metric_buckets AS b
  ON ({past} >= b.low OR b.low IS NULL) AND ({past} <= b.high OR b.high IS NULL)
  AND ({due} IS NULL) = (b.low IS NULL AND b.high IS NULL)"""


def _sales(sql: MetricDialect, given: MetricParameters) -> str:
    """What was invoiced in the period, by currency; voided invoices are left out."""
    return f"""\
SELECT currency, sum(total) AS sales, count(*) AS invoices
FROM metric_receivables
WHERE left_out IS NULL AND total > 0 AND coalesce(status, '') <> 'void'
  AND issued_on BETWEEN {sql.literal(given.first)} AND {sql.literal(given.on)}
GROUP BY currency"""


def _opening(sql: MetricDialect, given: MetricParameters) -> str:
    """What was owed at the end of the day before the period, by invoice: from history, or by dates.

    By dates, an open invoice counts with what is left now, plus what was paid or credited since;
    one that was closed since, with its total less what had been paid and credited by then.
    `undated` is the part of the total that was settled on days that nobody states. For an open
    invoice it is taken as settled before, for a closed one as settled on the day it was closed.
    """
    before = sql.literal(given.before)
    past = sql.between(before, "o.due_on")
    return f"""\
WITH settled AS (
  SELECT a.connection, a.invoice_id, a.settled_on AS happened_on,
    {sql.units("a.amount")} AS amount
  FROM metric_applied AS a
  JOIN invoices AS i ON i.connection = a.connection AND i.id = a.invoice_id
  JOIN metric_currencies AS c ON c.currency = a.currency AND c.currency = i.currency
  WHERE a.is_applied = 1 AND coalesce(a.status, 'settled') NOT IN ({NO_CASH})
  UNION ALL
  SELECT a.connection, a.invoice_id, a.happened_on, a.amount
  FROM metric_credits AS a
  JOIN invoices AS i ON i.connection = a.connection AND i.id = a.invoice_id
    AND i.currency = a.currency
), parts AS (
  SELECT connection, invoice_id,
    coalesce(sum(CASE WHEN happened_on > {before} THEN amount END), 0) AS later,
    coalesce(sum(CASE WHEN happened_on <= {before} THEN amount END), 0) AS earlier
  FROM settled GROUP BY connection, invoice_id
)
SELECT o.connection, o.id, o.currency, o.amount,
  CASE WHEN o.undated > 0 THEN o.undated ELSE 0 END AS undated, b.position, b.bucket
FROM (
  SELECT r.connection, r.id, r.currency, r.due_on, CASE WHEN r.is_open = 1
      THEN r.remaining + coalesce(p.later, 0) ELSE r.total - coalesce(p.earlier, 0) END AS amount,
    CASE WHEN r.paid_on IS NOT NULL THEN r.total WHEN coalesce(r.status, '') <> 'void'
      THEN r.total - r.remaining END - coalesce(p.later, 0) - coalesce(p.earlier, 0) AS undated
  FROM metric_receivables AS r
  LEFT JOIN parts AS p ON p.connection = r.connection AND p.invoice_id = r.id
  WHERE r.left_out IS NULL AND r.issued_on <= {before} AND (r.is_open = 1 OR r.closed_on > {before})
) AS o
{_in_bucket("o.due_on", past)}
WHERE o.amount > 0"""


BASE = (
    BaseView("metric_currencies", (), _currencies),
    BaseView("metric_buckets", (), _buckets),
    BaseView("metric_same_invoices", (), _same_invoices),
    BaseView("metric_first_of_same", ("metric_same_invoices",), _first_of_same),
    BaseView("metric_credits", ("metric_currencies",), _credits),
    APPLIED,
    BaseView(
        "metric_receivables",
        ("metric_currencies", "metric_first_of_same", "metric_credits", "metric_applied"),
        _receivables,
    ),
    BaseView("metric_instalments", ("metric_currencies", "metric_receivables"), _instalments),
    BaseView(
        "metric_open_items",
        ("metric_receivables", "metric_instalments", "metric_buckets"),
        _open_items,
    ),
    BaseView("metric_sales", ("metric_receivables",), _sales),
    *CASH,
    BaseView(
        OPENING,
        (
            "metric_receivables",
            "metric_currencies",
            "metric_buckets",
            "metric_credits",
            "metric_applied",
        ),
        _opening,
    ),
)
"""The views that metrics are made of, each after those it reads."""
