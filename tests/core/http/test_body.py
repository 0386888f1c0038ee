"""JSON that is odd here and there, and what it does to the rest of its page."""

import json
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
import pytest
from attrs import frozen

from duetrail.errors import BadItem, ProtocolError, Unavailable
from duetrail.http.answer import Answer
from duetrail.http.body import decode, parse
from duetrail.wire import UnrepresentableNumber
from duetrail.wire import decode as as_wire

NUMBERS = [
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"9" * 4_301,
    b"-" + b"9" * 100_000,
    b"1e99999999999999999999",
    b"1.5E-99999999999999999999",
]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number[:9].decode())
def test_numbers_nothing_can_hold(session, vendor, number):
    """One number that nothing can hold is kept as its text; all else on the page is read."""
    body = b'[{"id":1,"rate":%b},{"id":2,"rate":1.50,"big":%b}]' % (number, b"9" * 30)
    vendor.then(200, body)
    page = session.get("/bills")
    bad, good = page.data
    assert (bad, type(bad["rate"])) == ({"id": 1, "rate": number.decode()}, UnrepresentableNumber)
    assert good == {"id": 2, "rate": Decimal("1.50"), "big": 10**30 - 1}
    assert page.body == body


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number[:9].decode())
def test_written_again(open_session, vendor, number):
    """Where something is cut from the page, such a number is written as it came."""
    vendor.then(200, b'{"rate":%b,"key":"canary"}' % number)
    page = open_session(never_stored=["key"]).get("/bills")
    assert page.body == b'{"rate":%b}' % number
    assert decode(page.body) == page.data


def test_numbers_as_far_as_they_go():
    """Numbers of any size that Python can hold are exact, however odd the rest of the page."""
    body = b"[NaN,%b,-0,0.10,1E+400]" % (b"9" * 4_300)
    _, whole, zero, fraction, large = decode(body)
    assert (whole, zero, str(fraction)) == (10**4_300 - 1, 0, "0.10")
    assert large == Decimal("1E+400")


@pytest.mark.parametrize(
    "type_", [str, int, bool, Decimal, str | None, Decimal | None, tuple[Decimal, ...]]
)
def test_no_field_takes_it(type_):
    """No wire type takes such a number, text least of all: the item is rejected with the reason."""
    one = frozen(type("One", (), {"__annotations__": {"rate": type_}}))
    with pytest.raises(BadItem, match=r"a number beyond all measure at \$\.rate"):
        as_wire(one, {"rate": UnrepresentableNumber("NaN")})


def test_a_field_of_any_type_takes_its_text():
    """Where a vendor types nothing, such a number is its plain text, at any depth."""
    one = frozen(type("One", (), {"__annotations__": {"parts": Any}}))
    sent = [UnrepresentableNumber("NaN"), {"rate": [UnrepresentableNumber("1e999"), 5, None]}]
    taken = as_wire(one, {"parts": sent}).parts
    assert taken == ["NaN", {"rate": ["1e999", 5, None]}]
    assert {type(taken[0]), type(taken[1]["rate"][0])} == {str}


def test_halves_of_characters():
    """Half an emoji becomes U+FFFD, in keys too; whole ones and escaped backslashes stay."""
    body = rb'{"\ud83d":"\ude00 \ud83d\ude00 \\ud83d \ud83dx","n":NaN}'
    assert decode(body) == {"�": "� \U0001f600 \\ud83d �x", "n": "NaN"}


def test_equal_keys():
    """Of two equal keys in one object the last one counts; the kept bytes hold both."""
    assert decode(b'{"a":1,"a":2}') == decode(b'{"a":NaN,"a":2}') == {"a": 2}


# How deep is too deep differs: Python 3.11 reads about a thousand levels, 3.13 ten thousand.
@pytest.mark.parametrize("depth", [100_000, 1_000_000])
@pytest.mark.parametrize("number", [b"1", b"NaN"])
def test_a_page_nested_too_deeply_is_an_error_of_the_page(session, vendor, depth, number):
    """A page nested beyond what can be read is an error of the whole page, and says so."""
    vendor.then(200, b"[" * depth + number + b"]" * depth)
    with pytest.raises(ProtocolError, match="answered JSON nested too deeply where JSON belongs"):
        session.get("/bills")


def test_syntax_is_not_forgiven():
    """What is no JSON beside its numbers, and controls in its texts, is none with them."""
    for body in (
        b"[NaN,]",
        b"[nan]",
        b"[+1]",
        b"[01]",
        b"['a']",
        b"[1] [NaN]",
        b'["\n",]',
        b"[\x01]",
    ):
        with pytest.raises(msgspec.DecodeError):
            decode(body)


@pytest.mark.parametrize("control", [b"\t", b"\n", b"\r", b"\0", b"\x1f"])
def test_controls_within_texts(session, vendor, control):
    """A raw tab or line break in one text is that character; every other value is as exact."""
    body = b'{"a%b":"x%by","n":[180.0,1.50,NaN,9007199254740993]}' % (control, control)
    vendor.then(200, body)
    page = session.get("/emails")
    mark = control.decode()
    numbers = [Decimal("180.0"), Decimal("1.50"), "NaN", 9007199254740993]
    assert page.data == {f"a{mark}": f"x{mark}y", "n": numbers}
    assert str(page.data["n"][1]) == "1.50"
    assert page.body == body


def test_controls_within_texts_that_are_cut(open_session, vendor):
    """Where a key is cut out of such a page, what is kept is JSON as it should be."""
    vendor.then(200, b'{"text":"a\tb","key":"canary"}')
    page = open_session(never_stored=["key"]).get("/emails")
    assert (page.body, page.data) == (b'{"text":"a\\tb"}', {"text": "a\tb"})


def test_half_a_page_with_controls(open_session, vendor):
    """Wherever a page with a raw tab is cut, it is half an answer, which is asked for again."""
    body = b'{"a":"x\ty","b":[true,1.5],"c":"\\u00e9 \xc3\xa9"}'
    session = open_session(attempts=1)
    for size in range(1, len(body)):
        vendor.then(200, body[:size])
    for _ in range(1, len(body)):
        with pytest.raises(Unavailable, match="answered JSON that breaks off"):
            session.get("/emails")


@pytest.mark.parametrize("body", [b'{"a":1,}', b'{"a":"x\ty",}', b'{"a":"\t"}\0'])
def test_mistakes_in_json(session, vendor, body):
    """JSON that is wrong is told as that, with the place, and not as a website."""
    vendor.then(200, body)
    with pytest.raises(ProtocolError, match=r"answered invalid JSON .*byte \d+") as caught:
        session.get("/emails")
    assert "website" not in caught.value.hint


@pytest.mark.parametrize("status", [204, 205])
def test_no_content_is_an_answer(session, vendor, status):
    """Where the status says that there is no content, there are no data, and it is no error."""
    vendor.then(status, b"")
    page = session.get("/emails")
    assert (page.status, page.data, page.body) == (status, None, b"")


def test_a_bad_page_is_refused_in_one_pass():
    """The work for what is no JSON is bounded: no pattern goes over a place twice."""
    for body in (b"\\ud83d" * 300_000, b'["' + b"\\" * 2_000_000, b"\\ud83d\\u" * 200_000):
        with pytest.raises(msgspec.DecodeError):
            decode(body)


# --- tokens --------------------------------------------------------------------------------------


def test_a_token_that_comes_back(session, vendor, token):
    """A vendor that puts our token into its data does not get it into the store."""
    body = {"you": f"Bearer {token}", "name": "Ann", "n": [1, {token: "x"}]}
    vendor.then(200, json.dumps(body, indent=1).encode())
    page = session.get("/bills")
    assert page.data == {"you": "Bearer [secret]", "name": "Ann", "n": [1, {"[secret]": "x"}]}
    assert token not in page.body.decode()
    assert json.loads(page.body) == page.data


@pytest.mark.parametrize(
    "told", ["Ann Miller", "text/html; name=Ann", "x" * 9_000, "text/Ann Miller"]
)
def test_a_content_type_tells_no_more_than_that(told):
    """Of a content type its two words are repeated, and nothing else that stands in there."""
    answer = Answer(url="http://x", status=200, headers={"content-type": told}, body=b"<p>")
    with pytest.raises(ProtocolError) as caught:
        parse(answer, ())
    assert "Ann" not in caught.value.message
    assert len(caught.value.message) < 120


def test_what_is_known_of_escapes_changes_nothing(monkeypatch):
    """Whether a page has codes is looked for once; nothing is cut or found otherwise for that."""
    from duetrail import secrets
    from duetrail.http import body
    from duetrail.http.cutting import cut_bytes

    monkeypatch.setattr("duetrail.secrets.hiding._tokens", {})
    secrets.remember("tok/en-of-24-letters-sure", token=True)
    pieces = ["\\u0074", "\\/", "\\n", '\\"', "\\\\", "x74", "u0074", "tok/en-of-24-letters-sure"]
    pieces += [
        "tok\\/en-of-24-letters-sure",
        "\\\\x74ok/en-of-24-letters-sure",
        " ",
        "a",
        '", "',
    ] * 2
    random = Random(7)
    for _ in range(2_000):
        words = "".join(random.choices(pieces, k=random.randint(0, 6)))
        text = f'{{"id": ["{words}"], "tok": 1, "t\\u006fk": 2}}'.encode()
        text = text if random.random() < 0.5 else text.replace(b"\\u006f", b"o")
        is_bare = not body._has_codes(text)
        names = frozenset({"tok"})
        assert cut_bytes(text, names) == cut_bytes(text, names, is_bare=is_bare)
        assert body._may_echo(text) == body._may_echo(text, is_bare=is_bare)
