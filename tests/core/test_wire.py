"""The edge: strict, exact about the place of a mistake, and nothing is lost."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from attrs import frozen
from hypothesis import assume, given
from hypothesis import strategies as st

from duetrail.errors import BadItem
from duetrail.http.body import decode as parsed
from duetrail.wire import (
    Mismatch,
    UnrepresentableNumber,
    decode,
    decode_json,
    judge,
    leftovers,
    named,
    utc,
    whole,
)


@frozen
class Line:
    amount: Decimal
    text: str | None = None


@frozen
class Bill:
    id: str
    pages: int | None = None
    open: bool | None = None
    total: Decimal | None = None
    sent: datetime | None = None
    made: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    due: date | None = None
    tags: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    first: Line | None = None
    sender: str | None = named("from")
    days: tuple[date, ...] = named("due-dates", ())
    parts: Any = None


def bill(**more: Any) -> Bill:
    return decode(Bill, {"id": "b1", **more})


def refusal(**more: Any) -> BadItem:
    with pytest.raises(BadItem) as caught:
        bill(**more)
    return caught.value


# --- what is taken -------------------------------------------------------------------------------


def test_every_type():
    """What is of the declared type is taken as it is."""
    whole = bill(pages=3, open=False, total=Decimal("1.50"), due="2026-02-28", tags=["a"])
    assert whole == Bill("b1", 3, False, Decimal("1.50"), due=date(2026, 2, 28), tags=("a",))


def test_absent_and_null():
    """A field that may be None may be absent or null."""
    assert bill() == bill(pages=None, open=None, total=None, sent=None, first=None, parts=None)


def test_objects_and_lists_become_wire_types():
    """Objects and lists of objects become wire types, in order."""
    lines = [{"amount": 1}, {"amount": Decimal("2.5"), "text": "x"}]
    assert bill(lines=lines).lines == (Line(Decimal(1)), Line(Decimal("2.5"), "x"))


def test_whole_number_where_a_number_may_have_a_fraction():
    """A number without a point is a number."""
    assert bill(total=10**30).total == Decimal(10**30)


def test_keys_that_are_no_names():
    """A field can be named apart from its key."""
    assert bill(**{"from": "Ann", "due-dates": ["2026-01-02"]}) == Bill(
        "b1", sender="Ann", days=(date(2026, 1, 2),)
    )
    assert bill(sender="Ann").sender is None


@pytest.mark.parametrize("parts", [1, "x", [1, {"a": None}], {"b": [Decimal("0.1")]}])
def test_what_is_not_typed_is_taken_as_it_is(parts):
    """What the vendor does not type is taken whatever it is."""
    assert bill(parts=parts).parts == parts


def test_unknown_keys():
    """Keys nobody declared are no mistake."""
    assert bill(colour="red") == bill()


@pytest.mark.parametrize("field", ["sent", "due"])
def test_empty_time(field):
    """Some vendors write an empty text for no time."""
    assert getattr(bill(**{field: ""}), field) is None


@pytest.mark.parametrize(
    "text", ["2026-01-02T03:04:05Z", "2026-01-02T05:04:05+02:00", "2026-01-01T22:04:05.000-05:00"]
)
def test_times_are_utc(text):
    """A time comes back in UTC, whatever offset it was written with."""
    assert bill(sent=text).sent == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert bill(sent=text).sent.tzinfo is UTC


@given(st.datetimes(timezones=st.timezones()))
def test_same_moment(moment):
    """No offset moves the moment."""
    try:
        wanted = moment.astimezone(UTC)
        text = moment.isoformat()
    except OverflowError:
        return
    assume(text[-3:-2] == ":" and text[-6] in "+-")  # RFC 3339 offsets have no seconds
    assert utc(text) == wanted


@pytest.mark.parametrize("text", ["180.0", "180", "1.8E2", "180.00000000000000000000000000000000"])
def test_a_whole_number_however_it_is_written(text):
    """A number without a fraction is a whole number, also with a point and zeros behind it."""
    number = bill(pages=Decimal(text)).pages
    assert (number, type(number)) == (180, int)


@pytest.mark.parametrize("text", ["9223372036854775808.0", "1e19", "-1e999999999"])
def test_whole_numbers_beyond_64_bits(text):
    """One that no column holds is refused, and not first written out in all its digits."""
    with pytest.raises(Mismatch, match="a whole number of at most 64 bits"):
        whole(Decimal(text))


@pytest.mark.parametrize(
    "text", ["2016-12-31T23:59:60Z", "2016-12-31T23:59:60.5Z", "2017-01-01T00:59:60+01:00"]
)
def test_leap_seconds(text):
    """A second that RFC 3339 knows and no datetime holds is the last microsecond before it."""
    assert bill(sent=text).sent == datetime(2016, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2016-12-31T12:34:60Z", "2016-12-31T23:59:60+01:00"])
def test_other_sixtieth_seconds(text):
    """There is no such second but at midnight in UTC."""
    with pytest.raises(Mismatch):
        utc(text)


IMPOSSIBLE = [
    "0000-00-00",
    "0000-00-00 00:00:00",
    "0000-00-00T00:00:00Z",
    "0000-00-00T00:00:00+00:00",
    "2026-02-30",
    "2026-13-01T00:00:00Z",
    "2026-01-01T25:61:61Z",
    "2026-01-01T24:00:00Z",
    "0001-01-01T00:00:00+14:00",
]


@pytest.mark.parametrize("text", IMPOSSIBLE)
@pytest.mark.parametrize("field", ["sent", "due"])
def test_a_time_that_never_was(field, text):
    """It costs the field that may be None, not the item; its text is left over."""
    raw = {"id": "b1", field: text, "lines": [{"amount": 1}]}
    assert getattr(decode(Bill, raw), field) is None
    assert leftovers(Bill, raw) == {field: text}


def test_a_time_that_never_was_at_any_depth():
    """Its text is left over from inside objects and lists, too, and no time that is one."""

    @frozen
    class Attempt:
        at: datetime | None = None

    @frozen
    class Callout:
        attempts: tuple[Attempt, ...] | None = None
        last: Attempt | None = None
        days: tuple[date | None, ...] = ()

    raw = {
        "attempts": [{"at": "2026-01-01T00:00:00Z"}, {"at": "0000-00-00"}],
        "last": {"at": "2026-02-29T00:00:00Z"},
        "days": ["2026-02-28", "2026-02-29"],
    }
    callout = decode(Callout, raw)
    assert callout.attempts == (Attempt(datetime(2026, 1, 1, tzinfo=UTC)), Attempt(None))
    assert (callout.last, callout.days) == (Attempt(None), (date(2026, 2, 28), None))
    assert leftovers(Callout, raw) == {
        "attempts": [{}, {"at": "0000-00-00"}],
        "last": {"at": "2026-02-29T00:00:00Z"},
        "days": [None, "2026-02-29"],
    }


def test_null_in_a_list():
    """A null among texts, times or objects is no element, and costs no more than itself."""
    assert bill(tags=[None]).tags == ()
    assert bill(tags=["a", None, "b", None]).tags == ("a", "b")
    assert bill(lines=[None, {"amount": 1}]).lines == (Line(Decimal(1)),)
    assert bill(**{"due-dates": [None, "2026-01-02"]}).days == (date(2026, 1, 2),)


@pytest.mark.parametrize("element", [int, Decimal, bool])
def test_null_among_numbers(element):
    """Among numbers and flags null is not left out: it says that one is missing."""
    one = frozen(type("One", (), {"__annotations__": {"values": tuple[element, ...]}}))
    with pytest.raises(BadItem, match=r"got null at \$\.values\[0\]"):
        decode(one, {"values": [None]})


def test_null_where_it_may_stand():
    """A list whose elements may be None, or anything, keeps its nulls."""
    one = frozen(type("One", (), {"__annotations__": {"a": tuple[str | None, ...], "b": Any}}))
    raw = {"a": ["x", None], "b": [None]}
    assert (decode(one, raw).a, decode(one, raw).b) == (("x", None), [None])


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63), 0])
def test_largest_numbers(value):
    """Whole numbers may be as large as a column can hold."""
    assert bill(pages=value).pages == value


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("id", None, "expected text, got null"),
        ("id", 7, "expected text, got a whole number"),
        ("id", True, "expected text, got true or false"),
        ("pages", Decimal("10.9"), "expected a whole number, got a number with a fraction"),
        ("pages", Decimal("1e-999999999"), "expected a whole number, got a number with a fraction"),
        ("pages", "10", "expected a whole number, got text"),
        ("pages", True, "expected a whole number, got true or false"),
        ("pages", 2**63, "expected a whole number of at most 64 bits, got a whole number"),
        ("pages", -(2**63) - 1, "expected a whole number of at most 64 bits, got a whole number"),
        ("open", "false", "expected true or false, got text"),
        ("open", 0, "expected true or false, got a whole number"),
        ("total", "12.34", "expected a number, got text"),
        ("total", False, "expected a number, got true or false"),
        ("total", 1.5, "expected a number, got a value"),
        ("sent", "2026-01-02T03:04:05", "expected a date-time with a UTC offset, got text"),
        ("sent", "2026-01-02", "expected an RFC 3339 date-time, got text"),
        ("sent", "yesterday", "expected an RFC 3339 date-time, got text"),
        ("sent", 1767323045, "expected text, got a whole number"),
        ("made", "", "expected an RFC 3339 date-time, got text"),
        ("made", None, "expected text, got null"),
        ("due", "2026-01-02T03:04:05Z", r"expected a date (YYYY-MM-DD), got text"),
        ("due", "20260102", r"expected a date (YYYY-MM-DD), got text"),
        ("made", "2026-02-30T00:00:00Z", "expected an RFC 3339 date-time, got text"),
        ("made", "0000-00-00", "expected an RFC 3339 date-time, got text"),
        ("tags", "ab", "expected a list, got text"),
        ("tags", {"a": 1}, "expected a list, got an object"),
        ("tags", None, "expected a list, got null"),
        ("lines", {"amount": 1}, "expected a list, got an object"),
        ("first", [], "expected an object, got a list"),
        ("first", "x", "expected an object, got text"),
    ],
)
def test_no_coercion(field, value, reason):
    """What is of another type is refused with what was expected, what came, and where."""
    error = refusal(**{field: value})
    assert (error.reason, error.path) == (reason, f"$.{field}")


@frozen
class Loose:
    """Types of Python for what JSON has one of: they work, and are as strict."""

    texts: list[str] | None = None
    names: frozenset[str] | None = None
    anything: list | None = None
    several: Sequence[str] | None = None
    words: dict[str, str] | None = None


@pytest.mark.parametrize("field", ["texts", "names", "anything", "several"])
@pytest.mark.parametrize(
    ("value", "kind"), [("abc", "text"), ({"a": "b"}, "an object"), (5, "a w")]
)
def test_a_text_is_no_list_of_letters(field, value, kind):
    """Nor is an object one of its keys, whatever Python calls the list."""
    with pytest.raises(BadItem, match=rf"expected a list, got {kind}.* at \$\.{field}$"):
        decode(Loose, {field: value})
    right = decode(Loose, {field: ["a", "b"]})
    assert sorted(getattr(right, field)) == ["a", "b"]


def test_an_object_of_any_keys_is_refused_like_others():
    """With what was expected, and the path to what is wrong inside it."""
    assert decode(Loose, {"words": {"a": "b"}}).words == {"a": "b"}
    with pytest.raises(BadItem, match=r"expected an object, got a list at \$\.words$"):
        decode(Loose, {"words": [["a", "b"]]})
    with pytest.raises(BadItem, match=r"expected text, got a whole number at \$\.words\.c$"):
        decode(Loose, {"words": {"a": "b", "c": 1}})


def test_years_beyond_the_calendar():
    """A moment that leaves the calendar in UTC is refused where there has to be one, no crash."""
    assert "between the years 1 and 9999" in refusal(made="0001-01-01T00:00:00+14:00").reason


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("due", "2026-W01-1"),
        ("sent", "2026-W01-1T10:00:00Z"),
        ("sent", "20260101T100000Z"),
        ("sent", "2026-01-01x10:00:00Z"),
    ],
)
def test_other_notations(field, text):
    """A week date, or digits in a row, are not what RFC 3339 calls a date."""
    assert refusal(**{field: text}).path == f"$.{field}"


@pytest.mark.parametrize("raw", [[], None, "x", 1, [{"id": "b1"}]])
def test_no_object(raw):
    """Only an object can be an item."""
    with pytest.raises(BadItem, match=r"expected an object, got .* at \$$"):
        decode(Bill, raw)


def test_a_missing_field_is_named():
    """A required field that is absent is named."""
    with pytest.raises(BadItem, match=r"^a required field is missing at \$\.id$"):
        decode(Bill, {})


def test_path_into_lists():
    """The path leads into lists and objects to the very value."""
    lines = [{"amount": 1}, {"amount": 2}, {"amount": 3}, {"amount": "4"}]
    assert refusal(lines=lines).path == "$.lines[3].amount"
    assert refusal(lines=[{}]).path == "$.lines[0].amount"
    assert refusal(lines=[None, {"amount": 1}, None, {}]).path == "$.lines[3].amount"
    assert refusal(tags=[None, "a", 1]).path == "$.tags[2]"
    assert refusal(first={"amount": 1, "text": 2}).path == "$.first.text"
    assert refusal(tags=["a", 1]).path == "$.tags[1]"


def test_path_in_the_vendors_spelling():
    """The path is written with the vendor's keys."""
    assert refusal(**{"from": 1}).path == "$.from"
    assert refusal(**{"due-dates": ["2026-01-02", "soon"]}).path == "$.due-dates[1]"


def test_several_mistakes():
    """The first mistake is told, the others are counted."""
    error = refusal(pages="1", open="no", lines=[{"amount": "2"}, {}])
    assert error.reason == "expected a whole number, got text (and 3 more)"
    assert error.path == "$.pages"


JUNK = st.recursive(
    st.sampled_from(["canary", Decimal("987654.321"), 98765432109876543210, True, None, -1.5]),
    lambda part: st.lists(part, max_size=2) | st.dictionaries(st.just("canary"), part),
)


@given(st.dictionaries(st.sampled_from([f for f in Bill.__annotations__ if f != "parts"]), JUNK))
def test_reasons_hold_no_data(raw):
    """A refusal holds no value of the item: it may be about a person."""
    with pytest.raises(BadItem) as caught:
        decode(Bill, raw | {"id": None})
    assert "canary" not in str(caught.value)
    assert "98765" not in str(caught.value)


def test_float_fields():
    """A wire class that asks for a float is told what to ask for instead."""

    @frozen
    class Loose:
        rate: float

    with pytest.raises(BadItem, match="declare it as Decimal"):
        decode(Loose, {"rate": Decimal("0.5")})


# --- the quick way and the judge -----------------------------------------------------------------

TIMES = st.sampled_from(
    [
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.123Z",
        "2026-01-02T03:04:05.1234567Z",
        "2026-01-02T03:04:05.123456Z",
        "2026-01-02T24:00:00Z",
        "2026-12-31T23:59:60Z",
        "2026-02-30T00:00:00Z",
        "0000-00-00T00:00:00Z",
        "2026-01-02T03:04:05+01:00",
        "2026-01-02T03:04:05",
        "2026-01-02 03:04:05Z",
        "2026-W01-1T03:04:05Z",
        "20260102T030405.00Z ",
        "2026-01-02T03:04:05,123Z",
        "2026-01-02",
        "",
    ]
)
SCALARS = st.one_of(
    TIMES,
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.text(max_size=3),
    st.decimals(allow_nan=False, allow_infinity=False, places=2),
    st.builds(UnrepresentableNumber, st.sampled_from(["NaN", "1e9999999"])),
)
LINES = st.fixed_dictionaries({}, optional={"amount": SCALARS, "text": SCALARS}) | SCALARS
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), LINES, st.lists(LINES, max_size=3))
KEYS = [
    *("id", "pages", "open", "total", "sent", "made", "due", "tags", "lines", "first", "from"),
    *("due-dates", "parts", "nobody's"),
]
# Mostly right, so that the quick way is gone; each key may be wrong.
RIGHT = {
    "id": st.just("b1"),
    "pages": st.integers(0, 9),
    "total": st.integers(0, 9) | st.just(Decimal("1.5")),
    "sent": TIMES,
    "lines": st.lists(st.fixed_dictionaries({"amount": st.just(1)}), max_size=2),
}


@given(
    st.fixed_dictionaries({}, optional=RIGHT),
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=2),
)
def test_the_quick_way_decodes_as_the_judge(right, other):
    """Whatever comes, compiled decoding gives what cattrs gives, type for type, or its refusal."""
    raw = {**right, **other}
    assert _outcome(decode, raw) == _outcome(judge, raw)


def _written(tree):
    """JSON of a tree, numbers as they stand there."""
    return msgspec.json.Encoder(
        decimal_format="number", enc_hook=lambda number: msgspec.Raw(number.encode())
    ).encode(tree)


@given(
    st.fixed_dictionaries({}, optional=RIGHT),
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=2),
    st.booleans(),
)
def test_bytes_decode_as_the_judge(right, other, both):
    """From bytes comes what cattrs makes of the tree; of two equal keys the last one counts."""
    body = _written(right)[:-1] + b"," + _written(other)[1:] if right and other else b""
    body = body if body and both else _written({**right, **other})
    assume(b"NaN" not in body.replace(b'"NaN"', b""))  # bytes with it are no JSON
    assert _outcome(_from_bytes, body) == _outcome(judge, parsed(body))


WRITTEN = [
    *(
        "180.0",
        "1.8e2",
        "9007199254740993.0",
        "1e400",
        "-0",
        "-0.0",
        "180.50",
        '"180"',
        "1e9999999",
    ),
    *("9" * 30, "9" * 5000, '"2026-01-02T03:04:05+0000"', '"2026-01-02T03:04:05.1234567Z"'),
    *('"2026-01-02T03:04:05.12Z"', '"2026-01-02T24:00:00Z"', '"2026-01-02T03:04:05ZZ"', '""'),
    *('"2026-01-02T03:04:05Z"', '"2026-01-02t03:04:05z"', r'"\u0032026-01-02T03:04:05Z"'),
]


@pytest.mark.parametrize("value", WRITTEN, ids=lambda value: value[:30])
@pytest.mark.parametrize("key", [*KEYS, r"p\u0061ges"])
def test_bytes_decode_as_the_judge_one_by_one(key, value):
    """So do numbers and times in all the ways in which they can be written."""
    body = b'{"id":"b1","%b":%b}' % (key.encode(), value.encode())
    assert _outcome(_from_bytes, body) == _outcome(judge, parsed(body))


@frozen
class Person:
    name: str


@frozen
class Company:
    firm: str


@frozen
class Deal:
    by: Person | Company | None = None


def test_one_of_several_classes_is_told_by_its_keys_from_bytes_too():
    """A field may hold one of several wire classes; what fits none of them is refused."""
    assert decode_json(Deal, b'{"by": {"firm": "Acme"}}', parsed) == Deal(Company("Acme"))
    assert decode_json(Deal, b'{"by": {"name": "Ute"}}', parsed) == Deal(Person("Ute"))
    assert decode_json(Deal, b'{"by": null}', parsed) == decode_json(Deal, b"{}", parsed) == Deal()
    with pytest.raises(BadItem) as caught:
        decode_json(Deal, b'{"by": "Ute"}', parsed)
    assert caught.value.path == "$.by"


def _from_bytes(wire, body):
    return decode_json(wire, body, parsed)


def _outcome(function, raw):
    try:
        return repr(function(Bill, raw))
    except BadItem as error:
        return str(error), error.path
