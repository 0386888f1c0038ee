"""What holds for every test.

Canaries: a test fails where a secret shows in what it said or in a file that was written.

Secrets are one value planted in the environment, which nothing ever has a reason to repeat, and
whatever the code under test looks up, or is given by a login, while the test runs. They are
searched for in every form that `duetrail.secrets.forms` knows: in captured output, in what a test
read of it, in logs, and in the files below the test's `tmp_path`, stores with their pages unpacked.
Configurations and plugins that a test writes itself may hold the throw-away secrets of its server.

No test knows the secrets of another: a short one would be taken out of other tests' pages.

A push leaves out what is marked `nightly`: `support/nightly.py`.
"""

from __future__ import annotations

import functools
import gc
import os
import secrets as randomness
import signal
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from _pytest.capture import CaptureFixture
from click.testing import CliRunner
from hypothesis import settings
from zstandard import ZstdError

from duetrail.secrets import hiding
from duetrail.stores.packing import unpack
from duetrail.testing.haste import make_haste
from support.nightly import NIGHTLY, examples

# The cost is bounded: larger files, and what comes after so many, are not looked into.
_LARGEST = 4 * 2**20
_MOST_FILES = 200
_MOST_PAGES = 500

# What a test writes to have something to read: the secret has to stand somewhere.
_OWN = frozenset({".toml", ".py", ".token", ".pem", ".yaml"})

# Seconds for a test of the nightly run: ten times the examples need more than pyproject.toml gives.
_NIGHTLY_TIMEOUT = 1200

# Whose tests take longest: they begin first, so that at the end no worker is left alone with them.
_LONG = (
    "tests/benchmarks/",
    "tests/core/scaffold/",
    "tests/docs/test_days.py",
    "tests/docs/test_field_tables.py",
    "tests/docs/test_first_connector.py",
    "tests/mutants/",
    "tests/plugins/stuut/test_suite.py",
    "tests/plugins/test_hostile.py",
    "tests/plugins/test_leaves.py",
    "tests/reliability/",
    "tests/test_",
)

# Shorter values stand in ordinary text.
_SHORTEST = 10

CANARY = f"canary-{randomness.token_hex(16)}"


class Watch:
    """What was secret during a test, and what was said."""

    def __init__(self) -> None:
        self.secrets: set[str] = set()
        self.said: list[str] = []

    def begin(self) -> None:
        """A test begins."""
        self.secrets = {CANARY}
        self.said = []

    def wrapping(self, function: Callable[..., Any], note: Callable[..., None]) -> Any:
        """A function that tells `note` its arguments and its result."""

        @functools.wraps(function)
        def wrapped(*args: Any, **more: Any) -> Any:
            result = function(*args, **more)
            note(*args, result)
            return result

        return wrapped

    def leaks(self, folder: Path | None) -> list[str]:
        """Where a secret shows; never the secret itself."""
        forms = {form for one in self.secrets for form in self._forms(one) if len(form) >= 8}
        found = [
            f"{text.count(form)} times in what was said"
            for text in self.said
            for form in forms
            if form in text
        ]
        wanted = [form.encode() for form in forms]
        for file, content in _contents(folder) if folder else ():
            if any(form in content for form in wanted):
                found.append(f"in the file {file.name}")
        return sorted(set(found))

    def _forms(self, value: str) -> set[str]:
        return FORMS(value) if len(value) >= _SHORTEST else set()


WATCH = Watch()
FORMS = hiding.forms


def pytest_configure(config: pytest.Config) -> None:
    """Plant the canary, and listen wherever a test reads what was said."""
    # Tests share no limit of a credential with each other, nor with anybody else on this machine.
    os.environ["DUETRAIL_LIMITS_DIR"] = ""
    # A run in the background may have been started deaf to Ctrl-C, and one under nohup to the end
    # of its terminal: some tests are about these.
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    for number, handler in usual.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
    os.environ["DUETRAIL_TEST_CANARY"] = CANARY
    make_haste()
    # For property tests that do not say how many examples they draw. How long an example takes
    # says nothing about whether it is right.
    settings.register_profile("duetrail", deadline=None, max_examples=examples(30, 100))
    settings.load_profile("duetrail")
    # The order of `pytest_collection_modifyitems` is kept, not one by numbers of tests.
    config.option.loadscopereorder = False
    hiding.forms = WATCH.wrapping(FORMS, lambda value, _: WATCH.secrets.add(value))
    CaptureFixture.readouterr = WATCH.wrapping(  # type: ignore[method-assign]
        CaptureFixture.readouterr, lambda _, read: WATCH.said.extend(map(str, read))
    )
    CliRunner.invoke = WATCH.wrapping(  # type: ignore[method-assign]
        CliRunner.invoke, lambda *given: WATCH.said.append(given[-1].output)
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Iterator[object]:
    """What collection makes lives to the end, so nobody looks through it for garbage again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Nightly tests only in a nightly run, which gives each more time; what takes long first."""
    left = [] if NIGHTLY else [item for item in items if item.get_closest_marker("nightly")]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker("nightly")]
    if NIGHTLY:
        for item in items:
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(_NIGHTLY_TIMEOUT))
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Forget the test before."""
    WATCH.begin()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Look for canaries when everything is closed."""
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    result = yield
    WATCH.said.extend(content for _, _, content in item._report_sections)
    if leaks := WATCH.leaks(folder):
        pytest.fail(f"a secret shows {', '.join(leaks)}", pytrace=False)
    return result


@pytest.fixture(autouse=True)
def _secrets_of_a_test() -> Iterator[None]:
    yield from _forgetting()


@pytest.fixture(autouse=True, scope="module")
def _secrets_of_a_module() -> Iterator[None]:
    yield from _forgetting()


def _forgetting() -> Iterator[None]:
    known, tokens = hiding._known, hiding._tokens
    yield
    hiding._known, hiding._tokens = known, tokens


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Pages of every vendor, made once: from a sandbox, from documents, from cassettes."""
    from support.samples import collected  # few tests need a sandbox

    return collected(tmp_path_factory.mktemp("samples"))


def _contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """The files that the code under test may have written, and the pages of stores among them."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    for _, file in zip(range(_MOST_FILES), files, strict=False):
        if file.suffix in _OWN or file.stat().st_size > _LARGEST or file.is_symlink():
            continue
        content = file.read_bytes()
        yield file, content
        if content.startswith(b"SQLite format 3"):
            yield from ((file, page) for page in _pages(file))


def _pages(store: Path) -> Iterator[bytes]:
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
            sql = "SELECT body FROM pages ORDER BY number DESC LIMIT ?"
            yield from (unpack(body) for (body,) in db.execute(sql, (_MOST_PAGES,)))
    except (sqlite3.Error, zlib.error, ZstdError):  # no store of ours, or damaged by a test
        return
