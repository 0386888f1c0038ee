"""For authors of plugins: faults on purpose, and the contract suite.

`FaultProxy` stands between a connection and a stand-in of its vendor, forwards everything, and at
chosen requests does what a `FaultRule` says. The faults are small named values; `FAULTS` has them
all, and a further one is a `Fault` with a function. `LoopbackServer` hands every request to a
function: what a stand-in is made of. `mapped` gives the record that an object becomes.
`ContractTests` is the suite that every plugin has to pass; it needs pytest.

Cassettes are recorded and replayed by `duetrail.recording`.
"""

import warnings
from typing import TYPE_CHECKING, Any

from duetrail.testing.answers import HOLD, RESET, Answer
from duetrail.testing.fault_proxy import FaultProxy, SeenRequest
from duetrail.testing.fault_rules import FaultRule
from duetrail.testing.faults import FAULTS, Exchange, Fault, error_inside
from duetrail.testing.loopback import LoopbackServer, Request
from duetrail.testing.one_object import mapped

if TYPE_CHECKING:
    from duetrail.testing.contract import ContractTests

__all__ = [
    "FAULTS",
    "HOLD",
    "RESET",
    "Answer",
    "ContractTests",
    "Exchange",
    "Fault",
    "FaultProxy",
    "FaultRule",
    "LoopbackServer",
    "Request",
    "SeenRequest",
    "error_inside",
    "mapped",
]


# What had other names until version 0.2.
_RENAMED = {"Asked": "SeenRequest", "Faulty": "FaultProxy", "Strike": "FaultRule"}


def __getattr__(name: str) -> Any:
    if name in _RENAMED:
        new = _RENAMED[name]
        warnings.warn(f"{__name__}.{name} is now {new}", DeprecationWarning, stacklevel=2)
        return globals()[new]
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
