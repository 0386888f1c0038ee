"""Progress on a terminal: a line for each resource that is being read, and one for all of them."""

from __future__ import annotations

from rich import live
from rich.console import Console, Group, RenderableType
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from duetrail.cli.progress.board import Board

# Lines of a terminal that are left to what was written before.
_LEFT = 6


class Live:
    """Shows a board at the end of a terminal, and takes it away again.

    What plugins print meanwhile, and what is logged, appears above it.

    Args:
        board: What is shown.
    """

    every = 0.2

    def __init__(self, board: Board) -> None:
        self._board = board
        self._console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        self._spinner = Spinner("line", style="cyan")
        self._live = live.Live(
            get_renderable=self._rendered,
            console=self._console,
            auto_refresh=False,
            transient=True,
        )

    def show(self) -> None:
        """Show the board as it is now."""
        self._live.start()  # does nothing where it is started
        self._live.refresh()

    def tell(self, line: str) -> None:
        """Write a line above the board."""
        self._console.print(Text(line), soft_wrap=True)

    def hide(self) -> None:
        """Take the board away, and give the terminal its cursor back."""
        self._live.stop()

    def _rendered(self) -> RenderableType:
        board = self._board
        readings = board.readings()
        room = max(self._console.height - _LEFT, 1)
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True, overflow="ellipsis", style="bold")
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for one in readings[:room]:
            table.add_row(one.name, board.told(one))
        if (more := len(readings) - room) > 0:
            table.add_row(f"and {more:,} more", "")
        text = f"{board.whole()}, finishing" if board.done == board.total else board.whole()
        self._spinner.update(text=Text(text, no_wrap=True, overflow="ellipsis"))
        return Group(table, self._spinner)
