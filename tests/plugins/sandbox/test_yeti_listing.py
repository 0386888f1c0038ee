"""Yeti, lists: pages, links, order, fields, filters, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

COUNT = 20


def ids(answer: Any) -> list[str]:
    return [one["id"] for one in answer.json()["data"]]


def values(answer: Any, name: str) -> list[Any]:
    return [one["attributes"][name] for one in answer.json()["data"]]


def refused(answer: Any, status: int, code: int) -> None:
    assert answer.status_code == status
    (error,) = answer.json()["errors"]
    assert (error["status"], error["code"]) == (str(status), str(code))


@pytest.fixture(scope="module")
def bills(yeti):
    return yeti("/invoices", include="account").json()["data"]


@pytest.mark.parametrize("size", [1, 3, 10, 20, 1000])
def test_walk_is_complete(yeti, size):
    """Counting pages up to total-count gives every invoice once, whatever the page size."""
    seen: list[str] = []
    for number in range(1, -(-COUNT // size) + 1):
        answer = yeti("/invoices", **{"page[number]": number, "page[size]": size})
        assert answer.json()["meta"] == {"total-count": COUNT}
        assert len(ids(answer)) == min(size, COUNT - len(seen))
        seen += ids(answer)
    assert len(seen) == len(set(seen)) == COUNT


def test_links_lead_through_the_list(sandbox, yeti):
    """Links are absolute, percent-encoded and keep what was asked; the last has no next."""
    base_url = sandbox.base_urls["yeti"]
    seen: list[str] = []
    path = "/invoices?page[size]=8&sort=start-date,id&include=account"
    while path:
        answer = yeti(path)
        links = answer.json()["links"]
        seen += ids(answer)
        assert ("prev" in links) is (len(seen) > 8)
        assert links.keys() >= {"first", "last"}
        assert all(link.startswith(f"{base_url}/invoices?") for link in links.values())
        assert not any("[" in link for link in links.values())
        path = links.get("next", "").removeprefix(base_url)
        asked = parse_qs(urlsplit(path).query)
        assert not path or (asked["sort"], asked["include"]) == (["start-date,id"], ["account"])
    assert len(seen) == len(set(seen)) == COUNT


def test_default_page(yeti):
    """Without asking one gets the first page, of up to fifty."""
    answer = yeti("/invoices")
    assert ids(answer) == ids(yeti("/invoices", **{"page[number]": 1, "page[size]": 50}))
    assert "page%5Bsize%5D=50" in answer.json()["links"]["first"]


def test_beyond_the_end(yeti):
    """A page past the end is empty, and no error."""
    answer = yeti("/invoices", **{"page[number]": 9}).json()
    assert answer["data"] == []
    assert answer["meta"] == {"total-count": COUNT}
    assert "next" not in answer["links"]


def test_page_as_a_number(yeti):
    """A page without brackets is its number."""
    one = yeti("/invoices", **{"page": 2, "page[size]": 5})
    assert ids(one) == ids(yeti("/invoices", **{"page[number]": 2, "page[size]": 5}))


@pytest.mark.parametrize("name", ["page[number]", "page[size]"])
@pytest.mark.parametrize("value", ["0", "-1", "ten", "1.5"])
def test_bad_page(yeti, name, value):
    """A page number or size that is none is 400/118."""
    refused(yeti("/invoices", **{name: value}), 400, 118)


def test_too_large_a_page(yeti):
    """A page size above the maximum is refused and not cut down."""
    assert yeti("/accounts", **{"page[size]": 1000}).status_code == 200
    refused(yeti("/accounts", **{"page[size]": 1001}), 400, 118)


@pytest.mark.parametrize("name", ["page[offset]", "colour", "page[limit]"])
def test_unknown_parameters(yeti, name):
    """Unknown parameters, and unknown keys of page, are ignored."""
    assert ids(yeti("/invoices", **{name: 1})) == ids(yeti("/invoices"))


def test_default_order(yeti):
    """Without asking, the latest period comes first; nothing settles ties."""
    starts = values(yeti("/invoices"), "start-date")
    assert starts == sorted(starts, reverse=True)
    assert len(set(starts)) < len(starts)
    assert ids(yeti("/accounts")) == sorted(ids(yeti("/accounts")))


@pytest.mark.parametrize("name", ["end-date", "originated-calls-count", "reference"])
def test_order(yeti, name):
    """Ascending order has nulls last, descending order has them first."""
    up, down = (values(yeti("/invoices", sort=key), name) for key in (name, f"-{name}"))
    known = sorted(value for value in up if value is not None)
    assert up == known + [None] * (COUNT - len(known))
    assert down == [None] * (COUNT - len(known)) + known[::-1]


def test_decimals_sort_as_numbers(yeti):
    """Money is text, and yet ordered by its worth."""
    spent = [Decimal(one) for one in values(yeti("/invoices", sort="amount-spent"), "amount-spent")]
    assert spent == sorted(spent)


def test_order_by_several_keys(yeti):
    """A second key settles the ties of the first."""
    answer = yeti("/invoices", sort="start-date,-id").json()["data"]
    pairs = [(one["attributes"]["start-date"], one["id"]) for one in answer]
    assert pairs == sorted(
        sorted(pairs, key=lambda pair: pair[1], reverse=True), key=lambda pair: pair[0]
    )


@pytest.mark.parametrize("key", ["colour", "account", "start_date", "id,colour"])
def test_bad_order(yeti, key):
    """A key that is none is 400/114."""
    refused(yeti("/invoices", sort=key), 400, 114)


@pytest.mark.parametrize("key", ["has-pdf", "-originated-first-call-at", "terminated-last-call-at"])
def test_order_that_breaks_the_server(yeti, key):
    """Some keys that look right are answered with 500."""
    refused(yeti("/invoices", sort=key), 500, 500)


@pytest.mark.parametrize(
    ("path", "include"), [("/invoices", "payments"), ("/accounts", "account"), ("/invoices", "a,b")]
)
def test_bad_include(yeti, path, include):
    """Including what there is not is 400/112."""
    refused(yeti(path, include=include), 400, 112)


def test_chosen_fields(yeti):
    """Only the fields asked for are shown, also of what is included."""
    asked = {"fields[invoices]": "reference,account", "fields[accounts]": "currency"}
    document = yeti("/invoices", include="account", **asked).json()
    assert all(one["attributes"].keys() == {"reference"} for one in document["data"])
    assert all(one["attributes"].keys() == {"currency"} for one in document["included"])
    bare = yeti("/invoices", **{"fields[invoices]": "reference"}).json()["data"]
    assert all("relationships" not in one for one in bare)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [("fields[invoices]", "currency", 104), ("fields[rates]", "prefix", 101)],
)
def test_bad_fields(yeti, name, value, code):
    """Unknown fields and types are 400/104 and 400/101."""
    refused(yeti("/invoices", **{name: value}), 400, code)


@pytest.mark.parametrize("name", ["filter[end-date-gteq]", "filter[end_date_gteq]"])
def test_filter_by_time(yeti, bills, name):
    """Dashes or underscores, a filter by time keeps what ends then or later."""
    found = yeti("/invoices", **{name: "2026-05-01T00:00:00Z"})
    expected = {
        one["id"] for one in bills if one["attributes"]["end-date"] >= "2026-05-01T00:00:00.000Z"
    }
    assert 0 < len(expected) < COUNT
    assert set(ids(found)) == expected
    assert found.json()["meta"]["total-count"] == len(expected)


def test_filter_by_account(yeti, bills):
    """An account's invoices can be asked for."""
    owner = next(one["relationships"]["account"]["data"]["id"] for one in bills)
    found = yeti("/invoices", include="account", **{"filter[account-id-eq]": owner})
    assert {one["relationships"]["account"]["data"]["id"] for one in found.json()["data"]} == {
        owner
    }


def test_filter_by_number_and_text(yeti):
    """Numbers and texts can be compared; two filters narrow each other."""
    found = yeti(
        "/invoices", **{"filter[originated-calls-count-gt]": 0, "filter[reference-eq]": "2026-05"}
    )
    assert values(found, "reference") == ["2026-05"]
    assert yeti("/accounts", **{"filter[name-eq]": "Nobody"}).json()["data"] == []
    others = yeti("/invoices", **{"filter[reference-not-eq]": "2026-05"})
    assert "2026-05" not in values(others, "reference")
    assert None not in values(others, "reference")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("filter[end-date-gteq]", "last month"),
        ("filter[end-date-gteq]", ""),
        ("filter[account-id-eq]", "nonsense"),
        # A UUID of no account of ours.
        ("filter[account-id-eq]", "11111111-2222-1333-8444-555555555555"),
    ],
)
def test_bad_values_are_dropped(yeti, name, value):
    """A value that cannot be read removes the condition, which looks like success."""
    assert len(ids(yeti("/invoices", **{name: value}))) == COUNT


def test_bad_numbers_are_zero(yeti):
    """A number that is none is compared as zero."""
    found = yeti("/invoices", **{"filter[amount-spent-gt]": "nothing"})
    assert ids(found) == ids(yeti("/invoices", **{"filter[amount-spent-gt]": 0}))
    assert 0 < len(ids(found)) < COUNT


@pytest.mark.parametrize(
    "name", ["start-date", "has-pdf-eq", "reference-gt", "colour-eq", "account-id-gt", "id-eq"]
)
def test_bad_filter(yeti, name):
    """A filter without operator, or that there is not, is 400/102."""
    refused(yeti("/invoices", **{f"filter[{name}]": "1"}), 400, 102)


def test_one_value_at_a_time(yeti):
    """Several values for an operator that takes one are 400/107."""
    refused(yeti("/invoices", **{"filter[reference-eq]": "1,2"}), 400, 107)
