"""The account of a connection, noted in the store to keep the data of two accounts apart.

A connection is one account at one vendor. The store keeps a fingerprint of each: plugin, base URL,
and salted hashes of what the vendor calls the account and of the configured secrets. Another
plugin, base URL or account is an error. Other secrets may be a rotated token of the same account,
or another account's: where the vendor does not say, `duetrail.pipeline.credential_check` finds out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from hashlib import pbkdf2_hmac
from secrets import token_bytes

from attrs import evolve
from msgspec import Struct

from duetrail.errors import ConfigError, DuetrailError
from duetrail.http.address import Address
from duetrail.pipeline.read import Reader, resolve_secrets
from duetrail.pipeline.sightings import was_seen
from duetrail.source import Connection
from duetrail.stores import CheckpointQuery, Fingerprint, StateChanges, Store

# Bytes.
_SALT = 16
# A password is short, and the store may be read by others: each guess is to cost something.
_ROUNDS = 100_000


class Accounts(Struct, frozen=True):
    """What is to be noted of the accounts of a run, and which of them are not proven yet.

    Attributes:
        fingerprints: The fingerprint of each connection, as it will be noted.
        unproven: The connections with a new credential of which the vendor names no account.
        failed: The connections that could not even be asked, and why.
    """

    fingerprints: Mapping[str, Fingerprint]
    unproven: Collection[str]
    failed: Mapping[str, DuetrailError]

    def note(self, store: Store, names: Collection[str]) -> None:
        """Note the accounts of these connections, where they are not noted just so already."""
        new = [one for name, one in self.fingerprints.items() if name in names]
        noted = store.sync_state().fingerprints
        new = [one for one in new if noted.get(one.connection) != one]
        if new:
            with store.transaction():
                # Perhaps another account was read, of which there was nothing to keep: how far it
                # was read says nothing of this one.
                names = [one.connection for one in new]
                dropped = [CheckpointQuery(n) for n in names if not was_seen(store, n)]
                store.put_sync_state(StateChanges(fingerprints=new, dropped_checkpoints=dropped))


def identify(
    store: Store, connections: Collection[Connection], reader: Reader, *, accept: bool = False
) -> Accounts:
    """Compare the accounts of some connections with those whose data the store has.

    Args:
        store: Where they are noted.
        connections: The connections of a run.
        reader: Asks the vendors that say whose account it is.
        accept: Whether the user says that they are the same, whatever has changed.

    Raises:
        ConfigError: A connection leads to another account than before; nothing was read.
    """
    if not accept:  # before any vendor gets a credential that may be another's
        for connection in connections:
            refuse_moved(store, connection)
    fingerprints: dict[str, Fingerprint] = {}
    unproven: list[str] = []
    failed: dict[str, DuetrailError] = {}
    for connection in connections:
        try:
            account = reader.account(connection)
        except DuetrailError as error:
            failed[connection.name] = error
            continue
        now, before = _fingerprints(store, connection, account)
        if before is not None and not accept:
            is_named = _is_same_account(before, now)
            if now.credential != before.credential and not is_named:
                unproven.append(connection.name)
            now = evolve(now, account=now.account or before.account)
        fingerprints[connection.name] = now
    return Accounts(fingerprints, unproven, failed)


def refuse_moved(store: Store, connection: Connection, *, place: bool = True) -> None:
    """Compare plugin and base URL with those that the stored data came by; nobody is asked.

    Args:
        store: Where they are noted.
        connection: The connection as it is configured now.
        place: Whether the base URL counts; not where nothing is to be sent there.

    Raises:
        ConfigError: They are others.
    """
    before = _noted(store, connection.name)
    if before is None:
        return
    facts = [("plugin", before.plugin, connection.source.name)]
    facts += [("base_url", before.base_url, _place(connection))] if place else []
    for what, old, new in facts:
        if old != new:
            raise ConfigError(
                f"connection {connection.name!r} has another {what} than its data in the store: "
                f"it was {old}, and now is {new}",
                hint=_what_to_do(connection.name),
            )


def _fingerprints(
    store: Store, connection: Connection, account: str | None
) -> tuple[Fingerprint, Fingerprint | None]:
    """The fingerprint of today, and the one of what is stored, hashed with one salt."""
    before = _noted(store, connection.name)
    tried = store.sync_state().fingerprints.get(connection.name)
    salt = tried.salt if tried else token_bytes(_SALT)
    secrets = resolve_secrets(connection)
    now = Fingerprint(
        connection=connection.name,
        plugin=connection.source.name,
        base_url=_place(connection),
        salt=salt,
        account=_hash(account, salt) if account else None,
        credential=_hash(repr(secrets), salt) if secrets else None,
    )
    return now, before


def _noted(store: Store, name: str) -> Fingerprint | None:
    """The fingerprint of what is stored; none where nothing is, whatever was tried before."""
    fingerprint = store.sync_state().fingerprints.get(name)
    return fingerprint if fingerprint and was_seen(store, name) else None


def _is_same_account(before: Fingerprint, now: Fingerprint) -> bool:
    """Whether the vendor says that both are one account; not where it says nothing.

    Raises:
        ConfigError: It says that they are two.
    """
    if before.account is None or now.account is None:
        return False
    if before.account != now.account:
        raise ConfigError(
            f"connection {now.connection!r} leads to another account than its data in the store, "
            "as the vendor or a setting says",
            hint=_what_to_do(now.connection),
        )
    return True


def _what_to_do(name: str) -> str:
    return (
        "Nothing was read. If it is another account, add a connection with another name for it. If "
        f"it is the same account, run `duetrail sync {name} --accept-account`."
    )


def _place(connection: Connection) -> str:
    """The base URL as it is compared: however host, port and end are written, one place is one."""
    address = Address.of(connection.base_url, connection.name)
    scheme, _, rest = address.base.partition("://")
    host = f"[{address.host}]" if ":" in address.host else address.host.rstrip(".")
    path = rest.partition("/")[2]
    return f"{scheme}://{host}:{address.port}{'/' if path else ''}{path}"


def _hash(text: str, salt: bytes) -> bytes:
    return pbkdf2_hmac("sha256", text.encode(errors="surrogatepass"), salt, _ROUNDS)
