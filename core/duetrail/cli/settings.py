"""What the group's options say to its commands."""

from __future__ import annotations

from pathlib import Path

from attrs import define


@define
class Settings:
    """The group's options, for its commands.

    Attributes:
        config: The configuration file, if the user named one.
        store: The store URL, if the user gave one.
        json: Whether the answer is for a machine.
    """

    config: Path | None = None
    store: str | None = None
    json: bool = False
