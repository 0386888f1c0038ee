"""Tests wait for no disk, and hash no secret twice; `tests/conftest.py` and the suite say so."""

from contextlib import closing
from hashlib import pbkdf2_hmac

from duetrail.pipeline import account
from duetrail.stores.opening import open_database


def test_no_test_waits_for_the_disk(tmp_path):
    """A store that a test opens is written, and nobody waits until a loss of power is survived."""
    with closing(open_database(tmp_path / "store.db", create=True)) as db:
        assert db.execute("PRAGMA synchronous").fetchone() == (0,)


def test_a_secret_is_hashed_once_and_in_earnest():
    """Another process, which is in no haste, finds the same hash."""
    salt = account.token_bytes(16)
    assert account.token_bytes(16) is salt
    hashed = account._hash("throw-away-1", salt)
    assert account._hash("throw-away-1", salt) is hashed
    assert hashed == pbkdf2_hmac("sha256", b"throw-away-1", salt, account._ROUNDS)
