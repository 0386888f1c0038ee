"""Names of a package that are not in it from the start: imported late, or called otherwise now."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def late_names(
    package: str, homes: Mapping[str, str] | None = None, former: Mapping[str, str] | None = None
) -> Callable[[str], Any]:
    """The `__getattr__` of a package.

    Args:
        package: Its name.
        homes: The modules of names that few need; each is imported when it is first asked for.
        former: Names of earlier versions, each with the one that it has now; they warn.
    """
    homes, former = homes or {}, former or {}

    def get(name: str) -> Any:
        if name in homes:
            return getattr(import_module(homes[name]), name)
        if name not in former:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        told = f"{package}.{name} is now {former[name]}"
        warnings.warn(told, DeprecationWarning, stacklevel=2)
        return getattr(sys.modules[package], former[name])

    return get
