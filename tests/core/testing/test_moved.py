"""Names that left `duetrail.testing` go on working for a minor version, with a warning."""

import importlib
import sys

import pytest

from duetrail import recording


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("recording", "record", recording.record),
        ("recording", "replay", recording.replay),
        ("recording", "Recording", recording.Recording),
        ("cassettes", "play", recording.replay_requests),
        ("cassettes", "tape", recording.record_requests),
        ("interactions", "Interaction", recording.Interaction),
    ],
)
def test_a_former_path_warns_and_works(monkeypatch, module, old, new):
    """The documented names are the same objects as those of `duetrail.recording`."""
    name = f"duetrail.testing.{module}"
    monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.warns(DeprecationWarning, match="duetrail.recording"):
        moved = importlib.import_module(name)
    assert getattr(moved, old) is new
