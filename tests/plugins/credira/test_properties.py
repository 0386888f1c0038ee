"""Whatever Credira sends: no leaf is lost, and every claimed leaf counts."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail_credira import wire
from support.nightly import examples

LISTED = {"calls": wire.Call, "callouts": wire.Callout, "emails": wire.Email}
SHAPES = {**LISTED, "call-details": wire.CallDetail, "responses": wire.Response}


@pytest.fixture(scope="module")
def mapped(offline):
    """The one object on a page, mapped."""

    def map_(resource, row):
        row = copy.deepcopy(row)
        page = {"success": True, "data": [row] if resource in LISTED else row}
        batch = offline.map_parsed("credira", resource, page)
        assert batch.rejected == ()
        (one,) = batch.mapped
        return one

    return map_


@pytest.mark.parametrize("resource", SHAPES)
@given(data=st.data())
@settings(max_examples=examples(12, 60), deadline=None)
def test_no_leaf_is_lost(mapped, generated, resource, data):
    """Every leaf is claimed by a wire field, or comes back in `extra`."""
    kind = SHAPES[resource]
    row = data.draw(generated.items(kind))
    extra = next(mapped(resource, row).with_extra()).extra
    for path, value in generated.leaves(row):
        if not generated.covers(kind, path):
            assert generated.at(extra, path) == value


@pytest.mark.parametrize("resource", SHAPES)
@given(data=st.data())
@settings(max_examples=examples(20, 100), deadline=None)
def test_every_claimed_leaf_counts(mapped, generated, resource, data):
    """Changing any leaf that a wire field claims changes a record."""
    kind = SHAPES[resource]
    row = data.draw(generated.items(kind))
    path, type_, value = data.draw(st.sampled_from(list(generated.claimed(kind, row))))
    other = generated.changed(row, path, generated.another(type_, value))
    before, after = mapped(resource, row), mapped(resource, other)
    assert before.rows != after.rows
    assert (before.hash, before.document.hash) != (after.hash, after.document.hash)


@given(duration=st.integers(0, 2**31), text=st.text(min_size=1, max_size=20))
@settings(max_examples=examples(10, 50), deadline=None)
def test_values_stay_as_they_are(mapped, duration, text):
    """Durations and numbers of telephones are neither rounded nor reformatted."""
    call = mapped("calls", {"id": "x", "duration": duration, "from": text}).records[0]
    assert (call.duration_seconds, call.from_number) == (duration, text)
