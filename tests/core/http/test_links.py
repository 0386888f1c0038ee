"""Where a list goes on, read from a `Link` header."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from duetrail.errors import ProtocolError
from duetrail.http import linked

NEXT = "/bills?page=2"


@pytest.mark.parametrize(
    "header",
    [
        f'<{NEXT}>; rel="next"',
        f'<{NEXT}>; rel="NEXT"',
        f"<{NEXT}>;rel=Next",
        f"<{NEXT}>; rel='next'",
        f"<{NEXT}>; rel='prev next'",
        f'<{NEXT}> ; REL = "next"',
        f'<{NEXT}>; rel="prefetch next"',
        f'<{NEXT}>; title="a, b; rel=last"; rel="next"',
        f'<{NEXT}>; title="say \\"x\\""; rel="next"',
        f"<{NEXT}>; title*=UTF-8''n%c3%a4chste; rel=next",
        f'<{NEXT}>; rel="next"; rel="last"',
        f'</bills?page=9>; rel="last", <{NEXT}>; rel="next"',
        f"</bills?page=9>; rel=last,<{NEXT}>;rel=next",
        f'< {NEXT} >; rel="next"',
    ],
)
def test_the_next_page_is_found(header):
    """Whatever case, quotes, order of parameters and neighbours a link has, it is found."""
    assert linked({"link": header}, "next") == NEXT


@pytest.mark.parametrize(
    "header",
    ["", "nothing", f'<{NEXT}>', f'<{NEXT}>; rel="last"; rel="next"', f'<{NEXT}>; rel="nextest"',
     f'<{NEXT}>; title="next"', f'<{NEXT}>; rev="next"'],
)  # fmt: skip
def test_no_next_page(header):
    """What only looks like a link to the next page is none."""
    assert linked({"link": header}, "next") is None


@pytest.mark.parametrize("header", ['rel="next"', f'{NEXT}; rel="next"', f"{NEXT}; rel=Next"])
def test_a_next_page_without_an_address_is_no_end(header):
    """A list that goes on, though nobody can say where, was not read to its end."""
    with pytest.raises(ProtocolError, match="without an address"):
        linked({"link": header}, "next")


@pytest.mark.parametrize("quoted", [r"\"{}\"", "“{}”".encode().decode("latin-1"), "`{}`"])
def test_quotes_may_be_no_quotes(quoted):
    """Some were escaped once more on their way, or drawn by a text processor."""
    header = f"</b?page=1>; rel={quoted.format('prev')}, <{NEXT}>; rel={quoted.format('next')}"
    assert linked({"link": header}, "next") == NEXT
    assert linked({"link": header}, "last") is None


def test_an_answer_without_the_header_leads_nowhere():
    """A list that says nothing has no next page."""
    assert linked({}, "next") is None


def test_a_comma_in_an_address():
    """An address may hold whatever parts links and parameters elsewhere."""
    assert (
        linked({"link": '</b?ids=1,2;x="y"&rel=z>; rel=next'}, "next") == '/b?ids=1,2;x="y"&rel=z'
    )


ADDRESSES = st.text(st.characters(blacklist_characters="<>", min_codepoint=33, max_codepoint=126))
RELATIONS = st.sampled_from(["next", "last", "first", "prev", "NEXT", "Last"])


@given(st.lists(st.tuples(ADDRESSES, st.lists(RELATIONS, min_size=1), st.text(max_size=9))))
def test_what_is_written_is_read(links):
    """Of any links that are written as the standard has it, the first of a relation is found."""

    def quoted(text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    header = ", ".join(
        f"<{address}>; title={quoted(title)}; rel={quoted(' '.join(relations))}"
        for address, relations, title in links
    )
    fitting = [a for a, relations, _ in links if "next" in [r.lower() for r in relations]]
    assert linked({"link": header}, "next") == (fitting[0] if fitting else None)


@given(st.text())
@example("NEXT")
def test_any_text_is_a_header(text):
    """A broken header is an error only where it names the relation; no other text is an address."""
    try:
        found = linked({"link": text}, "next")
    except ProtocolError:
        assert "next" in text.lower()
    else:
        assert found is None or "<" in text
