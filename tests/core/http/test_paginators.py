"""Each paginator reads a list to its end, and notices what each of them has to notice."""

from __future__ import annotations

import json
from types import SimpleNamespace
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from attrs import define, field
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duetrail.errors import Incomplete, ProtocolError
from duetrail.http import cursor, link, numbered, offset, once
from duetrail.http.address import Address
from duetrail.source import Page

BASE = "https://api.acme.example/v1"


@define(slots=False)
class Vendor:
    """A list of invoices behind a session, asked in whatever way; `stir` moves it between pages.

    Its pages hold only what is looked at: what else an answer has is in `said`.
    """

    ids: list[int]
    vendor: str = "Acme"
    stir: object = None
    said: dict = field(factory=dict)
    asked: list = field(factory=list)
    leads: object = None  # the next page, in place of the true one
    as_header: bool = False

    def get(self, path, params=None):
        return self._answer(Address.of(BASE, "acme").url(path, params or {}))

    def get_linked(self, address):
        return self._answer(Address.of(BASE, "acme").linked(address))

    def _answer(self, url):
        self.asked.append(url)
        if self.stir:
            self.stir(self)
        query = dict(parse_qsl(urlsplit(url).query))
        size = int(query.get("limit", query.get("per_page", 3)))
        if "page" in query:
            start = (int(query["page"]) - 1) * size
        elif "offset" in query:
            start = int(query["offset"])
        else:
            after = query.get("after")
            start = self.ids.index(int(after)) + 1 if after else 0
        rows = self.ids[start : start + size]
        goes_on = start + size < len(self.ids)
        following = self.leads(self, rows) if self.leads else rows[-1] if goes_on else None
        data = {"data": [{"id": id, "other": "x"} for id in rows], "total": len(self.ids)}
        data |= {"has_more": goes_on, "next": following, **self.said}
        headers = {}
        if self.as_header and following is not None:
            headers["link"] = f'<{following}>; rel="next"'
        body = json.dumps(data).encode()
        return Page(url=url, status=200, headers=headers, body=body, data=data)


def address(vendor, rows):
    """The address of the page after some rows."""
    goes_on = bool(rows) and rows[-1] != vendor.ids[-1]
    return f"{BASE}/invoices?limit=3&after={rows[-1]}" if goes_on else None


ROWS = {"rows": "$.data[*]"}
WAYS = {
    "number": lambda v, **more: numbered(v, "/invoices", size=3, **{**ROWS, **more}),
    "offset": lambda v, **more: offset(v, "/invoices", size=3, **{**ROWS, **more}),
    "cursor": lambda v, **more: cursor(
        v, "/invoices", {"limit": 3}, param="after", next="$.next", **{**ROWS, **more}
    ),
    "last id": lambda v, **more: cursor(
        v, "/invoices", {"limit": 3}, param="after", more="$.has_more", **{**ROWS, **more}
    ),
    "link": lambda v, **more: link(v, "/invoices", {"limit": 3}, next="$.next", **{**ROWS, **more}),
    "header": lambda v, **more: link(v, "/invoices", {"limit": 3}, **{**ROWS, **more}),
}
CHAINS = ("cursor", "last id", "link", "header")


def vendor_for(way, ids, **more):
    """A vendor that pages in this way."""
    if way in ("link", "header"):
        more.setdefault("leads", address)
    return Vendor(list(ids), as_header=way == "header", **more)


def read(way, vendor, **more):
    """The ids of the pages that come."""
    return [row["id"] for page in WAYS[way](vendor, **more) for row in page.data["data"]]


@pytest.fixture(params=WAYS)
def way(request):
    return request.param


@pytest.fixture(params=CHAINS)
def chain(request):
    return request.param


# --- a list that stands still --------------------------------------------------------------------


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(0, 40), counted=st.booleans())
def test_everything_arrives_in_order(way, count, counted):
    """However a list is paged, one reading shows each of its rows."""
    vendor = vendor_for(way, range(1, count + 1))
    more = {"total": "$.total"} if counted else {}
    assert list(dict.fromkeys(read(way, vendor, **more))) == list(range(1, count + 1))
    assert len(set(vendor.asked)) == len(vendor.asked)


def test_a_page_is_given_before_the_next_is_asked_for(way):
    """So that no more than one of them is in memory."""
    vendor = vendor_for(way, range(1, 10))
    next(WAYS[way](vendor))
    assert len(vendor.asked) == 1


def test_the_query_goes_with_every_page():
    """What a list is asked with is asked for on all its pages."""
    vendor = vendor_for("cursor", range(1, 8))
    list(cursor(vendor, "/invoices", {"limit": 3, "open": True}, param="after", next="$.next",
                **ROWS))  # fmt: skip
    assert all("open=true" in url for url in vendor.asked)


@pytest.mark.parametrize("end", [None, ""])
def test_null_and_an_empty_text_are_the_end(end):
    """Vendors write the end of a list either way."""
    vendor = vendor_for("cursor", [1, 2], leads=lambda *_: end)
    assert read("cursor", vendor) == [1, 2]


def test_no_more_is_the_end_whatever_the_cursor_says():
    """Some vendors name a cursor on the last page as well, and say that nothing follows."""
    vendor = vendor_for("cursor", range(1, 6), leads=lambda _, rows: rows[-1])
    assert read("cursor", vendor, more="$.has_more") == [1, 2, 3, 4, 5]


def test_a_bare_list_is_read():
    """An answer that is the list itself goes on after its last row."""

    class Bare(Vendor):
        def get(self, path, params=None):
            page = super().get(path, params)
            return Page(url=page.url, status=200, headers={}, body=b"", data=page.data["data"])

    vendor = Bare(list(range(1, 8)))
    pages = list(cursor(vendor, "/invoices", {"limit": 3}, param="after", rows="$[*]"))
    assert [row["id"] for page in pages for row in page.data] == list(range(1, 8))


def test_an_id_may_stand_deeper_in_a_row():
    """As in the edges of GraphQL; rows are told apart by it, and the last one leads on."""

    class Edges(Vendor):
        def get(self, path, params=None):
            page = super().get(path, params)
            edges = [{"node": row} for row in page.data["data"]]
            data = {**page.data, "data": edges}
            return Page(url=page.url, status=200, headers={}, body=b"", data=data)

    vendor = Edges(list(range(1, 8)), stir=lambda v: v.ids.append(9) if v.ids[-1] != 9 else None)
    where = {"rows": "$.data[*]", "param": "after", "more": "$.has_more", "id": "node.id"}
    pages = list(cursor(vendor, "/invoices", {"limit": 3}, **where))
    assert [edge["node"]["id"] for page in pages for edge in page.data["data"]] == [*range(1, 8), 9]


def test_a_function_may_find_the_next_page():
    """Where no path can name it."""
    vendor = vendor_for("cursor", range(1, 8), said={"@next": None})
    found = cursor(vendor, "/invoices", {"limit": 3}, param="after", **ROWS,
                   next=lambda page: page.data["next"])  # fmt: skip
    assert [row["id"] for page in found for row in page.data["data"]] == list(range(1, 8))


def test_rows_without_ids_are_no_repetition():
    """What cannot be told apart is read to its end."""
    vendor = vendor_for("cursor", range(1, 8))
    assert read("cursor", vendor, id="number") == list(range(1, 8))


def test_a_cursor_that_includes_its_row_is_read_once():
    """The last row of a page, shown again as the first of the next one, has not moved."""
    vendor = vendor_for("cursor", range(1, 10))
    vendor.leads = lambda v, rows: rows[-2] if rows[-1] != v.ids[-1] else None
    assert set(read("cursor", vendor)) == set(range(1, 10))
    assert len(set(vendor.asked)) == len(vendor.asked)


# --- what must not pass for a list ---------------------------------------------------------------


@pytest.mark.parametrize("rows", [None, {}, "none", 7])
def test_an_answer_without_rows_is_no_empty_list(way, rows):
    """An error with a good status must not say that every invoice is gone."""
    with pytest.raises(ProtocolError, match="without a list in `data`"):
        read(way, vendor_for(way, [1], said={"data": rows}))


@pytest.mark.parametrize("following", [True, 1.5, ["a"], {"href": "a"}])
def test_what_names_no_page_is_no_end(following):
    """A cursor of another type is an error, after the page that has it."""
    pages = WAYS["cursor"](vendor_for("cursor", [1], leads=lambda *_: following))
    next(pages)
    with pytest.raises(ProtocolError, match="neither text, number nor null"):
        next(pages)


def test_an_answer_without_its_cursor_is_no_end():
    """What is missing is not null, unless the vendor leaves it out at the end."""
    vendor = vendor_for("cursor", [1, 2])
    path = {"param": "after", "next": "$.paging.after", **ROWS}
    with pytest.raises(ProtocolError, match=r"without `\$.paging.after`"):
        list(cursor(vendor, "/invoices", **path))
    assert len(list(cursor(vendor, "/invoices", may_be_absent=True, **path))) == 1


@pytest.mark.parametrize("rows", [[], [{}], [{"id": ""}], [None]])
def test_a_list_that_goes_on_after_nothing_is_an_error(rows):
    """Where the last row has no id, nobody can say what to ask for next."""
    with pytest.raises(ProtocolError, match="goes on after a row without `id`"):
        list(WAYS["last id"](vendor_for("last id", [1], said={"data": rows, "has_more": True})))


@pytest.mark.parametrize("said", ["yes", 1, []])
def test_whether_a_list_goes_on_is_true_or_false(said):
    """Anything else is not what the vendor documents."""
    with pytest.raises(ProtocolError, match="neither true nor false"):
        read("last id", vendor_for("last id", [1], said={"has_more": said}))


def test_an_answer_without_its_total_is_an_error(way):
    """What the plugin names as the total, and nothing says, would prove nothing."""
    with pytest.raises(ProtocolError, match=r"without `\$.count`, which says how many"):
        read(way, vendor_for(way, [1]), total="$.count")


def test_another_page_than_the_one_asked_for_is_an_error():
    """A cache that ignores the query is noticed."""
    with pytest.raises(ProtocolError, match="answered with page 7, not page 1"):
        read("number", vendor_for("number", [1], said={"page": 7}), number="$.page")


# --- the guards ----------------------------------------------------------------------------------


@pytest.mark.parametrize("back", [1, 2])
def test_a_list_that_leads_back_is_noticed(chain, back):
    """A cursor or a link that loops fails the list, after all that it had."""
    vendor = vendor_for(chain, range(1, 10))

    def leads(v, rows):
        place = rows[-1] if rows[-1] != 9 else 3 * back
        return f"{BASE}/invoices?limit=3&after={place}" if chain in ("link", "header") else place

    vendor.leads = leads
    if chain == "last id":
        vendor.ids = [1, 2, 3, 4, 5, 6, 1, 2, 3]
        vendor.said = {"has_more": True}
    with pytest.raises(ProtocolError, match=r"leads back|the page before"):
        read(chain, vendor)
    assert len(vendor.asked) <= 5


def test_pages_that_repeat_come_to_an_end(way):
    """A vendor that shows its first page whatever is asked for is not read for ever."""
    vendor = vendor_for(way, range(1, 4), said={"has_more": True, "total": 99})
    numbers = iter(range(100, 1_000))
    if way in CHAINS:
        vendor.leads = lambda *_: (
            f"{BASE}/invoices?n={next(numbers)}" if way in ("link", "header") else next(numbers)
        )
    stuck = vendor._answer
    vendor._answer = lambda url: stuck(f"{BASE}/invoices?limit=3&page=1")
    with pytest.raises((ProtocolError, Incomplete)):
        read(way, vendor, total="$.total")
    assert len(vendor.asked) < 20


def test_a_total_that_is_not_reached_is_told(way):
    """Fewer rows than are reported, again and again, are no complete list."""
    vendor = vendor_for(way, range(1, 10), said={"total": 50})
    with pytest.raises(Incomplete, match="Acme reports 50 invoices, 9 arrived"):
        read(way, vendor, total="$.total")


def test_a_total_that_is_off_by_one_is_a_notice(way):
    """The vendor's mistake is told, and the list is believed."""
    vendor = vendor_for(way, range(1, 10), said={"total": 10})
    notices = [note for page in WAYS[way](vendor, total="$.total") for note in page.notices]
    assert len(notices) == 1
    assert "it counts 10 invoices and lists 9" in notices[0]


def test_a_list_that_moves_is_read_again(way):
    """A row that was read and comes again shows that rows moved; the second reading has them."""

    def stir(v):
        if len(v.asked) == 3:
            v.ids.remove(1)
            v.ids.append(1)

    vendor = vendor_for(way, range(1, 12), stir=stir)
    assert set(read(way, vendor, total="$.total")) == set(range(1, 12))
    assert vendor.asked.count(vendor.asked[0]) == 2


def test_a_list_that_never_rests_is_incomplete(way):
    """Rows that come and go during every reading are told, and all that came is there."""

    def stir(v):
        del v.ids[0]
        v.ids.append(100 + len(v.asked))

    vendor = vendor_for(way, range(1, 12), stir=stir)
    with pytest.raises(Incomplete, match=r"Acme reports \d+"):
        read(way, vendor, total="$.total")
    assert len(vendor.asked) > 9


def test_what_is_added_meanwhile_moves_no_cursor(chain):
    """A new row at the beginning changes the total and nothing else; one reading is enough."""

    def stir(v):
        if len(v.asked) == 2:
            v.ids.insert(0, 99)

    vendor = vendor_for(chain, range(1, 12), stir=stir)
    assert set(read(chain, vendor, total="$.total")) >= set(range(1, 12))
    assert vendor.asked.count(vendor.asked[0]) == 1


# --- where a link may lead -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "following",
    [
        f"{BASE}/invoices?limit=3&after=3",
        "HTTPS://API.ACME.EXAMPLE/v1/invoices?limit=3&after=3",
        "https://api.acme.example:443/v1/invoices?limit=3&after=3",
        "http://api.acme.example/v1/invoices?limit=3&after=3",
        "/v1/invoices?limit=3&after=3",
        "//api.acme.example/v1/invoices?limit=3&after=3",
        "invoices?limit=3&after=3",
        "?limit=3&after=3",
        "?limit=3&after=3#top",
    ],
)
def test_a_link_may_be_relative_or_whole(following):
    """However it is written, the same page of the connection's own address is asked for."""
    vendor = vendor_for("link", range(1, 6), leads=lambda v, rows: following if 1 in rows else None)
    assert read("link", vendor) == [1, 2, 3, 4, 5]
    assert vendor.asked[1] == f"{BASE}/invoices?limit=3&after=3"


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example/v1/invoices?after=3",
        "//evil.example/v1/invoices?after=3",
        "https://api.acme.example.evil.example/v1/invoices",
        "https://api.acme.example@evil.example/v1/invoices",
        "https://user:word@api.acme.example/v1/invoices",
        "https://api.acme.example:8443/v1/invoices",
        "https://api.acme.example:port/v1/invoices",
        "https://[api/v1/invoices",
        "/v2/invoices?after=3",
        "/v1evil/invoices",
        "/v1/../admin",
        "/v1/%2e%2e/admin",
        "/v1//invoices",
        "/v1//[invoices",
        "?after=a b",
    ],
)
def test_a_link_out_of_the_base_url_is_not_followed(following):
    """The page that has it is kept, and nothing is asked of whoever it leads to."""
    vendor = vendor_for("link", range(1, 6), leads=lambda *_: following)
    pages = WAYS["link"](vendor)
    next(pages)
    with pytest.raises(ProtocolError):
        next(pages)
    assert len(vendor.asked) == 1


def test_the_query_of_a_link_is_sent_as_it_is():
    """Parameters that are repeated, empty or quoted in an unusual way stay so."""
    query = "id=2&id=1&empty=&page%5Btoken%5D=a+b%2Fc&sort=a,b&after=3"
    vendor = vendor_for("link", range(1, 6))
    vendor.leads = lambda v, rows: f"?{query}" if 1 in rows else None
    read("link", vendor)
    assert urlsplit(vendor.asked[1]).query == query
    assert parse_qs(query, keep_blank_values=True)["id"] == ["2", "1"]


@pytest.mark.parametrize(
    "header",
    ["</v1/invoices?after=3>; rel=next", '</v1/invoices?after=3>; REL="last NEXT"',
     '</v1/invoices?page=9>; rel="last", <?after=3>; Rel="Next"'],
)  # fmt: skip
def test_a_link_header_may_be_written_in_any_way(header):
    """Relation and parameter names in any case, several links in one header."""
    vendor = vendor_for("header", range(1, 6), leads=lambda *_: None)
    answer = vendor._answer

    def with_header(url):
        page = answer(url)
        headers = {"link": header} if "after" not in url else {}
        return Page(url=url, status=200, headers=headers, body=page.body, data=page.data)

    vendor._answer = with_header
    assert read("header", vendor) == [1, 2, 3, 4, 5]


# --- an empty list that is left out ---------------------------------------------------------------


def without_rows(vendor, **said):
    """The vendor answers without its rows."""
    found = vendor.get

    def get(path, params=None):
        page = found(path, params)
        data = {key: value for key, value in page.data.items() if key != "data"} | said
        return Page(
            url=page.url,
            status=200,
            headers=page.headers,
            body=json.dumps(data).encode(),
            data=data,
        )

    vendor.get = get
    return vendor


def test_an_empty_list_may_be_left_out(way):
    """Where a plugin says so, an answer without rows is an empty page, and it is yielded."""
    vendor = without_rows(vendor_for(way, []))
    (page,) = dict.fromkeys(page.url for page in WAYS[way](vendor, rows_may_be_absent=True))
    assert page


def nested_rows(way, answer):
    """A vendor whose rows stand in an object of their own, and what is made of an answer of it."""
    vendor = without_rows(vendor_for(way, []), **answer)
    return WAYS[way](vendor, rows="$._embedded.customers[*]", rows_may_be_absent=True)


@pytest.mark.parametrize("answer", [{}, {"_embedded": {}}, {"_embedded": {"others": []}}])
def test_what_an_empty_list_stands_in_may_be_left_out_with_it(way, answer):
    """As where a vendor embeds nothing."""
    (page,) = dict.fromkeys(page.url for page in nested_rows(way, answer))
    assert page


@pytest.mark.parametrize(
    "answer",
    [
        {"_embedded": None},
        {"_embedded": []},
        {"_embedded": {"customers": None}},
        {"_embedded": "none"},
        {"error": "X"},
    ],
)
def test_what_is_there_and_holds_no_list_is_an_error(way, answer):
    """It is not left out."""
    with pytest.raises(ProtocolError, match="without a list"):
        list(nested_rows(way, answer))


@pytest.mark.parametrize("rows", ["$.bill", "$.data.bill"])
def test_an_object_may_be_left_out(rows):
    """As a list may; not with an error, and not if it is something else."""

    def asked(answer):
        page = Page(url="/bill", status=200, headers={}, body=b"", data=answer)
        session = SimpleNamespace(get=lambda path, params: page)
        return list(once(session, "/bill", rows=rows, rows_may_be_absent=True))

    assert asked({})
    for wrong in ({"error": "X"}, {"bill": None, "data": {"bill": None}}, []):
        with pytest.raises(ProtocolError):
            asked(wrong)


def test_an_absent_list_is_an_error_otherwise(way):
    """What is not declared is never taken for an empty list."""
    with pytest.raises(ProtocolError, match="without a list"):
        list(WAYS[way](without_rows(vendor_for(way, []))))


@pytest.mark.parametrize("key", ["error", "errors", "Fault"])
def test_an_error_with_a_good_status_is_no_empty_list(way, key):
    """Even where the list may be left out."""
    vendor = without_rows(vendor_for(way, []), **{key: [{"code": "X"}]})
    with pytest.raises(ProtocolError, match="without a list"):
        list(WAYS[way](vendor, rows_may_be_absent=True))
