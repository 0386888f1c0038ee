"""Read calls that the customer pays for apart from reverse-billed ones, for which it is paid.

No answer says which calls are reverse-billed. There is a filter for them; all others can only be
asked for by excluding the ids of these, since a filter for "false" drops rows with null, too. The
mapping tells the two apart by the query that a page was asked with.
Source: Yeti's customer API, GET /cdrs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from attrs import define, evolve, frozen

from duetrail.errors import FetchError, Incomplete
from duetrail.source import Page
from duetrail_yeti.call_pages import LEFT_OUT, Answer, Question, ask_for
from duetrail_yeti.documents import Client

# As many numbers fit into an address that every proxy takes.
_MOST_LEFT_OUT = 200

# How often calls may be numbered in the middle of a reading before that is told.
_TRIES = 3

# No call has it: leaving it out leaves out nothing.
_NO_NUMBER = 0

_NO_SUCH_FILTER = "102"


@frozen
class Step:
    """The next calls of a list, as pages of one payer each.

    Attributes:
        answers: The pages.
        after: The number after which the list goes on.
        more: Whether it does.
    """

    answers: Sequence[Answer]
    after: int
    more: bool


@define
class CallReader:
    """Reads a list of calls page by page, reverse-billed ones apart.

    `is_known` is whether the switch has a filter for reverse-billed calls.
    """

    _client: Client
    _is_known: bool = True
    # A window of the past to which nothing is added, proven to have no reverse-billed call.
    _proven: tuple[datetime, datetime] | None = None

    def read(self, question: Question) -> Step:
        """The next calls of a window.

        Raises:
            Incomplete: Calls of the window were numbered again and again while it was read.
        """
        for _ in range(_TRIES):
            try:
                step = self._try(question)
            except FetchError as error:
                if error.code != _NO_SUCH_FILTER or not self._is_known:
                    raise
                self._is_known, step = False, None
            if step is not None:
                return step
        raise Incomplete(
            f"{question.name} kept getting new calls in the middle of what was being read",
            hint="The next run goes on from there.",
        )

    def _try(self, question: Question) -> Step | None:
        """The same; None where calls came of which it is not known who pays."""
        marked = evolve(question, left_out=(_NO_NUMBER,)) if self._is_known else question
        every = ask_for(self._client, marked)
        reverse = self._reverse(question, every)
        if reverse is None:
            return Step([every], max([question.after, *every.ids]), every.more)
        last = min(every.ids[-1], reverse.ids[-1]) if reverse.more else every.ids[-1]
        answers = [reverse]
        left = {id for id in every.ids if id <= last} - {*reverse.ids}
        if left:
            paid = ask_for(self._client, evolve(question, upto=last, left_out=reverse.ids))
            # Asked for before the others were, these are proven; what is new here is not.
            if not left.issuperset(paid.ids):
                return None
            answers.append(paid)
        return Step(answers, last, every.more or last < every.ids[-1])

    def _reverse(self, question: Question, every: Answer) -> Answer | None:
        """The reverse-billed ones among some calls, perhaps with more; None where there are none.

        Asked for after them, so that none of them can be missing.
        """
        window = (question.since, question.until)
        if not (self._is_known and every.ids) or self._proven == window:
            return None
        upto = every.ids[-1] if question.until is None else None
        size = min(question.size, _MOST_LEFT_OUT)
        reverse = ask_for(self._client, evolve(question, reverse=True, upto=upto, size=size))
        if reverse.ids:
            return reverse
        if question.until is not None:
            self._proven = (question.since, question.until)
        return None


def is_paid_by_customer(page: Page) -> bool:
    """Whether the calls of a page are proven to be those that the customer pays for."""
    return LEFT_OUT in parse_qs(urlsplit(page.url).query)
