"""A Yeti Switch on loopback: it answers by script, to whoever is logged in and speaks JSON:API."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from operator import ge, gt, le, lt
from typing import Any

from attrs import define, field

from support.scripted import TOKEN, Reply, Vendor

BASE = "/api/rest/customer/v1"
LOGIN, PASSWORD = "made-up-login", "made-up-password"
MEDIA = "application/vnd.api+json"
REVERSE, LEFT_OUT = "filter[destination-reverse-billing-eq]", "filter[id-not-in]"


def errors(status: int, title: str, detail: str = "", code: str = "") -> Any:
    """A JSON:API error document."""
    error = {"title": title, "detail": detail, "code": code or str(status), "status": str(status)}
    return Reply({"errors": [error]}, status, {"Content-Type": MEDIA})


@define
class Listing:
    """A list that lives: its `rows` are ordered, filtered, paged and marked as Yeti does.

    `counted` is whether it reports how many there are, or how many it reports; what it `ignores`
    are parameters, as are those it `refuses`; what it `hides` are attributes, and those that
    accounts have not are `unknown`; without `tagged` it has no ETags. What is `restless` puts rows
    that its order does not tell apart in another one for every page.
    """

    rows: list[Any]
    included: list[Any] = field(factory=list)
    counted: Any = True
    tagged: bool = True
    ignores: set[str] = field(factory=set)
    refuses: set[str] = field(factory=set)
    hides: set[str] = field(factory=set)
    unknown: set[str] = field(factory=set)
    restless: bool = False

    def answer(self, asked: Any) -> Any:
        if set(asked.query.get("fields[accounts]", [""])[0].split(",")) & self.unknown:
            return errors(400, "Invalid field", "it is no field of accounts", "104")
        if self.refuses & asked.query.keys():
            return errors(400, "Filter not allowed", "it is not allowed", "102")
        query = {k: v[0] for k, v in asked.query.items() if k not in self.ignores}
        rows = [row for row in self.rows if all(_passes(row, query))]
        if self.restless:
            asked_for = query.get("page[number]"), query.get("page[size]")
            rows.sort(key=lambda row: sha256(f"{asked_for} {row['id']}".encode()).digest())
        for key in reversed(query.get("sort", "-id").split(",")):
            plain = key.removeprefix("-")
            rows.sort(key=lambda row: _order(_value(row, plain)), reverse=key != plain)
        document: dict[str, Any] = {"data": [self._shown(row) for row in _page(rows, query)]}
        if self.counted is not False:
            document["meta"] = {"total-count": len(rows) if self.counted is True else self.counted}
        if self.included:
            shown = query.get("fields[accounts]")
            document["included"] = [_chosen(one, shown) for one in self.included]
        return self._tagged(json.dumps(document).encode(), asked)

    def _shown(self, row: Any) -> Any:
        kept = {k: v for k, v in row["attributes"].items() if k not in self.hides}
        shown = {k: v for k, v in row.items() if k != "reverse"}
        return shown | {"attributes": kept}

    def _tagged(self, body: bytes, asked: Any) -> Any:
        if not self.tagged:
            return Reply(body)
        tag = f'W/"{sha256(body).hexdigest()[:16]}"'
        is_known = asked.headers.get("if-none-match") == tag
        return Reply(b"" if is_known else body, 304 if is_known else 200, {"ETag": tag})


def _chosen(one: Any, shown: str | None) -> Any:
    if shown is None:
        return one
    names = shown.split(",")
    return one | {"attributes": {k: v for k, v in one["attributes"].items() if k in names}}


_TESTS = {"gteq": ge, "gt": gt, "lt": lt, "lteq": le}


def _passes(row: Any, query: dict[str, str]) -> Iterator[bool]:
    for name, text in query.items():
        if name == REVERSE:
            yield row.get("reverse") is (text == "true")
        elif name == LEFT_OUT:
            yield row["id"] not in text.split(",")
        elif match := re.fullmatch(r"filter\[(.+)-(gteq|gt|lteq|lt)\]", name):
            value, test = _value(row, match[1]), _TESTS[match[2]]
            wanted = int(text) if match[1] == "id" else datetime.fromisoformat(text)
            yield value is not None and test(value, wanted)


def _value(row: Any, name: str) -> Any:
    """What a list is ordered and filtered by: a number, a text, a time or an id."""
    if name == "id":
        return int(row["id"]) if row["id"].isdecimal() else row["id"]
    text = row["attributes"].get(name)
    if name in ("amount", "notes"):
        return Decimal(text) if text and name == "amount" else text
    return datetime.fromisoformat(text) if text else None


def _order(value: Any) -> tuple[Any, ...]:
    return (value is None,) if value is None else (False, value)


def _page(rows: list[Any], query: dict[str, str]) -> list[Any]:
    size = int(query.get("page[size]", 9999))
    start = (int(query.get("page[number]", 1)) - 1) * size
    return rows[start : start + size]


class Switch(Vendor):
    """Answers each path below the API's with what it was told, as `Vendor` does, or with a list.

    `logins` are the bodies it was logged in with, `tokens` those that open it, the ready one
    among them; `ends` is what a token says of its own end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.logins: list[Any] = []
        self.tokens = {TOKEN}
        self.ends: Any = None
        self.refuses = False
        self._lists: dict[str, Listing] = {}
        self._tasks: dict[int, Callable[[], Any]] = {}
        self._got = 0
        self.url += BASE

    @property
    def order(self) -> list[str]:
        """The requests so far, such as `GET /invoices`."""
        return [f"{one.method} {one.path.removeprefix(BASE)}" for one in self.asked]

    def on(self, path: str, *answers: Any) -> Switch:
        super().on(f"{BASE}{path}", *answers)
        return self

    def shows(self, name: str, *rows: Any, **how: Any) -> Listing:
        """Have a list of these rows, which a test may change later."""
        self._script.pop(f"{BASE}/{name}", None)
        one = self._lists[f"{BASE}/{name}"] = Listing([*rows], **how)
        return one

    def asked_for(self, name: str) -> list[dict[str, str]]:
        """The questions for a list so far, without the size of pages and what is included.

        Without those for who pays, too, as far as they show nobody.
        """
        of_list = [one.query for one in self.asked if one.path == f"{BASE}/{name}"]
        kept = [query for query in of_list if REVERSE not in query]
        left_out = {"page[size]", "include", "sort", "fields[accounts]", LEFT_OUT}
        return [{k: v[0] for k, v in query.items() if k not in left_out} for query in kept]

    def ahead_of(self, number: int, task: Callable[[], Any]) -> None:
        """Do something when the GET of this number has arrived, before it is answered."""
        self._tasks[number] = task

    def begin(self) -> None:
        """Have had no GET so far, and nothing to do ahead of any."""
        self._got = 0
        self._tasks.clear()

    def reply(self, asked: Any) -> Any:
        if asked.method == "POST":
            assert asked.path == f"{BASE}/auth"
            return self.log_in(asked, asked.body)
        with self._lock:
            self._got += 1
            task = self._tasks.get(self._got, lambda: None)
        task()
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return self._refuse(asked, 401, "Authorization failed")
        if MEDIA not in asked.headers.get("accept", ""):
            return self._refuse(asked, 406, "Not acceptable")
        told = self._script.get(asked.path)
        # A script of calls is one of calls that are paid for.
        if REVERSE in asked.query and told and getattr(told[0], "status", 200) == 200:
            with self._lock:
                self.asked.append(asked)
            return Reply({"data": [], "meta": {"total-count": 0}})
        if asked.path in self._lists and not self._script.keys() & {asked.path, asked.target}:
            with self._lock:
                self.asked.append(asked)
                return self._lists[asked.path].answer(asked)
        return super().reply(asked)

    def forget(self) -> None:
        """Take back every token that was given."""
        self.tokens = set()

    def _refuse(self, asked: Any, status: int, title: str) -> Any:
        with self._lock:
            self.asked.append(asked)
        return errors(status, title)

    def log_in(self, asked: Any, body: bytes) -> Any:
        with self._lock:
            self.asked.append(asked)
            self.logins.append(json.loads(body))
            given = self.logins[-1].get("auth")
            if self.refuses or given != {"login": LOGIN, "password": PASSWORD}:
                return errors(401, "Authentication failed")
            token = jwt(sub=len(self.logins), aud=["customer-v1"], exp=self.ends)
            self.tokens = {TOKEN, token}
            return Reply({"jwt": token}, 201)


def jwt(**claims: Any) -> str:
    """A token as Yeti makes it; a claim of None is left out."""
    header = {"alg": "HS256"}
    claims = {key: value for key, value in claims.items() if value is not None}
    parts = (urlsafe_b64encode(json.dumps(part).encode()) for part in (header, claims))
    return ".".join([*(part.rstrip(b"=").decode() for part in parts), "made-up-signature"])
