"""The drill-down as HTML: customers, invoices and trails, compressed, as far as there is room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen
from jinja2 import Environment
from markupsafe import Markup

from duetrail import Project
from duetrail.model import Invoice
from duetrail.trail.drawing import draw_trail
from duetrail.trail.events import amount, word
from duetrail.trail.markup import clean
from duetrail_report.act import Action
from duetrail_report.customers import Customer, Key, customers, trails
from duetrail_report.numbers import Numbers, Scope
from duetrail_report.packing import Packer

# Customers that are on the page as they are; the others come in compressed ranges of so many.
_RANGE = 200

# Bytes of compressed trails that a page has, without --all: mail takes such a file.
_MOST_BYTES = 2_600_000


@frozen
class Range:
    """Customers that are listed when somebody asks for them.

    Attributes:
        number: The block that lists them.
        first: The place of the first one, counted from 0.
        last: The place of the last one.
    """

    number: int
    first: int
    last: int


@frozen(kw_only=True)
class DrillDown:
    """The customers of a page.

    Attributes:
        first: The entries that are on the page as they are.
        ranges: The others.
        places: The place of each customer.
        customer_count: How many customers there are.
        invoice_count: How many invoices they have.
        omissions: What is left out, in sentences.
    """

    first: Sequence[Markup]
    ranges: Sequence[Range]
    places: dict[Key, int]
    customer_count: int
    invoice_count: int
    omissions: Sequence[str]


def drill_down(
    env: Environment, project: Project, numbers: Numbers, packer: Packer, whole: bool
) -> DrillDown:
    """Draw the customers, and pack their invoices and trails.

    Args:
        env: The templates.
        project: The project.
        numbers: The metrics of the report.
        packer: What is compressed is added there.
        whole: Whether everything is there, however large the page gets.
    """
    found = customers(project, numbers, whole=whole)
    names = sorted({one.key.connection for one in found} | _connections(project))
    places = _packed(env, project, found, numbers.scope, packer, whole, names)
    missing = sum(len(one.invoices) for one in found[len(places) :])
    older = sum(one.left_out for one in found)
    entry = env.get_template("customer.html")
    entries = [
        Markup(entry.render(customer=one, place=place, at=at, count=_count(one)))
        for place, (one, at) in enumerate(_zipped(found, places))
    ]
    ranges = []
    for first in range(_RANGE, len(entries), _RANGE):
        some = entries[first : first + _RANGE]
        packer.close()
        for one in some:
            packer.add(one)
        ranges.append(Range(len(packer.blocks), first, first + len(some) - 1))
    packer.close()
    return DrillDown(
        first=entries[:_RANGE],
        ranges=ranges,
        places={one.key: place for place, one in enumerate(found)},
        customer_count=len(found),
        invoice_count=sum(len(one.invoices) + one.left_out for one in found),
        omissions=list(_omissions(missing, older, whole)),
    )


def _packed(
    env: Environment,
    project: Project,
    found: Sequence[Customer],
    scope: Scope,
    packer: Packer,
    whole: bool,
    names: Sequence[str],
) -> list[tuple[int, int]]:
    """Where the invoices of each customer are, as far as there is room on the page."""
    template = env.get_template("invoices.html")
    places = []
    for one, told in zip(found, trails(project, found, scope, whole=whole), strict=False):
        if packer.used > _MOST_BYTES and not whole:
            break
        fragment = template.render(
            customer=one,
            timelines=told,
            draw=lambda told: Markup(draw_trail(told, colours=names)),
            status=_status,
            amount=_amount,
        )
        places.append(packer.add(fragment))
    packer.close()
    return places


def _zipped(
    found: Sequence[Customer], places: Sequence[tuple[int, int]]
) -> Iterator[tuple[Customer, tuple[int, int] | None]]:
    for place, one in enumerate(found):
        yield one, places[place] if place < len(places) else None


def _omissions(missing: int, older: int, whole: bool) -> Iterator[str]:
    if missing:
        yield (
            f"There is no room for {missing:,} invoices of the last customers; --all includes them."
        )
    if older:
        yield (
            f"{older:,} older invoices are left out, so that each customer has room; "
            "--all includes them."
        )
    if not whole:
        yield "Names and texts of more than 600 characters are shortened; --all has them whole."


def _count(one: Customer) -> str:
    count = len(one.invoices) + one.left_out
    return f"{count:,} invoice{'' if count == 1 else 's'}"


def _connections(project: Project) -> set[str]:
    counts = project.status()["counts"]
    return {*counts}


def customer_link(one: Action, down: DrillDown) -> Markup:
    """A link to the customer of an action, or only the name of one who is not on the page."""
    place = down.places.get(one.key)
    name = clean(one.customer)
    if place is None:
        return Markup("<bdi>{}</bdi>").format(name)
    return Markup('<a href="#c{}"><bdi>{}</bdi></a>').format(place, name)


def _status(invoice: Invoice | None) -> str:
    if invoice is None:
        return "named by others only"
    words = [word(invoice.status, invoice.status_raw)]
    due = invoice.due_on or (invoice.due_at.date() if invoice.due_at else None)
    words.append(f"due {due}" if due else "no due date")
    return ", ".join(filter(None, words))


def _amount(invoice: Invoice | None) -> str:
    """What is left to pay, else the total."""
    if invoice is None:
        return ""
    left, total = invoice.amount_remaining, invoice.total
    if left is not None and (left.amount or left.minor):
        return f"{amount(left)} left"
    return amount(total)
