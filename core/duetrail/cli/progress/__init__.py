"""Progress of what takes long: on a terminal a display that stays up to date, else a line a minute.

It goes to stderr, and begins with the first resource, so that a question of a keyring is seen.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from duetrail.cli.progress.board import MAPPING, SYNC, Board, Words
from duetrail.cli.progress.follower import Display, Follower
from duetrail.cli.progress.lines import Lines

__all__ = ["MAPPING", "Follower", "Words", "following", "showing"]

FIRST = 1.0
"""Seconds in which nothing is shown on a terminal: a short command neither flickers nor pays."""


@contextmanager
def following(verbose: bool = False, quiet: bool = False) -> Iterator[Follower]:
    """Who follows a sync by its `observer`; at the end of the block no display is left over.

    Args:
        verbose: Whether each request and each wait gets a line.
        quiet: Whether nothing is shown.
    """
    from duetrail.cli.progress.once import told_once  # it imports what speaks to vendors

    with told_once(), showing(SYNC, verbose, quiet) as follower:
        yield follower


def showing(words: Words, verbose: bool = False, quiet: bool = False) -> Follower:
    """Who follows what works on a store by its `observer`; a context manager, as above.

    Args:
        words: How it is told.
        verbose: Whether each request and each wait gets a line.
        quiet: Whether nothing is shown.
    """
    if _is_terminal():
        return Follower(_live, words=words, first=FIRST, verbose=verbose, quiet=quiet)
    return Follower(Lines, words=words, verbose=verbose, quiet=quiet)


def _live(board: Board) -> Display:
    from duetrail.cli.progress.live import Live  # what it imports takes longer than `--help`

    return Live(board)


def _is_terminal() -> bool:
    """Whether stderr is a terminal whose lines can be written anew."""
    is_dumb = os.environ.get("TERM", "") in {"dumb", "unknown"}
    return sys.stderr is not None and sys.stderr.isatty() and not is_dumb
