"""The stand-in and the cassette say the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duetrail
from attrs import evolve
from duetrail.recording import Interaction, record_requests

from duetrail_groat import source
from standin import Standin

CASSETTE = Path(__file__).parent / "cassettes" / "groat.yaml"


def test_the_cassette_is_what_the_stand_in_answers(tmp_path: Path) -> None:
    """Recorded again, the cassette is the same; where it was deleted, it is recorded anew."""
    file = tmp_path / "again.yaml" if CASSETTE.exists() else CASSETTE
    config = tmp_path / "duetrail.toml"
    with Standin() as standin:
        config.write_text(standin.config)

        def published(interactions: Sequence[Interaction]) -> Sequence[Interaction]:
            """As if the vendor itself had answered."""
            return [_moved(one, standin.url, source().base_url or "") for one in interactions]

        with record_requests(file, source(), standin.url, change=published):
            summary = duetrail.sync(config=config, store=f"sqlite:///{tmp_path}/try.db", workers=1)
    assert summary.exit_code == 0
    assert file.read_text("utf-8") == CASSETTE.read_text("utf-8")


def _moved(one: Interaction, here: str, there: str) -> Interaction:
    return evolve(
        one,
        uri=one.uri.replace(here, there),
        links=one.links.replace(here, there),
    )
