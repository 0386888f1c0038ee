"""Yeti's calls: what a row says of a call that was made, or came in."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from duetrail.model import Money

START = "2026-06-01T10:00:00.123Z"


@pytest.fixture(params=["cdrs", "incoming-cdrs"])
def make(request, cdr, incoming):
    """A call of either direction: `code`, `reason` and `billed` are those of its side."""
    side, leg, whose, place = {
        "cdrs": (cdr, "lega", "customer", "in"),
        "incoming-cdrs": (incoming, "legb", "vendor", "out"),
    }[request.param]
    words = {
        "billed": f"{whose}-duration",
        "code": f"{leg}-disconnect-code",
        "reason": f"{leg}-disconnect-reason",
        "caller": f"src-prefix-{place}",
        "called": f"dst-prefix-{place}",
    }

    def make(id=1, **attributes):
        return side(id, **{words.get(key, key): value for key, value in attributes.items()})

    return make


def test_a_call_that_was_made(mapped, cdr, account):
    """Each attribute of GET /cdrs that has a place is in it."""
    one = mapped(
        cdr(
            48000001,
            time_start=START,
            time_connect="2026-06-01T10:00:05.000Z",
            time_end="2026-06-01T10:01:05.500Z",
            duration=60,
            success=True,
            customer_price="0.0125",
            customer_duration=66,
            src_prefix_routing="12025550101",
            dst_prefix_routing="13125550102",
            src_prefix_in="+12025550101",
            dst_prefix_in="01113125550102",
            orig_call_id="abc@192.0.2.1",
            lega_disconnect_code=200,
            lega_disconnect_reason="OK",
            rec=False,
            local_tag="1-AB",
        ),
        account(),
    )
    assert (one.table, one.id, one.customer_id) == ("calls", "cdrs:48000001", "acc-1")
    assert (one.direction, one.direction_raw) == ("outbound", "cdrs")
    assert (one.status, one.status_raw) == ("completed", "true")
    assert (one.outcome, one.outcome_raw) == ("answered", "200 OK")
    assert (one.from_number, one.to_number) == ("12025550101", "13125550102")
    assert one.started_at == datetime(2026, 6, 1, 10, 0, 0, 123000, tzinfo=UTC)
    assert one.answered_at == datetime(2026, 6, 1, 10, 0, 5, tzinfo=UTC)
    assert one.ended_at == datetime(2026, 6, 1, 10, 1, 5, 500000, tzinfo=UTC)
    assert (one.duration_seconds, one.billed_seconds) == (60, 66)
    assert (one.cost, one.currency) == (Money(Decimal("0.0125"), "EUR"), "EUR")
    assert one.provider_id == "abc@192.0.2.1"
    assert one.recording_url is None
    assert one.extra["attributes"] == {
        "local-tag": "1-AB",
        "src-prefix-in": "+12025550101",
        "dst-prefix-in": "01113125550102",
    }


def test_a_call_that_came_in(mapped, incoming, account):
    """And each of GET /incoming-cdrs, which has words of its own for the same."""
    one = mapped(
        incoming(
            7,
            vendor_price="0.002",
            vendor_duration=6,
            src_prefix_out="12025550101",
            dst_prefix_out="13125550102",
            term_call_id="t1",
            legb_disconnect_code=486,
            legb_disconnect_reason="Busy Here",
            success=False,
        ),
        account(currency="USD"),
    )
    assert (one.id, one.direction, one.direction_raw) == (
        "incoming-cdrs:7",
        "inbound",
        "incoming-cdrs",
    )
    assert (one.outcome, one.outcome_raw, one.status) == ("busy", "486 Busy Here", "failed")
    assert (one.from_number, one.to_number, one.provider_id) == ("12025550101", "13125550102", "t1")
    assert (one.currency, one.billed_seconds) == ("USD", 6)


def test_nothing_is_made_up(mapped, make):
    """A switch knows neither agents nor what was said, nor why somebody called."""
    one = mapped(make(success=True))
    assert (one.agent_kind, one.agent_id, one.transcript, one.summary, one.reason) == (None,) * 5
    assert (one.voicemail, one.callout_id, one.invoices, one.created_at) == (None, None, (), None)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (486, "busy"),
        (600, "busy"),
        (487, "cancelled"),
        (408, "no_answer"),
        (480, "no_answer"),
        (404, "bad_number"),
        (484, "bad_number"),
        (604, "bad_number"),
        (603, "rejected"),
        (500, "failed"),
        (503, "failed"),
        (599, "failed"),
        (403, "failed"),
        (None, "failed"),
    ],
)
def test_yeti_6_why_nobody_answered(mapped, make, code, outcome):
    """The code at the end refines that there was no success."""
    assert mapped(make(success=False, code=code)).outcome == outcome


@pytest.mark.parametrize(
    ("facts", "outcome", "raw"),
    [
        ({"success": True, "code": 487}, "answered", "487"),
        ({"success": True}, "answered", "true"),
        ({"success": False, "reason": "Gone"}, "failed", "Gone"),
        ({"time_connect": START, "code": 487}, "answered", "487"),
        ({"code": 486}, "busy", "486"),
        ({"code": 500, "success": None}, "failed", "500"),
        ({"code": 200}, "unknown", "200"),
        ({"code": 799, "reason": "New"}, "unknown", "799 New"),
        ({}, None, None),
    ],
)
def test_yeti_6_success_is_not_the_code(mapped, make, facts, outcome, raw):
    """Whether somebody answered is `success`, or that there was a connection; never the code."""
    one = mapped(make(**facts))
    assert (one.outcome, one.outcome_raw) == (outcome, raw)


@pytest.mark.parametrize(("success", "status"), [(True, "completed"), (False, "failed")])
def test_a_row_says_whether_the_call_came_about(mapped, make, success, status):
    """A row is written when a call is over, and says whether it came about."""
    one = mapped(make(success=success))
    assert (one.status, one.status_raw) == (status, str(success).lower())
    assert mapped(make(success=None)).status is None


@pytest.mark.parametrize("normalized", [{}, {"src_prefix_routing": None}])
def test_yeti_6_numbers_as_received(mapped, make, normalized):
    """Where a number was not normalized, the one that was received is it; as text, as it is."""
    one = mapped(make(caller="anonymous", called="011 1312", **normalized))
    assert (one.from_number, one.to_number) == ("anonymous", "011 1312")
    assert "attributes" not in one.extra


def test_yeti_6_one_id_in_both_lists(yeti, cdr, incoming, page):
    """A call to oneself stands in both lists with one id: these are two records."""
    two = [yeti.map("yeti", one["type"], page(one)) for one in (cdr(5), incoming(5))]
    ids = [found.records[0].id for batch in two for found in batch.mapped]
    assert ids == ["cdrs:5", "incoming-cdrs:5"]


def test_a_recording(yeti, switch, cdr, incoming):
    """It is linked to where there is one and this login may hear it; it is not fetched."""
    switch.shows("cdrs", cdr(1, time_start=START, rec=True), cdr(2, time_start=START, rec=False))
    switch.shows("incoming-cdrs", incoming(1, time_start=START, rec=True))
    yeti.sync(select=["cdrs", "incoming-cdrs"], now=datetime(2026, 6, 2, tzinfo=UTC))
    assert [row["recording_url"] for row in yeti.rows("calls")] == [
        f"{switch.url}/cdrs/1/rec",
        None,
        f"{switch.url}/incoming-cdrs/1/rec",
    ]
    assert not any("/rec" in asked for asked in switch.order)


@pytest.mark.parametrize(
    ("shown", "configured", "currency"),
    [("USD", "CHF", "USD"), (None, "CHF", "CHF"), (None, None, None)],
)
def test_yeti_7_12_old_releases_show_no_currency(
    connect, switch, cdr, account, words, shown, configured, currency
):
    """A call costs in the currency of its account, else in the configured one, else in none."""
    row = cdr(1, time_start=START, customer_price="0.1")
    switch.shows("cdrs", row, included=[account(currency=shown)])
    project = connect(token=words.token, **({"currency": configured} if configured else {}))
    project.sync(select=["cdrs"], now=datetime(2026, 6, 2, tzinfo=UTC))
    (call,) = project.rows("calls", "cost, cost_minor, currency")
    assert call == {"cost": "0.1", "cost_minor": None, "currency": currency}


def test_yeti_7_5_the_account_may_be_gone(mapped, cdr):
    """A call of a deleted account has no customer."""
    one = mapped(cdr(1, account=None, customer_price="0.1"))
    assert (one.customer_id, one.currency, one.cost.amount) == (None, None, Decimal("0.1"))


def test_yeti_7_9_calls_that_cost_nothing(mapped, cdr):
    """A package pays for them: zero is a price, and no price is none."""
    assert mapped(cdr(success=True, customer_price="0.0", duration=60)).cost.amount == 0
    assert mapped(cdr(success=False, customer_price=None)).cost is None


def test_yeti_7_9_answered_for_no_second(mapped, make):
    """Answered, and rounded down to nothing: this is no call that nobody answered."""
    one = mapped(make(success=True, time_connect=START, duration=0, billed=0))
    assert (one.outcome, one.duration_seconds, one.billed_seconds) == ("answered", 0, 0)


@pytest.mark.parametrize("attributes", [None, {}])
def test_yeti_7_12_attributes_may_be_hidden(mapped, make, attributes):
    """An operator may hide every field: what is left is a record."""
    one = mapped(make(3) | {"attributes": attributes})
    assert one.id.endswith("cdrs:3")
    assert (one.started_at, one.outcome, one.status, one.cost) == (None,) * 4


def test_yeti_7_3_times_come_in_the_zone_of_the_server(mapped, make):
    """Times are converted on reading."""
    one = mapped(make(time_start="2026-06-01T12:00:00.123+02:00"))
    assert one.started_at == datetime(2026, 6, 1, 10, 0, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"billed": "6"}, "duration"),
        ({"duration": 1.5}, "$.attributes.duration"),
        ({"success": "true"}, "$.attributes.success"),
        ({"time_start": "yesterday"}, "$.attributes.time-start"),
        ({"time_start": "2026-06-01T10:00:00.000"}, "$.attributes.time-start"),
        ({"code": "486"}, "disconnect-code"),
    ],
)
def test_what_cannot_be_read(rejected, make, facts, path):
    """A value of another form sets the call aside, with the path."""
    assert path in rejected(make(**facts)).json_path


@pytest.mark.parametrize("price", ["much", 0.5, "9" * 39])
def test_a_price_that_cannot_be_read(rejected, cdr, price):
    """Neither is what no price can be made of, whoever pays it."""
    assert rejected(cdr(customer_price=price)).json_path == "$.attributes.customer-price"


def test_yeti_7_13_numbers_of_people_are_not_told(rejected, mapped, cdr):
    """Neither the words about a call that was set aside nor a record's repr hold a number."""
    numbers = {"src_prefix_in": "12025550101", "dst_prefix_routing": "13125550102"}
    assert "5550" not in rejected(cdr(1, duration="x", **numbers)).reason
    assert "5550" not in repr(mapped(cdr(1, **numbers)))
