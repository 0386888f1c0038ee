"""A shard of a sync as a process, for tests of several that run at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_SCRIPT = Path(__file__).parents[1] / "core" / "stores" / "postgres" / "shard.py"


def start_shard(
    shard: str, url: str, folder: Path, *more: str, patience: float = 60, kill_at: int | str = 0
) -> subprocess.Popen[str]:
    """Start one in a folder with a configuration.

    Args:
        shard: Such as `2/5`.
        url: The store.
        folder: Where the configuration is.
        more: Further arguments of `duetrail sync`.
        patience: For how many seconds it waits for shards that are not at work.
        kill_at: The commit before which it kills itself; 0 for none; `closing:3` for the third of
            closing.
    """
    command = [sys.executable, str(_SCRIPT), shard, url, str(patience), str(kill_at), *more]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
