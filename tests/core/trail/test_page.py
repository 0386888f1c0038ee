"""The page of one invoice: closed, and complete."""

import re
from base64 import b64encode
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from duetrail.model import Invoice, InvoiceKind, InvoiceStatus, Money, Ref
from duetrail.trail import Event, Timeline
from duetrail.trail.page import draw_page

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
REF = Ref("acme", "invoices", "i1")
INVOICE = Invoice(
    connection="acme",
    id="i1",
    number="INV-1",
    currency="USD",
    status=InvoiceStatus.PARTIALLY_PAID,
    total=Money(Decimal("1234.50"), "USD"),
    amount_remaining=Money(Decimal("1000.00"), "USD"),
    issued_on=date(2026, 2, 1),
    due_on=date(2026, 3, 1),
    paid_on=date(2026, 3, 2),
)
FOUND = Timeline(REF, (), INVOICE, "Northwind", (Event(NOON, *REF, "issued", "1,234.50 USD"),))


class Page(HTMLParser):
    """What a browser makes of a page: its texts, elements and addresses."""

    def __init__(self, html):
        super().__init__()
        self.html = html
        self.tags, self.attributes, self.texts = [], {}, []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.setdefault(tag, []).append(dict(attrs))

    def handle_data(self, data):
        self.texts.append(data.strip())

    @property
    def text(self):
        return " ".join(filter(None, self.texts))


def test_its_policy_allows_its_style_and_nothing_else():
    """The policy is closed; the hash in it is that of the one style there is."""
    html = draw_page(FOUND)
    (style,) = re.findall("<style>(.*?)</style>", html, re.DOTALL)
    hash = b64encode(sha256(style.encode()).digest()).decode()
    policy = next(m["content"] for m in Page(html).attributes["meta"] if "http-equiv" in m)
    assert policy.split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{hash}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]


@given(
    st.lists(
        st.sampled_from(
            ("<script>", "</style>", "</title>", '"', "'", "<!--", "&", "\x1b[2J", "\ud800", "\x00")
        )
        | st.text(),
        max_size=4,
    ).map("".join)
)
def test_hostile_texts_do_nothing(text):
    """Whatever vendors write anywhere, the page has the elements that it has without it."""
    calm, hostile = (
        Page(
            draw_page(
                Timeline(
                    Ref("acme", "invoices", "1"),
                    (Ref(word, "invoices", word),),
                    evolve(
                        INVOICE,
                        number=word,
                        remote_id=word,
                        purchase_order=word,
                        status=InvoiceStatus.UNKNOWN,
                        status_raw=word,
                    ),
                    word,
                    (Event(NOON, word, "emails", "e", word, word, rule=word),),
                )
            )
        )
        for word in ("word", f"x{text[:200]}")
    )
    assert hostile.tags == calm.tags
    hostile.html.encode()


def test_nothing_is_asked_for():
    """No element of the page loads or links anything."""
    page = Page(draw_page(FOUND))
    assert not {"script", "link", "img", "a", "iframe", "form", "object", "base"} & {*page.tags}
    assert "http" not in page.html.replace("http-equiv", "")


def test_the_facts_of_the_invoice_are_told():
    """Name, customer, state, amounts with their currency, days, and by what to ask for it."""
    text = Page(draw_page(FOUND)).text
    for words in (
        "Invoice INV-1 · Northwind",
        "partially paid",
        "Total 1,234.50 USD",
        "Remaining 1,000.00 USD",
        "Issued 2026-02-01",
        "Due by 2026-03-01",
        "Paid at 2026-03-02",
        "Record acme:i1",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"overdue": True}, "overdue"),
        ({"in_dispute": True}, "disputed"),
        ({"kind": InvoiceKind.CREDIT_NOTE, "original_invoice_id": "i0"}, "Corrects i0"),
        ({"kind": InvoiceKind.USAGE_BILL}, "Price 1,234.50 USD"),
        ({"period_end_at": datetime(2026, 3, 1, tzinfo=UTC)}, "Period until 2026-03-01"),
        ({"outbound_calls": 0}, "Outbound calls 0"),
        ({"total": Money(None, None, Decimal(7))}, "7 minor units of an unknown currency"),
    ],
)
def test_what_is_special_is_told(fields, words):
    """What is not so with every invoice is told where it is."""
    assert words in Page(draw_page(evolve(FOUND, record=evolve(INVOICE, **fields)))).text
    assert words not in Page(draw_page(FOUND)).text


def test_an_invoice_that_no_vendor_lists_has_a_page():
    """It says that only touches name it."""
    text = Page(draw_page(Timeline(REF, (), None, None, ()))).text
    assert "no vendor lists the invoice itself" in text
    assert "Nothing is known to have happened" in text


def test_the_same_invoice_elsewhere_is_named():
    """The page says by what else the invoice is known."""
    found = evolve(FOUND, same=(Ref("other", "invoices", "o1"),))
    assert "The same invoice other:o1" in Page(draw_page(found)).text
