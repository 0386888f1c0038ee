"""A connection is one account: another one's records never get among its own, nor mark them gone.

The vendor is on loopback and knows tenants by their tokens.
"""

import json
import secrets
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from attrs import define, field

from duetrail import api
from duetrail.errors import ConfigError
from duetrail.pipeline import Interrupted, Summary, account, digest
from duetrail.stores import open_store
from duetrail.testing import Answer, LoopbackServer, Request

PLUGIN = """
from attrs import frozen
from duetrail import hookimpl
from duetrail.errors import FetchError, UnknownKey
from duetrail.http import BearerAuth
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.secrets import Secret
from duetrail.source import Cursor, KeySource, Keys, Resource, Shape, Source, option

@frozen
class Options:
    token: Secret = option("The API key.")
    spare: Secret | None = option("Another key.", default=None)
    bills: KeySource | None = option("Which bills.", default=None)

@frozen
class Thing:
    id: str

def name(session, options):
    return session.get("/me").data["account"]

@hookimpl
def source():
    bill = Shape(name="bill", record=Invoice, wire=Thing, path="$.rows[*]")
    ring = Shape(name="ring", record=Call, wire=Thing, path="$.rows[*]")
    return Source(
        name="tally", title="Tally", options=Options, base_url="https://api.tally.example",
        resources=RESOURCES, unsupported=UNSUPPORTED,
        auth=lambda options: BearerAuth(options.token),
    )

@hookimpl
def fetch(shard, session):
    if shard.key is not None:
        try:
            yield session.get(f"/rings/{shard.key.value}")
        except FetchError as error:
            raise UnknownKey("no such bill") if error.status == 404 else error
        return
    after = shard.cursor or 0
    while after is not None:
        page = session.get("/bills", {"after": after})
        yield page
        seen, after = after + len(page.data["rows"]), page.data["next"]
    yield Cursor(seen)

@hookimpl
def map_item(item, connection):
    yield item.shape.record(connection=connection.name, id=item.id)
"""
LISTED = 'Resource(name="bills", shapes=(bill,))'
KEYED = 'Resource(name="rings", shapes=(ring,), keys=Keys(record=Invoice, option="bills"))'


def plugin(*resources: str, account: bool = False) -> str:
    """The code of a plugin with these resources."""
    shown = [record for part, record in ((LISTED, "Invoice"), (KEYED, "Call")) if part in resources]
    absent = [record for record in ("Invoice", "Call", "Callout", "Email") if record not in shown]
    code = PLUGIN.replace("RESOURCES", f"({', '.join(resources)},)")
    code = code.replace("UNSUPPORTED", f"({', '.join(absent)},)")
    return code.replace("auth=", "account=name, auth=") if account else code


@define
class Tally:
    """The vendor: the ids of each tenant's bills, and whose a token is."""

    bills: dict[str, list[str]] = field(factory=dict)
    tokens: dict[str, str] = field(factory=dict)
    broken: set[str] = field(factory=set)
    asked: list[str] = field(factory=list)
    url: str = ""

    def answer(self, path: str, token: str) -> tuple[int, object]:
        self.asked.append(path)
        tenant = self.tokens.get(token)
        place, _, after = path.partition("?after=")
        if tenant is None or place in self.broken:
            return (403 if tenant else 401), {}
        mine = self.bills[tenant]
        if place == "/me":
            return 200, {"account": f"account-of-{tenant}"}
        if place == "/bills":
            begin = int(after)
            more = begin + 2 < len(mine)
            rows = mine[begin : begin + 2]
            return 200, {"rows": [{"id": id} for id in rows], "next": begin + 2 if more else None}
        key = place.removeprefix("/rings/")
        return (200, {"rows": [{"id": f"r-{key}"}]}) if key in mine else (404, {})


@define
class Shop:
    """A configuration, a store and the vendor."""

    folder: Path
    vendor: Tally

    def sync(self, token: str, *lines: str, **how: object) -> Summary:
        return api.sync(config=self.configure(token, *lines), **how)

    def configure(self, token: str, *lines: str, name: str = "tally") -> Path:
        settings = {"plugin": "tally", "base_url": self.vendor.url, "token": token, "attempts": 1}
        parts = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
        written = {line.partition(" = ")[0] for line in lines}
        kept = [part for part in parts if part.partition(" = ")[0] not in written]
        file = self.folder / "duetrail.toml"
        file.write_text("\n".join([f"[connections.{name}]", *kept, *lines]))
        self.vendor.asked.clear()
        return file

    def ids(self, table: str = "invoices") -> list[str]:
        return [id for id, _ in self.rows(f"SELECT id, absent_since FROM {table} ORDER BY id")]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / "duetrail.db")) as db, db:
            return db.execute(sql).fetchall()

    @property
    def digest(self) -> str:
        with closing(open_store(f"sqlite:///{self.folder}/duetrail.db")) as store:
            return digest(store)

    def is_untouched(self) -> bool:
        """Whether only the first tenant's records are there, none of them absent."""
        rows = self.rows("SELECT id, absent_since FROM invoices ORDER BY id")
        return rows == [(id, None) for id in self.vendor.bills["one"]]


@pytest.fixture
def shop(tmp_path: Path, site) -> Iterator[Shop]:
    """A vendor with two tenants, one with two tokens; its plugin lists bills."""
    site.install("tally", plugin(LISTED))
    vendor = Tally(
        bills={"one": [f"a{n}" for n in range(7)], "two": [f"b{n}" for n in range(5)]},
        tokens={"throw-away-1": "one", "throw-away-new": "one", "throw-away-2": "two"},
    )

    def respond(request: Request) -> Answer:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        status, answer = vendor.answer(request.target, token)
        return Answer.of(answer, status)

    with LoopbackServer(respond) as server:
        vendor.url = server.url
        yield Shop(tmp_path, vendor)


def message(summary: Summary) -> str:
    """What the run says of the connection as a whole."""
    (entry,) = [entry for entry in summary.resources if not entry.resource]
    return " ".join(f"{problem.message} {problem.hint}" for problem in entry.problems)


# --- a credential of which nobody says whose it is -------------------------------------------


@pytest.mark.parametrize("full", [False, True])
def test_the_token_of_another_tenant(shop, full):
    """Its records are not written, those that are there are not marked, and the run says why."""
    shop.sync("throw-away-1")
    before = shop.digest
    summary = shop.sync("throw-away-2", full=full)
    assert (summary.exit_code, summary.written) == (1, 0)
    assert "is new and shows 0 of 7 bills that the store has" in message(summary)
    assert "duetrail sync tally --accept-account" in message(summary)
    assert shop.is_untouched()
    assert shop.digest == before


def test_it_is_tried_again_until_it_is_right(shop):
    """A refused credential is not taken for a known one by the next run; the old one still is."""
    shop.sync("throw-away-1")
    for _ in range(2):
        assert shop.sync("throw-away-2").exit_code == 1
    assert shop.is_untouched()
    assert shop.sync("throw-away-1").exit_code == 0
    assert shop.vendor.asked == ["/bills?after=7"]


@pytest.mark.parametrize("full", [False, True])
def test_a_rotated_token(shop, full):
    """A new token of the same account goes on as the old one would have."""
    shop.sync("throw-away-1")
    shop.vendor.bills["one"].append("a7")
    summary = shop.sync("throw-away-new", full=full)
    assert (summary.exit_code, summary.records) == (0, {"invoices": 1})
    assert shop.is_untouched()
    tried = ["/bills?after=0", "/bills?after=2"]  # half of the seven is enough
    assert shop.vendor.asked[:2] == tried
    assert shop.vendor.asked[2:3] == ["/bills?after=0" if full else "/bills?after=7"]
    again = shop.sync("throw-away-new")
    assert (again.exit_code, again.written, shop.vendor.asked) == (0, 0, ["/bills?after=8"])


@pytest.mark.parametrize(("left", "code"), [(4, 0), (3, 1)])
def test_half_is_enough(shop, left, code):
    """Some may have gone meanwhile: with half of the known records it is the same account."""
    shop.sync("throw-away-1")
    shop.vendor.bills["one"] = [f"a{n}" for n in range(left)] + ["c1", "c2"]
    assert shop.sync("throw-away-new", full=True).exit_code == code
    gone = shop.rows("SELECT count(*) FROM invoices WHERE absent_since IS NOT NULL")
    assert gone == [(0 if code else 3,)]


def test_the_user_knows_better(shop):
    """`accept_account` goes on without a trial, and the credential is known from then on."""
    shop.sync("throw-away-1")
    accepting = {"accept_account": True, "accept_absences": True}
    assert shop.sync("throw-away-2", full=True, **accepting).exit_code == 0
    assert shop.ids() == sorted(shop.vendor.bills["one"] + shop.vendor.bills["two"])
    assert shop.sync("throw-away-2").exit_code == 0


def test_a_token_that_is_refused(shop):
    """It cannot be tried: nothing is written, and the vendor's refusal is told."""
    shop.sync("throw-away-1")
    summary = shop.sync("throw-away-3")
    assert summary.exit_code == 1
    assert "could not be tried, so nothing was written" in message(summary)
    assert "401" in message(summary)
    assert shop.is_untouched()


def test_a_token_that_was_never_right(shop):
    """Where nothing was read with the first token, the next one, or place, needs no trial."""
    assert shop.sync("throw-away-3").exit_code == 1
    elsewhere = shop.vendor.url.replace("127.0.0.1", "localhost")
    assert shop.sync("throw-away-1", f'base_url = "{elsewhere}"').exit_code == 0
    assert shop.vendor.asked[:2] == ["/bills?after=0", "/bills?after=2"]


def test_a_token_of_an_account_with_nothing(shop, site):
    """How far the list of an empty account was read says nothing of the next one's."""
    last = "yield Cursor(seen)"
    site.install("tally", plugin(LISTED).replace(last, "yield Cursor(100)"))
    shop.vendor.bills["three"], shop.vendor.tokens["throw-away-3"] = [], "three"
    shop.sync("throw-away-3")
    shop.sync("throw-away-3")
    assert shop.vendor.asked == ["/bills?after=100"]
    assert shop.sync("throw-away-1").exit_code == 0
    assert shop.is_untouched()
    shop.sync("throw-away-1")
    assert shop.vendor.asked == ["/bills?after=100"]


def test_any_of_several_secrets(shop, monkeypatch):
    """Whichever secret is new, it is a trial; another reference to the same value is none."""
    monkeypatch.setenv("TALLY_TOKEN", "throw-away-1")
    spare = ('spare = "throw-away-s"',)
    shop.sync("throw-away-1", *spare)
    assert shop.sync("env:TALLY_TOKEN", *spare).exit_code == 0
    assert shop.vendor.asked == ["/bills?after=7"]
    shop.sync("env:TALLY_TOKEN", 'spare = "throw-away-t"')
    assert shop.vendor.asked == ["/bills?after=0", "/bills?after=2", "/bills?after=7"]
    monkeypatch.setenv("TALLY_TOKEN", "throw-away-2")
    assert shop.sync("env:TALLY_TOKEN", 'spare = "throw-away-t"').exit_code == 1
    assert shop.is_untouched()


def test_interrupted_in_a_trial(shop, monkeypatch):
    """The user may stop it; the credential is not known by that."""
    shop.sync("throw-away-1")
    answer = Tally.answer

    def interrupt(vendor: Tally, path: str, token: str) -> tuple[int, object]:
        signal.raise_signal(signal.SIGINT)
        return answer(vendor, path, token)

    monkeypatch.setattr(Tally, "answer", interrupt)
    with pytest.raises(KeyboardInterrupt) as stopped:
        shop.sync("throw-away-2")
    assert isinstance(stopped.value, Interrupted)
    monkeypatch.undo()
    assert shop.sync("throw-away-2").exit_code == 1
    assert shop.is_untouched()


def test_a_store_of_before(shop):
    """Of a store that noted nothing yet, the first run notes what it finds."""
    shop.sync("throw-away-1")
    shop.rows("DELETE FROM fingerprints")
    assert shop.sync("throw-away-new").exit_code == 0
    assert shop.vendor.asked == ["/bills?after=7"]
    assert shop.sync("throw-away-2").exit_code == 1


def test_what_was_not_read_is_not_known(shop, site):
    """A run that reads nothing of a connection takes its new credential for no known one."""
    site.install("tally", plugin(LISTED, KEYED))
    keys = ('bills = ["a0", "a1"]',)
    shop.sync("throw-away-1", *keys)
    table = '[connections.other]\nplugin = "tally"\ntoken = "throw-away-1"'
    more = (*keys, f'{table}\nbase_url = "{shop.vendor.url}"', *keys)
    shop.sync("throw-away-2", *more, select=["other.rings"])
    assert shop.ids("calls") == ["r-a0", "r-a0", "r-a1", "r-a1"]
    summary = shop.sync("throw-away-2", *more)
    assert summary.exit_code == 1
    states = {entry.name: entry.state for entry in summary.resources}
    assert states == {"tally": "failed", "other.bills": "complete", "other.rings": "complete"}


def test_where_nothing_is_listed(shop, site):
    """Keys that had an answer are asked: another tenant has none for them."""
    site.install("tally", plugin(KEYED))
    keys = ('bills = ["a0", "a1", "a2", "b0"]',)
    shop.sync("throw-away-1", *keys)
    assert shop.ids("calls") == ["r-a0", "r-a1", "r-a2"]
    summary = shop.sync("throw-away-2", *keys)
    assert "shows 0 of 3 rings that the store has" in message(summary)
    assert shop.ids("calls") == ["r-a0", "r-a1", "r-a2"]
    assert shop.vendor.asked == ["/rings/a0", "/rings/a1", "/rings/a2"]
    assert shop.sync("throw-away-new", *keys).written == 0


def test_where_the_list_is_forbidden(shop, site):
    """A token that may not list bills is tried by what it may read."""
    site.install("tally", plugin(LISTED, KEYED))
    keys = ('bills = ["a0", "a1", "b0"]',)
    shop.sync("throw-away-1", *keys)
    shop.vendor.broken.add("/bills")
    assert message(shop.sync("throw-away-2", *keys))
    states = {r.name: r.state for r in shop.sync("throw-away-new", *keys).resources}
    assert states == {"tally.bills": "failed", "tally.rings": "complete"}
    shop.vendor.broken |= {f"/rings/{key}" for key in ("a0", "a1", "b0")}
    shop.vendor.tokens["throw-away-newer"] = "one"
    assert "could not be tried" in message(shop.sync("throw-away-newer", *keys))


# --- another place ---------------------------------------------------------------------------


def test_another_base_url(shop):
    """A connection that leads elsewhere is refused before anything is asked, until it is said."""
    shop.sync("throw-away-1")
    moved = (f'base_url = "{shop.vendor.url}/v2"',)
    shop.vendor.bills["one"].append("a7")
    with pytest.raises(ConfigError) as told:
        shop.sync("throw-away-1", *moved)
    assert f"was {shop.vendor.url}, and now is {shop.vendor.url}/v2" in str(told.value)
    assert "duetrail sync tally --accept-account" in str(told.value)
    assert (told.value.exit_code, shop.vendor.asked) == (2, [])
    shop.sync("throw-away-1", *moved, accept_account=True)
    assert shop.vendor.asked
    shop.sync("throw-away-1", *moved)  # it is known from then on
    with pytest.raises(ConfigError):
        shop.sync("throw-away-1")


def test_another_spelling_of_a_base_url(shop):
    """A slash at the end, or another case of the host, is the same place."""
    at = shop.vendor.url.replace("127.0.0.1", "localhost")
    shop.sync("throw-away-1", f'base_url = "{at}"')
    again = at.replace("localhost", "LOCALHOST").replace("http", "HTTP")
    assert shop.sync("throw-away-1", f'base_url = "{again}/"').exit_code == 0


def test_another_plugin(shop, site):
    """So is one for which another plugin speaks now."""
    shop.sync("throw-away-1")
    site.install("total", plugin(LISTED).replace('name="tally"', 'name="total"'))
    with pytest.raises(ConfigError, match=r"another plugin .* it was tally, and now is total"):
        shop.sync("throw-away-1", 'plugin = "total"')
    assert shop.sync("throw-away-1", 'plugin = "total"', accept_account=True).exit_code == 0


def test_pages_of_another_plugin(shop, site):
    """Nor does another plugin map what this one has read; from where it was read is no matter."""
    shop.sync("throw-away-1")
    site.install("total", plugin(LISTED).replace('name="tally"', 'name="total"'))
    config = shop.configure("throw-away-1", 'plugin = "total"')
    for again in (api.remap, api.replay):
        with pytest.raises(ConfigError, match="has another plugin"):
            again(config=config)
    config = shop.configure("throw-away-1", f'base_url = "{shop.vendor.url}/v2"')
    assert api.remap(config=config).exit_code == 0


def test_check_says_so_too(shop, run):
    """`duetrail check` refuses what `duetrail sync` would; both with exit code 2."""
    config = shop.configure("throw-away-1")
    assert run("--config", config, "sync").code == 0
    config = shop.configure("throw-away-1", f'base_url = "{shop.vendor.url}/v2"')
    for command in ("check", "sync"):
        done = run("--config", config, command)
        assert (done.code, "has another base_url" in done.err) == (2, True)
    assert run("--config", config, "sync", "--accept-account").code == 1  # there is nothing there


# --- an account with a name ------------------------------------------------------------------


@pytest.fixture
def named(shop, site) -> Shop:
    """The same shop, whose vendor says whose account it is."""
    site.install("tally", plugin(LISTED, account=True))
    return shop


def test_another_account_by_name(named):
    """Where the vendor names another account, nothing is read, and it is an error."""
    named.sync("throw-away-1")
    said = "leads to another account .*, as the vendor or a setting says"
    with pytest.raises(ConfigError, match=said) as told:
        named.sync("throw-away-2")
    assert (told.value.exit_code, named.vendor.asked) == (2, ["/me"])
    assert named.is_untouched()


def test_the_same_account_by_name(named):
    """Where it names the same one, a new token needs no trial, whatever the lists show."""
    named.sync("throw-away-1")
    named.vendor.bills["one"] = ["a0"]
    assert named.sync("throw-away-new", full=True, accept_absences=True).exit_code == 0
    assert named.vendor.asked == ["/me", "/bills?after=0"]


def test_a_token_that_leads_elsewhere(named):
    """The same token that belongs to another account now is found out, too."""
    named.sync("throw-away-1")
    named.vendor.tokens["throw-away-1"] = "two"
    with pytest.raises(ConfigError, match="leads to another account"):
        named.sync("throw-away-1")
    assert named.is_untouched()


def test_an_account_whose_name_is_not_told(named):
    """Where it may not be asked, or was not when the data came, a trial has to tell."""
    named.vendor.broken.add("/me")
    named.sync("throw-away-1")
    named.vendor.broken.clear()
    assert named.sync("throw-away-2").exit_code == 1
    named.sync("throw-away-1")
    named.vendor.broken.add("/me")
    assert named.sync("throw-away-2").exit_code == 1
    assert named.sync("throw-away-new").exit_code == 0
    named.vendor.broken.clear()
    with pytest.raises(ConfigError, match="leads to another account"):
        named.sync("throw-away-2")


def test_an_account_that_breaks(shop, site):
    """A plugin that cannot say it stops its connection, without a traceback."""
    code = plugin(LISTED, account=True).replace('data["account"]', 'data["acount"]')
    site.install("tally", code)
    summary = shop.sync("throw-away-1")
    assert summary.exit_code == 1
    assert "cannot say which account it is: KeyError" in message(summary)


def test_nothing_of_it_stands_in_clear(named, monkeypatch):
    """Neither the name of an account nor a secret is in the store, nor a plain hash of one."""
    monkeypatch.setattr(account, "token_bytes", secrets.token_bytes)  # tests have one salt else
    named.sync("throw-away-1")
    for kept in named.folder.glob("duetrail.db*"):
        assert b"throw-away-1" not in kept.read_bytes()
        assert b"account-of-one" not in kept.read_bytes()
    before = named.rows("SELECT account, credential FROM fingerprints")
    named.sync("throw-away-1")
    assert named.rows("SELECT account, credential FROM fingerprints") == before
    (named.folder / "duetrail.db").unlink()
    named.sync("throw-away-1")
    assert named.rows("SELECT account, credential FROM fingerprints") != before
