"""Links by rules in SQL: those a rule has found, and touches by the periods of invoices.

A touch falls into an invoice's period if both are of one customer of one connection. What is
derived from such a touch is linked just as the touch is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from duetrail.model import Link
from duetrail.source import Period
from duetrail.stores.database import EACH, Database, json_list

_LINK = "connection, record, id, invoice_connection, invoice_id, how, rule"


class SqlitePeriods(Database):
    """See `duetrail.stores.base.Store`."""

    def replace_links(self, table: str, links: Iterable[Link]) -> int:
        # SQLite moves a temporary table to a file when it grows, so memory stays flat.
        self._db.execute(f"CREATE TEMP TABLE wanted ({_LINK}, PRIMARY KEY ({_LINK})) WITHOUT ROWID")
        self._db.executemany(
            "INSERT OR IGNORE INTO wanted VALUES (?, ?, ?, ?, ?, ?, ?)", map(_values, links)
        )
        dropped = self._db.execute(
            "DELETE FROM links WHERE record = ? AND how = 'derived' "
            f"AND ({_LINK}) NOT IN (SELECT {_LINK} FROM wanted)",
            (table,),
        )
        added = self._db.execute(
            f"INSERT OR IGNORE INTO links ({_LINK}) SELECT {_LINK} FROM wanted"
        )
        self._db.execute("DROP TABLE wanted")
        return dropped.rowcount + added.rowcount

    def link_periods(self, connection: str, rules: Sequence[Period]) -> int:
        gone = self._db.execute(
            "DELETE FROM links WHERE connection = ? AND how = 'derived' "
            f"AND record <> 'invoices' AND rule NOT IN {EACH}",
            (connection, json_list(rule.name for rule in rules)),
        )
        return gone.rowcount + sum(self._link_period(connection, rule) for rule in rules)

    def _link_period(self, connection: str, rule: Period) -> int:
        touches = f"{rule.touch.table} AS touch"
        fits = (
            "invoices.connection = touch.connection AND invoices.customer_id = touch.customer_id "
            f"AND touch.{rule.at} >= invoices.period_start_at "
            f"AND touch.{rule.at} < invoices.period_end_at "
            "AND touch.absent_since IS NULL AND invoices.absent_since IS NULL"
        )
        fits += "".join(f" AND touch.{column} = ?" for column in rule.where)
        values = (*rule.where.values(), connection)
        dropped = self._db.execute(
            "DELETE FROM links WHERE connection = ? AND record = ? AND how = 'derived' "
            f"AND rule = ? AND NOT EXISTS (SELECT 1 FROM {touches} JOIN invoices ON {fits} "
            "WHERE touch.connection = ? AND touch.id = links.id "
            "AND invoices.id = links.invoice_id)",
            (connection, rule.touch.table, rule.name, *values),
        )
        added = self._db.execute(
            f"INSERT OR IGNORE INTO links ({_LINK}) SELECT touch.connection, ?, touch.id, "
            "invoices.connection, invoices.id, 'derived', ? "
            f"FROM {touches} JOIN invoices ON {fits} WHERE touch.connection = ?",
            (rule.touch.table, rule.name, *values),
        )
        return dropped.rowcount + added.rowcount + self._follow_period(connection, rule)

    def _follow_period(self, connection: str, rule: Period) -> int:
        """Link what is derived from such touches just as they are."""
        leading = (
            "FROM links AS lead JOIN derivations AS d USING (connection, record, id) "
            "WHERE lead.connection = :connection AND lead.record = :touch "
            "AND how = 'derived' AND rule = :rule"
        )
        values = {"connection": connection, "touch": rule.touch.table, "rule": rule.name}
        dropped = self._db.execute(
            "DELETE FROM links WHERE connection = :connection "
            "AND record NOT IN (:touch, 'invoices') "
            f"AND how = 'derived' AND rule = :rule AND NOT EXISTS (SELECT 1 {leading} "
            "AND derived = links.record AND derived_id = links.id "
            "AND lead.invoice_id = links.invoice_id)",
            values,
        )
        added = self._db.execute(
            f"INSERT OR IGNORE INTO links ({_LINK}) SELECT connection, derived, derived_id, "
            f"invoice_connection, invoice_id, how, rule {leading}",
            values,
        )
        return dropped.rowcount + added.rowcount

    def miscounted(self, connection: str, rule: Period) -> Iterator[tuple[str, int, int]]:
        first = self._first(connection, rule)
        if rule.counted is None or first is None:
            return
        yield from self._stream(
            f"SELECT invoices.id, {rule.counted} AS counted, count(links.id) AS found "
            "FROM invoices LEFT JOIN links ON links.invoice_connection = invoices.connection "
            "AND links.invoice_id = invoices.id AND links.record = ? AND links.rule = ? "
            f"WHERE invoices.connection = ? AND {rule.counted} IS NOT NULL "
            "AND invoices.customer_id IS NOT NULL AND invoices.absent_since IS NULL "
            "GROUP BY invoices.id HAVING found > counted "
            "OR (found < counted AND invoices.period_start_at >= ?) ORDER BY 1",
            (rule.touch.table, rule.name, connection, first),
        )

    def _first(self, connection: str, rule: Period) -> str | None:
        """When the first such touch was; None where none was ever read."""
        where = "".join(f" AND {column} = ?" for column in rule.where)
        sql = f"SELECT min({rule.at}) FROM {rule.touch.table} WHERE connection = ?{where}"
        ((first,),) = self._read(sql, (connection, *rule.where.values()))
        return None if first is None else str(first)


def _values(link: Link) -> tuple[str, ...]:
    """A link as its row."""
    return (*link.touch, link.invoice.connection, link.invoice.id, link.how.value, link.rule)
