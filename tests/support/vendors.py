"""How each vendor's plugin is connected to a sandbox, for tests that all of them pass alike."""

from __future__ import annotations

from datetime import date
from typing import Any

from attrs import frozen

from duetrail_sandbox.server import Sandbox
from support.scripted import Project

VENDORS = ("stuut", "credira", "exante", "yeti")
LOGIN, PASSWORD = "sandbox-yeti-login", "sandbox-yeti-password"

# With everything that is optional of Credira and Exante; Yeti's calls are of the sandbox's time.
SETTINGS: dict[str, dict[str, Any]] = {
    "stuut": {"token": "sandbox-stuut-token"},
    "credira": {
        "token": "sandbox-credira-token",
        "invoices": "stuut:remote_id",
        "include": ["call-details", "responses"],
    },
    "exante": {
        "token": "sandbox-exante-token",
        "page_size": 15,
        "include": ["details", "drafts", "conversations"],
    },
    "yeti": {
        "token": None,
        "login": LOGIN,
        "password": PASSWORD,
        "page_size": 5,
        "calls_from": "2026-01-01",
    },
}


def connected(project: Project, sandbox: Sandbox, vendor: str) -> Project:
    """The project with this vendor, and for Credira with Stuut, whose invoices are its keys."""
    for name in ("stuut", vendor) if vendor == "credira" else (vendor,):
        project.connect(name, base_url=sandbox.base_urls[name], **SETTINGS[name])
    return project


@frozen
class Recorded:
    """A vendor's cassettes: the address they show, and how the project was connected.

    ``secrets`` are what the environment holds, and ``pages`` other hosts that the vendor names.
    ``invoices`` is how large the sandbox is that they are recorded from anew.
    """

    public: str
    names: tuple[str, ...]
    secrets: dict[str, str]
    settings: dict[str, Any]
    invoices: int = 6
    pages: tuple[str, ...] = ()

    @property
    def wrong(self) -> str:
        """The variable of the secret that the vendor refuses if it is wrong."""
        return [*self.secrets][-1]


# The ERP ids of the sandbox's invoices, and one it does not have.
KEYS = [*(f"ERP-{number:06}" for number in range(1, 7)), "ERP-999999"]
RECORDED = {
    "stuut": Recorded(
        "https://api.stuut.ai",
        ("everything", "invoices", "unauthorized"),
        {"STUUT_TOKEN": "sandbox-stuut-token"},
        {"token": "env:STUUT_TOKEN", "attempts": 1, "page_size": 3},
        invoices=4,
        pages=tuple(f"https://{name}.example.com" for name in ("erp", "pay", "recordings")),
    ),
    "credira": Recorded(
        "https://api.credira.com/v1",
        ("by_invoice", "in_detail", "unauthorized"),
        {"CREDIRA_API_KEY": "sandbox-credira-token"},
        {"token": "env:CREDIRA_API_KEY", "attempts": 1, "invoices": KEYS},
        pages=("https://credira.example.com",),
    ),
    "exante": Recorded(
        "https://api.exante.app",
        ("included", "invoices", "unauthorized"),
        {"EXANTE_API_KEY": "sandbox-exante-token"},
        {"token": "env:EXANTE_API_KEY", "attempts": 1, "page_size": 2},
        invoices=4,
        pages=("https://exante.example.com",),
    ),
    # Every operator has an address of its own; this one belongs to nobody.
    "yeti": Recorded(
        "https://yeti.example.org/api/rest/customer/v1",
        ("lists", "unauthorized"),
        {"YETI_LOGIN": LOGIN, "YETI_PASSWORD": PASSWORD},
        {
            "token": None,
            "login": "env:YETI_LOGIN",
            "password": "env:YETI_PASSWORD",
            "page_size": 12,
            "calls_from": date(2026, 6, 26),
            "call_page_size": 3,
        },
    ),
    # Not of the sandbox: recorded by tests/engines.
    "stripe": Recorded(
        "https://api.stripe.com",
        ("localstripe", "fixtures"),
        {"STRIPE_API_KEY": "sk_test_of_the_tests"},
        {"token": None, "key": "env:STRIPE_API_KEY", "page_size": 2},
    ),
    "twilio": Recorded(
        "https://api.twilio.com",
        ("lists",),
        {"TWILIO_API_KEY": "SK-of-the-tests", "TWILIO_API_SECRET": "a-secret-of-the-tests"},
        {
            "token": None,
            "account_sid": f"AC{'a' * 32}",
            "key": "env:TWILIO_API_KEY",
            "secret": "env:TWILIO_API_SECRET",
            "page_size": 2,
        },
    ),
}
ELSEWHERE = tuple(name for name in RECORDED if name not in VENDORS)
"""The vendors that the sandbox does not play: their cassettes come from a server of their own."""
