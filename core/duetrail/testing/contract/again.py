"""The second run: what is the same is not written again, and what is new is noticed."""

from __future__ import annotations

from duetrail.testing.contract.advice import fail
from duetrail.testing.contract.suite import Suite


class Again(Suite):
    """What a second sync comes to."""

    def test_a_second_run_writes_nothing(self) -> None:
        """The same answers again: no record, link, reject or page is written."""
        bench = self.bench
        bench.good()
        project = bench.project()
        bench.sync(project)
        before = project.digest
        summary = bench.sync(project, full=True).summary
        if summary.written or project.digest != before:
            fail(
                "the same answers, read again, are written again",
                "records",
                where=[f"{one.name}: {one.written} written" for one in summary.resources],
                do="let the same item give the same records: no clock, no counter, no random",
            )

    def test_workers_make_no_difference(self) -> None:
        """One worker and sixteen leave the same store."""
        bench = self.bench
        project, before = bench.project(), bench.good().digest
        bench.sync(project, workers=16)
        if project.digest != before:
            fail(
                "sixteen workers leave another store than one",
                "fetch",
                do="keep no state outside the generator: `fetch` runs in several threads",
            )
