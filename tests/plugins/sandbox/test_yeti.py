"""Yeti: logging in, lists, order, filters and their traps, tags, calls and the bills they make.

Field lists are written down from what the API is known to show, and not taken from the sandbox.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
import requests

from duetrail_sandbox.server import Sandbox
from support.answers import known_fields

KNOWN = known_fields("yeti")
LOGIN = {"login": "sandbox-yeti-login", "password": "sandbox-yeti-password"}
JSON_API = "application/vnd.api+json"
KINDS = ["accounts", "invoices", "payments", "cdrs", "incoming-cdrs"]
EVER = {"filter[time-start-gteq]": "2020-01-01T00:00:00Z"}


def refused(answer: Any, status: int, code: int | None = None) -> str:
    """Check the error document and give its title."""
    assert answer.status_code == status
    (error,) = answer.json()["errors"]
    assert error.keys() == {"title", "detail", "code", "status"}
    assert (error["status"], error["code"]) == (str(status), str(code or status))
    return str(error["title"])


def ids(answer: Any) -> list[str]:
    return [one["id"] for one in answer.json()["data"]]


def values(answer: Any, name: str) -> list[Any]:
    return [one["attributes"][name] for one in answer.json()["data"]]


def total(answer: Any) -> int:
    return int(answer.json()["meta"]["total-count"])


def owner(row: dict[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] | None = row["relationships"]["account"]["data"]
    return found


@pytest.fixture(scope="module")
def walk(yeti):
    """Give all rows of a list, with their accounts."""

    def rows(kind: str, **asked: Any) -> list[dict[str, Any]]:
        query = {"page[size]": 1000} | (EVER if "cdrs" in kind else {}) | asked
        query |= {} if kind == "accounts" else {"include": "account"}
        found: list[dict[str, Any]] = yeti(f"/{kind}", **query).json()["data"]
        return found

    return rows


@pytest.fixture
def short() -> Any:
    """A sandbox of its own, whose tokens a test may let expire, and how to ask it."""
    with Sandbox(invoices=30, vendors=("yeti",)) as sandbox, requests.Session() as client:
        client.trust_env = False
        yield sandbox, client, sandbox.base_urls["yeti"]


def log_in(client: requests.Session, url: str) -> str:
    answer = client.post(f"{url}/auth", json={"auth": LOGIN}, timeout=30)
    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "application/json")
    return str(answer.json()["jwt"])


# Logging in


def test_a_token_says_when_it_ends(short):
    """A login gives a token of three parts, with an end that a client can read."""
    _, client, url = short
    before = int(time.time())
    _, claims, _ = log_in(client, url).split(".")
    told = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert told["exp"] >= before + 600


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"auth": {"login": "sandbox-yeti-login", "password": "wrong"}}', 401),
        (b'{"auth": {"login": null, "password": null}}', 401),
        (b"", 400),
        (b'{"auth": 1}', 400),
        (b"\xff", 400),
    ],
)
def test_wrong_login(short, body, status):
    """A wrong login or password is 401 with a document, what is no login 400 without one."""
    _, client, url = short
    answer = client.post(f"{url}/auth", data=body, timeout=30)
    assert answer.status_code == status
    if status == 401:
        assert refused(answer, 401) == "Authentication failed"
    else:
        assert answer.content == b""


@pytest.mark.parametrize("form", ["{}", "Bearer {}", "a b {}"])
def test_forms_of_authorization(short, form):
    """The token counts with or without a word before it; another one does not."""
    _, client, url = short
    token = log_in(client, url)
    for text, status in ((token, 200), (token[:-3], 401), ("B\u00e9arer", 401)):
        headers = {"Authorization": form.format(text).encode("latin-1")}
        assert client.get(f"{url}/accounts", headers=headers, timeout=30).status_code == status


def test_expiry_in_the_middle_of_a_walk(short):
    """Once tokens are made to expire, the next page is 401, until one logs in again."""
    sandbox, client, url = short
    headers = {"Authorization": log_in(client, url)}
    assert client.get(f"{url}/invoices", headers=headers, timeout=30).status_code == 200
    sandbox.expire_tokens()
    answer = client.get(f"{url}/invoices", headers=headers, timeout=30)
    assert refused(answer, 401) == "Authorization failed"
    headers = {"Authorization": log_in(client, url)}
    assert client.get(f"{url}/invoices", headers=headers, timeout=30).status_code == 200


@pytest.mark.parametrize("path", ["/cdrs-of-old", "/", "/transactions", "/invoices/23"])
@pytest.mark.parametrize("token", ["", "wrong"])
def test_unknown_path(yeti, path, token):
    """An unknown path never reaches the API: 404 in HTML, token or not."""
    answer = yeti(path, token=token)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


# Lists


@pytest.mark.parametrize("kind", KINDS)
def test_a_known_tag_gets_304(sandbox, client, kind):
    """A good answer has a weak tag; who has it already gets 304; plain JSON alone is refused."""
    url = sandbox.base_urls["yeti"]
    headers = {"Authorization": log_in(client, url)}
    first = client.get(f"{url}/{kind}", headers=headers, timeout=30)
    assert first.headers["Content-Type"] == JSON_API
    tag = first.headers["ETag"]
    assert tag.startswith('W/"')
    for form in ("{}", 'W/"other", {}', "*"):
        again = headers | {"If-None-Match": form.format(tag)}
        answer = client.get(f"{url}/{kind}", headers=again, timeout=30)
        assert (answer.status_code, answer.content) == (304, b"")
    other = client.get(f"{url}/{kind}?page[number]=2", headers=headers | {"If-None-Match": tag})
    assert other.status_code == 200
    refused(client.get(f"{url}/{kind}", headers=headers | {"Accept": "application/json"}), 406)


@pytest.mark.parametrize("size", [1, 7, 20, 1000])
def test_pages_hold_every_invoice_once(yeti, size):
    """Pages count from one, and hold every invoice once."""
    seen: list[str] = []
    for page in range(1, 2 + 20 // size):
        answer = yeti(f"/invoices?page[size]={size}&page[number]={page}&sort=start-date,id")
        assert total(answer) == 20
        seen += ids(answer)
    assert len(seen) == len(set(seen)) == 20
    assert yeti("/invoices", **{"page[number]": 99}).json()["data"] == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"page[number]": "0"}, 118),
        ({"page[size]": "ten"}, 118),
        ({"page[size]": "1001"}, 118),
        ({"sort": "colour"}, 114),
        ({"sort": "id,start_date"}, 114),
        ({"include": "payments"}, 112),
        ({"fields[invoices]": "currency"}, 104),
        ({"fields[rates]": "prefix"}, 101),
        ({"filter[start-date]": "1"}, 102),
        ({"filter[colour-eq]": "1"}, 102),
    ],
)
def test_what_cannot_be_asked_is_400_with_a_code(yeti, asked, code):
    """What cannot be asked is 400 with a code of its own; unknown parameters are ignored."""
    refused(yeti("/invoices", **asked), 400, code)
    refused(yeti("/payments", sort="id"), 400, 114)
    assert ids(yeti("/invoices", colour=1)) == ids(yeti("/invoices"))


def test_the_latest_come_first(yeti):
    """The latest come first unless asked otherwise; nulls are last, money is ordered by worth."""
    starts = values(yeti("/invoices"), "start-date")
    assert starts == sorted(starts, reverse=True)
    for name in ("end-date", "reference"):
        up, down = (values(yeti("/invoices", sort=key), name) for key in (name, f"-{name}"))
        known = sorted(value for value in up if value is not None)
        assert up == known + [None] * (20 - len(known))
        assert down == up[::-1]
    spent = [Decimal(one) for one in values(yeti("/invoices", sort="amount-spent"), "amount-spent")]
    assert spent == sorted(spent)
    rows = yeti("/invoices", sort="start-date,-id").json()["data"]
    keys = [(one["attributes"]["start-date"], one["id"]) for one in rows]
    assert keys == sorted(sorted(keys, key=lambda key: key[1], reverse=True), key=lambda k: k[0])


def test_accounts_of_rows(yeti, walk):
    """An account is a link unless it is included, and null where it was deleted."""
    bare = yeti("/invoices").json()
    assert "included" not in bare
    assert all(one["relationships"]["account"].keys() == {"links"} for one in bare["data"])
    whole = yeti("/invoices", include="account").json()
    assert {one["id"]: one for one in whole["included"]} == {
        one["id"]: one for one in walk("accounts")
    }
    assert None in [owner(row) for row in whole["data"]]
    asked = {"fields[invoices]": "reference,account", "fields[accounts]": "currency"}
    chosen = yeti("/invoices", include="account", **asked).json()
    assert all(one["attributes"].keys() == {"reference"} for one in chosen["data"])
    assert all(one["attributes"].keys() == {"currency"} for one in chosen["included"])


# Filters


@pytest.mark.parametrize("kind", ["cdrs", "incoming-cdrs"])
def test_trap_1_only_a_day_of_calls_is_shown_unasked(yeti, kind):
    """Without a start, only calls of the last 24 hours are listed; one in any spelling lifts it."""
    starts = values(yeti(f"/{kind}"), "time-start")
    assert all("2026-06-29T12" <= one <= "2026-06-30T12:00:00.000Z" for one in starts)
    everything = total(yeti(f"/{kind}", **EVER))
    assert everything > total(yeti(f"/{kind}"))
    for text in ("2020-01-01T00:00:00Z", "long ago"):
        assert total(yeti(f"/{kind}", **{"filter[time_start_gteq]": text})) == everything
    assert total(yeti(f"/{kind}", **{"filter[time-start-lt]": "2026-06-01T00:00:00Z"})) == 0


@pytest.mark.parametrize(
    ("name", "value"), [("time-connect-lt", "yesterday"), ("success-eq", "perhaps")]
)
def test_trap_2_bad_values_are_dropped(yeti, name, value):
    """What cannot be read removes the condition, which looks like success; numbers become zero."""
    found = total(yeti("/cdrs", **EVER, **{f"filter[{name}]": value}))
    known = name.rpartition("-")[0]
    assert found == sum(
        one is not None for one in values(yeti("/cdrs", **EVER, **{"page[size]": 1000}), known)
    )
    words = yeti("/cdrs", **EVER, **{"filter[duration-eq]": "long"})
    assert set(values(words, "duration")) == {0}


def test_times_in_filters(yeti):
    """A time with another offset is the same moment; printed times are cut to milliseconds."""
    zulu, other = "2026-06-01T00:00:00Z", "2026-06-01T03:00:00+03:00"
    found = [total(yeti("/cdrs", **{"filter[time-start-gteq]": text})) for text in (zulu, other)]
    assert found[0] == found[1] > 0
    row = yeti("/cdrs", **EVER, sort="-time-start").json()["data"][3]
    start = row["attributes"]["time-start"]
    assert row["id"] in ids(yeti("/cdrs", **EVER, **{"filter[time-start-gt]": start}))


def test_ids_are_a_cursor(yeti, walk):
    """Ids are compared as numbers; ``not-in`` takes several."""
    every = [row["id"] for row in walk("cdrs", sort="id")]
    assert [int(one) for one in every] == sorted(int(one) for one in every)
    beyond = yeti("/cdrs", **EVER, sort="id", **{"filter[id-gt]": every[40], "page[size]": 5})
    assert ids(beyond) == every[41:46]
    some = ",".join(every[:2])
    assert total(yeti("/cdrs", **EVER, **{"filter[id-not-in]": some})) == len(every) - 2


def test_null_is_neither_true_nor_false(yeti):
    """Reverse billing is never shown, can be asked for, and null is found by no comparison."""
    name = "filter[destination-reverse-billing-eq]"
    yes, no = (total(yeti("/cdrs", **EVER, **{name: word})) for word in ("true", "false"))
    assert 0 < yes + no < total(yeti("/cdrs", **EVER))
    assert yes > 0
    refused(yeti("/cdrs", sort="destination-reverse-billing"), 400, 114)


# Rows


@pytest.mark.parametrize("kind", KNOWN)
def test_fields_and_types(walk, kind):
    """A row has its attributes and no others; money is plain decimal text, times have a zone."""
    for row in walk(kind):
        assert row["attributes"].keys() == KNOWN[kind]
        for name, value in row["attributes"].items():
            if name in ("amount", "balance") or name.endswith(("-rate", "-fee", "-price")):
                assert value is None or re.fullmatch(r"-?\d+\.(0|\d*[1-9])", value)
            elif name.startswith("time-") or name.endswith("-at"):
                assert value is None or re.fullmatch(r"[-\d]{10}T[:\d]{8}\.\d{3}Z", value)
            elif name.endswith(("duration", "-interval", "-code", "-port")):
                assert value is None or type(value) is int


def test_sums_agree_and_periods_do_not_overlap(walk):
    """Sums agree, references repeat and may be null, periods of an account do not overlap."""
    periods: dict[str, list[tuple[str, str]]] = {}
    for row in walk("invoices"):
        facts = row["attributes"]
        parts = ("originated-amount-spent", "terminated-amount-spent", "services-amount-spent")
        assert Decimal(facts["amount-spent"]) == sum(Decimal(facts[name]) for name in parts)
        periods.setdefault(str(owner(row)), []).append((facts["start-date"], facts["end-date"]))
    for found in periods.values():
        assert all(early[1] <= late[0] for early, late in pairwise(sorted(found)))
    references = [row["attributes"]["reference"] for row in walk("invoices")]
    known = [one for one in references if one is not None]
    assert len(set(known)) < len(known) < len(references)


def test_payments_may_be_negative_and_pending(walk):
    """Payments are completed, pending or canceled, may be negative, and none was rolled back."""
    facts = [row["attributes"] for row in walk("payments")]
    assert {one["status"] for one in facts} == {"completed", "pending", "canceled"}
    assert {one["rolledback-at"] for one in facts} == {None}
    assert any(Decimal(one["amount"]) < 0 for one in facts)


def test_endings_of_calls(walk):
    """Calls end in many ways; successful ones may cost nothing and last no time; nulls occur."""
    facts = [row["attributes"] for row in walk("cdrs")]
    ended = {(one["lega-disconnect-code"], one["success"]) for one in facts}
    assert {(200, True), (480, False), (486, False), (487, False), (500, None)} <= ended
    answered = [one for one in facts if one["success"]]
    assert any(one["duration"] and one["customer-price"] == "0.0" for one in answered)
    assert any(one["duration"] == 0 for one in answered)
    for name in ("src-prefix-in", "dst-prefix-routing", "time-end", "duration", "customer-price"):
        assert 0 < sum(one[name] is None for one in facts) < len(facts)


def test_two_lists_of_one_table(walk):
    """A call between own accounts is in both lists; a failed attempt only among incoming ones."""
    outgoing = {row["id"]: row for row in walk("cdrs")}
    incoming = walk("incoming-cdrs")
    both = [row for row in incoming if row["id"] in outgoing]
    assert both
    assert all(owner(row) != owner(outgoing[row["id"]]) for row in both)
    tags = Counter(row["attributes"]["local-tag"] for row in outgoing.values())
    assert set(tags.values()) == {1}
    failed = [row for row in incoming if row["attributes"]["local-tag"] in tags]
    assert any(row["id"] not in outgoing for row in failed)


def counted(rows: list[dict[str, Any]], side: str) -> dict[str, Any]:
    """Count calls in the words of an invoice, but for what they cost."""
    found = [row["attributes"] for row in rows]
    starts = sorted(one["time-start"] for one in found) or [None]
    return {
        "calls-count": len(found),
        "successful-calls-count": sum(one["success"] is True for one in found),
        "calls-duration": sum(one["duration"] or 0 for one in found),
        "billing-duration": sum(one[f"{side}-duration"] or 0 for one in found),
        "first-call-at": starts[0],
        "last-call-at": starts[-1],
    }


def test_bills_are_sums_of_calls(walk):
    """A recent bill's counters are those of its account's calls; one missed three late ones."""
    short: list[int] = []
    for bill in walk("invoices"):
        facts, account = bill["attributes"], owner(bill)
        if account is None or facts["start-date"] < "2026-05-01":
            continue
        asked = {
            "filter[account-id-eq]": account["id"],
            "filter[time-start-gteq]": facts["start-date"],
            "filter[time-start-lt]": facts["end-date"],
        }
        reverse = {"filter[destination-reverse-billing-eq]": "true"}
        for kind, direction, side in (
            ("cdrs", "originated", "customer"),
            ("incoming-cdrs", "terminated", "vendor"),
        ):
            rows = walk(kind, **asked)
            known = {name: facts[f"{direction}-{name}"] for name in counted([], side)}
            if counted(rows, side) != known:
                short.append(len(rows) - known["calls-count"])
            elif kind == "cdrs":
                earned = {row["id"] for row in walk("cdrs", **asked, **reverse)}
                paid = [row["attributes"] for row in rows if row["id"] not in earned]
                spent = sum(Decimal(one["customer-price"] or 0) for one in paid)
                assert spent == Decimal(facts["originated-amount-spent"])
    assert short == [3]
