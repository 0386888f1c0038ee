"""Which requests get a fault, in code and as words of a command line."""

from __future__ import annotations

import re

from attrs import field, frozen

from duetrail.errors import UsageError, did_you_mean
from duetrail.testing.faults import WORDS, Fault

_ALL = "all"

# Whatever stands between a fault and a number at the very end is the path.
_SPEC = re.compile(r"([^@:]*)(?:@(.*?))?(?::([0-9]{1,9})(?:x([0-9]{1,9}|all))?)?", re.DOTALL)


@frozen
class FaultRule:
    """Which requests get a fault.

    Attributes:
        fault: What happens to them.
        path: A regular expression that is looked for in path and query; empty for every request.
        first: The first request it happens to, of those that fit, counted from 1.
        times: To how many, from there on; None for all.
    """

    fault: Fault
    path: str = field(default="", kw_only=True)
    first: int = field(default=1, kw_only=True)
    times: int | None = field(default=1, kw_only=True)

    @classmethod
    def of(cls, text: str) -> FaultRule:
        """The rule that `FAULT[@PATH][:FIRST[xTIMES]]` says.

        FAULT is a word of `duetrail.testing.faults.WORDS`; TIMES is a number, or `all`.
        `unavailable@/v1/invoices:3x2` is the third and fourth request whose path or query has
        `/v1/invoices`.

        Raises:
            UsageError: It says no such thing.
        """
        said = _SPEC.fullmatch(text)
        if said is None:
            raise UsageError(f"{text!r} is no fault", hint=_FORM)
        word, path, first, times = said.groups()
        if "0" in (first, times):
            raise UsageError(f"{text!r}: requests are counted from 1", hint=_FORM)
        _check(path or "")
        return cls(
            _fault(word),
            path=path or "",
            first=int(first or 1),
            times=None if times == _ALL else int(times or 1),
        )

    def hits(self, number: int) -> bool:
        """Whether it happens to this one, of the requests that fit."""
        return number >= self.first and (self.times is None or number < self.first + self.times)


_FORM = "Write FAULT[@PATH][:FIRST[xTIMES]], such as unavailable@/v1/invoices:3x2."


def _fault(word: str) -> Fault:
    if word in WORDS:
        return WORDS[word]
    hint = did_you_mean(word, WORDS, f"There are: {', '.join(WORDS)}.")
    raise UsageError(f"there is no fault {word!r}", hint=hint)


def _check(path: str) -> None:
    try:
        re.compile(path)
    except re.error as error:
        raise UsageError(
            f"{path!r} is no regular expression: {error}",
            hint="It is looked for in path and query; put a \\ before a character that is meant "
            "as it is.",
        ) from None
