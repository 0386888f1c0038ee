"""What Singer's SDK asks of a tap, asked of ours."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from support.engine_company import company
from support.engines import tools

TAP = Path(sys.executable).with_name("tap-duetrail")

# It takes a column that may hold any JSON for one that holds an object, and a number, always.
LEFT_OUT = ("-k", "not transcript_parts")


def test_the_tests_of_the_sdk(tmp_path: Path) -> None:
    """Streams, keys, schemas and records pass them all."""
    python = tools("sdk") / "python"
    with company(tmp_path, 12) as served:
        env = {**os.environ, "DUETRAIL_CONFIG": str(served.path)}
        for name, options in (
            ("catalog.json", ["stuut", "--discover"]),
            ("about.json", ["--about"]),
            ("messages.jsonl", ["stuut"]),
        ):
            with (tmp_path / name).open("wb") as file:
                subprocess.run([TAP, *options], env=env, stdout=file, check=True)
    shutil.copy(Path(__file__).with_name("bridge.py"), tmp_path / "test_bridge.py")
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *LEFT_OUT, "test_bridge.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    counted = re.search(r"(\d+) passed", done.stdout)
    assert counted
    assert int(counted[1]) >= 100, done.stdout
