"""Progress without a terminal: a line a minute, for the logs of cron and of CI."""

from __future__ import annotations

import click

from duetrail.cli.progress.board import Board, clock_time

# So many resources are named in a line.
_NAMED = 3


class Lines:
    """Writes a line to stderr each time it is shown."""

    every = 60.0

    def __init__(self, board: Board) -> None:
        self._board = board

    def show(self) -> None:
        """Write how far it has come."""
        board = self._board
        readings = board.readings()
        told = [f"{one.name}: {board.told(one)}" for one in readings[:_NAMED]]
        if more := len(readings) - len(told):
            told.append(f"and {more:,} more")
        self.tell("; ".join([f"{clock_time(board.clock())} {board.whole()}", *told]))

    def tell(self, line: str) -> None:
        """Write a line."""
        click.echo(line, err=True)

    def hide(self) -> None:
        """Lines stay."""
