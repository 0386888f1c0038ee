"""Pseudonyms: who is replaced in a text, and by what."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.model import Payment
from duetrail.privacy.fake_data import FakeData
from duetrail.privacy.personal import Kind, kinds_of
from duetrail.privacy.pseudonyms import Pseudonyms

ROSA = {"id": "b1", "customer": "Rosa Eriksen", "email": "rosa@birch.example"}
ROSA |= {"phone": "+1 (202) 555-7143"}


@pytest.fixture
def people():
    """Knows a few."""
    return knowing(("Rosa Eriksen", Kind.NAME), ("Birch Bakeries Ltd", Kind.NAME))


def knowing(*texts):
    known = Pseudonyms("api.acme.example")
    for text, kind in texts:
        known._know(kind, text, "name")
    return known


# --- in texts ------------------------------------------------------------------------------------


def test_a_name_is_not_any_word(people):
    """A word of a name is a name in what somebody wrote, in capitals, and nowhere else."""
    rosa = people.text("Rosa Eriksen").split()[0]
    told = "Rosa paid. The rosa is red."
    assert people.text(told, prose=True) == f"{rosa} paid. The rosa is red."
    assert people.leaf("Rosa", "colour") == "Rosa"


def test_a_name_with_many_digits():
    """Somebody may be called by a word and a number; that is replaced in texts, too."""
    known = knowing(("Birch Store 20261130", Kind.NAME))
    assert "Birch" not in known.text("Paid by BIRCH STORE 20261130.")


def test_legal_forms_stay(people):
    """What a company is stays; who it is does not."""
    name = people.text("Birch Bakeries Ltd")
    assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+ Ltd", name)
    assert "Birch" not in name


@pytest.mark.parametrize(
    "written",
    [
        "rosa@birch.example",
        "Rosa <rosa@birch.example>",
        "mailto:rosa@birch.example?subject=x",
        "https://x.example/?to=rosa%40birch.example",
        '<a href="mailto:rosa&#64;birch.example">',
    ],
)
def test_every_address(written):
    """An address is replaced wherever it stands, known or not, with its sign as it was written."""
    changed = knowing().text(written)
    assert "birch" not in changed
    assert re.search(r"[a-z]+\.[a-z]+(@|%40|&#64;)example\.com", changed)


@pytest.mark.parametrize(
    ("number", "form"),
    [
        ("+1 202 456 1111", r"\+1 \d{3} 555 01\d\d"),
        ("(202) 456-1111", r"\(\d{3}\) 555-01\d\d"),
        ("+44 20 7219 3000", r"\+44 (20 7946 0|77 0090 0|16 3296 0)\d\d\d"),
        ("+33 1 42 92 81 00", r"\+33 (1 99 00|2 61 91|3 53 01|4 65 71|5 36 49|6 39 98) \d\d \d\d"),
        ("+493018272000", r"\+49(3023125|6990009|4066969)\d{3}|\+49.*"),
        ("004930182722720", r"0049\d{11}"),
        ("+61 2 6277 7340", r"\+61 [2378] (5550|7010) \d{4}"),
        ("+380 44 255 6123", r"\+380 00 \d{3} \d{4}"),
        ("380442556123", r"38000\d{7}"),
        ("030 18272 720", r"0\d\d \d{5} \d{3}"),
    ],
)
def test_a_number_keeps_its_form_and_is_nobodys(number, form):
    """A number keeps code, length and signs, and is one that is given to nobody where there are."""
    changed = knowing((number, Kind.CONTACT)).text(number)
    assert re.fullmatch(form, changed)
    assert changed != number


def test_with_and_without_its_country():
    """A North American number is the same one with its country and without."""
    people = knowing(("+12024561111", Kind.CONTACT))
    assert people.text("+12024561111")[2:] == people.text("2024561111")


def test_numbers_that_are_none():
    """Ids, amounts, days and times are no telephone numbers."""
    people = knowing(("+1 202 456 1111", Kind.CONTACT))
    for text in ("ERP-000006", "2026-03-02T09:30:00+01:00", "1202456111199", "INV 2026 0001234"):
        assert people.text(text, prose=True) == text


def test_streets_and_codes():
    """A street is another street, a code one of the same form, also within a text."""
    people = knowing(("198 High Street", Kind.STREET), ("AB-12 3CD", Kind.CODE))
    text = people.text("at 198 High Street, AB-12 3CD.")
    assert re.fullmatch(r"at \d+ [A-Z][a-z]+ Street, [A-Z]{2}-\d\d \d[A-Z]{2}\.", text)
    assert "198 High" not in text


def test_links_elsewhere():
    """A link that opens something at somebody else's leads to nothing; a file stays its kind."""
    people = knowing(
        ("https://pay.example/secret/1.pdf?x=1", Kind.LINK),
        ("https://api.acme.example/1", Kind.LINK),
    )
    text = people.text("See https://pay.example/secret/1.pdf?x=1, or https://api.acme.example/1.")
    assert re.fullmatch(
        r"See https://example\.com/[a-z]{24}\.pdf, or https://api\.acme\.example/1\.", text
    )


@pytest.mark.parametrize(
    "written",
    [
        "R&#111;sa Eriksen",
        "Rosa <b>Eriksen</b>",
        "Rosa\u200b Eriksen",
        "Ro\u00adsa\u00a0Eriksen",
        "+1&nbsp;202&nbsp;456&nbsp;1111",
        "+1&#160;202&#160;456&#160;1111",
        "r&#111;sa@birch.example",
        "=?utf-8?B?Um9zYSBFcmlrc2Vu?=",
        "R=6Fsa Eri=\nksen",
        "rosa=40birch.example",
        "rosa@bi\u00adrch.example",
    ],
)
def test_as_people_read_it(written):
    """Whoever is known is replaced however it is stored, and not seen as known afterwards."""
    people = knowing(
        ("Rosa Eriksen", Kind.NAME),
        ("+12024561111", Kind.CONTACT),
        ("rosa@birch.example", Kind.CONTACT),
    )
    assert people.names_somebody(written)
    changed = people.text(written)
    assert changed != written
    assert not re.search("eriksen|birch|1111", changed.lower())
    assert not people.names_somebody(changed)


def test_who_is_shown_by_a_telephone():
    """The name that a telephone shows beside a SIP address or a number is a name."""
    for shown in (
        '"Anna Kim" <sip:1001@pbx.example>',
        "Anna Kim <sip:1001>",
        "Anna Kim <12345678>",
    ):
        people = knowing((shown, Kind.CONTACT))
        assert "Anna" not in people.text("for Anna Kim")


def test_what_a_payer_wrote():
    """The note of a payment is replaced as a whole: nobody knows which of its words are names."""
    assert kinds_of(Payment)["description"] is Kind.NOTE
    people = Pseudonyms("api.acme.example")
    people._know(Kind.NOTE, "Anna Kim rent 12", "notes")
    assert re.fullmatch(
        "[A-Z][a-z]{3} [A-Z][a-z]{2} [a-z]{4} [0-9]{2}",
        (changed := people.leaf("Anna Kim rent 12", "notes")),
    )
    assert "Anna Kim" not in changed


def test_an_address_is_one_for_documents():
    """An IP address is one that is kept for documents; this machine's own stays."""
    text = knowing().text("from 10.1.2.3 to [2a02:810d::1], 127.0.0.1 at 12:30:45, 1.5.2")
    assert re.fullmatch(
        r"from (192\.0\.2|198\.51\.100|203\.0\.113)\.\d+ to \[2001:db8::[\da-f]+\], 127\.0\.0\.1 "
        r"at 12:30:45, 1\.5\.2",
        text,
    )


def test_a_number_in_json():
    """A telephone number that is a JSON number is replaced under any key but the id."""
    people = knowing(("+12024561111", Kind.CONTACT))
    changed = people.json({"phone": 12024561111, "id": 12024561111, "total": 5})
    assert (changed["id"], changed["total"]) == (12024561111, 5)
    assert re.fullmatch(r"1\d{3}55501\d\d", str(changed["phone"]))


def test_numbers_in_lists_and_under_no_key():
    """So is one in a list, whatever the key, under a key of no letters, negative or a float."""
    people = knowing(("+12024561111", Kind.CONTACT))
    changed = people.json({"": 12024561111, "id": [12024561111, True], "a": -12024561111.0})
    drawn = int(people.text("12024561111"))
    assert changed == {"": drawn, "id": [drawn, True], "a": -drawn}
    assert people.json([12024561111, 12024561111.5]) == [drawn, 12024561111.5]


def test_one_mailbox():
    """What a plus adds makes no other person: one pseudonym, counted once."""
    people = Pseudonyms("api.acme.example")
    text = people.text("tom+a@x.example, tom@x.example, TOM+b@x.example")
    assert len(set(text.split(", "))) == people.count == 1


def test_twice_the_people_is_twice_the_work():
    """Twice the people in one text is twice the work, not four times."""
    people = knowing(("Rosa Eriksen", Kind.NAME))

    def steps(text: str) -> int:
        before, count = sys.getprofile(), 0

        def step(*_: object) -> None:
            nonlocal count
            count += 1

        sys.setprofile(step)
        try:
            people.text(text, prose=True)
        finally:
            sys.setprofile(before)
        return count

    for part in ("Rosa Eriksen, ", "rosa@birch.example ", "10.1.2.3 ", "a!b@x.example "):
        people.text(part)
        assert steps(part * 400) <= 2.2 * steps(part * 200) + 1000


PARTS = ["Rosa", "Eriksen", "Rosa Eriksen", "rosa@birch.example", "+12024561111"]
PARTS += ["(202) 456-1111", "198 High Street", " ", ", ", "<", ">", "%40", "@", "&nbsp;", "\\n"]
PARTS += ["paid", "2026-01-01"]
WRITTEN = st.lists(st.sampled_from(PARTS), max_size=12).map("".join)


@given(WRITTEN)
def test_replaced_once(text):
    """What was replaced is nobody: to replace again changes nothing, and nobody known is left."""
    people = knowing(
        ("Rosa Eriksen", Kind.NAME),
        ("rosa@birch.example", Kind.CONTACT),
        ("+12024561111", Kind.CONTACT),
        ("198 High Street", Kind.STREET),
    )
    once = people.text(text, prose=True)
    assert people.text(once, prose=True) == once
    assert not people.names_somebody(once)


# --- fake data -----------------------------------------------------------------------------------


def test_nothing_twice():
    """Of many that are drawn no two are the same."""
    fake = FakeData()
    words = [fake.word("Rosa") for _ in range(500)]
    numbers = [fake.number("12024561111", international=True) for _ in range(500)]
    assert (len(set(words)), len(set(numbers))) == (500, 500)


def test_when_nothing_is_left():
    """Where there are few to draw from, one comes again rather than none."""
    fake = FakeData()
    assert len({fake.code("7") for _ in range(30)}) > 1
