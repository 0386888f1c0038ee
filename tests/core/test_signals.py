"""Signals become one kind of interrupt, and wait where an end must not be lost."""

import os
import signal
import threading
import time

import pytest

from duetrail.signals import Signalled, deferred, exit_code, handled, number_of

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals")
NUMBERS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(autouse=True)
def _as_it_was():
    before = {number: signal.getsignal(number) for number in NUMBERS}
    yield
    assert {number: signal.getsignal(number) for number in NUMBERS} == before


@pytest.mark.parametrize("number", NUMBERS)
def test_each_signal_is_an_interrupt_that_says_which(number):
    """Each of them is an interrupt that says which it was; afterwards all is as before."""
    with pytest.raises(Signalled) as caught, handled():
        os.kill(os.getpid(), number)
    assert isinstance(caught.value, KeyboardInterrupt)
    assert number_of(caught.value) == number
    assert exit_code(number) == 128 + number


def test_at_once():
    """Several at once are one: a wrapper passes on what the terminal has sent already."""
    with handled():
        with pytest.raises(Signalled):
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)


class Dying:
    """Is struck while it is deleted, where an exception leads nowhere."""

    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0)


def test_a_signal_is_not_lost():
    """One that strikes while an object is deleted comes again at once."""
    dying = [Dying()]

    def work():
        dying.clear()
        for _ in range(500):
            time.sleep(0.01)

    with handled(), pytest.raises(Signalled) as caught:
        work()
    assert caught.value.number == signal.SIGTERM


def test_an_ordinary_interrupt():
    """What Python raises itself is Ctrl-C."""
    assert number_of(KeyboardInterrupt()) == signal.SIGINT


def test_signals_wait_for_the_end_of_the_block():
    """Signals wait for the end of the block; the first of them is raised there."""
    done = []

    def end():
        with deferred():
            for number in (signal.SIGTERM, signal.SIGINT):
                os.kill(os.getpid(), number)
            done.append(True)

    with handled(), pytest.raises(Signalled) as caught:
        end()
    assert (done, caught.value.number) == ([True], signal.SIGTERM)


def test_held_where_the_end_is_bad():
    """Where the block fails, its error is what is told."""

    def end():
        with deferred():
            os.kill(os.getpid(), signal.SIGINT)
            raise ZeroDivisionError

    with handled(), pytest.raises(ZeroDivisionError):
        end()


def test_what_is_ignored_stays_so():
    """What is ignored stays so."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with handled(), deferred():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_in_another_thread():
    """Only the main thread may have handlers: elsewhere nothing is done, and nothing breaks."""
    done = []

    def work():
        with handled(), deferred():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
