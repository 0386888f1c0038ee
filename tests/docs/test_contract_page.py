"""docs/contract.md is the contract: hooks, what they pass around, helpers and errors."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import attrs
import pytest

from duetrail import declared, errors, hookspecs, http, model, secrets, source, testing, wire
from duetrail.errors import DuetrailError
from duetrail.recording import Recording, record, record_requests, replay, replay_requests

HOOKS = {name: hook for name, hook in vars(hookspecs).items() if hasattr(hook, "duetrail_spec")}
DECLARED = (
    source.Source,
    source.OAuth2,
    source.Resource,
    source.Shape,
    source.Keys,
    source.Period,
)
PASSED = (source.Connection, source.KeySource, source.Shard, source.Key, source.Page, source.Item)
YIELDED = (source.Cursor, source.Notice, source.Skip)
VALUES = (http.Listing, http.Token, http.Signing, model.Money, secrets.Secret)
TRIED = (
    testing.FaultRule,
    testing.SeenRequest,
    testing.Fault,
    testing.Exchange,
    testing.Answer,
    testing.Request,
)
CLASSES = {one.__name__: one for one in (*DECLARED, *PASSED, *YIELDED, *VALUES, *TRIED, Recording)}
CALLABLES: dict[str, Callable[..., Any]] = {
    "Session.get": http.Session.get,
    "Session.get_linked": http.Session.get_linked,
    "Session.post": http.Session.post,
    "Session.wait": http.Session.wait,
    "Posted": http.Posted,
    "csv_rows": http.csv_rows,
    "json_lines": http.json_lines,
    "xml_tree": http.xml_tree,
    "export": http.export,
    "Session.login": http.Session.login,
    "segment": http.segment,
    "by_status": http.by_status,
    "retry_after": http.retry_after,
    "linked": http.linked,
    "numbered": http.numbered,
    "offset": http.offset,
    "cursor": http.cursor,
    "link": http.link,
    "once": http.once,
    "follow": http.follow,
    "incremental": http.incremental,
    "listed": http.listed,
    "expect.object": http.expect.object,
    "expect.list": http.expect.list,
    "by_resource": hookspecs.by_resource,
    "walk": http.walk,
    "count": http.count,
    "required": http.required,
    "expect_same": http.expect_same,
    "expect_number": http.expect_number,
    "BearerAuth": http.BearerAuth,
    "HeaderAuth": http.HeaderAuth,
    "BasicAuth": http.BasicAuth,
    "QueryAuth": http.QueryAuth,
    "HmacAuth": http.HmacAuth,
    "Signing.digest": http.Signing.digest,
    "Signing.sign": http.Signing.sign,
    "all_of": http.all_of,
    "NoAuth": http.NoAuth,
    "LoginAuth": http.LoginAuth,
    "LoginAuth.posting": http.LoginAuth.posting,
    "OAuth2Auth": http.OAuth2Auth,
    "OAuth2Auth.of": http.OAuth2Auth.of,
    "option": source.option,
    "between": source.between,
    "time_zone": source.time_zone,
    "with_page_size": source.with_page_size,
    "Secret.resolve": secrets.Secret.resolve,
    "named": wire.named,
    "decode": wire.decode,
    "utc": wire.utc,
    "leftovers": wire.leftovers,
    "FieldMapping": declared.FieldMapping,
    "money": declared.money,
    "word": declared.word,
    "computed": declared.computed,
    "nested": declared.nested,
    "each": declared.each,
    "joined": declared.joined,
    "made_of": declared.made_of,
    "parsed": declared.parsed,
    "unix": declared.unix,
    "local": declared.local,
    "lookup": declared.lookup,
    "upper": declared.upper,
    "summed": declared.summed,
    "shared": declared.shared,
    "mentioned": declared.mentioned,
    "invoice_id": declared.invoice_id,
    "outer": declared.outer,
    "parent": declared.parent,
    "itself": declared.itself,
    "first_of": declared.first_of,
    "text": declared.text,
    "digits": declared.digits,
    "constant": declared.constant,
    "canonical": model.canonical,
    "exponent": model.exponent,
    "only": model.only,
    "all_but": model.all_but,
    "from_unix": model.from_unix,
    "from_rfc2822": model.from_rfc2822,
    "from_json_date": model.from_json_date,
    "from_local": model.from_local,
    "from_digits": model.from_digits,
    "day_of": model.day_of,
    "made_id": model.made_id,
    "Money.from_minor": model.Money.from_minor,
    "Money.major": model.Money.major,
    "Connection.ref": source.Connection.ref,
    "Page.only": source.Page.only,
    "DuetrailError": errors.DuetrailError,
    "FetchError": errors.FetchError,
    "BadItem": errors.BadItem,
    "FaultProxy": testing.FaultProxy,
    "FaultProxy.begin": testing.FaultProxy.begin,
    "LoopbackServer": testing.LoopbackServer,
    "error_inside": testing.error_inside,
    "record": record,
    "replay": replay,
    "replay_requests": replay_requests,
    "record_requests": record_requests,
}

# What these packages offer to the core alone, or have on a page of its own.
ELSEWHERE = {
    declared: set(),
    http: {"Asks", "expect", "Backoff", "RateLimiter", "Session", "Stopped", "cut"}
    | {"day", "milliseconds", "seconds"},  # in the guide
    testing: {"ContractTests", "FAULTS", "HOLD", "RESET", "mapped"},
}


def _subclasses(error: type[DuetrailError]) -> Iterator[type[DuetrailError]]:
    """An error and those below it that are public; a module may have more for itself."""
    yield error
    for below in error.__subclasses__():
        if below.__module__ == "duetrail.errors" or below.__name__ in http.__all__:
            yield from _subclasses(below)


# --- what a page says of a thing -----------------------------------------------------------------


def _table(heading: str, rows: list[tuple[str, ...]]) -> str:
    columns = heading.split(", ")
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )


def _fields(class_: type[Any]) -> str:
    """A row per field: name, type and default from the code, meaning from the docstring."""
    types = inspect.get_annotations(class_)
    meanings = _entries(class_, "Attributes")
    return _table(
        "field, type, default, meaning",
        [
            (f"`{f.alias}`", f"`{types[f.name]}`", _default(f), meanings[f.alias])
            for f in attrs.fields(class_)
        ],
    )


def _default(field: attrs.Attribute[Any]) -> str:
    if field.default is attrs.NOTHING:
        return "required"
    if isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]
        if field.default.takes_self:
            return "the mapping's"
        made = field.default.factory()
        return "now" if isinstance(made, datetime) else f"`{made!r}`"
    if isinstance(field.default, Path):
        return f"`Path('{field.default}')`"
    return f"`{field.default!r}`"


def _callable(name: str, function: Callable[..., Any]) -> str:
    """Signature, docstring, arguments, attributes and errors of a function or class."""
    text = f"`{name}({_arguments(function)})`\n\n{_sentences(_body(function))}\n"
    if arguments := _entries(function, "Args"):
        rows = [(f"`{argument}`", meaning) for argument, meaning in arguments.items()]
        text += "\n" + _table("argument, meaning", rows)
    if attributes := _entries(function, "Attributes"):
        rows = [(f"`{attribute}`", meaning) for attribute, meaning in attributes.items()]
        text += "\n" + _table("attribute, meaning", rows)
    if raised := _entries(function, "Raises"):
        rows = [(f"`{error}`", meaning) for error, meaning in raised.items()]
        text += "\n" + _table("raises, when", rows)
    return text


def _arguments(function: Callable[..., Any]) -> str:
    parts: list[str] = []
    starred = False
    for one in inspect.signature(function).parameters.values():
        if one.name == "self":
            continue
        if one.kind is one.VAR_POSITIONAL:
            starred = True
        if one.kind is one.KEYWORD_ONLY and not starred:
            parts.append("*")
            starred = True
        shown = one.default if not callable(one.default) else "..."
        default = "" if one.default is one.empty else f"={shown!r}".replace("'...'", "...")
        parts.append(str(one).partition(":")[0].partition("=")[0] + default)
    return ", ".join(parts)


def _body(thing: Any) -> str:
    """A docstring without its lists of arguments, results and errors."""
    return re.split(r"\n(?:Args|Attributes|Returns|Raises|Yields):\n", inspect.getdoc(thing) or "")[
        0
    ].strip()


def _sentences(text: str) -> str:
    """One sentence per line, paragraphs apart; what is indented is an example."""
    return "\n\n".join(_paragraph(part) for part in re.split(r"\n[ ]*\n", text))


def _paragraph(text: str) -> str:
    if all(line.startswith("    ") for line in text.splitlines()):
        return f"```py\n{dedent(text)}\n```"
    return re.sub(r"(?<=[.?!]) (?=[A-Z`])", "\n", " ".join(text.split()))


def _entries(thing: Any, heading: str) -> dict[str, str]:
    """The named entries below a heading of a docstring."""
    found = re.search(rf"^{heading}:\n((?:[ ]+.*\n?|\n)*)", inspect.getdoc(thing) or "", re.M)
    if found is None:
        return {}
    entries = re.findall(r"^ {4}(\S+?): (.*(?:\n {8}.*)*)", found[1], re.MULTILINE)
    return {name: " ".join(meaning.split()) for name, meaning in entries}


# --- the page ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_described_with_its_arguments(name, generated) -> None:
    """Each hook stands on the page as it is called, with what its specification says."""
    generated("contract.md", f"hook {name}", _callable(name, HOOKS[name]))


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_is_described_field_by_field(name, generated) -> None:
    """Names, types, defaults and meanings of the fields are those of the code."""
    generated("contract.md", name, _fields(CLASSES[name]))


@pytest.mark.parametrize("name", CALLABLES)
def test_a_helper_is_described_with_its_arguments(name, generated) -> None:
    """What a plugin may call stands on the page with arguments and errors."""
    generated("contract.md", name, _callable(name, CALLABLES[name]))


def test_every_error_is_in_the_table(generated) -> None:
    """The table has every error there is, with what it is and what its class says."""
    rows = [
        (
            f"`{error.__name__}`",
            f"`{error.__bases__[0].__name__}`" if error is not DuetrailError else "",
            " ".join(_body(error).split()),
        )
        for error in _subclasses(DuetrailError)
    ]
    generated("contract.md", "errors", _table("error, is a, meaning", rows))


def test_what_happens_next_is_told_for_every_error(page) -> None:
    """Whoever raises an error can read what it leads to; `Stopped` is raised by the core alone."""
    rows = page("contract.md").section("What happens next").rows()
    told = [name for cells in rows for name in re.findall(r"`(\w+)`", cells[0])]
    every = {error.__name__ for error in _subclasses(DuetrailError)}
    assert sorted(told) == sorted(every - {"DuetrailError", "Stopped"})


def test_everything_on_the_page_exists(page) -> None:
    """What is gone from the contract leaves no description behind."""
    described = re.findall(r"^<!-- generated: (.*) -->$", page("contract.md").text, re.MULTILINE)
    known = [*(f"hook {name}" for name in HOOKS), *CLASSES, *CALLABLES, "errors"]
    assert sorted(described) == sorted(known)


@pytest.mark.parametrize("package", ELSEWHERE, ids=lambda package: package.__name__)
def test_everything_for_authors_is_on_the_page(package) -> None:
    """What a package offers is described, or known to be somewhere else."""
    missing = set(package.__all__) - {*CLASSES, *CALLABLES} - ELSEWHERE[package]
    assert missing == set()


def test_the_version_of_the_contract_is_told(page) -> None:
    """The page names the version it describes."""
    assert f"version {hookspecs.CONTRACT}" in page("contract.md").text


def test_the_guide_shows_each_hook_as_it_is_called(page) -> None:
    """docs/guide.md lists a vendor's hooks with their arguments, docs/extending.md the others."""
    guides = [page(name).section("The hooks") for name in ("guide.md", "extending.md")]
    rows = [cells for guide in guides for cells in guide.rows()]
    assert [cells[0] for cells in rows] == [
        f"`{name}({_arguments(hook)})`" for name, hook in HOOKS.items()
    ]


def test_the_guide_names_errors_that_exist(page) -> None:
    """The errors a plugin is told to raise are classes of duetrail.errors."""
    rows = page("guide.md").section("Errors to raise").rows()
    named = [found[1] for cells in rows if (found := re.match(r"`(\w+)", cells[0]))]
    assert named
    assert [name for name in named if not issubclass(getattr(errors, name), DuetrailError)] == []
