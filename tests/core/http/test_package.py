"""The package itself."""

import subprocess
import sys

import duetrail.http


def test_public_names():
    """The public list is sorted and true."""
    names = duetrail.http.__all__
    assert sorted(names) == sorted(set(names))
    assert all(hasattr(duetrail.http, name) for name in names)


def test_import_is_cheap():
    """A plugin that imports the package loads neither requests nor the limiter."""
    code = "import sys, duetrail.http; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"requests", "urllib3", "tenacity", "pyrate_limiter"} & set(done.stdout.split())
