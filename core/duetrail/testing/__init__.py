"""For authors of plugins: faults on purpose, and the contract suite.

`Faulty` stands between a connection and a stand-in of its vendor, forwards everything, and at
chosen requests does what a `Strike` says. The faults are small named values; `FAULTS` has them
all, and a further one is a `Fault` with a function. `LoopbackServer` hands every request to a
function: what a stand-in is made of. `ContractTests` is the suite that every plugin
has to pass; it needs pytest.

Cassettes are recorded and replayed by `duetrail.recording`.
"""

from typing import TYPE_CHECKING, Any

from duetrail.testing.answers import HOLD, RESET, Answer
from duetrail.testing.faults import FAULTS, Exchange, Fault, error_inside
from duetrail.testing.faulty import Asked, Faulty
from duetrail.testing.loopback import LoopbackServer, Request
from duetrail.testing.strikes import Strike

if TYPE_CHECKING:
    from duetrail.testing.contract import ContractTests

__all__ = [
    "FAULTS",
    "HOLD",
    "RESET",
    "Answer",
    "Asked",
    "ContractTests",
    "Exchange",
    "Fault",
    "Faulty",
    "LoopbackServer",
    "Request",
    "Strike",
    "error_inside",
]


def __getattr__(name: str) -> Any:
    # Loaded late: only who asks for it needs pytest.
    if name != "ContractTests":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from duetrail.testing.contract import ContractTests
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"the contract suite needs {error.name}: pip install 'duetrail[test]'", name=error.name
        ) from None
    return ContractTests
