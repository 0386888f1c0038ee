"""The same answers give the same store: with one worker or many, once or twice."""

from contextlib import closing

import pytest

from duetrail.pipeline import digest


@pytest.fixture
def busy(pages, invoice, email, timeline, timeline_of, uid):
    """Forty invoices on some pages; most emails stand on several timelines."""
    client = {"client": {"uid": uid(700), "name": "Acme", "billing_contact": {"name": "Ada"}}}
    rows = [invoice(n, total_cents=100 * n, parties=client) for n in range(1, 41)]
    vendor = pages(*rows)
    for n in range(1, 40):
        emails = [email(900 + n, subject=f"{n}"), email(900 + n // 2, subject=f"{n // 2}")]
        vendor.on(timeline_of(n), timeline(*emails, number=n, currency="JPY"))
    return vendor


@pytest.fixture
def missing(busy, reply, timeline_of):
    """The timeline that is not there."""
    return busy.on(timeline_of(40), reply({"error": "Invoice not found"}, 404))


def _digest(project):
    with closing(project.store()) as store:
        return digest(store)


def test_one_worker_or_sixteen(connect, missing):
    """The digest does not depend on how many read at once, nor on who is first."""
    project = connect(page_size=10)
    digests = set()
    for workers in (1, 16):
        project.database.unlink(missing_ok=True)
        project.sync(workers=workers)
        digests.add(_digest(project))
    assert len(project.rows("invoices")) == 40
    assert len(digests) == 1


def test_the_second_run_writes_nothing(connect, missing):
    """Nothing changed, nothing is written, and the digest stays."""
    project = connect(page_size=10)
    project.sync(workers=16)
    before = _digest(project)
    assert project.sync(workers=16).written == 0
    assert _digest(project) == before


def test_everything_received_is_accounted_for(connect, missing):
    """Items are mapped, unchanged, rejected or skipped, on every resource."""
    for resource in connect(page_size=10).sync(workers=4).resources:
        parts = (resource.mapped, resource.unchanged, resource.rejected, resource.skipped.total())
        assert resource.items == sum(parts)


def test_amounts_have_their_currency(connect, missing):
    """Where a timeline came, amounts are in its currency; where none came, in minor units."""
    project = connect(page_size=10)
    project.sync(workers=16)
    rows = project.rows("invoices", "currency, total, total_minor")
    assert rows[0] == {"currency": "JPY", "total": "100", "total_minor": None}
    assert rows[39] == {"currency": None, "total": None, "total_minor": "4000"}


def test_check_reaches_both_resources(connect, missing):
    """`duetrail check` asks for one page of each and writes nothing."""
    project = connect(page_size=10)
    project.sync()
    result = project.run("check")
    assert result.exit_code == 0, result.output
    assert result.output.count("allowed") == 2
