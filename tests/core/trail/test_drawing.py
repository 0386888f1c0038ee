"""The trail as HTML: what vendors wrote is text, whatever it holds."""

from datetime import UTC, date, datetime, timedelta, timezone
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from duetrail.model import Ref
from duetrail.secrets import remember
from duetrail.trail import Event, Timeline
from duetrail.trail.drawing import TRAIL_CSS, draw_trail

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CALL = Event(NOON, "acme", "calls", "c", "call", "outbound")

HOSTILE = (
    "<script>alert(1)</script>",
    "</p></li></ol><img src=x onerror=alert(1)>",
    "\"' onmouseover='alert(1)",
    "<!--",
    "]]>",
    "&lt;b&gt; &amp;amp; &#0;",
    "javascript:alert(1)",
    "</style><style>*{display:none}",
    "a\x00b\x1b[31mc\x9b2J",
    "\ud800 \ufffe",
    "\u202egnp.exe",
    "one\r\ntwo\rthree",
    "word " * 400,
    "x" * 5_000,
)

# Any text, hostile parts of it more often than chance would have them.
texts = st.lists(st.sampled_from(HOSTILE) | st.text(), max_size=3).map("".join)


def drawn(*events):
    found = Timeline(Ref("acme", "invoices", "i1"), (), None, None, events)
    return draw_trail(found)


def shown(text):
    """A text as a page can show it: lines end alike, and what no page can hold is a sign."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(_sign(one) for one in text)


def _sign(one):
    code = ord(one)
    is_control = (code < 32 and one not in "\t\n") or 127 <= code < 160
    return "\ufffd" if is_control or 0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF) else one


class Elements(HTMLParser):
    """The elements that a browser would make, with their attributes."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_comment(self, data):
        self.found.append(("!--", {}))

    def handle_decl(self, decl):
        self.found.append(("!", {}))


# --- hostile texts -------------------------------------------------------------------------------


@given(kind=texts, connection=texts, text=texts, said=texts, rule=texts)
def test_every_text_is_shown_as_it_is(kind, connection, text, said, rule):
    """The fragment is well-formed, and its texts are what the vendors wrote."""
    text = f"{text}, {said}" if said else text
    event = Event(NOON, connection, "calls", "c", kind, text, rule=rule, said=said)
    entry = ElementTree.fromstring(drawn(event))[0]
    told = ["".join(part.itertext()) for part in entry]
    facts = text.removesuffix(said).removesuffix(", ") if said else text
    wanted = [f"{kind.capitalize() if kind != 'sms' else 'SMS'} {connection} 2026-03-01 12:00 UTC"]
    wanted += [one for one in (facts, said) if one]
    wanted += [f"linked by the rule “{rule}”"] if rule else []
    assert told == [shown(one) for one in wanted]


@given(kind=texts, connection=texts, text=texts, rule=texts, id=texts)
def test_no_text_becomes_an_element(kind, connection, text, rule, id):
    """Only the elements and classes of ours are there, and no attribute that runs or loads."""
    event = Event(NOON, connection, "emails", id, kind, text, rule=rule, said=text)
    for tag, attributes in Elements(drawn(event)).found:
        assert tag in {"ol", "li", "p", "b", "i", "time", "details", "summary", "span"}
        assert set(attributes) <= {"class", "datetime"}
        assert (attributes.get("class") or "").replace(" ", "").isalnum() or "class" not in (
            attributes
        )


def test_a_secret_is_left_out():
    """A secret that a vendor sends back does not reach the page."""
    remember("s3cr3t-&-long-enough")
    html = drawn(evolve(CALL, text="key s3cr3t-&-long-enough"))
    assert "s3cr3t" not in html
    assert "[secret]" in html


# --- what is told --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (NOON, '<time datetime="2026-03-01T12:00:00Z">2026-03-01 12:00 UTC</time>'),
        (
            NOON.astimezone(timezone(timedelta(hours=14))),
            '<time datetime="2026-03-01T12:00:00Z">2026-03-01 12:00 UTC</time>',
        ),
        (date(1, 2, 3), '<time datetime="0001-02-03">0001-02-03</time>'),
        (None, "<span>no time given</span>"),
    ],
)
def test_a_time_is_told_with_its_zone(at, told):
    """A time is told in UTC and says so; a day is a day, and no time is made up."""
    assert told in drawn(evolve(CALL, at=at))


@pytest.mark.parametrize(
    ("kind", "record", "look"),
    [
        ("call", "calls", "call"),
        ("callout", "callouts", "plan"),
        ("email", "emails", "email"),
        ("sms", "emails", "message"),
        ("pigeon", "emails", "message"),
        ("paid", "invoices", "paid"),
        ("promised", "invoices", "promise"),
        ("something new", "invoices", "note"),
    ],
)
def test_each_kind_has_its_icon_and_its_name(kind, record, look):
    """An icon comes from a class that the style knows, and a word says the same."""
    html = drawn(evolve(CALL, kind=kind, record=record))
    assert f'<li class="{look}">' in html
    assert look == "note" or f".trail .{look} {{" in TRAIL_CSS
    assert kind in html.lower()


def test_what_failed_is_marked():
    """An entry that reached nobody has a mark of its own, and its words say why."""
    html = drawn(evolve(CALL, failed=True, text="bounced a@example.org"))
    assert '<li class="call failed">' in html
    assert "bounced a@example.org" in html


def test_what_is_still_to_come_is_marked():
    """So has one that is only planned."""
    assert '<li class="call planned">' in drawn(evolve(CALL, planned=True))


def test_what_is_no_longer_listed_says_so():
    """What the vendor no longer lists is called so."""
    assert "no longer listed" in drawn(evolve(CALL, absent_since=NOON))


def test_a_long_silence_is_told():
    """A week and more between two events is told; less is not."""
    assert "7 days later" in drawn(CALL, evolve(CALL, at=date(2026, 3, 8)))
    assert "later" not in drawn(CALL, evolve(CALL, at=NOON + timedelta(days=6)))
    assert "later" not in drawn(CALL, evolve(CALL, at=None))


def test_a_long_text_is_folded():
    """A long text shows its beginning, and no word is cut."""
    text = "word " * 400
    entry = ElementTree.fromstring(drawn(evolve(CALL, text=text)))[0]
    folded = entry.find("details")
    assert folded is not None
    assert "".join(folded.itertext()) == text
    assert (folded.findtext("summary") or "").endswith("word")


def test_a_connection_keeps_its_colour():
    """Given the connections of a page, one has the same colour in all its fragments."""
    found = Timeline(Ref("acme", "invoices", "i1"), (), None, None, (CALL,))
    assert '<i class="c2">acme</i>' in draw_trail(found, colours=("b", "c", "acme"))


def test_nothing_happened():
    """An invoice of which nothing is known has a sentence instead of an empty list."""
    assert "Nothing is known" in drawn()


def test_the_style_asks_for_nothing():
    """The style makes no request, and cannot end its element."""
    assert not any(word in TRAIL_CSS for word in ("url(", "@import", "image-set", "</"))
