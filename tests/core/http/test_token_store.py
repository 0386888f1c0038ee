"""Tokens in the secret they live in: written whole, locked, and read back as they were."""

from __future__ import annotations

import sys
import types
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duetrail.errors import SecretError
from duetrail.http.token_store import Tokens, TokenStore, consent_of
from duetrail.secrets import WritableSecret

TEXTS = st.text(st.characters(codec="ascii", exclude_categories=["C", "Z"]), max_size=80)
MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC))
TOKENS = st.builds(
    Tokens,
    access_token=TEXTS,
    refresh_token=TEXTS,
    consent=TEXTS,
    expires_at=MOMENTS,
    asked_at=MOMENTS,
)

OLD = Tokens(refresh_token="made-up-old-refresh-token", consent="made-up-consent-0001")


@pytest.fixture
def store(tmp_path):
    return TokenStore(WritableSecret(f"file:{tmp_path}/acme.token"))


@pytest.fixture
def keyring(monkeypatch):
    """The keyring package, or as much of it as is used."""
    held = {}
    package = types.ModuleType("keyring")
    package.errors = types.SimpleNamespace(KeyringError=LookupError)
    package.get_password = lambda service, user: held.get((service, user))
    package.set_password = lambda service, user, text: held.update({(service, user): text})
    package.held = held
    monkeypatch.setitem(sys.modules, "keyring", package)
    return package


@given(tokens=TOKENS)
def test_what_is_written_is_read(tokens):
    """One line of JSON, whatever the tokens are."""
    text = tokens.dump()
    assert "\n" not in text
    assert Tokens.parse(text) == tokens


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 400))
def test_killed_at_any_byte_one_of_both_is_there(store, tmp_path, cut):
    """A draft that breaks off is nothing, a whole one is the new tokens; the old ones are safe."""
    new = Tokens(refresh_token="made-up-new-refresh-token", consent=OLD.consent)
    store.write(OLD)
    whole = f"{new.dump()}\n"
    (tmp_path / ".acme.token.new").write_text(whole[:cut])
    with store.locked():
        assert store.recovered() == (new if cut >= len(whole) else OLD)
    assert store.read() == store.recovered()


def test_a_keyring_holds_tokens(keyring):
    """Written and read as in a file."""
    store = TokenStore(WritableSecret("keyring:duetrail/acme"))
    with store.locked():
        store.write(OLD)
    assert store.recovered() == OLD
    assert [*keyring.held] == [("duetrail", "acme")]


def test_a_keyring_that_cannot_be_written(keyring):
    """It is told, without the tokens."""

    def refuse(*given):
        raise LookupError("made-up words")

    keyring.set_password = refuse
    with pytest.raises(SecretError, match="cannot be asked") as told:
        TokenStore(WritableSecret("keyring:duetrail/acme")).write(OLD)
    assert OLD.refresh_token not in str(told.value)


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    """It is told what has to be writable, and the old tokens stay."""
    store = TokenStore(WritableSecret(f"file:{tmp_path}/acme.token"))
    store.write(OLD)

    def refuse(*given, **more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.open", refuse)
    with pytest.raises(SecretError, match=r"cannot be written to .*acme\.token"):
        store.write(Tokens(refresh_token="made-up-other-token"))
    monkeypatch.undo()
    assert store.read() == OLD


def test_a_link_stays_a_link(tmp_path):
    """What it leads to is replaced, and not the link."""
    behind = tmp_path / "behind.token"
    behind.write_text("made-up-refresh-token")
    (tmp_path / "acme.token").symlink_to(behind)
    store = TokenStore(WritableSecret("file:acme.token", tmp_path))
    store.write(OLD)
    assert (tmp_path / "acme.token").is_symlink()
    assert Tokens.parse(behind.read_text().strip()) == OLD


def test_consent_stays_while_tokens_are_renewed(tmp_path):
    """A bare refresh token has one of its own, which its successors keep."""
    file = tmp_path / "acme.token"
    file.write_text("made-up-refresh-token")
    secret = WritableSecret(f"file:{file}")
    first = consent_of(secret, "acme")
    store = TokenStore(secret)
    store.write(Tokens(refresh_token="made-up-next-token", consent=store.read().consent))
    assert consent_of(secret, "acme") == first
    file.write_text("made-up-token-of-others")
    assert consent_of(secret, "acme") != first


def test_times_are_aware():
    """One that was written by hand without a zone is in UTC."""
    told = Tokens.parse('{"access_token": "a", "expires_at": "2031-03-02T09:00:00"}')
    assert told.expires_at == datetime(2031, 3, 2, 9, tzinfo=UTC)
