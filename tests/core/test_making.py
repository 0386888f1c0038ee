"""Instances that are made without their constructor are those it makes."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from attrs import Factory, define, field, frozen
from attrs.exceptions import FrozenInstanceError

from duetrail.wire import decode, decode_json, named
from duetrail.wire.making import open_twin


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
