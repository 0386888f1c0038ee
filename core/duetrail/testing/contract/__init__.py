"""The contract suite: what every plugin has to keep, as tests to inherit.

    class TestAcme(ContractTests):
        source = "acme"
        cassettes = Path(__file__).parent / "cassettes"

Needs pytest and what vcrpy brings: `pip install 'duetrail[test]'`.
"""

from __future__ import annotations

from duetrail.testing.contract.again import Again
from duetrail.testing.contract.checking import Checking
from duetrail.testing.contract.faults import Faults
from duetrail.testing.contract.filling import Filling
from duetrail.testing.contract.keys import Keys
from duetrail.testing.contract.kills import Kills
from duetrail.testing.contract.known import Known
from duetrail.testing.contract.leading import Leading
from duetrail.testing.contract.loading import Loading
from duetrail.testing.contract.malformed import Malformed
from duetrail.testing.contract.mapping import Mapping
from duetrail.testing.contract.money import Amounts
from duetrail.testing.contract.paging import Paging
from duetrail.testing.contract.reading import Reading
from duetrail.testing.contract.secrets import Secrets
from duetrail.testing.contract.tokens import Tokens
from duetrail.testing.contract.values import Values
from duetrail.testing.contract.volume import Volume

__all__ = ["ContractTests"]


# pytest begins with the last of the bases: the first thing to mend is told first.
class ContractTests(
    Known,
    Volume,
    Tokens,
    Secrets,
    Kills,
    Faults,
    Keys,
    Leading,
    Paging,
    Malformed,
    Values,
    Amounts,
    Filling,
    Mapping,
    Again,
    Reading,
    Checking,
    Loading,
):
    """Every test there is, run against the author's recording on this machine."""
