"""Fields are named in one text, checked when the plugin loads."""

from __future__ import annotations

import attrs
import pytest

from duetrail.errors import PluginError
from duetrail.model import RECORDS, Call, all_but, only


def test_a_word_brings_the_vendors_own():
    """`status` means `status_raw` as well; a field without one stands alone."""
    assert only(Call, "status started_at") == {"status", "status_raw", "started_at"}


@pytest.mark.parametrize("record", RECORDS)
def test_all_but_some_are_the_others(record):
    """Both together are every field there is."""
    every = {one.name for one in attrs.fields(record)}
    assert only(record, "id") | all_but(record, "id") == every
    assert not only(record, "id") & all_but(record, "id")


@pytest.mark.parametrize("choose", [only, all_but])
def test_a_field_that_does_not_exist(choose):
    """A misspelt field is refused, with the nearest one."""
    with pytest.raises(PluginError, match="Call has no field 'staus'") as caught:
        choose(Call, "staus")
    assert "status" in caught.value.hint
