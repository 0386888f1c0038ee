"""Read a shard: the plugin's `fetch` with a session around it, its pages mapped as they come."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import attrs
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from duetrail.errors import (
    DuetrailError,
    FetchError,
    Incomplete,
    PluginError,
    ProtocolError,
    UnknownKey,
)
from duetrail.http import RateLimiter, Session, Stopped
from duetrail.http.budget import Clock, MakesBudget
from duetrail.http.listener import Told
from duetrail.http.session import for_resource
from duetrail.http.sharing import shared
from duetrail.http.slots import boot_clock
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.documents import Known, is_recognised, knows_none
from duetrail.pipeline.loops import LoopDetector
from duetrail.pipeline.mapping import map_page
from duetrail.plugins import plugin_errors
from duetrail.secrets import Secret, WritableSecret, remember_login, without_tokens
from duetrail.source import Connection, Cursor, Notice, Page, Shard
from duetrail.streams import Stream

if TYPE_CHECKING:
    from requests.auth import AuthBase


# Names of options that hold user names; these may rightly be in data, and are not cut from it.
_USER = re.compile(
    r"(?i)(?:user|login|account|client|customer|tenant)?_?(?:user|login|name|e?mail|account|id)"
)


# What a fetch may yield.
_FOUND = (Page, Cursor, Notice)

# What is made of one item takes about so many bytes of memory.
_BYTES_OF_ITEM = 3000


class Task(Struct, frozen=True, eq=False):
    """A shard to read.

    Attributes:
        stream: The resource of a connection.
        shard: The shard.
    """

    stream: Stream
    shard: Shard


class ReadResult(Struct, frozen=True, eq=False):
    """A part of what a task brought.

    Attributes:
        task: The task.
        batch: A mapped page; None where there was none to tell the end with.
        end: How the task ended, with its last result: `done`, `unknown`, `incomplete`, `failed`;
            empty before that.
        error: Why, unless it is `done`.
        requests: Requests sent since the last result.
        cursor: How far the listing was read with this result; None where it did not say.
        notices: What the plugin wants the user to know.
        is_empty: Whether the task brought no item so far.
        is_bare: Whether it brought no page so far, which proves nothing; where it goes on from a
            cursor, a newer cursor alone says that there is nothing new.
        gives_up: Whether nothing more is asked of its resource, since its vendor does not answer.
    """

    task: Task
    batch: Batch | None
    end: str = ""
    error: DuetrailError | None = None
    requests: int = 0
    cursor: Cursor | None = None
    notices: tuple[Notice, ...] = ()
    is_empty: bool = False
    is_bare: bool = False
    gives_up: bool = False

    @property
    def size(self) -> int:
        """About the bytes of its page and of what was made of it."""
        if self.batch is None:
            return 0
        items = len(self.batch.mapped) + len(self.batch.rejected)
        return len(self.batch.page.body) + _BYTES_OF_ITEM * items


class Credential(Struct, frozen=True):
    """What all sessions of one credential share.

    Attributes:
        limiter: Says when a request may start.
        auth: Puts the credential on a request; None where the vendor wants none.
    """

    limiter: RateLimiter
    auth: AuthBase | None


class Credentials:
    """One limiter and one authentication per credential, however many connections share it.

    Args:
        budget: Makes the rate budget of a credential.
        clock: The clock that its users share.
    """

    def __init__(self, *, budget: MakesBudget = shared, clock: Clock = boot_clock) -> None:
        self._budget = budget
        self._clock = clock
        self._owners: dict[object, object] = {}
        self._limiters: dict[object, RateLimiter] = {}
        self._auths: dict[object, AuthBase | None] = {}

    def of(self, connection: Connection) -> Credential:
        """The credential of a connection; not safe to be asked for a new one by two threads.

        Of several connections that share one, the strictest limit holds.

        Raises:
            SecretError: A reference resolves to nothing.
        """
        owner = self._owner(connection)
        # An authentication is made from all options: one secret may serve two accounts.
        exact = (owner, attrs.astuple(connection.options, recurse=False))
        if exact not in self._auths:
            self._auths[exact] = connection.source.auth(connection.options)
        return Credential(self._limiters[owner], self._auths[exact])

    def _owner(self, connection: Connection) -> object:
        """What tells the credential from others: the secrets themselves, however referred to."""
        place = (connection.source.name, connection.base_url)
        asked = (connection.name, *place, _references(connection), connection.requests_per_second)
        if asked not in self._owners:  # a secret is resolved once, and by no worker
            values = _resolved(connection)
            owner = self._owners[asked] = (*place, values or connection.name)
            self._limit(owner, connection.requests_per_second)
        return self._owners[asked]

    def _limit(self, owner: object, rate: float | None) -> None:
        if owner not in self._limiters:
            self._limiters[owner] = RateLimiter(slots=self._budget(owner, rate), clock=self._clock)
        elif rate is not None:
            self._limiters[owner].limit(rate)

    def stop(self) -> None:
        """End all waiting."""
        for limiter in self._limiters.values():
            limiter.stop()


class Reader:
    """Reads tasks; each thread keeps its own sessions.

    Args:
        credentials: The credentials of the run, made before any thread starts.
        is_stopped: Whether a stream is stopped by now, so that nothing more is sent for it.
        known: Says of a task's documents which are known, so that they are not mapped; asked by
            every thread.
        rows_only: Whether pages are mapped to be stored, which takes no records but their rows.
        told: Hears of each request and of waits, in every thread; None for nobody.
    """

    def __init__(
        self,
        credentials: Credentials,
        is_stopped: Callable[[Stream], bool] = lambda stream: False,
        *,
        known: Callable[[Task], Known] = lambda task: knows_none,
        rows_only: bool = False,
        told: Told | None = None,
    ) -> None:
        self._told = told
        self._credentials = credentials
        self._is_stopped = is_stopped
        self._known = known
        self._rows_only = rows_only
        self._mine = threading.local()

    def read(self, task: Task) -> Iterator[ReadResult]:
        """The results of one task; the last one says how it ended. A stopped stream has none."""
        if self._is_stopped(task.stream):
            return
        session = self._session(task.stream)
        progress = _Progress(task, session)
        end, error = "done", None
        try:
            for found in self.found(task):
                if isinstance(found, Page):
                    if progress.batch is not None:
                        yield progress.result()
                        if self._is_stopped(task.stream):
                            return
                    progress.add(self.map(task, found, progress.on_its_way), found.notices)
                else:
                    progress.note(found)
            progress.check()
        except Stopped:
            return
        except DuetrailError as problem:
            end, error = _end_of(task, problem), problem
        yield progress.result(end, error)

    def first(self, task: Task) -> Batch | None:
        """The first page of a task, mapped; None where it has none.

        Raises:
            DuetrailError: As the task would end with.
        """
        with closing(self.found(task)) as all_found:
            page = next((found for found in all_found if isinstance(found, Page)), None)
        return None if page is None else self.map(task, page)

    def account(self, connection: Connection) -> str | None:
        """What the vendor calls the account of a connection; None where it does not say.

        Raises:
            PluginError: The plugin's `account` failed.
        """
        name = connection.source.account
        if name is None:
            return None
        credential = self._credentials.of(connection)
        failed = f"the plugin of connection {connection.name!r} cannot say which account it is"
        session = Session(connection, credential.limiter, auth=credential.auth)
        # Not every credential may ask; one that is refused is told later.
        with suppress(FetchError), plugin_errors(failed), session:
            return name(session, connection.options) or None
        return None

    def close(self) -> None:
        """Close the sessions of this thread."""
        for session in getattr(self._mine, "first_sessions", {}).values():
            session.close()
        self._mine.__dict__.clear()

    def _session(self, stream: Stream) -> Session:
        """This thread's session for a resource; those of one connection share open sockets."""
        sessions: dict[str, Session] = self._mine.__dict__.setdefault("sessions", {})
        if stream.name not in sessions:
            first = self._first_session(stream.connection)
            resource = stream.resource
            sessions[stream.name] = for_resource(first, resource.name, resource.never_stored)
        return sessions[stream.name]

    def _first_session(self, connection: Connection) -> Session:
        """This thread's session for a connection, of which those for its resources are made."""
        first: dict[str, Session] = self._mine.__dict__.setdefault("first_sessions", {})
        if connection.name not in first:
            credential = self._credentials.of(connection)
            first[connection.name] = Session(
                connection, credential.limiter, auth=credential.auth, told=self._told
            )
        return first[connection.name]

    def found(self, task: Task) -> Generator[Page | Cursor | Notice, None, None]:
        """What a task's `fetch` yields; what a plugin does wrong is a `PluginError`."""
        plugin = task.stream.plugin
        session = self._session(task.stream)
        loop = LoopDetector()
        with plugin_errors(
            f"the fetch of plugin {plugin.name!r} failed on {task.stream.name}",
            hint="This is a bug of the plugin, or an answer it does not expect; tell its author.",
        ):
            for found in plugin.fetch(task.shard, session, task.stream.connection):
                if not isinstance(found, _FOUND):
                    raise PluginError(
                        f"the fetch of plugin {plugin.name!r} yields {type(found).__name__}",
                        hint="Yield what session.get gives, a Cursor or a Notice.",
                    )
                if isinstance(found, Page):
                    loop.observe(found)
                if isinstance(found, Cursor):
                    _refuse_token(plugin.name, found)
                yield found

    def map(self, task: Task, page: Page, on_its_way: Collection[bytes] = ()) -> Batch:
        """A page of a task, mapped.

        Args:
            task: The task.
            page: The page.
            on_its_way: Documents that will be known once the page before is committed, where there
                is a store: pages of a list overlap.

        Raises:
            ProtocolError: The page has no list where the resource declares one.
            PluginError: The plugin cannot map it.
        """
        known = self._known(task)
        if on_its_way and known is not knows_none:
            known = _also(known, on_its_way)
        return self._mapped(task, page, known)

    def mapped_again(self, result: ReadResult, known: Known) -> ReadResult:
        """A result whose page is mapped anew, since other documents of it are known."""
        if result.batch is None:
            return result
        try:
            return replace(result, batch=self._mapped(result.task, result.batch.page, known))
        except DuetrailError as problem:
            end = _end_of(result.task, problem)
            return replace(result, batch=None, end=end, error=problem)

    def _mapped(self, task: Task, page: Page, known: Known) -> Batch:
        stream = task.stream
        failed = f"{page.url} cannot be mapped by plugin {stream.plugin.name!r}"
        try:
            with plugin_errors(failed):
                return map_page(
                    stream.plugin,
                    stream.connection,
                    stream.resource,
                    task.shard,
                    page,
                    known=known,
                    rows_only=self._rows_only,
                )
        except ProtocolError as error:
            raise ProtocolError(f"{page.url}: {error.message}", hint=error.hint) from error


def _also(known: Known, more: Collection[bytes]) -> Known:
    """What knows some more documents. Whoever commits looks them up again, so it may be wrong."""
    return lambda hashes: known(hashes).union(one for one in hashes if one in more)


class _Progress:
    """What a task has brought since its last result."""

    def __init__(self, task: Task, session: Session) -> None:
        self.batch: Batch | None = None
        self._task = task
        self._session = session
        self._sent = session.requests
        self._errors = session.errors
        self.on_its_way: Collection[bytes] = ()
        self._is_empty = self._is_bare = self._is_without_page = True
        self._cursor: Cursor | None = None
        self._notices: list[Notice] = []

    def add(self, batch: Batch, notices: Iterable[str] = ()) -> None:
        """Keep a page, and its notices."""
        self.batch = batch
        self.on_its_way = {one.hash for one in batch.documents if is_recognised(one.hash)}
        self._notices += map(Notice, notices)
        self._is_bare = self._is_without_page = False
        self._is_empty = self._is_empty and batch.is_empty

    def check(self) -> None:
        """At the end of a fetch: refuse one that met an error and yielded no page.

        Raises:
            Incomplete: It gave no page, and it met an error; its cursor is not kept.
        """
        # One that was answered after all, such as when asked in another way, read something.
        is_failing = self._session.is_failing and self._session.errors > self._errors
        if self._is_without_page and is_failing:
            self._cursor = None
            plugin = self._task.stream.plugin.name
            raise Incomplete(
                f"the fetch of plugin {plugin!r} ended without a page, and without an error",
                hint="Nothing is inferred from that. Its author should let errors of `session.get` "
                "pass, and yield the page that shows that there is nothing.",
            )

    def note(self, found: Cursor | Notice) -> None:
        """Keep what goes with the pages so far."""
        if isinstance(found, Cursor):
            self._cursor = found
            self._is_bare = self._is_bare and self._task.shard.cursor is None
        else:
            self._notices.append(found)

    def result(self, end: str = "", error: DuetrailError | None = None) -> ReadResult:
        """Tell it, and begin anew."""
        result = ReadResult(
            task=self._task,
            batch=self.batch,
            end=end,
            error=error,
            requests=self._session.requests - self._sent,
            cursor=self._cursor,
            notices=tuple(self._notices),
            is_empty=self._is_empty,
            is_bare=self._is_bare,
        )
        self.batch, self._cursor, self._notices = None, None, []
        self._sent = self._session.requests
        return result


def resolve_secrets(connection: Connection) -> tuple[str, ...]:
    """Resolve every secret of a connection once, so that a missing one ends the run at its start.

    Raises:
        SecretError: A reference resolves to nothing.
    """
    return tuple(_value(secret, connection) for secret in _secrets(connection))


def _value(secret: Secret, connection: Connection) -> str:
    """A secret's value; of tokens that are renewed, what stays the same."""
    if isinstance(secret, WritableSecret):
        from duetrail.http.token_store import consent_of  # as few need it

        return consent_of(secret, connection.name)
    return secret.resolve()


def _resolved(connection: Connection) -> tuple[str, ...]:
    """The secrets of a connection; all but names of users are taken out of its data from now on."""
    options = connection.options
    values = {
        field.name: _value(value, connection)
        for field in options.__attrs_attrs__
        if isinstance(value := getattr(options, field.name), Secret)
    }
    users = {name: value for name, value in values.items() if _USER.fullmatch(name)}
    remember_login(users.values(), (values[name] for name in values.keys() - users.keys()))
    return tuple(values.values())


def _refuse_token(plugin: str, cursor: Cursor) -> None:
    value = msgspec.json.decode(msgspec.json.encode(cursor.value))
    if without_tokens(value) != value:
        raise PluginError(
            f"the cursor that plugin {plugin!r} yields holds the credential",
            hint="Cursors are stored. Yield the vendor's own cursor, not the address it stands in.",
        )


def _secrets(connection: Connection) -> list[Secret]:
    options = connection.options
    values = [getattr(options, field.name) for field in options.__attrs_attrs__]
    return [value for value in values if isinstance(value, Secret)]


def _references(connection: Connection) -> tuple[str, ...]:
    return tuple(secret.reference for secret in _secrets(connection))


def _end_of(task: Task, error: DuetrailError) -> str:
    if isinstance(error, UnknownKey) and task.shard.key is not None:
        return "unknown"
    return "incomplete" if isinstance(error, Incomplete) else "failed"
