"""What the group's options say to its commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from duetrail.project import Project


class Settings(Struct):
    """The group's options, for its commands.

    Attributes:
        config: The configuration file, if the user named one.
        store: The store URL, if the user gave one.
        json: Whether the answer is for a machine.
    """

    config: Path | None = None
    store: str | None = None
    json: bool = False

    def project(self) -> Project:
        """The project that the user means; nothing of it is opened yet."""
        # Imported when a command needs it: `duetrail --help` does not.
        from duetrail.project import Project

        return Project(self.config, self.store)
