"""Yeti: logging in, tokens and their end, JSON:API forms, what cannot be found.

The field lists are written down from the document of one invoice and not taken from the
sandbox, so that the two can disagree.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import time
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
import requests

from duetrail_sandbox.server import Sandbox


def named(text: str) -> set[str]:
    """Give field names as a set."""
    return set(text.split())


INVOICE = named(
    "reference start-date end-date has-pdf amount-spent originated-amount-spent "
    "originated-calls-count originated-successful-calls-count originated-calls-duration "
    "originated-billing-duration originated-first-call-at originated-last-call-at "
    "terminated-amount-spent terminated-calls-count terminated-successful-calls-count "
    "terminated-calls-duration terminated-billing-duration terminated-first-call-at "
    "terminated-last-call-at services-amount-spent service-transactions-count"
)
ACCOUNT = named(
    "name balance min-balance max-balance destination-rate-limit origination-capacity "
    "termination-capacity total-capacity currency"
)
LOGIN = {"login": "sandbox-yeti-login", "password": "sandbox-yeti-password"}
JSON_API = "application/vnd.api+json"
STRANGER = "11111111-2222-1333-8444-555555555555"


def refused(answer: Any, status: int, code: int | None = None) -> str:
    """Check the error document and give its title."""
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == JSON_API
    (error,) = answer.json()["errors"]
    assert answer.json().keys() == {"errors"}
    assert error.keys() == {"title", "detail", "code", "status"}
    assert (error["status"], error["code"]) == (str(status), str(code or status))
    title: str = error["title"]
    return title


def unpacked(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.fixture(scope="module")
def bills(yeti):
    return yeti("/invoices", **{"page[size]": 1000, "include": "account"}).json()["data"]


@pytest.fixture(scope="module")
def accounts(yeti):
    return yeti("/accounts").json()["data"]


@pytest.fixture
def short() -> Any:
    """A sandbox of its own, whose tokens a test may let expire, and how to ask it."""
    with Sandbox(invoices=30, vendors=("yeti",)) as sandbox, requests.Session() as client:
        client.trust_env = False
        yield sandbox, client


def log_in(sandbox: Sandbox, client: requests.Session) -> str:
    answer = client.post(f"{sandbox.base_urls['yeti']}/auth", json={"auth": LOGIN}, timeout=30)
    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json().keys() == {"jwt"}
    jwt: str = answer.json()["jwt"]
    return jwt


def test_token_is_a_jwt(short):
    """A login gives a token of three parts, signed with HS256, that says when it ends."""
    before = int(time.time())
    head, claims, signature = log_in(*short).split(".")
    assert unpacked(head) == {"alg": "HS256"}
    assert unpacked(claims).keys() == {"sub", "aud", "exp"}
    assert unpacked(claims)["aud"] == ["customer-v1"]
    assert unpacked(claims)["exp"] >= before + 600
    assert (
        len(base64.urlsafe_b64decode(signature + "=")) == hmac.new(b"", b"", "sha256").digest_size
    )


@pytest.mark.parametrize(
    "auth",
    [
        {**LOGIN, "password": "wrong"},
        {**LOGIN, "login": "wrong"},
        {"login": None, "password": None},
    ],
)
def test_wrong_login(short, auth):
    """A wrong login and a wrong password are one and the same 401."""
    sandbox, client = short
    answer = client.post(f"{sandbox.base_urls['yeti']}/auth", json={"auth": auth}, timeout=30)
    assert refused(answer, 401) == "Authentication failed"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"auth": 1}', b'{"auth": {}}', b"\xff"]
)
def test_login_without_auth(short, body):
    """A login that is not one is 400 without a document."""
    sandbox, client = short
    answer = client.post(f"{sandbox.base_urls['yeti']}/auth", data=body, timeout=30)
    assert answer.status_code == 400
    assert answer.content == b""


@pytest.mark.parametrize("form", ["{}", "Bearer {}", "Token {}", "a b {}"])
def test_forms_of_authorization(short, form):
    """The token counts with or without a word before it."""
    sandbox, client = short
    headers = {"Authorization": form.format(log_in(sandbox, client))}
    answer = client.get(f"{sandbox.base_urls['yeti']}/auth", headers=headers, timeout=30)
    assert answer.status_code == 200
    assert answer.json().keys() == {"allow-rec"}


@pytest.mark.parametrize(
    "given", [None, "", "Bearer", "a.b.c", "..", "sandbox-yeti-login", "B\u00e9arer"]
)
@pytest.mark.parametrize("path", ["/auth", "/accounts", f"/invoices/{STRANGER}"])
def test_without_a_token(sandbox, client, given, path):
    """No token, or something else, is 401."""
    headers = {} if given is None else {"Authorization": given.encode("latin-1")}
    answer = client.get(sandbox.base_urls["yeti"] + path, headers=headers, timeout=30)
    assert refused(answer, 401) == "Authorization failed"


def test_forged_token(short):
    """A token with a later end and the old signature is no token."""
    sandbox, client = short
    head, claims, signature = log_in(sandbox, client).split(".")
    later = json.dumps({**unpacked(claims), "exp": unpacked(claims)["exp"] + 9999}).encode()
    forged = base64.urlsafe_b64encode(later).rstrip(b"=").decode()
    headers = {"Authorization": f"{head}.{forged}.{signature}"}
    answer = client.get(f"{sandbox.base_urls['yeti']}/accounts", headers=headers, timeout=30)
    refused(answer, 401)


def test_expiry_in_the_middle_of_a_walk(short):
    """Once tokens are made to expire, the next page is 401, until one logs in again."""
    sandbox, client = short
    url = f"{sandbox.base_urls['yeti']}/invoices"
    seen = []
    token = log_in(sandbox, client)
    for number in (1, 2, 3):
        page = {"page[number]": number, "page[size]": 1}
        answer = client.get(url, params=page, headers={"Authorization": token}, timeout=30)
        if answer.status_code == 401:
            assert refused(answer, 401) == "Authorization failed"
            renewed = log_in(sandbox, client)
            assert renewed != token
            token = renewed
            answer = client.get(url, params=page, headers={"Authorization": token}, timeout=30)
        seen += [one["id"] for one in answer.json()["data"]]
        sandbox.expire_tokens()
    assert len(set(seen)) == 3
    assert [served.status for served in sandbox.requests] == [
        201,
        200,
        401,
        201,
        200,
        401,
        201,
        200,
    ]


def test_lifetime():
    """With a lifetime of nothing a token has expired when it arrives."""
    instant = Sandbox(invoices=1, vendors=("yeti",), yeti_token_seconds=0)
    with instant as sandbox, requests.Session() as client:
        client.trust_env = False
        headers = {"Authorization": log_in(sandbox, client)}
        url = f"{sandbox.base_urls['yeti']}/accounts"
        refused(client.get(url, headers=headers, timeout=30), 401)


@pytest.mark.parametrize("accept", [JSON_API, "*/*", f"text/html, {JSON_API};q=0.9", None])
def test_accepted(sandbox, client, yeti, accept):
    """JSON:API is answered to whoever takes it, or takes anything."""
    token = log_in(sandbox, client)
    headers = {"Authorization": token, "Accept": accept}
    answer = client.get(f"{sandbox.base_urls['yeti']}/accounts", headers=headers, timeout=30)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == JSON_API


@pytest.mark.parametrize("path", ["/accounts", "/invoices", f"/invoices/{STRANGER}"])
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_not_acceptable(sandbox, client, path, accept):
    """Whoever takes only plain JSON is refused with 406."""
    headers = {"Authorization": log_in(sandbox, client), "Accept": accept}
    refused(client.get(sandbox.base_urls["yeti"] + path, headers=headers, timeout=30), 406)


def test_invoice_fields(bills):
    """An invoice has exactly the document's attributes, dashed."""
    assert bills
    for bill in bills:
        assert bill.keys() == {"id", "type", "links", "attributes", "relationships"}
        assert bill["type"] == "invoices"
        assert bill["attributes"].keys() == INVOICE


def test_account_fields(accounts):
    """An account has its attributes, the currency among them, and no relationships."""
    for account in accounts:
        assert account.keys() == {"id", "type", "links", "attributes"}
        assert account["type"] == "accounts"
        assert account["attributes"].keys() == ACCOUNT
    assert {account["attributes"]["currency"] for account in accounts} == {"EUR", "GBP", "USD"}


def test_links_of_a_resource(sandbox, yeti, bills):
    """A resource links to itself and to its account, in full."""
    base_url = sandbox.base_urls["yeti"]
    here = f"{base_url}/invoices/{bills[0]['id']}"
    assert bills[0]["links"] == {"self": here}
    assert bills[0]["relationships"]["account"]["links"] == {
        "self": f"{here}/relationships/account",
        "related": f"{here}/account",
    }


def test_account_without_include(yeti):
    """Unless asked for, the account is a link and no more, which is not null."""
    document = yeti("/invoices").json()
    assert document.keys() == {"data", "meta", "links"}
    assert all(one["relationships"]["account"].keys() == {"links"} for one in document["data"])


def test_included_accounts(yeti, accounts):
    """Accounts asked for come once each, the same as in their own list."""
    document = yeti("/invoices", include="account").json()
    known = {account["id"]: account for account in accounts}
    included = {account["id"]: account for account in document["included"]}
    assert included == known
    assert len(document["included"]) == len(included)
    owners = [one["relationships"]["account"]["data"] for one in document["data"]]
    assert {owner["id"] for owner in owners if owner} == set(known)
    assert {owner["type"] for owner in owners if owner} == {"accounts"}


def test_deleted_account(yeti, bills):
    """Of an invoice whose account was deleted the account is null, in both places."""
    lost = [one for one in bills if one["relationships"]["account"]["data"] is None]
    assert lost
    single = yeti(f"/invoices/{lost[0]['id']}", include="account").json()
    assert single["data"]["relationships"]["account"]["data"] is None
    assert "included" not in single
    assert yeti(f"/invoices/{lost[0]['id']}/account").json() == {"data": None}


def test_related_account(yeti, bills, accounts):
    """The account of an invoice can be asked for on its own."""
    owner = next(one["relationships"]["account"]["data"] for one in bills)
    answer = yeti(f"/invoices/{bills[0]['id']}/account")
    assert answer.json()["data"] in accounts
    assert answer.json()["data"]["id"] == owner["id"]


def test_single_is_the_list_row(yeti, bills, accounts):
    """One resource asked for alone is the one of the list, without meta and pages."""
    answer = yeti(f"/invoices/{bills[0]['id']}", include="account")
    assert answer.json().keys() == {"data", "included"}
    assert answer.json()["data"] == bills[0]
    alone = yeti(f"/accounts/{accounts[0]['id'].upper()}").json()
    assert alone == {"data": accounts[0]}


def test_decimals_are_text(bills, accounts):
    """Money is plain decimal text with at least one digit after the point, unpadded."""
    for one in (*bills, *accounts):
        for name, value in one["attributes"].items():
            if "amount" in name or "balance" in name:
                assert re.fullmatch(r"-?\d+\.(0|\d*[1-9])", value)
    spent = [one["attributes"]["amount-spent"] for one in bills]
    assert "0.0" in spent
    assert any(len(value.partition(".")[2]) > 4 for value in spent)


def test_sums(bills):
    """What was spent is both directions and the services; counts never exceed each other."""
    for one in bills:
        facts = one["attributes"]
        parts = ("originated-amount-spent", "terminated-amount-spent", "services-amount-spent")
        assert Decimal(facts["amount-spent"]) == sum(Decimal(facts[name]) for name in parts)
        for side in ("originated", "terminated"):
            assert facts[f"{side}-successful-calls-count"] <= facts[f"{side}-calls-count"]
            assert facts[f"{side}-calls-duration"] <= facts[f"{side}-billing-duration"]
            assert (facts[f"{side}-first-call-at"] is None) is (facts[f"{side}-calls-count"] == 0)


def test_times(bills):
    """Times have three digits after the second; calls lie in the period, its end excluded."""
    for one in bills:
        facts = one["attributes"]
        times = [
            facts["start-date"],
            facts["originated-first-call-at"],
            facts["originated-last-call-at"],
            facts["end-date"],
        ]
        known = [value for value in times if value is not None]
        assert all(re.fullmatch(r"[-\d]{10}T[:\d]{8}\.\d{3}Z", value) for value in known)
        assert known == sorted(known)
        assert known[-2] < known[-1]
    assert any(not one["attributes"]["start-date"].endswith("00:00.000Z") for one in bills)


def test_references(bills):
    """A reference is not unique across accounts, not always a number, and may be null."""
    found = [one["attributes"]["reference"] for one in bills]
    known = [value for value in found if value is not None]
    assert None in found
    assert len(set(known)) < len(known)
    assert {value.isdigit() for value in known} == {True, False}
    pairs = [
        (one["attributes"]["reference"], str(one["relationships"]["account"]["data"]))
        for one in bills
        if one["attributes"]["reference"]
    ]
    assert len(set(pairs)) == len(pairs)


def test_periods_of_an_account_do_not_overlap(bills):
    """Each account is billed for one period after the other."""
    periods: dict[str, list[tuple[str, str]]] = {}
    for one in bills:
        facts = one["attributes"]
        owner = str(one["relationships"]["account"]["data"])
        periods.setdefault(owner, []).append((facts["start-date"], facts["end-date"]))
    for found in periods.values():
        found.sort()
        assert all(early[1] <= late[0] for early, late in pairwise(found))


def test_no_bill_is_a_receivable(bills, rows, items):
    """What the company is billed has no id in common with what it bills."""
    ids = {one["id"] for one in bills}
    assert not ids & {row["id"] for row in rows}
    assert not ids & {item["uid"] for item in items}


@pytest.mark.parametrize("kind", ["accounts", "invoices"])
def test_unknown_record(yeti, kind):
    """An unknown UUID is 404 with a document."""
    refused(yeti(f"/{kind}/{STRANGER}"), 404)


@pytest.mark.parametrize(
    "path", ["/invoices/23", "/accounts/none", "/cdrs-of-old", "/", f"/invoices/{STRANGER}0"]
)
@pytest.mark.parametrize("token", ["", "wrong"])
def test_unknown_path(yeti, path, token):
    """A malformed UUID and an unknown path never reach the API: 404 in HTML, token or not."""
    answer = yeti(path, token=token)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/invoices", "/payments"])
def test_read_only(yeti, method, path):
    """Anything but GET, and logging in, is 405."""
    answer = yeti(path, method=method)
    refused(answer, 405)
    assert answer.headers["Allow"] == "GET"
