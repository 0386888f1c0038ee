"""The situation in SQLite: everything that a decision has to know, in one batched read.

First it is asked which records were ever observed. Of those that were not, which on a first load
are nearly all, nothing else is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet

from duetrail.model import Ref
from duetrail.stores.database import by_table
from duetrail.stores.records import Records
from duetrail.stores.rejects import OpenRejects
from duetrail.stores.rows import is_touch
from duetrail.stores.sightings import OBSERVATION
from duetrail.stores.situation import (
    Observation,
    Place,
    Question,
    Sights,
    Situation,
    StoredDocument,
)
from duetrail.stores.sqlite_dialect import SQLITE

EACH, EACH_PAIR = SQLITE.each, SQLITE.each_pair

Here = Mapping[Ref, Mapping[Place, Observation]]


class SqliteSituations(Records, OpenRejects):
    """Answers the question of a decision."""

    def situation(self, question: Question) -> Situation:
        said = self._said(question.sights)
        document, page = self._next_numbers()
        situation = Situation(
            observations=self._in_places({ref: question.sights[ref] for ref in said}),
            next_document=document,
            next_page=page,
            rejects=self._open_rejects(question.rejects, question.mapped),
        )
        agreed = self._read_others(situation, question, said)
        situation.documents = self._documents(situation.observations)
        known = situation.observations.keys() | situation.others.keys()
        if known:
            self._read_known(situation, question, known, agreed)
        else:
            self._read_rows(situation, question.rows)
        return situation

    def _read_known(
        self,
        situation: Situation,
        question: Question,
        known: AbstractSet[Ref],
        agreed: AbstractSet[Ref],
    ) -> None:
        """What there is of records that were observed before.

        Args:
            situation: Where it is noted.
            question: What has to be known.
            known: The records.
            agreed: Those of which all that is and was said is the same.
        """
        observed = {ref: situation.observed(ref) for ref in known - agreed}
        hashes = {
            one.hash
            for ref, found in observed.items()
            if len(found) > 1 or ref in question.merged
            for one in found
        }
        situation.variants = self._variants(hashes)
        situation.derived = self._derived(known)
        followers = {ref for found in situation.derived.values() for ref in found}
        agreeing = agreed | {
            ref
            for ref, found in observed.items()
            if ref not in question.merged
            and is_agreed(found, question.sights.get(ref, ()), situation.variants)
        }
        # Of a record that stays as it is, only whether it is marked as absent counts.
        differing = known - agreeing
        self._read_rows(situation, differing | followers | question.rows)
        situation.absent |= self._absent(agreeing)
        touches = {ref for ref in (*known, *followers) if is_touch(ref.record)}
        for link in self._links_of(touches | situation.rows.keys()):
            situation.links.setdefault(link.touch, set()).add(link)

    def _said(self, refs: Iterable[Ref], but: int = 0) -> dict[Ref, bytes]:
        """By its hash, what an observation says of each record that has more than so many.

        The first ones in the order of the primary key: no others are looked at.
        """
        found: dict[Ref, bytes] = {}
        for (connection, table), ids in by_table(refs).items():
            rows = self._read(
                # Materialised, or each hash would be looked up twice: to compare and to give it.
                "WITH said AS MATERIALIZED (SELECT asked.value AS id, "
                "(SELECT hash FROM observations WHERE connection = ? AND record = ? "
                f"AND id = asked.value LIMIT 1 OFFSET ?) AS hash FROM {EACH} AS asked) "
                "SELECT id, hash FROM said WHERE hash IS NOT NULL",
                (connection, table, but, self.dialect.bound(ids)),
            )
            found.update((Ref(connection, table, id), hash) for id, hash in rows)
        return found

    def _in_places(self, sights: Mapping[Ref, Sights]) -> dict[Ref, dict[Place, Observation]]:
        """The observations in the places of these sights."""
        groups: dict[tuple[str, str, str, str], list[tuple[str, str]]] = {}
        for ref, shown in sights.items():
            for (resource, shape, within), _ in shown:
                kind = (ref.connection, ref.record, resource, shape)
                groups.setdefault(kind, []).append((ref.id, within))
        found: dict[Ref, dict[Place, Observation]] = {}
        for kind, places in groups.items():
            for row in self._read(
                f"SELECT {OBSERVATION} FROM observations WHERE connection = ? AND record = ? "
                f"AND resource = ? AND shape = ? AND (id, within) IN {EACH_PAIR}",
                (*kind, self.dialect.bound(places)),
            ):
                one = Observation(*row)
                found.setdefault(one.ref, {})[one.place] = one
        return found

    def _read_others(
        self, situation: Situation, question: Question, said: Mapping[Ref, bytes]
    ) -> set[Ref]:
        """What counts of the observations in other places.

        A record may stand in very many places, such as a customer inside each of its invoices. As
        long as all say the same, one of them says it all.

        Returns:
            The records that stand in other places only, where all that is and was said is the same.
        """
        here = situation.observations
        found = {ref: hash for ref, hash in said.items() if ref not in here}
        counts: dict[int, list[Ref]] = {}
        for ref, places in here.items():
            counts.setdefault(len(places), []).append(ref)
        for count, refs in counts.items():
            found |= self._said(refs, but=count)
        variants = self._variants(set(found.values()))
        differing = set(question.merged)
        for ref, hash in found.items():
            if hash in variants or any(shown != hash for _, shown in question.sights[ref]):
                differing.add(ref)
        agreeing = {ref: hash for ref, hash in found.items() if ref not in differing}
        situation.others = {ref: [somewhere(ref, hash)] for ref, hash in agreeing.items()}
        situation.others |= self._best_others(differing, here)
        return agreeing.keys() - here.keys()

    def _best_others(self, refs: Collection[Ref], here: Here) -> dict[Ref, list[Observation]]:
        """The best observation of each record in each shape, and in each place but those known."""
        found: dict[Ref, list[Observation]] = {}
        most = 1 + max((len(here.get(ref, ())) for ref in refs), default=0)
        for (connection, table), ids in by_table(refs).items():
            for row in self._read(
                f"SELECT {OBSERVATION} FROM (SELECT *, row_number() OVER ("
                "PARTITION BY id, resource, shape "
                "ORDER BY missing = 0 DESC, version DESC, hash DESC) AS place FROM observations "
                f"WHERE connection = ? AND record = ? AND id IN {EACH}) WHERE place <= ?",
                (connection, table, self.dialect.bound(ids), most),
            ):
                one = Observation(*row)
                if one.place not in here.get(one.ref, ()):
                    found.setdefault(one.ref, []).append(one)
        return found

    def _next_numbers(self) -> tuple[int, int]:
        """The numbers of the next new document and page; no number is given twice."""
        ((document, page),) = self._read(
            "SELECT 1 + coalesce((SELECT max(document) FROM documents), 0), "
            "1 + max((SELECT coalesce(max(number), 0) FROM pages), "
            "(SELECT coalesce(max(page), 0) FROM extras), "
            "(SELECT coalesce(max(page), 0) FROM observations))"
        )
        return document, page

    def _documents(self, here: Here) -> dict[int, StoredDocument]:
        if not here:
            return {}
        numbers = {one.document for places in here.values() for one in places.values()}
        found = self._read(
            f"SELECT document, hash, page, run, items FROM documents WHERE document IN {EACH}",
            (self.dialect.bound(numbers),),
        )
        return {row[0]: StoredDocument(*row) for row in found}

    def _read_rows(self, situation: Situation, refs: Iterable[Ref]) -> None:
        for row in self._rows_among(refs):
            situation.rows[row.ref] = row
            if row.absent_since:
                situation.absent.add(row.ref)

    def _variants(self, hashes: Collection[bytes]) -> dict[bytes, str]:
        """The contents that are kept under these hashes."""
        found: dict[bytes, str] = {}
        if not hashes or not self._read("SELECT 1 FROM variants LIMIT 1"):
            return found
        for among, part in self.dialect.among(sorted(hashes)):
            found |= self._read(f"SELECT hash, content FROM variants WHERE hash {among}", part)
        return found


def somewhere(ref: Ref, hash: bytes) -> Observation:
    """An observation of which only what it says is known, as of all others of its record."""
    return Observation(*ref, "", "", "", "", hash, 0, 0, "", 0)


def is_agreed(
    observed: Iterable[Observation], sights: Sights, variants: Mapping[bytes, str]
) -> bool:
    """Whether all that is and was said of a record is the same."""
    said = {hash for _, hash in sights}
    said.update(one.hash for one in observed)
    return len(said) == 1 and said.isdisjoint(variants)
