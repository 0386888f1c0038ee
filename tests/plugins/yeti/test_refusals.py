"""Yeti's refusals: each says what, where and what to do, and stops no more than it must."""

import json

import pytest


@pytest.fixture
def problem(yeti, switch):
    """Sync the invoices with one refusal as the answer; exit code, state and problem."""

    def sync(answer):
        switch.on("/invoices", answer)
        result = yeti.run("sync", "--select", "invoices", "--json")
        (resource,) = json.loads(result.stdout)["resources"]
        (problem,) = resource["problems"]
        return result.exit_code, resource["state"], problem

    return sync


def test_yeti_5_a_bad_page(problem, words):
    """400/118, of a release with a smaller limit: told with its detail, and what to set."""
    detail = "page[size] exceeds maximum page size of 50."
    exit_code, state, one = problem(words.errors(400, "Page size", detail, "118"))
    assert (exit_code, state) == (1, "failed")
    assert detail in one["message"]
    assert "smaller page_size" in one["hint"]


def test_yeti_7_10_accept_refused(problem, words):
    """406 means that the header did not arrive as it was sent."""
    exit_code, _, one = problem(words.errors(406, "Not acceptable"))
    assert exit_code == 1
    assert "406" in one["message"]
    assert "Accept header" in one["hint"]


def test_yeti_5_html_for_a_path_that_is_none(problem, words):
    """404 in HTML never reached the API: the address is wrong."""
    html = words.reply(b"<html>Dear Ms Doe</html>", 404, {"Content-Type": "text/html"})
    exit_code, _, one = problem(html)
    assert exit_code == 1
    assert "404" in one["message"]
    assert "/api/rest/customer/v1" in one["hint"]
    assert "Doe" not in one["message"]


def test_yeti_7_11_a_401_names_both_reasons(problem, words):
    """Yeti does not tell a bad credential from an address that is not allowed: so do we."""
    exit_code, _, one = problem(words.errors(401, "Authorization failed"))
    assert exit_code == 1
    assert "Authorization failed" in one["message"]
    assert "password or token" in one["hint"]
    assert "address this machine has" in one["hint"]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"errors": []}', b'{"errors": [5]}', b"[]"])
def test_yeti_5_refusals_without_a_document(problem, words, body):
    """Where there is no document, the status says it."""
    exit_code, _, one = problem(words.reply(body, 400))
    assert exit_code == 1
    assert one["message"].endswith("answered 400 (Bad Request)")


def test_a_long_detail_is_cut(problem, words):
    """A refusal is one line on the terminal, whatever stands in it."""
    _, _, one = problem(words.errors(400, "Bad", "so\nmany words " * 99))
    assert "so many words" in one["message"]
    assert len(one["message"]) < 500


def test_yeti_5_a_bad_request_is_not(connect, switch, words):
    """A 400 will not."""
    switch.on("/invoices", words.errors(400, "Invalid sort criteria", code="114"))
    connect(token=words.token, attempts=5).sync(select=["invoices"])
    assert switch.order == ["GET /invoices"]


def test_one_resource_fails_alone(yeti, switch, account, page, words):
    """Accounts are read although invoices fail."""
    switch.on("/accounts", page(account())).on("/invoices", words.errors(500, "Internal"))
    assert yeti.sync().exit_code == 1
    assert [row["id"] for row in yeti.rows("parties")] == ["acc-1"]
