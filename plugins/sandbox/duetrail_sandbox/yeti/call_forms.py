"""Yeti's forms of calls: the customer's side under ``cdrs``, the vendor's ``incoming-cdrs``.

Both lists show rows of one table, so an id that is in both is one call.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from duetrail_sandbox.company.cdrs import Leg, PhoneCall
from duetrail_sandbox.company.telephony import Telephony
from duetrail_sandbox.yeti.resources import Reference, Resource

__all__ = ["cdrs", "incoming_cdrs", "protocols"]

_PROTOCOLS = {1: "UDP", 2: "TCP", 3: "TLS"}
_VAT = Decimal(20)
_CENT_OF_CENT = Decimal("0.00000001")


def cdrs(telephony: Telephony) -> Iterable[Resource]:
    """The calls that the company made."""
    heard = telephony.installation.recordings
    return (_cdr(row, row.origin, heard) for row in telephony.outgoing if row.origin is not None)


def incoming_cdrs(telephony: Telephony) -> Iterable[Resource]:
    """The attempts that reached the company."""
    heard = telephony.installation.recordings
    rows = telephony.incoming
    return (_incoming(row, row.target, heard) for row in rows if row.target is not None)


def protocols(telephony: Telephony) -> Iterable[Resource]:
    """Transport protocols, to which calls of 2024 lead."""
    return (
        Resource(type="transport-protocols", id=str(number), attributes={"name": name})
        for number, name in _PROTOCOLS.items()
    )


def _cdr(row: PhoneCall, leg: Leg, heard: bool) -> Resource:
    attributes = {
        **_shared(row, heard),
        "customer-price": leg.price,
        "customer-duration": leg.billed,
        **_tariff("destination", leg),
        "src-name-in": row.name,
        "src-prefix-in": row.caller,
        "dst-prefix-in": row.called,
        "from-domain": "sip.example.com",
        "to-domain": "switch.example.net",
        "ruri-domain": "switch.example.net",
        "diversion-in": row.diversion,
        "orig-call-id": row.call_id,
        "lega-disconnect-code": row.code,
        "lega-disconnect-reason": row.reason,
        "auth-orig-ip": row.ip,
        "auth-orig-port": row.port,
        "auth-orig-transport-protocol-id": row.transport,
        "lega-user-agent": row.agent,
    }
    protocol = Reference("transport-protocols", str(row.transport)) if row.transport else None
    return Resource(
        type="cdrs",
        id=str(row.id),
        attributes=attributes,
        relations={"account": _account(leg), "auth-orig-transport-protocol": protocol},
        unseen=_unseen(row, leg),
    )


def _unseen(row: PhoneCall, leg: Leg) -> dict[str, Any]:
    """What can be asked for and is never shown."""
    net = (leg.price * 100 / (100 + _VAT)).quantize(_CENT_OF_CENT) if leg.price else leg.price
    asserted = f"<sip:{row.caller}@sip.example.com>" if row.caller is not None else None
    return {
        "customer-acc-vat": _VAT,
        "customer-price-no-vat": net,
        # Null is as good as false, and a filter for false does not find it.
        "destination-reverse-billing": leg.reverse or (None if row.id % 2 else False),
        "pai-in": asserted,
        "ppi-in": None,
        "privacy-in": "id" if row.caller is None else None,
        "rpid-in": None,
        "rpid-privacy-in": None,
    }


def _incoming(row: PhoneCall, leg: Leg, heard: bool) -> Resource:
    attributes = {
        **_shared(row, heard),
        "vendor-price": leg.price,
        "vendor-duration": leg.billed,
        **_tariff("dialpeer", leg),
        "src-name-out": row.name,
        "src-prefix-out": row.caller_routed,
        "dst-prefix-out": row.called_routed,
        "diversion-out": row.diversion,
        "legb-disconnect-code": row.code,
        "legb-disconnect-reason": row.reason,
        "legb-user-agent": row.agent,
        "sign-term-ip": "203.0.113.10",
        "sign-term-port": 5060,
        "sign-term-transport-protocol-id": row.transport,
        "term-call-id": f"{row.id:x}@203.0.113.10",
    }
    return Resource(
        type="incoming-cdrs",
        id=str(row.id),
        attributes=attributes,
        relations={"account": _account(leg)},
        unseen={"dialpeer-reverse-billing": leg.reverse},
    )


def _shared(row: PhoneCall, heard: bool) -> dict[str, Any]:
    return {
        "time-start": row.start,
        "time-connect": row.connect,
        "time-end": row.end,
        "duration": row.duration,
        "success": row.success,
        "local-tag": row.tag,
        "src-prefix-routing": row.caller_routed,
        "dst-prefix-routing": row.called_routed,
        "rec": row.recorded and heard,
    }


def _tariff(side: str, leg: Leg) -> dict[str, Any]:
    first, later = leg.steps
    return {
        f"{side}-initial-interval": first,
        f"{side}-next-interval": later,
        f"{side}-initial-rate": leg.rate,
        f"{side}-next-rate": leg.rate,
        f"{side}-fee": leg.fee,
        f"{side}-prefix": leg.prefix,
    }


def _account(leg: Leg) -> Reference | None:
    return Reference("accounts", leg.account.uid) if leg.account is not None else None
