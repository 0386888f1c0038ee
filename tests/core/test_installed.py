"""What is installed is read from metadata, as `importlib.metadata` reads it."""

import os
import zipfile
from importlib.metadata import entry_points, version

import pytest

from duetrail import installed


@pytest.mark.parametrize("group", [installed.GROUP, installed.COMMANDS])
def test_the_same_as_importlib(group):
    """Names, places and distributions are those that `importlib.metadata` finds."""
    ours = {
        (p.name, p.module, p.attribute, p.distribution, p.version, p.requires)
        for p in installed.points(group)
    }
    theirs = {
        (p.name, p.module, p.attr or "", p.dist.name, p.dist.version, tuple(p.dist.requires or ()))
        for p in entry_points(group=group)
    }
    assert ours == theirs
    assert ours


def test_version_of():
    """The version of a distribution; none of one that is not installed."""
    assert installed.version_of("duetrail") == version("duetrail")
    assert installed.version_of("nobody-has-this") == ""


def test_installed_meanwhile(site):
    """What is installed, changed or taken away meanwhile is seen."""
    site.install("acme", "", commands=("audit",))
    assert "acme" in installed.names()
    site.install("acme", "", commands=("audit", "balance"))
    assert {"audit", "balance"} <= set(installed.commands())
    folder = site.folder / "duetrail_acme-1.0.dist-info"
    (folder / "entry_points.txt").unlink()
    assert "acme" not in installed.names()


def test_first_on_the_path(site, tmp_path, monkeypatch):
    """Of two distributions of one name the first on the path counts, as it does for imports."""
    site.install("acme", "", version="1.0")
    other = tmp_path / "other" / "duetrail_Acme-2.0.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Name: duetrail.Acme\nVersion: 2.0\n")
    (other / "entry_points.txt").write_text("[duetrail]\nacme = elsewhere\n")
    monkeypatch.syspath_prepend(str(other.parent))
    assert [p.version for p in installed.points("duetrail") if p.name == "acme"] == ["2.0"]


def test_in_an_archive(tmp_path, monkeypatch):
    """A plugin in an archive on the path is found, too."""
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("packed-1.0.dist-info/METADATA", "Name: packed\nVersion: 1.0\n")
        file.writestr("packed-1.0.dist-info/entry_points.txt", "[duetrail]\npacked = packed\n")
    monkeypatch.syspath_prepend(str(archive))
    assert "packed" in installed.names()


def test_odd_files(tmp_path, monkeypatch):
    """Comments, extras, spaces and foreign groups are no hindrance; a missing METADATA is none."""
    folder = tmp_path / "odd-1.0.dist-info"
    folder.mkdir()
    (folder / "entry_points.txt").write_text(
        "# duetrail\n[console_scripts]\nduetrail-x = x:main\n\n[duetrail]\n"
        "; none\n odd=odd.module : a.b [extra]\nnonsense\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    odd = [p for p in installed.points("duetrail") if p.name == "odd"]
    assert [(p.module, p.attribute, p.distribution, p.version) for p in odd] == [
        ("odd.module", "a.b", "an unknown distribution", "unknown")
    ]


def test_a_module_or_what_is_named_of_it_is_loaded(site):
    """A module, or what of it is named."""
    site.install("acme", "class A:\n    b = 7\n")
    info = site.folder / "duetrail_acme-1.0.dist-info" / "entry_points.txt"
    info.write_text("[duetrail]\nacme = duetrail_acme\nb = duetrail_acme:A.b\n")
    os.utime(info, (1, 1))
    loaded = {p.name: p.load() for p in installed.points("duetrail") if p.name in ("acme", "b")}
    assert (loaded["acme"].A.b, loaded["b"]) == (7, 7)
