"""A plugin written for contract 1.2 keeps working, with all that this contract brought."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from duetrail import api
from duetrail.pipeline import digest
from duetrail.stores import open_store
from duetrail.testing import Answer, LoopbackServer, Request
from duetrail.testing.token_server import TokenServer

FROZEN = Path(__file__).with_name("frozen") / "contract_1_2.py"

DIGEST = "75f9273f732dec85fd368e3448b526d70cdea5289c9172c593d07f33b454213c"
"""Of the store after a sync, by the Duetrail whose contract was 1.2."""

EVENTS = [
    {"id": 11, "type": "email", "subject": "Reminder", "at": "2026-03-11T09:30:00Z"},
    {"id": 12, "type": "call", "subject": "Asked", "at": "2026-03-11T10:30:00Z"},
    {"id": 13, "type": "view", "at": "2026-03-11T11:30:00Z"},
]
BILL = {
    "id": 1,
    "no": 1001,
    "state": "open",
    "cur": "JPY",
    "total": "1050",
    "payer": 71,
    "changed": "2026-03-01T08:00:00Z",
    "company": "",
    "person": "Ada",
    "rows": [{"kind": "item", "label": "Kiln", "cents": 1050}, {"kind": "note", "label": "x"}],
    "payments": [{"id": 901, "cents": 50}],
    "events": EVENTS,
}
ANSWERS = {
    "/bills": {"bills": [BILL], "links": {"next": None}},
    "/bills/1/notes": {"notes": [{"id": 201, "text": "Called back"}]},
    "/made-up%20client/payers": [{"id": 71, "name": "Ada", "street": "1 Way", "town": "Ulm"}],
}


@pytest.fixture
def config(site: Any, write_config: Any) -> Iterator[Path]:
    """A configuration for the frozen plugin and its vendor."""
    site.install("frozen", FROZEN.read_text(encoding="utf-8"))

    def respond(request: Request) -> Answer:
        if not tokens.lets_in(request) or request.path not in ANSWERS:
            return Answer.of({}, 404)
        return Answer.of(ANSWERS[request.path])

    with TokenServer(client_id="made-up client") as tokens, LoopbackServer(respond) as server:
        yield write_config(
            f'[connections.frozen]\nbase_url = "{server.url}"\ntoken_url = "{tokens.url}"\n'
            f'client_id = "{tokens.client_id}"\nclient_secret = "{tokens.client_secret}"\n'
        )


def test_it_syncs(config: Path) -> None:
    """Kinds in one list, the object around, keys and settings in paths; the digest is as it was."""
    summary = api.sync(config=config)
    assert (summary.exit_code, summary.open_rejects) == (0, 0)
    assert {one.resource: dict(one.skipped) for one in summary.resources}["bills"] == {
        "no shape is for it": 1
    }
    with closing(open_store(f"sqlite:///{config.parent}/duetrail.db")) as store:
        (paid,) = store.select("SELECT id, currency, amount FROM payments")
        assert tuple(paid.values()) == ("901", "JPY", "50")
        (bill,) = store.select("SELECT id, number, total, customer_name FROM invoices")
        assert tuple(bill.values()) == ("1", "1001", "1050", "Ada")
        assert digest(store) == DIGEST
