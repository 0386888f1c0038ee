"""docs/erasing.md: what counts as a person, and what does not."""

from __future__ import annotations

import re

from duetrail.cli.erase import erase
from duetrail.privacy.contacts import forms_of
from duetrail.privacy.forms import ERASED
from duetrail.privacy.suppression import Suppression, listed_as


def test_what_counts_as_the_person(page) -> None:
    """Each spelling of the table is found, or not, as it says."""
    rows = page("erasing.md").section("What counts as the person").rows()
    assert len(rows) == 3
    for cells in rows:
        (contact,), found, others = (re.findall(r"`([^`]+)`", cell) for cell in cells)
        listed = Suppression(listed_as(form, b"salt") for form in forms_of(contact))
        assert [text for text in found if ERASED not in listed.text(text)] == []
        assert [text for text in others if ERASED in listed.text(text)] == []


def test_its_options_exist(page) -> None:
    """The page names no option that the command does not have."""
    options = {name for option in erase.params for name in option.opts}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", page("erasing.md").text))
    assert named <= options
