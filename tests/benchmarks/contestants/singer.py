"""singer-sdk: a REST tap, piped into a target of its own SQL sink, with an SQLite file.

singer.py URL COUNT FILE
"""

import json
import sqlite3
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from columns import CALL, EMAIL, INVOICE

# sqlite3 takes neither of these, and the sink hands them on as they are.
sqlite3.register_adapter(Decimal, str)
sqlite3.register_adapter(list, json.dumps)


def schema_of(names):
    """Text everywhere but where a number or a flag is."""
    kinds = {"total_amount": "number", "subtotal": "number", "amount_due": "number"}
    kinds["is_automated"] = "boolean"
    properties = {name: {"type": [kinds.get(name, "string"), "null"]} for name in names}
    return {"type": "object", "properties": properties}


def tap(url):
    """Write all records and their schemas to stdout."""
    from singer_sdk import RESTStream, Tap
    from singer_sdk import typing as th

    class Invoices(RESTStream):
        name = "invoices"
        path = "/v1/invoices"
        primary_keys = ("id",)
        schema = schema_of(INVOICE)
        records_jsonpath = "$.data[*]"
        next_page_token_jsonpath = "$.next_page"
        url_base = url

        def get_url_params(self, context, next_page_token):
            return {"page": next_page_token or 0, "limit": 200}

        def generate_child_contexts(self, record, context):
            yield {"calls": record["calls"], "emails": record["emails"]}

        def post_process(self, row, context=None):
            return row

    class Inside(RESTStream):
        primary_keys = ("id",)
        path = ""
        url_base = url
        parent_stream_type = Invoices
        state_partitioning_keys = ()

        def get_records(self, context):
            yield from context[self.name]

    class Calls(Inside):
        name = "calls"
        schema = schema_of(CALL)

    class Emails(Inside):
        name = "emails"
        schema = schema_of(EMAIL)

    class Bench(Tap):
        name = "tap-bench"
        config_jsonschema = th.PropertiesList().to_dict()

        def discover_streams(self):
            return [Invoices(self), Calls(self), Emails(self)]

    Bench(config={}, parse_env_config=False).sync_all()


def target(file):
    """Bring what stdin says into an SQLite file."""
    from singer_sdk.sql import SQLConnector, SQLSink, SQLTarget

    class Connector(SQLConnector):
        allow_temp_tables = False

        def get_sqlalchemy_url(self, config):
            return f"sqlite:///{file}"

    class Sink(SQLSink):
        connector_class = Connector
        max_size = 10_000

    class Bench(SQLTarget):
        name = "target-bench"
        default_sink_class = Sink
        config_jsonschema = {"type": "object", "properties": {}}

    Bench(config={}, parse_env_config=False).listen(sys.stdin)


if __name__ == "__main__":
    if sys.argv[1] == "--tap":
        tap(sys.argv[2])
    elif sys.argv[1] == "--target":
        target(sys.argv[2])
    else:
        url, _, file = sys.argv[1:]
        me = [sys.executable, str(Path(__file__))]
        first = subprocess.Popen([*me, "--tap", url], stdout=subprocess.PIPE)
        second = subprocess.Popen([*me, "--target", file], stdin=first.stdout)
        first.stdout.close()
        sys.exit(first.wait() or second.wait())
