"""What a rate limiter needs from outside: a budget of request starts, and a clock.

Both are protocols, so that whoever runs jobs on many machines can share one budget among them.
`duetrail.http.slots` has the budgets of one process and of one machine.
"""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Tells the time in seconds that only grow; whoever shares a budget shares its zero."""

    def __call__(self) -> float:
        """The time now."""


class RateBudget(Protocol):
    """Hands out the start times of one credential's requests; safe to use in several threads."""

    def limit(self, requests_per_second: float) -> None:
        """Keep this limit as well: the strictest holds."""

    def take(self, now: float, gap: float = 0.0) -> tuple[float, float]:
        """Reserve the next start.

        Args:
            now: What the clock says.
            gap: Seconds to keep free behind it, if that is more than the limit asks for.

        Returns:
            When to start, which may lie a little before `now`; and when the start behind it may
            be, 0 where that is not limited.
        """

    def give_back(self, now: float, start: float, behind: float) -> None:
        """Free a start that was taken and not used, as `take` returned it, if that can be done."""

    def pause(self, now: float, seconds: float) -> None:
        """Have everybody wait this long; of several pauses the latest end counts."""

    def paused_until(self, now: float) -> float:
        """Until when everybody waits; any time before `now` where nobody does."""


class MakesBudget(Protocol):
    """Makes the budget of a credential."""

    def __call__(self, owner: object, requests_per_second: float | None) -> RateBudget:
        """The budget of a credential: the same one, or one that shares with it, each time.

        Args:
            owner: What tells the credential from others. It may hold the secret: keep no more of
                it than a keyed hash.
            requests_per_second: The limit in force; None where unknown.
        """
