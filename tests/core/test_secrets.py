"""Secrets: found late, shown never."""

import base64
import json
import sys
import types
from urllib.parse import quote, quote_plus

import pytest

from duetrail import secrets
from duetrail.errors import SecretError
from duetrail.secrets import Secret, redact, remember

CANARY = 'canary/7+"x" é?=9'


@pytest.fixture(autouse=True)
def _forget(monkeypatch):
    """What a test remembers must not redact the texts of others."""
    monkeypatch.setattr(secrets, "_known", set())
    monkeypatch.setattr(secrets, "_tokens", set())


# --- references ----------------------------------------------------------------------------------


def test_environment(monkeypatch):
    """`env:` names an environment variable, read when the secret is used."""
    secret = Secret("env:ACME_TOKEN")
    monkeypatch.setenv("ACME_TOKEN", "canary-1")
    assert secret.resolve() == "canary-1"


@pytest.mark.parametrize("value", [None, "", "\n"])
def test_environment_without_it(monkeypatch, value):
    """A variable that is not set, or empty, is named with the way to set it."""
    monkeypatch.delenv("ACME_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("ACME_TOKEN", value)
    with pytest.raises(SecretError, match=r"ACME_TOKEN is not set\n.*export ACME_TOKEN="):
        Secret("env:ACME_TOKEN").resolve()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_line_breaks_at_the_end(monkeypatch, tmp_path, end):
    """What an editor or a command put behind a secret is no part of it, wherever it is kept."""
    monkeypatch.setenv("ACME_TOKEN", f"canary-1{end}")
    (tmp_path / "acme.token").write_bytes(f"canary-1{end}".encode())
    store = types.SimpleNamespace(get_password=lambda service, user: f"canary-1{end}")
    monkeypatch.setitem(sys.modules, "keyring", store)
    for reference in ("env:ACME_TOKEN", "file:acme.token", "keyring:acme/me"):
        assert Secret(reference, tmp_path).resolve() == "canary-1"


@pytest.mark.parametrize("amid", ["\n", "\r", "\r\n"])
def test_line_breaks_amid_a_secret(monkeypatch, tmp_path, amid):
    """A secret of several lines is refused at once, by its reference, and never shown."""
    text = f"canary{amid}canary"
    monkeypatch.setenv("ACME_TOKEN", text)
    (tmp_path / "acme.token").write_bytes(text.encode())
    store = types.SimpleNamespace(get_password=lambda service, user: text)
    monkeypatch.setitem(sys.modules, "keyring", store)
    for reference in ("env:ACME_TOKEN", "file:acme.token", "keyring:acme/me"):
        with pytest.raises(SecretError, match=f"{reference} is more than one line") as caught:
            Secret(reference, tmp_path).resolve()
        assert "canary" not in str(caught.value)


def test_file(tmp_path):
    """`file:` names a file beside the configuration; the line's end is no part of the secret."""
    (tmp_path / "acme.token").write_text("canary-1\n")
    assert Secret("file:acme.token", tmp_path).resolve() == "canary-1"
    assert Secret(f"file:{tmp_path}/acme.token").resolve() == "canary-1"


def test_file_at_home(tmp_path, monkeypatch):
    """A file may be named from the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "acme.token").write_text("canary-1")
    assert Secret("file:~/acme.token").resolve() == "canary-1"


def test_file_that_is_missing(tmp_path):
    """A file that cannot be read is named, with why."""
    with pytest.raises(SecretError, match=r"acme\.token cannot be read: No such file"):
        Secret("file:acme.token", tmp_path).resolve()


def test_file_that_is_a_folder(tmp_path):
    """A folder is no file."""
    with pytest.raises(SecretError, match="cannot be read: Is a directory"):
        Secret("file:", tmp_path).resolve()


def test_file_that_is_empty(tmp_path):
    """A file with nothing in it holds no secret."""
    (tmp_path / "acme.token").write_text("\n")
    with pytest.raises(SecretError, match=r"acme\.token is empty"):
        Secret("file:acme.token", tmp_path).resolve()


def test_file_that_is_no_text(tmp_path):
    """A file that is no text is refused like any other, without its content."""
    (tmp_path / "acme.token").write_bytes(b"canary-\xff")
    with pytest.raises(SecretError, match=r"acme\.token cannot be read"):
        Secret("file:acme.token", tmp_path).resolve()


def test_file_of_nobody():
    """So is a file of a user who does not exist."""
    with pytest.raises(SecretError, match="no home folder"):
        Secret("file:~nobody-of-that-name/acme.token").resolve()


class KeyringError(Exception):
    """As the keyring package has it."""


@pytest.fixture
def keyring(monkeypatch):
    """The keyring package, or as much of it as is used; the real one would ask the desktop."""
    package = types.ModuleType("keyring")
    package.errors = types.SimpleNamespace(KeyringError=KeyringError)
    held = {("acme", "ann/1"): "canary-1"}
    package.get_password = lambda service, user: held.get((service, user))
    monkeypatch.setitem(sys.modules, "keyring", package)
    return package


@pytest.mark.usefixtures("keyring")
def test_keyring():
    """`keyring:` names a service and a user; a user may have slashes."""
    assert Secret("keyring:acme/ann/1").resolve() == "canary-1"


@pytest.mark.usefixtures("keyring")
def test_keyring_without_it():
    """A password the keyring does not have is named by service and user."""
    with pytest.raises(SecretError, match="no password for 'bob' of service 'acme'"):
        Secret("keyring:acme/bob").resolve()


def test_keyring_that_fails(keyring):
    """A keyring that is locked is told from one that is empty."""

    def locked(service, user):
        raise KeyringError("canary")

    keyring.get_password = locked
    with pytest.raises(SecretError, match=r"cannot be asked: KeyringError\n.*env:NAME") as caught:
        Secret("keyring:acme/ann").resolve()
    assert "canary" not in str(caught.value)


def test_keyring_that_is_not_installed(monkeypatch):
    """Without the package, the message says what to install."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SecretError, match=r"pip install 'duetrail\[keyring\]'"):
        Secret("keyring:acme/ann").resolve()


@pytest.mark.parametrize("value", ["canary-1", "a:b", "https://x", "ENV:X", "environment"])
def test_plain(value):
    """Anything else is the secret itself."""
    assert Secret(value).is_plain
    assert Secret(value).resolve() == value


@pytest.mark.parametrize("reference", ["env:X", "file:x", "keyring:a/b"])
def test_not_plain(reference):
    """A reference is not."""
    assert not Secret(reference).is_plain


# --- showing -------------------------------------------------------------------------------------


def test_repr(tmp_path):
    """A repr shows a reference, and no value."""
    assert repr(Secret("env:ACME_TOKEN", tmp_path)) == "Secret(reference='env:ACME_TOKEN')"
    assert repr(Secret("canary-1")) == "Secret(reference='[secret]')"


def test_redact(monkeypatch):
    """What was resolved is taken out of every text from then on."""
    monkeypatch.setenv("ACME_TOKEN", "canary-1")
    assert redact("say canary-1") == "say canary-1"
    Secret("env:ACME_TOKEN").resolve()
    assert redact("say canary-1 and canary-1!") == "say [secret] and [secret]!"


@pytest.mark.parametrize(
    "form",
    [
        CANARY,
        quote(CANARY, safe=""),
        json.dumps(CANARY),
        base64.b64encode(CANARY.encode()).decode(),
        base64.urlsafe_b64encode(CANARY.encode()).decode(),
    ],
)
def test_redact_forms(form):
    """Also in the forms it takes in a URL, in JSON and in a header."""
    remember(CANARY)
    shown = redact(f"<{form}>")
    assert "[secret]" in shown
    assert shown.replace("[secret]", "").strip('<>"=') == ""


def test_redact_readable_json():
    """Also in the JSON that commands write, which leaves letters as they are."""
    remember(CANARY)
    assert "canary" not in redact(json.dumps(CANARY, ensure_ascii=False))


def test_redact_longest_first():
    """A secret inside another leaves no rest of it."""
    remember("canary")
    remember("canary-and-more")
    assert redact("canary-and-more, canary") == "[secret], [secret]"


def test_short_values():
    """A value of a few letters would blot out ordinary words, and protects nothing."""
    remember("abc")
    assert redact("abc of it") == "abc of it"


SIMPLE = "canary-7f3a9c41d2"


@pytest.mark.parametrize("user", ["", "a", "an", "ann", "anna@acme.example"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("secret", [SIMPLE, CANARY])
def test_redact_user_and_password(user, encode, secret):
    """Also in the base64 of `user:password`, wherever in it the password begins."""
    remember(secret)
    text = encode(f"{user}:{secret}:more".encode()).decode()
    shown = redact(f"Basic {text}")
    assert "[secret]" in shown
    left = base64.urlsafe_b64decode(shown.partition("[secret]")[2][-4:] + "==")
    assert secret[-3:].encode() not in left


@pytest.mark.parametrize(
    "form",
    [
        quote(CANARY),
        quote_plus(CANARY),
        quote(CANARY, safe="").replace("%2F", "%2f").replace("%3D", "%3d").lower(),
        json.dumps(CANARY).replace("/", "\\/"),
        json.dumps(json.dumps(CANARY)),
        repr(CANARY),
    ],
)
def test_redact_other_forms(form):
    """Also with lower-case hexadecimals, plus for a blank, escaped slashes, and JSON in JSON."""
    remember(CANARY)
    assert "canary" not in redact(form)


def test_redacted_values():
    """Texts of JSON values lose their secrets, numbers that look alike stay numbers."""
    remember("12345678")
    value = {"a": ["x12345678", 12345678, None], "12345678": True}
    assert secrets.redacted(value) == {"a": ["x[secret]", 12345678, None], "[secret]": True}


def test_tokens():
    """Only what goes to the vendor as it is, and is long enough, is taken out of data."""
    remember("a-login-name-of-people")
    remember("short-token", token=True)
    remember("canary-7f3a9c41d2-and-more", token=True)
    data = ["a-login-name-of-people", "short-token", "a canary-7f3a9c41d2-and-more"]
    assert secrets.holds_token("\n".join(data).encode())
    assert secrets.without_tokens(data) == [*data[:2], "a [secret]"]
