"""Zones: the validator of a setting that names a time zone."""

from __future__ import annotations

from typing import Any

import attrs


def time_zone(_: Any, attribute: attrs.Attribute[Any], name: str) -> None:
    """The validator of a setting that is the name of a time zone, such as `Europe/Berlin`."""
    from zoneinfo import ZoneInfo  # what it imports takes its time

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f"{attribute.name!r} is {name!r}, and not one such as Europe/Berlin"
        ) from None
