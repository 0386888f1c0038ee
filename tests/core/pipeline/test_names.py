"""`duetrail.sync` and `duetrail.read` are functions, whatever was imported before."""

import subprocess
import sys

import pytest

_TAKEN = pytest.mark.xfail(
    strict=True, reason="importing the package duetrail.sync takes the place of the function"
)


@pytest.mark.parametrize(
    "before",
    [
        "",
        pytest.param("duetrail.sync", marks=_TAKEN),
        pytest.param("duetrail.read", marks=_TAKEN),
        pytest.param("import duetrail.sync", marks=_TAKEN),
    ],
)
def test_the_python_api(before):
    """The two functions of the Python API can be called again and again."""
    code = f"import duetrail\n{before}\nassert duetrail.sync.__call__ and duetrail.read.__call__"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
