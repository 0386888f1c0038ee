"""Links by rules in SQL: those a rule has found, and touches by the periods of invoices.

A touch falls into an invoice's period if both are of one customer of one connection. What is
derived from such a touch is linked just as the touch is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager

from duetrail.model import Link, Ref
from duetrail.source import Period
from duetrail.stores.conditions import Conditions
from duetrail.stores.database import by_table
from duetrail.stores.records import LINK, Records, link_of, link_values, with_links
from duetrail.stores.schema.statements import insert_new
from duetrail.stores.situation import Past


class Periods(Records):
    """See `duetrail.stores.base.Store`."""

    def replace_links(
        self,
        table: str | None,
        links: Iterable[Link],
        run: int,
        rules: Collection[str] | None = None,
    ) -> int:
        where = self._where()
        where.add("how = 'derived'")
        where.equal(record=table)
        if table is None:
            where.add("record <> 'invoices'")
        where.among("rules", rules, "rule")
        with self._noting_relinked(run):
            return self._replace_links(where, links)

    def _replace_links(self, where: Conditions, links: Iterable[Link]) -> int:
        # SQLite moves a temporary table to a file when it grows, so memory stays flat.
        columns = ", ".join(f"{column} TEXT" for column in LINK.split(", "))
        self._read(f"CREATE TEMP TABLE wanted ({columns}, PRIMARY KEY ({LINK}))")
        self._write(insert_new("wanted", LINK), map(link_values, links))
        changed = self._changed(
            f"DELETE FROM links {where} AND ({LINK}) NOT IN (SELECT {LINK} FROM wanted)",
            where.values,
        )
        changed += self._changed(
            f"INSERT INTO links ({LINK}) SELECT {LINK} FROM wanted WHERE true "
            "ON CONFLICT DO NOTHING"
        )
        self._read("DROP TABLE wanted")
        return changed

    def link_periods(
        self, connection: str, rules: Sequence[Period], run: int, others: Collection[str] = ()
    ) -> int:
        with self._noting_relinked(run):
            return self._link_periods(connection, rules, others)

    @contextmanager
    def _noting_relinked(self, run: int) -> Iterator[None]:
        """Note a run in every record of which a link is added or removed meanwhile."""
        columns = ", ".join(f"{column} TEXT" for column in LINK.split(", "))
        self._read(f"CREATE TEMP TABLE relinked ({columns}, is_new INTEGER)")
        for event, row, is_new in (("INSERT", "NEW", 1), ("DELETE", "OLD", 0)):
            link = ", ".join(f"{row}.{column}" for column in LINK.split(", "))
            self._read(
                f"CREATE TEMP TRIGGER relinked_by_{event} AFTER {event} ON links BEGIN "
                f"INSERT INTO relinked VALUES ({link}, {is_new}); END"
            )
        yield
        self._keep_relinked(run)
        for (table,) in self._read("SELECT DISTINCT record FROM relinked"):
            self._read(
                f"UPDATE {table} SET changed_run = :run FROM relinked AS r "
                f"WHERE r.record = :table AND {table}.connection = r.connection "
                f"AND {table}.id = r.id AND changed_run IS NOT :run",
                {"run": run, "table": table},
            )
        self._read("DROP TRIGGER relinked_by_INSERT")
        self._read("DROP TRIGGER relinked_by_DELETE")
        self._read("DROP TABLE relinked")

    def _keep_relinked(self, run: int) -> None:
        """Keep what records were before their links came or went."""
        if not self._begun(run):
            return
        for (table,) in self._read("SELECT DISTINCT record FROM relinked"):
            older = (
                f"SELECT DISTINCT connection, id FROM relinked JOIN {table} "
                "USING (connection, id) WHERE record = ? AND coalesce(changed_run, 0) < ?"
            )
            if not self._read(f"{older} LIMIT 1", (table, run)):  # as after a first sync
                continue
            self._read("CREATE INDEX IF NOT EXISTS relinked_by_id ON relinked (connection, id)")
            found = self._stream(older, (table, run))
            refs = (Ref(connection, table, id) for connection, id in found)
            self._keep_past(refs, run, self._before_rules)

    def _before_rules(self, past: list[Past]) -> list[Past]:
        """Records with the links that they had: no link comes and goes again by one step."""
        rows = [row for row, _ in past]
        links = {link for _, found in past for link in found}
        for (connection, table), ids in by_table(row.ref for row in rows).items():
            for *link, is_new in self._read(
                f"SELECT {LINK}, is_new FROM relinked WHERE connection = ? AND record = ? "
                f"AND id IN {self.dialect.each}",
                (connection, table, self.dialect.bound(ids)),
            ):
                (links.discard if is_new else links.add)(link_of(link))
        return with_links(rows, links)

    def _link_periods(
        self, connection: str, rules: Sequence[Period], others: Collection[str]
    ) -> int:
        where = self._where()
        where.equal(connection=connection)
        where.add("how = 'derived' AND record <> 'invoices'")
        where.among("rules", [*others, *(rule.name for rule in rules)], "rule", is_not=True)
        gone = self._changed(f"DELETE FROM links {where}", where.values)
        return gone + sum(self._link_period(connection, rule) for rule in rules)

    def _link_period(self, connection: str, rule: Period) -> int:
        touches = f"{rule.touch.table} AS touch"
        fits = (
            "invoices.connection = touch.connection AND invoices.customer_id = touch.customer_id "
            f"AND touch.{rule.at} >= invoices.period_start_at "
            f"AND touch.{rule.at} < invoices.period_end_at "
            "AND touch.absent_since IS NULL AND invoices.absent_since IS NULL"
        )
        fits += "".join(f" AND touch.{column} = :{column}" for column in rule.where)
        values = {**rule.where, "of": connection, "touches": rule.touch.table, "rule": rule.name}
        changed = self._changed(
            "DELETE FROM links WHERE connection = :of AND record = :touches AND how = 'derived' "
            f"AND rule = :rule AND NOT EXISTS (SELECT 1 FROM {touches} JOIN invoices ON {fits} "
            "WHERE touch.connection = :of AND touch.id = links.id "
            "AND invoices.id = links.invoice_id)",
            values,
        )
        changed += self._changed(
            f"INSERT INTO links ({LINK}) SELECT touch.connection, :touches, touch.id, "
            "invoices.connection, invoices.id, 'derived', :rule "
            f"FROM {touches} JOIN invoices ON {fits} WHERE touch.connection = :of "
            "ON CONFLICT DO NOTHING",
            values,
        )
        return changed + self._follow_period(connection, rule)

    def _follow_period(self, connection: str, rule: Period) -> int:
        """Link what is derived from such touches just as they are."""
        leading = (
            "FROM links AS lead JOIN derivations AS d USING (connection, record, id) "
            "WHERE lead.connection = :connection AND lead.record = :touch "
            "AND how = 'derived' AND rule = :rule"
        )
        values = {"connection": connection, "touch": rule.touch.table, "rule": rule.name}
        changed = self._changed(
            "DELETE FROM links WHERE connection = :connection "
            "AND record NOT IN (:touch, 'invoices') "
            f"AND how = 'derived' AND rule = :rule AND NOT EXISTS (SELECT 1 {leading} "
            "AND derived = links.record AND derived_id = links.id "
            "AND lead.invoice_id = links.invoice_id)",
            values,
        )
        return changed + self._changed(
            f"INSERT INTO links ({LINK}) SELECT connection, derived, derived_id, "
            f"invoice_connection, invoice_id, how, rule {leading} ON CONFLICT DO NOTHING",
            values,
        )

    def miscounted(self, connection: str, rule: Period) -> Iterator[tuple[str, int, int]]:
        first = self._first(connection, rule)
        if rule.counted is None or first is None:
            return
        yield from self._stream(
            f"SELECT invoices.id, {rule.counted} AS counted, count(links.id) AS found "
            "FROM invoices LEFT JOIN links ON links.invoice_connection = invoices.connection "
            "AND links.invoice_id = invoices.id AND links.record = :touches AND links.rule = :rule "
            f"WHERE invoices.connection = :connection AND {rule.counted} IS NOT NULL "
            "AND invoices.customer_id IS NOT NULL AND invoices.absent_since IS NULL "
            f"GROUP BY invoices.id, {rule.counted}, invoices.period_start_at "
            f"HAVING count(links.id) > {rule.counted} "
            f"OR (count(links.id) < {rule.counted} AND invoices.period_start_at >= :first) "
            "ORDER BY invoices.id",
            {
                "touches": rule.touch.table,
                "rule": rule.name,
                "connection": connection,
                "first": first,
            },
        )

    def _first(self, connection: str, rule: Period) -> str | None:
        """When the first such touch was; None where none was ever read."""
        where = self._where()
        where.equal(connection=connection, **rule.where)
        sql = f"SELECT min({rule.at}) FROM {rule.touch.table} {where}"
        ((first,),) = self._read(sql, where.values)
        return None if first is None else str(first)
