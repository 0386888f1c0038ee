"""The command line. Commands load what they need when they run; errors become text here alone."""

from duetrail.cli.group import main

__all__ = ["main"]
