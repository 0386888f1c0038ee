"""Whatever Credira sends: values stay as they are."""

from hypothesis import given, settings
from hypothesis import strategies as st

from support.nightly import examples


@given(duration=st.integers(0, 2**31), text=st.text(min_size=1, max_size=20))
@settings(max_examples=examples(10, 50), deadline=None)
def test_values_stay_as_they_are(offline, duration, text):
    """Durations and numbers of telephones are neither rounded nor reformatted."""
    row = {"id": "x", "duration": duration, "from": text}
    page = {"success": True, "data": [row]}
    ((call,),) = (one.records for one in offline.map_parsed("credira", "calls", page).mapped)
    assert (call.duration_seconds, call.from_number) == (duration, text)
