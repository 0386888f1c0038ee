"""What Yeti is: settings, how to log in, what it can be asked for."""

from __future__ import annotations

from functools import partial

from attrs import frozen, validators

from duetrail import hookimpl
from duetrail.http import BearerAuth, LoginAuth
from duetrail.model import Call, Callout, Email, Invoice, Party
from duetrail.secrets import Secret
from duetrail.source import Resource, Shape, Source, option
from duetrail_yeti import wire
from duetrail_yeti.faults import fault
from duetrail_yeti.login import PATH, log_in


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
    )
    page_size: int = option(
        "Rows per page, 1 to 1000. Yeti loads the PDFs of a whole page to list it.",
        default=100,
        validator=validators.and_(validators.ge(1), validators.le(1000)),
    )

    def __attrs_post_init__(self) -> None:
        if self.token is not None and (self.login is not None or self.password is not None):
            raise ValueError("token stands beside login or password: give one or the other")
        if self.token is None and (self.login is None or self.password is None):
            raise ValueError("needs login and password, or a token")


def _auth(options: Options) -> BearerAuth | LoginAuth:
    if options.token is not None:
        return BearerAuth(options.token)
    assert options.login is not None
    assert options.password is not None
    return LoginAuth(partial(log_in, options.login, options.password))


@hookimpl
def source() -> Source:
    """Yeti Switch."""
    account = Shape(name="account", record=Party, wire=wire.Account, path="$.data[*]")
    invoice = Shape(name="invoice", record=Invoice, wire=wire.Invoice, path="$.data[*]")
    return Source(
        name="yeti",
        title="Yeti Switch",
        options=Options,
        resources=(
            Resource(name="accounts", shapes=(account,)),
            Resource(name="invoices", shapes=(invoice,)),
        ),
        unsupported=(Call, Callout, Email),
        auth=_auth,
        fault=fault,
        login=PATH,
    )
