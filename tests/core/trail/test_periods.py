"""Touches belong to the invoice in whose period they fall, where the vendor names none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from attrs import evolve

from duetrail.errors import PluginError
from duetrail.model import Call, Callout, Direction, Invoice, InvoiceKind, LinkKind, Money, Ref
from duetrail.model.children import InvoiceLine, PaymentAllocation
from duetrail.source import Connection, Period, Source
from duetrail.stores import Changes, LinkQuery, Store
from duetrail.trail import checks, link_periods

Keep = Callable[..., None]

RULE = Period(
    name="billing period",
    touch=Call,
    at="started_at",
    where={"direction": "outbound"},
    counted="outbound_calls",
)


def _day(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, tzinfo=UTC)


def _bill(id: str, first: int, last: int, customer: str = "a1", **facts: object) -> Invoice:
    return Invoice(
        connection="pbx",
        id=id,
        kind=InvoiceKind.USAGE_BILL,
        customer_id=customer,
        period_start_at=_day(first),
        period_end_at=_day(last),
        **facts,
    )


def _call(id: str, when: datetime, customer: str = "a1", **facts: object) -> Call:
    known = {"direction": Direction.OUTBOUND, "direction_raw": "outbound", **facts}
    return Call(connection="pbx", id=id, customer_id=customer, started_at=when, **known)


@pytest.fixture
def source() -> Source:
    return Source(
        name="pbx",
        title="PBX",
        options=object,
        resources=(),
        unsupported=_main(),
        auth=lambda options: None,
        periods=(RULE,),
    )


def _main() -> tuple[type, ...]:
    from duetrail.model import Callout, Email

    return (Invoice, Call, Callout, Email)


@pytest.fixture
def link(store: Store, source: Source) -> Callable[..., int]:
    def run(*rules: Period) -> int:
        with_rules = evolve(source, periods=rules or source.periods)
        connection = Connection(
            name="pbx", source=with_rules, base_url="http://127.0.0.1", options=None
        )
        return link_periods(store, connection, run=1)

    return run


def _linked(store: Store) -> dict[str, str]:
    rows = store.select("SELECT id, invoice_id FROM links WHERE record = 'calls' ORDER BY id")
    return {row["id"]: row["invoice_id"] for row in rows}


def test_half_open(store: Store, keep: Keep, link: Callable[..., int]) -> None:
    """The first moment of a period belongs to it, the last to the next one."""
    keep(_bill("b1", 1, 10), _bill("b2", 10, 20))
    keep(_call("c1", _day(1)), _call("c2", _day(10)), _call("c3", _day(20)))
    assert link() == 2
    assert _linked(store) == {"c1": "b1", "c2": "b2"}


def test_two_of_one_name(source: Source) -> None:
    """Links carry the name of their rule, so no two rules share one."""
    with pytest.raises(PluginError, match=r"two periods of one name: billing period, billing"):
        evolve(source, periods=(RULE, evolve(RULE, where={"direction": "inbound"})))


def test_what_is_derived_follows(store: Store, keep: Keep, link: Callable[..., int]) -> None:
    """What was read off a touch belongs to the invoice of the touch, and moves with it."""
    callout = Callout(connection="pbx", id="call:c1", derived=True)
    keep(_bill("b1", 1, 10), _bill("b2", 10, 20), _call("c1", _day(5)), callout)
    store.apply(Changes(derived={Ref("pbx", "calls", "c1"): frozenset({callout.ref})}))
    sql = "SELECT record, invoice_id, rule FROM links ORDER BY 1"

    def linked() -> list[tuple[str, ...]]:
        return [tuple(row.values()) for row in store.select(sql)]

    assert link() == 2
    assert linked() == [("callouts", "b1", RULE.name), ("calls", "b1", RULE.name)]
    keep(_call("c1", _day(15)))
    assert (link(), link()) == (4, 0)
    assert linked() == [("callouts", "b2", RULE.name), ("calls", "b2", RULE.name)]


def test_derived_with_the_rules_name(store: Store, keep: Keep, link: Callable[..., int]) -> None:
    """Such a link says that it was derived, and by which rule."""
    keep(_bill("b1", 1, 10), _call("c1", _day(2)))
    link()
    (found,) = store.links(LinkQuery(touches=[Ref("pbx", "calls", "c1")]))
    assert (found.invoice, found.how) == (Ref("pbx", "invoices", "b1"), LinkKind.DERIVED)
    assert found.rule == "billing period"


def test_one_customer_only(store: Store, keep: Keep, link: Callable[..., int]) -> None:
    """A call of another customer, or of nobody known, belongs to no bill."""
    keep(_bill("b1", 1, 10), _call("c1", _day(2), "a2"), _call("c2", _day(2), None))
    keep(_bill("b2", 1, 10, None))
    assert link() == 0


def test_other_conditions(store: Store, keep: Keep, link: Callable[..., int]) -> None:
    """A touch the rule does not mean stays without a link."""
    keep(_bill("b1", 1, 10))
    keep(_call("c1", _day(2), direction=Direction.INBOUND, direction_raw="inbound"))
    assert link() == 0


def test_in_step(store: Store, keep: Keep, link: Callable[..., int]) -> None:
    """A second time nothing changes; a period that moves takes its links along."""
    keep(_bill("b1", 1, 10), _call("c1", _day(2)))
    assert (link(), link()) == (1, 0)
    keep(_bill("b1", 3, 10))
    assert link() == 1
    assert _linked(store) == {}


def test_without_the_rule(store: Store, keep: Keep, link: Callable[..., int]) -> None:
    """Links go when their rule goes."""
    keep(_bill("b1", 1, 10), _call("c1", _day(2)))
    link()
    assert link(evolve(RULE, name="another")) == 2
    (found,) = store.links(LinkQuery(touches=[Ref("pbx", "calls", "c1")]))
    assert found.rule == "another"


def test_other_connections_are_left_alone(
    store: Store, keep: Keep, link: Callable[..., int]
) -> None:
    """Neither calls nor links of another connection are touched."""
    keep(_bill("b1", 1, 10), evolve(_call("c1", _day(2)), connection="other"))
    assert link() == 0


# --- checks --------------------------------------------------------------------------------------


def _found(store: Store, source: Source) -> list[tuple[str, str, str, str]]:
    return [
        (one.invoice.id, one.check, one.says, one.found) for one in checks(store, {"pbx": source})
    ]


def test_calls_are_counted(
    store: Store, keep: Keep, link: Callable[..., int], source: Source
) -> None:
    """A bill whose number of calls is not the vendor's is listed."""
    keep(_bill("b1", 1, 10, outbound_calls=2), _bill("b2", 10, 20, outbound_calls=1))
    keep(_call("c1", _day(1)), _call("c2", _day(12)))
    link()
    check = "outbound_calls = calls in its billing period"
    assert _found(store, source) == [("b1", check, "2", "1")]


def test_what_was_never_read_is_not_missing(store: Store, keep: Keep, source: Source) -> None:
    """Where no such call was ever read, none is missing."""
    keep(_bill("b1", 1, 10, outbound_calls=2))
    assert _found(store, source) == []


def test_older_bills_are_left_alone(
    store: Store, keep: Keep, link: Callable[..., int], source: Source
) -> None:
    """Of a period that began before the first call that was read nobody can tell."""
    keep(_bill("b1", 1, 10, outbound_calls=900), _bill("b2", 10, 20, outbound_calls=1))
    keep(_call("c2", _day(9)), _call("c3", _day(12)))
    link()
    assert _found(store, source) == []


def test_without_a_customer_nobody_can_tell(
    store: Store, keep: Keep, link: Callable[..., int], source: Source
) -> None:
    """A bill whose customer is gone has calls, and nobody knows which."""
    keep(_call("c1", _day(1)), _bill("b1", 1, 10, None, outbound_calls=5))
    link()
    assert _found(store, source) == []


def _usd(amount: int) -> Money | None:
    return Money.major(amount, "USD")


def _invoice(**facts: object) -> Invoice:
    return Invoice(connection="pbx", id="i1", currency="USD", **facts)


def _lines(*totals: int) -> tuple[InvoiceLine, ...]:
    return tuple(InvoiceLine(currency="USD", total=_usd(total)) for total in totals)


def _paid(*parts: tuple[int, bool]) -> tuple[PaymentAllocation, ...]:
    return tuple(
        PaymentAllocation(currency="USD", amount=_usd(amount), approved=approved)
        for amount, approved in parts
    )


@pytest.mark.parametrize(
    ("facts", "check", "says", "found"),
    [
        (
            {"total": _usd(12), "subtotal": _usd(10), "tax": _usd(3), "discount": _usd(2)},
            "total = subtotal + tax - discount",
            "12 USD",
            "11 USD",
        ),
        (
            {"subtotal": _usd(12), "lines": _lines(5, 6)},
            "subtotal = sum of lines",
            "12 USD",
            "11 USD",
        ),
        (
            {"amount_paid": _usd(7), "allocations": _paid((5, True), (2, False))},
            "amount_paid = sum of approved allocations",
            "7 USD",
            "5 USD",
        ),
        (
            {"amount_remaining": _usd(9), "amount_due": _usd(10), "amount_paid": _usd(3)},
            "amount_remaining = amount_due or amount_due - amount_paid",
            "9 USD",
            "7 USD",
        ),
    ],
)
def test_amounts_that_disagree(
    store: Store, keep: Keep, source: Source, facts: dict, check: str, says: str, found: str
) -> None:
    """A sum of the vendor's that does not come out is listed with both numbers."""
    keep(_invoice(**facts))
    assert _found(store, source) == [("i1", check, says, found)]


@pytest.mark.parametrize(
    "facts",
    [
        {"total": _usd(11), "subtotal": _usd(10), "tax": _usd(1)},
        {"total": _usd(11), "tax": _usd(1)},
        {"total": _usd(11), "subtotal": _usd(10)},  # there may be tax, which is not told
        {"subtotal": _usd(11), "lines": _lines(5, 6)},
        {"subtotal": _usd(11), "lines": _lines(5), "lines_complete": False},
        {"subtotal": _usd(11), "lines": (InvoiceLine(currency="EUR", total=None),)},
        {"amount_paid": _usd(0)},
        {"amount_remaining": _usd(7), "amount_due": _usd(10), "amount_paid": _usd(3)},
        {"amount_remaining": _usd(7), "amount_due": _usd(7), "amount_paid": _usd(3)},
        {
            "amount_remaining": _usd(4),
            "amount_due": _usd(10),
            "amount_paid": _usd(3),
            "amount_credited": _usd(2),
            "amount_written_off": _usd(1),
        },
    ],
)
def test_amounts_that_agree_or_are_not_known(
    store: Store, keep: Keep, source: Source, facts: dict
) -> None:
    """What agrees, and what cannot be known, is not listed."""
    keep(_invoice(**facts))
    assert _found(store, source) == []


def test_amounts_in_minor_units_are_left_alone(store: Store, keep: Keep, source: Source) -> None:
    """Where the currency is unknown no amount is reckoned with."""
    minor = {name: Money.from_minor(n, None) for n, name in enumerate(("total", "subtotal"), 7)}
    keep(Invoice(connection="pbx", id="i1", **minor))
    assert _found(store, source) == []
