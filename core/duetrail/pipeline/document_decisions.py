"""Decide on documents: which show something new, and by what hash each is known from now on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import Struct

from duetrail.model import Ref
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.documents import Document, content_hash, is_other_content, is_recognised
from duetrail.pipeline.questions import good_place, good_ref
from duetrail.pipeline.sights import Sight
from duetrail.stores import Changes, Observation, Place, Situation, StoredDocument


class Shown(Struct, eq=False):
    """A document of a page.

    Attributes:
        hash: What it is recognised by from now on; its content only where it is to be mapped again.
        sights: Its items.
        number: Its number; 0 where it has none yet.
        known: What the store knows of it.
        is_new: Whether it shows anything else than what is stored of it.
        is_extra_only: Whether only what no field has a home for is new; one item counts as changed.
    """

    hash: bytes | None
    sights: Sequence[Sight]
    number: int
    known: StoredDocument | None
    is_new: bool = True
    is_extra_only: bool = False


class DocumentDecider:
    """Decides on documents within a situation, and notes what changes.

    Args:
        situation: What is known; it is carried forward.
        changes: Where changes are noted.
        run: The number of the run.
        recognises: Whether documents are to be recognised by their bytes from now on.
    """

    def __init__(
        self, situation: Situation, changes: Changes, run: int, *, recognises: bool
    ) -> None:
        self._situation = situation
        self._changes = changes
        self._run = run
        self._recognises = recognises
        self._of_document: dict[int, set[tuple[Ref, Place]]] | None = None

    def shown(self, sights: Iterable[Sight], doubted: Collection[Document]) -> list[Shown]:
        """The sights by their documents, each with what the store knows of it.

        Args:
            sights: The items of a page.
            doubted: Documents that are to be mapped again, whatever else is found.
        """
        groups: dict[Document, list[Sight]] = {}
        for sight in sights:
            groups.setdefault(sight.mapped.document, []).append(sight)
        taken = {0}  # which stands for no stored document
        found = []
        for document, group in groups.items():
            # An object may have moved from one document of the page into another. Both would then
            # be taken for the same stored one: the first gets its number, the other does not.
            number = _number_of(group, taken)
            taken.add(number)
            found.append(self._shown(document, group, number, is_whole=document not in doubted))
        return found

    def _shown(
        self, document: Document, sights: Sequence[Sight], number: int, *, is_whole: bool
    ) -> Shown:
        is_clean = self._recognises and is_whole
        for sight in sights:
            if sight.verdict == "older":
                is_clean = False
        hash = document.hash if is_clean else content_hash(document.hash)
        known = self._situation.documents.get(number)
        if known is None:
            return Shown(hash, sights, number, known)
        is_other = is_other_content(known.hash, document.hash)
        is_extra_only = (
            is_other
            and is_recognised(known.hash)
            and is_recognised(document.hash)
            and all(sight.verdict == "same" for sight in sights)
        )
        # Where only one of the hashes is there, nothing says whether its bytes are as they were.
        is_new = (
            is_other
            or (known.hash is None) != (document.hash is None)
            or _shows_more(sights, known)
        )
        return Shown(hash, sights, number, known, is_new, is_extra_only)

    def note(self, batch: Batch, one: Shown, page: int) -> Iterator[tuple[Sight, Observation]]:
        """Note a document, and one after the other what it shows.

        Args:
            batch: The page it stands on.
            one: The document.
            page: The number of that page, if it is kept.

        Yields:
            Each item that is to be brought into its record, with its observation, which is noted.
        """
        if not one.is_new:
            assert one.known is not None
            self.put(one.known._replace(hash=one.hash, run=self._run))
            for sight in one.sights:
                self._note_again(sight, one.known)
            return
        number = one.number or self.new_number()
        if one.known is not None and one.known.page:
            self._leave(one.known)
        items = 0
        for sight in one.sights:
            before = sight.before
            if before is not None and before.document != number:
                self.forget(before.document)  # it shows less from now on
            if sight.verdict == "older":
                assert before is not None  # an older sight is a sight: the record is still there
                self._meet(sight, before, number)
            else:
                items += 1
                seen = observed(sight, number, page, self._run)
                self.observe(sight, seen)
                yield sight, seen
        self.put(StoredDocument(number, one.hash, page, self._run, items))

    def observe(self, sight: Sight, one: Observation) -> None:
        """Note an observation."""
        ref, place = sight.ref, sight.place
        places = self._situation.observations.get(ref)
        if places is None:
            places = self._situation.observations[ref] = {}
        places[place] = one
        self._changes.observations[ref, place] = one
        if self._of_document is not None:
            self._of_document.setdefault(one.document, set()).add((ref, place))

    def put(self, document: StoredDocument) -> None:
        """Note what a document is from now on."""
        self._situation.documents[document.number] = document
        self._changes.documents[document.number] = document

    def new_number(self) -> int:
        """The number of a new document."""
        number = self._situation.next_document
        self._situation.next_document += 1
        return number

    def forget(self, number: int) -> None:
        """Have a document mapped when it is seen next, whatever its bytes."""
        known = self._situation.documents.get(number)
        if known is not None and known.hash is not None:
            self.put(known._replace(hash=content_hash(known.hash)))

    def forget_good(self, batch: Batch) -> None:
        """Have documents mapped again of which something is a reject now, when they are back."""
        for one in batch.rejected:
            places = self._situation.observations.get(good_ref(batch, one), {})
            before = places.get(good_place(batch, one))
            if before is not None:
                self.forget(before.document)

    def _note_again(self, sight: Sight, known: StoredDocument) -> None:
        """Note that an item was met as it is stored; its document says so for what it shows."""
        before = sight.before
        assert before is not None
        is_attached = before.document == known.number and before.page == known.page
        if before.missing or not is_attached:
            self._meet(sight, before, known.number)

    def _meet(self, sight: Sight, before: Observation, number: int) -> None:
        """Note that an observation was met, as it is stored, in a document."""
        # Were it still part of another one, that one would go on saying when it was seen.
        document = before.document if before.document == number else 0
        self.observe(sight, before._replace(document=document, run=self._run, missing=0))

    def _leave(self, known: StoredDocument) -> None:
        """What a document does not show any more was seen last when the document was."""
        self._changes.left.setdefault(known.number, (known.page, known.run))
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


def observed(sight: Sight, document: int, page: int, run: int) -> Observation:
    """A sight as it is stored."""
    mapped = sight.mapped
    found = (mapped.version, mapped.hash, document, page, mapped.path, run, 0)
    # As `Observation` makes itself, without counting.
    return tuple.__new__(Observation, (*sight.ref, *sight.place, *found))


def _number_of(sights: Iterable[Sight], taken: Collection[int]) -> int:
    """The first document that one of these was part of before, but for those taken; 0 for none."""
    for sight in sights:
        if sight.before is not None and sight.before.document not in taken:
            return sight.before.document
    return 0


def _shows_more(sights: Iterable[Sight], known: StoredDocument) -> bool:
    """Whether a document shows anything else than what is stored of it."""
    attached = 0
    for sight in sights:
        before = sight.before
        if before is None or sight.verdict == "changed":
            return True
        if before.document == known.number and before.page == known.page:
            attached += 1
        elif sight.verdict == "same":  # it stood elsewhere, or in a document not known yet
            return True
    return attached != known.items
