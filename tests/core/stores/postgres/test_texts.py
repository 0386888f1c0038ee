"""Whatever a text or a number holds, PostgreSQL keeps it, and gives it back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.model import Call, Email
from duetrail.pipeline.digest import digest
from duetrail.stores import RecordQuery, open_store, table_of, to_row
from duetrail.stores.canonical import canonical_json
from duetrail.stores.codecs import from_json, to_json
from support.engines import engine

psycopg = engine("psycopg")
texts = engine("duetrail.stores.postgres.texts")
columns = engine("duetrail.stores.postgres.columns")

LETTERS = st.text(
    st.one_of(st.characters(exclude_categories=("Cs",)), st.sampled_from('\0\ufdd0012"\\'))
)
NUMBERS = st.sampled_from(
    ["1e2", "-0.0", "1.50E+1", "1E-8", "0e5", "1e400000", "-2.5e-400000", "12345678901234567890123"]
)
VALUES = st.recursive(
    st.one_of(LETTERS, NUMBERS.map(lambda text: msgspec.Raw(text.encode())), st.none()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(LETTERS, inner)),
    max_leaves=8,
)


@given(LETTERS)
def test_texts_come_back(text: str) -> None:
    """And what is kept has no letter that PostgreSQL refuses."""
    assert "\0" not in texts.escaped(text)
    assert texts.unescaped(texts.escaped(text)) == text


@pytest.fixture(scope="module")
def db():
    from support.postgres import server

    url = server().url()
    with psycopg.connect(url, autocommit=True) as one:
        yield one


@given(value=VALUES)
def test_json_comes_back(db: Any, value: Any) -> None:
    """In its canonical form, whatever order and spelling it came in."""
    text = to_json(from_json(msgspec.json.encode(value))).decode()
    (kept,) = db.execute("SELECT (%s::jsonb)::text", [texts.jsonb_of(text)]).fetchone()
    assert texts.of_jsonb(kept) == canonical_json(text)
    assert canonical_json(canonical_json(text)) == canonical_json(text)


def test_one_digest(store, keep, tmp_path) -> None:
    """Records with all of that have the digest they have in SQLite."""
    import decimal

    parts = {"b": [decimal.Decimal("1e2"), "\0\ufdd0"], "a": decimal.Decimal("1e5000")}
    records = [
        Call(connection="acme", id="c", transcript="\0", transcript_parts=parts),
        Email(connection="acme", id="e", subject="\ufdd0" + "0\\\t\r\n", to_addresses=('"\0',)),
    ]
    keep(*records)
    assert list(store.records(RecordQuery("emails"))) == [to_row(records[1])]
    other = open_store("sqlite:///store.db", folder=tmp_path, create=True)
    from duetrail.stores import Changes

    with other.transaction():
        other.apply(Changes(rows={one.ref: to_row(one) for one in records}))
    assert digest(store) == digest(other)
    other.close()


@pytest.mark.parametrize("text", ["\0", "\ufdd0", "\ufdd02", "\\ufdd0", "a\0\ufdd01b"])
def test_json_in_a_list_of_texts(store, keep, text) -> None:
    """Rows of several kinds are read as texts: JSON in them is no text with letters of its own."""
    call = Call(connection="acme", id="c", transcript=text, transcript_parts={"a": [text]})
    keep(call)
    table = table_of("calls")
    (row,) = store.select(f"SELECT {columns.as_list(table)} AS found FROM calls AS t")
    assert columns.values_of(table, row["found"]) == to_row(call).values
