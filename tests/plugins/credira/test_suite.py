"""Credira's plugin keeps the contract."""

from pathlib import Path

from duetrail.testing import ContractTests

CASSETTES = Path(__file__).parents[3] / "cassettes/plugins/credira"


class TestByInvoice(ContractTests):
    source = "credira"
    cassettes = CASSETTES / "by_invoice.yaml"
    settings = {"invoices": [*(f"ERP-{number:06}" for number in range(1, 7)), "ERP-999999"]}


class TestInDetail(ContractTests):
    source = "credira"
    cassettes = CASSETTES / "in_detail.yaml"
    settings = {"invoices": ["ERP-000006"], "include": ["call-details", "responses"]}
