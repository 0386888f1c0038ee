"""`duetrail report`."""

from __future__ import annotations

import click


@click.command()
def report() -> None:
    """Write what is owed, what was done about it and whom to call as one page."""
