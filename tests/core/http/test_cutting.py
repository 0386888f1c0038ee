"""What is never stored is cut wherever it stands, and nothing else changes."""

import json
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.http import cut
from duetrail.http.answer import Answer
from duetrail.http.body import parse
from duetrail.http.cutting import cut_bytes
from support.nightly import examples

NAMES = frozenset({"secret", "url"})
_decoder = msgspec.json.Decoder(float_hook=Decimal)

_numbers = st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
_keys = st.text(max_size=5) | st.sampled_from(sorted(NAMES))
_trees = st.recursive(
    st.none() | st.booleans() | _numbers | st.text(max_size=5),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(_keys, below, max_size=4),
    max_leaves=20,
)


def answer(body: bytes) -> Answer:
    return Answer(url="https://api.acme.example/bills", status=200, headers={}, body=body)


def without(tree):
    if isinstance(tree, dict):
        return {key: without(value) for key, value in tree.items() if key not in NAMES}
    return [without(value) for value in tree] if isinstance(tree, list) else tree


def written(tree):
    """The tree with numbers as they were written, since 1.1 equals 1.10."""
    if isinstance(tree, dict):
        return {key: written(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [written(value) for value in tree]
    return str(tree) if isinstance(tree, Decimal) else tree


@given(_trees)
def test_everything_else_stays(tree):
    """Cut and written anew, every other value is what it was, to the last digit."""
    exact = msgspec.json.Encoder(decimal_format="number").encode(tree)
    before = _decoder.decode(exact)
    body, data = parse(answer(exact), NAMES)
    assert written(_decoder.decode(body)) == written(data) == written(without(before))


@given(_trees)
def test_says_whether(tree):
    """The answer is whether anything was cut."""
    before, after = written(tree), written(without(tree))
    assert cut(tree, NAMES) is (before != after)
    assert written(tree) == after


def test_nothing_to_cut():
    """Without names nothing is cut, and nothing is said to be."""
    assert cut({"secret": 1}, frozenset()) is False


@pytest.mark.parametrize(
    "number",
    ["1.10", "0.00", "1E+2", "-1.5E-9", "123456789012345678901234567890", "-9223372036854775809"],
)
def test_numbers_as_written(number):
    """A number stands in the new body as it stood in the old one."""
    body, _ = parse(answer(f'{{"a":[{number}],"secret":1}}'.encode()), NAMES)
    assert body == f'{{"a":[{number}]}}'.encode()


def test_untouched_body():
    """A body of which nothing is ever cut stays as received, blanks included."""
    received = b'{ "a" : 1.50, "b": "\\u00e9" }'
    assert parse(answer(received), frozenset())[0] == received


def test_keys_that_come_twice():
    """What stands under the first of two equal keys is not seen, and so must not stay either."""
    received = b'{"p":{"secret":"canary"},"p":{"id":1}}'
    body, data = parse(answer(received), NAMES)
    assert (b"canary" in body, data) == (False, {"p": {"id": 1}})


def test_half_a_character():
    """Text that was cut inside an emoji costs that character, not the page."""
    received = b'{"a":"x \\ud83d","b":"\\ud83d\\ude00","c":"\\\\ud83d"}'
    body, data = parse(answer(received), frozenset())
    assert data == {"a": "x \ufffd", "b": "\U0001f600", "c": "\\ud83d"}
    assert body == received


def test_keys_in_disguise():
    """A key is found however it is escaped, and below lists and objects."""
    body, data = parse(answer(b'[[{"x":{"\\u0073ecret":"canary"}}]]'), NAMES)
    assert (body, data) == (b'[[{"x":{}}]]', [[{"x": {}}]])


def test_with_all_below():
    """What stands below a cut key goes with it; a value equal to a key stays."""
    data = {"secret": {"id": 1, "more": [1]}, "b": "secret"}
    assert cut(data, NAMES)
    assert data == {"b": "secret"}


def test_deeper_than_the_stack():
    """Any depth that can be read can be cut."""
    data: dict[str, object] = {"secret": 1}
    for _ in range(5000):
        data = {"a": [data]}
    assert cut(data, NAMES)
    for _ in range(5000):
        data = data["a"][0]  # type: ignore[index, assignment]
    assert data == {}


def test_neither_body_nor_data_hold_what_is_cut(open_session, vendor):
    """Neither the body nor the data of a page hold what is cut."""
    vendor.then(body=b'{"id":1,"url":"https://files.example/?sig=canary","total":1.10}')
    page = open_session(never_stored=NAMES).get("/bills")
    assert page.body == b'{"id":1,"total":1.10}'
    assert page.data == {"id": 1, "total": Decimal("1.10")}


_keys_of_all_kinds = _keys | st.sampled_from(
    ["secret_", "xsecret", 'se"cret', "\\secret", '"secret":', "{url", "url}", "\u00e9", "\n"]
)
_odd_texts = st.text(max_size=5) | _keys_of_all_kinds
_odd_trees = st.recursive(
    st.none() | st.booleans() | st.integers() | _odd_texts,
    lambda below: (
        st.lists(below, max_size=4) | st.dictionaries(_keys_of_all_kinds, below, max_size=5)
    ),
    max_leaves=30,
)
_members = st.recursive(
    st.sampled_from(["1", '"secret"', "null", '"}"', '"\\\\"', '"\\""']),
    lambda below: (
        st.lists(below, max_size=3).map(lambda parts: f"[{','.join(parts)}]")
        | st.lists(st.tuples(_keys, below), max_size=4).map(
            lambda pairs: f"{{{','.join(f'{json.dumps(key)}: {value}' for key, value in pairs)}}}"
        )
    ),
    max_leaves=12,
)


@settings(max_examples=examples(80, 400))
@given(
    _odd_trees,
    st.booleans(),
    st.sampled_from([None, 1]),
    st.sampled_from([(",", ":"), (", ", ": "), (" ,\r\n", "\t:")]),
)
def test_cutting_bytes_is_cutting_the_tree(tree, ascii, indent, separators):
    """However JSON is written, cutting its bytes leaves what cutting its tree leaves."""
    body = json.dumps(tree, ensure_ascii=ascii, indent=indent, separators=separators).encode()
    kept = cut_bytes(body, NAMES)
    assert kept is None or json.loads(kept) == without(tree)
    assert kept is not None or b"\\u" in body


@settings(max_examples=examples(80, 400))
@given(_members)
def test_equal_keys_are_all_cut(body):
    """Where a key comes twice in one object, neither is kept."""
    kept = cut_bytes(body.encode(), NAMES)
    assert json.loads(kept, object_pairs_hook=_pairs) == without_pairs(
        json.loads(body, object_pairs_hook=_pairs)
    )


def _pairs(pairs):
    return ("object", pairs)


def without_pairs(tree):
    if isinstance(tree, tuple):
        pairs = [(key, without_pairs(value)) for key, value in tree[1] if key not in NAMES]
        return _pairs(pairs)
    return [without_pairs(value) for value in tree] if isinstance(tree, list) else tree


@pytest.mark.parametrize("key", [r"\u0073ecret", r"secre\u0074", r"\u0075rl"])
def test_keys_written_with_escapes(key):
    """A key is cut however it is spelled."""
    body, data = parse(answer(b'{"%b":"canary","id":1}' % key.encode()), NAMES)
    assert (body, data) == (b'{"id":1}', {"id": 1})


@pytest.mark.parametrize("key", ["a/b", 'a"b', "a\\b", "a\nb", "\U0001f600"])
def test_keys_that_are_always_escaped(key):
    """A key with signs that JSON escapes is cut as well."""
    for text in (
        json.dumps(key),
        json.dumps(key, ensure_ascii=False),
        json.dumps(key).replace("/", "\\/"),
    ):
        body, data = parse(answer(b'{%b:"canary","id":1}' % text.encode()), {key})
        assert (b"canary" in body, data) == (False, {"id": 1})


def test_what_is_not_cut_keeps_its_bytes():
    """Where nothing has to be cut, what is kept is what was received."""
    received = b'{ "id" : 1.50 ,\n"note":"\\u00e9 \\/" }'
    assert parse(answer(received), NAMES)[0] == received
