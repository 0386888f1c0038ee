"""Strikes as words of a command line."""

import pytest

from duetrail.errors import UsageError
from duetrail.testing import FAULTS, FaultRule, faults


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("html", FaultRule(faults.HTML)),
        ("html:3", FaultRule(faults.HTML, first=3)),
        ("html:3x2", FaultRule(faults.HTML, first=3, times=2)),
        ("html:1xall", FaultRule(faults.HTML, times=None)),
        ("html@/v1/calls", FaultRule(faults.HTML, path="/v1/calls")),
        (
            r"html@/calls\?page=[3-5]$:2",
            FaultRule(faults.HTML, path=r"/calls\?page=[3-5]$", first=2),
        ),
        ("too-many@a@b:c:10xall", FaultRule(faults.TOO_MANY, path="a@b:c", first=10, times=None)),
        ("html@", FaultRule(faults.HTML)),
        ("html@a:b", FaultRule(faults.HTML, path="a:b")),
    ],
)
def test_all_words_of_a_rule_but_the_fault_may_be_left_out(text, rule):
    """A fault, where, from which request on, and how many; all but the fault may be left out."""
    assert FaultRule.of(text) == rule


def test_every_fault_has_a_word():
    """Each fault there is can be written, in lower case with hyphens."""
    assert {FaultRule.of(word).fault for word in faults.WORDS} == set(FAULTS)
    assert all(getattr(faults, w.upper().replace("-", "_")) is f for w, f in faults.WORDS.items())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("htlm@/v1:3", "there is no fault 'htlm'\n.*Did you mean 'html'"),
        ("qqqq", "there is no fault 'qqqq'\n.*There are: too-many, "),
        ("", "there is no fault ''"),
        ("html@(", r"'\(' is no regular expression: .*\n.*looked for in path and query"),
        ("html:0", "'html:0': requests are counted from 1\n.*FAULT"),
        ("html:1x0", "counted from 1"),
        ("html:x2", "'html:x2' is no fault\n.*such as unavailable@/v1/invoices:3x2"),
        ("html:second", "is no fault"),
    ],
)
def test_what_is_no_strike(text, message):
    """What is written wrongly is told, with what to write instead."""
    with pytest.raises(UsageError, match=message):
        FaultRule.of(text)
