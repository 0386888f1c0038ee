"""Decide what a page changes: what is new, changed, unchanged, older or conflicting.

Everything here works on values. The store was read before (`Situation`) and is written after
(`Changes`). Several pages can be decided one after the other: each sees what those before it came
to, as if they had been written. What is stored already just so changes nothing: to commit a page
twice writes nothing the second time (idempotent).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from duetrail.model import Ref
from duetrail.pipeline.batch import Batch, Mapped, Rejected
from duetrail.pipeline.document_decisions import DocumentDecider, observed
from duetrail.pipeline.documents import Document
from duetrail.pipeline.link_decisions import LinkDecider
from duetrail.pipeline.merging import Merger
from duetrail.pipeline.outcome import Outcome
from duetrail.pipeline.record_decisions import RecordDecider
from duetrail.pipeline.reject_decisions import RejectDecider
from duetrail.pipeline.sights import Sight, is_contradicted, newest
from duetrail.pipeline.spelling import Spelling
from duetrail.source import Connection
from duetrail.stores import (
    Changes,
    Observation,
    Situation,
    StoredDocument,
    StoredPage,
    StoredReject,
)
from duetrail.stores.canonical import holds_json

_OLDER = "an older copy of what is stored"


class Decision(Struct, frozen=True):
    """What was decided of one batch.

    Attributes:
        outcome: What it came to.
        arrivals: Items that were not in their places before, by shape.
        doubtful: Touches with links by a key that may not hold any more.
        contradicted: Items that another sight in this run contradicts, by shape.
    """

    outcome: Outcome
    arrivals: Counter[str]
    doubtful: frozenset[Ref]
    contradicted: Counter[str] = field(default_factory=Counter)


class Decider:
    """Decides on batches within one situation.

    Args:
        situation: What is known; it is carried forward.
        run: The number of the run.
        store_page: A batch's page as it is to be kept.
        store_reject: A reject as it is to be kept, on a page of a number.
        is_struck: Whether an item differs from what is stored only by who was erased from it.
        extras: What no field of some items has a home for, as JSON; None where that stays in the
            page.
        recognises: Whether documents are to be recognised by their bytes from now on.

    Attributes:
        changes: What is to be written.
    """

    def __init__(
        self,
        situation: Situation,
        run: int,
        *,
        store_page: Callable[[Batch], StoredPage],
        store_reject: Callable[[Batch, Rejected, int], StoredReject],
        is_struck: Callable[[Mapped], bool] = lambda mapped: False,
        extras: Callable[[Iterable[Mapped]], str] | None = None,
        recognises: bool = True,
    ) -> None:
        self.changes = Changes(run)
        self._situation = situation
        self._run = run
        self._store_page = store_page
        self._merger = Merger(situation, self.changes)
        self._spelling = Spelling(situation, self.changes, self._merger.content)
        self._documents = DocumentDecider(situation, self.changes, run, recognises=recognises)
        self._records = RecordDecider(situation, self.changes)
        self._links = LinkDecider(situation, self.changes)
        self._rejects = RejectDecider(situation, self.changes, run, store_reject)
        self._is_struck = is_struck
        self._extras = extras

    def batch(self, batch: Batch) -> Decision:
        """Decide on a page that was received in this run."""
        items, older, partial = newest(self._spelling.settled(batch))
        sights = [self._sight(batch, mapped) for mapped in items]
        contradicted = {
            one.ref: one for one in sights if one.before and self._differs(one, [one.before])
        }
        news = self._rejects.new(batch)
        self._documents.forget_good(batch)
        doubted = partial | {one.document for one in batch.rejected} | self._rejects.disputed(batch)
        shown = self._documents.shown(sights, doubted)
        is_kept = bool(news) or any(one.is_new for one in shown)
        page = self._keep(batch) if is_kept else 0
        outcome = Outcome(pages=int(page > 0))
        for one in shown:
            outcome.mapped += one.is_extra_only
            for sight, seen in self._documents.note(batch, one, page):
                self._take(batch.connection, sight, seen, outcome)
        if page and self._extras:
            self.changes.extras[page] = self._extras(
                [sight.mapped for one in shown if one.is_new for sight in one.sights]
            )
        outcome.rejects = self._rejects.note(batch, news, page)
        decision = self._decision(batch, sights, older, outcome)
        contradicted |= {one.ref: one for one in sights if self._differs_elsewhere(one)}
        names = Counter(one.mapped.shape.name for one in contradicted.values())
        return replace(decision, contradicted=names)

    def again(self, batch: Batch, page: int, run: int) -> Decision:
        """Decide on items of a page that is kept already, mapped again.

        Args:
            batch: The page, with just the items in question.
            page: Its number.
            run: The run that received it.
        """
        items, older, _ = newest(self._spelling.settled(batch))
        sights = [self._sight(batch, mapped, again=True) for mapped in items]
        numbers: dict[Document, int] = {}
        for sight in sights:
            before, document = sight.before, sight.mapped.document
            if document not in numbers or (before and before.document):
                numbers[document] = before.document if before else 0
        for document, number in numbers.items():
            numbers[document] = number or self._new_document(page, run)
        outcome = Outcome()
        for sight in sights:
            if sight.is_news:
                number = numbers[sight.mapped.document]
                seen = run if sight.before is None else sight.before.run
                one = observed(sight, number, page, seen)
                self._documents.forget(number)  # its bytes made something else before
                self._documents.observe(sight, one)
                self._take(batch.connection, sight, one, outcome)
        news = self._rejects.new(batch)
        outcome.rejects = self._rejects.note(batch, news, page)
        return self._decision(batch, sights, older, outcome)

    def merge_again(self, connection: Connection, refs: Iterable[Ref]) -> Outcome:
        """Write the records that differing observations make now."""
        outcome = Outcome()
        merged: set[Ref] = set()
        for ref in refs:
            rows = self._merger.remerge(connection, ref)
            if rows is not None:
                merged.update(row.ref for row in rows)
                self._records.put(ref, rows, outcome)
        outcome.links += self._links.follow(merged)
        return outcome

    # --- verdicts

    def _sight(self, batch: Batch, mapped: Mapped, *, again: bool = False) -> Sight:
        ref, place = mapped.rows[0].ref, (batch.resource.name, mapped.shape.name, mapped.within)
        here = self._situation.observations.get(ref)
        before = here.get(place) if here else None
        verdict = "new" if before is None else self._verdict(mapped, before, again=again)
        return Sight(mapped, ref, place, before, verdict)

    def _verdict(self, mapped: Mapped, before: Observation, *, again: bool) -> str:
        if before.hash == mapped.hash or self._says_the_same(mapped, before, again=again):
            return "same"
        if mapped.version and before.version and mapped.version != before.version:
            return "older" if mapped.version < before.version else "changed"
        # Not every vendor bumps its versions, so a later run has the later word. Within one run
        # the greater hash has it: the order in which workers finish must not decide.
        is_earlier = again or self._situation.seen(before) < self._run
        return "changed" if is_earlier or mapped.hash > before.hash else "older"

    def _says_the_same(self, mapped: Mapped, before: Observation, *, again: bool) -> bool:
        """Whether contents are equal although hashes are not.

        Only where the two hashes may have been made in different ways is that looked at:

        - the stored one is from an older schema;
        - one of both is of a document that has no hash, and the other is not;
        - the rows hold JSON, from which somebody may have been erased, so that it cannot be hashed
          anew;
        - a kept page is mapped again from which somebody was erased.
        """
        known = self._situation.documents.get(before.document)
        is_made_alike = (
            known is not None
            and (known.hash is None) == (mapped.document.hash is None)
            and not any(map(holds_json, mapped.rows))
        )
        may_be_equal = not is_made_alike and before.version == mapped.version
        if not may_be_equal and not (again and self._is_struck(mapped)):
            return False
        return self._merger.matches(before, mapped.rows)

    def _differs(self, sight: Sight, others: Iterable[Observation]) -> bool:
        if sight.verdict == "same":
            return False
        return is_contradicted(sight, others, self._situation, self._run)

    def _differs_elsewhere(self, sight: Sight) -> bool:
        if sight.verdict == "same" or self._situation.is_only(sight.ref):  # as of most
            return False
        return self._differs(sight, self._situation.observed(sight.ref, but=sight.place))

    # --- records

    def _take(
        self, connection: Connection, sight: Sight, one: Observation, outcome: Outcome
    ) -> None:
        """Bring what is new in an observation, which was noted, into its record."""
        rows = sight.mapped.rows
        if not sight.is_news:
            self._merger.rehash(sight.before, one.hash, rows)
            return
        is_first = sight.before is None
        merged = self._merger.merge(connection, sight.ref, one, rows, is_first=is_first)
        if merged is not None:
            outcome.mapped += 1
            self._records.put(sight.ref, merged, outcome)

    def _keep(self, batch: Batch) -> int:
        number = self._situation.next_page
        self._situation.next_page += 1
        self.changes.pages[number] = self._store_page(batch)
        return number

    def _new_document(self, page: int, run: int) -> int:
        number = self._documents.new_number()
        self._documents.put(StoredDocument(number, None, page, run, 0))
        return number

    def _decision(
        self, batch: Batch, sights: Sequence[Sight], older: int, outcome: Outcome
    ) -> Decision:
        """Bring marks of absence and links in step, and count."""
        arrivals = [sight for sight in sights if sight.is_arrival]
        outcome.present = self._records.present(sight.ref for sight in arrivals)
        known = [sight for sight in sights if sight.before is not None]
        stirred = [sight.ref for sight in known if sight.is_stirred]
        if stirred:
            again = self.merge_again(batch.connection, dict.fromkeys(stirred))
            outcome.records += again.records
            outcome.links += again.links
        current = [sight for sight in sights if sight.verdict != "older"]
        links, doubtful = self._links.batch(batch, current)
        older += len(sights) - len(current)
        outcome.links += links
        outcome.items = len(batch.mapped) + len(batch.rejected)
        if batch.skipped:
            outcome.skipped.update(batch.skipped)
            outcome.items += batch.skipped.total()
        if older:
            outcome.skipped[_OLDER] += older
        outcome.unchanged = len(batch.mapped) - outcome.mapped - older
        outcome.rejected = len(batch.rejected)
        arrived = Counter(sight.mapped.shape.name for sight in arrivals)
        return Decision(outcome, arrived, doubtful)
