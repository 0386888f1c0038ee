"""docs/house.md knows every room."""

from __future__ import annotations

import re
from pathlib import Path

CORE = Path(__file__).parents[2] / "core" / "duetrail"


def test_the_house_is_drawn_with_all_its_rooms(page) -> None:
    """Every module and package at the top of the core stands in the drawing."""
    rooms = {path.stem for path in CORE.iterdir() if path.suffix in {"", ".py"}}
    drawing = page("house.md").text.partition("```text")[2].partition("```")[0]
    drawn = set(re.findall(r"\w+", drawing))
    assert [room for room in rooms if not room.startswith("_") and room not in drawn] == []


def test_every_module_of_a_room_has_a_row(page) -> None:
    """The tables of modules have all there are, and none that is gone."""
    listed = [cells[0] for cells in page("house.md").section("What stands in each room").rows()]
    there = [
        f"`{path.relative_to(CORE)}`"
        for path in sorted([*CORE.glob("*/*.py"), *CORE.glob("*/*/*.py")])
        if not path.stem.startswith("_") and (path.parent / "__init__.py").exists()
    ]
    assert sorted(listed) == sorted(there)
