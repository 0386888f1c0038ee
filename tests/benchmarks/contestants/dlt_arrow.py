"""dlt with rows mapped by hand to Arrow tables, into a DuckDB file: its fastest form.

dlt_arrow.py URL COUNT FILE
dlt_arrow.py --landed FILE      what landed, as JSON
"""

import json
import os
import sys
from pathlib import Path

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"


def landed(file):
    """Rows of each table, and the sum of money in minor units."""
    import duckdb

    store = duckdb.connect(file, read_only=True)
    tables = {row[0] for row in store.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    sql = "SELECT count(*), sum(CAST(round(total_amount * 100) AS BIGINT)) FROM bench.invoices"
    count, cents = store.execute(sql).fetchone()
    found = {"invoices": count, "cents": int(cents)}
    for table in {"calls", "emails"} & tables:
        found[table] = store.execute(f"SELECT count(*) FROM bench.{table}").fetchone()[0]
    return found


def load(url, file):
    """Read all pages into three tables."""
    import dlt
    import pyarrow
    from columns import CALL, EMAIL, INVOICE
    from listing import pages

    def table(objects, names):
        return pyarrow.table({name: [one.get(name) for one in objects] for name in names})

    @dlt.resource(name="invoices")
    def invoices():
        for page in pages(url):
            yield table(page, INVOICE)
            for key, names in (("calls", CALL), ("emails", EMAIL)):
                inside = [one for invoice in page for one in invoice[key]]
                if inside:
                    yield dlt.mark.with_table_name(table(inside, names), key)

    pipeline = dlt.pipeline(
        pipeline_name="bench",
        pipelines_dir=str(Path(file).parent / "dlt"),
        destination=dlt.destinations.duckdb(file),
        dataset_name="bench",
    )
    pipeline.run(invoices())


if __name__ == "__main__":
    if sys.argv[1] == "--landed":
        print(json.dumps(landed(sys.argv[2])))  # noqa: T201
    else:
        load(sys.argv[1], sys.argv[3])
