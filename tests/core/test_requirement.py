"""Whether a requirement allows a version: as `packaging` says."""

import random
import subprocess
import sys

import pytest
from packaging.requirements import Requirement

from duetrail.requirement import refused


@pytest.mark.parametrize(
    ("line", "version", "answer"),
    [
        ("duetrail>=0.1,<0.2", "0.1.0", ""),
        ("duetrail", "0.1.0", ""),
        ("Duetrail >=0.2", "0.1.0", "Duetrail>=0.2"),
        ("duetrail (>=0.2)", "0.1.0", "duetrail>=0.2"),
        ("duetrail>=0.1", "0.2.0.dev1", ""),
        ("duetrail>=9; extra == 'new'", "0.1.0", ""),
        ("duetrail[new]>=9", "0.1.0", "duetrail>=9"),
        ("duetrail-stuut>=9", "0.1.0", ""),
        ("duetrail => 9", "0.1.0", ""),
        ("", "0.1.0", ""),
    ],
)
def test_names_limits_extras_and_markers_are_told_apart(line, version, answer):
    """Names, limits, extras and markers are told apart; what nobody reads refuses nothing."""
    assert refused(line, "duetrail", version) == answer


@pytest.mark.parametrize("seed", range(20))
def test_as_packaging_says(seed):
    """Of random limits and versions the answer is that of `packaging`."""
    dice = random.Random(seed)

    def number() -> str:
        return ".".join(str(dice.randrange(3)) for _ in range(dice.randint(1, 3)))

    for _ in range(50):
        signs = dice.choices([">=", "<", "==", "!=", "~=", "<=", ">"], [6, 6, 1, 1, 0, 1, 1], k=2)
        line = "duetrail" + ",".join(f"{sign}{number()}" for sign in signs[: dice.randint(0, 2)])
        version = number() + dice.choice(["", "", "", ".dev1", "rc1"])
        allowed = Requirement(line).specifier.contains(version, prereleases=True)
        assert (refused(line, "duetrail", version) == "") == allowed, (line, version)


def test_packaging_only_where_needed():
    """What nearly all plugins require is read without it."""
    code = (
        "import sys; from duetrail.requirement import refused; "
        "refused('duetrail<0.2,>=0.1', 'duetrail', '0.1.0'); print('packaging' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
