"""Memory does not grow with what is read."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

from duetrail.pipeline.items import find
from duetrail.testing.contract.advice import fail, skip
from duetrail.testing.contract.suite import Suite
from duetrail.testing.leaves import put, steps_of
from duetrail.testing.samples import Sample

# So many pages, and then so many more; what is left of each item after that, in bytes, at most.
_FEW, _MORE, _LEFT = 20, 40, 48


class Volume(Suite):
    """What a mapping keeps."""

    def test_a_mapping_keeps_nothing(self) -> None:
        """However many items were mapped, no more memory is in use than after a few."""
        samples = [one for one in self.bench.samples if not one.mapped(one.page.data).is_empty]
        if not samples:
            skip("the recording has no item")
        sample = max(samples, key=lambda one: len(one.mapped(one.page.data).mapped))
        count = len(sample.mapped(sample.page.data).mapped)
        grown = _left_behind(sample) / (_MORE * count)
        if grown > _LEFT:
            fail(
                f"each item that is mapped leaves {grown:.0f} bytes behind",
                "records",
                where=[sample.resource.name],
                do="keep nothing between items",
            )


def _left_behind(sample: Sample) -> int:
    """By how much the memory in use grows while copies of a page, with new ids, are mapped."""
    tracemalloc.start()
    try:
        for number in range(_FEW):  # what is made once, such as what reads a wire class
            sample.mapped(_renamed(sample, number))
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for number in range(_FEW, _FEW + _MORE):
            sample.mapped(_renamed(sample, number))
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def _renamed(sample: Sample, number: int) -> Any:
    data = sample.page.data
    for found in list(find(sample.resource, data)):
        id = found.raw.get(found.place.shape.id) if isinstance(found.raw, dict) else None
        if type(id) in (str, int):
            new = id * 1000 + number if isinstance(id, int) else f"{id}-{number}"
            data = put(data, (*steps_of(found.path), found.place.shape.id), new)
    return data
