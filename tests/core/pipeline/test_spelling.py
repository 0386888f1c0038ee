"""JSON that is kept as the vendor wrote it: how it is written makes no difference."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from attrs import frozen
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from duetrail import hookimpl, plugins
from duetrail.declared import FieldMapping, computed
from duetrail.http.answer import Answer
from duetrail.http.auth import NoAuth
from duetrail.http.body import read
from duetrail.model import BY_TABLE, Call, Callout, Email, Invoice
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.mapping import map_page
from duetrail.privacy.erasure import erase
from duetrail.source import Connection, Resource, Shape, Shard, Source
from duetrail.stores.canonical import canonical_json
from duetrail.stores.rows import table_of
from duetrail.stores.schema.tables import Kind
from support.nightly import examples

Json = dict[str, Any]


def _is_odd(state: str | None) -> bool:
    return state == "odd"


def _kind(said: Any) -> str | None:
    return type(said).__name__ if said is not None else None


CALL = FieldMapping(
    Call, id="id", summary="summary", reason=computed(_kind, "said"), transcript_parts="said"
)
INVOICE = FieldMapping(Invoice, id="id", number="number")


@frozen
class Options:
    pass


class Acme:
    """A plugin that shows calls by themselves and inside invoices."""

    @hookimpl
    def source(self) -> Source:
        inner = Shape(name="inner", mapping=CALL, path="$.invoices[*].calls[*]", version="revision")
        outer = Shape(
            name="call",
            mapping=CALL,
            path="$.calls[*]",
            version="revision",
            rank=1,
            unless=computed(_is_odd, "summary"),
        )
        invoice = Shape(name="invoice", mapping=INVOICE, path="$.invoices[*]")
        return Source(
            name="acme",
            title="Acme",
            options=Options,
            resources=(
                Resource(name="invoices", shapes=(invoice, inner)),
                Resource(name="calls", shapes=(outer,)),
            ),
            unsupported=(Callout, Email),
            auth=lambda options: NoAuth(),
        )

    @hookimpl
    def fetch(self, shard: Shard) -> Iterator[Any]:
        return iter(())

    @hookimpl
    def map_item(self, item: Any, connection: Connection) -> Iterator[Any]:
        yield CALL.record(item.wire, connection.name, connection.options)


PLUGIN = plugins.bind("acme", Acme())
assert PLUGIN.source is not None
SOURCE: Source = PLUGIN.source
CONNECTION = Connection(name="echo", source=SOURCE, base_url="", options=Options())


def batch(name: str, body: bytes, *, rows_only: bool = True) -> Batch:
    """A page, mapped."""
    answer = Answer(url="", status=200, headers={}, body=body)
    page, resource = read(answer, frozenset()), SOURCE.resource(name)
    return map_page(PLUGIN, CONNECTION, resource, Shard(name), page, rows_only=rows_only)


# --- spelling ------------------------------------------------------------------------------------


def spelled(value: Any, random: Random) -> str:
    """JSON of a value, as one of very many texts for it."""
    blank = random.choice(["", "", " ", "\n\t"])
    if isinstance(value, dict):
        members = [f"{blank}{spelled(k, random)}:{spelled(v, random)}" for k, v in value.items()]
        random.shuffle(members)
        return f"{{{','.join(members)}{blank}}}"
    if isinstance(value, list):
        return f"[{','.join(blank + spelled(one, random) for one in value)}{blank}]"
    if isinstance(value, str):
        return '"' + "".join(_sign(one, random) for one in value) + '"'
    if isinstance(value, Decimal):
        digits = f"{value:f}"
        longer = f"{digits}0" if "." in digits else f"{digits}.0"
        return random.choice([digits, longer, f"{value:E}", f"{value:e}"])
    return json.dumps(value)


def _sign(sign: str, random: Random) -> str:
    plain = json.dumps(sign, ensure_ascii=False)[1:-1]
    escaped = json.dumps(sign)[1:-1] if ord(sign) > 127 else f"\\u{ord(sign):04x}"
    return plain if random.random() < 0.98 else escaped


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.decimals(-1000, 1000, places=2),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.text("ab/é", max_size=2), inside, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES, st.integers(0, 999), st.integers(0, 999))
def test_all_texts_of_a_value_have_one_canonical_form(value: Any, one: int, other: int) -> None:
    """Key order, blanks, escapes and how a number is written do not show in it."""
    first = canonical_json(spelled(value, Random(one)))
    assert first == canonical_json(spelled(value, Random(other)))
    assert json.loads(first, parse_float=Decimal) == json.loads(
        spelled(value, Random(one)), parse_float=Decimal
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.0", "1"),
        ("1e2", "100"),
        ("-0.0", "0"),
        ("0.10", "1E-1"),
        ('{"a":1,"a":2}', '{"a":2}'),
        ('{"b":1,"a":2}', '{"a":2,"b":1}'),
    ],
)
def test_equal_values_have_one_form(one: str, other: str) -> None:
    """A number is what it comes to, an object its members."""
    assert canonical_json(one) == canonical_json(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", '"1"'),
        ("[1,2]", "[2,1]"),
        ("null", "[]"),
        ("1", "true"),
        ("1e400", "1e401"),
        ("0.1000000000000000000000000000000001", "0.1"),
        ("{}", "[]"),
    ],
)
def test_other_values_have_other_forms(one: str, other: str) -> None:
    """Nothing that differs becomes the same."""
    assert canonical_json(one) != canonical_json(other)


def test_children_hold_no_json() -> None:
    """Only records themselves have JSON columns, which is where they are looked for."""
    for name in BY_TABLE:
        for child in table_of(name).children.values():
            assert not any(one.schema.kind is Kind.JSON for one in child.fields)


# --- worlds --------------------------------------------------------------------------------------


class Vendor:
    """A vendor whose calls are told of in several places, with transcripts that change."""

    def __init__(self, random: Random, *, gives_versions: bool) -> None:
        self._random = random
        self._gives_versions = gives_versions
        self._number = 0

    def pages(self) -> list[tuple[str, Json]]:
        """What one reading shows."""
        self._number += 1
        invoices = [
            {"id": id, "number": str(self._random.randint(1, 2)), "calls": self._calls()}
            for id in ("i1", "i2", "i3")
            if self._random.random() < 0.8
        ]
        pages: list[tuple[str, Json]] = [("invoices", {"invoices": [one]}) for one in invoices]
        return [*pages, ("calls", {"calls": self._calls()})]

    def _calls(self) -> list[Json]:
        return [self._call(id) for id in ("c1", "c2") if self._random.random() < 0.7]

    def _call(self, id: str) -> Json:
        number = self._random.randint(1, self._number)
        said = [{"who": "a", "at": Decimal(number) / 4, "text": f"é/{number % 3}"}, {"end": None}]
        call = {"id": id, "summary": "odd" if number % 4 == 0 else "x", "said": said}
        return call | {"revision": number} if self._gives_versions else call


def _read(ledger: Any, pages: Sequence[tuple[str, bytes]], group: int) -> Any:
    ledger.run()
    for at in range(0, len(pages), group):
        batches = [batch(name, body) for name, body in pages[at : at + group]]
        ledger.committer.commit(*((one, None) for one in batches))
    run = len(ledger.column("runs", "run"))
    for name in ("invoices", "calls"):
        ledger.committer.end_listing(CONNECTION, SOURCE.resource(name), run, ["all"])


def _ledger(ledgers: Callable[[], Any]) -> Any:
    made = ledgers()
    made.plugins["echo"] = PLUGIN
    return made


@settings(max_examples=examples(15, 300), deadline=None, suppress_health_check=list(HealthCheck))
@example(seed=635, versions=False, group=1)  # between equals the canonical hash decides
@given(st.integers(0, 2**32), st.booleans(), st.integers(1, 3))
def test_stores_that_met_other_spellings_say_the_same(
    ledgers: Callable[[], Any], seed: int, versions: bool, group: int
) -> None:
    """However the same data are written, ordered and grouped, the digest is the same.

    In two of three worlds the second store says that it keeps no spelling.
    """
    vendor, random = Vendor(Random(seed), gives_versions=versions), Random(seed + 1)
    plain, other = _ledger(ledgers), _ledger(ledgers)
    other.store.keeps_spelling = seed % 3 > 0
    for _ in range(4):
        pages = vendor.pages()
        written = [(name, json.dumps(page, default=float).encode()) for name, page in pages]
        _read(plain, written, 1)
        shuffled = random.sample(pages, len(pages))
        _read(other, [(name, spelled(page, random).encode()) for name, page in shuffled], group)
        assert plain.digest == other.digest
        assert plain.links() == other.links()


@settings(max_examples=examples(10, 100), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32), st.booleans())
def test_another_spelling_is_no_change(
    ledgers: Callable[[], Any], seed: int, versions: bool
) -> None:
    """The same data once more, written otherwise, write no record and no link."""
    vendor, random = Vendor(Random(seed), gives_versions=versions), Random(seed)
    ledger = _ledger(ledgers)
    pages = vendor.pages()
    for at in range(3):
        ledger.run()
        for name, page in pages:
            outcome = ledger.commit(batch(name, spelled(page, random).encode()))
            assert not at or (sum(outcome.records.values()), outcome.links) == (0, 0)


# --- what is kept --------------------------------------------------------------------------------

CALLS = b'{"calls":[{"id":"c1","said":%b}]}'


def _kept(body: bytes) -> Any:
    (mapped,) = batch("calls", CALLS % body).mapped
    names = [one.name for one in table_of("calls").columns]
    return mapped.rows[0].values[names.index("transcript_parts")]


def test_the_vendors_own_text_is_kept() -> None:
    """Order, blanks and numbers are as they came."""
    assert _kept(b'[{"b": 1.50, "a": "\\n\xc3\xa9"}]') == '[{"b": 1.50, "a": "\\n\u00e9"}]'


@pytest.mark.parametrize(
    ("came", "kept"),
    [
        (b'"\\u003d\\/"', '"=/"'),
        (b"1e5", "1e5"),
        (b"null", None),
        (b"[]", "[]"),
        (b"123456789012345678901", "123456789012345678901"),
        (b'"\\ud800"', '"\ufffd"'),
        (b"1e999999999999999999999", '"1e999999999999999999999"'),
    ],
)
def test_what_a_reader_could_stumble_over_is_written_anew(came: bytes, kept: str | None) -> None:
    """A search finds every text, and every number can be read."""
    assert _kept(came) == kept


def test_a_store_of_canonical_text_sees_no_change(ledgers: Callable[[], Any]) -> None:
    """What was written from a tree, as all JSON once was, is the same as the vendor's own text."""
    ledger = _ledger(ledgers)
    body = CALLS % b'[{"b": 1.50, "a": [true]}]'
    ledger.commit(batch("calls", body, rows_only=False))
    before = ledger.column("calls", "transcript_parts")
    outcome = ledger.run().commit(batch("calls", body))
    assert (outcome.mapped, outcome.pages, sum(outcome.records.values())) == (0, 0, 0)
    assert ledger.column("calls", "transcript_parts") == before == ['[{"a":[true],"b":1.50}]']


def test_who_was_erased_stays_out_of_the_text_and_nothing_looks_changed(
    ledgers: Callable[[], Any],
) -> None:
    """A person is struck out of kept text; what comes again is known to be what is stored."""
    ledger = _ledger(ledgers)
    said = [{"text": "Pat Doe called", "at": Decimal("1.5")}]
    body = json.dumps({"calls": [{"id": "c1", "said": said}]}, default=float).encode()
    ledger.commit(batch("calls", body))
    erase(ledger.store, ("Pat Doe",))
    digest = ledger.digest
    assert "Pat" not in str(ledger.column("calls", "transcript_parts"))
    outcome = ledger.run().commit(batch("calls", body))
    assert (outcome.mapped, outcome.pages, sum(outcome.records.values())) == (0, 0, 0)
    other = spelled({"calls": [{"said": said, "id": "c1"}]}, Random(1)).encode()
    outcome = ledger.run().commit(batch("calls", other))
    assert sum(outcome.records.values()) == 0
    assert ledger.digest == digest
