"""A real `meltano run`, twice, with the state that Meltano keeps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.engine_company import company
from support.engines import tools

TAP = Path(sys.executable).with_name("tap-duetrail")


def project(config: Path, lines: Path) -> dict[str, Any]:
    """A project of Meltano's: plugins that are installed already, and need nothing from its hub."""
    return {
        "default_environment": "dev",
        "environments": [{"name": "dev"}],
        "send_anonymous_usage_stats": False,
        "plugins": {
            "extractors": [
                {
                    "name": "tap-duetrail",
                    "namespace": "tap_duetrail",
                    "executable": str(TAP),
                    "capabilities": ["about", "catalog", "discover", "state"],
                    "settings": [{"name": "connection"}, {"name": "config"}],
                    "config": {"connection": "stuut", "config": str(config)},
                    "select": ["invoices.*", "calls.*", "!calls.transcript"],
                }
            ],
            "loaders": [
                {
                    "name": "target-jsonl",
                    "namespace": "target_jsonl",
                    "executable": str(tools("jsonl") / "target-jsonl"),
                    "settings": [
                        {"name": "destination_path"},
                        {"name": "do_timestamp_file", "kind": "boolean"},
                    ],
                    "config": {"destination_path": str(lines), "do_timestamp_file": False},
                }
            ],
        },
    }


@pytest.mark.timeout(600)
def test_meltano_run_twice(tmp_path: Path) -> None:
    """What is selected comes once; the second run, with the state of the first, adds nothing."""
    lines, here = tmp_path / "lines", tmp_path / "meltano"
    lines.mkdir()
    here.mkdir()
    env = {
        **os.environ,
        "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "NO_COLOR": "1",
    }

    def meltano(*arguments: str) -> str:
        program = tools("meltano") / "meltano"
        done = subprocess.run(
            [program, *arguments], cwd=here, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(table: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (lines / f"{table}.jsonl").read_text().splitlines()]

    with company(tmp_path, 12) as served:
        # JSON is YAML, too.
        (here / "meltano.yml").write_text(json.dumps(project(served.path, lines)))
        meltano("run", "tap-duetrail", "target-jsonl")
        first = {table: rows(table) for table in ("invoices", "calls")}
        assert {file.stem for file in lines.iterdir()} == set(first)
        for table, found in first.items():
            assert len(found) == served.count("stuut", table)
        assert "transcript" not in first["calls"][0]
        meltano("run", "tap-duetrail", "target-jsonl")
        assert {table: rows(table) for table in first} == first
    state = json.loads(meltano("state", "get", "dev:tap-duetrail-to-target-jsonl"))
    assert state["singer_state"]["bookmarks"]["invoices"]["connection"] == "stuut"
