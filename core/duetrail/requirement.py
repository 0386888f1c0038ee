"""Whether what a distribution requires allows a version of another.

Nearly all requirements are a name with `>=` and `<`: they are read here. `packaging`, which reads
all others, takes as long to import as everything a short command does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_NAME = re.compile(r"\s*+([A-Za-z0-9][A-Za-z0-9._-]*+)")
_NUMBERS = re.compile(r"\d++(?:\.\d++)*", re.ASCII)
_LIMIT = re.compile(r"\s*+(>=|<)\s*+(\d++(?:\.\d++)*)\s*+", re.ASCII)


def refused(line: str, name: str, version: str) -> str:
    """What a requirement asks of the distribution `name`, if this version is not allowed.

    Args:
        line: As it stands in metadata, such as `duetrail>=0.1,<0.2`.
        name: The distribution, in small letters.
        version: Its version that is there.

    Returns:
        Name and limits, such as `duetrail<0.2,>=0.1`; empty where it is allowed, not meant, or a
        line that no pip of today reads.
    """
    start = _NAME.match(line)
    if start is None or re.sub(r"[-_.]+", "-", start[1]).lower() != name:
        return ""
    limits = [_LIMIT.fullmatch(part) for part in line[start.end() :].split(",")]
    if _NUMBERS.fullmatch(version) and all(limits):
        ours = _numbers(version)
        if all(_holds(ours, limit[1], _numbers(limit[2])) for limit in limits if limit):
            return ""
    return _judged(line, version)


def _numbers(version: str) -> list[int]:
    """The numbers of a version, without zeros at the end: 1.0 is 1."""
    numbers = [int(part) for part in version.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers


def _holds(ours: list[int], sign: str, limit: list[int]) -> bool:
    return ours >= limit if sign == ">=" else ours < limit


def _judged(line: str, version: str) -> str:
    wanted = _requirement(line)
    if wanted is None or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
        return ""
    allowed = wanted.specifier.contains(version, prereleases=True)
    return "" if allowed else f"{wanted.name}{wanted.specifier}"


def _requirement(line: str) -> Requirement | None:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(line)
    except InvalidRequirement:
        return None
