"""The contract of a store: what the tests in this folder say holds for every store.

They ask a store by `duetrail.stores.Store` alone. A new store is one more way to open one. The
README's tests try SQLite, and `.ci/engines postgres` leaves that out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from duetrail.model import Ref
from duetrail.stores import Changes, Observation, Store, open_store
from support.postgres import server

STORES: dict[str, Callable[[Path], Store]] = {
    "sqlite": lambda folder: open_store("sqlite:///store.db", folder=folder, create=True),
    "postgresql": lambda _: open_store(server().new_url(), create=True),
}


@pytest.fixture(params=STORES)
def open_new(request: pytest.FixtureRequest) -> Callable[[Path], Store]:
    """Opens a new store of each kind, in a folder."""
    return STORES[request.param]


@pytest.fixture
def store(open_new: Callable[[Path], Store], tmp_path: Path) -> Iterator[Store]:
    """A new store of each kind."""
    one = open_new(tmp_path)
    yield one
    one.close()


@pytest.fixture
def lose(store: Store) -> Callable[[Ref, str], None]:
    """Marks a record as absent since a time: the only place it was seen in has lost it."""

    def mark(ref: Ref, since: str) -> None:
        seen = Observation(*ref, "all", "row", "", "", b"h", 0, 1, "$", 1, missing=2)
        with store.transaction():
            store.apply(Changes(observations={(ref, seen.place): seen}))
            store.mark_absent([ref], since, [], run=2)

    return mark
