"""The contract between Duetrail and its plugins. A whole vendor fits on one page.

    # duetrail_acme.py, with the entry point  [project.entry-points.duetrail] acme = "duetrail_acme"
    from collections.abc import Iterator
    from decimal import Decimal

    from attrs import frozen

    from duetrail import hookimpl
    from duetrail.http import BearerAuth, Session
    from duetrail.model import Call, Callout, Email, Invoice, Money
    from duetrail.secrets import Secret
    from duetrail.source import Connection, Item, Page, Resource, Shape, Shard, Source, option

    @frozen
    class Options:
        token: Secret = option("The API key.")

    @frozen
    class AcmeInvoice:
        id: str
        currency: str | None = None
        total_cents: Decimal | None = None

    @hookimpl
    def source() -> Source:
        bills = Shape(name="bill", record=Invoice, wire=AcmeInvoice, path="$.bills[*]")
        return Source(
            name="acme",
            title="Acme Billing",
            options=Options,
            base_url="https://api.acme.example",
            resources=(Resource(name="invoices", shapes=(bills,)),),
            unsupported=(Call, Callout, Email),
            auth=lambda options: BearerAuth(options.token),
        )

    @hookimpl
    def fetch(shard: Shard, session: Session) -> Iterator[Page]:
        cursor: str | None = ""
        while cursor is not None:
            page = session.get("/bills", {"after": cursor})
            yield page
            cursor = page.data["next"]

    @hookimpl
    def map_item(item: Item, connection: Connection) -> Iterator[Invoice]:
        bill = item.wire
        yield Invoice(
            connection=connection.name,
            id=bill.id,
            currency=bill.currency,
            total=Money.from_minor(bill.total_cents, bill.currency),
        )

No state, no retries, no limits, no threads: those are the core's. A hook may take fewer of its
arguments than are offered here. `fetch`, `map_item` and `plan` are called only for connections of
the plugin that implements them.

A plugin need not speak for a vendor. `transform` and `observe`, `observe_run`, `observe_details`
are called where the configuration has a table `[plugins.NAME]`, `open_store` for URLs that begin
with `NAME://`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from duetrail.errors import PluginError
from duetrail.model import Record
from duetrail.source import (
    Connection,
    Cursor,
    Item,
    Notice,
    Page,
    Resource,
    Shard,
    Skip,
    Source,
)

if TYPE_CHECKING:
    from duetrail.http import Session

CONTRACT = "1.2"
"""The version of this contract. A plugin written for an earlier one keeps working."""

hookspec = pluggy.HookspecMarker("duetrail")
hookimpl = pluggy.HookimplMarker("duetrail")

Fetched = Iterable[Page | Cursor | Notice]
"""What a function that fetches yields."""

# What `fetch` is offered.
_OFFERED = ("shard", "session", "connection")


def by_resource(
    functions: Mapping[str, Callable[..., Fetched]] | None = None,
    /,
    **named: Callable[..., Fetched],
) -> Callable[[Shard, Any, Connection], Fetched]:
    """The hook `fetch`, made of one function for each resource.

    Write `fetch = by_resource(invoices=_invoices, calls=_calls)`. Each function takes what it needs
    of `shard`, `session` and `connection`, by these names. That every resource has one is checked
    when the plugin is loaded.

    Args:
        functions: By resource; for names that are no identifiers of Python, such as `call-details`.
        **named: By resource.

    Raises:
        PluginError: A function wants something else.
    """
    every = {**(functions or {}), **named}
    wanted = {name: _wanted(name, function) for name, function in every.items()}

    @hookimpl
    def fetch(shard: Shard, session: Any, connection: Connection) -> Fetched:
        given = {"shard": shard, "session": session, "connection": connection}
        names = wanted[shard.resource]
        return every[shard.resource](**{name: given[name] for name in names})

    fetch.__dict__["resources"] = frozenset(every)
    fetch.__dict__["names_asked"] = {
        name: getattr(one, "names_asked", frozenset()) for name, one in every.items()
    }
    for function in every.values():  # whose code it is
        fetch.__module__ = getattr(function, "func", function).__module__
    return fetch


def _wanted(name: str, function: Callable[..., Any]) -> list[str]:
    wanted = list(inspect.signature(function).parameters)
    if strange := sorted(set(wanted) - set(_OFFERED)):
        raise PluginError(
            f"what fetches {name!r} wants {', '.join(strange)}",
            hint=f"It may take {', '.join(_OFFERED)}, by these names.",
        )
    return wanted


@hookspec
def source() -> Source:  # type: ignore[empty-body]
    """Declare the vendor: its name, settings, authentication and resources.

    Called once when the plugin is loaded; makes no request and reads no file. Every object that
    becomes a record is declared as a `Shape`: the core finds the items on each page, decodes them
    into the wire class, and sets aside those that do not fit, whole and with the path.
    """


@hookspec
def fetch(  # type: ignore[empty-body]
    shard: Shard, session: Session, connection: Connection
) -> Iterator[Page | Cursor | Notice]:
    """Yield the pages of one shard, in the vendor's order.

    `session.get(path, params)` gives a `Page`; yield each one that holds items. Pages are
    committed as they are yielded, so yield early. What of a page says how to go on is read fastest
    with `page.only("$.next")`. `shard.key.value` is the key of a keyed resource; `shard.params` is
    what `plan` put there. May run in any thread: keep no state outside the generator.

    A list is read with a paginator of `duetrail.http`: `numbered`, `offset`, `cursor`, `link` or
    `once`. Each notices when rows move, pages repeat or the list leads back. Where the vendor can
    be asked for what is new, yield `Cursor(value)` when everything up to there was yielded, and
    begin at `shard.cursor` where it is not None. Yield `Notice("...")` for what the user should
    know although nothing failed.

    Raise `UnknownKey` where the vendor does not know the key, `ProtocolError` where an answer is
    not what it documents, `Incomplete` at the end of a listing that does not add up. Let errors of
    `session.get` pass.
    """


@hookspec
def map_item(item: Item, connection: Connection) -> Iterable[Record | Skip]:  # type: ignore[empty-body]
    """Turn one item into records: the one its shape declares first, then derived ones.

    Money: `Money.from_minor(cents, currency)` or `Money.major(decimal, currency)`. Times arrive
    aware and in UTC. Enums: `canonical(InvoiceStatus, raw, KNOWN)` beside `status_raw=raw`.
    Links to invoices the vendor names go into `invoices=`; containment and keys are linked by the
    core, so never put `item.key` into a record. What was read but could not be used (a time
    nobody can read) goes into `extra=`, under the vendor's keys. What the vendor puts beside its
    objects is in `item.page.data`. No clock, no request, no guess: the same item gives the same
    records.

    Not called for a shape with a `mapping`: that says the same as data (see `duetrail.declared`).

    Yield `Skip("reason")` for an item that is left out on purpose. For one that cannot be mapped
    raise `BadItem(reason, path=path)`: it becomes a reject, everything else goes on.
    """


@hookspec
def plan(resource: Resource, connection: Connection) -> Iterable[Shard]:  # type: ignore[empty-body]
    """Optionally split the work of a resource that is not keyed.

    Without it, such a resource is one shard, `Shard(resource.name)`. Shards are small and
    picklable, their names stable from run to run. Keyed resources get one shard per key from the
    core and are not asked.
    """


@hookspec
def settings() -> type[Any]:  # type: ignore[empty-body]
    """Optionally declare what a table `[plugins.NAME]` may hold, for `transform` and observers.

    An attrs class, its fields made with `duetrail.source.option`, like the options of a source.
    Without it, the table is empty.
    """


@hookspec
def transform(record: Record, connection: Connection, settings: Any) -> Record:  # type: ignore[empty-body]
    """Change a record before it is stored: mask, enrich, correct.

    Called for every record of every connection, in any thread, also when pages are mapped again.
    `attrs.evolve(record, ...)` makes the changed one; kind and id stay. No clock, no request: the
    same record gives the same, or every sync would write it anew. What was received is kept on the
    page as it is. Raise `BadItem` for a record that must not be stored: its item becomes a reject.
    """


@hookspec
def observe(event: str, facts: Mapping[str, Any], settings: Any) -> None:
    """Hear how a sync goes; what it returns is ignored, and if it raises it is not called again.

    `event` is `progress`, after each commit, with the facts connection, resource, shards, items,
    pages and requests (so far); or `ended`, with what `duetrail sync --json` prints. Called in one
    thread, between commits: be quick.
    """


@hookspec
def observe_run(event: str, facts: Mapping[str, Any], settings: Any) -> None:
    """Hear when a sync or a remap begins and how it ended, also where none could begin.

    `event` is `begun` (command, which is `sync` or `remap`, and previous_exit_code, that of the
    sync before, None where there was none or it was killed), then `ended`, with what `duetrail
    sync --json` prints; or `failed` (error, exit_code), where there is no summary since a secret
    is missing, say, or the store is in use. Others may be added. `settings` is one object for all
    of them. The command waits, so be bounded in time. A `DuetrailError` that it raises becomes a
    warning of the summary; it is not called again then.
    """


@hookspec
def observe_details(event: str, facts: Mapping[str, Any], settings: Any) -> None:
    """Hear of each request of a sync, too, of its waits, and of when a resource begins and ends.

    `event` is `request` (connection, resource, method, url without its query, status, size in
    bytes, seconds, error), `waiting` (connection, resource, seconds, reason) or `resource`
    (connection, resource, state, which is `begun` or how it ended). Others may be added. Called in
    any thread, one call at a time: be quick. If it raises, it is not called again.
    """


@hookspec
def open_store(url: str, folder: Path, create: bool) -> Any:
    """Open the store at a URL that begins with the plugin's name and `://`.

    Gives an object with everything that `duetrail.stores.Store` lists. A relative path is relative
    to `folder`; where there is no store, it is made if `create` is true, and is a `NoStore` error
    otherwise.
    """
