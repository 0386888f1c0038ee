"""Which of several processes reads what: each shard exactly one of them, the same everywhere."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.errors import UsageError
from duetrail.pipeline.partition import WHOLE_WORK, Partition

names = st.text(st.characters(exclude_categories=["Cs"]))


@given(stream=names, shard=names, of=st.integers(1, 12))
def test_each_shard_belongs_to_one(stream: str, shard: str, of: int) -> None:
    """Whatever a stream or a key is called, exactly one of the partitions has it."""
    owners = [index for index in range(1, of + 1) if Partition(index, of).has(stream, shard)]
    assert len(owners) == 1


def test_every_partition_gets_its_part() -> None:
    """Of many keys each of five partitions has about a fifth, and of other streams another."""
    keys = [str(number) for number in range(5000)]
    counts = [sum(Partition(i, 5).has("a.calls", key) for key in keys) for i in range(1, 6)]
    assert sum(counts) == 5000
    assert min(counts) > 850
    mine = [key for key in keys if Partition(1, 5).has("a.calls", key)]
    assert mine != [key for key in keys if Partition(1, 5).has("a.emails", key)]


def test_the_same_in_another_process() -> None:
    """Python's own hashes differ from process to process; these do not."""
    code = (
        "from duetrail.pipeline.partition import Partition;"
        "print([k for k in range(40) if Partition(2, 3).has('a.b', str(k))])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert said == {f"{[k for k in range(40) if Partition(2, 3).has('a.b', str(k))]}\n"}


def test_the_whole() -> None:
    """One of one has everything."""
    assert WHOLE_WORK.has("a.calls", "1")
    assert str(Partition.parsed("02/5")) == "2/5"


@given(text=st.text(max_size=12))
def test_what_is_none(text: str) -> None:
    """Any text is a partition within its bounds, or refused."""
    try:
        found = Partition.parsed(text)
    except UsageError:
        pass
    else:
        assert 1 <= found.index <= found.of


@pytest.mark.parametrize(
    "text", ["1/0", "0/0", "3/2", "1/2/3", "a/b", "1 / 2", "\u0662/5", "1/2\n"]
)
def test_nonsense_is_refused(text: str) -> None:
    """A partition that cannot be is refused."""
    with pytest.raises(UsageError, match="is no shard of a sync"):
        Partition.parsed(text)
