"""The templates of the page: every text in them is escaped, and holds no secret."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.filters import do_truncate
from markupsafe import Markup

from duetrail.trail.markup import clean
from duetrail_report.numbers import shown_time


@cache
def environment() -> Environment:
    """Templates in which every text is escaped, and holds no secret; each is read once."""
    env = Environment(
        loader=PackageLoader("duetrail_report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_cleaned,
    )
    env.globals["time"] = shown_time
    env.filters["beginning"] = _beginning
    return env


def _beginning(text: str) -> str:
    """The beginning of a text, without secrets: of half a one nobody would know what it is."""
    return do_truncate(environment(), clean(text), 300)


def _cleaned(value: Any) -> Any:
    """A text as a page can show it; markup is there already."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value
