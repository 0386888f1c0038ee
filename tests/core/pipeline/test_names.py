"""`duetrail.sync` and `duetrail.read` are functions, whatever was imported before."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "before", ["", "duetrail.sync", "duetrail.read", "import duetrail.pipeline, duetrail.cli.sync"]
)
def test_the_python_api(before):
    """The two functions of the Python API can be called again and again."""
    code = f"import duetrail\n{before}\nassert duetrail.sync.__call__ and duetrail.read.__call__"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
