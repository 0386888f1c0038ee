"""What `pip install 'duetrail[new]'` brings: copier, and YAML with it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from duetrail.errors import UsageError


def copier() -> Any:
    """The module.

    Raises:
        UsageError: It is not installed.
    """
    return _imported("copier")


def yaml() -> Any:
    """The module.

    Raises:
        UsageError: It is not installed.
    """
    return _imported("yaml")


def _imported(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise UsageError(
            "new plugins are made with copier, which is not installed",
            hint="pip install 'duetrail[new]'",
        ) from None
