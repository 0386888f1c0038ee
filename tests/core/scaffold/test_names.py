"""The name of a new plugin is checked before anything is made."""

import pytest

from duetrail import scaffold
from duetrail.errors import UsageError

GOOD = ["acme", "a", "acme-billing", "acme2"]
BAD = [
    ("Acme", "Did you mean 'acme'?"),
    ("acme billing", "Did you mean 'acme-billing'?"),
    ("acme_billing", "Did you mean 'acme-billing'?"),
    ("duetrail-acme ", "Did you mean 'acme'?"),
    ("acme--billing", "Did you mean 'acme-billing'?"),
    ("-acme", "Did you mean 'acme'?"),
    ("2checkout", ""),
    ("../acme", "Did you mean 'acme'?"),
    ("übung", "Did you mean 'bung'?"),
    ("", ""),
]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_name(make, name):
    """Small letters, digits and single hyphens make a distribution and a package."""
    folder = make(name)
    assert folder.name == f"duetrail-{name}"
    assert (folder / f"duetrail_{name.replace('-', '_')}" / "__init__.py").is_file()


@pytest.mark.parametrize(("name", "hint"), BAD)
def test_a_bad_name(tmp_path, name, hint):
    """What is no normalized name is refused, with the name that was perhaps meant."""
    with pytest.raises(UsageError, match="cannot be the name of a plugin") as refused:
        scaffold.new(name, tmp_path, {})
    assert refused.value.hint == hint
    assert list(tmp_path.iterdir()) == []


def test_a_word_of_python(tmp_path):
    """A keyword is no name."""
    with pytest.raises(UsageError, match="'class' is a word of Python"):
        scaffold.new("class", tmp_path, {})


def test_a_name_that_fits_no_line(tmp_path):
    """A name so long that the template's lines would break is refused."""
    with pytest.raises(UsageError, match="longer than 24 characters"):
        scaffold.new("a" * 25, tmp_path, {})


def test_a_name_that_is_taken(site, tmp_path):
    """Two plugins of one name would both be out of use."""
    site.install("acme", "")
    with pytest.raises(UsageError, match="a plugin 'acme' is installed already"):
        scaffold.new("acme", tmp_path / "work", {})


def test_a_folder_that_is_taken(tmp_path):
    """What lies in the way is not touched."""
    folder = tmp_path / "duetrail-acme"
    folder.mkdir()
    (folder / "mine").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        scaffold.new("acme", tmp_path, {})
    assert [file.name for file in folder.iterdir()] == ["mine"]


@pytest.mark.parametrize("kind", ["file", "link"])
def test_something_else_in_the_way(tmp_path, kind):
    """A file or a link of that name is in the way, too."""
    place = tmp_path / "duetrail-acme"
    if kind == "file":
        place.touch()
    else:
        place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="is there already"):
        scaffold.new("acme", tmp_path, {})


def test_an_empty_folder_is_filled(tmp_path):
    """A folder that was made for the plugin is taken."""
    (tmp_path / "duetrail-acme").mkdir()
    assert (scaffold.new("acme", tmp_path, {}).folder / "pyproject.toml").is_file()


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"paging": "pages"}, "paging cannot be 'pages'"),
        ({"title": 'Acme "the best"'}, "at most 40 letters"),
        ({"title": "{{ name }}"}, "at most 40 letters"),
        ({"base_url": "http://api.acme.com"}, "an address such as"),
        ({"base_url": "https://api.acme.com/"}, "an address such as"),
        ({"author": 'A"'}, "at most 60 letters"),
        ({"pagin": "key"}, "nothing asks for 'pagin'"),
        ({"name": "other"}, "nothing asks for 'name'"),
        ({"needs": "==9"}, "nothing asks for 'needs'"),
    ],
)
def test_an_answer_that_will_not_do(tmp_path, answers, says):
    """An answer that would break the project is refused, and nothing is made."""
    with pytest.raises(UsageError, match=says):
        scaffold.new("acme", tmp_path, answers)
    assert list(tmp_path.iterdir()) == []
