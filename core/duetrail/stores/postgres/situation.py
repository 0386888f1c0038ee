"""The situation in PostgreSQL: few statements, however many records a page has.

The same as in SQLite (`duetrail.stores.sqlite_situation`), asked for in other portions: what was
observed of all records at once, what belongs to them, and their rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import groupby
from typing import Any

from duetrail.model import Link, LinkKind, Ref
from duetrail.stores.database import by_table
from duetrail.stores.postgres.columns import as_list, as_time, values_of
from duetrail.stores.postgres.database import PostgresDatabase
from duetrail.stores.records import LINK, link_of
from duetrail.stores.rows import Row, Table, is_touch, table_of
from duetrail.stores.sightings import OBSERVATION
from duetrail.stores.situation import (
    Observation,
    OpenReject,
    Question,
    Situation,
    StoredDocument,
)
from duetrail.stores.sqlite_situation import is_agreed, somewhere

_O = ", ".join(f"o.{name}" for name in OBSERVATION.split(", "))
_WIDTH = len(OBSERVATION.split(", "))
_REF = "connection, record, id"

# Each record with its first observations, one more than the places that are asked for; then those
# in these places; last, the next numbers.
_OBSERVED = f"""
WITH asked AS (
  SELECT a.value ->> 0 AS connection, a.value ->> 1 AS record, a.value ->> 2 AS id,
    CAST(a.value ->> 3 AS integer) AS places
  FROM json_array_elements(CAST(:refs AS json)) AS a
), spots AS (
  SELECT a.value ->> 0 AS connection, a.value ->> 1 AS record, a.value ->> 2 AS id,
    a.value ->> 3 AS resource, a.value ->> 4 AS shape, a.value ->> 5 AS within
  FROM json_array_elements(CAST(:places AS json)) AS a
), found AS (
  SELECT 0 AS is_here, {_O} FROM asked CROSS JOIN LATERAL (
    SELECT * FROM observations AS s WHERE s.connection = asked.connection
      AND s.record = asked.record AND s.id = asked.id
    ORDER BY resource, shape, within LIMIT asked.places + 1
  ) AS o
  UNION ALL
  SELECT 1, {_O} FROM spots JOIN observations AS o
    USING (connection, record, id, resource, shape, within)
)
SELECT o.is_here, {_O}, v.content, d.document, d.hash, d.page, d.run, d.items
FROM found AS o LEFT JOIN variants AS v ON v.hash = o.hash
  LEFT JOIN documents AS d ON o.is_here = 1 AND d.document = o.document
UNION ALL
SELECT 2, {", ".join(["NULL"] * _WIDTH)}, NULL,
  1 + coalesce((SELECT max(document) FROM documents), 0), NULL,
  1 + greatest((SELECT max(number) FROM pages), (SELECT max(page) FROM extras),
    (SELECT max(page) FROM observations), 0),
  CAST(EXISTS (SELECT 1 FROM rejects) AS integer), NULL
ORDER BY 1, connection, record, id, resource, shape, within
"""

_BEST = f"""
SELECT {_O}, v.content FROM (
  SELECT *, row_number() OVER (PARTITION BY {_REF}, resource, shape
    ORDER BY missing = 0 DESC, version DESC, hash DESC) AS place
  FROM observations WHERE ({_REF}) IN {{refs}}
) AS o LEFT JOIN variants AS v ON v.hash = o.hash WHERE place <= :most
"""


class PostgresSituations(PostgresDatabase):
    """Answers the question of a decision."""

    def situation(self, question: Question) -> Situation:
        situation = Situation()
        first, contents, has_rejects = self._observed(question, situation)
        agreed = self._read_others(situation, question, first, contents)
        known = situation.observations.keys() | situation.others.keys()
        agreeing: AbstractSet[Ref] = frozenset()
        if known:
            agreeing = _agreeing(situation, question, known, agreed, contents)
        self._read_around(situation, question if has_rejects else None, known, agreeing, question)
        followers = {ref for found in situation.derived.values() for ref in found}
        rows = (known - agreeing) | followers | question.rows if known else question.rows
        for row, links in self._past_of(rows):
            situation.rows[row.ref] = row
            if links:
                situation.links[row.ref] = links
            if row.absent_since:
                situation.absent.add(row.ref)
        return situation

    def _observed(
        self, question: Question, situation: Situation
    ) -> tuple[dict[Ref, list[Observation]], dict[bytes, str], bool]:
        """What was observed in the places in question, and the next numbers.

        Returns:
            The first observations of each record, the contents of differing ones, and whether
            there are rejects.
        """
        sights = question.sights
        rows = self._read(
            _OBSERVED,
            {
                "refs": self.dialect.bound((*ref, len(seen)) for ref, seen in sights.items()),
                "places": self.dialect.bound(
                    (*ref, *place) for ref, seen in sights.items() for place, _ in seen
                ),
            },
        )
        first: dict[Ref, list[Observation]] = {}
        contents: dict[bytes, str] = {}
        has_rejects = False
        for is_here, *row in rows:
            *_, content, document, hash, page, run, items = row
            if is_here == 2:
                situation.next_document, situation.next_page = document, page
                has_rejects = bool(run)
                continue
            one = Observation._make(row[:_WIDTH])
            if content is not None:
                contents[one.hash] = content
            if not is_here:
                first.setdefault(one.ref, []).append(one)
                continue
            situation.observations.setdefault(one.ref, {})[one.place] = one
            if document is not None:
                stored = StoredDocument(document, hash, page, run, items)
                situation.documents[document] = stored
        return first, contents, has_rejects

    def _read_others(
        self,
        situation: Situation,
        question: Question,
        first: Mapping[Ref, list[Observation]],
        contents: dict[bytes, str],
    ) -> set[Ref]:
        """What counts of the observations in other places.

        Returns:
            The records that stand in other places only, where all that is and was said is the same.
        """
        here = situation.observations
        found = {
            ref: seen[len(here.get(ref, ()))].hash
            for ref, seen in first.items()
            if len(seen) > len(here.get(ref, ()))
        }
        differing = set(question.merged)
        for ref, hash in found.items():
            if hash in contents or any(shown != hash for _, shown in question.sights[ref]):
                differing.add(ref)
        agreeing = {ref: hash for ref, hash in found.items() if ref not in differing}
        situation.others = {ref: [somewhere(ref, hash)] for ref, hash in agreeing.items()}
        if differing:
            situation.others |= self._best_others(differing, situation, contents)
        return agreeing.keys() - here.keys()

    def _best_others(
        self, refs: Collection[Ref], situation: Situation, contents: dict[bytes, str]
    ) -> dict[Ref, list[Observation]]:
        """The best observation of each record in each shape, and in each place but those known."""
        here = situation.observations
        found: dict[Ref, list[Observation]] = {}
        sql = _BEST.format(refs=self.dialect.listed("refs", 3))
        most = 1 + max((len(here.get(ref, ())) for ref in refs), default=0)
        for *row, content in self._read(sql, {"refs": self.dialect.bound(refs), "most": most}):
            one = Observation._make(row)
            if content is not None:
                contents[one.hash] = content
            if one.place not in here.get(one.ref, ()):
                found.setdefault(one.ref, []).append(one)
        return found

    def _read_around(
        self,
        situation: Situation,
        rejecting: Question | None,
        known: Collection[Ref],
        agreeing: Collection[Ref],
        question: Question,
    ) -> None:
        """What belongs to records: what is derived, links, marks of absence; and rejects."""
        parts = [*(_of_known(agreeing) if known else ())]
        if rejecting is not None and rejecting.rejects:
            parts.append(_REJECTS.format("WHERE (connection, resource, shape, key) IN {seen}"))
        if rejecting is not None and rejecting.mapped:
            parts.append(_REJECTS.format("WHERE (connection, resource, item) IN {mapped}"))
        if not parts:
            return
        seen, mapped = self.dialect.listed("seen", 4), self.dialect.listed("mapped", 3)
        items = ((*place, id) for place, ids in question.mapped.items() for id in ids)
        sql = f"{_KNOWN} {' UNION ALL '.join(parts)}"
        for kind, *texts in self._read(
            sql.replace("{seen}", seen).replace("{mapped}", mapped),
            {
                "known": self.dialect.bound(known),
                "agreeing": self.dialect.bound(agreeing),
                "seen": self.dialect.bound(question.rejects),
                "mapped": self.dialect.bound(items),
            },
        ):
            _note(situation, kind, texts)

    def _past_of(self, refs: Iterable[Ref]) -> Iterator[tuple[Row, set[Link]]]:
        """The records that exist, with their children and links, by one statement."""
        tables = {name: table_of(name) for _, name in by_table(refs)}
        if not tables:
            return
        parts = [part for table in tables.values() for part in _whole(table)]
        wanted = self.dialect.listed("wanted", 3)
        sql = (
            f"WITH wanted ({_REF}) AS {wanted} {' UNION ALL '.join(parts)} "
            "ORDER BY record, connection, id, place, position"
        )
        found = self._read(sql, {"wanted": self.dialect.bound(refs)})
        for _, group in groupby(found, key=lambda row: (row[1], row[2], row[0])):
            one, *parts = group
            if not one[3]:  # what belongs to a record may be there without it
                yield _whole_row(tables, one, parts)


_KNOWN = (
    f"WITH known ({_REF}) AS (SELECT k.value ->> 0, k.value ->> 1, k.value ->> 2 "
    "FROM json_array_elements(CAST(:known AS json)) AS k), "
    f"agreeing ({_REF}) AS (SELECT k.value ->> 0, k.value ->> 1, k.value ->> 2 "
    "FROM json_array_elements(CAST(:agreeing AS json)) AS k), "
    f"read_off AS (SELECT d.* FROM known JOIN derivations AS d USING ({_REF}))"
)
_REJECTS = (
    "SELECT 'reject', connection, resource, shape, key, reason, json_path, within, item, "
    "CAST(run AS text) FROM rejects {}"
)


def _of_known(agreeing: Collection[Ref]) -> Iterator[str]:
    """The statements for what belongs to known records, each with nine columns of text."""
    rest = ", NULL, NULL"
    yield f"SELECT 'derived', {_REF}, derived, derived_id{rest}{rest} FROM read_off"
    links = f"SELECT 'link', {{}}{rest} FROM"
    mine = ", ".join(f"l.{name}" for name in LINK.split(", "))
    yield f"{links.format(mine)} known JOIN links AS l USING ({_REF})"
    yield (
        f"{links.format(mine)} (SELECT DISTINCT connection, derived, derived_id FROM read_off) "
        "AS r JOIN links AS l ON l.connection = r.connection AND l.record = r.derived "
        "AND l.id = r.derived_id"
    )
    for table in sorted({ref.record for ref in agreeing}):
        yield (
            f"SELECT 'absent', a.connection, a.record, a.id, NULL{rest}{rest}, NULL "
            f"FROM agreeing AS a JOIN {table} AS t USING (connection, id) "
            f"WHERE a.record = '{table}' AND t.absent_since IS NOT NULL"
        )


def _note(situation: Situation, kind: str, texts: list[Any]) -> None:
    """Note what `_of_known` and `_REJECTS` found."""
    if kind == "reject":
        *key, reason, json_path, within, item, run = texts
        connection, resource, shape, name = key
        one = OpenReject(reason, json_path, (shape, within, item), int(run))
        situation.rejects[connection, resource, shape, name] = one
        return
    ref = Ref(*texts[:3])
    if kind == "derived":
        before = situation.derived.get(ref, frozenset())
        situation.derived[ref] = before | {Ref(texts[0], texts[3], texts[4])}
    elif kind == "absent":
        situation.absent.add(ref)
    elif is_touch(ref.record):
        situation.links.setdefault(ref, set()).add(link_of(texts[:7]))


def _agreeing(
    situation: Situation,
    question: Question,
    known: AbstractSet[Ref],
    agreed: AbstractSet[Ref],
    contents: Mapping[bytes, str],
) -> AbstractSet[Ref]:
    """The records that stay as they are; and note the contents of those that differ."""
    observed = {ref: situation.observed(ref) for ref in known - agreed}
    for ref, found in observed.items():
        if len(found) > 1 or ref in question.merged:
            hashes = {one.hash for one in found} & contents.keys()
            situation.variants |= {hash: contents[hash] for hash in hashes}
    return agreed | {
        ref
        for ref, found in observed.items()
        if ref not in question.merged
        and is_agreed(found, question.sights.get(ref, ()), situation.variants)
    }


def _whole(table: Table) -> Iterator[str]:
    """The statements for rows of a table, their children and links, in one form."""
    here = f"wanted AS w JOIN {{}} AS t ON w.record = '{table.name}' AND t.connection = "
    here += "w.connection AND t.{} = w.id"
    yield (
        f"SELECT w.record AS record, w.connection AS connection, w.id AS id, '' AS place, "
        f"CAST(0 AS bigint) AS position, {as_list(table)}, {as_time('t.absent_since')}, "
        "coalesce(t.changed_run, 0) "
        f"FROM {here.format(table.name, 'id')}"
    )
    for child in table.children.values():
        yield (
            f"SELECT w.record, w.connection, w.id, '{child.name}', t.position, {as_list(child)}, "
            f"NULL, 0 FROM {here.format(child.name, child.parent)}"
        )
    yield (
        "SELECT w.record, w.connection, w.id, 'links', 0, "
        "ARRAY[invoice_connection, invoice_id, how, rule], NULL, 0 "
        f"FROM {here.format('links', 'id')} AND t.record = '{table.name}'"
    )


def _whole_row(
    tables: Mapping[str, Table], one: Any, parts: Iterable[Any]
) -> tuple[Row, set[Link]]:
    """A row with its children, and all its links."""
    record, connection, id, _, _, texts, absent_since, changed_run = one
    table = tables[record]
    children: dict[str, list[Any]] = {}
    by_name = {child.name: child for child in table.children.values()}
    links: set[Link] = set()
    for _, _, _, place, _, found, *_ in parts:
        if place == "links":
            links.add(link_of((connection, record, id, *found)))
        else:
            children.setdefault(place, []).append(values_of(by_name[place], found))
    row = Row(
        record,
        connection,
        id,
        values_of(table, texts),
        table.children_of(children),
        tuple(sorted(link.invoice for link in links if link.how is LinkKind.NATIVE)),
        absent_since,
        changed_run,
    )
    return row, links
