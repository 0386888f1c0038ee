"""One plugin per vendor, one model, every engine: collect every invoice and all that was done.

`sync` brings everything configured into the store; `read` iterates over typed records without a
store, `changes` over what changed in it. A `Project` is a configuration and its store, with all
that the commands do. Plugin authors mark their hooks with `hookimpl`; see `duetrail.hookspecs`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from duetrail.late import late_names

if TYPE_CHECKING:
    from duetrail.api import changes, read, sync
    from duetrail.hookspecs import Fetched, by_resource, hookimpl
    from duetrail.project import Project

__all__ = ["Fetched", "Project", "by_resource", "changes", "hookimpl", "read", "sync"]

_HOME = {
    "duetrail.api": ("changes", "read", "sync"),
    "duetrail.hookspecs": ("Fetched", "by_resource", "hookimpl"),
    "duetrail.project": ("Project",),
}

# Imported when first used: `duetrail --help` should not pay for requests.
__getattr__ = late_names(__name__, _HOME, {})
