"""A project opens what it needs, when it is needed, and closes it again."""

import sqlite3

import pytest

from duetrail.config import read_config
from duetrail.errors import ConfigError, NoStore, PluginError, StoreError, UsageError
from duetrail.project import Project
from duetrail.stores import RecordQuery


@pytest.fixture
def file(synced):
    return synced / "duetrail.toml"


@pytest.fixture
def url(synced):
    return f"sqlite:///{synced}/duetrail.db"


def test_nothing_is_opened_before_it_is_needed(tmp_path):
    """Neither a configuration nor a store has to be there for a project to be made and closed."""
    with Project(tmp_path / "nowhere.toml", f"sqlite:///{tmp_path}/nowhere.db"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_store_alone_can_be_looked_at(url, tmp_path, monkeypatch):
    """Where its URL is given, what only looks at the store reads no configuration."""
    monkeypatch.chdir(tmp_path)
    with Project(store=url) as project:
        number = next(project.bare_store.records(RecordQuery("invoices"))).id
        assert project.timeline(number).events
        assert project.rejects() == []
        assert project.declared() == {}


def test_a_configuration_that_was_named_has_to_be_there(url, tmp_path):
    """Only one that nobody named may be missing."""
    with Project(tmp_path / "gone.toml", url) as project, pytest.raises(ConfigError, match="gone"):
        project.declared()


def test_what_needs_the_configuration_reads_it(url, tmp_path, monkeypatch):
    """A store URL takes the place of the configured store, not of the configuration."""
    monkeypatch.chdir(tmp_path)
    with Project(store=url) as project:
        for needs in (project.remap, project.drift, project.check, project.sync):
            with pytest.raises(ConfigError, match="no configuration"):
                needs()


def test_it_is_opened_once(file):
    """Every method works on one store."""
    with Project(file) as project:
        assert project.store is project.bare_store is project.open()


def test_it_is_closed_at_the_end(file):
    """Leaving the block closes the store, and whoever kept it sees that."""
    with Project(file) as project:
        store = project.store
    with pytest.raises((StoreError, sqlite3.ProgrammingError)):
        list(store.select("SELECT 1"))


def test_it_can_be_used_again(file):
    """After it was closed, what needs the store opens it anew."""
    project = Project(file)
    for _ in range(2):
        with project:
            assert project.rejects() == []


def test_only_a_sync_makes_a_store(file, tmp_path):
    """Whatever else needs one says that it is not there."""
    project = Project(file, f"sqlite:///{tmp_path}/new.db")
    for needs in (project.remap, project.drift, project.rejects, lambda: project.timeline("1")):
        with project, pytest.raises(NoStore):
            needs()
    assert list(tmp_path.iterdir()) == []


def test_a_configuration_may_be_given_as_read(file):
    """Whoever has read it need not write it to a file."""
    with Project(read_config(file)) as project:
        assert project.config.path == file
        assert project.rejects() == []


def test_a_broken_plugin_stops_only_itself(write_config):
    """The others can begin; where none can, the first error is raised."""
    text = '[connections.a]\nplugin = "stuut"\ntoken = "env:X"\n[connections.b]\nplugin = "gone"\n'
    project = Project(write_config(text))
    ready, broken = project.sources()
    assert (list(ready), list(broken)) == (["a"], ["b"])
    with pytest.raises(PluginError, match="gone"):
        project.sources("b")


def test_no_connections(write_config):
    """A configuration without any says what to add."""
    with pytest.raises(UsageError, match="has no connections"):
        Project(write_config("")).sources()


def test_a_name_that_nobody_knows_is_no_empty_list(file):
    """Rejects of a connection that neither the configuration nor the store knows are a mistake."""
    with Project(file) as project:
        assert project.rejects("stuut") == []
        with pytest.raises(UsageError, match="no connection 'stut'") as told:
            project.rejects("stut")
    assert "'stuut'" in told.value.hint


def test_a_number_is_of_one_reject(file):
    """No reject, or several, is a mistake."""
    with Project(file) as project, pytest.raises(UsageError, match="no reject has the number"):
        project.reject("ffff")
