"""People on a cassette are replaced: the same one by the same everywhere, by nobody."""

from __future__ import annotations

import json
import re

import pytest

from duetrail.recording import record, replay
from duetrail.recording.scrubbing import Unfit
from support.recording import interactions

# Nothing that is made up has an h: what stands there by chance is neither Hedy nor Theo.
HEDY = {"id": "b1", "customer": "Hedy Eriksen", "email": "hedy@birch.example"}
HEDY |= {"phone": "+1 (202) 555-7143"}


@pytest.fixture
def cassette(tmp_path):
    return tmp_path / "acme.yaml"


@pytest.fixture
def recorded(config, vendor, cassette):
    """Records with pseudonyms; the bodies, in order."""

    def bodies(*bills, notes=(), **more):
        vendor.bills(*bills, **more)
        if notes:
            vendor.on("/bills/b1/notes", {"notes": list(notes)})
        record("acme", cassette, config=config, workers=1, pseudonyms=True)
        every = interactions(cassette)
        return [json.loads(one["response"]["body"]["string"]) for one in every][1:]

    return bodies


def test_of_the_same_kind(recorded):
    """A name stays a name, an address an address, a number a number of its country and form."""
    (bills, _) = recorded(HEDY)
    (hedy,) = bills["bills"]
    assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", hedy["customer"])
    assert re.fullmatch(r"[a-z]+\.[a-z]+@example\.com", hedy["email"])
    assert re.fullmatch(r"\+1 \(\d{3}\) 555-01\d\d", hedy["phone"])
    assert hedy["id"] == "b1"
    assert not {hedy["customer"], hedy["email"], hedy["phone"]} & set(HEDY.values())


def test_the_same_everywhere(recorded, cassette):
    """In lists, in what somebody wrote, in other spellings, and beside what is mapped."""
    text = (
        "Dear Hedy, Eriksen, Hedy <HEDY@birch.example> called from 202.555.7143. "
        "Yours, HEDY ERIKSEN"
    )
    bills, notes, _ = recorded(
        HEDY,
        {"id": "b2", "customer": "Hedy Eriksen", "seller": {"first": "Hedy Eriksen"}},
        notes=[{"id": "n1", "subject": "For Hedy Eriksen", "text": text}],
        contact="hedy@birch.example",
    )
    first, second = bills["bills"]
    given, family = first["customer"].split()
    assert second["customer"] == second["seller"]["first"] == first["customer"]
    assert bills["contact"] == first["email"]
    (note,) = notes["notes"]
    digits = re.sub(r"\D", "", first["phone"])
    assert note["subject"] == f"For {given} {family}"
    assert note["text"] == (
        f"Dear {given}, {family}, {given} <{first['email']}> called from "
        f"{digits[1:4]}.{digits[4:7]}.{digits[7:]}. Yours, {given.upper()} {family.upper()}"
    )
    assert not re.search("hedy|eriksen|birch|555.?7143", cassette.read_text(), re.IGNORECASE)


def test_whoever_is_asked_for(config, vendor, cassette):
    """A person in the path of a request is the same one as in the answer it came from."""
    someone = {**HEDY, "id": "hedy@birch.example"}
    vendor.bills(someone).on("/bills/hedy%40birch.example/notes", {"notes": [{"id": "n"}]})
    first = record("acme", cassette, config=config, pseudonyms=True).summary
    assert "hedy" not in cassette.read_text()
    assert "%40example.com/notes" in cassette.read_text()
    again = replay(cassette)
    assert (again.exit_code, again.records) == (0, first.records)


def test_an_item_that_was_set_aside(recorded, cassette):
    """What stands where in others somebody stood is replaced, though it could not be mapped."""
    recorded(HEDY, {"id": "b2", "customer": "Theo Verhoeven", "total": "many"})
    assert "Verhoeven" not in cassette.read_text()


def test_somebody_nobody_maps(recorded, cassette):
    """An object with an email address is about somebody, and so are its names."""
    recorded({"id": "b1", "by": {"mail": "theo@x.example", "given_name": "Theo", "role": "Owner"}})
    assert "Theo" not in cassette.read_text()
    assert "Owner" in cassette.read_text()


def test_links_of_the_vendor_stay(recorded, vendor):
    """A link to the vendor's own host is what the next request is made of."""
    link = f"{vendor.url}/bills/b1"
    (bills, _) = recorded({**HEDY, "self": link, "elsewhere": "https://birch.example/a"})
    assert bills["bills"][0]["self"] == link


def test_two_recordings(config, vendor, tmp_path):
    """Nothing leads from one cassette to another: each draws anew."""
    texts = set()
    for name in ("one.yaml", "two.yaml"):
        vendor.bills(HEDY)
        record("acme", tmp_path / name, config=config, pseudonyms=True, select=["bills"])
        (*_, bills) = interactions(tmp_path / name)
        texts.add(bills["response"]["body"]["string"])
    assert len(texts) == 2


def test_somebody_in_an_odd_form(config, vendor, cassette):
    """Somebody who is known, written as nobody foresaw, is refused: where is told, who is not."""
    vendor.bills({**HEDY, "odd": "aGVkeUBiaXJjaC5leGFtcGxl"})
    with pytest.raises(Unfit) as caught:
        record("acme", cassette, config=config, workers=1, pseudonyms=True)
    assert "the answer $.bills[0].odd of request 2 of 3 holds data about a person" in str(
        caught.value
    )
    assert "birch" not in str(caught.value)
    assert not cassette.exists()


def test_whoever_is_replaced_counts_once_in_any_spelling(config, vendor, cassette):
    """Whoever is replaced counts once, however often and in whatever spelling."""
    vendor.bills(HEDY, {**HEDY, "id": "b2", "email": "HEDY@birch.example"})
    assert record("acme", cassette, config=config, pseudonyms=True).pseudonyms == 3
