"""Where records were seen: the questions about single observations, beside those of a commit.

Every statement of the reading side that names the table of observations is in this module.
"""

from __future__ import annotations

from collections.abc import Sequence

from duetrail.stores.database import SEEN, Database, marks
from duetrail.stores.values import as_line, from_line


class SqliteSightings(Database):
    """See `duetrail.stores.protocols.Sightings`."""

    def has_observations(self, connection: str, resource: str | None = None) -> bool:
        """Whether anything of a connection, or of one of its resources, was ever stored."""
        found = self._read(
            "SELECT 1 FROM observations WHERE connection = :connection "
            "AND (:resource IS NULL OR resource = :resource) LIMIT 1",
            {"connection": connection, "resource": resource},
        )
        return bool(found)

    def observed_shapes(self, connection: str) -> set[tuple[str, str]]:
        """The (resource, shape) in which anything of a connection was ever stored."""
        sql = "SELECT DISTINCT resource, shape FROM observations WHERE connection = ?"
        return set(self._read(sql, (connection,)))

    def latest_keys(
        self, connection: str, resource: str, shapes: Sequence[str], most: int
    ) -> list[str]:
        """The keys whose answers showed something in these shapes last, newest first."""
        found = self._read(
            f"SELECT within, max({SEEN}) AS last FROM observations AS o {_present(shapes)} "
            "GROUP BY within ORDER BY last DESC, within LIMIT ?",
            (connection, resource, *shapes, most),
        )
        return [from_line(within) for within, _ in found]

    def count_present(
        self,
        connection: str,
        resource: str,
        shapes: Sequence[str],
        keys: Sequence[str] | None = None,
    ) -> int:
        """How many records a resource shows in these shapes, or the answers to some keys do."""
        lines = [as_line(key) for key in keys or ()]
        asked = "" if keys is None else f" AND within IN ({marks(len(lines))})"
        ((count,),) = self._read(
            "SELECT count(*) FROM "
            f"(SELECT DISTINCT record, id FROM observations AS o {_present(shapes)}{asked})",
            (connection, resource, *shapes, *lines),
        )
        return int(count)


def _present(shapes: Sequence[str]) -> str:
    """SQL for the observations of a resource in some shapes that are not missing."""
    return (
        f"WHERE connection = ? AND resource = ? AND shape IN ({marks(len(shapes))}) AND missing = 0"
    )
