"""References as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.errors import UsageError
from duetrail.model import BY_TABLE, Ref
from duetrail.model.refs import parse_ref

NAMES = st.text(st.characters(blacklist_characters=":"))


@given(NAMES, st.sampled_from(sorted(BY_TABLE)), st.text())
def test_what_is_joined_by_colons_comes_apart_again(connection, table, id):
    """An id may hold colons of its own; a name of a connection holds none."""
    assert parse_ref(f"{connection}:{table}:{id}") == Ref(connection, table, id)


@pytest.mark.parametrize(
    ("text", "table"),
    [("", "''"), ("stuut", "''"), ("stuut:inv_1", "'inv_1'"), ("stuut:bills:inv_1", "'bills'")],
)
def test_a_table_that_is_not_there_is_told_with_all_there_are(text, table):
    """One message, wherever a reference is taken, says what to write instead."""
    with pytest.raises(UsageError) as told:
        parse_ref(text)
    assert told.value.message == f"{text!r} names no record: there is no table {table}"
    assert "CONNECTION:TABLE:ID" in told.value.hint
    assert all(table in told.value.hint for table in BY_TABLE)
