"""Duetrail as it is measured: the command, a configuration, and what its store holds."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from attrs import frozen
from landed import in_sqlite, refuse_other
from measuring import Cost, Failed, cost

_COMMAND = [sys.executable, "-c", "from duetrail.cli import main; main(prog_name='duetrail')"]

_STUUT = """
[connections.stuut]
base_url = "{url}"
token = "bench-token-of-24-letters"
page_size = 200
amounts = "major"
cross_check = false
"""
_CREDIRA = """
[connections.credira]
base_url = "{url}"
token = "bench-token-of-24-letters"
invoices = "file:keys.txt"
"""


@frozen
class Duetrail:
    """One project in a folder of its own.

    Attributes:
        folder: Where its configuration and its store are.
    """

    folder: Path

    def listing(self, url: str) -> Duetrail:
        """Configure it to read a list."""
        self._write(_STUUT.format(url=url))
        return self

    def keyed(self, url: str, keys: int) -> Duetrail:
        """Configure it to ask with so many keys."""
        (self.folder / "keys.txt").write_text("".join(f"k{one}\n" for one in range(keys)))
        self._write(_CREDIRA.format(url=url))
        return self

    def sync(self, select: str = "invoices", *more: str) -> Cost:
        """Measure a sync.

        Raises:
            Failed: It did not end well.
        """
        return cost([*_COMMAND, "sync", "--json", "--select", select, *more], self.folder)

    def again(self) -> Cost:
        """Measure a full reading of a list in which nothing is new.

        Raises:
            Failed: It wrote a record.
        """
        took = self.sync("invoices", "--full")
        written = json.loads(took.said)["records"]
        if any(written.values()):
            raise Failed(f"Duetrail wrote {written} although nothing was new")
        return took

    def verify(self, kind: str, wanted: dict[str, int]) -> None:
        """Refuse a store that holds something else than the vendor.

        Raises:
            Failed: It does.
        """
        refuse_other("Duetrail", in_sqlite(self.folder / "duetrail.db", "total", kind), wanted)

    def _write(self, connection: str) -> None:
        (self.folder / "duetrail.toml").write_text(connection)
