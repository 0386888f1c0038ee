"""What an author says of the plugin under test, and the harness made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, NoReturn

import pytest

from duetrail.errors import DuetrailError
from duetrail.plugins import where_it_failed
from duetrail.testing.contract.advice import fail, skip
from duetrail.testing.contract.ending import play_to_its_end
from duetrail.testing.contract.harness import Harness
from duetrail.testing.contract.loopback import HOSTS, expect_loopback
from duetrail.testing.haste import make_haste

_UNSAID = Path()


class Suite:
    """What every theme of the suite stands on.

    Attributes:
        source: The plugin's name, or the module that has its hooks where it is not installed.
        cassettes: A cassette in vcrpy's format or a folder of them; None for a plugin that asks
            nobody.
        settings: The settings of the connection, as in duetrail.toml, that are not those the
            cassette says it was recorded with. Secrets that are required are made up; of those
            that are not, name the ones in use, with any value.
        absent: By table, the fields this vendor never fills: their names, in a list or one text,
            or such names by reason: `{"invoices": {"no payments": "paid_at amount_paid"}}`.
        known: By table and id, what you read of a record in the vendor's own application: its
            fields with plain values, such as `{"total": "1299.00 USD", "issued_on": "2026-03-02"}`.
        now: When the recording was made, where the vendor is asked by date and the cassette does
            not say it.
        page: The plugin's page of documentation, if it has one.
    """

    source: ClassVar[str | ModuleType] = ""
    cassettes: ClassVar[Path | None] = _UNSAID
    settings: ClassVar[Mapping[str, Any]] = {}
    absent: ClassVar[Mapping[str, Sequence[str] | Mapping[str, Sequence[str]]]] = {}
    known: ClassVar[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {}
    now: ClassVar[datetime | None] = None
    page: ClassVar[Path | None] = None

    _harness: ClassVar[Harness | None] = None
    _has_failed: ClassVar[bool] = False

    @pytest.fixture
    def allowed_hosts(self) -> list[str]:
        """What pytest-recording lets through with `--block-network`: this machine."""
        return list(HOSTS)

    @pytest.fixture(autouse=True)
    def _reaches_this_machine(self) -> None:
        expect_loopback()

    @property
    def harness(self) -> Harness:
        """The harness of this class, made when the first test needs it.

        Where it cannot be made, that test says why, and the others are not run.
        """
        cls = type(self)
        if cls.__dict__.get("_has_failed"):
            skip("not run: the plugin cannot be tested, and the first failure says why")
        if cls.__dict__.get("_harness") is None:
            cls._has_failed = True
            cls._harness = _made(cls)
            cls._has_failed = False
        assert cls._harness is not None
        return cls._harness

    @property
    def recorded_harness(self) -> Harness:
        """The harness, for a test that changes answers; one without a recording is skipped."""
        self.harness.recorded()
        self.harness.good()
        return self.harness

    @classmethod
    def teardown_class(cls) -> None:
        """Stop what the harness has started."""
        if (harness := cls.__dict__.get("_harness")) is not None:
            harness.close()
            cls._harness = None
        cls._has_failed = False


def _tell(error: DuetrailError) -> NoReturn:
    """Fail with what keeps a plugin from being loaded."""
    cause = error.__cause__
    if cause is None or isinstance(cause, DuetrailError):
        fail(error.message, "install", do=error.hint)
    where = [] if isinstance(cause, SyntaxError) else [where_it_failed(cause)]  # it says where
    fail(error.message, "hooks", where=where, do="mend that; nothing can be tested before")


def _made(cls: type[Suite]) -> Harness:
    if not cls.source:
        fail(f"{cls.__name__} does not say what it tests", "cassettes", do='write source = "acme"')
    if cls.cassettes is _UNSAID:
        fail(
            f"{cls.__name__} does not say where its recording is",
            "cassettes",
            do='write cassettes = Path(__file__).parent / "cassettes", or None where the plugin '
            "asks nobody",
        )
    if cls.now is not None and cls.now.tzinfo is None:
        fail("`now` is a time without a zone", "absence", do="write datetime(..., tzinfo=UTC)")
    make_haste()
    place = None if cls.cassettes is None else Path(cls.cassettes)
    try:
        harness = Harness(cls.source, place, cls.settings, cls.now)
    except DuetrailError as error:
        _tell(error)
    try:
        harness.connection()
    except DuetrailError as error:
        harness.close()
        fail(
            f"its settings are refused: {error.message}",
            "absence",
            do="write `settings` as the plugin declares them; what it declares as a Secret is "
            f"given by the suite. {error.hint}".rstrip(),
        )
    # What cannot be read fails a test, which says more of it.
    with suppress(DuetrailError):
        play_to_its_end(harness)
    return harness
