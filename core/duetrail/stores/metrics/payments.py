"""Payments: what of which is applied to which invoice, and what is left of each."""

from __future__ import annotations

from duetrail.stores.metrics.declaring import BaseView
from duetrail.stores.metrics.dialects import MetricDialect
from duetrail.stores.metrics.parameters import MetricParameters

NO_CASH = "'failed', 'cancelled', 'refunded'"
"""The statuses of payments that settle nothing."""

UNSETTLED = "'failed', 'cancelled'"
"""Those of payments that never settled anything."""

NOT_RECEIVED = f"'pending', {NO_CASH}"
"""Those of payments of which no money is here: not yet, or not any more."""


def _applied(sql: MetricDialect, given: MetricParameters) -> str:
    """What of which payment is applied to which invoice, each once.

    An invoice tells it of payments, or a payment of invoices; where both do, the invoice's counts.
    Where an invoice does not say how far a payment has come, the payment does. What a refund that
    names its payment says is told by that payment already. `settled_on` is the day from which it
    counts for the invoice, `received_on` that on which the money came. A match that is only
    proposed, and a share of a payment that failed, has 0 as `is_applied`.
    """
    told = f"coalesce({sql.day('a.paid_at')}, {sql.day('a.approved_at')})"
    status = "coalesce(a.payment_status, p.status)"
    applied, paid = (
        f"coalesce({one}_on, {sql.day(f'{one}_at')})" for one in ("s.applied", "p.paid")
    )
    return f"""\
SELECT a.connection, a.invoice_id, a.payment_id, a.position, a.currency, a.amount,
  {status} AS status,
  CASE WHEN a.approved AND coalesce({status}, 'settled') NOT IN ({UNSETTLED}) THEN 1
    ELSE 0 END AS is_applied,
  {told} AS settled_on, {told} AS received_on
FROM payment_allocations AS a
LEFT JOIN payments AS p ON p.connection = a.connection AND p.id = a.payment_id
  AND p.absent_since IS NULL
UNION ALL
SELECT s.connection, s.invoice_id, s.payment_id, s.position, s.currency, s.amount, p.status,
  CASE WHEN p.status IN ({UNSETTLED}) THEN 0 ELSE 1 END AS is_applied,
  coalesce({applied}, {paid}) AS settled_on, coalesce({paid}, {applied}) AS received_on
FROM payment_applications AS s
JOIN payments AS p ON p.connection = s.connection AND p.id = s.payment_id
WHERE s.invoice_id IS NOT NULL AND p.absent_since IS NULL AND p.refund_of_id IS NULL
  AND NOT EXISTS (
    SELECT 1 FROM payment_allocations AS a WHERE a.connection = s.connection
      AND a.invoice_id = s.invoice_id AND a.payment_id = s.payment_id
  )"""


def _payments(sql: MetricDialect, given: MetricParameters) -> str:
    """Each payment that has come, less what was paid back, in whole minor units.

    Some vendors list payments, others only show them at the invoices that they are applied to. What
    was paid back is `refunded`, or what refunds and lost disputes that name the payment add up to,
    if that is more: a vendor may count disputes in neither. Invoices that were read at different
    times may tell it differently: then the least counts.
    """
    return f"""\
WITH known AS (
  SELECT p.connection, p.id, p.currency, p.status, {sql.units("p.amount")} AS amount,
    coalesce({sql.units("p.refunded")}, 0) AS refunded
  FROM payments AS p JOIN metric_currencies AS c ON c.currency = p.currency
  WHERE p.absent_since IS NULL AND p.refund_of_id IS NULL
  UNION
  SELECT a.connection, a.payment_id, a.payment_currency, a.payment_status,
    {sql.units("a.payment_amount")}, coalesce({sql.units("a.payment_refunded")}, 0)
  FROM payment_allocations AS a JOIN metric_currencies AS c ON c.currency = a.payment_currency
  WHERE a.payment_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM payments AS p WHERE p.connection = a.connection AND p.id = a.payment_id
  )
), back AS (
  SELECT p.connection, p.refund_of_id AS id, p.currency, sum(-{sql.units("p.amount")}) AS amount
  FROM payments AS p JOIN metric_currencies AS c ON c.currency = p.currency
  WHERE p.absent_since IS NULL AND p.refund_of_id IS NOT NULL
    AND coalesce(p.status, 'settled') NOT IN ('pending', {UNSETTLED})
  GROUP BY p.connection, p.refund_of_id, p.currency
)
SELECT k.connection, k.id, k.currency,
  min(k.amount - CASE WHEN b.amount > k.refunded THEN b.amount ELSE k.refunded END) AS amount
FROM known AS k
LEFT JOIN back AS b ON b.connection = k.connection AND b.id = k.id AND b.currency = k.currency
WHERE k.amount IS NOT NULL AND coalesce(k.status, 'settled') NOT IN ({NOT_RECEIVED})
GROUP BY k.connection, k.id, k.currency"""


def _cash(sql: MetricDialect, given: MetricParameters) -> str:
    """Each payment of a customer with what of it is applied.

    Where of a connection nothing is said to be applied, nobody can say which payments are.
    """
    amount = sql.units("a.amount")
    return f"""\
WITH applied AS (
  SELECT a.connection, a.payment_id, min(a.currency) AS currency, sum({amount}) AS amount,
    CASE WHEN min(a.currency) = max(a.currency) AND count(a.currency) = count(*)
      AND count({amount}) = count(*) THEN 1 ELSE 0 END AS is_whole
  FROM metric_applied AS a LEFT JOIN metric_currencies AS c ON c.currency = a.currency
  WHERE a.is_applied = 1 GROUP BY a.connection, a.payment_id
)
SELECT k.connection, k.id, k.currency, k.amount, coalesce(a.amount, 0) AS applied
FROM metric_payments AS k
LEFT JOIN applied AS a ON a.connection = k.connection AND a.payment_id = k.id
WHERE (a.payment_id IS NULL OR (a.currency = k.currency AND a.is_whole = 1))
  AND k.connection IN (SELECT connection FROM invoices WHERE kind = 'receivable')
  AND k.connection IN (SELECT connection FROM metric_applied)"""


PAID_IN_PART = """\
SELECT connection, invoice_id AS id FROM metric_applied
    WHERE is_applied = 1 GROUP BY connection, invoice_id"""
"""The invoices that some payment is applied to."""

APPLIED = BaseView("metric_applied", (), _applied)
"""What of which payment is applied to which invoice."""

CASH = (
    BaseView("metric_payments", ("metric_currencies",), _payments),
    BaseView("metric_cash", ("metric_currencies", "metric_payments", "metric_applied"), _cash),
)
"""The views of payments."""
