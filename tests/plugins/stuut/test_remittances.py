"""Stuut's remittances: one of the few places where an email can be read."""

import pytest


@pytest.fixture
def remittance(email):
    """A remittance that came in an email and names these invoices."""

    def make(*invoices, email_id="eml_1", **fields):
        lines = [
            {
                "object": "allocation",
                "remittance_id": "rem_1",
                "invoice_number": "1",
                "invoice_id": i,
            }
            for i in invoices
        ]
        post = email(email_id, direction="inbound", **fields)
        return {
            "object": "remittance",
            "id": f"rem_{invoices}",
            "allocations": lines,
            "email": post,
        }

    return make


@pytest.fixture
def emails(connect, vendor, page):
    """A project in which these remittances, and these invoices, were read."""

    def sync(*remittances, invoices=(), exit_code=0):
        vendor.on("/v1/invoices", page(*invoices)).on("/v1/remittances", page(*remittances))
        project = connect(include=["remittances"])
        assert project.sync().exit_code == exit_code
        return project

    return sync


def linked(project):
    return {(link[1], link[3], link[4]) for link in project.links()}


def test_stuut_3_6_the_email_of_a_remittance(emails, remittance):
    """It is an email like any other, and belongs to the invoices that are named by id."""
    project = emails(remittance("a", "b", subject="Advice"))
    assert [row["subject"] for row in project.rows("emails")] == ["Advice"]
    assert linked(project) == {("eml_1", "a", "native"), ("eml_1", "b", "native")}


def test_stuut_3_6_a_number_that_matches_no_invoice(emails, remittance):
    """A line without an `invoice_id` links nothing: its number alone is no proof."""
    project = emails(remittance("a", None, ""))
    assert linked(project) == {("eml_1", "a", "native")}


@pytest.mark.parametrize("nothing", [None, "absent"])
def test_a_remittance_without_an_email(emails, remittance, nothing):
    """One that was uploaded by hand is no email and no mistake."""
    by_hand = remittance("a")
    if nothing is None:
        by_hand["email"] = None
    else:
        del by_hand["email"]
    assert emails(by_hand).rows("emails") == []


def test_a_remittance_without_lines(emails, remittance):
    """The email is kept where nothing says what it is about."""
    bare = remittance()
    bare["allocations"] = None
    assert len(emails(bare).rows("emails")) == 1


def test_stuut_6_4_one_email_for_two_remittances(emails, remittance):
    """An email that announces two payments belongs to the invoices of both."""
    project = emails(remittance("a"), remittance("b"))
    assert linked(project) == {("eml_1", "a", "native"), ("eml_1", "b", "native")}


def test_stuut_6_4_other_emails_are_other_emails(emails, remittance):
    """Each email has the invoices of its own remittance."""
    project = emails(remittance("a"), remittance("b", email_id="eml_2"))
    assert linked(project) == {("eml_1", "a", "native"), ("eml_2", "b", "native")}


@pytest.mark.parametrize("newer", ["inside", "advised"])
def test_stuut_7_16_inside_an_invoice_an_email_names_no_invoices(
    emails, remittance, invoice, email, newer
):
    """Whichever copy is newer, its text counts and no link is lost."""
    times = {"inside": "2026-01-01T00:00:00Z", "advised": "2026-01-02T00:00:00Z"}
    times[newer] = "2026-02-02T00:00:00Z"
    inside = email(subject="inside", modified_at=times["inside"])
    advised = remittance("a", subject="advised", modified_at=times["advised"])
    project = emails(advised, invoices=[invoice("b", emails=[inside])])
    assert [row["subject"] for row in project.rows("emails")] == [newer]
    assert linked(project) == {("eml_1", "a", "native"), ("eml_1", "b", "contained")}


def test_a_bad_line_sets_the_email_aside(emails, remittance):
    """An id that is none is told with its path; nothing is linked by half."""
    bad = remittance("a")
    bad["allocations"][0]["invoice_id"] = 5
    project = emails(bad, exit_code=3)
    assert [row["json_path"] for row in project.rows("rejects")] == ["$.allocations[0].invoice_id"]


def test_the_sandbox_has_emails_of_no_invoice(sandbox, company):
    """Some emails can be read in remittances only."""
    company.config.write_text(company.config.read_text() + 'include = ["remittances"]\n')
    assert company.sync().exit_code == 0
    assert len(company.rows("emails")) > sandbox.counts["stuut"]["emails"]
