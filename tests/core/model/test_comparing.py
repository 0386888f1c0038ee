"""Records are compared and shown as attrs would have it."""

import random
from typing import Any

import attrs
import pytest
from attrs import field, frozen

from duetrail.model import RECORDS
from duetrail.model.comparing import Compared


@frozen
class Usual:
    """What attrs writes itself."""

    a: Any = None
    b: Any = field(default=None, repr=False)
    c: Any = field(default=None, eq=False)


@frozen(eq=False, repr=False)
class Ours(Compared):
    """The same, compared by our base class."""

    a: Any = None
    b: Any = field(default=None, repr=False)
    c: Any = field(default=None, eq=False)


@frozen(eq=False, repr=False)
class Below(Ours):
    """A class below it, with a field more."""

    d: Any = None


def test_as_attrs_has_it():
    """Equality, hash and repr of random instances are those of a class that attrs wrote."""
    dice = random.Random(7)
    for _ in range(300):
        one, two = ([dice.choice([1, 2, "x", None]) for _ in range(3)] for _ in range(2))
        assert (Ours(*one) == Ours(*two)) == (Usual(*one) == Usual(*two))
        if Usual(*one) == Usual(*two):
            assert hash(Ours(*one)) == hash(Ours(*two))
        assert repr(Ours(*one)) == repr(Usual(*one)).replace("Usual", "Ours")


def test_other_classes():
    """Instances of two classes are never equal, not even of one below the other."""
    assert Ours(1) != Below(1)
    assert Below(1, d=2) != Below(1, d=3)
    assert Ours(1) != Usual(1)
    assert Ours([]) == Ours([])


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: one.__name__)
def test_one_differing_field_makes_two_records_and_extra_does_not(record):
    """Two records that differ in one field are two; `extra` makes no difference."""
    one = record(connection="a", id="b")
    assert one == record(connection="a", id="b", extra={"x": 1})
    assert len({one, record(connection="a", id="b")}) == 1
    for of in attrs.fields(record):
        if of.name != "extra":
            assert attrs.evolve(one, **{of.name: "other"}) != one
    assert repr(one).startswith(f"{record.__name__}(connection='a', id='b'")
