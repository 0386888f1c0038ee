"""Names of a package that are not in it from the start: imported late, or called otherwise now."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def late_names(
    package: str, homes: Mapping[str, Sequence[str]], former: Mapping[str, str]
) -> Callable[[str], Any]:
    """The `__getattr__` of a package.

    Args:
        package: Its name.
        homes: Modules, each with its names that few need; it is imported when one is asked for.
        former: Names of earlier versions, each with the one that it has now; they warn.
    """
    home = {name: module for module, names in homes.items() for name in names}

    def get(name: str) -> Any:
        if name in home:
            return getattr(import_module(home[name]), name)
        if name not in former:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        told = f"{package}.{name} is now {former[name]}"
        warnings.warn(told, DeprecationWarning, stacklevel=2)
        return getattr(sys.modules[package], former[name])

    return get
