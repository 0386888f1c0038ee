"""Whatever the shape of the API, a new plugin is in order from the first minute.

A push tries each way of paging with one way of logging in and with one of the other answers. mypy
is slow: it looks at two shapes. Tests of faults and kills wait: `.ci/distributions` has them run
for what is made without an answer. The nightly run looks at all of all.
"""

from itertools import cycle, product

import click
import pytest

from duetrail.cli import main
from duetrail.scaffold.questions import questions
from support.nightly import NIGHTLY, at_push
from support.nightly import product as combined

PAGING = ("page", "offset", "cursor", "link", "body-link", "key")
AUTH = ("bearer", "api-key", "basic", "login", "oauth2", "oauth2-user")
LOCAL = "http://127.0.0.1:8069/erp"
# What else is answered; the nightly run tries more of it in `test_answers.py`.
MORE = (
    {},
    {"base_url": LOCAL, "flags": "number", "times": "milliseconds"},
    {"header": "X-Company", "flags": "number"},
    {"base_url": LOCAL, "header": "X-Company", "times": "local", "flags": "number"},
    {"hosting": "customer"},
    {"header": "X-Version", "header_value": "2026-01", "times": "seconds"},
)
SHAPES = [(*shape, more) for shape, more in zip(product(PAGING, AUTH), cycle(MORE), strict=False)]
AT_PUSH = SHAPES[:: len(AUTH) + 1]  # each value of each of the three lists once

LONGEST = {
    "title": "Abcdefghij-Klmnopqrst-Uvwxyzabcdef-Ghijk",
    "base_url": "https://abcdefgh.abcdefgh.abcdefgh.abcdefgh.example/abcd/v1",
    "author": "The Authors of Abcdefghij-Klmnopqrst-Uvwxyzabcdef-Ghijk, Inc",
    "license": "MIT",
}
NAMES = [("acme", {}), ("a", {}), ("abcdefgh-ijklmnop-qrstuv", LONGEST)]


each_shape = pytest.mark.parametrize(("paging", "auth", "more"), at_push(SHAPES, *AT_PUSH))


@pytest.mark.timeout(600)
@each_shape
def test_its_own_tests_pass(installed, python, paging, auth, more):
    """Its tests are green: contract, mapping, and a cassette that is recorded anew and the same."""
    which = () if NIGHTLY else ("-k", "not fault and not killed")
    folder = installed(paging=paging, auth=auth, **more)
    done = python(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", *which)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("paging", "auth", "named"), combined(PAGING, AUTH, NAMES))
def test_it_is_linted_and_formatted(make, python, paging, auth, named):
    """Ruff finds nothing to say, however short or long names are."""
    name, answers = named
    folder = make(name, paging=paging, auth=auth, **answers)
    for command in (("check",), ("format", "--check")):
        done = python(folder, "-m", "ruff", *command, "--no-cache", ".")
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("paging", "auth", "more"), at_push(SHAPES, AT_PUSH[3], AT_PUSH[-1]))
@pytest.mark.timeout(300)
def test_its_types_are_strict(make, python, tmp_path, paging, auth, more):
    """The type checker is content with plugin and tests, strictly."""
    folder = make(paging=paging, auth=auth, **more)
    done = python(folder, "-m", "mypy", "--cache-dir", str(tmp_path.parent / "mypy"))
    assert done.returncode == 0, done.stdout


def test_every_shape_that_is_offered_is_tested():
    """The lists above are those of the template."""
    offered = {one.name: tuple(one.choices) for one in questions()}
    assert (offered["paging"], offered["auth"]) == (PAGING, AUTH)


@pytest.mark.parametrize(("paging", "auth"), combined(PAGING, AUTH))
def test_it_leaves_room_for_the_vendor(make, paging, auth):
    """What the template writes is short: a connector of two tables stays below 150 lines."""
    modules = (make(paging=paging, auth=auth) / "duetrail_acme").glob("*.py")
    assert sum(len(one.read_text().splitlines()) for one in modules) <= 123


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


@each_shape
def test_its_page_shows_a_configuration_that_works(installed, python, tmp_path, paging, auth, more):
    """Whoever pastes the configuration from the page of the plugin has a connection."""
    page = (installed(paging=paging, auth=auth, **more) / "docs/acme.md").read_text()
    (tmp_path / "duetrail.toml").write_text(page.partition("```toml\n")[2].partition("```")[0])
    (tmp_path / "invoices.txt").write_text("in_1\n")
    read = "from duetrail.config import read_config; read_config(None).connection('acme')"
    done = python(tmp_path, "-c", read)
    assert done.returncode == 0, done.stderr


@each_shape
def test_its_stand_in_can_be_tried(installed, python, tmp_path, paging, auth, more):
    """The stand-in prints a configuration with which every command works."""
    folder = installed(paging=paging, auth=auth, **more)
    program = (
        f"import sys; sys.path.insert(0, {str(folder / 'tests')!r})\n"
        "from pathlib import Path; from standin import Standin; import duetrail\n"
        "with Standin() as standin:\n"
        "    Path('duetrail.toml').write_text(standin.config)\n"
        "    print(len({one.id for one in duetrail.read('acme', 'invoices')}))\n"
    )
    done = python(tmp_path, "-c", program)
    assert (done.stdout, done.stderr) == ("5\n", "")


def test_its_stand_in_waits_for_no_limit_of_the_vendor(make, install, python, tmp_path):
    """Whatever the vendor announces, what is read from the stand-in is read at once."""
    folder = make()
    declaration = folder / "duetrail_acme/declaration.py"
    text = declaration.read_text().replace(
        "        resources=(", "        requests_per_second=0.5,\n        resources=("
    )
    declaration.write_text(text)
    install(folder)
    program = (
        f"import sys; sys.path.insert(0, {str(folder / 'tests')!r})\n"
        "from pathlib import Path; from standin import Standin\n"
        "from duetrail.config import read_config; from duetrail_acme import source\n"
        "with Standin() as standin:\n"
        "    Path('duetrail.toml').write_text(standin.config)\n"
        "    connection = read_config(None).connection('acme').connection\n"
        "    print(source().requests_per_second, connection.requests_per_second)\n"
    )
    done = python(tmp_path, "-c", program)
    assert (done.stdout, done.stderr) == ("0.5 1000\n", "")


def test_its_readme_names_commands_that_exist(make, monkeypatch):
    """Every command and option in the README is understood."""
    lines = (make() / "README.md").read_text().splitlines()
    commands = [line.split()[1:] for line in lines if line.startswith("duetrail ")]
    monkeypatch.setattr(click.Command, "invoke", lambda self, ctx: None)
    for arguments in commands:
        main.main(arguments, prog_name="duetrail", standalone_mode=False)
    assert len(commands) > 1
