"""Whatever the shape of the API, a new plugin is in order from the first minute.

mypy is slow: it looks at two shapes, and at all of them with DUETRAIL_ALL_SHAPES=1.
"""

import os
from itertools import product

import pytest

from duetrail.scaffold.questions import questions

PAGING = ("page", "offset", "cursor", "link", "key")
AUTH = ("bearer", "login")
SHAPES = list(product(PAGING, AUTH))
TYPED = SHAPES if os.environ.get("DUETRAIL_ALL_SHAPES") == "1" else [SHAPES[0], SHAPES[-1]]

LONGEST = {
    "title": "Abcdefghij-Klmnopqrst-Uvwxyzabcdef-Ghijk",
    "base_url": "https://abcdefgh.abcdefgh.abcdefgh.abcdefgh.example/abcd/v1",
    "author": "The Authors of Abcdefghij-Klmnopqrst-Uvwxyzabcdef-Ghijk, Inc",
    "license": "MIT",
}


@pytest.mark.parametrize(("paging", "auth"), SHAPES)
def test_its_own_tests_pass(make, install, tool, paging, auth):
    """Its tests are green: contract, mapping, and a cassette that is recorded anew and the same."""
    folder = make(paging=paging, auth=auth)
    install(folder)
    done = tool(folder, "pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout


@pytest.mark.parametrize(("paging", "auth"), SHAPES)
@pytest.mark.parametrize(
    ("name", "answers"), [("acme", {}), ("a", {}), ("abcdefgh-ijklmnop-qrstuv", LONGEST)]
)
def test_it_is_linted_and_formatted(make, tool, paging, auth, name, answers):
    """Ruff finds nothing to say, however short or long names are."""
    folder = make(name, paging=paging, auth=auth, **answers)
    for command in (("check",), ("format", "--check")):
        done = tool(folder, "ruff", *command, "--no-cache", ".")
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("paging", "auth"), TYPED)
@pytest.mark.timeout(300)
def test_its_types_are_strict(make, tool, tmp_path, paging, auth):
    """The type checker is content with plugin and tests, strictly."""
    folder = make(paging=paging, auth=auth)
    done = tool(folder, "mypy", "--cache-dir", str(tmp_path.parent / "mypy"))
    assert done.returncode == 0, done.stdout


def test_every_shape_that_is_offered_is_tested():
    """The lists above are those of the template."""
    offered = {one.name: tuple(one.choices) for one in questions()}
    assert (offered["paging"], offered["auth"]) == (PAGING, AUTH)


@pytest.mark.parametrize(("license", "says"), [("Apache-2.0", "Apache License"), ("MIT", "MIT")])
def test_it_has_a_license(make, license, says):
    """The license that was asked for lies in the project, and in its metadata."""
    folder = make(license=license, author="Acme Ltd")
    assert says in (folder / "LICENSE").read_text()
    assert f'license = "{license}"' in (folder / "pyproject.toml").read_text()


def test_it_may_have_no_license(make, install):
    """Without a license there is no file of one, and the project can be installed."""
    folder = make(license="none")
    assert not (folder / "LICENSE").exists()
    install(folder)


def test_it_asks_for_this_release(make):
    """The plugin is for the Duetrail it was made with, up to the next minor release."""
    import tomllib
    from importlib.metadata import version

    from packaging.requirements import Requirement

    project = tomllib.loads((make() / "pyproject.toml").read_text())["project"]
    (needed,) = [one for one in map(Requirement, project["dependencies"]) if one.name == "duetrail"]
    assert needed.specifier.contains(version("duetrail"))
    assert not needed.specifier.contains("1000")
