"""The bare loop: requests, msgspec and sqlite3, with no mapping, no checks and no promises.

bare.py URL COUNT FILE        every page of a list, into an SQLite file
bare.py URL KEYS WORKERS      two requests a key, on so many threads
"""

import sqlite3
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import msgspec
import requests
from columns import CALL, EMAIL, INVOICE


def pages(url):
    """Every page of a list, parsed."""
    client, number = requests.Session(), 0
    client.headers["Authorization"] = "Bearer bench-token-of-24-letters"
    while number is not None:
        answer = client.get(f"{url}/v1/invoices", params={"page": number, "limit": 200})
        answer.raise_for_status()
        data = msgspec.json.decode(answer.content)
        yield data["data"]
        number = data["next_page"]


def rows(objects, names):
    """The columns of each object."""
    return [[one.get(name) for name in names] for one in objects]


def load(url, file):
    """Read all pages into three tables, a transaction a page."""
    store = sqlite3.connect(file)
    store.execute("PRAGMA journal_mode = WAL")
    store.execute("PRAGMA synchronous = NORMAL")
    inserts = {}
    for table, names in (("invoices", INVOICE), ("calls", CALL), ("emails", EMAIL)):
        columns = ", ".join(f'"{name}"' for name in names)
        store.execute(f'CREATE TABLE {table} ({columns}, PRIMARY KEY ("id"))')
        inserts[table] = f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})"
    for page in pages(url):
        with store:
            store.executemany(inserts["invoices"], rows(page, INVOICE))
            calls = [call for invoice in page for call in invoice["calls"]]
            store.executemany(inserts["calls"], rows(calls, CALL))
            emails = [email for invoice in page for email in invoice["emails"]]
            store.executemany(inserts["emails"], rows(emails, EMAIL))
    store.close()


def fan_out(url, keys, workers):
    """Two requests a key; prints how many objects came."""
    local = threading.local()

    def ask(place):
        if not hasattr(local, "client"):
            local.client = requests.Session()
        key, resource = divmod(place, 2)
        path = ("calls", "callouts")[resource]
        answer = local.client.get(f"{url}/{path}", params={"invoice_id": f"k{key}"})
        return len(msgspec.json.decode(answer.content)["data"])

    with ThreadPoolExecutor(workers) as pool:
        print(sum(pool.map(ask, range(2 * keys))))  # noqa: T201


if __name__ == "__main__":
    url, first, second = sys.argv[1:]
    if second.isdigit():
        fan_out(url, int(first), int(second))
    else:
        load(url, second)
