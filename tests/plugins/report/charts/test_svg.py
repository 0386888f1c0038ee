"""What a vendor wrote becomes text, whatever it is."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

from hypothesis import given
from hypothesis import strategies as st

from duetrail_report.charts.lettering import clean, fitted, width_of
from duetrail_report.charts.svg import el, text, to_markup

HOSTILE = st.text() | st.sampled_from(
    [
        "<script>alert(1)</script>", "</title></svg><img src=x onerror=alert(1)>", "]]>", "&amp;",
        "\x00\x0b\x1f", "\ud800", "\ufffe\uffff", "a\u202eb", "\u2067x", "{{ 7 * 7 }}",
        '" onload="',
    ]
)  # fmt: skip


@given(HOSTILE)
def test_any_text_is_well_formed(words: str) -> None:
    """It is read back as the text it was, but for what XML cannot hold; no element is added."""
    read = fromstring(to_markup(el("g", text(words, 0, 0), el("title", words, id=words))))
    assert [node.tag for node in read.iter()] == ["g", "text", "title"]
    assert (read[0].text or "") == (read[1].text or "") == read[1].get("id") == clean(words)


def test_marks_that_turn_the_direction_are_left_out() -> None:
    """A name cannot turn round what stands after it."""
    assert clean("pay\u202e001\u202c now\n\u2066\u200f!") == "pay001 now !"


@given(st.text(max_size=60), st.floats(0, 400))
def test_a_long_name_is_cut_to_its_room(words: str, room: float) -> None:
    """What is cut ends with an ellipsis, and fits unless there is no room for that."""
    cut = fitted(words, room, 13)
    assert width_of(cut, 13) <= max(room, width_of("…", 13))
    assert cut == clean(words) or cut.endswith("…")
