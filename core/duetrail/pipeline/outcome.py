"""An outcome: what handling a page, or drawing a conclusion, came to in numbers."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct, field


def _no_counts() -> Counter[str]:
    """An empty counter, without the constructor, which takes longer than all the rest."""
    return Counter.__new__(Counter)


class Outcome(Struct, kw_only=True):
    """What one batch came to, or several together.

    Attributes:
        pages: Pages kept.
        items: Vendor objects received: the sum of mapped, unchanged, rejected and skipped.
        mapped: Those new or changed.
        unchanged: Those already stored just so.
        rejected: Those set aside.
        skipped: Those left out, by reason.
        records: Record rows written or removed, by table.
        emptied: Records that had children and have none any more, by the table of these.
        links: Links added or removed.
        rejects: Rejects opened, changed or closed.
        absent: Records marked absent: the vendor no longer lists them.
        present: Records that were absent and are listed again.
    """

    pages: int = 0
    items: int = 0
    mapped: int = 0
    unchanged: int = 0
    rejected: int = 0
    skipped: Counter[str] = field(default_factory=_no_counts)
    records: Counter[str] = field(default_factory=_no_counts)
    emptied: Counter[str] = field(default_factory=_no_counts)
    links: int = 0
    rejects: int = 0
    absent: int = 0
    present: int = 0

    def add(self, more: Outcome) -> None:
        """Count another outcome, too."""
        self.pages += more.pages
        self.items += more.items
        self.mapped += more.mapped
        self.unchanged += more.unchanged
        self.rejected += more.rejected
        if more.skipped:  # most are empty, and to add nothing takes its time, too
            self.skipped.update(more.skipped)
        if more.records:
            self.records.update(more.records)
        if more.emptied:
            self.emptied.update(more.emptied)
        self.links += more.links
        self.rejects += more.rejects
        self.absent += more.absent
        self.present += more.present
