"""No value a vendor could send makes an item vanish, or a sync fall over.

Every value of every kind of item of every vendor is replaced by each of a list of bad values, in
an item drawn with a seed. `DUETRAIL_WRITE_DOCS=1` tries all; otherwise some, drawn likewise.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.nightly import examples


def told(ends):
    """How often each end came, in words."""
    counted = Counter(end.word for end in ends)
    counted["lost"] = sum(len(end.lost) for end in ends)
    return ", ".join(f"{count:,} {word}" for word, count in counted.most_common() if count)


@pytest.mark.timeout(900)  # all values, in the nightly run
def test_a_bad_value_loses_nothing(
    vendor, bad_value, bad_values, some, desk, results, on_page, titles
):
    """An item with a bad value is kept, set aside with a reason, or refused with its page.

    Every other item of the page comes out as it did without.
    """
    ends = {
        spot.name: desk.tried(spot, spot.page(bad_values[bad_value]))
        for spot in some(f"{vendor} {bad_value}")
    }
    results.note("inputs", bad_value, titles[vendor], told(ends.values()))
    wrong = {name: end for name, end in ends.items() if end.lost or end.changed or end.wrong}
    assert wrong == {}
    possible = on_page("inputs", bad_value, titles[vendor])
    assert [name for name, end in ends.items() if end.word not in possible] == []


def test_what_is_lost_is_noticed(vendor, spots, desk):
    """An item that is simply not there any more is counted as lost."""
    spot = next(one for one in spots if one.at and isinstance(one.at[-1], int))
    end = desk.tried(spot, spot.without_list())
    assert spot.item in end.lost


@settings(
    max_examples=examples(8, 25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_two_bad_values_lose_nothing(vendor, spots, bad_values, desk, data):
    """The same of two bad values in one item."""
    one = data.draw(st.sampled_from(spots))
    other = data.draw(st.sampled_from(one.beside() or [None]))
    first, second = (data.draw(st.sampled_from(list(bad_values))) for _ in range(2))
    more = [(other, bad_values[second])] if other else []
    end = desk.tried(one, one.page(bad_values[first], *more))
    assert (end.wrong, end.changed) == ("", ())
    assert [at for at in end.lost if not (other and other.holds(at[0]))] == []
