"""Whatever a vendor sends: no leaf is lost, and every claimed leaf counts."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

import duetrail_credira.wire
import duetrail_exante.wire
import duetrail_stuut.wire
import duetrail_yeti.wire
from duetrail.http.cutting import cut
from duetrail.source import Key
from duetrail_stuut.customers import PARTNER
from duetrail_stuut.mapping import INVOICE, PAYMENT
from duetrail_stuut.touches import CALL, EMAIL, LISTED_CALL
from support import generated
from support.nightly import examples
from support.scripted import Project

NOWHERE = "http://127.0.0.1:9"
KEY = Key("00000000-0000-4000-8000-000000000001")
# What is never stored.
SECRETS = {
    "stuut": ("account_key", "linked_integration", "presigned_url"),
    "exante": ("presigned_url",),
}
# An amount of Yeti's is text, but not any text.
AMOUNT = {"invoices": "amount-spent", "cdrs": "customer-price", "payments": "amount"}
AMOUNTS = st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,12})?", fullmatch=True)
# Yeti's numbers that have a word in the record only where the one after normalization is not shown.
INSTEAD = {
    f"{end}-prefix-{place}": f"{end}-prefix-routing"
    for end in ("src", "dst")
    for place in ("in", "out")
}


@frozen
class Case:
    """Where an item of a shape stands: the resource, its wire class, and a page around it."""

    vendor: str
    resource: str
    wire: type[Any]
    around: Callable[[Any], Any]
    shape: str
    key: Key | None = None

    def __str__(self) -> str:
        return f"{self.vendor}.{self.resource}.{self.shape}"

    @property
    def secrets(self) -> tuple[str, ...]:
        return SECRETS.get(self.vendor, ())

    def items(self) -> st.SearchStrategy[Any]:
        """Made-up items, with amounts that can be read."""
        items = generated.items(self.wire, self.secrets)
        return st.builds(self._mended, items, AMOUNTS) if self.vendor == "yeti" else items

    def _mended(self, row: Any, amount: str) -> Any:
        attributes, name = row.get("attributes") or {}, AMOUNT.get(self.resource)
        if attributes.get(name) is None:
            return row
        return row | {"attributes": attributes | {name: amount}}

    def other(self, item: Any, path: Any, type_: Any, value: Any) -> Any:
        """Another value for a leaf."""
        if self.vendor == "yeti" and path == ("attributes", AMOUNT.get(self.resource)):
            return f"{value or ''}1"
        # Where a notice says that an email bounced, only another word than that would count.
        if value is None and path == ("is_bounced",) and item.get("bounce_callout") is not None:
            value = True
        return generated.another(type_, value)

    def is_elsewhere(self, path: Any) -> bool:
        """Whether a leaf belongs to an item of its own, inside this one."""
        if self.vendor == "exante":
            return self.shape == "invoice" and path[:2] == ("parties", "client")
        in_payment = path[:1] == ("payments",) and path[2:3] == ("payment",)
        return self.vendor == "stuut" and self.shape == "invoice" and in_payment

    def counts(self, item: Any, path: Any) -> bool:
        """Whether a leaf has a word in the record, and no other one stands in its place."""
        if self.vendor != "yeti" or path[-1] not in INSTEAD:
            return True
        return not item["attributes"].get(INSTEAD[path[-1]])


def _credira(shape: str, resource: str, wire: type[Any]) -> Case:
    def around(item: Any) -> Any:
        return {"success": True, "data": item if "." in shape else [item]}

    return Case("credira", resource, wire, around, shape)


def _exante(shape: str, resource: str, wire: type[Any], around: Callable[[Any], Any]) -> Case:
    def enveloped(item: Any) -> Any:
        body = around(item)
        return body if shape == "draft" else {"status": "success", "data": body}

    key = KEY if resource in ("outreach", "details", "drafts") else None
    return Case("exante", resource, wire, enveloped, shape, key)


def _stuut(shape: str, resource: str, wire: type[Any], around: Callable[[Any], Any]) -> Case:
    return Case("stuut", resource, wire, lambda item: {"data": [around(item)]}, shape)


def _yeti(resource: str, wire: type[Any]) -> Case:
    return Case("yeti", resource, wire, lambda one: {"data": [one], "included": []}, resource[:-1])


def _with_ids(invoice: Any) -> Any:
    """Payments inside an invoice are items of their own, and need ids as such."""
    for share in invoice.get("payments") or ():
        if share.get("payment"):
            share["payment"]["id"] = "p"
    return invoice


_C, _E = duetrail_credira.wire, duetrail_exante.wire
_S, _Y = duetrail_stuut.wire, duetrail_yeti.wire
CASES = [
    _credira("call", "calls", _C.Call),
    _credira("callout", "callouts", _C.Callout),
    _credira("email", "emails", _C.Email),
    _credira("call.detail", "call-details", _C.CallDetail),
    _credira("callout.response", "responses", _C.Response),
    _exante("invoice", "invoices", _E.Invoice, lambda one: {"items": [one]}),
    _exante(
        "invoice.client",
        "invoices",
        _E.Client,
        lambda one: {"items": [{"uid": "i", "parties": {"client": one}}]},
    ),
    _exante("header", "outreach", _E.Header, lambda one: {"invoice": one, "emails": []}),
    _exante("email", "outreach", _E.Email, lambda one: {"invoice": {"uid": "i"}, "emails": [one]}),
    _exante("detail", "details", _E.Detail, lambda one: one),
    _exante("draft", "drafts", _E.Draft, lambda one: {"items": [one], "count": 1}),
    _exante("message", "conversations", _E.Message, lambda one: {"uid": "t", "messages": [one]}),
    _stuut("invoice", "invoices", INVOICE.wire, _with_ids),
    _stuut("invoice.partner", "invoices", PARTNER.wire, lambda one: {"id": "i", "partner": one}),
    _stuut(
        "invoice.payment",
        "invoices",
        PAYMENT.wire,
        lambda one: {"id": "i", "payments": [{"payment": one}]},
    ),
    _stuut("invoice.call", "invoices", CALL.wire, lambda one: {"id": "i", "calls": [one]}),
    _stuut(
        "invoice.call.partner",
        "invoices",
        PARTNER.wire,
        lambda one: {"id": "i", "calls": [{"id": "c", "partner": one}]},
    ),
    _stuut("invoice.email", "invoices", EMAIL.wire, lambda one: {"id": "i", "emails": [one]}),
    _stuut("call", "calls", LISTED_CALL.wire, lambda one: one),
    _stuut("call.partner", "calls", PARTNER.wire, lambda one: {"id": "c", "partner": one}),
    _stuut("partner", "partners", PARTNER.wire, lambda one: one),
    _stuut("remittance.email", "remittances", EMAIL.wire, lambda one: {"id": "r", "email": one}),
    _stuut("task", "tasks", _S.Task, lambda one: one),
    _yeti("accounts", _Y.Account),
    _yeti("invoices", _Y.Invoice),
    _yeti("cdrs", _Y.Cdr),
    _yeti("incoming-cdrs", _Y.IncomingCdr),
    _yeti("payments", _Y.Payment),
]


@pytest.fixture(scope="module")
def mapped(tmp_path_factory):
    """The one item of a case on a page, mapped without a request."""
    project = Project(tmp_path_factory.mktemp("offline"))
    for vendor in ("stuut", "exante", "yeti"):
        project.connect(vendor, base_url=NOWHERE)
    project.connect("credira", base_url=NOWHERE, invoices=["a"])

    def map_(case, item):
        page = case.around(copy.deepcopy(item))
        cut(page, case.secrets)
        url = f"https://vendor.example/{case.resource}?filter%5Bid-not-in%5D=0"
        batch = project.map_parsed(case.vendor, case.resource, page, case.key, url=url)
        assert case.shape not in [reject.shape.name for reject in batch.rejected]
        (one,) = [one for one in batch.mapped if one.shape.name == case.shape]
        return one

    return map_


def _extra(mapped):
    return next(mapped.with_extra()).extra


@pytest.mark.parametrize("case", CASES, ids=str)
@given(data=st.data())
@settings(max_examples=examples(10, 60), deadline=None)
def test_no_leaf_is_lost(mapped, case, data):
    """Every leaf is claimed by a wire field, comes back in `extra`, or is never stored."""
    item = data.draw(case.items())
    extra = _extra(mapped(case, item))
    for path, value in generated.leaves(item):
        if case.is_elsewhere(path):
            continue
        if set(path) & set(case.secrets):
            with pytest.raises((KeyError, IndexError, TypeError)):
                generated.at(extra, path)
        elif not generated.covers(case.wire, path) or (value and not case.counts(item, path)):
            assert generated.at(extra, path) == value


@pytest.mark.parametrize("case", CASES, ids=str)
@given(data=st.data())
@settings(max_examples=examples(15, 100), deadline=None)
def test_every_claimed_leaf_counts(mapped, case, data):
    """Changing any leaf that a wire field claims changes a record, or what is kept beside it."""
    item = data.draw(case.items())
    leaves = [leaf for leaf in generated.claimed(case.wire, item) if case.counts(item, leaf[0])]
    path, type_, value = data.draw(st.sampled_from(leaves))
    other = generated.changed(item, path, case.other(item, path, type_, value))
    before, after = mapped(case, item), mapped(case, other)
    assert (before.rows, _extra(before)) != (after.rows, _extra(after))
    assert (before.hash, before.document.hash) != (after.hash, after.document.hash)
