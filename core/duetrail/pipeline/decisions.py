"""Decide what a page changes: what is new, changed, unchanged, older or conflicting.

Everything here works on values. The store was read before (`Situation`) and is written after
(`Changes`). Several pages can be decided one after the other: each sees what those before it came
to, as if they had been written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from attrs import frozen

from duetrail.model import Ref
from duetrail.pipeline.documents import Document, content_hash, is_other_content, is_recognised
from duetrail.pipeline.link_decisions import LinkDecider
from duetrail.pipeline.mapping import Batch, Mapped, Rejected
from duetrail.pipeline.merging import Merger
from duetrail.pipeline.outcome import Outcome
from duetrail.pipeline.reject_decisions import RejectDecider, reject_key
from duetrail.source import Connection
from duetrail.stores import (
    Changes,
    Observation,
    Place,
    Question,
    RejectKey,
    Row,
    Situation,
    StoredDocument,
    StoredPage,
    StoredReject,
)

_OLDER = "an older copy of what is stored"

_Place = tuple[str, str, str]  # shape, id, within


@frozen(eq=False)
class Sight:
    """An item beside what the store knows of it in its place.

    Attributes:
        mapped: The item.
        ref: Its record.
        place: Its place.
        before: What is known; None for nothing.
        verdict: `new` in its place, `same` as before, `changed`, or `older` than what is known.
    """

    mapped: Mapped
    ref: Ref
    place: Place
    before: Observation | None
    verdict: str

    @property
    def is_news(self) -> bool:
        """Whether the item says something that is not stored."""
        return self.verdict in {"new", "changed"}

    @property
    def is_arrival(self) -> bool:
        """Whether the item was not in its place before."""
        return self.before is None or self.before.missing > 0

    @property
    def is_back(self) -> bool:
        """Whether the item was missing, and says what it said before."""
        return self.verdict == "same" and self.is_arrival

    @property
    def is_rehashed(self) -> bool:
        """Whether it says what it said, but its hash, which decides between equals, changed."""
        return (
            self.verdict == "same"
            and self.before is not None
            and self.before.hash != self.mapped.hash
        )


@frozen
class Decision:
    """What was decided of one batch.

    Attributes:
        outcome: What it came to.
        arrivals: Items that were not in their places before, by shape.
        doubtful: Touches with links by a key that may not hold any more.
    """

    outcome: Outcome
    arrivals: Counter[str]
    doubtful: frozenset[Ref]


def question(batches: Iterable[Batch]) -> Question:
    """What has to be known to decide on some batches."""
    sights: dict[Ref, list[tuple[Place, bytes | None]]] = {}
    rows: set[Ref] = set()
    rejects: set[RejectKey] = set()
    mapped: dict[tuple[str, str], set[str]] = {}
    for batch in batches:
        resource = batch.resource.name
        for one in batch.mapped:
            seen = ((resource, one.shape.name, one.within), one.hash)
            sights.setdefault(one.rows[0].ref, []).append(seen)
            if len(one.rows) > 1:
                rows.update(row.ref for row in one.rows[1:])
        ids = mapped.setdefault((batch.connection.name, resource), set())
        ids.update([one.item for one in batch.mapped])
        for bad in batch.rejected:
            rejects.add(reject_key(batch, bad))
            if bad.item:  # it may have been good before
                place = _good_place(batch, bad)
                sights.setdefault(_good_ref(batch, bad), []).append((place, None))
    return Question(sights, frozenset(rows), frozenset(rejects), mapped)


def _good_ref(batch: Batch, rejected: Rejected) -> Ref:
    """The record that a reject would be, were it good."""
    return batch.connection.ref(rejected.shape.record, rejected.item or "")


def _good_place(batch: Batch, rejected: Rejected) -> Place:
    return (batch.resource.name, rejected.shape.name, rejected.within)


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
        self.changes = Changes()
        self._situation = situation
        self._run = run
        self._merger = Merger(situation, self.changes)
        self._store_page = store_page
        self._links = LinkDecider(situation, self.changes)
        self._rejects = RejectDecider(situation, self.changes, run, store_reject)
        self._is_struck = is_struck
        self._extras = extras
        self._recognises = recognises
        self._of_document: dict[int, set[tuple[Ref, Place]]] | None = None

    def batch(self, batch: Batch) -> Decision:
        """Decide on a page that was received in this run."""
        newest, older, partial = _newest(batch.mapped)
        sights = [self._sight(batch, mapped) for mapped in newest]
        news = self._rejects.new(batch)
        self._forget_good(batch)
        shown = self._documents(batch, sights, partial)
        is_kept = bool(news) or any(one.is_new for one in shown)
        page = self._keep(batch) if is_kept else 0
        outcome = Outcome(pages=int(page > 0))
        for one in shown:
            self._note_document(batch, one, page, outcome)
        if page and self._extras:
            items = [s.mapped for one in shown if one.is_new for s in one.sights]
            self.changes.extras[page] = self._extras(items)
        outcome.rejects = self._rejects.note(batch, news, page)
        return self._decision(batch, sights, older, outcome)

    def again(self, batch: Batch, page: int, run: int) -> Decision:
        """Decide on items of a page that is kept already, mapped again.

        Args:
            batch: The page, with just the items in question.
            page: Its number.
            run: The run that received it.
        """
        newest, older, _ = _newest(batch.mapped)
        sights = [self._sight(batch, mapped, again=True) for mapped in newest]
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
                one = _observed(batch, sight.mapped, number, page, seen)
                self._forget(number)  # its bytes made something else before
                self._take(batch, sight, one, outcome)
        news = self._rejects.new(batch)
        outcome.rejects = self._rejects.note(batch, news, page)
        return self._decision(batch, sights, older, outcome)

    def merge_again(self, connection: Connection, refs: Iterable[Ref]) -> Outcome:
        """Write the records that differing observations make now."""
        outcome = Outcome()
        merged: set[Ref] = set()
        for ref in refs:
            rows = self._merger.again(connection, ref)
            if rows is not None:
                merged.update(row.ref for row in rows)
                self._put(connection, ref, rows, outcome)
        outcome.links += self._links.follow(merged)
        return outcome

    # --- verdicts

    def _sight(self, batch: Batch, mapped: Mapped, *, again: bool = False) -> Sight:
        ref, place = mapped.rows[0].ref, (batch.resource.name, mapped.shape.name, mapped.within)
        here = self._situation.observations.get(ref)
        before = here.get(place) if here else None
        return Sight(mapped, ref, place, before, self._verdict(mapped, before, again=again))

    def _verdict(self, mapped: Mapped, before: Observation | None, *, again: bool) -> str:
        if before is None:
            return "new"
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

        So it is with what was brought over from an older schema, whose hashes were made in another
        way, with what stood in a document that could not be recognised and now can, or the other
        way round, and on a kept page from which somebody was erased.
        """
        known = self._situation.documents.get(before.document)
        is_made_alike = known is not None and (known.hash is None) == (mapped.document.hash is None)
        is_other_hash = not is_made_alike and before.version == mapped.version
        if not is_other_hash and not (again and self._is_struck(mapped)):
            return False
        return self._merger.says(before, mapped.rows)

    # --- documents

    def _documents(
        self, batch: Batch, sights: Iterable[Sight], partial: set[Document]
    ) -> list[_Shown]:
        """The sights by their documents, each with what the store knows of it."""
        groups: dict[Document, list[Sight]] = {}
        for sight in sights:
            groups.setdefault(sight.mapped.document, []).append(sight)
        doubted = partial | {one.document for one in batch.rejected} | self._rejects.disputed(batch)
        taken = {0}
        shown = []
        for document, group in groups.items():
            # Two documents of a page are two, although one may show what the other showed before.
            numbers = (s.before.document for s in group if s.before)
            number = next((one for one in numbers if one not in taken), 0)
            taken.add(number)
            shown.append(self._shown(document, group, number, is_whole=document not in doubted))
        return shown

    def _forget_good(self, batch: Batch) -> None:
        """Have documents mapped again of which something is a reject now, when they are back."""
        for one in batch.rejected:
            places = self._situation.observations.get(_good_ref(batch, one), {})
            before = places.get(_good_place(batch, one))
            if before is not None:
                self._forget(before.document)

    def _forget(self, number: int) -> None:
        """Have a document mapped when it is seen next, whatever its bytes."""
        known = self._situation.documents.get(number)
        if known is not None and known.hash is not None:
            self._put_document(known._replace(hash=content_hash(known.hash)))

    def _shown(
        self, document: Document, sights: list[Sight], number: int, *, is_whole: bool
    ) -> _Shown:
        known = self._situation.documents.get(number)
        attached = 0
        is_new = False
        for sight in sights:
            before = sight.before
            if before is None or sight.verdict == "changed":
                is_new = True
            elif before.document == number and known and before.page == known.page:
                attached += 1
            elif sight.verdict == "same":  # it stood elsewhere, or in a document not known yet
                is_new = True
        is_other = known is not None and is_other_content(known.hash, document.hash)
        if known is not None and (known.hash is None) != (document.hash is None):
            is_new = True  # nothing says whether its bytes are as they were
        is_new = is_new or known is None or attached != known.items or is_other
        is_clean = (
            self._recognises and is_whole and all(sight.verdict != "older" for sight in sights)
        )
        hash = document.hash if is_clean else content_hash(document.hash)
        is_odd = (
            is_other
            and is_recognised(known.hash if known else None)
            and is_recognised(document.hash)
            and all(sight.verdict == "same" for sight in sights)
        )
        return _Shown(hash, sights, number, known, is_new, is_odd)

    def _note_document(self, batch: Batch, one: _Shown, page: int, outcome: Outcome) -> None:
        if not one.is_new:
            assert one.known is not None
            self._put_document(one.known._replace(hash=one.hash, run=self._run))
            for sight in one.sights:
                self._note_again(sight, one.known)
            return
        number = one.number or self._new_document(page, self._run)
        if one.known is not None and one.known.page:
            self._leave(one.known)
        outcome.mapped += one.is_odd
        items = 0
        for sight in one.sights:
            if sight.before is not None and sight.before.document != number:
                self._forget(sight.before.document)  # it shows less from now on
            if sight.verdict == "older":
                self._note_older(sight)
            else:
                items += 1
                seen = _observed(batch, sight.mapped, number, page, self._run)
                self._take(batch, sight, seen, outcome)
        self._put_document(StoredDocument(number, one.hash, page, self._run, items))

    def _note_again(self, sight: Sight, known: StoredDocument) -> None:
        """Note that an item was met as it is stored; its document says so for what it shows."""
        before = sight.before
        assert before is not None
        is_attached = before.document == known.number and before.page == known.page
        if before.missing or not is_attached:
            self._note(sight, before._replace(run=self._run, missing=0))

    def _note_older(self, sight: Sight) -> None:
        """An older sight is a sight: the record is still there."""
        assert sight.before is not None
        self._note(sight, sight.before._replace(run=self._run, missing=0))

    def _leave(self, known: StoredDocument) -> None:
        """What a document does not show any more was seen last when the document was."""
        self.changes.left.setdefault(known.number, (known.page, known.run))
        for ref, place in self._members().get(known.number, ()):
            one = self._situation.observations[ref][place]
            if one.document == known.number and one.page == known.page:
                self._situation.observations[ref][place] = one._replace(run=known.run)

    def _members(self) -> dict[int, set[tuple[Ref, Place]]]:
        """The observations of each document, as far as they are known."""
        if self._of_document is None:
            self._of_document = {}
            for ref, places in self._situation.observations.items():
                for place, one in places.items():
                    self._of_document.setdefault(one.document, set()).add((ref, place))
        return self._of_document

    def _new_document(self, page: int, run: int) -> int:
        number = self._situation.next_document
        self._situation.next_document += 1
        self._put_document(StoredDocument(number, None, page, run, 0))
        return number

    def _put_document(self, document: StoredDocument) -> None:
        self._situation.documents[document.number] = document
        self.changes.documents[document.number] = document

    def _note(self, sight: Sight, one: Observation) -> None:
        ref, place = sight.ref, sight.place
        self._situation.observations.setdefault(ref, {})[place] = one
        self.changes.observations[ref, place] = one
        if self._of_document is not None:
            self._of_document.setdefault(one.document, set()).add((ref, place))

    def _keep(self, batch: Batch) -> int:
        number = self._situation.next_page
        self._situation.next_page += 1
        self.changes.pages[number] = self._store_page(batch)
        return number

    # --- records

    def _take(self, batch: Batch, sight: Sight, one: Observation, outcome: Outcome) -> None:
        """Note an observation, and bring what is new in it into its record."""
        self._note(sight, one)
        rows = sight.mapped.rows
        if not sight.is_news:
            self._merger.rehash(sight.before, one.hash, rows)
            return
        merged = self._merger.merge(batch.connection, one, rows, is_first=sight.verdict == "new")
        if merged is not None:
            outcome.mapped += 1
            self._put(batch.connection, sight.ref, merged, outcome)

    def _decision(
        self, batch: Batch, sights: Sequence[Sight], older: int, outcome: Outcome
    ) -> Decision:
        """Bring marks of absence and links in step, and count."""
        arrivals = [sight for sight in sights if sight.is_arrival]
        outcome.present = self._present(sight.ref for sight in arrivals)
        stirred = [sight.ref for sight in sights if sight.is_back or sight.is_rehashed]
        again = self.merge_again(batch.connection, dict.fromkeys(stirred))
        current = [sight.mapped for sight in sights if sight.verdict != "older"]
        links, doubtful = self._links.batch(batch, current)
        older += len(sights) - len(current)
        outcome.records += again.records
        outcome.links += again.links + links
        outcome.skipped = batch.skipped + Counter({_OLDER: older} if older else {})
        outcome.unchanged = len(batch.mapped) - outcome.mapped - older
        outcome.rejected = len(batch.rejected)
        outcome.items = len(batch.mapped) + len(batch.rejected) + batch.skipped.total()
        arrived = Counter(sight.mapped.shape.name for sight in arrivals)
        return Decision(outcome, arrived, doubtful)

    def _put(self, connection: Connection, ref: Ref, rows: Sequence[Row], outcome: Outcome) -> None:
        """Write a record and what is derived from it, as far as they differ."""
        before = self._situation.derived.get(ref, frozenset())
        now = frozenset(row.ref for row in rows[1:])
        if before != now:
            self._situation.derived[ref] = self.changes.derived[ref] = now
            for gone in before - now:
                outcome.records[gone.record] += 1
                self._remove(gone)
        for row in rows:
            self._put_row(row, outcome)

    def _put_row(self, row: Row, outcome: Outcome) -> None:
        ref = row.ref
        stored = self._situation.rows.get(ref)
        if stored == row:
            return
        native = set(stored.invoices) if stored else set()
        outcome.links += len(native ^ set(row.invoices))
        outcome.records[ref.record] += 1
        if stored is not None and ref not in self.changes.rows:
            self.changes.known.add(ref)
        if ref in self.changes.removed:
            self.changes.removed.discard(ref)
            self.changes.known.add(ref)
        self._situation.rows[ref] = self.changes.rows[ref] = row

    def _remove(self, ref: Ref) -> None:
        self.changes.rows.pop(ref, None)
        self.changes.removed.add(ref)
        self._situation.rows.pop(ref, None)
        self._situation.links.pop(ref, None)
        self.changes.links = {link for link in self.changes.links if link.touch != ref}

    def _present(self, refs: Iterable[Ref]) -> int:
        """Take the mark from records that were met again, and from what is derived from them."""
        count = 0
        for ref in refs:
            if ref in self._situation.absent:
                self._situation.absent.discard(ref)
                self.changes.present.add(ref)
                count += 1
                self._present(self._situation.derived.get(ref, ()))
        return count


@frozen(eq=False)
class _Shown:
    """A document of a page.

    Attributes:
        hash: What it is recognised by from now on; its content only where it is to be mapped again.
        sights: Its items.
        number: Its number; 0 where it has none yet.
        known: What the store knows of it.
        is_new: Whether it shows anything else than what is stored of it.
        is_odd: Whether only what no field has a home for is new; one item counts as changed.
    """

    hash: bytes | None
    sights: list[Sight]
    number: int
    known: StoredDocument | None
    is_new: bool
    is_odd: bool


def _observed(batch: Batch, mapped: Mapped, document: int, page: int, run: int) -> Observation:
    ref = mapped.rows[0].ref
    return Observation(
        ref.connection,
        ref.record,
        ref.id,
        batch.resource.name,
        mapped.shape.name,
        mapped.within,
        mapped.version,
        mapped.hash,
        document,
        page,
        mapped.path,
        run,
    )


def _newest(mapped: Iterable[Mapped]) -> tuple[list[Mapped], int, set[Document]]:
    """The newest of each object in each place on a page.

    Returns:
        With it how many older ones differed, and the documents of which something was left out
        because another one shows it, too.
    """
    best: dict[_Place, Mapped] = {}
    doubles: list[tuple[_Place, Document]] = []
    older = 0
    for item in mapped:
        key = (item.shape.name, item.rows[0].id, item.within)
        before = best.get(key)
        if before is None:
            best[key] = item
            continue
        doubles += [(key, before.document), (key, item.document)]
        if before.hash != item.hash:
            older += 1
            best[key] = max(before, item, key=lambda m: (m.version, m.hash))
    partial = {document for key, document in doubles if best[key].document != document}
    return list(best.values()), older, partial
