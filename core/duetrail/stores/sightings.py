"""Where records were seen: observations in SQLite, read for everything but a decision."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from duetrail.model import Ref
from duetrail.stores.conditions import Conditions
from duetrail.stores.database import SEEN, Database, by_table, columns_of
from duetrail.stores.dialect import Dialect
from duetrail.stores.queries import ObservationQuery
from duetrail.stores.situation import Observation
from duetrail.stores.values import as_line

OBSERVATION = columns_of(Observation)
"""The columns of an observation."""


def answered(dialect: Dialect, condition: str) -> str:
    """SQL for an observation `o` whose key was answered as this says of `answered`."""
    return (
        "EXISTS (SELECT 1 FROM checkpoints AS answered WHERE answered.connection = o.connection "
        f"AND answered.resource = o.resource AND answered.shard = {dialect.key} "
        f"AND answered.state = 'done' AND {condition})"
    )


# A content is kept as a variant for as long as anything shows it, even when nothing differs from it
# any more. So that only tells where to look; what was once different must not count.
DIFFERING = (
    "hash IN (SELECT hash FROM variants) AND EXISTS ("
    "SELECT 1 FROM observations AS different WHERE different.connection = o.connection "
    "AND different.record = o.record AND different.id = o.id AND different.hash <> o.hash)"
)
"""SQL for an observation `o` that says something else than another of its record."""


class Sightings(Database):
    """See `duetrail.stores.base.Store`."""

    def observations(self, query: ObservationQuery) -> Iterator[Observation]:
        is_whole = query.is_newest_first or query.most is not None
        if query.refs is None or is_whole:
            return self._observations(query, _those(query, self.dialect))
        return self._observations_of(query, query.refs)

    def _observations_of(
        self, query: ObservationQuery, refs: Collection[Ref]
    ) -> Iterator[Observation]:
        # An index finds ids of one table faster than whole references.
        for (connection, table), ids in by_table(refs).items():
            where = _those(query._replace(refs=None), self.dialect)
            where.add("connection = :of AND record = :record", of=connection, record=table)
            where.among("ids", ids, "id")
            yield from self._observations(query, where)

    def _observations(self, query: ObservationQuery, where: Conditions) -> Iterator[Observation]:
        # By place within a run, so that the same store gives the same order on every machine.
        order = f"ORDER BY {SEEN} DESC, within" if query.is_newest_first else ""
        most = "" if query.most is None else f"LIMIT {query.most}"
        sql = f"SELECT {_READ} FROM observations AS o {where} {order} {most}"
        return map(Observation._make, self._stream(sql, where.values))

    def _count_observed(self, query: ObservationQuery) -> dict[str | None, int]:
        where = _those(query, self.dialect)
        sql = f"SELECT record, count(DISTINCT id) FROM observations AS o {where} GROUP BY record"
        return dict(self._read(sql, where.values))


_READ = ", ".join(SEEN if column == "run" else f"o.{column}" for column in OBSERVATION.split(", "))


def _those(query: ObservationQuery, dialect: Dialect) -> Conditions:
    where = Conditions(dialect)
    where.among("refs", query.refs, "o.connection", "o.record", "o.id")
    where.equal(page=query.page, connection=query.connection, resource=query.resource)
    where.among("shapes", query.shapes, "shape")
    where.among("keys", None if query.keys is None else map(as_line, query.keys), "within")
    if query.is_present:
        where.add("missing IN (0, :missing_in)", missing_in=query.missing_in)
    if query.answered_since is not None:
        # A key that was not answered proves nothing of what stands under it.
        later = f"(answered.run >= :answered OR answered.run > {SEEN})"
        where.add(answered(dialect, later), answered=query.answered_since)
    if query.is_differing:
        where.add(DIFFERING)
    return where
