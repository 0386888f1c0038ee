"""The example that answers from a file keeps the contract, as far as that can be seen."""

import sys
from pathlib import Path

from duetrail.testing import ContractTests

_ECHO = Path(__file__).parents[3] / "docs/examples/echo"


def _echo():
    """The example, which is installed nowhere."""
    sys.path.insert(0, str(_ECHO))
    try:
        import duetrail_echo
    finally:
        sys.path.remove(str(_ECHO))
    return duetrail_echo


class TestEcho(ContractTests):
    source = _echo()
    cassettes = None
    settings = {"answers": str(_ECHO / "answers.json"), "invoices": ["1042", "1043"]}
    page = _ECHO / "README.md"
