"""Runs that were stopped: the errors carry what a run had come to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from duetrail.errors import StoreError
from duetrail.pipeline.summary import Summary
from duetrail.signals import number_of


class Interrupted(KeyboardInterrupt):
    """The user stopped the run; what was committed stays.

    Args:
        summary: What it had come to.
    """

    def __init__(self, summary: Summary) -> None:
        super().__init__("interrupted")
        self.summary = summary


def summary_of(stop: BaseException) -> Summary | None:
    """The summary so far, where a run was interrupted; also if that was interrupted once more."""
    cause: BaseException | None = stop
    while cause is not None:
        if isinstance(cause, Interrupted):
            return cause.summary
        cause = cause.__context__
    return None


class Halted(StoreError):
    """The store could not be used any more; what was committed stays.

    Args:
        error: Why.
        summary: What the run had come to.
    """

    def __init__(self, error: StoreError, summary: Summary) -> None:
        super().__init__(error.message, hint=error.hint)
        self.error = error
        self.summary = summary


@contextmanager
def stops_told(summary: Summary) -> Iterator[None]:
    """Whatever stops the block, the summary says how, and goes with the error.

    Raises:
        Interrupted: The user stopped it.
        Halted: The store could not be used any more.
    """
    try:
        yield
    except KeyboardInterrupt as stop:
        summary.signal = number_of(stop)
        raise Interrupted(summary) from None
    except StoreError as error:
        summary.state = "halted"
        raise Halted(error, summary) from error
