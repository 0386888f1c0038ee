"""Contacts: what is one and the same person in writing, and what is somebody else."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.errors import UsageError
from duetrail.privacy.contacts import forms_of
from duetrail.privacy.forms import ERASED
from duetrail.privacy.suppression import Search, Suppression, listed_as

SALT = b"s" * 32


def without(*contacts):
    forms = [form for contact in contacts for form in forms_of(contact)]
    return Suppression([listed_as(form, SALT) for form in forms])


@pytest.mark.parametrize(
    ("contact", "text"),
    [
        ("pat@acme.example", "PAT@Acme.Example"),
        ("Pat@ACME.example", "pat@acme.example"),
        ("pat@acme.example", "mailto:pat@acme.example"),
        ("pat@acme.example", "'pat@acme.example'"),
        ("pat@acme.example", "https://x.example/?to=pat%40acme.example&cc="),
        ("pat@acme.example", "%3Cpat%40acme.example%3E"),
        ("pat@acme.example", "&lt;pat&#64;acme.example&gt;"),
        ("pat@acme.example", "<a href='mailto:pat@acme.example'>"),
        ("pat@acme.example", "Write to pat@acme.example."),
        ("pat@acme.example", "_pat@acme.example_"),
        ("pat+ar@acme.example", "pat%2Bar%40acme.example"),
        ("o'brien@acme.example", "o'brien@acme.example"),
        ("jürgen@müller.example", "JÜRGEN@MÜLLER.EXAMPLE"),
        ("+1 202 555 0101", "+1 (202) 555-0101"),
        ("+1 202 555 0101", "+12025550101"),
        ("+1 202 555 0101", "12025550101"),
        ("+1 202 555 0101", "0012025550101"),
        ("+1 202 555 0101", "(202) 555-0101"),
        ("+1 202 555 0101", "202.555.0101"),
        ("+1 202 555 0101", "tel:+1-202-555-0101;ext=7"),
        ("+1 202 555 0101", "to=%2B12025550101&from="),
        ("+1 202 555 0101", "call_12025550101_2026.mp3"),
        ("+1 202 555 0101", "+13035550100 +12025550101"),
        ("+1 202 555 0101", "on 2026-01-02 12025550101"),
        ("(202) 555-0101", "+12025550101"),
        ("+49 30 1234567", "+49 (0)30 1234567"),
        ("Pat Doe", "Hello PAT  DOE, how are you?"),
        ("Pat Doe", "Doe, Pat"),
        ("Pat Doe", "Pat (Doe)"),
        ("Pat Doe", "Pat&nbsp;Doe"),
        ("Pat Doe", "Pat Doe's invoice"),
        ("Ana Müller", "ana muller"),
        ("Ana Müller", "MUELLER, Ana"),
        ("Ana Müller", "Ana Mu\u0308ller"),
        ("Pat O'Brien", "Pat O\u2019Brien"),
        ("Ana Maria Silva", "Ana Maria Silva"),
        ("pat@acme.example", "pat+invoices@acme.example"),
        ("pat@acme.example", "\uff50\uff41\uff54\uff20acme.example"),
        ("pat@acme.example", "p&#97;t&amp;#64;acme.example"),
        ("pat@acme.example", "pat<wbr>@acme.example"),
        ("pat@acme.example", "pat%2540acme.example"),
        ("+1 202 555 0101", "+1&nbsp;202&nbsp;555&nbsp;0101"),
        ("+1 202 555 0101", "+1\u00a0202\u202f555\u20110101"),
        ("+1 202 555 0101", "&#43;1&#160;202&#160;555&#160;0101"),
        ("+1 202 555 0101", "+1 <b>202</b> 555 0101"),
        ("+1 202 555 0101", "+1 202 555 0101x7"),
        ("J\u00fcrgen M\u00fcller", "<p>J&uuml;rgen M&uuml;ller</p>"),
        ("J\u00fcrgen M\u00fcller", "J&#252;rgen M&#xfc;ller"),
        ("J\u00fcrgen M\u00fcller", "J\u00fcrgen <b>M\u00fcller</b>"),
        ("J\u00fcrgen M\u00fcller", "<td>J\u00fcrgen</td><td>M\u00fcller</td>"),
        ("J\u00fcrgen M\u00fcller", "J%C3%BCrgen%20M%C3%BCller"),
        ("J\u00fcrgen M\u00fcller", "J%FCrgen M%FCller"),
        ("J\u00fcrgen M\u00fcller", "J\\u00fcrgen M\\u00fcller"),
        ("J\u00fcrgen M\u00fcller", "J\u00fcr\u00adgen\u200b M\u00fcller"),
        ("J\u00fcrgen M\u00fcller", "J\u00fcrgen\u200bM\u00fcller"),
        ("J\u00fcrgen M\u00fcller", "J\u00fcrgen\n        M\u00fcller"),
        ("J\u00fcrgen M\u00fcller", '<a title="J&uuml;rgen M&uuml;ller">'),
        ("J\u00fcrgen M\u00fcller", "=?utf-8?B?SsO8cmdlbiBNw7xsbGVy?= <x@y.example>"),
        ("J\u00fcrgen M\u00fcller", "=?iso-8859-1?Q?J=FCrgen_M=FCller?="),
        ("J\u00fcrgen M\u00fcller", "=?UTF-8?q?J=C3=BCrgen_M=C3?=\r\n =?UTF-8?q?=BCller?="),
        ("J\u00fcrgen M\u00fcller", "=?utf-8?Q?J=C3=BCrgen?= M\u00fcller"),
        ("J\u00fcrgen M\u00fcller", "=?no-such?Q?J=FCrgen_M=FCller?="),
        ("J\u00fcrgen M\u00fcller", "Dear J=C3=BCrgen M=C3=\r\n=BCller, you=20owe"),
        ("J\u00fcrgen M\u00fcller", "<p>J=FCrgen=20<b>M=FCller</b></p>"),
        ("J\u00fcrgen M\u00fcller", "<p>J&uuml;rgen =\n<b class=3D'a'>M&uuml;ller</b></p>"),
        ("pat@acme.example", "pat=40acme.example"),
        ("pat@acme.example", "=?us-ascii?Q?pat=40acme.example?="),
        ("+49 30 1234567", "=2B49 30=201234567"),
        ("pat@m\u00fcller.example", "Pat@XN--mller-kva.example"),
        ("pat@xn--mller-kva.example", "pat+a@M\u00dcLLER.example"),
        ("pat@m\u00fcller.example", "pat@mu\u0308ller.example"),
        ("pat@xn--zz.example", "pat@xn--zz.example"),
        ("J\u00fcrgen M\u00fcller", "?first_name=J%C3%BCrgen&x=1&last_name=M%C3%BCller#a"),
        ("J\u00fcrgen M\u00fcller", "?filter%5Blast%5D=M%FCller&amp;filter[first]=J%FCrgen"),
        ("J\u00fcrgen M\u00fcller", "?fname=J\u00fcrgen&lname=M\u00fcller"),
        ("J\u00fcrgen M\u00fcller", "Pr\u00e9nom : J\u00fcrgen\nNom : M\u00fcller"),
        ("J\u00fcrgen M\u00fcller", "vorname=J\u00fcrgen;name=M\u00fcller"),
        ("J\u00fcrgen M\u00fcller", "First name: J\u00fcrgen \nLast Name: M\u00fcller\n"),
        ("J\u00fcrgen M\u00fcller", "<b>Nachname:</b> M&uuml;ller<br><b>Vorname:</b> J&uuml;rgen"),
        ("J\u00fcrgen M\u00fcller", "N:M\u00fcller;J\u00fcrgen;;;"),
        ("J\u00fcrgen M\u00fcller", "M\u00fcller|J\u00fcrgen|Rome"),
        ("J\u00fcrgen M\u00fcller", "https://x.example/J%C3%BCrgen/M%C3%BCller"),
        ("+49 30 1234567", "+49\u00b730\u00b71234567"),
        ("+49 30 1234567", "\u0664\u0669\u0663\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667"),
        ("Ana Maria Silva", "?first_name=Ana+Maria&last_name=Silva"),
        ("pat@acme.example", "pat%u0040acme.example"),
        ("pat@acme.example", "pat&#000000064;acme.example"),
        ("pat@acme.example", "pat\\u{40}acme.example"),
        ("Pat O'Brien", "Pat O\\'Brien"),
        ("Pat O'Brien", "Pat O\\\\\\'Brien"),
        ("Pat Doe", "Pat\\/Doe"),
        ("Pat O'Brien", "O'Brien, Pat"),
        ("Pat O'Brien", "Brien, Pat O"),
        ("Ana Smith-Jones", "SMITH JONES, Ana"),
        ("\u0141ukasz \u017bak", "Zak, Lukasz"),
        ("\u0141ukasz \u017bak", "\u0142ukasz zak"),
        ("\u0930\u093e\u092e \u0915\u0941", "\u0930\u093e\u092e \u0915\u0941."),
        ("\u0645\u064f\u062d\u064e \u0639\u0644\u064a", "\u0645\u062d \u0639\u0644\u064a"),
        ("pat@acme.example", "\u9023\u7d61\u5148pat@acme.example\u307e\u3067"),
        ("pat@\u5c71\u7530.example", "pat@\u5c71\u7530.example"),
        ("+1 202 555 0101", "\u96fb\u8a71+1 202 555 0101\u307e\u3067"),
        ("+1 202 555 0101", "\uc804\ud65412025550101\uc73c\ub85c"),
        ("Pat Doe", "\u4f5c\u8005Pat Doe\u3055\u3093"),
        ("\u5c71\u7530 \u592a\u90ce", "\u5c71\u7530\u3000\u592a\u90ce"),
        ("\u202a+1 202 555 0101\u202c", "+12025550101"),
        ("+1\u00a0202\u2011555\u20110101", "+12025550101"),
        ("\uff0b\uff11 202 555 0101", "+12025550101"),
        ("\ufeffpat@acme.example", "pat@acme.example"),
    ],
)
def test_the_same(contact, text):
    """A contact is found however it is written."""
    found = without(contact).text(text)
    assert ERASED in found
    assert without(contact).text(found) == found


@pytest.mark.parametrize(
    ("contact", "text"),
    [
        ("pat@acme.example", "spat@acme.example"),
        ("pat@acme.example", "former.pat@acme.example"),
        ("pat@acme.example", "pat@acme.example.org"),
        ("pat@acme.example", "pat@acme.examples"),
        ("pat@acme.example", "pat@other.example"),
        ("pat@acme.example", "acme.example"),
        ("+1 202 555 0101", "+1 202 555 01012"),
        ("+1 202 555 0101", "+44 202 555 0101"),
        ("+1 202 555 0101", "9912025550101"),
        ("+1 202 555 0101", "a12025550101b"),
        ("+1 202 555 0101", "555 0101"),
        ("Pat Doe", "Pat Doering"),
        ("Pat Doe", "Spat Doe"),
        ("Pat Doe", "Pat and Doe"),
        ("Pat Doe", "patdoe"),
        ("Pat Doe", "Pat"),
        ("Pat Doe", "?first_name=Pat&last_name=Doering"),
        ("Pat Doe", "?first_name=Pat&city=Doe"),
        ("Pat Doe", "My name is: Pat"),
        ("Pat Doe", "a name: 1"),
        ("Pat Doe", "names = last"),
        ("Pat Doe", '{"a": "first_name=Pat", "b": "last_name=Doe"}'),
        ("+49 30 1234567", '["4930", "1234567"]'),
    ],
)
def test_somebody_else(contact, text):
    """A fragment, or a part of something longer, is no contact."""
    assert without(contact).text(text) == text


NO_CONTACTS = ["", "Pat", "12", "1234567890123456", "@", "a@", "a b@c", "?!"]
# Neither of these is a name, though it has several words.
NO_CONTACTS += ["+1 202 555 0101 x7", "Pat +1 202 555 0101"]


@pytest.mark.parametrize("contact", NO_CONTACTS)
def test_no_contact(contact):
    """What is no address, number or full name is refused, without repeating it."""
    with pytest.raises(UsageError) as told:
        forms_of(contact)
    assert told.value.hint
    assert not contact or len(contact) < 4 or contact not in str(told.value)


def test_labels_stay():
    """Of halves of a name that are labelled only the halves go."""
    struck = without("Pat Doe").text("https://x.example/?last_name=Doe&a=1&first_name=Pat&b=2")
    assert struck == f"https://x.example/?last_name={ERASED}&a=1&first_name={ERASED}&b=2"


def test_tags_stay():
    """Of a text with tags all tags stay, so that it is shown as before."""
    struck = without("J\u00fcrgen M\u00fcller").text("<p>Dear J&uuml;rgen <b>M&uuml;ller</b>!</p>")
    assert struck == f"<p>Dear {ERASED}<b></b>!</p>"


HOSTILE = [
    "+1 202 555 01",
    "202 ",
    "1(",
    "+1",
    "(0)1",
    "pat doe ",
    "pat.",
    "p+",
    "!a",
    "@a",
    "a@b.",
    "&amp;",
    "%25",
    "<a ",
    "<b>pat</b> ",
    "\u200bpat",
    "\\\\u0070",
    "=?utf-8?q?=50at?= ",
    "=50at=\n",
    "=?",
    "first_name=Pat&",
    "first=Ana&last=",
    "name:",
    "a\u0308",
    "&#80;at ",
]


@pytest.mark.parametrize("part", HOSTILE)
def test_twice_the_text_is_twice_the_work(part):
    """Whatever a text is made of, twice of it takes twice as many steps, not four times."""
    first, second = _steps(part * 400), _steps(part * 800)
    assert second <= 2.2 * first + 1000


def _steps(text):
    """How many calls a search makes, and how many candidates are hashed or looked up."""
    listed = without("pat@acme.example", "+1 202 555 0101", "Ana Doe")
    steps = 0

    def count(*_):
        nonlocal steps
        steps += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        listed.text(text)
    finally:
        sys.setprofile(before)
    return steps


def test_the_rest_of_a_text_stays():
    """Only the person goes."""
    text = 'Dear Pat Doe (pat@acme.example, +1 202 555 0101), you owe 2025.50 on "INV-1".'
    struck = without("Pat Doe", "pat@acme.example", "+12025550101").text(text)
    assert struck == f'Dear {ERASED} ({ERASED}, {ERASED}), you owe 2025.50 on "INV-1".'


LOCAL = st.from_regex(r"[a-z][a-z0-9._+-]{0,10}[a-z0-9]", fullmatch=True)
HOST = st.from_regex(r"[a-z]{2,8}\.(example|test)", fullmatch=True)
AROUND = st.sampled_from(
    ["", " ", "<", ">", '"', "'", "(", ")", ":", ";", ",", "\n", "=", " ", "- "]
)


@given(local=LOCAL, host=HOST, before=AROUND, after=AROUND, upper=st.booleans())
def test_any_address(local, host, before, after, upper):
    """Any address is found between whatever may stand around one."""
    address = f"{local}@{host}"
    written = address.upper() if upper else address
    struck = without(address).text(before + written + after)
    assert struck == before + ERASED + after


@given(
    groups=st.lists(st.from_regex(r"[0-9]{2,3}", fullmatch=True), min_size=4, max_size=4),
    by=st.sampled_from([" ", "-", ".", "/", "", " - "]),
    before=st.sampled_from(["", "tel:", "call ", "("]),
)
def test_any_number(groups, by, before):
    """Any number is found with whatever between its groups."""
    number = "+49" + "".join(groups)
    assert ERASED in without(number).text(f"{before}+49{by}{by.join(groups)}.")


@given(text=st.text(), contact=st.sampled_from(["pat@acme.example", "+12025550101", "Pat Doe"]))
def test_any_text(text, contact):
    """Text that has nothing of the person stays as it is, whatever it holds."""
    assert without(contact).text(text) == text


@given(st.text(alphabet="Pat Doe+1()-2055@.acmxl%[]{}\"'\\", max_size=80))
def test_once_is_enough(text):
    """What was struck out once has nothing more to strike out."""
    listed = without("pat@acme.example", "+12025550101", "Pat Doe")
    assert listed.text(listed.text(text)) == listed.text(text)


@given(st.lists(st.sampled_from(["Pat", "Doe", "+49", "202-555-0101", " ", "\n", "=\n", ", "])))
def test_nobody_is_looked_for_otherwise_than_struck_out(parts):
    """Where somebody was struck out nobody is found, however a text of several lines is read."""
    listed = without("pat@acme.example", "+12025550101", "Pat Doe")
    for way in ("text", "label", "lines"):
        left = getattr(listed, way)("".join(parts))
        assert getattr(Search(listed), way)(left) == left
