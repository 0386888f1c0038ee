"""Stuut's customers: whole inside an invoice, thinner inside a call, one record in the end."""

import pytest

PAUSES = ("email_paused", "call_paused")


def whole(**fields):
    """A partner as an invoice shows it."""
    return {
        "id": "ptn_1",
        "name": "Example GmbH",
        "is_email_outreach_manually_paused": True,
        "is_call_outreach_manually_paused": False,
        "modified_at": "2026-01-01T00:00:00Z",
    } | fields


def thin(**fields):
    """The same partner as a call shows it: without the two pause flags."""
    return {
        key: value
        for key, value in (whole() | fields).items()
        if not key.endswith("manually_paused")
    }


@pytest.fixture
def party(stuut, vendor, page):
    """Sync with these invoices as the one page; the one party there is then."""

    def sync(*invoices):
        vendor.on("/v1/invoices", page(*invoices))
        assert stuut.sync().exit_code == 0
        (row,) = stuut.rows("parties")
        return row

    return sync


def flags(row):
    return tuple(row[name] for name in PAUSES)


def test_stuut_7_16_a_thinner_copy_blanks_nothing(party, invoice, call):
    """The call's copy does not carry the pause flags, and so says nothing of them."""
    row = party(invoice(partner=whole(), calls=[call(partner=thin())]))
    assert flags(row) == (1, 0)


@pytest.mark.parametrize("order", ["thin first", "whole first"])
def test_stuut_7_16_whichever_comes_first(party, invoice, call, order):
    """Copies on pages of different runs make the same party."""
    sight = {"thin": invoice("a", calls=[call(partner=thin())]), "whole": invoice(partner=whole())}
    first, second = ("thin", "whole") if order == "thin first" else ("whole", "thin")
    party(sight[first])
    assert flags(party(sight[second])) == (1, 0)


def test_stuut_7_16_thinner_and_newer(party, invoice, call):
    """Not even a newer copy blanks a flag it does not carry."""
    newer = thin(modified_at="2026-09-09T00:00:00Z")
    assert flags(party(invoice(partner=whole(), calls=[call(partner=newer)]))) == (1, 0)


def test_a_flag_that_was_taken_back(party, invoice):
    """A later copy of the same form that no longer says it is paused is believed."""
    party(invoice(partner=whole()))
    later = whole(is_email_outreach_manually_paused=False, modified_at="2026-02-02T00:00:00Z")
    assert flags(party(invoice(partner=later))) == (0, 0)


def test_only_in_a_call(party, invoice, call):
    """A customer seen in calls only is a party whose pauses are not known."""
    row = party(invoice(calls=[call(partner=thin())]))
    assert (row["name"], flags(row)) == ("Example GmbH", (None, None))


def test_stuut_6_5_four_ways_not_to_be_contacted(party, invoice):
    """Disabled and paused, by email and by telephone, are four facts."""
    row = party(invoice(partner=whole(is_email_disabled=False, is_phone_disabled=True)))
    names = ("email_disabled", "phone_disabled", *PAUSES)
    assert [row[name] for name in names] == [0, 1, 1, 0]


def test_stuut_6_5_contacts(stuut, party, invoice):
    """Contacts are kept in order, those without an id, too."""
    people = [
        {"email": "a@example.com", "id": "c1", "is_primary": True},
        {"email": "b@example.com"},
    ]
    party(invoice(partner=whole(contacts=people)))
    found = stuut.rows("contacts", "position, id, email, is_primary")
    assert [tuple(row.values()) for row in found] == [
        (0, "c1", "a@example.com", 1),
        (1, None, "b@example.com", None),
    ]


def test_stuut_3_10_the_integration_is_cut(stuut, party, invoice):
    """What Stuut repeats of the customer's ERP is gone before anything is kept."""
    toxic = {"id": "lin_1", "settings": {"password": "canary-value"}}
    portal = {"id": "app_1", "account_key": "canary-value"}
    partner = whole(linked_integration=toxic, ap_portals=[portal])
    party(invoice(partner=partner, linked_integration=toxic))
    assert not any(b"canary-value" in kept for kept in stuut.everything())
    assert any(b"app_1" in kept for kept in stuut.everything())


def test_a_partner_without_an_id(stuut, vendor, invoice, page):
    """It is set aside; its invoice lands."""
    vendor.on("/v1/invoices", page(invoice(partner={"name": "Example GmbH"})))
    assert stuut.run("sync").exit_code == 3
    assert [row["shape"] for row in stuut.rows("rejects")] == ["invoice.partner"]
    assert len(stuut.rows("invoices")) == 1


# --- the list of partners ------------------------------------------------------------------------


@pytest.fixture
def listed(connect, vendor, page):
    """The one party there is after these partners were read."""

    def sync(*partners, invoices=()):
        vendor.on("/v1/invoices", page(*invoices)).on("/v1/partners", {"data": list(partners)})
        project = connect(include=["partners"])
        assert project.sync().exit_code == 0
        (row,) = project.rows("parties")
        return row

    return sync


def test_stuut_3_5_a_customer_without_invoices(listed):
    """The list of partners shows customers of whom no invoice is left."""
    row = listed(whole(invoice_balance=0, total_overdue=0, num_open_invoices=0))
    assert (row["name"], flags(row)) == ("Example GmbH", (1, 0))


@pytest.mark.parametrize("newer", ["in the list", "in an invoice"])
def test_stuut_7_16_the_copy_modified_last_wins(listed, invoice, newer):
    """In the list or in an invoice: both are whole, and the newer one is right."""
    times = {"in the list": "2026-01-01T00:00:00Z", "in an invoice": "2026-01-02T00:00:00Z"}
    times[newer] = "2026-02-02T00:00:00Z"
    copies = {where: whole(name=where, modified_at=time) for where, time in times.items()}
    row = listed(copies["in the list"], invoices=[invoice(partner=copies["in an invoice"])])
    assert row["name"] == newer


def test_stuut_7_16_a_newer_call_tells_what_it_carries(party, invoice, call):
    """The thin copy that is newer has the word on all but the pause flags."""
    newer = thin(name="Renamed GmbH", modified_at="2026-09-09T00:00:00Z")
    row = party(invoice(partner=whole(), calls=[call(partner=newer)]))
    assert (row["name"], flags(row)) == ("Renamed GmbH", (1, 0))
