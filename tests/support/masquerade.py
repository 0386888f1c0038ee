"""A vendor whose ids, numbers and names are hostile texts, made of the sandbox by a proxy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote, unquote_plus

from attrs import evolve, frozen

from duetrail.stores import Store
from duetrail.testing import Answer, Exchange, Fault

TEXTS = {
    "up": "..",
    "here": ".",
    "traversal": "../../../../etc/passwd",
    "encoded dots": "%2e%2e",
    "encoded traversal": "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "backslashes": "..\\..\\windows",
    "another host": "//stranger.example/x",
    "an address": "https://stranger.example/?a=b#c",
    "query": "?page=1&x=y#z",
    "SQL": "'; DROP TABLE invoices; --",
    "SQL, wildcards": "%' OR 1=1 OR '_",
    "formula": "=cmd|' /C calc'!A0",
    "formula, plus": "+1+1",
    "formula, at": "@SUM(A1)",
    "formula, minus": "-2+3",
    "HTML": "<script>alert(1)</script>",
    "quotes": "\"'`\\",
    "star": "*",
    "newline": "a\nb\r\nc",
    "controls": "\x1b]0;owned\x07\x1b[2J\x08",
    "direction": "\u202egpj.exe\u2066",
    "no width": "\u200b\ufeff",
    "NUL": "a\0b",
    "half a character": "\ud83d",
    "long": "x" * 10_000,
    "empty": "",
    "blanks": " \t ",
    "line separator": "\u2028",
    "ours, invoices": "invoices",
    "ours, all": "all",
    "ours, path": "$.data[0]",
    "ours, erased": "[erased]",
    "ours, null": "null",
    "a number": "007",
}


@frozen
class Family:
    """Texts of a vendor that are replaced, each by another hostile one, the same everywhere.

    Attributes:
        table: The table in whose rows they stand.
        column: The column they stand in.
        asked: Where they stand in an address, as a regular expression with one group.
    """

    table: str
    column: str
    asked: str = ""


@frozen
class Masquerade:
    """Answers of the stand-in in other words, and questions in the stand-in's own.

    Attributes:
        masks: For each family the hostile texts, by the stand-in's own.
    """

    masks: Mapping[Family, Mapping[str, str]]

    @classmethod
    def of(cls, store: Store, families: Iterable[Family], connection: str) -> Masquerade:
        """The one in which the hostile texts stand for what a store has of a connection."""
        masks, texts = {}, list(TEXTS.values())
        for one in families:
            sql = f"SELECT DISTINCT {one.column} AS own FROM {one.table} WHERE connection = ?"
            own = [row["own"] for row in store.select(f"{sql} ORDER BY 1", (connection,))]
            masks[one] = dict(zip(filter(None, own), texts, strict=False))
            # Where a vendor has but a few of something, another few texts stand for the next.
            texts = texts[7:] + texts[:7]
        return cls(masks)

    @property
    def fault(self) -> Fault:
        """What makes a hostile vendor of the stand-in."""
        return Fault("hostile", lambda exchange: [self._answer(exchange).sent()])

    def _answer(self, exchange: Exchange) -> Answer:
        answer = exchange.real(self._unmasked(exchange.target))
        if answer.status != 200 or not answer.body:
            return answer
        masks = {own: mask for masks in self.masks.values() for own, mask in masks.items()}
        data = _replaced(json.loads(answer.body), masks)
        return evolve(answer, body=json.dumps(data).encode())

    def _unmasked(self, target: str) -> str:
        for family, masks in self.masks.items():
            found = re.search(family.asked, target) if family.asked else None
            if found:
                own = {as_read(mask): text for text, mask in masks.items()}
                said = (
                    unquote_plus(found[1]) if "?" in target[: found.start(1)] else unquote(found[1])
                )
                begin, end = found.span(1)
                return target[:begin] + quote(own.get(said, said), safe="") + target[end:]
        return target


def _replaced(data: Any, masks: Mapping[str, str]) -> Any:
    if isinstance(data, dict):
        return {name: _replaced(value, masks) for name, value in data.items()}
    if isinstance(data, list):
        return [_replaced(value, masks) for value in data]
    return masks.get(data, data) if isinstance(data, str) else data


def as_read(text: str) -> str:
    """A hostile text as whoever reads JSON has it: half a character is U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
