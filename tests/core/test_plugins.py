"""Finding, listing and loading plugins; each is a real distribution, installed on the spot."""

import re
import traceback

import pytest

from duetrail import installed, plugins
from duetrail.errors import FetchError, PluginError
from duetrail.model import Invoice
from duetrail.source import Key, Resource, Shape, Shard


def row(name):
    (found,) = [listing for listing in plugins.listings() if listing.name == name]
    return found


def failure(name="acme"):
    with pytest.raises(PluginError) as caught:
        plugins.load(name)
    return str(caught.value)


# --- loading -------------------------------------------------------------------------------------


def test_a_plugin_is_found_by_its_entry_point(site, acme):
    """A plugin is found by its entry point and brings its source, hooks and version."""
    site.install("acme", acme, version="1.2")
    plugin = plugins.load("acme")
    assert (plugin.name, plugin.version) == ("acme", "1.2")
    assert plugin.hooks == ("fetch", "map_item", "source")
    assert plugin.source.title == "Acme Billing"


def test_not_installed(site, acme):
    """A name nobody has is answered with the nearest one, or the way to install it."""
    site.install("acme", acme)
    assert "Did you mean 'acme'? If not: pip install duetrail-acmee" in failure("acmee")
    assert failure("zzz").endswith("'zzz' is not installed\n  pip install duetrail-zzz")


@pytest.mark.parametrize(
    ("written", "instead", "message"),
    [
        ("def fetch(", "def fetsh(", "implements a hook 'fetsh' that does not exist; did you mean"),
        ("def map_item(", "def qqq(", "hook 'qqq' that does not exist; there are source, fetch"),
        ("session: Session)", "sesion: Session)", "does not fit the contract: Argument.*sesion"),
        ('name="acme"', 'name="acmy"', "declares a source called 'acmy'"),
        ("@hookimpl\ndef fetch", "def fetch", "declares a source but has no fetch hook"),
        ("@hookimpl\ndef map_item", "def map_item", "declares a source but has no map_item hook"),
        ("unsupported=(Call, ", "unsupported=(", "must either yield calls or declare them"),
        ("return Source(", "return dict(", r"source\(\) gave dict, not a Source"),
        ("from attrs", "from nowhere", "does not import: ModuleNotFoundError: .*nowhere"),
        ("@frozen\nclass Options", "class Options(:", "does not import: SyntaxError"),
    ],
)
def test_what_a_plugin_gets_wrong_is_said_in_one_line(site, acme, written, instead, message):
    """Whatever a plugin gets wrong is said in one line that names it."""
    assert written in acme
    site.install("acme", acme.replace(written, instead))
    with pytest.raises(PluginError, match=f"'acme'.*{message}"):
        plugins.load("acme")


@pytest.mark.parametrize("hook", ["fetch", "map_item"])
def test_a_function_without_its_mark_is_no_hook(site, acme, hook):
    """What is forgotten most easily is what the hint is about."""
    site.install("acme", acme.replace(f"@hookimpl\ndef {hook}", f"def {hook}"))
    assert "Mark it with @hookimpl, in the module that the entry point names" in failure()


def test_source_that_raises(site, acme):
    """Also that its source cannot be made."""
    site.install("acme", acme.replace("bills = Shape(", "bills = Shape(colour='red', "))
    with pytest.raises(PluginError, match=r"plugin 'acme'.*colour"):
        plugins.load("acme")


def test_import_that_exits(site):
    """Also that its import ends the program."""
    site.install("acme", "raise SystemExit('no licence')")
    with pytest.raises(PluginError, match="plugin 'acme' does not import"):
        plugins.load("acme")


@pytest.mark.parametrize("requires", ["duetrail>=7.1", "Duetrail (>=7.1,<8)", "duetrail<0.1.dev0"])
def test_for_another_duetrail(site, requires):
    """A plugin that needs a newer contract, or an older one, is told apart before its import."""
    site.install("acme", "import nowhere", version="3.2", requires=requires)
    assert "plugin 'acme' 3.2 is not for this Duetrail: it requires " in failure()
    assert "pip install --upgrade duetrail duetrail-acme" in failure()


@pytest.mark.parametrize("requires", ["duetrail", "duetrail>=0.0.1", 'duetrail>9; extra == "x"'])
def test_for_this_duetrail(site, acme, requires):
    """One that this version fits is loaded."""
    site.install("acme", acme, requires=requires)
    assert plugins.load("acme").name == "acme"


def test_two_of_one_name(site, acme):
    """Two plugins of one name are both named; neither is guessed to be the right one."""
    site.install("acme", acme, version="1.2")
    site.install("acme", acme, distribution="acme-fork", version="0.1")
    found = failure()
    assert "two plugins are called 'acme': " in found
    assert "duetrail-acme 1.2" in found
    assert "acme-fork 0.1" in found


def test_hooks_may_take_less(site, acme):
    """A hook takes as many of its arguments as it needs, in any order."""
    code = "from duetrail import hookimpl\n"
    code += "@hookimpl\ndef fetch(session):\n    return [session]\n"
    code += "@hookimpl\ndef map_item(connection, item):\n    return [item, connection]\n"
    site.install("acme", code)
    plugin = plugins.load("acme")
    assert plugin.fetch(Shard("invoices"), "session", "connection") == ["session"]
    assert plugin.map_item("item", "connection") == ["item", "connection"]


def test_without_plan(site, acme):
    """Without `plan` a resource is one shard."""
    site.install("acme", acme)
    plugin = plugins.load("acme")
    assert list(plugin.plan(plugin.source.resource("invoices"), None)) == [Shard("invoices")]


def test_a_plugin_may_plan_its_shards(site, acme):
    """With it, the shards are the plugin's."""
    plan = "\n@hookimpl\ndef plan(resource):\n    return [Shard(resource.name, 'old')]\n"
    site.install("acme", acme + plan)
    plugin = plugins.load("acme")
    assert list(plugin.plan(plugin.source.resource("invoices"), None)) == [Shard("invoices", "old")]


def test_no_vendor(site):
    """A plugin need not speak for a vendor."""
    site.install("acme", "")
    assert plugins.load("acme").source is None


# --- the set of plugins --------------------------------------------------------------------------


def test_names_need_no_import(site):
    """Names come from metadata; nothing is imported for them."""
    site.install("acme", "raise RuntimeError('imported')")
    assert {"acme", "credira", "stuut"} <= set(installed.names())


def test_plugins_that_are_not_named_are_off(site, acme, monkeypatch):
    """DUETRAIL_PLUGINS names the plugins that may load; the others are off, and say so."""
    site.install("acme", acme)
    monkeypatch.setenv("DUETRAIL_PLUGINS", "stuut, credira")
    assert "'acme' is off: DUETRAIL_PLUGINS does not name it\n  Add acme to" in failure()
    assert plugins.load("stuut").name == "stuut"
    assert {p.name for p in plugins.listings() if p.state == "loaded"} == {"credira", "stuut"}
    assert row("acme").state == "off"


def test_limit_to_none(monkeypatch):
    """Set to nothing, it lets none load."""
    monkeypatch.setenv("DUETRAIL_PLUGINS", "")
    assert {p.state for p in plugins.listings()} == {"off"}


def test_off_is_not_imported(site, monkeypatch):
    """A plugin that is off is not imported, so that one that breaks things can be kept away."""
    site.install("acme", "raise RuntimeError('imported')")
    monkeypatch.setenv("DUETRAIL_PLUGINS", "stuut")
    assert (row("acme").state, row("acme").cause) == ("off", "")


# --- listing -------------------------------------------------------------------------------------


def test_a_listing_says_what_a_plugin_offers(site, acme):
    """A row says what a plugin is, offers and covers."""
    site.install("acme", acme, version="1.2")
    assert row("acme") == plugins.Listing(
        "acme",
        "1.2",
        "duetrail-acme",
        "loaded",
        resources=("invoices",),
        records={
            "invoices": "native",
            "calls": "unsupported",
            "callouts": "unsupported",
            "emails": "unsupported",
        },
        hooks=("fetch", "map_item", "source"),
    )


RAISES = """
from duetrail import hookimpl

@hookimpl
def source():
    raise ValueError("out of order")
"""


@pytest.mark.parametrize(
    "code",
    [
        "raise RuntimeError('out of order')",
        pytest.param(
            RAISES,
        ),
    ],
)
def test_one_broken_plugin(site, code):
    """One broken plugin is one failed row with its cause; the others work."""
    site.install("acme", code)
    assert row("acme").state == "failed"
    assert "out of order" in row("acme").cause
    assert {row("credira").state, row("stuut").state} == {"loaded"}


def test_listing_two_of_one_name(site, acme):
    """Two plugins of one name are two failed rows, each with its own version."""
    site.install("acme", acme, version="1.2")
    site.install("acme", acme, distribution="acme-fork", version="0.1")
    rows = [p for p in plugins.listings() if p.name == "acme"]
    assert {(p.distribution, p.version, p.state) for p in rows} == {
        ("acme-fork", "0.1", "failed"),
        ("duetrail-acme", "1.2", "failed"),
    }


def test_commands_come_from_metadata(site, monkeypatch):
    """Commands come from metadata; a plugin that is off adds none."""
    site.install("acme", "raise RuntimeError('imported')", commands=("audit",))
    assert installed.commands()["audit"].distribution == "duetrail-acme"
    monkeypatch.setenv("DUETRAIL_PLUGINS", "stuut")
    assert installed.commands() == {}


def test_key_of_a_shard():
    """A plugin sees the key of its shard."""
    resource = Resource(
        name="calls", shapes=(Shape(name="c", record=Invoice, wire=Shard, path="$.data[*]"),)
    )
    assert Shard(resource.name, "b1", Key("b1")).key.value == "b1"


def test_a_requirement_no_pip_reads_is_no_traceback(site, acme):
    """Old tools wrote requirements that cannot be read today; the plugin is loaded as it is."""
    site.install("acme", acme, requires="duetrail (>=0.1.*)")
    assert plugins.load("acme").name == "acme"


# --- what plugins raise --------------------------------------------------------------------------


def test_a_plugins_own_error_is_told_by_its_place():
    """A plugin's own error becomes one that says where it came from, and nothing of its text."""
    with pytest.raises(PluginError) as caught, plugins.plugin_errors("it failed", hint="Mend it."):
        raise KeyError("Jo Miller")
    assert re.fullmatch(r"it failed: KeyError at test_plugins\.py:\d+", caught.value.message)
    assert caught.value.hint == "Mend it."
    assert "Jo Miller" not in "".join(traceback.format_exception(caught.value))


def test_an_error_for_people_is_raised_as_it_is():
    """What a plugin raises for people goes on as it is."""
    with pytest.raises(FetchError, match=r"^busy$"), plugins.plugin_errors("it failed"):
        raise FetchError("busy")
