"""Memory does not grow with what is read."""

from __future__ import annotations

import gc
import itertools
import tracemalloc
from collections.abc import Iterator
from typing import Any

from duetrail.json_tree import steps_of
from duetrail.pipeline.items import find
from duetrail.testing.contract.advice import fail, skip
from duetrail.testing.contract.suite import Suite
from duetrail.testing.leaves import put
from duetrail.testing.samples import Sample

# So many pages, and then so many more; what is left of each item after that, in bytes, at most.
_FEW, _MORE, _LEFT = 20, 40, 48

# What a library keeps a few of, such as time zones, comes and goes. What grows in one round and not
# over so many is no leak.
_ROUNDS = 8


class Volume(Suite):
    """What a mapping keeps."""

    def test_a_mapping_keeps_nothing(self) -> None:
        """However many items were mapped, no more memory is in use than after a few."""
        samples = [one for one in self.harness.samples if not one.mapped(one.page.data).is_empty]
        if not samples:
            skip("the recording has no item")
        sample = max(samples, key=lambda one: len(one.mapped(one.page.data).mapped))
        grown = _left_behind(sample)
        if grown > _LEFT:
            fail(
                f"each item that is mapped leaves {grown:.0f} bytes behind",
                "records",
                where=[sample.resource.name],
                do="keep nothing between items",
            )


def _left_behind(sample: Sample) -> float:
    """The bytes that are left of each item while copies of a page, with new ids, are mapped."""
    count = _MORE * len(sample.mapped(sample.page.data).mapped)
    numbers = itertools.count()
    tracemalloc.start()
    try:
        before = _in_use_after(_FEW, sample, numbers)  # made once: what reads a wire class
        for rounds in range(1, _ROUNDS + 1):
            grown = (_in_use_after(_MORE, sample, numbers) - before) / (rounds * count)
            if grown <= _LEFT:
                break
        return grown
    finally:
        tracemalloc.stop()


def _in_use_after(pages: int, sample: Sample, numbers: Iterator[int]) -> int:
    """The memory in use when so many more copies of a page were mapped."""
    for number in itertools.islice(numbers, pages):
        sample.mapped(_renamed(sample, number))
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def _renamed(sample: Sample, number: int) -> Any:
    data = sample.page.data
    for found in list(find(sample.resource, data)):
        id = found.raw.get(found.place.shape.id) if isinstance(found.raw, dict) else None
        if type(id) in (str, int):
            new = id * 1000 + number if isinstance(id, int) else f"{id}-{number}"
            data = put(data, (*steps_of(found.path), found.place.shape.id), new)
    return data
