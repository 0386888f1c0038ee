"""Stuut's plugin keeps the contract."""

from pathlib import Path

from duetrail.testing import ContractTests

CASSETTES = Path(__file__).parents[3] / "cassettes/plugins/stuut"


class TestInvoices(ContractTests):
    source = "stuut"
    cassettes = CASSETTES / "invoices.yaml"
    settings = {"page_size": 3}


class TestEverything(ContractTests):
    source = "stuut"
    cassettes = CASSETTES / "everything.yaml"
    settings = {
        "page_size": 3,
        "cross_check": False,
        "include": ["calls", "call-details", "partners", "payments", "remittances", "tasks"],
    }
