"""What is around an item: decoded only when a mapping looks, and forgotten with the page."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from duetrail.errors import BadItem
from duetrail.http.body import decode
from duetrail.model import Invoice
from duetrail.pipeline.item_making import late_item
from duetrail.pipeline.items import Found, FoundInTree
from duetrail.pipeline.mapping import map_page
from duetrail.pipeline.places import Place
from duetrail.pipeline.watched import WatchedPage
from duetrail.source import Page, Shape, Shard, Unread


class _Counted(FoundInTree):
    """An item that counts how often it is decoded."""

    decoded = 0

    def decode(self) -> Any:
        """Its id, unless it is bad."""
        type(self).decoded += 1
        if self.id == "bad":
            raise BadItem("it is bad")
        return self.raw


@pytest.mark.parametrize(("id", "wire"), [("i1", {"id": "i1"}), ("bad", None)])
def test_it_is_decoded_when_somebody_looks(id: str, wire: Any) -> None:
    """Not before, and once; one that does not fit has no wire, as any other around an item."""
    shape = Shape(name="invoice", record=Invoice, wire=dict, path="$.data[*]")
    found = _Counted(Place(shape, (), ()), "$.data[0]", None, "", id, None, {"id": id})
    page = WatchedPage.of(Page(url="", status=200, headers={}, body=b"", data=None))
    _Counted.decoded = 0
    item = late_item(found, None, Shard("invoices"), page)
    assert (item.id, _Counted.decoded, page.looked) == (id, 0, False)
    assert [item.wire, item.wire] == [wire, wire]
    assert (_Counted.decoded, page.looked) == (1, False)


def test_what_was_found_is_forgotten_with_the_page(toy: Any) -> None:
    """Nothing of a page waits in circles until Python looks for such."""
    body = b'{"invoices":[{"id":"i1","calls":[{"id":"c1"}]},{"id":"i2","emails":[5]}]}'
    page = Page(url="", status=200, headers={}, body=body, data=Unread(body, decode))
    everything = (toy.plugin, toy.connection, toy.source.resource("invoices"), Shard("invoices"))
    gc.collect()
    gc.disable()
    try:
        assert len(map_page(*everything, page).mapped) == 3
        assert not [one for one in gc.get_objects() if isinstance(one, Found)]
    finally:
        gc.enable()
