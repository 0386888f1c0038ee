"""Progress of a sync: on a terminal a display that stays up to date, elsewhere a line a minute.

It goes to stderr, and begins with the first resource, so that a question of a keyring is seen.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from duetrail.cli.progress.board import Board
from duetrail.cli.progress.follower import Display, Follower
from duetrail.cli.progress.lines import Lines
from duetrail.cli.progress.once import told_once

__all__ = ["Follower", "following"]


@contextmanager
def following(verbose: bool = False, quiet: bool = False) -> Iterator[Follower]:
    """Who follows a sync by its `observer`; at the end of the block no display is left over.

    Args:
        verbose: Whether each request and each wait gets a line.
        quiet: Whether nothing is shown.
    """
    follower = Follower(_live if _is_terminal() else Lines, verbose=verbose, quiet=quiet)
    with told_once(), follower:
        yield follower


def _live(board: Board) -> Display:
    from duetrail.cli.progress.live import Live  # what it imports takes longer than `--help`

    return Live(board)


def _is_terminal() -> bool:
    """Whether stderr is a terminal whose lines can be written anew."""
    is_dumb = os.environ.get("TERM", "") in {"dumb", "unknown"}
    return sys.stderr is not None and sys.stderr.isatty() and not is_dumb
