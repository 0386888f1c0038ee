"""Erasure: a person is struck out of everything a store holds, and kept out from then on.

Records stay, with `[erased]` in place of the person: what was owed and what was done remain true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from attrs import frozen

from duetrail.model import RECORDS
from duetrail.pipeline.contacts import forms_of
from duetrail.pipeline.suppression import Suppression, listed_as, salt_of
from duetrail.stores import Store, table_of
from duetrail.stores.base import Change


@frozen
class Erasure:
    """What an erasure came to.

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
    at_end: Callable[[Store], object] = lambda store: None,
) -> Erasure:
    """Erase people from a store, and put them on its suppression list.

    The files of the store are rewritten even where nothing is found: what was dropped before may
    still stand in their free pages.

    Args:
        store: The store; nobody else may be writing to it (`Store.alone`).
        contacts: Email addresses, telephone numbers, full names.
        dry_run: Whether just to count.
        at_end: What else there is to do before the files are rewritten, such as linking.

    Raises:
        UsageError: A contact is none; nothing was changed.
        StoreError: The store cannot be written; or somebody reads it, so that its files could not
            be rewritten: to erase again then does the rest.
    """
    every = [forms_of(contact) for contact in contacts]
    before, salt = store.suppressed(), salt_of(store)
    groups = [[listed_as(form, salt) for form in forms] for forms in every]
    wanted = [one for group in groups for one in group]
    suppression = Suppression([*before, *wanted])
    with store.transaction():
        if not dry_run:
            store.put_suppressed(wanted)
        removed = _counted(_remove(store, suppression, dry_run))
        changed = _counted(_strike(store, suppression, dry_run))
        if not dry_run:
            store.drop_superseded()
    if not dry_run:
        at_end(store)
        store.scrub()
    new = sum(not set(group) <= set(before) for group in groups)
    return Erasure(dry_run, len(every), new, changed, removed)


def _counted(found: Iterable[tuple[str, int]]) -> dict[str, int]:
    return {table: count for table, count in found if count}


# --- what goes ------------------------------------------------------------------------------------

# Ids that name objects, by table: an object whose id is a person goes, with all that hangs on it.
_IDS = {
    "links": ("id", "invoice_id"),
    "copies": ("id",),
    "derivations": ("id", "derived_id"),
    "checkpoints": ("shard",),
}


def _remove(store: Store, suppression: Suppression, dry_run: bool) -> Iterator[tuple[str, int]]:
    ids = dict(_IDS)
    for record in RECORDS:
        table = table_of(record.table)
        ids[table.name] = ("id",)
        ids |= {child.name: (child.parent or "",) for child in table.children.values()}
    for table_name, columns in ids.items():
        yield table_name, store.remove(table_name, columns, suppression.names, dry_run=dry_run)


# --- what is struck out ---------------------------------------------------------------------------


def _strike(store: Store, suppression: Suppression, dry_run: bool) -> Iterator[tuple[str, int]]:
    for table, changes in changes_of(suppression):
        yield table, store.rewrite(table, changes, dry_run=dry_run)


def changes_of(suppression: Suppression) -> Iterator[tuple[str, Mapping[str, Change]]]:
    """Every column a person can stand in, with what becomes of it; a test finds new ones."""
    text, label, places = suppression.text, suppression.label, suppression.places
    for record in RECORDS:
        table = table_of(record.table)
        for one in (table, *table.children.values()):
            yield one.name, suppression.columns(one)
    yield "bodies", {"body": suppression.content}
    yield "copies", {"within": places}
    yield "extras", {"extras": suppression.body}
    yield "pages", {"shard": places, "url": text, "body": suppression.body}
    yield (
        "rejects",
        {
            "within": places,
            "shard": places,
            "item": label,
            "json_path": text,
            "reason": text,
            "raw": suppression.json,
        },
    )
    yield "checkpoints", {"cursor": suppression.cursor}
    yield "runs", {"summary": suppression.json}
