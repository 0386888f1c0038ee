"""No secret gets onto a cassette: it is taken out, or nothing is written."""

from __future__ import annotations

import base64
import html
import json
import secrets as randomness
from types import SimpleNamespace
from urllib.parse import quote, quote_plus

import pytest

from duetrail.http import csv_rows
from duetrail.recording import record
from duetrail.recording.interactions import Body, Interaction
from duetrail.recording.scrubbing import Unfit, scrub
from duetrail.secrets import remember
from support.recording import interactions


@pytest.fixture
def cassette(tmp_path):
    return tmp_path / "acme.yaml"


@pytest.fixture
def secret():
    """A credential with signs that are escaped differently everywhere."""
    value = f"k/+ \"Ä'{randomness.token_hex(12)}"
    remember(value)
    return value


FORMS = {
    "plain": lambda value: value,
    "in a URL": quote,
    "in a query": quote_plus,
    "in JSON": lambda value: json.dumps({"key": value}),
    "in JSON in JSON": lambda value: json.dumps(json.dumps(value)),
    "in base64": lambda value: base64.b64encode(value.encode()).decode(),
    "in base64 after a name": lambda value: base64.b64encode(b"acme:" + value.encode()).decode(),
    "escaped twice": lambda value: quote(quote(value, safe=""), safe=""),
    "in HTML": html.escape,
    "in all escapes": lambda value: "".join(f"&#{ord(sign)};" for sign in value),
}

ODD_FORMS = {
    "in base64 twice": lambda value: base64.b64encode(base64.b64encode(value.encode())).decode(),
    "in base64 of JSON": lambda value: base64.b64encode(json.dumps([value]).encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_in_an_answer(config, vendor, cassette, secret, form):
    """Whatever repeats a credential in a known form shows [secret] instead."""
    shown = FORMS[form](secret)
    vendor.bills({"id": "b1", "odd": f"see {shown}."})
    assert record("acme", cassette, config=config).summary.exit_code == 0
    text = cassette.read_text(encoding="utf-8")
    assert "[secret]" in text
    assert not any(encoded(secret) in text for encoded in FORMS.values())


@pytest.mark.parametrize("form", ODD_FORMS)
def test_a_secret_in_an_odd_form(config, vendor, cassette, secret, form):
    """One that is written as nobody foresaw is refused: where is told, what is not."""
    vendor.bills({"id": "b1", "odd": [{"deep": f"see {ODD_FORMS[form](secret)}."}]})
    with pytest.raises(Unfit) as caught:
        record("acme", cassette, config=config, workers=1)
    assert "the answer $.bills[0].odd[0].deep of request 2 of 3" in caught.value.message
    assert caught.value.hint.startswith("Name its key in the plugin's `never_stored`")
    assert not cassette.exists()


def test_a_short_secret(config, vendor, cassette):
    """What is taken out of the data of a sync is not on a cassette either."""
    remember("ab1!", token=True)
    vendor.bills({"id": "b1", "odd": {"password": "ab1!", "other": "ab1!-2"}})
    record("acme", cassette, config=config)
    *_, bills, _ = interactions(cassette)
    (bill,) = json.loads(bills["response"]["body"]["string"])["bills"]
    assert bill["odd"] == {"password": "[secret]", "other": "ab1!-2"}


def test_a_secret_as_a_number(config, vendor, cassette):
    """A number that is a credential cannot be taken out, and is refused."""
    remember("918273645546372819")
    vendor.bills({"id": "b1", "odd": 918273645546372819})
    with pytest.raises(Unfit, match="the answer of request 2"):
        record("acme", cassette, config=config, workers=1)
    assert not cassette.exists()


def test_a_secret_as_a_key(config, vendor, cassette, secret):
    """The place of a key is what it stands in."""
    vendor.bills({"id": "b1", "odd": {ODD_FORMS["in base64 twice"](secret): 1}})
    with pytest.raises(Unfit) as caught:
        record("acme", cassette, config=config, workers=1)
    assert "the answer $.bills[0].odd of request 2 of 3" in caught.value.message


def test_the_command_refuses(config, vendor, cassette, secret, run):
    """The command ends with exit code 1, and nothing is on the disk."""
    vendor.bills({"id": "b1", "odd": ODD_FORMS["in base64 twice"](secret)})
    done = run("--config", config, "record", "acme", "--out", cassette)
    assert done.code == 1
    assert "nothing was written: the answer $.bills[0].odd of request" in done.err
    assert not any(encoded(secret) in done.err for encoded in {**FORMS, **ODD_FORMS}.values())
    assert not cassette.exists()


def test_what_is_never_stored(config, vendor, cassette):
    """What the source declares so is covered wherever it stands, whatever it is; null says less."""
    vendor.bills({"id": "b1", "pay_link": "https://pay.example/1"}, pay_link=[1, {"a": 2}])
    vendor.on("/bills/b1/notes", {"notes": [], "pay_link": None})
    record("acme", cassette, config=config, workers=1)
    *_, bills, notes = [
        json.loads(one["response"]["body"]["string"]) for one in interactions(cassette)
    ]
    assert bills["bills"][0]["pay_link"] == bills["pay_link"] == "[secret]"
    assert notes["pay_link"] is None


def test_a_login(config, vendor, cassette):
    """Of a login no text is left but the time when its token ends."""
    vendor.bills()
    record("acme", cassette, config=config)
    (login, *_) = interactions(cassette)
    assert json.loads(login["request"]["body"]) == {"user": "[secret]", "password": "[secret]"}
    assert json.loads(login["response"]["body"]["string"]) == {
        "token": "[secret]",
        "ends": "2031-03-02T09:30:00.000+00:00",
    }


def test_a_login_at_a_host_in_capitals(config, vendor, cassette):
    """It is the same login, and nothing of it is left."""
    vendor.bills()
    config.write_text(config.read_text().replace("127.0.0.1", "LOCALHOST"))
    record("acme", cassette, config=config)
    (login, *_) = interactions(cassette)
    assert json.loads(login["request"]["body"]) == {"user": "[secret]", "password": "[secret]"}


def test_no_header_tells(config, vendor, cassette):
    """Neither authorization nor cookie nor clock nor server is on it."""
    vendor.bills()
    record("acme", cassette, config=config)
    text = cassette.read_text().lower()
    for word in ("authorization", "bearer", "cookie", "date:", "server", "python", "user-agent"):
        assert word not in text


def test_an_answer_that_is_no_json(config, vendor, cassette, secret):
    """Text is kept as text, without what is secret in it."""
    vendor.on("/login", (500, f"<p>down, {secret}</p>".encode()))
    config.write_text(config.read_text() + "attempts = 1\n")
    assert record("acme", cassette, config=config).summary.exit_code == 1
    assert "string: <p>down, [secret]</p>\n" in cassette.read_text()


def _csv(source_changes, media="text/csv"):
    """An answer of two columns, one of them a link that opens without a login; and its source."""
    interaction = Interaction(
        method="GET",
        uri="https://api.acme.example/export",
        accept={},
        sent=Body(text=""),
        status=200,
        reason="OK",
        media={"Content-Type": [media]},
        body=Body(text="id,link\r\nb1,https://files.example/1\r\n"),
    )
    return scrub(
        interaction, SimpleNamespace(login=None, **source_changes), "https://api.acme.example"
    )


def test_what_is_never_stored_is_cut_out_of_csv():
    """Nor is it on the cassette, on which the answer stands as JSON."""
    resource = SimpleNamespace(never_stored=frozenset({"link"}))
    scrubbed = _csv({"resources": (resource,), "decoders": {"text/csv": csv_rows()}})
    assert scrubbed.body.data == [{"id": "b1", "link": "[secret]"}]
    assert scrubbed.media == {"Content-Type": ["application/json"]}


def test_csv_without_such_columns_stays_as_it_came():
    """So that its decoder is tried by whoever replays it."""
    resource = SimpleNamespace(never_stored=frozenset())
    scrubbed = _csv({"resources": (resource,), "decoders": {"text/csv": csv_rows()}})
    assert scrubbed.body.text.startswith("id,link")
