"""What Yeti is: settings, how to log in, what it can be asked for."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from attrs import frozen

from duetrail import hookimpl
from duetrail.http import BearerAuth, LoginAuth
from duetrail.model import Call, Callout, Email, Invoice, Party, Payment, Record, exponent
from duetrail.secrets import Secret
from duetrail.source import Period, Resource, Shape, Source, between, option
from duetrail_yeti import wire
from duetrail_yeti.errors import classify_error
from duetrail_yeti.login import PATH, IssuedToken, log_in


def _currency(_options: object, field: Any, value: str | None) -> None:
    """A currency of ISO 4217, in use or withdrawn: anything else would be put on every amount."""
    if value is None or exponent(value) is not None:
        return
    from iso4217 import Currency  # 9 ms, and only needed where the option is set

    try:
        Currency(value)  # some have no exponent, such as gold
    except ValueError:
        raise ValueError(
            f"{field.name} must be a code of ISO 4217, such as EUR, not {value!r}"
        ) from None


@frozen
class Options:
    """The settings of a Yeti connection."""

    login: Secret | None = option(
        "The login of an API access, as a reference such as env:YETI_LOGIN.", default=None
    )
    password: Secret | None = option(
        "Its password, as a reference such as env:YETI_PASSWORD.", default=None
    )
    token: Secret | None = option(
        "A token the operator issued, as a reference; instead of login and password.", default=None
    )
    currency: str | None = option(
        "The currency of accounts that show none, such as EUR; never assumed otherwise.",
        default=None,
        validator=_currency,
    )
    page_size: int = option(
        "Rows per page of accounts, invoices and payments, 1 to 1000. Yeti loads the PDFs of a "
        "whole page to list it.",
        default=100,
        validator=between(1, 1000),
    )
    look_back_days: int = option(
        "How many days back, from the beginning of that month on, an ordinary run asks again for "
        "invoices by the end of their period and for payments, 1 to 3650.",
        default=60,
        validator=between(1, 3650),
    )
    calls_from: date | None = option(
        "The day, in UTC, from which on calls are read, such as 2026-01-01; by default the "
        "first one of the earliest bill, or 120 days before the run if that is earlier.",
        default=None,
    )
    call_window_days: int = option(
        "How many days of calls are asked for at once while the past is read, 1 to 366.",
        default=7,
        validator=between(1, 366),
    )
    call_page_size: int = option(
        "Rows per page of calls, 1 to 1000.", default=1000, validator=between(1, 1000)
    )

    def __attrs_post_init__(self) -> None:
        if self.token is not None and (self.login is not None or self.password is not None):
            raise ValueError("token stands beside login or password: give one or the other")
        if self.token is None and (self.login is None or self.password is None):
            raise ValueError("needs login and password, or a token")


def _auth(options: Options) -> BearerAuth | LoginAuth:
    if options.token is not None:
        return IssuedToken(options.token)
    assert options.login is not None
    assert options.password is not None
    return LoginAuth(partial(log_in, options.login, options.password))


def _shape(name: str, record: type[Record], kind: type[Any]) -> Shape:
    return Shape(name=name, record=record, wire=kind, path="$.data[*]")


_RESOURCES = (
    Resource(name="accounts", shapes=(_shape("account", Party, wire.Account),)),
    Resource(
        name="invoices",
        shapes=(_shape("invoice", Invoice, wire.Invoice),),
        since="end of the billing period",
    ),
    Resource(
        name="cdrs",
        shapes=(_shape("cdr", Call, wire.Cdr),),
        since="start of the call",
        until="start of the call",
        exhaustive=False,
    ),
    Resource(
        name="incoming-cdrs",
        shapes=(_shape("incoming-cdr", Call, wire.IncomingCdr),),
        optional=True,
        since="start of the call",
        until="start of the call",
        exhaustive=False,
    ),
    Resource(name="payments", shapes=(_shape("payment", Payment, wire.Payment),), since="creation"),
)

# An invoice is made from the calls of its account that began in its period.
_PERIODS = (
    Period(
        name="billing period",
        touch=Call,
        at="started_at",
        where={"direction": "outbound"},
        counted="outbound_calls",
    ),
    Period(
        name="billing period, terminated",
        touch=Call,
        at="started_at",
        where={"direction": "inbound"},
        counted="inbound_calls",
    ),
)


@hookimpl
def source() -> Source:
    """Yeti Switch."""
    return Source(
        name="yeti",
        title="Yeti Switch",
        options=Options,
        resources=_RESOURCES,
        unsupported=(Callout, Email),
        auth=_auth,
        classify_error=classify_error,
        login=PATH,
        periods=_PERIODS,
    )
