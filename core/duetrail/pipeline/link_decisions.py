"""Decide on links: why touches belong to invoices, by where they stand and by keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from duetrail.model import Link, LinkKind, Ref
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.sights import Sight
from duetrail.stores import Changes, Situation

# Links by where a touch stands. What is derived from it stands there, too.
_OF_PLACES = (LinkKind.CONTAINED, LinkKind.KEYED)


class LinkDecider:
    """Decides on links within a situation, and notes what changes.

    Args:
        situation: What is known; it is carried forward.
        changes: Where changes are noted.
    """

    def __init__(self, situation: Situation, changes: Changes) -> None:
        self._situation = situation
        self._changes = changes

    def batch(self, batch: Batch, current: Sequence[Sight]) -> tuple[int, frozenset[Ref]]:
        """Bring the links that a page shows in step, and those of what is derived from touches."""
        shown = {link for sight in current for link in sight.mapped.links}
        derived = self._followers({one.ref for one in current if one.mapped.shape.derives})
        if not shown and not derived:
            return 0, frozenset()
        stored = self._stored({link.touch for link in shown} | set(derived))
        wanted = shown
        if derived:
            wanted = shown | _followed(shown | stored, derived)
            stored |= self._stored({link.touch for link in wanted - shown})
        key = batch.shard.key
        doubtful = {
            link.touch
            for link in stored
            if key and link.how is LinkKind.KEYED and link.invoice not in key.invoices
        }
        return self._add(wanted - stored if stored else wanted), frozenset(doubtful)

    def follow(self, origins: set[Ref]) -> int:
        """Give records that are derived anew the links of what they are derived from; how many."""
        derived = self._followers(origins)
        followers = {follower for found in derived.values() for follower in found}
        stored = self._stored(set(derived) | followers)
        return self._add(_followed(stored, derived) - stored)

    def _add(self, links: set[Link]) -> int:
        for link in links:
            self._situation.links.setdefault(link.touch, set()).add(link)
        self._changes.links |= links
        if self._changes.dropped_links:
            self._changes.dropped_links -= links
        return len(links)

    def _followers(self, origins: set[Ref]) -> dict[Ref, frozenset[Ref]]:
        derived = self._situation.derived
        return {ref: derived[ref] for ref in origins if derived.get(ref)}

    def _stored(self, touches: Iterable[Ref]) -> set[Link]:
        links = self._situation.links
        return {link for touch in touches for link in links.get(touch, ())}


def _followed(links: Iterable[Link], derived: Mapping[Ref, Iterable[Ref]]) -> set[Link]:
    """The links that derived records have because of the places their origins stand in."""
    return {
        Link(follower, link.invoice, link.how)
        for link in links
        if link.how in _OF_PLACES
        for follower in derived.get(link.touch, ())
    }
