"""The kinds of resources Yeti has: their attributes, by type, and what may be asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import attrs
from attrs import Factory, frozen

from duetrail_sandbox.company.installation import Installation

__all__ = ["KINDS", "Kind", "kind"]

_TRANSPORT = "auth-orig-transport-protocol"


@frozen(kw_only=True)
class Kind:
    """One kind of resources.

    ``columns`` are attributes with their types, in the words of the filters. Some of them take
    no filter (``plain``), some that are never shown do (``unseen``). ``sortable`` is ``None``
    where every attribute is; sorting by one that ``breaks`` fails inside the server.
    """

    name: str
    columns: Mapping[str, str]
    order: str
    plain: frozenset[str] = frozenset()
    unseen: Mapping[str, str] = Factory(dict)
    sortable: frozenset[str] | None = None
    breaks: frozenset[str] = frozenset()
    relations: tuple[str, ...] = ("account",)

    @property
    def fields(self) -> frozenset[str]:
        """What ``fields[...]`` may name."""
        return frozenset([*self.columns, *self.relations])

    @property
    def filters(self) -> dict[str, str]:
        """What can be filtered by, with its type."""
        shown = {name: type for name, type in self.columns.items() if name not in self.plain}
        owner = {"account-id": "account"} if "account" in self.relations else {}
        return shown | dict(self.unseen) | owner


def _typed(**names: str) -> dict[str, str]:
    """Turn names by type into types by name."""
    return {name: type for type, listed in names.items() for name in listed.split()}


def _direction(side: str) -> dict[str, str]:
    counters = "amount-spent calls-count successful-calls-count calls-duration billing-duration"
    return {f"{side}-{name}": "number" for name in counters.split()} | {
        f"{side}-{place}-call-at": "datetime" for place in ("first", "last")
    }


_ACCOUNTS = Kind(
    name="accounts",
    columns=_typed(
        string="name",
        number="balance min-balance max-balance destination-rate-limit origination-capacity "
        "termination-capacity total-capacity",
        text="currency",
    ),
    plain=frozenset({"destination-rate-limit", "currency"}),
    unseen=_typed(uuid="uuid", number="external-id"),
    order="id",
    relations=(),
)
_INVOICES = Kind(
    name="invoices",
    columns={
        **_typed(
            string="reference",
            datetime="start-date end-date",
            boolean="has-pdf",
            number="amount-spent services-amount-spent service-transactions-count",
        ),
        **_direction("originated"),
        **_direction("terminated"),
    },
    plain=frozenset({"has-pdf"}),
    order="-start-date",
    breaks=frozenset(
        ["has-pdf"]
        + [
            f"{side}-{place}-call-at"
            for side in ("originated", "terminated")
            for place in ("first", "last")
        ]
    ),
)
_CALL = _typed(
    datetime="time-start time-connect time-end",
    number="duration",
    boolean="success rec",
    string="local-tag src-prefix-routing dst-prefix-routing",
)
_CDRS = Kind(
    name="cdrs",
    columns={
        **_CALL,
        **_typed(
            number="customer-price customer-duration destination-initial-interval "
            "destination-next-interval destination-initial-rate destination-next-rate "
            "destination-fee lega-disconnect-code auth-orig-port auth-orig-transport-protocol-id",
            string="destination-prefix src-name-in src-prefix-in dst-prefix-in from-domain "
            "to-domain ruri-domain diversion-in orig-call-id lega-disconnect-reason "
            "lega-user-agent",
            inet="auth-orig-ip",
        ),
    },
    plain=frozenset({"rec"}),
    unseen=_typed(
        number="id customer-acc-vat customer-price-no-vat",
        boolean="destination-reverse-billing",
        string="pai-in ppi-in privacy-in rpid-in rpid-privacy-in",
    ),
    order="-time-start",
    breaks=frozenset({"rec"}),
)
_INCOMING = Kind(
    name="incoming-cdrs",
    columns={
        **_CALL,
        **_typed(
            number="vendor-price vendor-duration dialpeer-initial-interval dialpeer-next-interval "
            "dialpeer-initial-rate dialpeer-next-rate dialpeer-fee legb-disconnect-code "
            "sign-term-port sign-term-transport-protocol-id",
            string="dialpeer-prefix src-name-out src-prefix-out dst-prefix-out diversion-out "
            "legb-disconnect-reason legb-user-agent sign-term-ip term-call-id",
        ),
    },
    plain=frozenset({"rec"}),
    unseen=_typed(number="id", boolean="dialpeer-reverse-billing"),
    order="-time-start",
    breaks=frozenset({"rec"}),
)
_PAYMENTS = Kind(
    name="payments",
    columns=_typed(
        number="amount balance-before-payment",
        string="notes",
        status="status",
        origin="type-name",
        datetime="created-at rolledback-at",
        text="currency",
    ),
    plain=frozenset({"balance-before-payment", "currency"}),
    unseen=_typed(uuid="uuid"),
    order="-created-at",
    sortable=frozenset({"amount", "notes", "created-at"}),
)
_TRANSACTIONS = Kind(
    name="transactions",
    columns=_typed(string="description", number="amount", datetime="created-at"),
    order="-created-at",
    sortable=frozenset({"id", "amount", "created-at"}),
    relations=("account", "service"),
)
_SERVICES = Kind(
    name="services",
    columns=_typed(
        string="name",
        number="initial-price renew-price",
        datetime="created-at renew-at",
        period="renew-period",
        text="state service-type ui-type",
    ),
    plain=frozenset({"state", "service-type", "ui-type"}),
    order="name",
    sortable=frozenset(
        {"id", "name", "initial-price", "renew-price", "created-at", "renew-at", "renew-period"}
    ),
    relations=("account", "transactions"),
)
# In no kind of 2024, and since then in accounts and payments.
_RECENT = frozenset({"currency", "balance-before-payment", "rolledback-at"})

KINDS = {
    one.name: one
    for one in (
        _ACCOUNTS,
        _INVOICES,
        _CDRS,
        _INCOMING,
        _PAYMENTS,
        _TRANSACTIONS,
        _SERVICES,
    )
}


@lru_cache(maxsize=64)
def kind(name: str, installation: Installation) -> Kind:
    """The kind as a release has it."""
    latest = KINDS[name]
    if installation.release > 2024:
        return latest
    is_call = name in ("cdrs", "incoming-cdrs")
    return attrs.evolve(
        latest,
        columns={column: type for column, type in latest.columns.items() if column not in _RECENT},
        order=latest.order if is_call else "id",
        relations=(*latest.relations, *([_TRANSPORT] if name == "cdrs" else [])),
    )
