"""Lists that are declared: what is asked, and what is taken from the resource."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import evolve, frozen

from duetrail import by_resource, hookimpl
from duetrail.errors import FetchError, PluginError, ProtocolError, UnknownKey
from duetrail.http import NoAuth, cursor, listed, offset, once
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.plugins import bind
from duetrail.secrets import Secret
from duetrail.source import (
    Connection,
    Cursor,
    Key,
    Keys,
    Page,
    Resource,
    Shape,
    Shard,
    Source,
    option,
)

SHAPE = Shape(name="invoice", record=Invoice, wire=dict, path="$.data[*]")
SINCE = datetime(2026, 3, 1, tzinfo=UTC)
MORE = {
    "paid": True,
    "more": ("m1", "m2"),
    "none": None,
    "text": "",
    "on": SINCE.date(),
    "zone": "Europe/Berlin",
}


class Session:
    """Answers each question with the next page, and notes it."""

    vendor = "Acme"

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), []  # type: ignore[var-annotated]

    def get(self, path: str, params: Any = None, missing: Any = None) -> Page:
        given = {name: value for name, value in (params or {}).items() if value is not None}
        self.asked.append((path, given))
        data = self.answers.pop(0)
        if data is None:
            raise (missing or FetchError)("nothing there", status=404)
        body = json.dumps(data).encode()
        return Page(url=path, status=200, headers={}, body=body, data=data)

    def post(self, path: str, json: Any) -> Page:
        return self.get(f"POST {path}", json)


def run(
    pages: Any, session: Session, shape: Shape = SHAPE, keys: Keys | None = None, **shard: Any
) -> list[Any]:
    """What comes."""
    resource = Resource(name="invoices", shapes=(shape,), keys=keys)
    source = SimpleNamespace(resource=lambda name: resource)
    options = SimpleNamespace(page_size=2, company="a/b", branch=7, **MORE)
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


def test_how_long_before_the_newest_change_a_run_begins_may_be_a_setting() -> None:
    """A function gives it, given the options."""
    session = Session({"data": []})
    pages = listed(
        cursor,
        "/bills",
        since="from",
        at="changed",
        overlap=lambda options: timedelta(days=options.branch),
        param="after",
    )
    run(pages, session, cursor="2026-03-08T01:00:00+00:00")
    assert session.asked == [("/bills", {"from": "2026-03-01T01:00:00Z"})]


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


@pytest.mark.parametrize("odd", [{"name": "Berlin"}, {"id": None}, {"id": ""}, {"id": []}, "p2"])
def test_a_place_without_an_id_is_an_error(odd: Any) -> None:
    """What it has cannot be asked for, and without the parameter all places would be."""
    pages = listed(cursor, "/bills", for_each=("/p", "$.places[*].id", "place"), param="after")
    session = Session({"places": [{"id": 1}, odd]})
    with pytest.raises(ProtocolError, match="/p answered with something without `id`"):
        run(pages, session)
    assert session.asked == [("/p", {})]


def test_the_id_of_a_place_may_stand_deeper() -> None:
    """At the end of several keys."""
    places = {"places": [{"node": {"id": 7}}]}
    pages = listed(cursor, "/bills", for_each=("/p", "$.places[*].node.id", "at"), param="after")
    session = Session(places, {"data": []})
    run(pages, session)
    assert session.asked[1] == ("/bills", {"at": 7})


def test_what_is_asked_may_be_written_as_the_names_of_parameters() -> None:
    """The size of a page, and times in ISO 8601, in whole seconds on the safe side."""
    begin = SINCE.replace(microsecond=5)
    session = Session({"data": []})
    pages = listed(
        cursor, "/bills", page_size="limit", since="updated_since", until="before", param="after"
    )
    run(pages, session, since=begin, until=begin)
    given = {"limit": 2, "updated_since": "2026-03-01T00:00:00Z", "before": "2026-03-01T00:00:01Z"}
    assert session.asked == [("/bills", given)]


def test_a_time_may_be_written_in_another_way() -> None:
    """By a function beside the name; where everything is read there is no parameter."""
    pages = listed(
        cursor, "/bills", since=("from", lambda time: int(time.timestamp())), param="after"
    )
    session = Session({"data": []}, {"data": []})
    run(pages, session, since=SINCE)
    run(pages, session)
    assert session.asked == [("/bills", {"from": 1772323200}), ("/bills", {})]


def test_settings_and_the_key_go_into_the_path() -> None:
    """Each quoted as one segment."""
    session = Session({"data": []})
    pages = listed(cursor, "/{company}/{branch}/bills/{key}/mails", param="after")
    run(pages, session, key=Key("c?d"))
    assert session.asked == [("/a%2Fb/7/bills/c%3Fd/mails", {})]


def test_a_key_that_the_vendor_does_not_know_is_told_as_such() -> None:
    """With the error that the author names; without, it is that of the session."""
    for missing, error in ((UnknownKey, UnknownKey), (None, FetchError)):
        pages = listed(cursor, "/bills/{key}/mails", missing=missing, param="after")
        with pytest.raises(FetchError) as caught:
            run(pages, Session(None), key=Key("1"))
        assert type(caught.value) is error


def test_what_comes_at_once_needs_no_paging() -> None:
    """A list, or one object; an answer without it is an error."""
    assert len(run(listed(once, "/bills"), Session({"data": [{"id": 1}]}))) == 1
    bill = evolve(SHAPE, path="$.bill")
    assert len(run(listed(once, "/bill"), Session({"bill": {"id": 1}}), bill)) == 1
    for shape, answer in ((SHAPE, {"data": None}), (bill, {"bill": []}), (bill, {})):
        with pytest.raises(ProtocolError):
            run(listed(once, "/bills"), Session(answer), shape)


def test_another_object_than_the_one_asked_for_is_an_error() -> None:
    """Where the key is its id."""
    bill, keys = evolve(SHAPE, path="$.bill"), Keys(record=Invoice)
    pages = listed(once, "/bills/{key}")
    assert len(run(pages, Session({"bill": {"id": 7}}), bill, keys, key=Key("7"))) == 1
    with pytest.raises(ProtocolError, match="another object"):
        run(pages, Session({"bill": {"id": 8}}), bill, keys, key=Key("7"))
    by_number = Keys(record=Invoice, column="number")
    assert len(run(pages, Session({"bill": {"id": 8}}), bill, by_number, key=Key("7"))) == 1


QUERY = {
    "status": "all",
    "box": "{company}",
    "q": "branch:{branch} paid:{paid}",
    "search[bill]": "{key}",
    "include[]": ["lines", "{company}", "{more}", "{none}"],
    "none": "{none}",
    "empty": "x{text}y",
    "size": "{page_size}",
    "on": "{on}",
    "no": 0,
}


def test_what_else_is_asked_may_be_written_as_data() -> None:
    """With settings and the key in it, unquoted; of a setting that is empty nothing is left."""
    session = Session({"data": []})
    run(listed(cursor, "/bills", QUERY, param="after"), session, key=Key("a/b"))
    given = {
        "status": "all",
        "box": "a/b",
        "q": "branch:7 paid:true",
        "search[bill]": "a/b",
        "include[]": ["lines", "a/b", "m1", "m2"],
        "size": 2,
        "on": "2026-03-01",
        "no": 0,
    }
    assert session.asked == [("/bills", given)]


def test_a_body_may_be_written_as_data() -> None:
    """Names are filled at any depth, but in no text of another language; paging goes inside."""
    query = "query($after: ID){bills{id}}"
    body = {"query": query, "variables": {"box": "{company}", "size": "{page_size}", "x": "{none}"}}
    session = Session({"data": [{"id": 1}]}, {"data": []})
    run(listed(cursor, "/graphql", body=body, into="variables", param="after"), session)
    asked = {"query": query, "variables": {"box": "a/b", "size": 2}}
    again = {"query": query, "variables": {"box": "a/b", "size": 2, "after": 1}}
    assert session.asked == [("POST /graphql", asked), ("POST /graphql", again)]


def test_lists_in_a_body_are_as_they_are_written() -> None:
    """Those in lists, too, and empty ones, and nulls; only a setting that is a list is as many."""
    domain = [["state", "=", "{company}"], ["ref", "=", None], ["id", "in", ["{more}"]], "{more}"]
    session = Session({"data": []})
    body = {"domain": domain, "fields": [], "not": ["{none}"]}
    run(listed(cursor, "/bills", body=body, param="after"), session)
    more = ["m1", "m2"]
    filled = [["state", "=", "a/b"], ["ref", "=", None], ["id", "in", more], *more]
    assert session.asked == [("POST /bills", {"domain": filled, "fields": []})]


def test_times_without_an_offset_are_read_and_written_in_their_zone() -> None:
    """As the clocks there show them; the cursor is in UTC."""
    session = Session({"data": [{"id": 1, "changed": "2026-03-01 09:30:00"}], "next": None})
    pages = listed(
        cursor,
        "/bills",
        since="search[since]",
        until="search[until]",
        at="changed",
        zone="America/New_York",
        param="after",
        next="$.next",
    )
    *_, last = run(pages, session, cursor="2026-03-01T13:00:00+00:00", until=SINCE)
    given = {"search[since]": "2026-03-01 07:00:00", "search[until]": "2026-02-28 19:00:00"}
    assert session.asked == [("/bills", given)]
    assert last == Cursor("2026-03-01T14:30:00+00:00")


def test_the_zone_may_be_a_setting() -> None:
    """One that there is not is refused before anything is asked for."""
    pages = listed(cursor, "/b", since="from", zone=lambda options: options.zone, param="after")
    session = Session({"data": []})
    run(pages, session, since=SINCE)
    assert session.asked == [("/b", {"from": "2026-03-01 01:00:00"})]
    with pytest.raises(PluginError, match="no time zone"):
        run(listed(cursor, "/b", zone="Europe/Atlantis", param="after"), session)


def test_rows_may_stand_elsewhere_than_the_first_shape() -> None:
    """A page that is one object of its own is still read page by page."""
    shape = evolve(SHAPE, path="$.result", id="page")
    answers = ({"result": {"rows": [{"no": one}] if one else []}} for one in (1, 0))
    session = Session(*answers)
    run(listed(cursor, "/bills", rows="$.result.rows[*]", id="no", param="after"), session, shape)
    assert session.asked == [("/bills", {}), ("/bills", {"after": 1})]


@frozen
class Wire:
    id: str


@frozen
class Options:
    company: str = option("Which.")
    token: Secret = option("The key.")


@pytest.mark.parametrize(
    ("path", "asked", "told"),
    [
        ("/{compny}/bills", {}, "no setting"),
        ("/{token}/bills", {}, "is a secret"),
        ("/bills/{key}", {}, "no keys"),
        ("/bills", {"query": {"box": "{compny}"}}, "no setting"),
        ("/bills", {"query": {"box": ["a", "b {token}"]}}, "is a secret"),
        ("/bills", {"query": {"bill": "{key}"}}, "no keys"),
        ("/bills", {"body": {"variables": {"box": "{compny}"}}}, "no setting"),
    ],
)
def test_a_question_that_cannot_be_filled_is_refused_when_the_plugin_is_loaded(
    path: str, asked: dict[str, Any], told: str
) -> None:
    """Not when the first list is asked for."""

    class Acme:
        fetch = by_resource(bills=listed(once, path, **asked))

        @hookimpl
        def source(self) -> Source:
            shape = Shape(name="bill", record=Invoice, wire=Wire, path="$[*]")
            return Source(
                name="acme",
                title="Acme",
                options=Options,
                resources=(Resource(name="bills", shapes=(shape,)),),
                unsupported=(Call, Callout, Email),
                auth=lambda options: NoAuth(),
            )

        @hookimpl
        def map_item(self, item: Any) -> Any:
            return ()

    Acme.fetch = staticmethod(Acme.fetch)  # type: ignore[assignment]
    with pytest.raises(PluginError, match=told):
        bind("acme", Acme())
