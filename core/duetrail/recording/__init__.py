"""Recording: what a vendor answers, kept as a cassette in vcrpy's format, and replayed.

`record` and `replay` do a limited sync; `record_requests` and `replay_requests` any other code.
They need vcrpy: `pip install 'duetrail[test]'`.

Modules, each using only those below it:

- `limited_sync` records a sync and replays it.
- `recorder` is vcrpy with settings for plugins; `people` replaces people by pseudonyms.
- `matching` compares requests; `scrubbing` takes secrets out, or refuses to write; `cassettes`
  reads what was recorded.
- `interactions`: a request with its answer, and the text they are on a cassette.
"""

from duetrail.recording.interactions import Body, Interaction
from duetrail.recording.limited_sync import LIMIT, Recording, record, replay
from duetrail.recording.recorder import record_requests, replay_requests
from duetrail.recording.scrubbing import Unfit

__all__ = [
    "LIMIT",
    "Body",
    "Interaction",
    "Recording",
    "Unfit",
    "record",
    "record_requests",
    "replay",
    "replay_requests",
]
