"""The package itself."""

import subprocess
import sys
from pathlib import Path

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


def test_no_module_hides_a_name_that_is_imported_when_used():
    """Its import would put the module in the place of the function."""
    modules = {file.stem for file in Path(duetrail.http.__file__).parent.glob("*.py")}
    assert not modules & set(duetrail.http._HOME)
