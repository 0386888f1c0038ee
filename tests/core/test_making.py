"""Instances that are made without their constructor are those it makes."""

from __future__ import annotations

import pickle
from typing import Any

import attrs
import pytest
from attrs import Factory, define, field, frozen
from attrs.exceptions import FrozenInstanceError

from duetrail.model.making import fast_init, open_twin
from duetrail.wire import decode, decode_json, named


@frozen
class Bill:
    id: str
    note: str | None = None


@frozen(kw_only=True)
class Long(Bill):
    sender: str | None = named("from")
    tags: tuple[str, ...] = Factory(tuple)


@frozen
class Loud:
    id: str = field(converter=str.upper)


@frozen
class Late:
    id: str
    more: str = field(init=False, default="x")

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "more", self.id * 2)


@frozen(slots=False)
class Open:
    id: str


@define
class Loose:
    id: str


@frozen
class Own:
    id: str

    def __init__(self, id: str) -> None:
        self.__attrs_init__(id + "!")  # type: ignore[attr-defined]


BODY = b'{"id":"a","note":null,"from":"b","tags":["c"]}'


def made(kind: Any) -> Any:
    return decode_json(kind, BODY, pytest.fail)


@pytest.mark.parametrize("kind", [Bill, Long, Loud, Late, Open, Loose, Own])
def test_they_are_what_the_constructor_makes(kind: Any) -> None:
    """Equal, of the very class, with the same hash, whatever the constructor does."""
    given = {"sender": "b", "tags": ("c",)} if kind is Long else {}
    wanted = kind(id="a", **given)
    one = made(kind)
    assert (one, type(one), repr(one)) == (wanted, kind, repr(wanted))
    assert decode(kind, {"id": "a", "from": "b", "tags": ["c"]}) == wanted
    if kind is not Loose:
        assert hash(one) == hash(wanted)


def test_they_stay_frozen_and_travel() -> None:
    """Nobody can change one, and it can be sent to another process."""
    one = made(Long)
    with pytest.raises(FrozenInstanceError):
        one.note = "x"
    with pytest.raises(FrozenInstanceError):
        del one.note
    assert pickle.loads(pickle.dumps(one)) == one


@pytest.mark.parametrize("kind", [Loud, Late, Open, Own])
def test_a_constructor_that_does_more_is_called(kind: Any) -> None:
    """Only one that keeps what it is given is left out."""
    assert open_twin(kind) is None
    assert open_twin(Long) is not None


@fast_init
@frozen
class Quick:
    """A class whose constructor is ours; its fields have the names that one would use itself."""

    kind: str
    twin: str | None = None
    usual: list[str] = Factory(list)
    _own: int = field(default=3, kw_only=True)


@frozen
class Slow:
    """The same as attrs makes it."""

    kind: str
    twin: str | None = None
    usual: list[str] = Factory(list)
    _own: int = field(default=3, kw_only=True)


@frozen
class BelowQuick(Quick):
    """A class below it, with a field more."""

    more: int = 0


@pytest.mark.parametrize(
    "given",
    [
        ((), {}),
        (("a",), {}),
        (("a", "b", ["c"], 4), {}),
        (("a",), {"kind": "b"}),
        (("a",), {"twin": "b", "own": 4}),
        ((), {"kind": "a", "usual": ["b"]}),
        (("a",), {"other": 1}),
    ],
)
def test_a_fast_constructor_takes_what_the_usual_one_takes(
    given: tuple[tuple[Any, ...], dict[str, Any]],
) -> None:
    """The same values and defaults, and the same mistakes in a call."""

    def made(kind: Any) -> Any:
        try:
            return attrs.asdict(kind(*given[0], **given[1]))
        except TypeError as error:
            return str(error).replace("Quick", "Slow")

    assert made(Quick) == made(Slow) == made(Quick)


def test_what_a_fast_constructor_makes_is_frozen_and_travels() -> None:
    """It is of the very class, has defaults of its own, is pickled, evolved and not changed."""
    one = Quick("a")
    assert type(one) is Quick
    assert one.usual is not Quick("a").usual
    assert pickle.loads(pickle.dumps(one)) == one == attrs.evolve(one)
    with pytest.raises(FrozenInstanceError):
        one.kind = "b"  # type: ignore[misc]


def test_a_class_below_keeps_its_own_constructor() -> None:
    """Instances of it are of it, with all their fields."""
    one = BelowQuick("a", more=2)
    assert (type(one), one.kind, one.more) == (BelowQuick, "a", 2)


@pytest.mark.parametrize("kind", [Loud, Late, Open, Own])
def test_a_constructor_that_does_more_stays(kind: Any) -> None:
    """What it does is done."""
    wanted = kind("a")
    assert fast_init(kind)("a") == wanted
    assert kind("a") == wanted
