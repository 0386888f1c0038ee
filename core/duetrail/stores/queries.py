"""What a store is asked: small values, each a table's rows and which of them.

What is not given does not count, so a query without arguments means everything. An empty list is
something else than none: nothing is in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

from duetrail.model import Ref
from duetrail.stores.values import RejectKey


class RecordQuery(NamedTuple):
    """Records of one table.

    Attributes:
        table: The record table.
        connection: Whose.
        ids: Those with one of these ids.
        is_present: Those that are not marked as absent.
        is_bare: Whether they come without children and without the invoices a vendor names.
        changed_since: Those that a later run than this one has changed.
    """

    table: str
    connection: str | None = None
    ids: Collection[str] | None = None
    is_present: bool = False
    is_bare: bool = False
    changed_since: int | None = None


class RemovalQuery(NamedTuple):
    """Records of one table that are not stored any more.

    Attributes:
        table: The record table.
        since: Those that a later run than this one has removed.
        connection: Whose.
    """

    table: str
    since: int = 0
    connection: str | None = None


class ValueQuery(NamedTuple):
    """Values of a text column of records, or of their children.

    Attributes:
        table: The record table; or a table of children, whose values are those of their records.
        column: One of its columns, or `id`.
        connection: Whose records.
        values: These values; None for all but the empty text.
        after: Those that come after this value; only without `values`.
        most: How many values at most.
        is_present: Those of records that are not marked as absent; not of children.
    """

    table: str
    column: str
    connection: str | None = None
    values: Collection[str] | None = None
    after: str = ""
    most: int | None = None
    is_present: bool = False


class CountQuery(NamedTuple):
    """How many rows there are.

    Attributes:
        table: The table.
        by: The column by whose values they are counted.
        connection: Whose.
        where: The values of further columns; an empty text is NULL, too.
        is_absent: Those of records that are marked as absent.
    """

    table: str
    by: str = "connection"
    connection: str | None = None
    where: Mapping[str, str] = MappingProxyType({})
    is_absent: bool = False


class LinkQuery(NamedTuple):
    """Links of touches to invoices, and between invoices that are the same.

    Attributes:
        touches: Those from one of these records.
        invoices: Those to one of these invoices.
        invoice_ids: Those to invoices with one of these ids, of whatever connection.
        is_present: Those of touches that are not absent, to invoices that are not; a link that a
            vendor names stays whether the invoice is there or not.
    """

    touches: Collection[Ref] | None = None
    invoices: Collection[Ref] | None = None
    invoice_ids: Collection[str] | None = None
    is_present: bool = False


class DerivationQuery(NamedTuple):
    """Which records were read off which.

    Attributes:
        origins: Those that were read off one of these.
        derived: Those that are among these.
    """

    origins: Collection[Ref] | None = None
    derived: Collection[Ref] | None = None


class ObservationQuery(NamedTuple):
    """Observations of records, each in one place.

    Attributes:
        refs: Those of these records.
        page: Those that stand on this page.
        connection: Whose.
        resource: Those in this resource.
        shapes: Those in these shapes.
        keys: Those at the top of the answers to these keys.
        is_present: Those that are not missing.
        missing_in: With `is_present`, those that this run proved to be missing, too.
        answered_since: Those that stand under keys which were answered in this run or later, or
            after what stands there was seen.
        is_differing: Those that say something else than another observation of their record.
        is_newest_first: Whether those that were seen last come first, those of one run by place.
        most: How many at most.
    """

    refs: Collection[Ref] | None = None
    page: int | None = None
    connection: str | None = None
    resource: str | None = None
    shapes: Collection[str] | None = None
    keys: Collection[str] | None = None
    is_present: bool = False
    missing_in: int = 0
    answered_since: int | None = None
    is_differing: bool = False
    is_newest_first: bool = False
    most: int | None = None


class Loss(NamedTuple):
    """Observations that a reading proved to be missing.

    Attributes:
        connection: Whose.
        resource: The resource that was read.
        run: The run that proved it.
        shapes: Those in these shapes.
        unseen_since: Those that no run from this one on has met.
        is_replaced: Those that differ from another of their record, where some run from
            `unseen_since` on has met one in the same shape. They are forgotten, not marked.
        is_unanswered: Those that a later answer to their key did not show.
        places: Those that stood in these places: a key, or the ids of the items around.
        depth: Which line of `Observation.within` names the place: 0 the first.
    """

    connection: str
    resource: str
    run: int
    shapes: Collection[str] | None = None
    unseen_since: int | None = None
    is_replaced: bool = False
    is_unanswered: bool = False
    places: Collection[str] | None = None
    depth: int = 0


class RejectQuery(NamedTuple):
    """Open rejects.

    Attributes:
        connection: Whose.
        resource: Of which resource.
        shards: Those that came with one of these shards.
        keys: Those that are told from others so.
        unseen_since: Those that no run from this one on has met.
        is_answered: Those whose key was answered in a later run without them.
    """

    connection: str | None = None
    resource: str | None = None
    shards: Collection[str] | None = None
    keys: Collection[RejectKey] | None = None
    unseen_since: int | None = None
    is_answered: bool = False


class CheckpointQuery(NamedTuple):
    """How far shards have come.

    Attributes:
        connection: Whose.
        resource: Of which resource.
        shards: Of these shards.
    """

    connection: str | None = None
    resource: str | None = None
    shards: Collection[str] | None = None


class PageQuery(NamedTuple):
    """Kept pages.

    Attributes:
        connections: Those of these connections.
    """

    connections: Collection[str] | None = None


EVERY_REJECT = RejectQuery()
EVERY_CHECKPOINT = CheckpointQuery()
EVERY_PAGE = PageQuery()
