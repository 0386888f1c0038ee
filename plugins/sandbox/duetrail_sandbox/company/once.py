"""What is worked out of a company once, and kept for as long as the company is."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import TypeVar
from weakref import WeakKeyDictionary

from duetrail_sandbox.company.company import Company

__all__ = ["once_per_company"]

T = TypeVar("T")


def once_per_company(make: Callable[[Company], T]) -> Callable[[Company], T]:
    """Keep what ``make`` gives for a company; it must not hold on to the company itself."""
    kept: WeakKeyDictionary[Company, T] = WeakKeyDictionary()
    lock = Lock()

    @wraps(make)
    def look_up(company: Company) -> T:
        with lock:
            if company not in kept:
                kept[company] = make(company)
            return kept[company]

    return look_up
