"""Cropping: of a page on which little is new, only that is kept."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.pipeline.cropping import cropped

ROWS = st.lists(
    st.fixed_dictionaries(
        {"id": st.sampled_from(["a", "b", "c"])},
        optional={"note": st.sampled_from(["", "null", "{}", "\u20ac", '"'])},
    ),
    max_size=6,
)


@given(ROWS, st.sets(st.integers(0, 5)), st.sampled_from(["meta", "zeta"]))
def test_only_what_is_named_stays(toy: Any, rows: list[Any], kept: set[int], beside: str) -> None:
    """Every other document is null, in its place; what stands beside the list is left alone."""
    data = {"meta": {"first": rows[:1], "count": len(rows)}, "invoices": rows, beside: rows[:1]}
    body = msgspec.json.format(msgspec.json.encode(data), indent=1)
    paths = {f"$.invoices[{at}]" for at in kept}
    found = cropped(toy.source.resource("invoices"), body, paths)
    wanted = {**data, "invoices": [row if at in kept else None for at, row in enumerate(rows)]}
    assert msgspec.json.decode(found) in (wanted, data)
    if beside == "zeta" and not rows[:1]:
        assert msgspec.json.decode(found) == wanted


@pytest.mark.parametrize("body", [b'{"invoices": 5}', b'{"invoices": {"id": "a"}}', b"[]"])
def test_a_page_of_another_form_stays_whole(toy: Any, body: bytes) -> None:
    """Where the documents cannot be found by their bytes, nothing is taken out."""
    assert cropped(toy.source.resource("invoices"), body, ()) == body


def test_equal_bytes_before_the_list_stay(toy: Any) -> None:
    """What looks like a document and is none is not taken for one."""
    body = b'{"first": {"id": "a"}, "invoices": [{"id": "a"}]}'
    found = cropped(toy.source.resource("invoices"), body, ())
    assert msgspec.json.decode(found)["first"] == {"id": "a"}
