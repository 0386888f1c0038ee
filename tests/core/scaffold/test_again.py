"""A project is made again: what is as it was made follows the template, what is not stays.

Another answer stands for another template: both change what the files are to be.
"""

import hashlib

import pytest

from duetrail import scaffold
from duetrail.errors import UsageError
from duetrail.scaffold.rendering import ANSWERS


def _contents(folder):
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_nothing_changes_by_itself(make):
    """The same template and the same answers change nothing."""
    folder = make()
    before = _contents(folder)
    outcome = scaffold.again(folder, {})
    assert (outcome.made, outcome.renewed, outcome.beside, outcome.removed) == ([], [], [], [])
    assert _contents(folder) == before


def test_a_file_that_nobody_changed_follows_the_template(make):
    """A file that is still as it was made is replaced."""
    folder = make()
    outcome = scaffold.again(folder, {"title": "Acme Billing"})
    assert "README.md" in outcome.renewed
    assert "Acme Billing" in (folder / "README.md").read_text()
    assert outcome.beside == []


def test_a_changed_file_is_left_alone(make):
    """What its author changed stays; where the template has changed as well, its own is beside."""
    folder = make()
    (folder / "README.md").write_text("mine")
    outcome = scaffold.again(folder, {"title": "Acme Billing"})
    assert outcome.beside == ["README.md"]
    assert (folder / "README.md").read_text() == "mine"
    assert "Acme Billing" in (folder / "README.md.new").read_text()


def test_a_changed_file_stays_quietly_where_the_template_has_not_changed(make):
    """Nobody is bothered with a version they have seen."""
    folder = make()
    (folder / "LICENSE").write_text("mine")
    outcome = scaffold.again(folder, {"title": "Acme Billing"})
    assert outcome.beside == []
    assert (folder / "LICENSE").read_text() == "mine"


def test_a_version_is_put_beside_once(make):
    """A version that was taken note of does not come again."""
    folder = make()
    (folder / "README.md").write_text("mine")
    scaffold.again(folder, {"title": "Acme Billing"})
    (folder / "README.md.new").unlink()
    assert scaffold.again(folder, {}).beside == []


def test_what_waits_beside_is_not_overwritten(make):
    """As long as a version waits, nothing at all is written."""
    folder = make()
    (folder / "README.md").write_text("mine")
    scaffold.again(folder, {"title": "Acme Billing"})
    before = _contents(folder)
    with pytest.raises(UsageError, match=r"README\.md\.new from the last time is still there"):
        scaffold.again(folder, {"title": "Acme Collections"})
    assert _contents(folder) == before


def test_what_was_deleted_stays_deleted(make):
    """A file that its author deleted does not come back."""
    folder = make()
    (folder / "tests/standin.py").unlink()
    outcome = scaffold.again(folder, {"paging": "cursor"})
    assert outcome.made == []
    assert not (folder / "tests/standin.py").exists()


def test_a_new_file_of_the_template_is_made(make):
    """What the template has more than the last time is added."""
    folder = make(license="none")
    assert scaffold.again(folder, {"license": "MIT"}).made == ["LICENSE"]
    assert (folder / "LICENSE").is_file()


def test_a_file_that_the_template_has_no_more_goes(make):
    """A file that nobody changed goes with its reason."""
    folder = make(license="MIT")
    assert scaffold.again(folder, {"license": "none"}).removed == ["LICENSE"]
    assert not (folder / "LICENSE").exists()


def test_a_changed_file_never_goes(make):
    """What its author changed stays, even where the template has no such file any more."""
    folder = make(license="MIT")
    (folder / "LICENSE").write_text("mine")
    assert scaffold.again(folder, {"license": "none"}).removed == []
    assert (folder / "LICENSE").read_text() == "mine"


def test_line_ends_are_no_change(make):
    """A version control that turns line ends has changed nothing."""
    folder = make()
    file = folder / "README.md"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert "README.md" in scaffold.again(folder, {"title": "Acme Billing"}).renewed


def test_a_folder_that_was_not_made_so(tmp_path):
    """Any other folder is left alone, with a word on which folder to go to."""
    with pytest.raises(UsageError, match="nothing there was made by `duetrail new`"):
        scaffold.again(tmp_path, {})


@pytest.mark.parametrize(
    "memory", ["", "[]", "name: acme", "name: ../x\n_made: {}", "a: b: c", "name: acme\n_made: 1"]
)
def test_a_damaged_memory(make, memory):
    """A memory that cannot be read is told, and nothing is written."""
    folder = make()
    (folder / ANSWERS).write_text(memory)
    before = _contents(folder)
    with pytest.raises(UsageError, match="is damaged"):
        scaffold.again(folder, {})
    assert _contents(folder) == before


def test_no_file_outside_is_removed(make, tmp_path):
    """A path in the memory that leads out of the project leads nowhere."""
    folder = make()
    victim = tmp_path / "victim"
    victim.write_text("mine")
    memory = folder / ANSWERS
    sum = hashlib.sha256(b"mine").hexdigest()
    memory.write_text(memory.read_text() + f"  ../victim: {sum}\n")
    assert scaffold.again(folder, {}).removed == []
    assert victim.read_text() == "mine"


def test_answers_of_an_earlier_template_are_forgotten(make):
    """An answer to what is not asked any more does no harm."""
    folder = make()
    memory = folder / ANSWERS
    memory.write_text(memory.read_text().replace("auth: bearer", "auth: bearer\ncolour: red"))
    scaffold.again(folder, {})
    assert "colour" not in memory.read_text()


def test_nothing_of_this_machine_is_remembered(make):
    """The memory may be committed: no path of a machine is in it."""
    text = (make() / ANSWERS).read_text()
    assert "_src_path" not in text
    assert ": /" not in text


def test_a_file_that_cannot_be_written(make):
    """What stands in the way is named."""
    folder = make()
    (folder / "README.md").unlink()
    (folder / "docs/acme.md").unlink()
    (folder / "docs").rmdir()
    (folder / "docs").write_text("in the way")
    memory = folder / ANSWERS
    lines = memory.read_text().splitlines(keepends=True)
    memory.write_text("".join(line for line in lines if "docs/acme.md" not in line))
    with pytest.raises(UsageError, match=r"docs.* cannot be written"):
        scaffold.again(folder, {})
