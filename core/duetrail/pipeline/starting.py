"""Starting: what a run needs before it reads: a plan, credentials, and proven accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime

from msgspec import Struct

from duetrail.errors import DuetrailError
from duetrail.http.session import client_loading
from duetrail.http.sharing import shared
from duetrail.pipeline.account import Accounts, identify
from duetrail.pipeline.plan import feeders
from duetrail.pipeline.read import Credentials, Reader, resolve_secrets
from duetrail.plugins import plugin_errors
from duetrail.stores import Store
from duetrail.stores.shared import SharedStore
from duetrail.streams import BoundSources, Stream


class Start(Struct, frozen=True):
    """What is known before anything is read.

    Attributes:
        plan: The streams, each with those that feed it, of broken connections, too.
        credentials: The credentials of the run.
        broken: The connections that cannot begin, and why.
    """

    plan: Mapping[Stream, Sequence[Stream]]
    credentials: Credentials
    broken: Mapping[str, DuetrailError]

    @classmethod
    def of(
        cls,
        store: Store,
        connections: BoundSources,
        configured: Sequence[str],
        *,
        broken: Mapping[str, DuetrailError] | None = None,
        select: Sequence[str] = (),
    ) -> Start:
        """Make the plan and the credentials; for arguments and errors see `begun`."""
        plan = feeders(connections, configured, select)
        for connection, _ in connections.values():
            resolve_secrets(connection)
        # Several machines can share a limit only where all of them look.
        budget = store.rate_budget if isinstance(store, SharedStore) else shared
        credentials = Credentials(budget=budget)
        broken = {**(broken or {}), **_without_credential(connections, credentials)}
        return cls(plan, credentials, broken)

    def identified(
        self, store: Store, connections: BoundSources, *, accept_account: bool
    ) -> Identified:
        """Look whose accounts the connections are; for arguments and errors see `begun`."""
        reader = Reader(self.credentials)
        read = {stream.connection.name for stream in self.plan}
        begun = [name for name in connections if name in read and name not in self.broken]
        with client_loading():  # beside the hashes of credentials
            accounts = identify(
                store, [connections[name][0] for name in begun], reader, accept=accept_account
            )
        return Identified({**self.broken, **accounts.failed}, reader, accounts)


class Identified(Struct, frozen=True):
    """Whose accounts the connections of a run are.

    Attributes:
        broken: The connections that cannot begin, and why.
    """

    broken: Mapping[str, DuetrailError]
    _reader: Reader
    _accounts: Accounts

    def noted(
        self, store: Store, connections: BoundSources, now: datetime
    ) -> dict[str, DuetrailError]:
        """Note the accounts in the store.

        Returns:
            The connections whose new credential did not prove to be of the same account, and why.
        """
        with closing(self._reader):
            refused = _refused_accounts(self._accounts, connections, store, self._reader, now)
        out = self.broken.keys() | refused
        self._accounts.note(store, [name for name in connections if name not in out])
        return refused


def without(
    plan: Mapping[Stream, Sequence[Stream]], broken: Mapping[str, DuetrailError]
) -> dict[Stream, list[Stream]]:
    """A plan without what belongs to some connections."""
    return {
        stream: [feeder for feeder in found if feeder.connection.name not in broken]
        for stream, found in plan.items()
        if stream.connection.name not in broken
    }


def _without_credential(
    connections: BoundSources, credentials: Credentials
) -> dict[str, DuetrailError]:
    """Make every credential before any thread starts; the connections for which that fails."""
    failed: dict[str, DuetrailError] = {}
    for name, (connection, plugin) in connections.items():
        try:
            with plugin_errors(f"plugin {plugin.name!r} cannot make its authentication"):
                credentials.of(connection)
        except DuetrailError as error:
            failed[name] = error
    return failed


def _refused_accounts(
    accounts: Accounts,
    connections: BoundSources,
    store: Store,
    reader: Reader,
    now: datetime,
) -> dict[str, DuetrailError]:
    """The connections whose new credential did not prove to be of the same account."""
    if not accounts.unproven:
        return {}
    from duetrail.pipeline.credential_check import refusal  # seldom needed

    tried = {name: refusal(connections[name], store, reader, now) for name in accounts.unproven}
    return {name: error for name, error in tried.items() if error is not None}
