"""Exante's plugin keeps the contract."""

from pathlib import Path

from duetrail.testing import ContractTests

CASSETTES = Path(__file__).parents[3] / "cassettes/plugins/exante"


class TestInvoices(ContractTests):
    source = "exante"
    cassettes = CASSETTES / "invoices.yaml"
    settings = {"page_size": 2}


class TestIncluded(ContractTests):
    source = "exante"
    cassettes = CASSETTES
    settings = {"page_size": 2, "include": ["details", "drafts", "conversations"]}
