"""A deletion at Credira leaves no trace but that something is not listed any more."""

import pytest

CALLOUT = {"id": "callout_1", "invoice_id": "a"}
OTHER = {"id": "callout_2", "invoice_id": "a"}
EMAIL = {"id": "email_1", "callout_id": "callout_1"}


@pytest.fixture
def lists(vendor, answer):
    """Set which callouts of the invoice are listed."""
    vendor.on("/emails?callout_id=callout_1", answer([EMAIL]))
    vendor.on("/callouts/callout_1/response", answer({"callout_id": "callout_1"}))
    vendor.on("/callouts/callout_2/response", answer({"callout_id": "callout_2"}))

    def set_(*callouts):
        vendor.on("/callouts?invoice_id=a", answer(list(callouts)))

    return set_


@pytest.fixture
def absent(project):
    """The ids of records that are marked absent."""

    def read():
        rows = [r for table in ("calls", "callouts", "emails") for r in project.rows(table)]
        return [row["id"] for row in rows if row["absent_since"] is not None]

    return read


@pytest.mark.parametrize("include", [[], ["responses"]])
def test_credira_4_deleted_and_back_again(connect, vendor, lists, absent, ran, include):
    """A callout that is not listed any more is absent, its emails with it, until it is listed."""
    project = connect(invoices=["a"], include=include)
    lists(CALLOUT, OTHER)
    assert (ran()["callouts"].absent, absent()) == (0, [])
    lists(OTHER)
    vendor.asked.clear()
    found = ran()
    assert (found["callouts"].absent, absent()) == (2, ["callout_1", "email_1"])
    assert "/emails?callout_id=callout_1" not in [one.target for one in vendor.asked]
    assert [row["callout_id"] for row in project.rows("emails")] == ["callout_1"]
    lists(CALLOUT, OTHER)
    found = ran()
    assert (found["callouts"].present, found["emails"].present, absent()) == (1, 1, [])
    assert project.sync().written == 0


@pytest.mark.parametrize("none", [False, None, [], "bare"])
def test_credira_t1_none_means_that_all_are_gone(connect, lists, vendor, answer, absent, ran, none):
    """Each form of "none" is a complete answer."""
    connect(invoices=["a"])
    vendor.on("/calls?invoice_id=a", answer([{"id": "call_1", "invoice_id": "a"}]))
    lists(CALLOUT)
    ran()
    for path in ("/calls", "/callouts"):
        vendor.on(f"{path}?invoice_id=a", False if none == "bare" else answer(none))
    found = ran()
    assert (found["calls"].empty_keys, found["callouts"].empty_keys) == (1, 1)
    assert absent() == ["call_1", "callout_1", "email_1"]


def test_an_email_that_is_gone(connect, lists, vendor, answer, absent, ran):
    """An email that its callout does not list any more is absent; the callout is not."""
    connect(invoices=["a"])
    lists(CALLOUT)
    ran()
    vendor.on("/emails?callout_id=callout_1", answer(False))
    ran()
    assert absent() == ["email_1"]


def test_credira_t2_an_unknown_invoice_proves_nothing(connect, lists, vendor, refusal, absent, ran):
    """That Credira does not know the invoice any more does not say that its callouts are gone."""
    connect(invoices=["a"])
    lists(CALLOUT)
    ran()
    vendor.on("/callouts?invoice_id=a", refusal("NOT_FOUND", 404, "Invoice not found"))
    assert (ran()["callouts"].unknown_keys, absent()) == (1, [])


def test_credira_4_a_hidden_page_proves_nothing(connect, lists, vendor, answer, absent, ran):
    """Where fewer arrive than `total_callouts` says, nothing is concluded from what is missing."""
    connect(invoices=["a"])
    lists(CALLOUT, OTHER)
    ran()
    vendor.on("/callouts?invoice_id=a", answer([OTHER], total_callouts=2))
    assert (ran()["callouts"].state, absent()) == ("incomplete", [])


def test_another_invoice_proves_nothing(connect, lists, vendor, answer, absent, project, ran):
    """Only the answer to its own key says that something is gone."""
    connect(invoices=["a"])
    lists(CALLOUT)
    ran()
    project.config.write_text(project.config.read_text().replace('["a"]', '["b"]'))
    assert (ran()["callouts"].shards, absent()) == (1, [])
