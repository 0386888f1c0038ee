"""For authors of plugins: what a vendor's API may do to a connection, on purpose and on loopback.

`Faulty` stands between a connection and a stand-in of its vendor, forwards everything, and at
chosen requests does what a `Strike` says. The faults are small named values; `FAULTS` has them
all, and a further one is a `Fault` with a function. Nothing of Duetrail imports this package.
"""

from duetrail.testing.faults import FAULTS, HOLD, RESET, Answer, Exchange, Fault, error_inside
from duetrail.testing.faulty import Asked, Faulty
from duetrail.testing.strikes import Strike

__all__ = [
    "FAULTS",
    "HOLD",
    "RESET",
    "Answer",
    "Asked",
    "Exchange",
    "Fault",
    "Faulty",
    "Strike",
    "error_inside",
]
