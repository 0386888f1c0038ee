"""How an operator runs its telephone switch: which release, in which zone, what it hides."""

from __future__ import annotations

from datetime import UTC, tzinfo

from attrs import frozen

__all__ = ["CURRENT", "RELEASE_2024", "Installation"]


@frozen(kw_only=True)
class Installation:
    """One operator's switch, as far as its customers can tell.

    ``release`` is a year: 2024 had no currencies, sorted nothing but calls by default, and cut
    only the outgoing calls to a day. Times are printed, and naive ones read, in ``zone``.
    ``hidden`` are attributes of calls that this operator does not show.
    """

    release: int = 2026
    zone: tzinfo = UTC
    hidden: frozenset[str] = frozenset({"diversion-in", "lega-user-agent", "legb-user-agent"})
    recordings: bool = True


CURRENT = Installation()
RELEASE_2024 = Installation(release=2024)
