"""Only who asks for the contract suite needs pytest."""

from __future__ import annotations

import subprocess
import sys

import pytest

from duetrail import testing

WITHOUT = "import sys; sys.modules['pytest'] = None\n"


def child(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", WITHOUT + code], capture_output=True, text=True)


def test_faults_need_no_pytest():
    """The rest of the package is there without it."""
    assert child("from duetrail.testing import FaultProxy, FaultRule").returncode == 0


def test_the_suite_says_what_to_install():
    """Without pytest the suite names the extra it comes with."""
    done = child("from duetrail.testing import ContractTests")
    assert done.returncode == 1
    assert "the contract suite needs pytest: pip install 'duetrail[test]'" in done.stderr


def test_other_names_are_none():
    """A name the package does not have is an ordinary error."""
    done = child("import duetrail.testing; duetrail.testing.Nothing")
    assert "has no attribute 'Nothing'" in done.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [("Asked", "SeenRequest"), ("Faulty", "FaultProxy"), ("Strike", "FaultRule")],
)
def test_an_old_name_works_with_a_warning(old, new):
    """What the kit offers had other names, which work for one more minor version."""
    with pytest.warns(DeprecationWarning, match=new):
        assert getattr(testing, old) is getattr(testing, new)
