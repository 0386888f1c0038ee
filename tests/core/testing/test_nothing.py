"""What identifies an item, and what stands around it, is no invention of the mapping."""

from __future__ import annotations

import pytest

_MAIL = 'mail = Shape(name="mail", record=Email, wire=Mail, path="$.mails[*]")'
_BY_TIME = 'mail = Shape(name="mail", record=Email, wire=Mail, path="$.mails[*]", id="sent")'
_MAIL_ID = "id=mail.id,\n        invoices="
_MADE_ID = 'id=f"{mail.sent:%Y%m%dT%H%M%S.%f}",\n        invoices='
_SENT = "sent_at=mail.sent,"
_TEST = "test_nothing_is_made_up"


_REQUIRED = (
    ("    id: str\n    bills:", "    sent: datetime\n    bills:"),
    (
        "    text: str | None = None\n    sent: datetime | None = None",
        "    text: str | None = None",
    ),
)
_OPTIONAL = (("    id: str\n    bills:", "    bills:"),)


@pytest.mark.parametrize("wire", [_REQUIRED, _OPTIONAL])
def test_the_key_that_identifies_may_be_read(acme, wire):
    """A mail known by when it was sent was sent then, although nothing else is said of it."""
    acme.run(acme.suite((_MAIL, _BY_TIME), (_MAIL_ID, _MADE_ID), *wire), _TEST)


def test_beside_it_an_invention_is_found(acme):
    """A time that is made up beside that key does not become another with it."""
    invented = "sent_at=datetime(2026, 1, 1, tzinfo=__import__('datetime').UTC),"
    suite = acme.suite((_MAIL, _BY_TIME), (_MAIL_ID, _MADE_ID), (_SENT, invented))
    with pytest.raises(pytest.fail.Exception, match=r"made up(.|\n)*Email.sent_at"):
        acme.run(suite, _TEST)


_CUSTOMER = "case Customer() as customer:\n            yield Party("
_AROUND = (
    "case Customer() as customer:\n            bill = item.parent.wire\n            yield Party("
)
_PHONE = "phone=customer.phone,"


@pytest.mark.parametrize(
    ("value", "is_read"),
    [
        ("updated_at=bill.issued,", True),
        ("updated_at=bill.issued and datetime(2026, 1, 1, tzinfo=bill.issued.tzinfo),", False),
    ],
)
def test_what_stands_around_may_be_read(acme, value, is_read):
    """A time of the bill around a customer is the vendor's; another is made up."""
    suite = acme.suite((_CUSTOMER, _AROUND), (_PHONE, _PHONE + value))
    if is_read:
        return acme.run(suite, _TEST)
    with pytest.raises(pytest.fail.Exception, match=r"made up(.|\n)*Party.updated_at"):
        acme.run(suite, _TEST)
