"""dlt asking two requests a key on many threads, rows mapped by hand, into an SQLite file.

dlt_keys.py URL KEYS WORKERS FILE
"""

import os
import sys
import threading
from pathlib import Path

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt
import orjson
import requests

COLUMNS = ["id", "invoice_id", "status", "duration", "from", "to", "created_time"]
local = threading.local()
url, keys, workers, file = sys.argv[1:]
os.environ["EXTRACT__WORKERS"] = workers
os.environ["EXTRACT__MAX_PARALLEL_ITEMS"] = workers


@dlt.resource(name="keys", selected=False)
def every_key():
    """The keys, all at once."""
    yield [f"k{number}" for number in range(int(keys))]


@dlt.defer
def ask(key, resource):
    """The rows of an answer, in the table of its resource."""
    if not hasattr(local, "client"):
        local.client = requests.Session()
    answer = local.client.get(f"{url}/{resource}", params={"invoice_id": key})
    answer.raise_for_status()
    rows = orjson.loads(answer.content)["data"]
    return [{"resource": resource} | {name: row.get(name) for name in COLUMNS} for row in rows]


@dlt.transformer(data_from=every_key, table_name=lambda row: row["resource"])
def answers(some):
    """Both answers to each key."""
    for key in some:
        for resource in ("calls", "callouts"):
            yield ask(key, resource)


dlt.pipeline(
    pipeline_name="bench",
    pipelines_dir=str(Path(file).parent / "dlt"),
    destination=dlt.destinations.sqlalchemy(f"sqlite:///{file}"),
    dataset_name="main",
).run(answers)
