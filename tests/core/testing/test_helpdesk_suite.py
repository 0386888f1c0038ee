"""What stands inside objects that are no record passes the suite, and is told of as any other."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from duetrail.model import Email, fields_of
from duetrail.testing import ContractTests

_HERE = Path(__file__).parent
_FILLED = {"connection", "id", "invoices", "text", "subject", "thread_id"}


def helpdesk() -> object:
    """A plugin that is a file, and installed nowhere."""
    spec = spec_from_file_location("helpdesk", _HERE / "helpdesk.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["helpdesk"] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestHelpDesk(ContractTests):
    """All of it."""

    source = helpdesk()
    cassettes = _HERE / "helpdesk.yaml"
    absent = {
        "emails": [
            one.name
            for one in fields_of(Email)
            if one.name not in _FILLED and not one.name.endswith("_raw")
        ]
    }
    known = {"emails": {"n1": {"subject": "Dunning", "thread_id": "7"}}}
