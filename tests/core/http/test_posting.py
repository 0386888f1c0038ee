"""Reading by POST: what is declared so is read, and nothing else is ever sent."""

from __future__ import annotations

import json

import pytest

from duetrail.errors import PluginError, ProtocolError, UnknownKey
from duetrail.http import Posted, cursor

READS = {"declares": {"reads": ("/graphql", "/databases/{}/query")}}


@pytest.fixture
def reading(open_session):
    """A session of a source that reads by POST."""
    return open_session(**READS)


def test_a_declared_path_is_read_by_post(vendor, reading):
    """With credentials, as JSON, and with the query."""
    vendor.then(200, b'{"rows": [1]}')
    page = reading.post("/graphql", {"query": "{ rows }"}, {"page": 2})
    (asked,) = vendor.asked
    assert (asked.method, asked.path, json.loads(asked.body)) == (
        "POST",
        "/graphql?page=2",
        {"query": "{ rows }"},
    )
    assert page.data == {"rows": [1]}
    assert "Authorization" in {name.title() for name in asked.headers}


def test_a_place_in_a_path_may_be_any_segment(vendor, reading):
    """`{}` stands for one segment, whichever it is."""
    reading.post("/databases/d%2F1/query", {})
    assert [one.path for one in vendor.asked] == ["/databases/d%2F1/query"]


@pytest.mark.parametrize(
    "path",
    ["/invoices", "/graphql/admin", "/graphqlx", "graphql", "/databases/a/b/query",
     "/databases//query", "/databases/a/query/", "/login"],
)  # fmt: skip
def test_any_other_post_is_refused_before_it_is_sent(vendor, reading, path):
    """What is not declared as reading might write."""
    with pytest.raises(PluginError, match="may not post to") as refused:
        reading.post(path, {})
    assert vendor.asked == []
    assert "Source(reads=" in refused.value.hint


def test_a_source_that_declares_nothing_posts_nothing(vendor, session):
    """As it was before there was such a thing."""
    with pytest.raises(PluginError):
        session.post("/graphql", {})
    assert vendor.asked == []


@pytest.mark.parametrize("path", ["graphql", "https://acme.example/graphql", "/a?b=c", "/login"])
def test_only_a_path_can_be_declared(open_session, path):
    """Neither an address nor the login, which is no reading."""
    with pytest.raises(PluginError, match="which is no path to read"):
        open_session(declares={"reads": (path,), "login": "/login"})


def test_it_is_repeated_like_a_get(vendor, reading):
    """It only reads, so a second attempt does no harm."""
    vendor.then(503, b"{}").then(200, b'{"rows": []}')
    assert reading.post("/graphql", {}).data == {"rows": []}
    assert [one.method for one in vendor.asked] == ["POST", "POST"]


def test_each_question_has_an_url_of_its_own(vendor, reading):
    """So that two pages are told apart; the order of keys makes no question."""
    vendor.then()
    urls = [
        reading.post("/graphql", body).url
        for body in ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 2, "b": 2})
    ]
    assert urls[0] == urls[1] != urls[2]
    assert "#" not in vendor.asked[0].path


def test_a_404_may_be_a_missing_key(vendor, reading):
    """As for a `get`."""
    vendor.then(404, b"{}")
    with pytest.raises(UnknownKey):
        reading.post("/databases/d1/query", {}, missing=UnknownKey)


def test_a_list_is_paged_by_post(vendor, reading):
    """What a paginator puts into the query goes into the body, at its place."""
    for ids, after in (([1, 2], "b"), ([3], None)):
        rows = [{"id": id} for id in ids]
        vendor.then(200, json.dumps({"data": {"bills": {"rows": rows, "next": after}}}).encode())
    asks = Posted(reading, {"query": "Q", "variables": {"size": 2}}, into="variables")
    where = {"rows": "$.data.bills.rows[*]", "next": "$.data.bills.next"}
    pages = list(cursor(asks, "/graphql", param="after", **where))
    assert len(pages) == 2
    assert [json.loads(one.body)["variables"] for one in vendor.asked] == [
        {"size": 2},
        {"size": 2, "after": "b"},
    ]


def test_a_list_by_post_that_leads_back_is_noticed(vendor, reading):
    """The guards are the same."""
    for ids in ([1], [2], [3]):
        body = {"rows": [{"id": id} for id in ids], "next": "a"}
        vendor.then(200, json.dumps(body).encode())
    with pytest.raises(ProtocolError, match="leads back"):
        list(cursor(Posted(reading, {}), "/graphql", rows="$.rows[*]", param="at", next="$.next"))
