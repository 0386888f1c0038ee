"""The records that a plugin makes of an item, and their rows."""

from __future__ import annotations

from duetrail.errors import BadItem, DuetrailError, PluginError
from duetrail.model import Record
from duetrail.plugins import Plugin
from duetrail.source import Connection, Item, Skip
from duetrail.stores import Row, to_row


def records_of(plugin: Plugin, connection: Connection, item: Item) -> tuple[Record, ...] | Skip:
    """The records that a plugin makes of an item, after all transforms; or why it makes none.

    Raises:
        BadItem: The item cannot be mapped.
        PluginError: They are not what the shape says.
    """
    try:
        yielded = list(plugin.map_item(item, connection))
    except BadItem:
        raise
    except Exception as error:
        # A bug in one mapping must not cost the page; the reject keeps the item until it is fixed.
        raise BadItem(f"the mapping of {plugin.name} failed: {type(error).__name__}") from None
    if yielded and isinstance(yielded[0], Skip):
        return yielded[0]
    for number, record in enumerate(yielded):
        wanted = item.shape.derives if number else (item.shape.record,)
        if not isinstance(record, wanted) or record.connection != connection.name:
            raise PluginError(
                f"plugin {plugin.name!r} made {type(record).__name__} of a "
                f"{item.shape.record.table} item in shape {item.shape.name!r}",
                hint="map_item yields the shape's record first, then only kinds the shape "
                "`derives`, all with connection=connection.name.",
            )
    if not yielded:
        raise PluginError(
            f"plugin {plugin.name!r} made nothing of an item in shape {item.shape.name!r}",
            hint="Yield the record, or Skip with a reason.",
        )
    records = tuple([record for record in yielded if isinstance(record, Record)])
    if connection.transforms:
        records = tuple([_transformed(record, connection) for record in records])
    return records


def _transformed(record: Record, connection: Connection) -> Record:
    """A record after all transforms of its connection."""
    for name, change in connection.transforms.items():
        try:
            changed = change(record)
        except DuetrailError:
            raise
        except Exception as error:
            raise BadItem(f"the transform of {name} failed: {type(error).__name__}") from None
        if type(changed) is not type(record) or changed.ref != record.ref:
            raise PluginError(
                f"plugin {name!r} transforms one of the {record.table} into another record",
                hint="transform gives back the same kind of record, of the same connection and id.",
            )
        record = changed
    return record


def rows_of(plugin: Plugin, records: tuple[Record, ...]) -> tuple[Row, ...]:
    """The rows of some records.

    Raises:
        BadItem: One of them cannot be kept.
    """
    try:
        return tuple([to_row(record) for record in records])
    except BadItem:
        raise
    except Exception as error:
        fields = "".join(f" in {name}" for name in getattr(error, "__notes__", ()))
        raise BadItem(
            f"the mapping of {plugin.name} made a record that cannot be kept: "
            f"{type(error).__name__}{fields}"
        ) from None
