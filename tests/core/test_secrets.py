"""Secrets: found late, shown never."""

import base64
import html
import json
import sys
import types
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from duetrail import secrets
from duetrail.errors import SecretError
from duetrail.escapes import plainest
from duetrail.http.answer import Answer
from duetrail.http.body import parse
from duetrail.secrets import Secret, hiding, redact, remember
from support.nightly import examples

CANARY = 'canary/7+"x" é?=9'


# --- references ----------------------------------------------------------------------------------


def test_env_names_an_environment_variable(monkeypatch):
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


def test_file_names_a_file_beside_the_configuration(tmp_path):
    """`file:` names a file beside the configuration; the line's end is no part of the secret."""
    (tmp_path / "acme.token").write_text("canary-1\n")
    assert Secret("file:acme.token", tmp_path).resolve() == "canary-1"
    assert Secret(f"file:{tmp_path}/acme.token").resolve() == "canary-1"


def test_file_with_a_mark_at_its_beginning(tmp_path):
    """Some editors begin a file with a byte order mark; it is no part of the secret."""
    (tmp_path / "token.txt").write_text("s3cret", encoding="utf-8-sig")
    assert Secret("file:token.txt", tmp_path).resolve() == "s3cret"


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
def test_keyring_names_a_service_and_a_user():
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
def test_anything_else_is_the_secret_itself(value):
    """Anything else is the secret itself."""
    assert Secret(value).is_plain
    assert Secret(value).resolve() == value


@pytest.mark.parametrize("reference", ["env:X", "file:x", "keyring:a/b"])
def test_not_plain(reference):
    """A reference is not."""
    assert not Secret(reference).is_plain


# --- showing -------------------------------------------------------------------------------------


def test_a_repr_shows_no_value(tmp_path):
    """A repr shows a reference, and no value."""
    assert repr(Secret("env:ACME_TOKEN", tmp_path)) == "Secret(reference='env:ACME_TOKEN')"
    assert repr(Secret("canary-1")) == "Secret(reference='[secret]')"


def test_what_was_resolved_is_redacted_from_then_on(monkeypatch):
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


def test_what_goes_to_the_vendor_is_redacted_in_data():
    """What goes to the vendor as it is, and is long enough, is taken out of data."""
    remember("a-login-name-of-people")
    remember("canary-7f3a9c41d2-and-more", token=True)
    data = ["a-login-name-of-people", "a canary-7f3a9c41d2-and-more", 7]
    assert secrets.holds_token(json.dumps(data).encode())
    assert secrets.without_tokens(data) == [data[0], "a [secret]", 7]


def test_a_token_of_digits():
    """A long token is taken out where the vendor repeats it as a number, too."""
    remember("918273645546372819", token=True)
    assert secrets.without_tokens([918273645546372819, 9182736455463728190, True]) == [
        "[secret]",
        9182736455463728190,
        True,
    ]


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("k3y-ab", "the key k3y-ab is old", "the key [secret] is old"),
        ("k3y-ab", "k3y-abc and ak3y-ab stay", "k3y-abc and ak3y-ab stay"),
        ("k3y-ab", "https://x.example/?key=k3y-ab&a=1", "https://x.example/?key=[secret]&a=1"),
        ("k3y-ab", "https://x.example/?key%3Dk3y%2Dab", "https://x.example/?key%3D[secret]"),
        ("aBcDeF", "aBcDeF", "[secret]"),
        ("ab1!", "ab1!", "[secret]"),
        ("ab1!", " ab1&#33; ", " [secret] "),
        ("ab1!", "order ab1! stays", "order ab1! stays"),
        ("ab1!", "order?password=ab1!", "order?password=[secret]"),
        ("summer", "summer", "summer"),
        ("summer", "password=summer", "password=[secret]"),
        ("summer", "<password>summer</password>", "<password>[secret]</password>"),
        ("summer", '{\\"pwd\\": \\"summer\\"}', '{\\"pwd\\": \\"[secret]\\"}'),
        ("summer", "password=summertime", "password=summertime"),
        ("123456", "invoice 123456", "invoice 123456"),
        ("123456", "your PIN: 123456.", "your PIN: [secret]."),
    ],
)
def test_short_tokens(secret, text, shown):
    """Short ones are cut as whole words, shorter ones as whole values, words where announced."""
    remember(secret, token=True)
    assert secrets.without_tokens({"note": text}) == {"note": shown}


@pytest.mark.parametrize(
    ("data", "cleaned"),
    [
        ({"password": "summer"}, {"password": "[secret]"}),
        ({"api_key": ["summer", "winter"]}, {"api_key": ["[secret]", "winter"]}),
        ({"credentials": {"code": "summer"}}, {"credentials": {"code": "[secret]"}}),
        ({"field": "password", "value": "summer"}, {"field": "password", "value": "[secret]"}),
        (
            {"loc": ["body", "password"], "input": "summer"},
            {"loc": ["body", "password"], "input": "[secret]"},
        ),
        ({"season": "summer"}, {"season": "summer"}),
        (
            {"passenger": "summer", "keyboard": "summer"},
            {"passenger": "summer", "keyboard": "summer"},
        ),
        ({"note": "Your password expired", "season": "summer"}, None),
    ],
)
def test_ordinary_words(data, cleaned):
    """An ordinary word is cut where the data say that it is a secret, and nowhere else."""
    remember("summer", token=True)
    assert secrets.without_tokens(data) == (data if cleaned is None else cleaned)


@pytest.mark.parametrize("password", ["summer", "ab1!", "hunter22", "x"])
def test_a_login_in_base64(password):
    """The user and the password of a login are known together, as they are sent."""
    secrets.remember_login(["anna@acme.example"], [password])
    text = base64.b64encode(f"anna@acme.example:{password}".encode()).decode()
    assert secrets.without_tokens([f"Basic {text}"])[0].rstrip("=") == "Basic [secret]"
    assert secrets.without_tokens(["anna@acme.example"]) == ["anna@acme.example"]


# --- however it is spelled -----------------------------------------------------------------------

SPELLINGS = [
    lambda sign: sign,
    lambda sign: quote(sign, safe="") if len(quote(sign, safe="")) > 1 else f"%{ord(sign):02x}",
    lambda sign: quote(quote(sign, safe=""), safe=""),
    lambda sign: f"&#{ord(sign)};",
    lambda sign: f"&#x{ord(sign):04X};",
    lambda sign: html.escape(sign),
    lambda sign: f"&amp;#{ord(sign)};",
    lambda sign: f"\\u{ord(sign):04x}",
    lambda sign: f"\\\\u{ord(sign):04X}",
    lambda sign: f"\\x{ord(sign):02x}" if ord(sign) < 256 else sign,
    lambda sign: f"\\{sign}" if sign in '/"' else sign,
]
# Its own escapes and signs that end one are tried by name below.
SIGNS = st.sampled_from("abcXYZ0189-_.~+/=:!?#$@ é€\"'")
# Behind it there stands what parts values in JSON, HTML and addresses.
FRAMES = [("", ""), ("see ", "."), ('<a href="?t=', '">x</a>'), ("https://x.example/?t=", "&a=1")]
FRAMES += [('{"t": "', '"}'), ("100%25 &uuml;\\n", " \\/ &nbsp;")]


@settings(max_examples=examples(60, 300), deadline=None)
@given(
    st.lists(st.tuples(SIGNS, st.sampled_from(SPELLINGS)), min_size=16, max_size=30),
    st.sampled_from(FRAMES),
    st.booleans(),
)
def test_any_spelling(pieces, frame, to_ascii):
    """A secret in any mixture of escapes is found, and all that stands around it stays."""
    secret = "".join(sign for sign, _ in pieces)
    assume(secret == secret.strip())
    spelled = "".join(spell(sign) for sign, spell in pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hiding, "_known", {})
        patch.setattr(hiding, "_tokens", {})
        remember(secret, token=True)
        page = {"a": f"{frame[0]}{spelled}{frame[1]}", "b": [1, frame[0] + frame[1]]}
        body = json.dumps(page, ensure_ascii=to_ascii)
        answer = Answer(url="http://x", status=200, headers={}, body=body.encode())
        kept, data = parse(answer, ())
    assert json.loads(kept) == data
    assert data["b"] == page["b"]
    assert data["a"] == f"{frame[0]}[secret]{frame[1]}"
    assert plainest(secret) not in plainest(kept.decode())


@pytest.mark.parametrize(
    "own", ["a%3Db", "a&amp;b", "a\\u003db", "a\\b", "a%", "100%25", "&#61;", '"', "\\"]
)
@pytest.mark.parametrize("spell", [str, quote, html.escape, lambda text: json.dumps(text)[1:-1]])
def test_a_secret_with_escapes_of_its_own(own, spell):
    """What looks like an escape may be part of a secret."""
    secret = f"canary-{own}-7f3a9c41d2"
    remember(secret, token=True)
    for text in (spell(secret), json.dumps(spell(secret))[1:-1]):
        assert secrets.without_tokens([f"see {text}."]) == ["see [secret]."]
        assert redact(f"see {text}.") == "see [secret]."


def test_a_body_escaped_without_need():
    """The escapes some vendors write for `=` and `&` hide no token, and hold up nobody."""
    remember("canary-7f3a9c41d2==", token=True)
    body = rb'{"a":"canary-7f3a9c41d2\u003d\u003d","b":"x \u003d y \/ z"}'
    kept, data = parse(Answer(url="http://x", status=200, headers={}, body=body), ())
    assert data == {"a": "[secret]", "b": "x = y / z"}
    assert json.loads(kept) == data


def test_what_is_kept_is_what_came():
    """An answer in which nothing is cut is kept to the byte, though it looks as if there were."""
    remember("summer", token=True)
    body = rb'{"season": "summer", "a": "\u003c&amp;%3D"}'
    assert parse(Answer(url="http://x", status=200, headers={}, body=body), ())[0] == body


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece", ["\\", "\\u", "&#0", "&amp;", "%25", "%", "ab1!", "pwd=", "canary-7f3", "\\u{"]
)
def test_hostile_texts(piece):
    """No text, however it is made, takes longer than it is long."""
    for secret in ("ab1!", "summer", "k3y-ab", "canary-7f3a9c41d2=="):
        remember(secret, token=True)
    for text in (piece * 50_000, piece * 50_000 + "ab1!", "password " + piece * 50_000):
        secrets.hides_token(text.encode())
        assert secrets.without_tokens([text])
        redact(text)
