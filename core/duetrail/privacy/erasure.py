"""Erasure: a person is struck out of everything a store holds, and kept out from then on.

Records stay, with `[erased]` in place of the person: what was owed and what was done remain true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeVar

from attrs import frozen

from duetrail.errors import StoreError
from duetrail.model import RECORDS
from duetrail.privacy.contacts import forms_of
from duetrail.privacy.suppression import Search, Suppression, listed_as, salt_of
from duetrail.stores import StateChanges, Store, table_of
from duetrail.stores.removals import erased_id
from duetrail.stores.values import Change

Look = TypeVar("Look", bound=Callable[..., object])

Watch = Callable[[str], AbstractContextManager[Callable[[int], object]]]
"""Is given each table that is looked through; gives what is told how many more values were."""

# Values that are told of at once.
_PORTION = 100


def _unwatched(table: str) -> AbstractContextManager[Callable[[int], object]]:
    return nullcontext(lambda count: None)


@frozen
class Erasure:
    """The result of an erasure.

    Attributes:
        dry_run: Whether nothing was changed.
        contacts: How many contacts were named.
        listed: How many of them were not on the suppression list before.
        changed: Rows that named a person and do not any more, by table.
        removed: Rows that went because their very id was a person, by table.
    """

    dry_run: bool
    contacts: int
    listed: int
    changed: Mapping[str, int]
    removed: Mapping[str, int]


def erase(
    store: Store,
    contacts: Sequence[str],
    *,
    dry_run: bool = False,
    at_end: Callable[[Store, int], object] = lambda store, run: None,
    watch: Watch = _unwatched,
) -> Erasure:
    """Erase people from a store, and put them on its suppression list.

    The files of the store are rewritten even where nothing is found: what was dropped before may
    still stand in their free pages.

    Args:
        store: The store; nobody else may be writing to it (`Store.exclusive`).
        contacts: Email addresses, telephone numbers, full names.
        dry_run: Whether just to count.
        at_end: What else there is to do before the files are rewritten, such as linking; is given
            the run that changes are noted with.
        watch: Follows how far it is, through as many tables as `count_steps` says.

    Raises:
        UsageError: A contact is none; nothing was changed.
        StoreError: The store cannot be written; or somebody reads it, so that its files could not
            be rewritten: to erase again then does the rest; or they still stand somewhere.
    """
    every = [forms_of(contact) for contact in contacts]
    before, salt = store.sync_state().suppressed, salt_of(store)
    groups = [[listed_as(form, salt) for form in forms] for forms in every]
    wanted = [one for group in groups for one in group]
    new = sum(not set(group) <= set(before) for group in groups)
    if dry_run:
        suppression = Suppression([*before, *wanted])
        removed = _counted(_remove(store, suppression, 0, watch, dry_run=True))
        changed = _counted(_strike(store, suppression, 0, watch, dry_run=True))
    else:
        with store.transaction():
            store.put_sync_state(StateChanges(suppressed=wanted, is_erasing=True))
        changed, removed = finish(store, at_end, watch)
    return Erasure(dry_run, len(every), new, changed, removed)


def count_steps(dry_run: bool = False) -> int:
    """How many tables an erasure looks through, each as often as it does, the files included."""
    nobody = Suppression(())
    ids, texts = len(_ids()), sum(1 for _ in changes_of(nobody))
    return ids + texts if dry_run else 2 * ids + texts + 1 + len(_searches(nobody))


def finish(
    store: Store,
    at_end: Callable[[Store, int], object] = lambda store, run: None,
    watch: Watch = _unwatched,
) -> tuple[dict[str, int], dict[str, int]]:
    """Strike out whoever is on the list, then verify that nobody is left.

    The store has a note of it from begin to end: an erasure that was killed is finished when the
    store is opened next.

    Args:
        store: The store; nobody else may be writing to it (`Store.exclusive`).
        at_end: As for `erase`.
        watch: As for `erase`.

    Returns:
        How many rows were changed and how many removed, by table.

    Raises:
        StoreError: The store cannot be written, its files cannot be rewritten, or somebody still
            stands in it.
    """
    suppression = Suppression.of(store)
    run = _next_run(store)
    with store.transaction():
        removed = _counted(_remove(store, suppression, run, watch))
        changed = _counted(_strike(store, suppression, run, watch))
        # The hashes of documents were made before anybody was struck out.
        store.put_sync_state(StateChanges(unrecognised=None))
        store.drop_superseded()
    at_end(store, run)
    with watch("files"):
        store.compact(is_scrubbed=True)
    _verify(store, suppression, watch)
    with store.transaction():
        store.put_sync_state(StateChanges(is_erasing=False))
    return changed, removed


def _next_run(store: Store) -> int:
    """The number that the next run will have at least: what is erased changes with it.

    The last one will not do: whoever has asked what it changed would never hear of the erasure.
    """
    last = next(store.runs(), None)
    return last.run + 1 if last else 1


def _verify(store: Store, suppression: Suppression, watch: Watch) -> None:
    """Read everything once more, whatever each value was taken for before."""
    left = _counted(_remove(store, suppression, 0, watch, dry_run=True))
    for table, searches in _searches(suppression).items():
        with _looking(watch, table) as seen:
            for name, search in sorted(searches.items()):
                if count := store.rewrite(table, {name: seen(search)}, dry_run=True):
                    left[f"{table}.{name}"] = count
    if left:
        places = ", ".join(f"{place} ({count:,})" for place, count in sorted(left.items()))
        raise StoreError(
            f"who was to be erased still stands in the store, in rows of {places}",
            hint="It is written there in a form that cannot be struck out. Look at these rows with "
            "an SQL tool, change or delete them, and run the same command again.",
        )


def _searches(suppression: Suppression) -> dict[str, dict[str, Change]]:
    """For every column that somebody can stand in, by table, what changes it where somebody does.

    A column that holds many values, such as what a record was, is searched value by value.
    """
    search = Search(suppression)
    searches: dict[str, dict[str, Change]] = {}
    for table, changes in changes_of(search):
        searches.setdefault(table, {}).update(changes)
    for table, ids in _ids().items():
        searches.setdefault(table, {}).update(dict.fromkeys(ids, search.text))
    return searches


def _counted(found: Iterable[tuple[str, int]]) -> dict[str, int]:
    return {table: count for table, count in found if count}


@contextmanager
def _looking(watch: Watch, table: str) -> Iterator[Callable[[Look], Look]]:
    """A table that is looked through; gives what makes a function tell of its values."""
    with watch(table) as tell:
        count = 0

        def seen(look: Callable[..., object]) -> Callable[..., object]:
            def told(value: object) -> object:
                nonlocal count
                count += 1
                if count % _PORTION == 0:
                    tell(_PORTION)
                return look(value)

            return told

        yield seen  # type: ignore[misc]
        tell(count % _PORTION)


# --- what goes ------------------------------------------------------------------------------------

# Ids that name objects, by table: an object whose id is a person goes, with all that hangs on it.
_IDS = {
    "links": ("id", "invoice_id"),
    "observations": ("id",),
    "derivations": ("id", "derived_id"),
    "checkpoints": ("shard",),
    "withheld": ("id",),
    "history": ("id",),
}


def _ids() -> dict[str, tuple[str, ...]]:
    ids: dict[str, tuple[str, ...]] = dict(_IDS)
    for record in RECORDS:
        table = table_of(record.table)
        ids[table.name] = ("id",)
        ids |= {child.name: (child.parent or "",) for child in table.children.values()}
    return ids


def _remove(
    store: Store, suppression: Suppression, run: int, watch: Watch, *, dry_run: bool = False
) -> Iterator[tuple[str, int]]:
    for table, columns in _ids().items():
        with _looking(watch, table) as seen:
            is_gone = seen(suppression.is_personal_id)
            count = store.remove(table, columns, is_gone, run=run, dry_run=dry_run)
        yield table, count


# --- what is struck out ---------------------------------------------------------------------------


def _strike(
    store: Store, suppression: Suppression, run: int, watch: Watch, *, dry_run: bool = False
) -> Iterator[tuple[str, int]]:
    for table, changes in changes_of(suppression):
        with _looking(watch, table) as seen:
            watched = {column: seen(change) for column, change in changes.items()}
            count = store.rewrite(table, watched, run=run, dry_run=dry_run)
        yield table, count


def changes_of(suppression: Suppression) -> Iterator[tuple[str, Mapping[str, Change]]]:
    """Every column a person can stand in, with what becomes of it. A test finds new ones."""
    text, label, lines = suppression.text, suppression.label, suppression.lines
    for record in RECORDS:
        table = table_of(record.table)
        for one in (table, *table.children.values()):
            yield one.name, suppression.columns(one)
    yield "variants", {"content": suppression.content}
    yield "history", {"content": suppression.state}
    yield "removals", {"id": lambda id: erased_id(id) if suppression.is_personal_id(id) else id}
    yield "observations", {"within": lines}
    yield "extras", {"extras": suppression.body}
    yield "pages", {"shard": lines, "url": text, "body": suppression.body}
    yield (
        "rejects",
        {
            "within": lines,
            "shard": lines,
            "item": label,
            "json_path": text,
            "reason": text,
            "raw": suppression.json,
        },
    )
    yield "checkpoints", {"cursor": suppression.cursor}
    yield "runs", {"summary": suppression.json}
