"""Yeti's plugin keeps the contract."""

from datetime import UTC, date, datetime
from pathlib import Path

from duetrail.testing import ContractTests

CASSETTES = Path(__file__).parents[3] / "cassettes/plugins/yeti"


class TestLists(ContractTests):
    source = "yeti"
    cassettes = CASSETTES / "lists.yaml"
    settings = {
        "base_url": "https://yeti.example.org/api/rest/customer/v1",
        "login": "env:YETI_LOGIN",
        "password": "env:YETI_PASSWORD",
        "page_size": 12,
        "calls_from": date(2026, 6, 26),
        "call_page_size": 3,
    }
    now = datetime(2026, 6, 30, 12, tzinfo=UTC)
