"""The name of a new plugin: what it may be, and what follows from it."""

from __future__ import annotations

import keyword
import re

from duetrail.errors import UsageError
from duetrail.installed import names

# Longer ones do not fit on the template's lines.
_LONGEST = 24

# What is left of the names of distributions once they are normalized (PEP 503), and begins as a
# name in Python must.
_NAME = re.compile(r"[a-z][a-z0-9]*+(?:-[a-z0-9]++)*")


def checked(name: str) -> str:
    """The name of a plugin that can be made here.

    Args:
        name: As the user gave it, such as `acme` or `acme-billing`.

    Raises:
        UsageError: It is not well-formed, or an installed plugin has it.
    """
    if well_formed(name) in names():
        raise UsageError(
            f"a plugin {name!r} is installed already",
            hint="Take another name, or uninstall that one; `duetrail plugins` tells more.",
        )
    return name


def well_formed(name: str) -> str:
    """The name, if it can be that of a distribution, and part of that of a module.

    Raises:
        UsageError: It cannot.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be the name of a plugin: small letters and digits, parted by single "
            "hyphens, the first one a letter",
            hint=_suggestion(name),
        )
    if len(name) > _LONGEST:
        raise UsageError(f"{name!r} is longer than {_LONGEST} characters", hint=_SHORTER)
    if keyword.iskeyword(name):
        raise UsageError(
            f"{name!r} is a word of Python, and would be a nuisance as a name in it",
            hint=f"Take the vendor's full name, such as {name}-billing.",
        )
    return name


def folder_of(name: str) -> str:
    """The name of a plugin's distribution, and of the folder it is made in."""
    return f"duetrail-{name}"


_SHORTER = "Take a shorter one: what people call the vendor stands in the plugin's title."


def _suggestion(name: str) -> str:
    """A name that would do; empty where nothing is left of the one that was given."""
    bare = name.lower().removeprefix("duetrail-").removeprefix("duetrail_")
    near = re.sub(r"[^a-z0-9]+", "-", bare).strip("-")
    return f"Did you mean {near!r}?" if _NAME.fullmatch(near) and near != name else ""
