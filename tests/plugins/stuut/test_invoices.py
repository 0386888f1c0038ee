"""Stuut's invoices: words, days, flags, and values that are not typed."""

from datetime import UTC, date, datetime

import pytest

NOON = "2026-03-04T12:00:00Z"


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("draft", "draft"),
        ("open", "open"),
        ("overdue", "open"),
        ("processing", "payment_pending"),
        ("paid", "paid"),
        ("void", "void"),
        ("uncollectible", "written_off"),
        ("Paid", "paid"),
        ("on_hold", "unknown"),
    ],
)
def test_stuut_7_4_status_words(mapped, invoice, word, status):
    """Every documented word has its place; another is unknown; the word itself always stays."""
    one = mapped(invoice(status=word))
    assert (one.status, one.status_raw) == (status, word)


@pytest.mark.parametrize(
    ("value", "status", "raw"),
    [
        ({"name": "paid"}, "paid", "paid"),
        ({"id": 3, "name": "paid"}, "paid", '{"id":3,"name":"paid"}'),
        ({"id": 3}, "unknown", '{"id":3}'),
        (7, "unknown", "7"),
        (["paid"], "unknown", '["paid"]'),
        (None, None, None),
    ],
)
def test_stuut_7_4_status_is_not_typed(mapped, invoice, value, status, raw):
    """A status may be text or an object with a name; anything else is unknown and survives."""
    one = mapped(invoice(status=value))
    assert (one.status, one.status_raw) == (status, raw)


@pytest.mark.parametrize("status", ["overdue", {"name": "overdue"}, "Overdue"])
def test_stuut_7_5_overdue_is_a_fact_about_an_open_invoice(mapped, invoice, status):
    """Overdue is open and overdue, in any case of letters."""
    one = mapped(invoice(status=status))
    assert (one.status, one.overdue) == ("open", True)


@pytest.mark.parametrize("status", ["open", "paid", None])
def test_stuut_7_5_not_overdue_is_not_known(mapped, invoice, status):
    """Another status does not say that it is not overdue; our clock is not asked."""
    assert mapped(invoice(status=status, due_date="2001-01-01T00:00:00Z")).overdue is None


def test_stuut_7_8_midnight_utc_is_a_day(mapped, invoice):
    """A date written as midnight UTC has that calendar day."""
    one = mapped(invoice(due_date="2026-03-04T00:00:00Z", issued_at="2026-02-01T00:00:00Z"))
    assert (one.due_on, one.issued_on) == (date(2026, 3, 4), date(2026, 2, 1))
    assert one.due_at == datetime(2026, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize("moment", [NOON, "2026-03-04T00:00:01Z", "2026-03-04T00:00:00-05:00"])
def test_stuut_7_8_another_time_has_no_certain_day(mapped, invoice, moment):
    """A time that is not midnight UTC keeps its instant and gets no day."""
    one = mapped(invoice(due_date=moment))
    assert one.due_on is None
    assert one.due_at.tzinfo is UTC


def test_stuut_7_8_the_zone_of_this_machine_is_not_asked(mapped, invoice, monkeypatch):
    """The day does not depend on where the sync runs."""
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    assert mapped(invoice(due_date="2026-03-04T00:00:00Z")).due_on == date(2026, 3, 4)


def test_stuut_7_9_the_promised_day(mapped, invoice):
    """The day stands as Stuut gives it: processing days are neither added nor taken off."""
    one = mapped(invoice(promised_to_pay_date="2026-12-25"))
    assert one.promised_to_pay_on == date(2026, 12, 25)


def test_stuut_7_9_a_promise_is_a_day_not_a_time(rejected, invoice):
    """A date-time in its place is refused, not cut."""
    assert rejected(invoice(promised_to_pay_date=NOON)).json_path == "$.promised_to_pay_date"


@pytest.mark.parametrize(
    ("word", "kind"), [("payable", "payable"), ("receivable", "receivable"), ("memo", "unknown")]
)
def test_stuut_7_10_payables_are_kept(stuut, vendor, invoice, page, word, kind):
    """An invoice of another kind is kept and says so."""
    vendor.on("/v1/invoices", page(invoice(type=word)))
    assert stuut.run("sync").exit_code == 0
    assert stuut.rows("invoices", "kind, kind_raw") == [{"kind": kind, "kind_raw": word}]


@pytest.mark.parametrize(("sent", "kept"), [({"in_dispute": True}, True), ({}, None)])
def test_stuut_7_19_a_dispute_is_one_of_three(mapped, invoice, sent, kept):
    """Disputed, not disputed and not said are three things."""
    assert mapped(invoice(**sent)).in_dispute is kept
    assert mapped(invoice(in_dispute=False)).in_dispute is False
    assert mapped(invoice(in_dispute=None)).in_dispute is None


@pytest.mark.parametrize("flag", ["true", 1, "", []])
def test_a_flag_is_a_flag(rejected, invoice, flag):
    """Nothing is taken for true or false that is not."""
    assert rejected(invoice(in_dispute=flag)).json_path == "$.in_dispute"


@pytest.mark.parametrize("field", ["issued_at", "due_date", "paid_at", "promised_to_pay_date"])
def test_stuut_7_14_an_empty_date_is_none(mapped, invoice, field):
    """An empty text in a date is no date."""
    names = {"due_date": "due_at", "promised_to_pay_date": "promised_to_pay_on"}
    assert getattr(mapped(invoice(**{field: ""})), names.get(field, field)) is None


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("remote_id", "remote_id"),
        ("partner_id", "customer_id"),
        ("remote_partner_id", "customer_remote_id"),
    ],
)
@pytest.mark.parametrize("nothing", ["", None])
def test_stuut_7_14_an_empty_id_is_none(mapped, invoice, field, name, nothing):
    """An empty text or null in an id is no id."""
    assert getattr(mapped(invoice(**{field: nothing})), name) is None


def test_stuut_7_14_an_empty_id_inside_is_none(mapped, invoice):
    """Nor in a line, a share of a payment, a contact, a call or an attachment."""
    share = {"id": "", "payment_id": "", "remote_id": ""}
    one = invoice(
        line_items=[{"remote_id": ""}],
        payments=[share],
        partner={"id": "ptn_1", "contacts": [{"id": "", "remote_id": ""}]},
        calls=[{"id": "call_1", "retell_id": "", "agent_id": "", "status": "pending_approval"}],
        emails=[{"id": "eml_1", "attachments": [{"id": ""}]}],
    )
    (line,), (applied,) = mapped(one).lines, mapped(one).allocations
    (contact,), call = mapped(one, "parties").contacts, mapped(one, "calls")
    (attachment,) = mapped(one, "emails").attachments
    assert (line.remote_id, applied.id, applied.payment_id, applied.remote_id) == (None,) * 4
    assert (contact.id, contact.remote_id, attachment.id) == (None,) * 3
    assert (call.provider_id, call.agent_id, mapped(one, "callouts").agent_id) == (None,) * 3


@pytest.mark.parametrize("id", ["", None, [], {}, True])
def test_stuut_3_0_an_invoice_without_an_id(rejected, invoice, id):
    """A record that nothing tells from another is set aside."""
    assert rejected(invoice(id)).json_path == "$.id"


def test_everything_but_the_id_may_be_absent(mapped):
    """An object with an id and nothing else is an invoice; what is not said is None."""
    one = mapped({"id": "inv_1"})
    assert (one.id, one.status, one.total, one.customer_id, one.lines) == (
        "inv_1", None, None, None, (),
    )  # fmt: skip


def test_everything_but_the_id_may_be_null(mapped, invoice):
    """Null is the same as absent, for lists and objects, too."""
    names = ("line_items", "payments", "calls", "emails", "partner", "billing_address", "status")
    one = mapped(invoice(**dict.fromkeys(names)))
    assert (one.lines, one.allocations, one.billing_address) == ((), (), None)


def test_stuut_6_1_lines_that_are_to_be_synced(mapped, invoice):
    """`requires_line_item_sync` says that the lines are not all."""
    assert mapped(invoice(requires_line_item_sync=True)).lines_complete is False
    assert mapped(invoice(requires_line_item_sync=False)).lines_complete is True
    assert mapped(invoice()).lines_complete is None


def test_stuut_3_6_a_proposed_match_is_not_cash(mapped, invoice):
    """An allocation that is not approved can be told from one that is."""
    shares = [{"amount": 1, "payment_id": "p", "approved": flag} for flag in (True, False, None)]
    assert [a.approved for a in mapped(invoice(payments=shares)).allocations] == [True, False, None]


def test_stuut_3_0_ids_are_opaque(mapped, invoice):
    """An id of any prefix, or of digits, is an id."""
    assert mapped(invoice("zzz")).id == "zzz"
    assert mapped(invoice("Ünï/código ?&#")).id == "Ünï/código ?&#"


def test_an_offset_is_turned_into_utc(mapped, invoice):
    """A time with an offset is the same instant in UTC."""
    one = mapped(invoice(paid_at="2026-03-04T12:00:00+02:00"))
    assert one.paid_at == datetime(2026, 3, 4, 10, tzinfo=UTC)


def test_a_time_without_an_offset_is_refused(rejected, invoice):
    """Whose clock it is would be a guess."""
    assert rejected(invoice(paid_at="2026-03-04T12:00:00")).json_path == "$.paid_at"


def test_stuut_7_18_how_old_the_erp_data_are(offline, page, invoice):
    """When the ERP was last asked stays with the invoice: a fresh reading may be of old data."""
    clocks = {"last_synced_at": NOON, "remote_modified_at": NOON, "sync_status": "partial"}
    (one,) = offline.map("stuut", "invoices", page(invoice(**clocks))).mapped
    extra = next(one.with_extra()).extra
    assert {name: extra[name] for name in clocks} == clocks


def test_stuut_7_8_the_zone_of_the_partner_is_not_taken(stuut, vendor, invoice, page):
    """A known zone would give a day, but nobody says that it is the zone of the date."""
    partner = {"id": "ptn_1", "timezone": "America/New_York"}
    vendor.on("/v1/invoices", page(invoice(due_date="2026-03-04T05:00:00Z", partner=partner)))
    stuut.sync()
    assert stuut.rows("invoices")[0]["due_on"] is None
