"""Suppression: what JSON, records and pages read like without a person."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.model import Address, Call, Callout, Contact, Email, Invoice, Money, Party, Ref
from duetrail.privacy.contacts import forms_of
from duetrail.privacy.forms import ERASED
from duetrail.privacy.suppression import Suppression, listed_as
from duetrail.stores import from_row, to_row

PAT = ("pat@acme.example", "+1 202 555 0101", "Pat Doe")


def without(*contacts):
    forms = [form for contact in contacts for form in forms_of(contact)]
    return Suppression([listed_as(form, b"s" * 32) for form in forms])


def record(one, *contacts):
    return from_row(without(*(contacts or PAT)).row(to_row(one)))


def test_with_nobody_on_the_list_nothing_is_looked_at():
    """With nobody on the list nothing is looked at."""
    nobody = Suppression([])
    assert not nobody
    assert nobody.json('{"a": "pat@acme.example"}') == '{"a": "pat@acme.example"}'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"to":["pat@acme.example","x@y.example"]}', '{"to":["[erased]","x@y.example"]}'),
        (r'{"to":"pat\u0040acme.example"}', '{"to":"[erased]"}'),
        (r'{"name":"Pat\nDoe"}', '{"name":"[erased]"}'),
        (r'{"inner":"{\"to\":\"pat@acme.example\"}"}', r'{"inner":"{\"to\":\"[erased]\"}"}'),
        (
            '{"given_name":"Pat","id":"Pat","family_name":"Doe"}',
            '{"given_name":"[erased]","id":"Pat","family_name":"[erased]"}',
        ),
        (
            '[{"last": "P\\u0061t", "who": {"first":"Doe"}, "first" : "Doe"}]',
            '[{"last": "[erased]", "who": {"first":"Doe"}, "first" : "[erased]"}]',
        ),
        (
            '{"firstName":"Pat","middleName":"J","lastName":"Doe"}',
            '{"firstName":"[erased]","middleName":"J","lastName":"[erased]"}',
        ),
        (
            '{"given_name":"Pat","family_name":"Doering"}',
            '{"given_name":"Pat","family_name":"Doering"}',
        ),
        ('{"phones":[12025550101,7,3035550100]}', '{"phones":["[erased]",7,3035550100]}'),
        ('{"from_number":2025550101,"to":1}', '{"from_number":"[erased]","to":1}'),
        ('{"phone":{"value":2025550101}}', '{"phone":{"value":"[erased]"}}'),
        ('{"calls":[{"cents":2025550101}]}', '{"calls":[{"cents":2025550101}]}'),
        ('{"names":["Pat", "Doe"]}', '{"names":["[erased]", "[erased]"]}'),
        ('{"who":["Mr","D\\u006fe","Pat",3]}', '{"who":["Mr","[erased]","[erased]",3]}'),
        ('[["Pat"],["Doe","x"],"Pat",{"a":1},"Do"]', '[["Pat"],["Doe","x"],"Pat",{"a":1},"Do"]'),
        ('{"given":["Pat"],"family":"Doe"}', '{"given":["[erased]"],"family":"[erased]"}'),
        (
            '{"first_name":{"value":"Pat"},"last_name":{"value":"Doe"}}',
            '{"first_name":{"value":"[erased]"},"last_name":{"value":"[erased]"}}',
        ),
        ('{"vorname":"Pat","name":"Doe"}', '{"vorname":"[erased]","name":"[erased]"}'),
        ('{"name":"Pat","surname":"Doe"}', '{"name":"[erased]","surname":"[erased]"}'),
        ('{"fn":"Pat","ln":"Doe","x":"Pat"}', '{"fn":"[erased]","ln":"[erased]","x":"Pat"}'),
        ('{"fname":"Pat","lname":"Doe"}', '{"fname":"[erased]","lname":"[erased]"}'),
        ('{"F_Name":"Pat","L_Name":"Doe"}', '{"F_Name":"[erased]","L_Name":"[erased]"}'),
        ('{"nome":"Pat","cognome":"Doe"}', '{"nome":"[erased]","cognome":"[erased]"}'),
        ('{"pr\u00e9nom":"Pat","nom":"Doe"}', '{"pr\u00e9nom":"[erased]","nom":"[erased]"}'),
        ('{"nom":"Doe","prenom":"Pat"}', '{"nom":"[erased]","prenom":"[erased]"}'),
        ('{"fname":"Pat","city":"Doe"}', '{"fname":"Pat","city":"Doe"}'),
        (
            '[{"key":"last_name","value":"Doe"},{"value":"Pat","key":"first_name"}]',
            '[{"key":"last_name","value":"[erased]"},{"value":"[erased]","key":"first_name"}]',
        ),
        (
            '[{"first":"Pat","last":"Smith"},{"first":"Ana","last":"Doe"}]',
            '[{"first":"Pat","last":"Smith"},{"first":"Ana","last":"Doe"}]',
        ),
        (
            '{"phone":12025550101.0,"total":2025550101.0}',
            '{"phone":"[erased]","total":2025550101.0}',
        ),
        ('{"mobile":-12025550101}', '{"mobile":"[erased]"}'),
        ('{"fax":1.2025550101E10}', '{"fax":"[erased]"}'),
        ('{"fax":12025550101.5}', '{"fax":12025550101.5}'),
        ('{"fax":1.2.5,"tel":99999999e99}', '{"fax":1.2.5,"tel":99999999e99}'),
        ('{"number":12025550101,"type":"mobile"}', '{"number":"[erased]","type":"mobile"}'),
        (
            '[{"system":"phone","value":2025550101},{"system":"vat","value":2025550101}]',
            '[{"system":"phone","value":"[erased]"},{"system":"vat","value":2025550101}]',
        ),
        ('{"number":2025550101,"type":"invoice"}', '{"number":2025550101,"type":"invoice"}'),
        ('{"pat@acme.example":1}', '{"[erased]":1}'),
        (
            '{"phone": 12025550101, "cents": 12025550101}',
            '{"phone": "[erased]", "cents": 12025550101}',
        ),
        (
            '{"a": 1.50, "b": 1e3, "to": "pat@acme.example"}',
            '{"a": 1.50, "b": 1e3, "to": "[erased]"}',
        ),
    ],
)
def test_json_stays_json(before, after):
    """JSON stays JSON, and all else in it stays byte for byte."""
    assert without(*PAT).json(before) == after


def test_a_name_of_two_halves():
    """A name that is made of two halves that were struck out is one person."""
    assert without("Pat Doe").text(f"{ERASED} {ERASED}") == ERASED


def test_an_amount_with_the_digits_of_a_number():
    """Amounts, words and days of a record are never taken for a person."""
    invoice = Invoice(
        connection="a",
        id="2025550101",
        number="2025550101",
        remote_id="12025550101",
        currency="EUR",
        total=Money.major(Decimal("2025550101"), "EUR"),
    )
    assert record(invoice) == invoice


def test_every_place_of_a_record():
    """Addresses, numbers, names and texts are struck out, in children and in JSON, too."""
    email = Email(
        connection="a",
        id="e1",
        from_address="PAT@acme.example",
        to_addresses=("pat@acme.example", "x@y.example"),
        subject="For Pat Doe",
        html="<p>Call +1 (202) 555-0101</p>",
    )
    struck = record(email)
    assert struck.from_address == ERASED
    assert struck.to_addresses == (ERASED, "x@y.example")
    assert struck.subject == f"For {ERASED}"
    assert struck.html == f"<p>Call {ERASED}</p>"
    party = Party(
        connection="a",
        id="p1",
        billing_address=Address(name="Pat Doe", phone="202-555-0101", city="Rome"),
        contacts=(Contact(name="Doe, Pat", phone="2025550101"),),
    )
    struck = record(party)
    assert struck.billing_address == Address(name=ERASED, phone=ERASED, city="Rome")
    assert struck.contacts == (Contact(name=ERASED, phone=ERASED),)


def test_bare_digits_are_a_number_where_people_are():
    """In a field for persons digits alone are a telephone number, in others they are not."""
    callout = Callout(connection="a", id="c1", contact_phone="12025550101", agent_id="12025550101")
    struck = record(callout)
    assert (struck.contact_phone, struck.agent_id) == (ERASED, "12025550101")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Pat Doe", ERASED),
        (12025550101, 12025550101),
        ([{"phone": 12025550101}], [{"phone": ERASED}]),
    ],
)
def test_what_a_vendor_may_structure_stays_json(before, after):
    """A whole number alone is none of a person, and the record can still be read."""
    call = Call(connection="a", id="c1", transcript_parts=before)
    assert record(call).transcript_parts == after


def test_an_invoice_whose_id_is_a_person():
    """A touch does not name an invoice that is not kept."""
    named = (Ref("a", "invoices", "pat@acme.example"), Ref("a", "invoices", "1"))
    struck = record(Email(connection="a", id="e1", invoices=named))
    assert struck.invoices == (Ref("a", "invoices", "1"),)


WORDS = st.sampled_from([*PAT, "PAT@ACME.EXAMPLE", "Hello", "€", "12", "INV-1", "x@y.example"])
JSON = st.recursive(
    WORDS | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=12,
)


@given(JSON, st.booleans())
def test_any_json(value, ascii_only):
    """Whatever the page, nothing of the person is left, and everything else is."""
    before = json.dumps(value, ensure_ascii=ascii_only)
    after = without(*PAT).body(before.encode()).decode()
    assert json.loads(after) == _struck(value)


def _struck(value):
    if isinstance(value, dict):
        return {_struck(key): _struck(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_struck(part) for part in value]
    return ERASED if isinstance(value, str) and value.casefold() in _PAT else value


_PAT = {word.casefold() for word in PAT}


def test_a_name_of_three_words_in_a_list():
    """A list may hold a name word by word, and begin with something else."""
    struck = without("Ana Maria Silva").json('{"who":["Dr","Ana","Maria","Silva","Rome"]}')
    assert json.loads(struck) == {"who": ["Dr", ERASED, ERASED, ERASED, "Rome"]}
