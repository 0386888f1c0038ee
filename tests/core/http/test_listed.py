"""Lists that are declared: what is asked, and what is taken from the resource."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import evolve

from duetrail.errors import PluginError, ProtocolError
from duetrail.http import cursor, listed, offset
from duetrail.model import Invoice
from duetrail.source import Connection, Cursor, Key, Page, Resource, Shape, Shard

SHAPE = Shape(name="invoice", record=Invoice, wire=dict, path="$.data[*]")
SINCE = datetime(2026, 3, 1, tzinfo=UTC)


class Session:
    """Answers each question with the next page, and notes it."""

    vendor = "Acme"

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), []  # type: ignore[var-annotated]

    def get(self, path: str, params: Any = None) -> Page:
        given = {name: value for name, value in (params or {}).items() if value is not None}
        self.asked.append((path, given))
        data = self.answers.pop(0)
        body = json.dumps(data).encode()
        return Page(url=path, status=200, headers={}, body=body, data=data)

    def post(self, path: str, json: Any) -> Page:
        return self.get(f"POST {path}", json)


def run(pages: Any, session: Session, shape: Shape = SHAPE, **shard: Any) -> list[Any]:
    """What comes."""
    resource = Resource(name="invoices", shapes=(shape,))
    source = SimpleNamespace(resource=lambda name: resource)
    options = SimpleNamespace(page_size=2)
    connection = Connection(name="mine", source=source, base_url="", options=options)  # type: ignore[arg-type]
    return list(pages(Shard("invoices", **shard), session, connection))


def asked_with(options: Any, since: datetime | None) -> dict[str, Any]:
    return {"limit": options.page_size, "from": since and int(since.timestamp())}


def test_a_list_is_read_page_by_page() -> None:
    """With the query that is made of the options, and rows where the first shape has them."""
    session = Session({"data": [{"id": 1}], "next": "a"}, {"data": [{"id": 2}], "next": None})
    found = run(listed(cursor, "/bills", asked_with, param="after", next="$.next"), session)
    assert session.asked == [("/bills", {"limit": 2}), ("/bills", {"limit": 2, "after": "a"})]
    assert [type(one) for one in found] == [Page, Page]


def test_the_users_day_reaches_the_query() -> None:
    """Also where nothing tells what changed."""
    session = Session({"data": [], "next": None})
    run(listed(cursor, "/bills", asked_with, param="after", next="$.next"), session, since=SINCE)
    assert session.asked == [("/bills", {"limit": 2, "from": 1772323200})]


def test_with_the_time_of_a_change_it_is_incremental() -> None:
    """The cursor is the newest of the rows, and the next run begins an hour before."""
    session = Session({"data": [{"id": 1, "changed": "2026-03-01T01:00:00Z"}], "next": None})
    pages = listed(cursor, "/bills", asked_with, at="changed", param="after", next="$.next")
    *_, last = run(pages, session, cursor="2026-03-01T01:00:00+00:00")
    assert (session.asked[0][1]["from"], last) == (1772323200, Cursor("2026-03-01T01:00:00+00:00"))


def test_a_row_may_hold_the_object() -> None:
    """Then the id and the time of the change stand in it, too."""
    shape = evolve(SHAPE, path="$.data[*].bill", id="no")
    row = {"bill": {"no": 1, "changed": "2026-03-01T01:00:00Z"}}
    session = Session({"data": [row]}, {"data": []})
    pages = listed(cursor, "/bills", at="changed", param="after")
    *_, last = run(pages, session, shape)
    assert session.asked == [("/bills", {}), ("/bills", {"after": 1})]
    assert last == Cursor("2026-03-01T01:00:00+00:00")


def test_a_list_may_be_asked_for_by_post() -> None:
    """What the paginator would put into the query goes into the body."""
    session = Session({"data": [{"id": 1}]}, {"data": []})
    run(listed(cursor, "/bills", body=asked_with, param="after"), session)
    assert session.asked[1] == ("POST /bills", {"limit": 2, "after": 1})


def test_a_paginator_that_wants_a_size_gets_the_setting() -> None:
    """`page_size` of the connection."""
    session = Session({"data": []})
    run(listed(offset, "/bills"), session)
    assert session.asked == [("/bills", {"offset": 0, "limit": 2})]


def test_the_key_of_a_keyed_resource_goes_into_the_path() -> None:
    """Quoted, as a segment."""
    session = Session({"data": []})
    run(listed(cursor, "/bills/{}/notes", param="after"), session, key=Key("a/b"))
    assert session.asked == [("/bills/a%2Fb/notes", {})]


def test_a_list_that_may_be_left_out_is_known_by_its_shape() -> None:
    """Nothing has to be said twice."""
    shape = evolve(SHAPE, may_be_absent=True)
    assert len(run(listed(cursor, "/bills", param="after"), Session({}), shape)) == 1


def test_a_shape_in_no_list_is_refused() -> None:
    """It cannot be paged through."""
    with pytest.raises(PluginError, match="stands in none"):
        run(listed(cursor, "/bill", param="after"), Session(), evolve(SHAPE, path="$.bill"))


def test_a_list_for_each_place_is_read_place_by_place() -> None:
    """The places are asked for first, and what is new is that of all of them."""
    places = {"places": [{"id": "p1"}, {"id": "p2"}]}
    rows = [{"id": day, "changed": f"2026-03-0{day}T00:00:00Z"} for day in (2, 1)]
    session = Session(places, *({"data": [row], "next": None} for row in rows))
    pages = listed(
        cursor,
        "/bills",
        asked_with,
        at="changed",
        for_each=("/places", "$.places[*].id", "place"),
        param="after",
        next="$.next",
    )
    *_, last = run(pages, session)
    assert session.asked == [("/places", {})] + [
        ("/bills", {"limit": 2, "place": one}) for one in ("p1", "p2")
    ]
    assert last == Cursor("2026-03-02T00:00:00+00:00")


def test_an_answer_without_places_is_no_end_of_the_list() -> None:
    """It is an error: else all that they have would be gone."""
    pages = listed(cursor, "/bills", for_each=("/p", "$.places[*].id", "place"), param="after")
    with pytest.raises(ProtocolError, match="without a list"):
        run(pages, Session({"error": "x"}))
