"""One word for all vendors, and the vendor's own beside it."""

import pytest

from duetrail.model import CallOutcome, DeliveryStatus, InvoiceStatus, canonical

KNOWN = {"overdue": InvoiceStatus.OPEN, "open": InvoiceStatus.DRAFT}


@pytest.mark.parametrize("raw", ["paid", "PAID", "Paid"])
def test_same_word(raw):
    """A canonical word is known in any case."""
    assert canonical(InvoiceStatus, raw) is InvoiceStatus.PAID


def test_vendor_spelling():
    """A vendor's spelling is looked up in any case."""
    assert canonical(InvoiceStatus, "OverDue", KNOWN) is InvoiceStatus.OPEN


def test_vendor_meaning():
    """Where a vendor means something else by a canonical word, the vendor is right."""
    assert canonical(InvoiceStatus, "open", KNOWN) is InvoiceStatus.DRAFT


@pytest.mark.parametrize("raw", ["frozen", " paid", "0", 7, True])
def test_unknown_word(raw):
    """A word nobody foresaw is unknown, and no error."""
    assert canonical(InvoiceStatus, raw, KNOWN) is InvoiceStatus.UNKNOWN


@pytest.mark.parametrize("raw", [None, ""])
def test_no_word(raw):
    """No word is no word, not an unknown one."""
    assert canonical(CallOutcome, raw) is None


def test_unknown_of_each_list():
    """Every list has its own unknown."""
    assert canonical(DeliveryStatus, "queued") is DeliveryStatus.UNKNOWN
