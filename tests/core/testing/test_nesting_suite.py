"""What is declared alone passes the suite: kinds in one list, the object around, notes by bill."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from duetrail.model import BY_TABLE, fields_of
from duetrail.testing import ContractTests

_HERE = Path(__file__).parent
_FILLED = {
    "invoices": {
        "number",
        "status",
        "currency",
        "total",
        "customer_id",
        "customer_name",
        "updated_at",
        "lines",
    },
    "payments": {"currency", "amount"},
    "emails": {"channel", "subject", "sent_at", "customer_id", "text"},
    "calls": {"reason", "started_at"},
    "parties": {"name", "billing_address"},
}


def nesting() -> object:
    """A plugin that is a file, and installed nowhere."""
    spec = spec_from_file_location("nesting", _HERE / "nesting.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["nesting"] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def but(table: str) -> list[str]:
    """The fields that Nesting never fills."""
    names = {one.name for one in fields_of(BY_TABLE[table])} - _FILLED[table]
    return sorted(
        name for name in names - {"connection", "id", "invoices"} if not name.endswith("_raw")
    )


class TestNesting(ContractTests):
    """All of it."""

    source = nesting()
    cassettes = _HERE / "nesting.yaml"
    known = {"emails": {"11": {"invoices": ["1"]}, "202": {"invoices": ["2"]}}}
    settings = {"client_id": "made-up-client", "page_size": 2}
    absent = {table: but(table) for table in _FILLED} | {
        "invoice_lines": "remote_id updated_at line_number description quantity "
        "unit_price discount tax created_at period_start_at period_end_at"
    }
