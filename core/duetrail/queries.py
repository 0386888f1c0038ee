"""What a store answers, without a request to any vendor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from duetrail import trail
from duetrail.model.refs import parse_ref
from duetrail.pipeline.digest import digest
from duetrail.pipeline.extras import extra_of
from duetrail.pipeline.open_rejects import find_rejects
from duetrail.pipeline.status import status
from duetrail.stores import RejectQuery, StoredReject
from duetrail.workspace import Workspace

if TYPE_CHECKING:  # what a sync does not need is imported by what needs it
    from duetrail.exports import Exported
    from duetrail.pipeline.change_feed import ChangeFeed
    from duetrail.pipeline.drift import Drift
    from duetrail.pipeline.events import Observer
    from duetrail.pipeline.explain import Explanation
    from duetrail.stores.metrics import MetricParameters, MetricRows
    from duetrail.trail import Disagreement, Timeline


class Queries(Workspace):
    """A configuration and its store, and what can be asked of them; nothing is written."""

    def status(self, *, with_digest: bool = False, with_checks: bool = False) -> dict[str, Any]:
        """What `duetrail status --json` says.

        Args:
            with_digest: Whether to add `digest`, one number for the whole content.
            with_checks: Whether to add `checks`: where a vendor's own numbers disagree.
        """
        store = self.bare_store
        answer = status(store)
        if with_digest:
            answer["digest"] = digest(store)
        if with_checks:
            answer["checks"] = [_told(one) for one in trail.checks(store, self.declared())]
        return answer

    def timeline(self, invoice: str, *, without_people: bool = False) -> Timeline:
        """Everything that happened on an invoice.

        Args:
            invoice: Its number, its id at the vendor, its ERP id, or CONNECTION:ID.
            without_people: Whether what the model calls personal is left out.

        Raises:
            UsageError: There is no such invoice, or there are several.
        """
        store = self.bare_store
        found = trail.find_invoice(store, invoice, without_people=without_people)
        return trail.timeline(store, found, without_people=without_people)

    def explain(self, record: str, field: str) -> Explanation:
        """Where a value came from: page, request, JSON path, plugin.

        Args:
            record: `CONNECTION:TABLE:ID`, such as `stuut:invoices:inv_1`.
            field: A field of the record, such as `amount_due`.

        Raises:
            UsageError: There is no such record or field.
            StoreError: The page it came from is no longer kept.
        """
        from duetrail.pipeline.explain import explain

        ref = parse_ref(record)
        wanted = {ref.connection: self.source(ref.connection)}
        return explain(self.store, wanted, ref, field)

    def extra_of(self, record: str) -> dict[str, Any]:
        """What a vendor sent of a stored record beyond its fields, whether or not its page is kept.

        Args:
            record: `CONNECTION:TABLE:ID`, such as `stuut:invoices:inv_1`.

        Raises:
            UsageError: There is no such connection or kind of record.
        """
        ref = parse_ref(record)
        source = self.source(ref.connection)
        return extra_of(self.store, source, ref)

    def drift(self, *connections: str) -> list[Drift]:
        """Where what vendors send is no longer what their plugins declare.

        Args:
            *connections: Their names; all configured ones if none is given.

        Raises:
            UsageError, PluginError, StoreError: As for `sync`.
        """
        from duetrail.pipeline.drift import drift

        ready, _ = self.sources(*connections)
        return list(drift(self.store, ready))

    def changes(
        self, since: int = 0, *, tables: Sequence[str] = (), connections: Sequence[str] = ()
    ) -> ChangeFeed:
        """What changed after a run, for whoever keeps a copy; read while it is iterated over.

        Args:
            since: The cursor of the last call, or the number of a run; 0 for everything.
            tables: Only these record tables; all if empty.
            connections: Only of these connections; of all if empty.

        Returns:
            An iterator of `RecordChange`, with the `cursor` to ask from next time.

        Raises:
            UsageError: There is no such table or connection, or there was no such run.
            StoreError: There is no store, or it cannot be used.
        """
        from duetrail.pipeline.change_feed import changes

        for name in connections:
            self.refuse_unknown(name)
        return changes(self.bare_store, since, tables, connections)

    def export(
        self,
        target: str,
        since: int = 0,
        *,
        tables: Sequence[str] = (),
        connections: Sequence[str] = (),
        write_line: Callable[[str], object] = print,
        observer: Observer | None = None,
    ) -> Exported:
        """Write the tables to files, or to a DuckDB file: all of them, or nothing.

        Args:
            target: `parquet:DIR`, `duckdb:FILE`, `jsonl:DIR`, `jsonl:-` (stdout) or `csv:DIR`.
            since: Only what changed after this run: the cursor of the last export; 0 for
                everything.
            tables: Only these record tables, with their children, and `links`; all if empty.
            connections: Only of these connections; of all if empty.
            write_line: Writes a line to stdout, where that is the target.
            observer: Hears about progress, as `CountedProgress` of record tables, their children
                included; what it raises is logged.

        Raises:
            UsageError: There is no such target, table, connection or run, or a library is missing.
            StoreError: The store cannot be read, or the target cannot be written.
        """
        from duetrail.exports import Target, export

        to = Target.parse(target)
        for name in connections:
            self.refuse_unknown(name)
        return export(self.bare_store, to, since, tables, connections, write_line, observer)

    def metric(self, name: str, on: date, **parameters: Any) -> MetricRows:
        """A number about the trail, as of the state that is stored (see `docs/metrics.md`).

        Args:
            name: The name of the metric, such as `ar_ageing`.
            on: The day to look at, to its end in UTC.
            **parameters: Other fields of `duetrail.stores.metrics.MetricParameters`.

        Raises:
            UsageError: There is no such metric or connection, or a parameter is wrong.
            StoreError: There is no store, or it cannot be used.
        """
        from duetrail.stores.metrics import read_metric

        return read_metric(self.bare_store, name, self._metric_parameters(on, parameters))

    def metric_sql(self, name: str | None, on: date, **parameters: Any) -> tuple[str, ...]:
        """The query of a metric, in the store's SQL; without a name, statements that make views.

        Arguments and errors are those of `metric`.
        """
        from duetrail.stores.metrics import metric_sql

        return metric_sql(self.bare_store, name, self._metric_parameters(on, parameters))

    def _metric_parameters(self, on: date, parameters: dict[str, Any]) -> MetricParameters:
        from duetrail.stores.metrics import MetricParameters

        for connection in parameters.get("connections", ()):
            self.refuse_unknown(connection)
        return MetricParameters(on=on, **parameters)

    def rejects(self, connection: str | None = None) -> list[StoredReject]:
        """The open rejects.

        Args:
            connection: Whose; None for all.

        Raises:
            UsageError: Neither the configuration nor the store knows that connection.
        """
        found = list(self.bare_store.rejects(RejectQuery(connection)))
        if not found and connection is not None:
            self.refuse_unknown(connection)
        return found

    def reject(self, number: str) -> StoredReject:
        """The open reject of a number, or of enough of its first digits.

        Raises:
            UsageError: No reject has such a number, or several have.
        """
        (found,) = find_rejects(self.bare_store, [number])
        return found


def _told(found: Disagreement) -> dict[str, str]:
    return {
        "connection": found.invoice.connection,
        "invoice": found.invoice.id,
        "check": found.check,
        "says": found.says,
        "found": found.found,
    }
