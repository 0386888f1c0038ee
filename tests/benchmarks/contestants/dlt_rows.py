"""dlt with rows mapped by hand, into an SQLite file.

dlt_rows.py URL COUNT FILE
"""

import os
import sys
from pathlib import Path

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt
from columns import CALL, EMAIL, INVOICE
from listing import pages


def named(objects, names):
    """The columns of each object, as dlt wants them."""
    return [{name: one.get(name) for name in names} for one in objects]


@dlt.resource(name="invoices")
def invoices(url):
    """All tables, a page at a time."""
    for page in pages(url):
        yield named(page, INVOICE)
        for table, key, names in (("calls", "calls", CALL), ("emails", "emails", EMAIL)):
            inside = named([one for invoice in page for one in invoice[key]], names)
            if inside:
                yield dlt.mark.with_table_name(inside, table)


if __name__ == "__main__":
    url, _, file = sys.argv[1:]
    pipeline = dlt.pipeline(
        pipeline_name="bench",
        pipelines_dir=str(Path(file).parent / "dlt"),
        destination=dlt.destinations.sqlalchemy(f"sqlite:///{file}"),
        dataset_name="main",
    )
    pipeline.run(invoices(url))
