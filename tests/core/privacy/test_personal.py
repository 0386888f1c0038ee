"""What is personal is what the model calls so."""

from __future__ import annotations

from duetrail.model import RECORDS, Address, Attachment, Call, Contact, Email, Invoice, Party
from duetrail.privacy.personal import Kind, kinds_of, personal, places
from duetrail.stores import table_of

ADDRESS = {
    "name": "name",
    "line1": "street",
    "line2": "street",
    "city": "name",
    "postal_code": "code",
    "phone": "contact",
}
BILLED = {
    f"{place}_address.{part}": k for place in ("billing", "shipping") for part, k in ADDRESS.items()
}

KINDS = {
    "invoices": BILLED
    | {
        "customer_name": "name",
        "billing_email": "contact",
        "last_outreach_to": "contact",
        "document_url": "link",
        "payment_url": "link",
    },
    "calls": {
        "from_number": "contact",
        "to_number": "contact",
        "reason": "prose",
        "recording_url": "link",
        "transcript_url": "link",
        "transcript": "prose",
        "transcript_parts": "prose",
        "summary": "prose",
        "keywords": "prose",
    },
    "callouts": {
        "contact_name": "name",
        "contact_email": "contact",
        "contact_phone": "contact",
        "callout_attempts.summary": "prose",
        "callout_attempts.recording_url": "link",
        "callout_attempts.transcript_url": "link",
        "callout_attempts.email_subject": "prose",
    },
    "emails": {
        "bounced_addresses": "contact",
        "from_address": "contact",
        "to_addresses": "contact",
        "cc_addresses": "contact",
        "bcc_addresses": "contact",
        "reply_to_addresses": "contact",
        "subject": "prose",
        "text": "prose",
        "html": "prose",
        "preview": "prose",
        "initiator_name": "name",
        "reason": "prose",
        "error": "prose",
        "attachments.name": "prose",
    },
    "parties": BILLED
    | {
        "name": "name",
        "legal_name": "name",
        "tax_number": "code",
        "email": "contact",
        "phone": "contact",
        "contacts.name": "name",
        "contacts.email": "contact",
        "contacts.phone": "contact",
    },
    "payments": {"description": "note"},
}


def test_every_personal_field_has_a_kind():
    """A personal field that is added to the model is decided on here."""
    assert {record.table: kinds_of(record) for record in RECORDS} == KINDS


def test_what_is_erased_is_replaced():
    """The columns in which people are struck out are those in which they are replaced."""
    for record in RECORDS:
        table = table_of(record.table)
        columns = {name for name, words in table.words.items() if words == "personal"}
        for child in table.children.values():
            words = child.words.items()
            columns |= {f"{child.name}.{name}" for name, word in words if word == "personal"}
        told = {
            name
            if name.partition(".")[0] in {c.name for c in table.children.values()}
            else name.partition(".")[0]
            for name in kinds_of(record)
        }
        assert told == columns


def test_texts_of_a_record():
    """Every personal text of a record is found, those of its children and addresses included."""
    party = Party(
        connection="c",
        id="1",
        name="Birch Bakeries",
        billing_address=Address(line1="1 High Street", city="Albany", country="US"),
        contacts=(Contact(name="Rosa Eriksen", email=" "),),
    )
    assert set(personal(party)) == {
        (Kind.NAME, "Birch Bakeries"),
        (Kind.STREET, "1 High Street"),
        (Kind.NAME, "Albany"),
        (Kind.NAME, "Rosa Eriksen"),
    }


def test_texts_of_lists():
    """Those of lists, and of what a vendor structures in its own way, are found one by one."""
    call = Call(connection="c", id="1", transcript_parts=[{"who": "Rosa", "said": ["Hi"]}])
    email = Email(
        connection="c",
        id="1",
        to_addresses=("a@b.example",),
        attachments=(Attachment(name="cv.pdf"),),
    )
    assert set(personal(call)) == {(Kind.PROSE, "Rosa"), (Kind.PROSE, "Hi")}
    assert set(personal(email)) == {(Kind.CONTACT, "a@b.example"), (Kind.PROSE, "cv.pdf")}


def test_what_is_not_personal():
    """Ids, amounts, words and times are nobody."""
    assert list(personal(Invoice(connection="c", id="1", number="7", remote_id="ERP-1"))) == []


def test_every_text_comes_with_its_place_and_key():
    """Every text with its place and its key."""
    data = {"a": [{"b": "x"}, {"b": "y", "c": ["z"]}], "n": 1}
    assert list(places(data)) == [
        ("$.a[*].b", "b", "x"),
        ("$.a[*].b", "b", "y"),
        ("$.a[*].c[*]", "c", "z"),
    ]
