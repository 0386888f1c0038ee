"""Exante's refusals: each with its causes, and what stops because of it."""

import pytest

ORGANIZATION = "00000000-0000-4000-9000-000000000001"
SAID = {"error": "Invoice is locked", "details": ["jane@x.example cannot open it"]}


@pytest.fixture
def two(vendor, page, invoice, timeline, timeline_of):
    """Two invoices; these answers as the timeline of the first."""

    def script(*answers):
        vendor.on("/api/invoices", page(invoice(1), invoice(2)))
        vendor.on(timeline_of(1), *answers)
        return vendor.on(timeline_of(2), timeline(number=2))

    return script


def test_exante_t6_404_is_an_unknown_key(exante, two, reply, uid, vendor):
    """Deleted, or another organization's: noted, the others go on, nothing is removed."""
    two(reply({"error": "Invoice not found"}, 404))
    result = exante.run("sync")
    assert result.exit_code == 3
    assert "unknown key" in result.stderr
    assert "Invoice not found" in result.stderr
    assert "deleted, or it belongs to another organization" in result.stderr
    assert [row["id"] for row in exante.rows("invoices")] == [uid(1), uid(2)]


def test_404_of_the_list_is_a_wrong_address(exante, vendor, reply):
    """There is no key to be unknown: the base_url is what to check."""
    vendor.on("/api/invoices", reply(b"<html>nothing here</html>", 404))
    result = exante.run("sync")
    assert result.exit_code == 1
    assert "Check the base_url" in result.stderr


def test_without_a_timeline_amounts_stay_in_minor_units(
    exante, two, reply, page, invoice, timeline, vendor
):
    """Where a timeline came, amounts are in its currency; where none came, in minor units."""
    two(reply({"error": "Invoice not found"}, 404))
    vendor.on("/api/invoices", page(*(invoice(n, total_cents=100 * n) for n in (1, 2))))
    exante.sync()
    rows = exante.rows("invoices", "currency, total, total_minor")
    assert rows == [
        {"currency": None, "total": None, "total_minor": "100"},
        {"currency": "USD", "total": "2.00", "total_minor": None},
    ]


@pytest.fixture
def sixty(connect, vendor, page, invoice, reply):
    """The outcome where all sixty timelines are refused alike."""

    def sync(status, **settings):
        rows = [invoice(number) for number in range(1, 61)]
        vendor.on("/api/invoices", page(*rows))
        for row in rows:
            vendor.on(f"/api/invoices/{row['uid']}/outreach", reply({"error": "No"}, status))
        result = connect(**settings).run("sync", "--workers", "1")
        assert result.exit_code == 1
        assert f"{status}" in result.stderr
        return result.stderr

    return sync


def test_exante_t6_403_has_two_causes(sixty, vendor):
    """The message names both, and no further timeline is asked for."""
    told = sixty(403)
    assert "no member of the `organization_uid`" in told
    assert "key lacks the permission" in told
    assert len(vendor.asked) < 10


def test_exante_t5_400_about_the_organization_stops(sixty, vendor):
    """Every invoice would be refused alike: the message says so, and the timelines stop."""
    told = sixty(400, organization_uid=ORGANIZATION)
    assert "`organization_uid` of this connection is no organization" in told
    assert "asked for by what is no UUID" in told
    assert len(vendor.asked) < 10


def test_exante_t5_400_without_an_organization_is_of_one_invoice(exante, two, reply, uid):
    """Then it is about the invoice alone: the others go on."""
    two(reply({"error": "Bad request"}, 400))
    assert exante.run("sync").exit_code == 1
    currencies = {row["id"]: row["currency"] for row in exante.rows("invoices")}
    assert currencies == {uid(1): None, uid(2): "USD"}


def test_exante_5_401_stops_the_connection(exante, vendor, reply):
    """The message says what may be wrong with a key; nothing more is asked."""
    vendor.on("/api/invoices", reply({"error": "Unauthorized"}, 401))
    result = exante.run("sync")
    assert (result.exit_code, len(vendor.asked)) == (1, 1)
    assert "expired, revoked" in result.stderr


def test_exante_5_429_says_how_long(reply, timeline_of):
    """The seconds the vendor asks to wait are taken over."""
    from duetrail.source import Page
    from duetrail_exante.errors import classify_error

    answer = Page(
        url=f"https://x.example{timeline_of(1)}",
        status=429,
        headers={"retry-after": "60"},
        body=b"",
        data=None,
    )
    assert classify_error(answer).retry_after == 60


@pytest.mark.parametrize("status", [409, 422])
def test_exante_t8_error_and_details(exante, two, reply, status):
    """What Exante says is told; the details, which may name people, are not."""
    two(reply(SAID, status))
    result = exante.run("sync")
    assert result.exit_code == 1
    assert result.stderr.count("Invoice is locked") == 1
    assert "jane" not in result.output


@pytest.mark.parametrize(
    "body",
    [
        {"status": "error", "status_code": 200, "message": "Not today", "data": None},
        {"status": "success", "status_code": 500, "message": "Not today", "data": {}},
        {"status": "failure", "message": "Not today"},
        {"error": "Not today", "details": []},
    ],
)
def test_exante_t7_200_over_another_envelope_is_no_answer(exante, two, body):
    """A good HTTP status over an envelope that says otherwise fails, with its words."""
    two(body)
    result = exante.run("sync")
    assert result.exit_code == 1
    assert "envelope that says otherwise: Not today" in result.stderr


@pytest.mark.parametrize("word", ["success", "SUCCESS", None])
def test_exante_t7_the_envelopes_status_is_not_the_invoices(exante, two, timeline, word):
    """Three things are called status: the envelope's own is looked at, in any case or absent."""
    two(timeline(status="error") | {"status": word})
    assert exante.run("sync").exit_code == 0
    assert exante.rows("emails") == []


def test_exante_t17_the_key_is_not_shown(exante, two, reply):
    """Neither is it told where an answer repeats it."""
    two(reply({"error": "key made-up-token-0001 is not allowed"}, 422))
    result = exante.run("sync")
    assert "made-up-token-0001" not in result.output
